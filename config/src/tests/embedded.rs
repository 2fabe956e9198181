use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use super::Folder;
use crate::ConfigError;

/// A production configuration with all that it writes in one folder.
fn folder() -> Folder {
    let folder = Folder::with("");
    let path = |name: &str| format!("{:?}", folder.path(name).display().to_string());
    let text = format!(
        "user_directory.memory.users_file = {}\ncertificate_authority.local.directory = {}\n\
         audit_log.file.path = {}\n[password_store]\nembedded.path = {}\n",
        path("users.toml"),
        path("ca"),
        path("audit.jsonl"),
        path("var/warifu.db"),
    );
    fs::write(folder.path("warifu.toml"), text).unwrap();
    fs::write(folder.path("users.toml"), "").unwrap();
    folder
}

async fn refusal(folder: &Folder) -> ConfigError {
    let configuration = folder.load(&[]).unwrap();
    let assembled = crate::assemble(&configuration).await;
    assembled.map(|_| ()).unwrap_err()
}

#[tokio::test]
async fn production_runs_on_the_embedded_store_by_default() {
    let folder = folder();
    let configuration = folder.load(&[]).unwrap();
    let assembled = crate::assemble(&configuration).await.unwrap();
    assert!(assembled.use_cases.health.failing().await.is_empty());
    assert!(folder.path("var/warifu.db").is_file());
}

#[tokio::test]
async fn a_store_that_others_may_read_is_a_bad_configuration() {
    let folder = folder();
    let configuration = folder.load(&[]).unwrap();
    drop(crate::assemble(&configuration).await.unwrap());
    let store = folder.path("var/warifu.db");
    fs::set_permissions(&store, Permissions::from_mode(0o644)).unwrap();
    let error = refusal(&folder).await;
    assert_eq!(error.exit_code(), 78);
    let line = error.to_string();
    assert!(
        line.contains("warifu.toml:5: password_store.embedded.path"),
        "{line}"
    );
    assert!(line.contains("chmod 600"), "{line}");
}

#[tokio::test]
async fn a_file_that_is_no_store_is_a_bad_configuration() {
    let folder = folder();
    fs::create_dir(folder.path("var")).unwrap();
    let store = folder.path("var/warifu.db");
    fs::write(&store, "number,user\n".repeat(100)).unwrap();
    fs::set_permissions(&store, Permissions::from_mode(0o600)).unwrap();
    let error = refusal(&folder).await;
    assert_eq!(error.exit_code(), 78);
    assert!(error.to_string().contains("not a store of this program"));
}

/// How the store would be lost: its file and the file's companions.
fn lose_the_store(folder: &Folder) {
    fs::remove_dir_all(folder.path("var")).unwrap();
}

#[tokio::test]
async fn a_store_that_was_lost_is_refused_until_it_is_adopted() {
    let folder = folder();
    let configuration = folder.load(&[]).unwrap();
    drop(crate::assemble(&configuration).await.unwrap());
    drop(crate::assemble(&configuration).await.unwrap());
    let said = crate::adopt_store(&configuration).await.unwrap();
    assert_eq!(said, crate::Adoption::KnownAlready);

    lose_the_store(&folder);
    for _ in 0..2 {
        let error = refusal(&folder).await;
        assert_eq!(error.exit_code(), 78);
        let line = error.to_string();
        assert!(line.contains("password_store.embedded"), "{line}");
        assert!(line.contains("warifu-admin store adopt"), "{line}");
    }
    let said = crate::adopt_store(&configuration).await.unwrap();
    assert_eq!(said, crate::Adoption::Done);
    drop(crate::assemble(&configuration).await.unwrap());
    let said = crate::adopt_store(&configuration).await.unwrap();
    assert_eq!(said, crate::Adoption::KnownAlready);

    lose_the_store(&folder);
    assert_eq!(refusal(&folder).await.exit_code(), 78);
}

#[tokio::test]
async fn what_one_log_has_accepted_another_one_accepts_from_the_store() {
    let folder = folder();
    let here = folder.load(&[]).unwrap();
    let log = folder.path("elsewhere.jsonl").display().to_string();
    let elsewhere = folder
        .load(&[&format!("audit_log.file.path={log}")])
        .unwrap();
    drop(crate::assemble(&here).await.unwrap());
    drop(crate::assemble(&elsewhere).await.unwrap());
    lose_the_store(&folder);
    assert!(crate::assemble(&elsewhere).await.is_err());
    crate::adopt_store(&here).await.unwrap();
    drop(crate::assemble(&elsewhere).await.unwrap());
}

#[test]
fn how_long_to_keep_is_checked() {
    let folder = Folder::with("[password_store]\nembedded.keep_for = \"5m\"\n");
    let lines = folder.refusal(&[]);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("warifu.toml:2: password_store.embedded.keep_for: "));
}
