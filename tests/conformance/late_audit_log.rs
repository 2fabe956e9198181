//! The adapters of the audit log, with the memory of failed writes around them.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use tempfile::TempDir;
use warifu_audit_file::FileAuditLog;
use warifu_contracts::late_audit_log::BreakableLog;
use warifu_core::ports::AuditLog;
use warifu_decorators::LateAuditLog;
use warifu_system::OsRandomness;
use warifu_test_support::redis::{RedisLog, RedisServer};

use warifu_contracts::audit_log::SharedLog as _;

/// A file that can be taken away.
struct MovableFile {
    folder: TempDir,
    log: Arc<dyn AuditLog>,
}

impl MovableFile {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

#[async_trait]
impl BreakableLog for MovableFile {
    fn log(&self) -> Arc<dyn AuditLog> {
        self.log.clone()
    }

    async fn set_broken(&self, broken: bool) {
        let (folder, away) = (self.path("log"), self.path("away"));
        let moved = if broken {
            fs::rename(&folder, away).and_then(|()| fs::write(folder, "in the way"))
        } else {
            fs::remove_file(&folder).and_then(|()| fs::rename(away, folder))
        };
        moved.expect("the folder is moved");
    }
}

pub(crate) async fn file() -> Arc<dyn BreakableLog> {
    let folder = TempDir::new().expect("a temporary directory");
    let path = folder.path().join("log/audit.jsonl");
    let log = FileAuditLog::open(&path, Arc::new(OsRandomness));
    let log = Arc::new(log.expect("a log in a temporary directory"));
    let log = Arc::new(LateAuditLog::new(log));
    Arc::new(MovableFile { folder, log })
}

/// A server that takes no writes where it is told so.
struct StubbornServer {
    server: RedisServer,
    log: Arc<dyn AuditLog>,
}

#[async_trait]
impl BreakableLog for StubbornServer {
    fn log(&self) -> Arc<dyn AuditLog> {
        self.log.clone()
    }

    async fn set_broken(&self, broken: bool) {
        let replicas = if broken { "1" } else { "0" };
        let set = ["CONFIG", "SET", "min-replicas-to-write", replicas];
        assert_eq!(self.server.cli(&set), "OK");
    }
}

pub(crate) async fn redis() -> Arc<dyn BreakableLog> {
    let server = RedisServer::start_quick();
    let log = RedisLog::fresh(server.servers()).open().await;
    let log = Arc::new(LateAuditLog::new(log));
    Arc::new(StubbornServer { server, log })
}
