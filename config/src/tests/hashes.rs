//! Hashes that the service would never check are refused when they are read.

use std::fs;
use std::path::Path;

use super::Folder;
use crate::{Assembled, Configuration, Layers, Registry, assemble, check};

const TAIL: &str = "$c29tZXNhbHRzb21lc2FsdA$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

/// What nobody's entry is ever checked against.
const NEVER: [&str; 6] = [
    // The first choice of RFC 9106.
    "$argon2id$v=19$m=2097152,t=1,p=4",
    "$argon2id$v=19$m=262144,t=2,p=1",
    "$argon2id$v=19$m=19456,t=11,p=1",
    "$argon2id$v=19$m=19456,t=2,p=5",
    "$argon2id$v=16$m=19456,t=2,p=1",
    "$argon2i$v=19$m=19456,t=2,p=1",
];

fn users(login: &str, transaction: &str) -> String {
    format!(
        "[[contracts]]\nnumber = \"1234567890\"\nname = \"A\"\n[[contracts.users]]\n\
         id = \"user01\"\nname = \"One\"\nlogin_password = \"{login}{TAIL}\"\n\
         transaction_password = \"{transaction}{TAIL}\"\n"
    )
}

fn staff(hash: &str) -> String {
    format!(
        "[[staff]]\nid = \"clerk01\"\nname = \"One\"\nroles = [\"maker\"]\n\
         login_password = \"{hash}{TAIL}\"\n"
    )
}

fn configuration(folder: &Folder) -> Configuration {
    let text = format!(
        "environment = \"development\"\npassword_store.adapter = \"memory\"\n\
         user_directory.memory.users_file = \"{0}/users.toml\"\n\
         staff_directory.memory.users_file = \"{0}/staff.toml\"\n\
         certificate_authority.local.directory = \"{0}/ca\"\n\
         audit_log.file.path = \"{0}/audit.jsonl\"\n",
        folder.path("").display().to_string().trim_end_matches('/')
    );
    fs::write(folder.path("warifu.toml"), text).unwrap();
    let layers = Layers::new().files([folder.path("warifu.toml")]);
    Configuration::load(&layers, &Registry::standard()).unwrap()
}

const GOOD: &str = "$argon2id$v=19$m=65536,t=3,p=4";

fn assert_names(refused: &str, file: &Path, line: usize) {
    let place = format!("{}:{line}: ", file.display());
    assert!(refused.contains(&place), "{refused}");
    assert!(refused.contains("hash-password"), "{refused}");
    assert!(!refused.contains(TAIL), "{refused}");
}

#[tokio::test]
async fn a_hash_that_is_never_checked_stops_start_and_check_with_its_line() {
    let folder = Folder::with("");
    let configuration = configuration(&folder);
    let (users_file, staff_file) = (folder.path("users.toml"), folder.path("staff.toml"));
    for never in NEVER {
        for (of_users, of_staff, file, line) in [
            (users(never, GOOD), staff(GOOD), &users_file, 7),
            (users(GOOD, never), staff(GOOD), &users_file, 8),
            (users(GOOD, GOOD), staff(never), &staff_file, 5),
        ] {
            fs::write(&users_file, of_users).unwrap();
            fs::write(&staff_file, of_staff).unwrap();
            let started = assemble(&configuration).await.map(|_| ());
            let started = started.unwrap_err();
            assert_eq!(started.exit_code(), 78, "{started}");
            assert_names(&started.to_string(), file, line);
            let checked = check(&configuration).await.map(|_| ()).unwrap_err();
            assert_names(&checked.to_string(), file, line);
        }
    }
}

#[tokio::test]
async fn a_hash_that_is_never_checked_is_not_read_while_the_service_runs() {
    let folder = Folder::with("");
    let configuration = configuration(&folder);
    let (users_file, staff_file) = (folder.path("users.toml"), folder.path("staff.toml"));
    fs::write(&users_file, users(GOOD, GOOD)).unwrap();
    fs::write(&staff_file, staff(GOOD)).unwrap();
    let Assembled { reload, .. } = assemble(&configuration).await.unwrap();
    let read_again = || -> Vec<String> {
        let answers = reload.iter().map(|reload| reload.reload());
        answers.filter_map(Result::err).collect()
    };
    assert!(read_again().is_empty());
    fs::write(&users_file, users(NEVER[0], GOOD)).unwrap();
    fs::write(&staff_file, staff(NEVER[0])).unwrap();
    let refused = read_again();
    assert_eq!(refused.len(), 2, "{refused:?}");
    assert_names(&refused[0], &users_file, 7);
    assert_names(&refused[1], &staff_file, 5);
}
