//! A log that lost something is refused, and says what happened.

use super::*;

async fn two_records(place: &TestFolder) -> FileAuditLog {
    let log = place.open();
    log.append(vec![record("one")]).await.unwrap();
    log.append(vec![record("two")]).await.unwrap();
    log
}

/// Neither an attempt nor a record is let through, and each is told why.
async fn assert_refused(log: &FileAuditLog, why: &str) {
    for refused in [
        log.takes_records().await,
        log.check().await,
        log.append(vec![record("lost")]).await,
    ] {
        let reason = refused.unwrap_err().reason;
        assert!(reason.contains(why), "{reason}");
    }
}

#[tokio::test]
async fn a_file_that_is_gone_is_missed_and_taken_back() {
    let place = TestFolder::new();
    let log = two_records(&place).await;
    log.takes_records().await.unwrap();
    let moved = place.0.path().join("moved");
    fs::rename(place.path(), &moved).unwrap();
    assert_refused(&log, "its file is gone").await;
    assert!(!place.path().exists(), "nobody began another one");
    fs::rename(&moved, place.path()).unwrap();
    log.takes_records().await.unwrap();
    log.append(vec![record("three")]).await.unwrap();
    assert_eq!(actors(&log).await, ["three", "two", "one"]);
}

#[tokio::test]
async fn another_file_in_its_place_is_refused_and_a_copy_is_taken() {
    let place = TestFolder::new();
    let log = two_records(&place).await;
    let text = place.text();
    fs::remove_file(place.path()).unwrap();
    let first = text.split_inclusive('\n').next().unwrap();
    fs::write(place.path(), first).unwrap();
    assert_refused(&log, "its file is another one than before").await;
    fs::write(place.path(), text).unwrap();
    log.append(vec![record("three")]).await.unwrap();
    assert_eq!(place.summary().records, 3);
}

#[tokio::test]
async fn a_file_that_got_shorter_is_refused_now_and_at_the_next_start() {
    let place = TestFolder::new();
    let log = two_records(&place).await;
    assert_eq!(actors(&log).await, ["two", "one"]);
    let text = place.text();
    let file = File::options().write(true).open(place.path()).unwrap();
    file.set_len(0).unwrap();
    assert_refused(&log, "bytes shorter than it was").await;
    drop(log);
    let open = |accept_loss: bool| {
        let options = LogOptions {
            accept_loss: accept_loss.then(|| record("").time),
            ..LogOptions::default()
        };
        FileAuditLog::open_with(&place.path(), Arc::new(Counting::default()), options)
    };
    let refused = open(false).err().unwrap().to_string();
    assert!(refused.contains("bytes shorter"), "{refused}");
    assert!(refused.contains("store adopt"), "{refused}");
    // Grown again with something else.
    file.write_all_at(&vec![b'\n'; text.len() * 2], 0).unwrap();
    assert!(open(false).is_err());
    file.set_len(0).unwrap();
    let accepted = open(true).unwrap();
    accepted.append(vec![record("three")]).await.unwrap();
    let page = accepted.query(&all()).await.unwrap();
    let events: Vec<_> = page
        .records
        .iter()
        .map(|found| found.record.event)
        .collect();
    assert_eq!(events, [AuditEvent::Reissued, AuditEvent::RecordsLost]);
}

#[tokio::test]
async fn a_file_that_is_gone_at_the_start_is_refused() {
    let place = TestFolder::new();
    drop(two_records(&place).await);
    fs::remove_file(place.path()).unwrap();
    let opened = FileAuditLog::open(&place.path(), Arc::new(Counting::default()));
    let refused = opened.err().unwrap().to_string();
    assert!(refused.contains("the file of the log is gone"), "{refused}");
}

#[tokio::test]
async fn an_index_that_is_gone_or_broken_is_made_anew() {
    let place = TestFolder::new();
    let log = two_records(&place).await;
    assert_eq!(actors(&log).await, ["two", "one"]);
    drop(log);
    let index = crate::history::index_path(&place.path());
    fs::remove_file(&index).unwrap();
    assert_eq!(actors(&place.open()).await, ["two", "one"]);
    let file = File::options().write(true).open(&index).unwrap();
    file.write_all_at(&[7; 100], 40).unwrap();
    assert_eq!(actors(&place.open()).await, ["two", "one"]);
    file.set_len(1000).unwrap();
    assert_eq!(actors(&place.open()).await, ["two", "one"]);
}
