use std::collections::HashMap;

use super::*;

const BOTH: &[NamedPlaceholder] = &[CONTRACT, USER];
const ALL: &[NamedPlaceholder] = &[CONTRACT, USER, OTP];

fn filled(template: &Template, contract: &str, user: &str) -> String {
    let text = template.fill(|place| match place {
        Placeholder::Contract => contract.to_owned().into(),
        Placeholder::User => user.to_owned().into(),
        Placeholder::Secret => "000000".into(),
    });
    text.to_string()
}

#[test]
fn places_are_filled_in() {
    let template = Template::parse("u={user}@{contract}.bank;{user}", BOTH).unwrap();
    assert_eq!(filled(&template, "123456", "a.b"), "u=a.b@123456.bank;a.b");
    assert!(template.has(Placeholder::User) && !template.has(Placeholder::Secret));
    assert_eq!(template.literal_length(), "u=@.bank;".len());
    let plain = Template::parse("no place", BOTH).unwrap();
    assert_eq!(filled(&plain, "123456", "a"), "no place");
}

#[test]
fn a_brace_that_is_no_place_names_the_places() {
    for text in [
        "{usr}",
        "{user",
        "user}",
        "{}",
        "{{user}}",
        "{user}-{contract}-{otp}",
    ] {
        let refused = Template::parse(text, BOTH).unwrap_err();
        let expected = TemplateError::Brace {
            text: text.to_owned(),
            known: "{contract} and {user}".to_owned(),
        };
        assert_eq!(refused, expected, "{text}");
    }
    assert!(Template::parse("{user}-{contract}-{otp}", ALL).is_ok());
}

#[test]
fn contract_and_user_are_kept_apart_by_what_is_no_digit() {
    for text in [
        "{contract}{user}",
        "{user}{contract}",
        "{contract}0{user}",
        "{user}99{contract}",
        "{contract}{otp}{user}",
        "{contract}-{user}{contract}",
        "x{contract}{user}y",
    ] {
        let refused = Template::parse(text, ALL).unwrap_err();
        assert_eq!(refused, TemplateError::Ambiguous(text.to_owned()));
    }
    for text in [
        "{contract}-{user}",
        "{user}-{contract}",
        "{contract}0-0{user}",
        "{user}@{contract}",
        "{contract}.{user}",
        "9{contract}_{user}9",
        "{contract}",
        "{user}{otp}",
    ] {
        assert!(Template::parse(text, ALL).is_ok(), "{text}");
    }
}

/// Every template of up to three literals over a small alphabet, filled with every pair of contract
/// and user over another: what is accepted never gives two people one text.
#[test]
fn no_two_people_are_ever_one_text() {
    let literals = ["", "0", "1", "-", ".", "a", "0-", "-1"];
    let contracts = words(&["0", "1"], 1..=3);
    let users = words(&["0", "1", "-", "a"], 1..=3);
    let mut accepted = 0;
    for order in [["{contract}", "{user}"], ["{user}", "{contract}"]] {
        for before in literals {
            for between in literals {
                for after in literals {
                    let text = format!("{before}{}{between}{}{after}", order[0], order[1]);
                    let Ok(template) = Template::parse(&text, BOTH) else {
                        continue;
                    };
                    accepted += 1;
                    let mut seen = HashMap::new();
                    for contract in &contracts {
                        for user in &users {
                            let person = (contract, user);
                            let other = seen.insert(filled(&template, contract, user), person);
                            assert_eq!(other, None, "{text} is the same for {person:?}");
                        }
                    }
                }
            }
        }
    }
    assert_eq!(
        accepted,
        2 * 8 * 8 * 5,
        "the literals with something else than digits"
    );
}

fn words(letters: &[&str], lengths: std::ops::RangeInclusive<usize>) -> Vec<String> {
    let mut all = Vec::new();
    let mut longest = vec![String::new()];
    for length in 1..=*lengths.end() {
        longest = longest
            .iter()
            .flat_map(|word| letters.iter().map(move |letter| format!("{word}{letter}")))
            .collect();
        if lengths.contains(&length) {
            all.extend(longest.iter().cloned());
        }
    }
    all
}
