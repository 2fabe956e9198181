//! The Redis store, made ready for its suites. Replicas, Sentinels, Clusters and faults have a
//! package of their own: tests/servers.

use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use parking_lot::Mutex;
use warifu_contracts::audit_line_store::SharedLines;
use warifu_contracts::audit_log::SharedLog;
use warifu_contracts::one_time_password_tokens::TokensKit;
use warifu_contracts::store_servers::{Program, ServersKit};
use warifu_contracts::user_directory::DirectoryKit;
use warifu_contracts::user_import::ImportKit;
use warifu_contracts::{Failure, Fixture};
use warifu_redis::{RedisSettings, RedisStore};
use warifu_system::OsRandomness;
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

/// One server of its own, that is started again.
struct OneServer {
    server: Mutex<RedisServer>,
    settings: RedisSettings,
}

#[async_trait]
impl ServersKit for OneServer {
    async fn program(&self) -> Result<Program, Failure> {
        let store = RedisStore::open(&self.settings, &OsRandomness).await;
        let store = Arc::new(store.map_err(|error| Failure::new(error.to_string()))?);
        Ok(Program {
            servers: store.clone(),
            store,
        })
    }

    async fn start_again(&self) {
        let mut server = self.server.lock();
        server.kill();
        server.start_again();
    }
}

/// The servers of a fresh store.
pub(crate) async fn servers() -> Arc<dyn ServersKit> {
    let server = RedisServer::start_quick();
    Arc::new(OneServer {
        settings: settings(server.servers()),
        server: Mutex::new(server),
    })
}
