use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Barrier};

use warifu_core::domain::attempts::{Lane, Purpose, Settlement, Verdict};
use warifu_core::domain::{Principal, Session, SessionToken, Surface};
use warifu_core::ports::{
    AttemptKey, AttemptStore, Clock, OtpStepStore, RetrievalPasswordStore, SessionStore,
};

use super::{DAY, TestFolder, count, inspect, policy, subject};
use crate::OpenError;

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[tokio::test]
async fn a_new_store_is_its_owners_alone() {
    let place = TestFolder::new();
    let store = place.open();
    store.advance(&subject("a"), 1).await.unwrap();
    assert_eq!(mode(&place.folder.path().join("var")), 0o700);
    for name in ["warifu.db", "warifu.db-wal", "warifu.db-shm"] {
        assert_eq!(
            mode(&place.folder.path().join("var").join(name)),
            0o600,
            "{name}"
        );
    }
}

#[tokio::test]
async fn what_was_written_is_there_after_closing() {
    let place = TestFolder::new();
    let store = place.open();
    assert!(store.advance(&subject("a"), u64::MAX - 1).await.unwrap());
    drop(store);
    let store = place.open();
    assert!(!store.advance(&subject("a"), u64::MAX - 1).await.unwrap());
    assert!(store.advance(&subject("a"), u64::MAX).await.unwrap());
}

#[test]
fn a_file_that_others_may_read_is_refused() {
    let place = TestFolder::new();
    drop(place.open());
    for open in [0o640, 0o604, 0o620] {
        fs::set_permissions(place.path(), Permissions::from_mode(open)).unwrap();
        let refusal = place.refusal();
        assert!(refusal.contains(&format!("(mode {open:04o})")), "{refusal}");
        assert!(refusal.contains("chmod 600"), "{refusal}");
    }
    fs::set_permissions(place.path(), Permissions::from_mode(0o600)).unwrap();
    place.open();
}

#[tokio::test]
async fn a_companion_that_others_may_read_is_refused() {
    let place = TestFolder::new();
    let store = place.open();
    store.advance(&subject("a"), 1).await.unwrap();
    let log = place.folder.path().join("var/warifu.db-wal");
    fs::set_permissions(&log, Permissions::from_mode(0o644)).unwrap();
    let refusal = place.refusal();
    assert!(refusal.contains("warifu.db-wal"), "{refusal}");
}

#[test]
fn a_folder_in_its_place_is_refused() {
    let place = TestFolder::new();
    fs::create_dir_all(place.path()).unwrap();
    assert!(place.refusal().contains("not a regular file"));
}

#[test]
fn a_path_that_cannot_be_made_is_named() {
    let place = TestFolder::new();
    let file = place.folder.path().join("var");
    fs::write(&file, "in the way").unwrap();
    let refusal = place.refusal();
    assert!(refusal.contains("var/warifu.db"), "{refusal}");
    assert!(refusal.contains("embedded.path"), "{refusal}");
}

fn write_private(place: &TestFolder, bytes: &[u8]) {
    fs::create_dir_all(place.path().parent().unwrap()).unwrap();
    fs::write(place.path(), bytes).unwrap();
    fs::set_permissions(place.path(), Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn a_file_of_another_kind_is_refused_and_left_alone() {
    let place = TestFolder::new();
    let text = "number,user\n".repeat(1000);
    write_private(&place, text.as_bytes());
    assert!(matches!(
        place.try_open(&place.path()),
        Err(OpenError::NotAStore(_))
    ));
    assert_eq!(fs::read_to_string(place.path()).unwrap(), text);
}

#[test]
fn a_database_of_another_program_is_refused_and_left_alone() {
    let place = TestFolder::new();
    write_private(&place, b"");
    let other = rusqlite::Connection::open(place.path()).unwrap();
    other
        .execute_batch("CREATE TABLE things (id INTEGER)")
        .unwrap();
    drop(other);
    let before = fs::read(place.path()).unwrap();
    let refusal = place.refusal();
    assert!(refusal.contains("not a store of this program"), "{refusal}");
    assert_eq!(fs::read(place.path()).unwrap(), before);
}

#[test]
fn an_empty_file_becomes_a_store() {
    let place = TestFolder::new();
    write_private(&place, b"");
    place.open();
    assert_eq!(count(&place.path(), "secrets"), 3);
}

#[test]
fn a_newer_schema_is_refused_in_one_sentence() {
    let place = TestFolder::new();
    drop(place.open());
    let connection = rusqlite::Connection::open(place.path()).unwrap();
    connection.pragma_update(None, "user_version", 7).unwrap();
    drop(connection);
    let refusal = place.refusal();
    assert!(
        refusal.ends_with(
            "was written by a newer version of this program (schema 7, this one knows 5); use \
             that version"
        ),
        "{refusal}"
    );
}

/// What was counted by the schema before lanes counts on, as strangers' entries; the counters that
/// unknown names shared are gone.
#[tokio::test]
async fn a_store_of_before_there_were_lanes_counts_on() {
    let place = TestFolder::new();
    let store = place.open();
    let key = AttemptKey::of(subject("tanaka.jiro"), Purpose::Login);
    for _ in 0..2 {
        let lease = place.lease();
        AttemptStore::reserve(&store, &key, &policy(), lease)
            .await
            .unwrap();
        AttemptStore::settle(&store, &key, &policy(), lease, Verdict::Wrong)
            .await
            .unwrap();
    }
    drop(store);
    let connection = rusqlite::Connection::open(place.path()).unwrap();
    connection
        .execute_batch(
            "DROP INDEX paper_requests_by_state;
             DROP TABLE known_browsers;
             DROP INDEX counters_by_end;
             ALTER TABLE counters DROP COLUMN ends_at;
             INSERT INTO counters SELECT x'0102', state FROM counters;
             PRAGMA user_version = 3;",
        )
        .unwrap();
    drop(connection);
    let store = place.open();
    let limits = Lane::Stranger.limits(policy());
    let lease = place.lease();
    AttemptStore::reserve(&store, &key, &limits, lease)
        .await
        .unwrap();
    let settled = AttemptStore::settle(&store, &key, &limits, lease, Verdict::Wrong).await;
    assert!(matches!(settled, Ok(Settlement::Locked(_))), "{settled:?}");
    drop(store);
    assert_eq!(count(&place.path(), "counters"), 1);
}

#[test]
fn a_forged_schema_is_refused() {
    let forgeries = [
        "CREATE TRIGGER amnesty AFTER UPDATE ON counters BEGIN DELETE FROM counters; END",
        "DROP TABLE otp_steps; CREATE VIEW otp_steps AS SELECT x'00' AS subject, x'00' AS step",
        "DROP TABLE claims",
        "CREATE TABLE more (id INTEGER)",
    ];
    for forgery in forgeries {
        let place = TestFolder::new();
        drop(place.open());
        let connection = rusqlite::Connection::open(place.path()).unwrap();
        connection.execute_batch(forgery).unwrap();
        drop(connection);
        let refusal = place.refusal();
        assert!(
            refusal.contains("not those of a store"),
            "{forgery}: {refusal}"
        );
    }
}

#[test]
fn a_store_without_its_secret_is_refused() {
    for damage in ["DELETE FROM secrets", "UPDATE secrets SET value = x'0102'"] {
        let place = TestFolder::new();
        drop(place.open());
        let connection = rusqlite::Connection::open(place.path()).unwrap();
        connection.execute_batch(damage).unwrap();
        drop(connection);
        assert!(place.refusal().contains("secret of its keys is missing"));
    }
}

#[tokio::test]
async fn a_damaged_file_is_refused_wherever_the_damage_is() {
    let place = TestFolder::new();
    let store = place.open();
    for user in 0..200 {
        let subject = subject(&format!("user{user}"));
        let new = place.new_password();
        store.reissue(&subject, new, &policy()).await.unwrap();
    }
    drop(store);
    let good = fs::read(place.path()).unwrap();
    let pages = good.len() / 4096;
    assert!(pages > 20, "{pages} pages");
    for page in 1..pages {
        // The head of a page says what it is and where its cells are.
        let mut bad = good.clone();
        bad[page * 4096..page * 4096 + 128].fill(0xff);
        fs::write(place.path(), bad).unwrap();
        let refusal = place.refusal();
        assert!(refusal.contains("is damaged"), "page {page}: {refusal}");
        assert!(refusal.contains("backup"), "page {page}: {refusal}");
        assert!(!refusal.contains('\n'), "page {page}: {refusal}");
    }
    fs::write(place.path(), &good[..good.len() / 2]).unwrap();
    assert!(place.refusal().contains("is damaged"));
}

#[test]
fn a_new_store_may_be_opened_by_many_at_once() {
    let place = Arc::new(TestFolder::new());
    let begin = Arc::new(Barrier::new(8));
    let openers: Vec<_> = (0..8)
        .map(|_| {
            let (place, begin) = (place.clone(), begin.clone());
            std::thread::spawn(move || {
                begin.wait();
                place.try_open(&place.path()).map(drop)
            })
        })
        .collect();
    for opener in openers {
        opener.join().unwrap().unwrap();
    }
    assert_eq!(count(&place.path(), "secrets"), 3);
}

#[tokio::test]
async fn no_identifier_stands_in_a_key_and_no_token_anywhere() {
    let place = TestFolder::new();
    let store = place.open();
    let who = subject("tanaka.jiro");
    store.advance(&who, 5).await.unwrap();
    store.note_login(&who).await.unwrap();
    let unknown = AttemptKey::of(subject("suzuki.goro"), Purpose::Login);
    for key in [AttemptKey::of(who.clone(), Purpose::Login), unknown] {
        let lease = place.lease();
        AttemptStore::reserve(&store, &key, &policy(), lease)
            .await
            .unwrap();
        AttemptStore::settle(&store, &key, &policy(), lease, Verdict::Wrong)
            .await
            .unwrap();
    }
    let now = place.clock.now();
    let token = SessionToken::generate(&place.randomness);
    let session = Session {
        surface: Surface::Admin,
        principal: Principal::User(who.clone()),
        created_at: now,
        last_used_at: now,
        expires_at: now.plus(DAY),
        previous_login: None,
        otp_verified_until: None,
        holder: None,
    };
    store.create(&token.id(), &session).await.unwrap();
    let new = place.new_password();
    store.reissue(&who, new, &policy()).await.unwrap();
    drop(store);

    for (table, key) in [
        ("counters", "key"),
        ("last_logins", "subject"),
        ("otp_steps", "subject"),
        ("sessions", "id || principal"),
        ("retrieval_passwords", "subject"),
        ("reissues", "id || subject || contract"),
    ] {
        let sql = format!(
            "SELECT count(*) FROM {table} WHERE instr({key}, CAST('tanaka' AS BLOB)) > 0 \
             OR instr({key}, CAST('1234567890' AS BLOB)) > 0"
        );
        assert_eq!(inspect::<i64>(&place.path(), &sql), 0, "{table}");
        assert!(count(&place.path(), table) > 0, "{table}");
    }
    let file = fs::read(place.path()).unwrap();
    let holds = |text: &str| file.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds("tanaka.jiro"), "the list of reissues names its user");
    assert!(!holds("suzuki.goro"), "nobody's name is kept");
    assert!(!holds(token.expose()), "a session's token is not kept");
}

#[test]
fn a_store_is_the_same_one_until_its_file_is_another() {
    let place = TestFolder::new();
    let first = place.open().identity().clone();
    assert_eq!(*place.open().identity(), first);
    fs::remove_dir_all(place.folder.path().join("var")).unwrap();
    assert_ne!(place.open().identity().epoch, first.epoch);
}

#[test]
fn a_store_that_is_older_than_its_name_gets_one() {
    let place = TestFolder::new();
    drop(place.open());
    let sql = "DELETE FROM secrets WHERE name IN ('epoch', 'succeeds')";
    let connection = rusqlite::Connection::open(place.path()).unwrap();
    assert_eq!(connection.execute(sql, []).unwrap(), 2);
    drop(connection);
    let named = place.open().identity().clone();
    assert_eq!(*place.open().identity(), named);
}
