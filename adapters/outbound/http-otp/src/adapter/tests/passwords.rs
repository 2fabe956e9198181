use serde_json::{Value, json};

use super::super::*;

fn built(more: &Value) -> Result<(), String> {
    let mut settings = json!({
        "url": "https://passwords.bank.example/check",
        "request": {
            "encoding": "json",
            "fields": { "who": ["{contract}", "{user}"], "password": "{password}" },
        },
        "accepted": { "pointer": "/right", "equals": true },
    });
    for (key, value) in more.as_object().expect("an object") {
        settings[key] = value.clone();
    }
    let settings: HttpPasswordsSettings =
        serde_json::from_value(settings).map_err(|error| error.to_string())?;
    let read = settings.read().map_err(|error| error.to_string())?;
    HttpPasswordVerifier::new(read, "login_verifier")
        .map(drop)
        .map_err(|error| error.to_string())
}

#[test]
fn each_refusal_names_the_setting_and_what_to_do() {
    assert_eq!(built(&json!({})), Ok(()));
    let form = json!({ "encoding": "form", "fields": { "u": "{contract}-{user}", "p": "{otp}" } });
    for (given, words) in [
        (
            json!({ "request": form }),
            "{contract}, {user} and {password}",
        ),
        (json!({ "decoy_user": "two words" }), "decoy_user: must be"),
        (json!({ "preset": "privacyidea" }), "unknown field"),
        (json!({ "refused_statuses": [500] }), "499"),
        (json!({ "url": null }), "url: is missing"),
    ] {
        let refused = built(&given).expect_err("it is refused");
        assert!(refused.contains(words), "{refused}");
    }
}
