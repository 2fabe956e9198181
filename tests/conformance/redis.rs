//! The Redis store, made ready for its suites. Replicas, Sentinels, Clusters and faults have a
//! package of their own: tests/servers.

use std::sync::LazyLock;

use warifu_contracts::Fixture;
use warifu_redis::RedisStore;
use warifu_test_support::redis::{RedisServer, fixture};

/// One server for all tests of a process; it ends with the process.
static SERVER: LazyLock<RedisServer> = LazyLock::new(RedisServer::start_quick);

/// A fresh store.
pub(crate) async fn store() -> Fixture<RedisStore> {
    fixture(SERVER.servers()).await
}
