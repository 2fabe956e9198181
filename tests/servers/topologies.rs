//! The suites of every store port, on every topology that replicates. One server alone is played by
//! tests/conformance.

use std::sync::Arc;
use std::time::Duration;

use warifu_contracts::Fixture;
use warifu_core::ports::{
    AttemptStore, CertificateRegister, OnceStore, OtpStepStore, PaperRequestStore, QuotaStore,
    RetrievalPasswordStore, SessionStore, StoreFacts,
};
use warifu_redis::{RedisServers, RedisSettings};

use warifu_test_support::redis::{
    FilledDirectory, RedisCluster, RedisLog, RedisServer, SentinelGroup, fixture_with, settings,
};

macro_rules! play {
    ($failures:ident, $settings:expr, $($suite:ident: $port:ident),+ $(,)?) => {
        $(for case in warifu_contracts::$suite::CASES {
            let Fixture { port, clock } = fixture_with(&$settings()).await;
            let fixture: Fixture<dyn $port> = Fixture { port, clock };
            if let Err(failure) = (case.run)(fixture).await {
                $failures.push(format!("{}::{}: {failure}", stringify!($suite), case.name));
            }
        })+
    };
}

/// Suites are about what is answered, not about how soon: where the disk is busy, a replica may take
/// longer to acknowledge than anybody should wait.
const PATIENT: Duration = Duration::from_secs(20);

/// Plays every case of every suite, each on a fresh store.
pub(crate) async fn play_all(settings: impl Fn() -> RedisSettings) {
    let mut failures = Vec::new();
    let settings = || {
        let mut settings = settings();
        settings.link.deadline = PATIENT;
        settings
    };
    play!(failures, settings,
        attempt_store: AttemptStore,
        certificate_register: CertificateRegister,
        once_store: OnceStore,
        otp_step_store: OtpStepStore,
        paper_request_store: PaperRequestStore,
        quota_store: QuotaStore,
        retrieval_password_store: RetrievalPasswordStore,
        session_store: SessionStore,
        store_facts: StoreFacts,
    );
    for case in warifu_contracts::audit_line_store::CASES {
        if let Err(failure) = (case.run)(Arc::new(RedisLog::with(settings()))).await {
            failures.push(format!("audit_line_store::{}: {failure}", case.name));
        }
    }
    for case in warifu_contracts::audit_log::CASES {
        let log = Arc::new(RedisLog::with(settings()));
        if let Err(failure) = (case.run)(log.clone()).await {
            failures.push(format!("audit_log::{}: {failure}", case.name));
        }
        if let Err(error) = log.verify().await {
            failures.push(format!("audit_log::{}: {error}", case.name));
        }
    }
    for case in warifu_contracts::user_directory::CASES {
        let directory = Arc::new(FilledDirectory::empty(&settings()).await);
        if let Err(failure) = (case.run)(directory).await {
            failures.push(format!("user_directory::{}: {failure}", case.name));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn waiting_for(servers: RedisServers, replicas: u32) -> RedisSettings {
    let mut settings = settings(servers);
    settings.link.replicas_required = replicas;
    settings
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_suite_holds_on_one_server_with_a_replica() {
    let server = RedisServer::start_quick();
    let _replica = RedisServer::replica_of(&server, &[]);
    play_all(|| waiting_for(server.servers(), 1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_suite_holds_behind_sentinels() {
    let group = SentinelGroup::start();
    play_all(|| waiting_for(group.servers(), 2)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_suite_holds_on_a_cluster() {
    let cluster = RedisCluster::start();
    play_all(|| waiting_for(cluster.servers(), 1)).await;
}
