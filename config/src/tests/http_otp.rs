use std::time::Duration;

use super::{DEVELOPMENT, Folder};

const PROVIDER: &str = "[otp_verifier]\nadapter = \"http\"\n\
    http.url = \"http://127.0.0.1:1/validate/check\"\nhttp.preset = \"privacyidea\"\n";

/// The settings of a provider that nobody has to run.
fn folder(more: &str) -> Folder {
    let folder = Folder::with(DEVELOPMENT);
    let path = |name: &str| folder.path(name).display().to_string();
    let settings = format!(
        "{DEVELOPMENT}{PROVIDER}{more}\n\
         [user_directory]\nmemory.users_file = {:?}\n\
         [password_store]\nadapter = \"memory\"\n\
         [certificate_authority]\nlocal.directory = {:?}\n\
         [audit_log]\nfile.path = {:?}\n",
        path("users.toml"),
        path("ca"),
        path("audit.jsonl"),
    );
    std::fs::write(folder.path("warifu.toml"), settings).unwrap();
    std::fs::write(folder.path("users.toml"), "").unwrap();
    folder
}

#[tokio::test]
async fn a_provider_that_is_down_stops_no_start_and_is_named() {
    let folder = folder("");
    let configuration = folder.load(&[]).unwrap();
    let assembled = crate::assemble(&configuration).await.unwrap();
    let unavailable = assembled.use_cases.health.unavailable().await;
    assert_eq!(unavailable.len(), 1, "{unavailable:?}");
    assert_eq!(unavailable[0].port, "otp_verifier");
    let cause = &unavailable[0].reason;
    assert!(cause.starts_with("http: "), "{cause}");
    assert!(
        assembled
            .use_cases
            .service
            .otp_code_lengths()
            .iter()
            .eq([6])
    );
}

#[tokio::test]
async fn a_reserved_attempt_outlasts_the_slowest_check() {
    let folder = folder("http.timeout = \"45s\"\nhttp.code_lengths = [6, 8]");
    let configuration = folder.load(&[]).unwrap();
    let assembled = crate::assemble(&configuration).await.unwrap();
    let policy = assembled.use_cases.service.policy();
    assert!(policy.otp.lease > Duration::from_secs(45));
    assert!(policy.login.lease < Duration::from_secs(45));
    assert!(
        assembled
            .use_cases
            .service
            .otp_code_lengths()
            .iter()
            .eq([6, 8])
    );
}

#[test]
fn a_slip_is_answered_with_the_nearest_name() {
    let refusal = folder("http.time_out = \"3s\"").refusal(&[]);
    assert_eq!(refusal.len(), 1, "{refusal:?}");
    let line = &refusal[0];
    assert!(line.contains("otp_verifier.http.time_out"), "{line}");
    assert!(line.contains("\"timeout\""), "{line}");
}
