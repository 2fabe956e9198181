//! The Redis store, made ready for its suites. Replicas, Sentinels, Clusters and faults have a
//! package of their own: tests/servers.

use std::sync::{Arc, LazyLock};

use warifu_contracts::Fixture;
use warifu_contracts::audit_line_store::SharedLines;
use warifu_contracts::audit_log::SharedLog;
use warifu_contracts::one_time_password_tokens::TokensKit;
use warifu_contracts::user_directory::DirectoryKit;
use warifu_contracts::user_import::ImportKit;
use warifu_redis::RedisStore;
use warifu_test_support::redis::{FilledDirectory, RedisLog, RedisServer, fixture, settings};

/// One server for all tests of a process; it ends with the process.
static SERVER: LazyLock<RedisServer> = LazyLock::new(RedisServer::start_quick);

/// A directory with nobody in it.
pub(crate) async fn directory() -> Arc<dyn DirectoryKit> {
    Arc::new(FilledDirectory::empty(&settings(SERVER.servers())).await)
}

/// The way into a directory with nobody in it.
pub(crate) async fn import() -> Arc<dyn ImportKit> {
    Arc::new(FilledDirectory::empty(&settings(SERVER.servers())).await)
}

/// The tokens of a directory with nobody in it.
pub(crate) async fn tokens() -> Arc<dyn TokensKit> {
    Arc::new(FilledDirectory::empty(&settings(SERVER.servers())).await)
}

/// The lines of a fresh log.
pub(crate) async fn audit_lines() -> Arc<dyn SharedLines> {
    Arc::new(RedisLog::fresh(SERVER.servers()))
}

/// A fresh log.
pub(crate) async fn audit_log() -> Arc<dyn SharedLog> {
    Arc::new(RedisLog::fresh(SERVER.servers()))
}

/// A fresh store.
pub(crate) async fn store() -> Fixture<RedisStore> {
    fixture(SERVER.servers()).await
}
