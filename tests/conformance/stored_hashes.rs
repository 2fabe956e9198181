//! What is kept of passwords that were hashed anew.

use warifu_core::domain::{HashDigest, PasswordHash, StoredHash};

#[test]
fn a_stored_hash_of_an_earlier_version_is_read_and_written_without_the_imported_one() {
    let imported = PasswordHash::from_phc("$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA");
    let earlier = format!(
        r#"{{"replaces":"{}","hash":"$new"}}"#,
        imported.expose_phc()
    );
    let read: StoredHash = serde_json::from_str(&earlier).expect("it is JSON");
    assert_eq!(read.replaces, HashDigest::of(&imported));
    let written = serde_json::to_string(&read).expect("it is JSON");
    assert!(!written.contains("argon2id"), "{written}");
    let again: StoredHash = serde_json::from_str(&written).expect("it is JSON");
    assert_eq!(again, read);
}
