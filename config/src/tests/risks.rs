//! What production is warned of or refused for, and how a bank says that it means it.

use std::fs;

use super::Folder;

/// What `text` is refused for, and warned of.
fn judged(text: &str) -> (Vec<String>, Vec<String>) {
    let folder = Folder::with(text);
    match folder.load(&[]) {
        Ok(configuration) => {
            let warnings = configuration.warnings().iter();
            (Vec::new(), warnings.map(ToString::to_string).collect())
        }
        Err(_) => (folder.refusal(&[]), Vec::new()),
    }
}

/// Is told of the risk `name` in one line, and of nothing once it is accepted.
#[track_caller]
fn takes(name: &str, text: &str, refused: bool) {
    let (refusals, warnings) = judged(text);
    let (told, other) = if refused {
        (refusals, warnings)
    } else {
        (warnings, refusals)
    };
    let meant = format!("or accept it with accept_risks = [\"{name}\"]");
    assert!(other.is_empty(), "{other:?}");
    assert_eq!(told.len(), 1, "{name}: {told:?}");
    assert!(told[0].contains(&meant), "{}", told[0]);
    assert!(told[0].contains("warifu.toml"), "{}", told[0]);
    let accepted = judged(&format!("accept_risks = [\"{name}\"]\n{text}"));
    assert_eq!(accepted, (Vec::new(), Vec::new()));
    // Where nothing is for real, there is nothing to be told of.
    let trying = judged(&format!("environment = \"development\"\n{text}"));
    assert_eq!(trying, (Vec::new(), Vec::new()));
}

fn listener(bind: &str, surfaces: &str) -> String {
    format!("[[http.listeners]]\nbind = \"{bind}\"\nsurfaces = [{surfaces}]\n")
}

/// A proxy ends TLS, and is known.
const PROXIED: &str = "http.public_origin = \"https://certificate.bank.example\"\n\
                       policy.rate_limit.trusted_proxies = [\"10.0.0.0/8\"]\n";

#[test]
fn the_built_in_settings_take_no_risk() {
    assert_eq!(judged(""), (Vec::new(), Vec::new()));
}

#[test]
fn the_back_office_and_numbers_are_not_offered_to_everybody() {
    let open = |surfaces: &str| format!("{PROXIED}{}", listener("0.0.0.0:8080", surfaces));
    takes("office-on-plain-listener", &open("\"office\""), true);
    takes("ops-on-plain-listener", &open("\"ops\""), false);
    takes(
        "ops-beside-customers",
        &open("\"self-service\", \"ops\""),
        true,
    );
    let loopback = format!(
        "{PROXIED}{}",
        listener("127.0.0.1:8080", "\"office\", \"ops\"")
    );
    assert_eq!(judged(&loopback), (Vec::new(), Vec::new()));
}

#[test]
fn proxies_are_named_and_are_ones_own() {
    for network in ["0.0.0.0/0", "::/0", "0.0.0.0/1", "2000::/3"] {
        let text = format!("policy.rate_limit.trusted_proxies = [\"{network}\"]\n");
        takes("every-proxy-trusted", &text, true);
    }
    let own = "policy.rate_limit.trusted_proxies = [\"10.0.0.0/8\", \"fc00::/7\", \"192.0.2.1\"]\n";
    assert_eq!(judged(own), (Vec::new(), Vec::new()));
    let unknown = format!(
        "http.public_origin = \"https://certificate.bank.example\"\n{}",
        listener("127.0.0.1:8080", "\"self-service\"")
    );
    takes("proxy-without-trust", &unknown, false);
    let unasked = format!("{PROXIED}{}", listener("127.0.0.1:8080", "\"admin\""));
    takes("admin-without-certificate", &unasked, false);
}

#[test]
fn guessing_is_not_made_cheap() {
    for section in [
        "login",
        "transaction",
        "otp",
        "staff_login",
        "retrieval_password",
    ] {
        let text = format!("policy.{section}.max_failures = 101\n");
        takes("many-failures", &text, false);
        let few = format!("policy.{section}.max_failures = 100\n");
        assert_eq!(judged(&few), (Vec::new(), Vec::new()));
    }
    takes(
        "rate-limit-off",
        "policy.rate_limit.per_address = \"off\"\n",
        false,
    );
}

#[test]
fn who_serves_several_surfaces_says_under_which_name() {
    let tls = "tls = { certificate_file = \"a.pem\", key_file = \"a.key\" }\n";
    let open = listener("192.0.2.1:443", "\"self-service\", \"office\"");
    takes("no-public-origin", &format!("{open}{tls}"), false);
    let own = |surface: &str| {
        format!("http.public_origins.{surface} = \"https://{surface}.bank.example\"\n")
    };
    let known = own("self-service");
    takes("no-public-origin", &format!("{known}{open}{tls}"), false);
    let both = format!("{known}{}", own("office"));
    assert_eq!(
        judged(&format!("{both}{open}{tls}")),
        (Vec::new(), Vec::new())
    );
}

#[cfg(unix)]
#[test]
fn a_users_file_that_others_can_read_is_told_of() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::with("");
    let users = folder.path("users.toml");
    fs::write(&users, "").unwrap();
    let text = format!(
        "user_directory.memory.users_file = \"{}\"\n",
        users.display()
    );
    let with_mode = |mode| {
        fs::set_permissions(&users, fs::Permissions::from_mode(mode)).unwrap();
    };
    for mode in [0o644, 0o660, 0o604] {
        with_mode(mode);
        takes("users-file-readable", &text, false);
    }
    with_mode(0o600);
    assert_eq!(judged(&text), (Vec::new(), Vec::new()));
}

#[test]
fn a_risk_that_there_is_not_is_refused_by_name() {
    let (refusals, _) = judged("accept_risks = [\"rate-limit-of\"]\n");
    assert_eq!(
        refusals,
        [
            "warifu.toml:1: accept_risks[0]: unknown value \"rate-limit-of\"; did you mean \
          \"rate-limit-off\"?"
        ]
    );
}

#[test]
fn a_certificate_that_is_required_can_be_shown() {
    let required = "environment = \"development\"\nadmin.client_certificate = \"required\"\n";
    let admin = listener("127.0.0.1:0", "\"admin\"");
    let (refusals, _) = judged(&format!("{required}{admin}"));
    assert_eq!(
        refusals,
        [
            "warifu.toml:5: http.listeners[0].surfaces: admin.client_certificate = \"required\", and \
          nobody can show one on 127.0.0.1:0: set tls.client_ca_file, or client_certificate_header \
          behind a proxy"
        ]
    );
    let header = "client_certificate_header = \"Client-Cert\"\n";
    let from = |proxies: &str| {
        let trusted = format!("policy.rate_limit.trusted_proxies = [{proxies}]\n");
        judged(&format!("{required}{trusted}{admin}{header}")).0
    };
    assert!(from("\"127.0.0.1\"").is_empty());
    let nobody = from("");
    assert!(
        nobody.len() == 1 && nobody[0].contains("believed from nobody"),
        "{nobody:?}"
    );
    let anybody = from("\"0.0.0.0/0\"");
    assert!(
        anybody.len() == 1 && anybody[0].contains("believed from anybody"),
        "{anybody:?}"
    );
    for name in ["Cookie", "X-Forwarded-For", "Client Cert", "X-"] {
        let header = format!("client_certificate_header = \"{name}\"\n");
        let (refusals, _) = judged(&format!("{required}{admin}{header}"));
        assert!(refusals[0].contains("RFC 9440"), "{refusals:?}");
    }
    let useless = "client_certificate_ca_file = \"clients.pem\"\n";
    let (refusals, _) = judged(&format!("environment = \"development\"\n{admin}{useless}"));
    assert!(refusals[0].ends_with("has no effect without client_certificate_header"));
}

#[test]
fn a_holder_is_named_by_two_different_attributes() {
    let text = |subject: &str| {
        format!("environment = \"development\"\nadmin.client_certificate_subject = {subject}\n")
    };
    let same = judged(&text("{ contract = \"CN\" }")).0;
    assert!(
        same[0].ends_with("contract and user must be different attributes"),
        "{same:?}"
    );
    let unknown = judged(&text("{ user = \"cn\" }")).0;
    assert!(unknown[0].contains("unknown value \"cn\""), "{unknown:?}");
    assert!(judged(&text("{ user = \"UID\" }")).0.is_empty());
}
