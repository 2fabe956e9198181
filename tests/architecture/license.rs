//! Licence expressions as packages write them: SPDX, and the older slash for "or".

/// Whether the licences in `allowed` satisfy `expression`.
pub(crate) fn satisfied(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = tokens.as_slice();
    let answer = either(&mut rest, allowed);
    answer && rest.is_empty()
}

fn either(rest: &mut &[&str], allowed: &[String]) -> bool {
    let mut answer = both(rest, allowed);
    while let ["OR", tail @ ..] = *rest {
        *rest = tail;
        answer |= both(rest, allowed);
    }
    answer
}

fn both(rest: &mut &[&str], allowed: &[String]) -> bool {
    let mut answer = one(rest, allowed);
    while let ["AND", tail @ ..] = *rest {
        *rest = tail;
        answer &= one(rest, allowed);
    }
    answer
}

fn one(rest: &mut &[&str], allowed: &[String]) -> bool {
    match *rest {
        ["(", tail @ ..] => {
            *rest = tail;
            let answer = either(rest, allowed);
            let [")", tail @ ..] = *rest else {
                return false;
            };
            *rest = tail;
            answer
        }
        [license, "WITH", exception, tail @ ..] => {
            *rest = tail;
            allowed.contains(&format!("{license} WITH {exception}"))
        }
        [license, tail @ ..] => {
            *rest = tail;
            allowed.iter().any(|allowed| allowed == license)
        }
        [] => false,
    }
}

#[test]
fn expressions_are_read_as_spdx_says() {
    let allowed = [
        "MIT".to_owned(),
        "Apache-2.0".to_owned(),
        "BSD-3-Clause".to_owned(),
    ];
    let yes = [
        "MIT",
        "MIT OR GPL-3.0",
        "GPL-3.0/MIT",
        "MIT AND BSD-3-Clause",
        "(MIT OR GPL-3.0) AND BSD-3-Clause",
        "Apache-2.0 WITH LLVM-exception OR Apache-2.0",
    ];
    let no = [
        "",
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
        "Apache-2.0 WITH LLVM-exception",
        "(MIT",
        "MIT MIT",
    ];
    for expression in yes {
        assert!(satisfied(expression, &allowed), "{expression} is allowed");
    }
    for expression in no {
        assert!(
            !satisfied(expression, &allowed),
            "{expression} is not allowed"
        );
    }
}
