//! The adapters of the audit log.

use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use tempfile::TempDir;
use warifu_audit_file::{FileAuditLog, verify};
use warifu_contracts::audit_log::{CASES, SharedLog};
use warifu_contracts::case::CaseResult;
use warifu_core::ports::AuditLog;
use warifu_system::OsRandomness;

/// One file, opened by as many as like.
struct LogFile(TempDir);

impl LogFile {
    fn new() -> Self {
        Self(TempDir::new().expect("a temporary directory"))
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("audit.jsonl")
    }
}

#[async_trait]
impl SharedLog for LogFile {
    async fn open(&self) -> Arc<dyn AuditLog> {
        let log = FileAuditLog::open(&self.path(), Arc::new(OsRandomness));
        Arc::new(log.expect("a log in a temporary directory"))
    }
}

async fn file() -> Arc<dyn SharedLog> {
    Arc::new(LogFile::new())
}

warifu_contracts::audit_log_conformance!(file);

/// Whatever was written to the file, by however many, its chains hold.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_file_verifies_after_every_case() {
    for case in CASES {
        let log = Arc::new(LogFile::new());
        let result: CaseResult = (case.run)(log.clone()).await;
        assert!(result.is_ok(), "{}", case.name);
        let file = File::open(log.path()).expect("the log");
        let lines = fs::read_to_string(log.path())
            .expect("the log")
            .lines()
            .count() as u64;
        match verify(file) {
            Ok(summary) => assert_eq!(summary.records, lines, "{}", case.name),
            Err(error) => panic!("{}: {error}", case.name),
        }
    }
}
