//! The pages obey the content security policy and the accessibility rules before a browser is asked.

use super::expect_none;
use super::workspace::files;

const TEMPLATES: &str = "adapters/inbound/http/templates";
const ASSETS: &str = "adapters/inbound/http/assets";

/// Collects `path:line` of each line of the templates that `refused` names a reason for.
fn refuse(refused: impl Fn(&str) -> Option<&'static str>) -> Vec<String> {
    let mut violations = Vec::new();
    for file in files(TEMPLATES, &["html"]) {
        for (number, line) in (1..).zip(file.text.lines()) {
            if let Some(reason) = refused(line) {
                violations.push(format!("{}:{number} {reason}", file.path));
            }
        }
    }
    violations
}

/// An event handler such as `onclick=`, as an attribute.
fn has_event_handler(line: &str) -> bool {
    line.split_whitespace().any(|word| {
        let name = word.split('=').next().unwrap_or_default();
        word.contains('=')
            && name.strip_prefix("on").is_some_and(|rest| {
                rest.len() > 2 && rest.bytes().all(|byte| byte.is_ascii_lowercase())
            })
    })
}

fn inline_code(line: &str) -> Option<&'static str> {
    let lower = line.to_ascii_lowercase();
    if lower.contains(" style=") || lower.contains("<style") {
        Some("has an inline style")
    } else if lower.contains("<script") && !lower.contains("src=") {
        Some("has an inline script")
    } else if has_event_handler(&lower) {
        Some("has an inline event handler")
    } else if lower.contains("javascript:") {
        Some("has a script address")
    } else {
        None
    }
}

#[test]
fn templates_exist() {
    assert!(
        !files(TEMPLATES, &["html"]).is_empty(),
        "{TEMPLATES} holds the pages"
    );
    assert!(
        !files(ASSETS, &["css"]).is_empty(),
        "{ASSETS} holds the style sheet"
    );
    assert!(
        !files(ASSETS, &["js"]).is_empty(),
        "{ASSETS} holds the script"
    );
}

#[test]
fn templates_have_no_inline_style_or_script() {
    expect_none(
        &refuse(inline_code),
        "The content security policy blocks it: use a class and the style sheet, or the script file.",
    );
}

#[test]
fn inline_code_is_recognised() {
    let refused = [
        r#"<p style="color:red">"#,
        "<style>",
        "<script>alert(1)</script>",
        r#"<button onclick="go()">"#,
        r#"<a href="javascript:void(0)">"#,
    ];
    for line in refused {
        assert!(inline_code(line).is_some(), "{line} is refused");
    }
    let accepted = [
        r#"<script src="/assets/warifu.js" defer></script>"#,
        "<p>on = off</p>",
    ];
    for line in accepted {
        assert!(inline_code(line).is_none(), "{line} is accepted");
    }
}

#[test]
fn templates_escape_what_they_print() {
    let violations = refuse(|line| {
        (line.contains("|safe") || line.contains("| safe") || line.contains("autoescape false"))
            .then_some("prints without escaping")
    });
    expect_none(
        &violations,
        "Print the parts with {{ }} and build the markup in the template.",
    );
}

#[test]
fn templates_keep_people_going() {
    let violations = refuse(|line| {
        let attribute =
            |name: &str| line.contains(&format!(" {name}=")) || line.contains(&format!(" {name}>"));
        if attribute("placeholder") {
            Some("has a placeholder: write a hint above the field")
        } else if attribute("required") {
            Some("has `required`: write aria-required=\"true\" and say so in the label")
        } else if line.contains("http-equiv=\"refresh\"") {
            Some("moves on by itself: let people decide")
        } else if attribute("autofocus") {
            Some("moves the focus by itself")
        } else {
            None
        }
    });
    expect_none(
        &violations,
        "See \"Add or change a screen\" in docs/CONTRIBUTING.md.",
    );
}

/// How the addresses of each surface begin, and in which folder its templates stand.
const SURFACES: [(&str, &str); 3] = [
    ("/admin", "/admin/"),
    ("/cert", "/self_service/"),
    ("/office", "/office/"),
];

/// The addresses that a line of a template writes by hand.
fn written_addresses(line: &str) -> impl Iterator<Item = &str> {
    let attributes = ["href=\"", "action=\"", "data-extend=\"", "data-ended=\""];
    attributes.into_iter().flat_map(|attribute| {
        let values = line.split(attribute).skip(1);
        values.map(|value| value.split('"').next().unwrap_or_default())
    })
}

/// The surface that `address` belongs to, where the template at `path` is not one of it.
fn foreign_surface(path: &str, address: &str) -> Option<&'static str> {
    let is_below = |start: &str| {
        let rest = address.strip_prefix(start);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#', '{']))
    };
    SURFACES
        .iter()
        .find(|(start, folder)| is_below(start) && !path.contains(folder))
        .map(|(start, _)| *start)
}

#[test]
fn a_link_to_another_surface_is_a_place() {
    let mut violations = Vec::new();
    for file in files(TEMPLATES, &["html"]) {
        let path = file.path.strip_prefix(TEMPLATES).unwrap_or(&file.path);
        for (number, line) in (1..).zip(file.text.lines()) {
            for address in written_addresses(line) {
                if let Some(surface) = foreign_surface(path, address) {
                    violations.push(format!("{path}:{number} writes {address} of {surface}"));
                }
            }
        }
    }
    expect_none(
        &violations,
        "Other surfaces may be at other addresses: render a `Place` with parts/place.html.",
    );
}

#[test]
fn a_foreign_address_is_recognised() {
    let line = r#"<a href="/cert/login">x</a><form action="/admin/users">"#;
    let written: Vec<&str> = written_addresses(line).collect();
    assert_eq!(written, ["/cert/login", "/admin/users"]);
    assert_eq!(
        foreign_surface("/admin/top.html", "/cert/login"),
        Some("/cert")
    );
    assert_eq!(
        foreign_surface("/public/home.html", "/admin"),
        Some("/admin")
    );
    assert_eq!(foreign_surface("/admin/top.html", "/admin/users"), None);
    assert_eq!(foreign_surface("/self_service/otp.html", "/cert?x=1"), None);
    assert_eq!(foreign_surface("/base.html", "/certificates"), None);
    assert_eq!(foreign_surface("/parts/place.html", "{{ href }}"), None);
}

#[test]
fn no_parameter_of_an_address_makes_a_notice() {
    let mut violations = Vec::new();
    for file in files("adapters/inbound/http/src/pages", &["rs"]) {
        for (number, line) in (1..).zip(file.text.lines()) {
            if line.contains("parameter(\"notice\")") || line.contains("?notice=") {
                violations.push(format!("{}:{number}", file.path));
            }
        }
    }
    expect_none(
        &violations,
        "Anybody can send a link: lead on with `see_other_telling`, and ask `told`.",
    );
}

#[test]
fn pages_load_nothing_from_elsewhere() {
    let mut violations = refuse(|line| {
        let loads = [
            "src=\"http",
            "src=\"//",
            "href=\"//",
            "action=\"http",
            "srcset=",
        ];
        loads
            .iter()
            .any(|word| line.contains(word))
            .then_some("loads from another origin")
    });
    for file in files(ASSETS, &["css", "js"]) {
        for (number, line) in (1..).zip(file.text.lines()) {
            let loads = [
                "@import",
                "url(http",
                "url(//",
                "fetch('http",
                "fetch(\"http",
            ];
            if loads.iter().any(|word| line.contains(word)) {
                violations.push(format!("{}:{number} loads from another origin", file.path));
            }
        }
    }
    expect_none(&violations, "Ship it with the program, or do without.");
}

#[test]
fn the_script_keeps_nothing() {
    let forbidden = [
        "localStorage",
        "sessionStorage",
        "indexedDB",
        "document.cookie",
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "window.opener",
    ];
    let mut violations = Vec::new();
    for file in files(ASSETS, &["js"]) {
        for (number, line) in (1..).zip(file.text.lines()) {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for word in forbidden.iter().filter(|word| line.contains(*word)) {
                violations.push(format!("{}:{number} uses {word}", file.path));
            }
        }
    }
    expect_none(
        &violations,
        "A page may hold a secret: keep nothing in the browser, and build nodes with textContent.",
    );
}
