//! Checkpoints that the writer makes by itself.

use std::time::Duration;

use super::*;
use crate::mark::Checkpoints;
use crate::verify::{Expected, Marks, verify_against};

const KEY: &[u8] = b"-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
    -----END PRIVATE KEY-----\n";

fn key() -> SigningKey {
    SigningKey::from_pem(KEY).unwrap()
}

fn signing(place: &TestFolder, records: u64) -> FileAuditLog {
    let options = LogOptions {
        checkpoints: Some(Checkpoints {
            key: Arc::new(key()),
            records,
            interval: Duration::from_secs(3600),
        }),
        ..LogOptions::default()
    };
    FileAuditLog::open_with(&place.path(), Arc::new(Counting::default()), options).unwrap()
}

fn check(text: &str) -> Result<Marks, VerificationError> {
    let key = key().public();
    let expected = Expected {
        key: Some(&key),
        ..Expected::default()
    };
    verify_against(text.as_bytes(), expected).map(|(_, marks)| marks)
}

/// Hashes a line anew, as somebody would who rewrites history.
fn rehashed(line: &str) -> String {
    let hash = crate::line::expected_hash(line.trim_end().as_bytes()).unwrap();
    let end = line.trim_end().len() - 66;
    format!("{}{hash}\"}}\n", &line[..end])
}

/// The log of one chain with one text changed, and every link made to fit again.
fn rewritten(text: &str, from: &str, to: &str) -> String {
    let mut log = String::new();
    let mut prev = crate::line::NO_PREDECESSOR.to_owned();
    for line in text.split_inclusive('\n') {
        let record = Line::read(line.as_bytes()).unwrap();
        let line = line.replace(from, to);
        let old = format!("\"prev\":\"{}\"", record.prev);
        let line = rehashed(&line.replace(&old, &format!("\"prev\":\"{prev}\"")));
        prev = Line::read(line.as_bytes()).unwrap().hash;
        log.push_str(&line);
    }
    log
}

#[tokio::test]
async fn every_so_many_records_and_the_end_are_signed() {
    let place = TestFolder::new();
    let log = signing(&place, 3);
    for number in 0..7 {
        log.append(vec![record(&number.to_string())]).await.unwrap();
        // What is due is done before the next task.
        log.check().await.unwrap();
    }
    assert_eq!(log.close().await, 0);
    drop(log);
    let marks = check(&place.text()).unwrap();
    assert_eq!((marks.found, marks.signed, marks.covered), (3, 3, 9));
}

#[tokio::test]
async fn a_process_that_wrote_nothing_signs_nothing() {
    let place = TestFolder::new();
    let log = signing(&place, 1);
    assert_eq!(log.close().await, 0);
    drop(log);
    assert_eq!(place.text(), "");
}

#[tokio::test]
async fn a_history_that_was_rewritten_is_found_by_its_checkpoints() {
    let place = TestFolder::new();
    let log = signing(&place, 100);
    log.append(vec![record("one"), record("two")])
        .await
        .unwrap();
    log.close().await;
    log.append(vec![record("three")]).await.unwrap();
    log.close().await;
    drop(log);
    let text = place.text();
    assert_eq!(check(&text).unwrap().signed, 2);
    let forged = rewritten(&text, "\"one\"", "\"eins\"");
    let error = check(&forged).unwrap_err();
    assert!(matches!(error.what, Fault::Unfounded { .. }), "{error}");
    assert_eq!(error.line, 3);
    // With a signature of somebody else's.
    let other = text.replace("\"signature\":\"", "\"signature\":\"AAAA");
    let error = check(&rewritten(&other, "\n", "\n")).unwrap_err();
    assert!(matches!(error.what, Fault::Forged), "{error}");
}

#[tokio::test]
async fn a_checkpoint_kept_elsewhere_finds_a_cut_tail_and_another_history() {
    let place = TestFolder::new();
    let log = signing(&place, 100);
    log.append(vec![record("one"), record("two")])
        .await
        .unwrap();
    log.close().await;
    drop(log);
    let text = place.text();
    let last = Line::read(text.lines().last().unwrap().as_bytes()).unwrap();
    let standing = crate::standing::Standing::parse(
        last.detail("records").unwrap(),
        last.detail("digest").unwrap(),
    )
    .unwrap();
    let statement = crate::mark::Statement::new(last.time_text(), &standing);
    let kept = key().sign(&statement).unwrap();
    assert!(kept.contains(last.detail("signature").unwrap()));
    let checkpoints = Checkpoint::read_all(&kept, Some(&key().public())).unwrap();
    let verify =
        |text: &str| Checkpoint::verify_all(&checkpoints, text.as_bytes(), Expected::default());
    assert_eq!(verify(&text).unwrap().0.records, 3);
    let first = text.split_inclusive('\n').next().unwrap();
    let error = verify(first).unwrap_err();
    assert!(
        matches!(
            error,
            CheckpointError::Cut {
                records: 2,
                found: 1,
                ..
            }
        ),
        "{error}"
    );
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let forged = rewritten(&lines[..2].concat(), "\"one\"", "\"eins\"");
    let error = verify(&forged).unwrap_err();
    assert!(
        matches!(error, CheckpointError::Rewritten { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn the_beginning_of_a_file_is_signed_as_well() {
    let place = TestFolder::new();
    let log = signing(&place, 100);
    log.append(vec![record("one")]).await.unwrap();
    log.rotate(record("").time).await.unwrap();
    drop(log);
    let files = crate::files::LogFiles::ending_with(&place.path()).unwrap();
    let key = key().public();
    let expected = Expected {
        key: Some(&key),
        ..Expected::default()
    };
    let (_, marks) = verify_against(files, expected).unwrap();
    assert_eq!((marks.found, marks.signed, marks.covered), (1, 1, 1));
}
