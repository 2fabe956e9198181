use std::os::unix::fs::PermissionsExt;

use crate::{Encoding, Exchange};
use serde_json::{Value, json};

use super::super::*;

fn settings(value: Value) -> HttpOtpAdapterSettings {
    serde_json::from_value(value).expect("settings of the right shape")
}

/// What the start says of settings that are refused.
fn refusal(value: Value) -> String {
    let settings = settings(value);
    let built = settings.reach().timeout().and_then(|_| {
        HttpOtpVerifier::new(settings.read()?)
            .map(|_| ())
            .map_err(|error| AdapterError::setting(error.key, error.message))
    });
    built.expect_err("the settings are refused").to_string()
}

#[test]
fn each_refusal_names_the_setting_and_what_to_do() {
    let with = |more: Value| {
        let mut settings = json!({
            "url": "https://otp.bank.example/validate/check", "preset": "privacyidea",
        });
        for (key, value) in more.as_object().expect("an object") {
            settings[key] = value.clone();
        }
        settings
    };
    let form =
        |user: &str| json!({ "encoding": "form", "fields": { "user": user, "pass": "{otp}" } });
    for (given, words) in [
        (json!({ "preset": "privacyidea" }), "url: is missing"),
        (
            json!({ "url": "https://x.example/" }),
            "accepted: is missing; set preset",
        ),
        (
            json!({
                "url": "https://x.example/",
                "accepted": { "pointer": "/ok", "equals": true },
            }),
            "request: is missing; set preset",
        ),
        (
            with(json!({ "url": "http://otp.bank.example/" })),
            "url: secrets would travel",
        ),
        (
            with(json!({ "timeout": "50ms" })),
            "timeout: must be at least 100ms",
        ),
        (
            with(json!({ "request": form("{user}") })),
            "{contract} stands nowhere",
        ),
        (
            with(json!({ "request": form("{contract}{user}") })),
            "no two users look the same",
        ),
        (
            with(json!({ "accepted": { "pointer": "result", "equals": true } })),
            "accepted.pointer: \"result\" is not a JSON pointer",
        ),
        (
            with(json!({ "required": [{ "pointer": "/a", "equals": 1.5 }] })),
            "required.equals: must be true, false, an integer or a text",
        ),
        (
            with(json!({ "refused_statuses": [401] })),
            "refused_statuses: needs refused",
        ),
        (
            with(json!({ "headers": { "Authorization": "Bearer hunter2" } })),
            "headers.Authorization: would stand here for all to read; use token_file",
        ),
        (
            with(json!({ "token_header": "X-Api-Key" })),
            "token_header: is for a token",
        ),
        (
            with(json!({ "client_key_file": "client.key" })),
            "client_certificate_file",
        ),
        (
            with(json!({ "ca_file": "missing.pem" })),
            "ca_file: missing.pem",
        ),
    ] {
        let refused = refusal(given);
        assert!(refused.contains(words), "{refused}");
        assert!(!refused.contains("hunter2"), "{refused}");
    }
}

#[test]
fn a_preset_gives_way_to_what_is_set_beside_it() {
    let fields = json!({ "user": "{contract}-{user}", "realm": "bank", "pass": "{otp}" });
    let settings = settings(json!({
        "preset": "privacyidea",
        "request": { "encoding": "json", "fields": fields },
    }));
    let exchange = settings.reach().exchange().expect("a good exchange");
    assert_eq!(exchange.encoding, Encoding::Json);
    assert_eq!(exchange.fields["realm"], "bank");
    assert_eq!(exchange.accepted, Exchange::privacyidea().accepted);
    assert_eq!(exchange.required, Exchange::privacyidea().required);
}

#[test]
fn the_token_comes_from_a_file_that_nobody_else_reads() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("token");
    std::fs::write(&file, "hunter2\n").expect("a file");
    let given = settings(json!({
        "url": "https://otp.bank.example/", "preset": "privacyidea", "token_file": file,
    }));
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(&file, open).expect("permissions");
    let refused = given.read().map(|_| ()).expect_err("others may read it");
    let refused = refused.to_string();
    assert!(
        refused.contains("chmod 600") && !refused.contains("hunter2"),
        "{refused}"
    );
    let closed = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(&file, closed).expect("permissions");
    assert!(given.read().is_ok());
}
