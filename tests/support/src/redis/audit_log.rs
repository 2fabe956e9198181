use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use warifu_audit_file::{ChainedAuditLog, LinesReader, Summary, VerificationError, verify};
use warifu_contracts::audit_line_store::SharedLines;
use warifu_contracts::audit_log::SharedLog;
use warifu_contracts::samples::SeededRandomness;
use warifu_core::ports::{AuditLineStore, AuditLog};
use warifu_redis::{RedisAuditLines, RedisServers, RedisSettings};

use super::settings;

/// An audit log on Redis, opened by as many as like.
pub struct RedisLog(RedisSettings);

impl RedisLog {
    /// A log with nothing in it.
    pub fn fresh(servers: RedisServers) -> Self {
        Self(settings(servers))
    }

    /// The log with these settings.
    pub fn with(settings: RedisSettings) -> Self {
        Self(settings)
    }

    /// Opens its lines once more.
    pub async fn lines(&self) -> Arc<RedisAuditLines> {
        let lines = RedisAuditLines::open(&self.0, &randomness()).await;
        Arc::new(lines.unwrap_or_else(|error| panic!("the log opens: {error}")))
    }

    /// Opens it once more: with a chain of its own.
    pub async fn log(&self) -> Arc<ChainedAuditLog> {
        let log = ChainedAuditLog::new(self.lines().await, Arc::new(randomness()));
        Arc::new(log)
    }

    /// Checks all of it, link by link.
    pub async fn verify(&self) -> Result<Summary, VerificationError> {
        let reader = self.reader().await;
        let verifying = tokio::task::spawn_blocking(move || verify(reader));
        verifying.await.expect("the thread ends well")
    }

    /// All of it, as it would stand in a file.
    pub async fn text(&self) -> String {
        let reader = self.reader().await;
        let reading = tokio::task::spawn_blocking(move || std::io::read_to_string(reader));
        let text = reading.await.expect("the thread ends well");
        text.expect("the log is read")
    }

    async fn reader(&self) -> LinesReader {
        let reader = LinesReader::open(self.lines().await).await;
        reader.unwrap_or_else(|error| panic!("the log is read: {error}"))
    }
}

/// Different each time, as the names of chains must be.
fn randomness() -> SeededRandomness {
    static OPENINGS: AtomicU64 = AtomicU64::new(1);
    SeededRandomness::new(OPENINGS.fetch_add(1, Ordering::Relaxed))
}

#[async_trait]
impl SharedLines for RedisLog {
    async fn open(&self) -> Arc<dyn AuditLineStore> {
        self.lines().await
    }
}

#[async_trait]
impl SharedLog for RedisLog {
    async fn open(&self) -> Arc<dyn AuditLog> {
        self.log().await
    }
}
