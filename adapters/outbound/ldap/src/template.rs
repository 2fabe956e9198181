//! Filters and names with places for the contract and the user.

use ldap3::{dn_escape, ldap_escape};

use crate::server::SetupError;

/// A text of the configuration such as `(&(o={contract})(uid={user}))`.
#[derive(Clone, Debug)]
pub(crate) struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Contract,
    User,
}

impl Template {
    /// Reads a text in which `{contract}` may stand, and `{user}` where `of_user` says so.
    pub(crate) fn parse(key: &'static str, text: &str, of_user: bool) -> Result<Self, SetupError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            parts.push(match name {
                "contract" => Part::Contract,
                "user" if of_user => Part::User,
                _ => {
                    let known = if of_user {
                        "{contract} and {user}"
                    } else {
                        "{contract}"
                    };
                    let message = format!("has {{{name}}}, where only {known} can stand");
                    return Err(SetupError::new(key, message));
                }
            });
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    /// A filter, as [`Self::parse`]; refused where it is none.
    pub(crate) fn filter(key: &'static str, text: &str, of_user: bool) -> Result<Self, SetupError> {
        let template = Self::parse(key, text, of_user)?;
        let bad = |filter: String| !filter.starts_with('(') || ldap3::parse_filter(filter).is_err();
        if bad(template.to_filter("1234567890", Some("user01")))
            || bad(template.to_filter("1234567890", None))
        {
            let message = "is no filter, such as (&(o={contract})(uid={user}))";
            return Err(SetupError::new(key, message));
        }
        Ok(template)
    }

    /// Whether the contract stands in it.
    pub(crate) fn has_contract(&self) -> bool {
        self.0.contains(&Part::Contract)
    }

    /// Whether the user stands in it.
    pub(crate) fn has_user(&self) -> bool {
        self.0.contains(&Part::User)
    }

    /// The filter for a user, or for any user of the contract.
    pub(crate) fn to_filter(&self, contract: &str, user: Option<&str>) -> String {
        self.fill(|part| match (part, user) {
            (Part::Text(text), _) => text.clone(),
            (Part::Contract, _) => ldap_escape(contract).into_owned(),
            (Part::User, Some(user)) => ldap_escape(user).into_owned(),
            (Part::User, None) => "*".to_owned(),
        })
    }

    /// The name of an entry.
    pub(crate) fn to_name(&self, contract: &str) -> String {
        self.fill(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Contract => dn_escape(contract).into_owned(),
            Part::User => String::new(),
        })
    }

    /// The part of a name that is the same for all contracts.
    pub(crate) fn fixed_name(&self) -> String {
        let mut fixed = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => fixed.push_str(text),
                // What stands before the next comma belongs to the same component.
                Part::Contract | Part::User => "\u{0}".clone_into(&mut fixed),
            }
        }
        match fixed.strip_prefix('\u{0}') {
            Some(rest) => rest
                .split_once(',')
                .map_or_else(String::new, |(_, rest)| rest.trim().to_owned()),
            None => fixed,
        }
    }

    fn fill(&self, fill: impl Fn(&Part) -> String) -> String {
        self.0.iter().map(fill).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(text: &str) -> Template {
        Template::filter("user_filter", text, true).unwrap()
    }

    #[test]
    fn the_names_of_users_are_text_and_nothing_else() {
        let template = filter("(&(o={contract})(uid={user}))");
        for (user, expected) in [
            ("user01", "(&(o=123456)(uid=user01))"),
            ("*", "(&(o=123456)(uid=\\2a))"),
            ("*)(uid=*", "(&(o=123456)(uid=\\2a\\29\\28uid=\\2a))"),
            (")(|(uid=*", "(&(o=123456)(uid=\\29\\28|\\28uid=\\2a))"),
            ("a\\2a", "(&(o=123456)(uid=a\\5c2a))"),
            ("a\u{0}b", "(&(o=123456)(uid=a\\00b))"),
            ("{contract}", "(&(o=123456)(uid={contract}))"),
        ] {
            let found = template.to_filter("123456", Some(user));
            assert_eq!(found, expected);
            assert!(ldap3::parse_filter(&found).is_ok(), "{found}");
        }
        assert_eq!(template.to_filter("123456", None), "(&(o=123456)(uid=*))");
        let crossing = template.to_filter("1)(o=*", Some("user01"));
        assert_eq!(crossing, "(&(o=1\\29\\28o=\\2a)(uid=user01))");
    }

    #[test]
    fn contracts_in_names_stay_one_component() {
        let template = Template::parse("base", "ou=users,o={contract},dc=bank", false).unwrap();
        assert_eq!(template.to_name("123456"), "ou=users,o=123456,dc=bank");
        assert_eq!(
            template.to_name("1,dc=evil\u{0}"),
            "ou=users,o=1\\2cdc\\3devil\\00,dc=bank"
        );
    }

    #[test]
    fn the_part_of_a_name_that_all_contracts_share_is_known() {
        for (text, expected) in [
            (
                "ou=users,o={contract},dc=bank,dc=example",
                "dc=bank,dc=example",
            ),
            ("o=c{contract}x, dc=bank", "dc=bank"),
            ("ou=users,dc=bank", "ou=users,dc=bank"),
            ("o={contract}", ""),
        ] {
            let template = Template::parse("base", text, false).unwrap();
            assert_eq!(template.fixed_name(), expected, "{text}");
        }
    }

    #[test]
    fn other_places_and_what_is_no_filter_are_refused() {
        for text in [
            "(uid={usr})",
            "(uid={user)",
            "(uid={})",
            "uid={user}",
            "(uid={user}",
            "",
        ] {
            assert!(
                Template::filter("user_filter", text, true).is_err(),
                "{text}"
            );
        }
        assert!(Template::parse("base", "uid={user},dc=bank", false).is_err());
    }
}
