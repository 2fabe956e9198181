mod checkpoints;
mod files;
mod losses;
mod verification;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use parking_lot::Mutex;
use proptest::prelude::*;
use tempfile::TempDir;
use warifu_core::domain::{AuditEvent, AuditOutcome, AuditRecord, RequestId, Timestamp};
use warifu_core::ports::{AuditLog, AuditQuery, AuditQueryError, Randomness};

use super::*;
use crate::file::Sink;
use crate::line::{Chain, Line};

/// Different bytes each time, the same in each run.
#[derive(Default)]
struct Counting(AtomicU8);

impl Randomness for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.fetch_add(1, Ordering::Relaxed) + 1);
    }
}

fn record(actor: &str) -> AuditRecord {
    AuditRecord {
        time: Timestamp::parse_rfc3339("2026-11-22T10:20:30Z").unwrap(),
        event: AuditEvent::Reissued,
        outcome: AuditOutcome::Success,
        actor: Some(actor.to_owned()),
        contract: Some("1234567890".parse().unwrap()),
        subject: None,
        source: Some("192.0.2.1".parse().unwrap()),
        request_id: RequestId::from_bytes([7; 16]),
        detail: BTreeMap::from([("route".to_owned(), "self-service".to_owned())]),
    }
}

fn all() -> AuditQuery {
    AuditQuery {
        limit: 1000,
        ..AuditQuery::default()
    }
}

/// A place for a log; several may be opened on it.
struct TestFolder(TempDir);

impl TestFolder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("audit.jsonl")
    }

    fn open(&self) -> FileAuditLog {
        self.open_with(Arc::new(Counting::default()))
    }

    fn open_with(&self, randomness: Arc<dyn Randomness>) -> FileAuditLog {
        FileAuditLog::open(&self.path(), randomness).unwrap()
    }

    fn text(&self) -> String {
        fs::read_to_string(self.path()).unwrap()
    }

    fn summary(&self) -> Summary {
        verify(File::open(self.path()).unwrap()).unwrap()
    }
}

async fn actors(log: &FileAuditLog) -> Vec<String> {
    let page = log.query(&all()).await.unwrap();
    page.records
        .into_iter()
        .filter_map(|stored| stored.record.actor)
        .collect()
}

#[tokio::test]
async fn the_format_is_as_documented() {
    let place = TestFolder::new();
    let log = place.open();
    log.append(vec![record("one")]).await.unwrap();
    log.append(vec![AuditRecord {
        actor: None,
        contract: None,
        source: None,
        ..record("")
    }])
    .await
    .unwrap();
    let text = place.text();
    let lines: Vec<_> = text.lines().collect();
    let chain = "01".repeat(16);
    let first = format!(
        r#"{{"chain":"{chain}","seq":1,"time":"2026-11-22T10:20:30Z","event":"retrieval_password.reissued","outcome":"success","actor":"one","contract":"1234567890","subject":null,"source":"192.0.2.1","request_id":"{}","detail":{{"route":"self-service"}},"prev":"{}"}}"#,
        "07".repeat(16),
        "0".repeat(64),
    );
    let hash = sha256(&first);
    assert_eq!(
        lines[0],
        format!("{},\"hash\":\"{hash}\"}}", first.strip_suffix('}').unwrap())
    );
    assert!(lines[1].contains(concat!(
        r#","seq":2,"time":"2026-11-22T10:20:30Z","event":"retrieval_password.reissued","#,
        r#""outcome":"success","actor":null,"contract":null,"subject":null,"source":null,"#
    )));
    assert!(lines[1].contains(&format!(r#","prev":"{hash}","hash":""#)));
    assert_eq!(lines.len(), 2);
    let mode = fs::metadata(place.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

fn sha256(text: &str) -> String {
    use sha2::{Digest, Sha256};
    data_encoding::HEXLOWER.encode(&Sha256::digest(text))
}

#[tokio::test]
async fn deceptive_characters_are_escaped_and_come_back() {
    let place = TestFolder::new();
    let log = place.open();
    let nasty = "a\nb\r\u{1b}[31m\u{7f}\u{85}\u{2028}\u{202e}\u{200b}\u{feff}\u{e0041}\0\"\\山";
    log.append(vec![record(nasty)]).await.unwrap();
    let text = place.text();
    assert_eq!(text.lines().count(), 1);
    let visible = |character: char| {
        character == '山' || character == '\n' || (' '..='~').contains(&character)
    };
    assert!(text.chars().all(visible), "{text:?}");
    assert!(text.contains(r"\u202e") && text.contains(r"\udb40\udc41"));
    assert_eq!(actors(&log).await, [nasty]);
    assert_eq!(place.summary().records, 1);
}

#[tokio::test]
async fn a_long_text_is_shortened_and_says_so_and_is_still_found() {
    let place = TestFolder::new();
    let log = place.open();
    let too_long = "割".repeat(600);
    let mut with_detail = record(&too_long);
    with_detail
        .detail
        .insert("input".to_owned(), "x".repeat(1_000_000));
    log.append(vec![with_detail, record(&"割".repeat(512))])
        .await
        .unwrap();
    let query = AuditQuery {
        actor: Some(too_long),
        ..all()
    };
    let page = log.query(&query).await.unwrap();
    assert_eq!(page.records.len(), 1);
    let record = &page.records[0].record;
    assert_eq!(
        record.actor,
        Some(format!("{}… (600 characters)", "割".repeat(512)))
    );
    assert!(record.detail["input"].ends_with("x… (1000000 characters)"));
    assert_eq!(
        actors(&log).await[0],
        "割".repeat(512),
        "what just fits is whole"
    );
}

#[tokio::test]
async fn an_unfinished_line_is_not_read_and_is_cut_off_by_the_next_write() {
    for rubbish in ["{\"chain\":\"half", &"x".repeat(10_000)] {
        let place = TestFolder::new();
        let log = place.open();
        log.append(vec![record("one")]).await.unwrap();
        let mut file = File::options().append(true).open(place.path()).unwrap();
        file.write_all(rubbish.as_bytes()).unwrap();
        assert_eq!(actors(&log).await, ["one"]);
        let error = verify(File::open(place.path()).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "line 2 is cut off");
        log.append(vec![record("two")]).await.unwrap();
        assert_eq!(actors(&log).await, ["two", "one"]);
        assert_eq!(
            place.summary(),
            Summary {
                records: 2,
                chains: 1
            }
        );
    }
}

#[tokio::test]
async fn a_file_of_nothing_but_an_unfinished_line_begins_anew() {
    let place = TestFolder::new();
    fs::write(place.path(), "x".repeat(5000)).unwrap();
    let log = place.open();
    log.append(vec![record("one")]).await.unwrap();
    assert_eq!(
        place.summary(),
        Summary {
            records: 1,
            chains: 1
        }
    );
}

#[tokio::test]
async fn a_log_that_cannot_be_written_says_so_and_recovers() {
    let place = TestFolder::new();
    let directory = place.0.path().join("deeper");
    let path = directory.join("audit.jsonl");
    let log = FileAuditLog::open(&path, Arc::new(Counting::default())).unwrap();
    log.append(vec![record("one")]).await.unwrap();
    log.check().await.unwrap();
    let kept = place.0.path().join("kept");
    fs::rename(&directory, &kept).unwrap();
    fs::write(&directory, "in the way").unwrap();
    let error = log.append(vec![record("lost")]).await.unwrap_err();
    assert_eq!(error.port, "audit_log");
    assert!(log.check().await.is_err());
    assert!(log.query(&all()).await.is_err());
    fs::remove_file(&directory).unwrap();
    fs::rename(&kept, &directory).unwrap();
    log.append(vec![record("two")]).await.unwrap();
    assert_eq!(actors(&log).await, ["two", "one"]);
    let opened = FileAuditLog::open(Path::new("/dev/null/audit"), Arc::new(Counting::default()));
    assert!(
        opened
            .err()
            .unwrap()
            .to_string()
            .contains("/dev/null/audit")
    );
}

#[tokio::test]
async fn whoever_holds_the_file_too_long_makes_writing_fail() {
    let place = TestFolder::new();
    let log = place.open();
    let other = File::open(place.path()).unwrap();
    other.lock().unwrap();
    let error = log.append(vec![record("one")]).await.unwrap_err();
    assert!(error.reason.contains("another process"), "{error}");
    other.unlock().unwrap();
    log.append(vec![record("two")]).await.unwrap();
    assert_eq!(
        place.summary(),
        Summary {
            records: 1,
            chains: 1
        }
    );
}

/// A file that fails in one way.
struct Failing<'a> {
    file: &'a File,
    writes: bool,
    truncates: bool,
}

impl Sink for Failing<'_> {
    fn length(&self) -> io::Result<u64> {
        self.file.length()
    }

    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        Sink::read_at(self.file, bytes, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        if self.writes {
            return Sink::write_at(self.file, bytes, offset);
        }
        // As a full disk does: what just fits is there, here the first line and half of the next.
        let first = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(0);
        self.file
            .write_all_at(&bytes[..bytes.len().min(first + 40)], offset)?;
        Err(io::Error::other("disk full"))
    }

    fn sync(&self) -> io::Result<()> {
        if self.writes {
            Err(io::Error::other("lost"))
        } else {
            self.file.sync()
        }
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        if self.truncates {
            self.file.truncate(length)
        } else {
            Err(io::Error::other("stuck"))
        }
    }
}

#[test]
fn a_failed_write_leaves_nothing_and_takes_no_number() {
    let place = TestFolder::new();
    let randomness = Counting::default();
    for writes in [false, true] {
        for truncates in [false, true] {
            let file = file::open(&place.path()).unwrap();
            file.truncate(0).unwrap();
            let mut chain = Chain::begin(&randomness);
            let (one, two) = (record("one"), record("two"));
            file::append(&file, &mut chain, &randomness, [&one].into_iter()).unwrap();
            let failing = Failing {
                file: &file,
                writes,
                truncates,
            };
            file::append(&failing, &mut chain, &randomness, [&two, &two].into_iter()).unwrap_err();
            file::append(&file, &mut chain, &randomness, [&one, &one].into_iter()).unwrap();
            let summary = place.summary();
            let records = match (writes, truncates) {
                (_, true) => 3,
                (true, false) => 5,
                (false, false) => 4,
            };
            // What was perhaps not taken back keeps its numbers; a new chain follows.
            let chains = if truncates && !writes { 1 } else { 2 };
            assert_eq!(summary, Summary { records, chains }, "{writes} {truncates}");
        }
    }
}

/// Standard output for a test; can be full.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<(Vec<u8>, bool)>>);

impl io::Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut output = self.0.lock();
        if output.1 {
            return Err(io::Error::other("closed"));
        }
        output.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_standard_output_gets_the_same_lines_and_answers_no_query() {
    let output = Output::default();
    let log = StdoutAuditLog::to(Box::new(output.clone()), Arc::new(Counting::default()));
    log.check().await.unwrap();
    log.append(vec![record("one"), record("two")])
        .await
        .unwrap();
    output.0.lock().1 = true;
    assert!(log.append(vec![record("lost")]).await.is_err());
    output.0.lock().1 = false;
    log.append(vec![record("three")]).await.unwrap();
    let summary = verify(output.0.lock().0.as_slice()).unwrap();
    assert_eq!(
        summary,
        Summary {
            records: 3,
            chains: 2
        }
    );
    let AuditQueryError::Unavailable(told) = log.query(&all()).await.unwrap_err() else {
        panic!("not the right refusal");
    };
    assert!(told.reason.contains("cannot be read here"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_makes_one_line_that_comes_back_and_verifies(
        texts in proptest::collection::vec(proptest::collection::vec(any::<char>(), 0..20), 1..5),
    ) {
        let mut chain = Chain::begin(&Counting::default());
        let mut log = String::new();
        for text in &texts {
            let text: String = text.iter().collect();
            let line = chain.append(&record(&text)).unwrap();
            prop_assert_eq!(line.matches('\n').count(), 1);
            let stored = Line::read(line.as_bytes()).unwrap().into_record().unwrap();
            prop_assert_eq!(stored.record, record(&text));
            log.push_str(&line);
        }
        let summary = verify(log.as_bytes()).unwrap();
        prop_assert_eq!(summary, Summary { records: texts.len() as u64, chains: 1 });
    }
}
