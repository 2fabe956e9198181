//! Operations endpoints, limits, headers.

use std::future::pending;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use serde_json::json;
use warifu_adapter_kit::{Adapter, AdapterError, AuditLogContext, NoSettings};
use warifu_core::domain::AuditRecord;
use warifu_core::ports::{AuditLog, AuditPage, AuditQuery, AuditQueryError, Unavailable};

use crate::support::{CONTRACT, Setup, TestServer, USER, WRONG_PASSWORD};

#[tokio::test]
async fn health_readiness_and_metrics() {
    let server = TestServer::start().await;
    assert_eq!(server.client.get("/healthz").await.status, 200);
    let ready = server.client.get("/readyz").await;
    assert_eq!(ready.status, 200);
    assert_eq!(ready.json()["failing"], json!([]));
    let metrics = server.client.get("/metrics").await.text();
    assert!(metrics.contains("warifu_"), "{metrics}");
}

#[tokio::test]
async fn a_surface_that_is_not_served_is_not_there() {
    let setup = Setup::surfaces(&["self-service"]);
    let server = TestServer::start_with(setup).await;
    for path in [
        "/healthz",
        "/metrics",
        "/admin/login",
        "/api/v1/admin/users",
    ] {
        assert_eq!(server.client.get(path).await.status, 404, "{path}");
    }
    assert_eq!(server.client.get("/cert/login").await.status, 200);
    assert!(
        server.start_line.ends_with(" surfaces=self-service"),
        "{}",
        server.start_line
    );
}

#[tokio::test]
async fn one_address_cannot_ask_without_end() {
    let server =
        TestServer::start_with(Setup::with("policy.rate_limit.per_address = \"20/1m\"")).await;
    let mut limited = 0;
    for _ in 0..40 {
        let answer = server
            .client
            .try_login("self", "12345", USER, WRONG_PASSWORD)
            .await;
        if answer.status == 429 {
            limited += 1;
            let answer = answer.expect(429, Some("too-many-requests"));
            let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
            assert!((1..=60).contains(&seconds));
            assert_eq!(answer.header("cache-control"), Some("no-store"));
        }
    }
    assert!((18..=21).contains(&limited), "{limited}");
    assert_eq!(server.client.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let server = TestServer::start().await;
    let login = server
        .client
        .try_login("self", CONTRACT, USER, WRONG_PASSWORD)
        .await;
    let answers = [
        server.client.get("/").await,
        server.client.get("/admin/login").await,
        server.client.get("/cert/login").await,
        server.client.get("/forms").await,
        server.client.get("/no/such/page").await,
        server.client.get("/api/v1/none").await,
        server.client.get("/admin/users").await,
        server.client.get("/healthz").await,
        login,
    ];
    for answer in answers {
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"));
        assert_eq!(
            answer.header("cross-origin-opener-policy"),
            Some("same-origin")
        );
        assert_eq!(answer.header("server"), None);
        assert_eq!(answer.header("x-powered-by"), None);
    }
}

/// Never says whether it can be written.
struct Silent;

#[async_trait]
impl Adapter for Silent {
    type Port = Arc<dyn AuditLog>;
    type Settings = NoSettings;

    async fn build(
        &self,
        _: &NoSettings,
        _: &AuditLogContext,
    ) -> Result<Arc<dyn AuditLog>, AdapterError> {
        Ok(Arc::new(Self))
    }
}

#[async_trait]
impl AuditLog for Silent {
    async fn append(&self, _: Vec<AuditRecord>) -> Result<(), Unavailable> {
        pending().await
    }

    async fn query(&self, _: &AuditQuery) -> Result<AuditPage, AuditQueryError> {
        pending().await
    }

    async fn check(&self) -> Result<(), Unavailable> {
        pending().await
    }
}

#[tokio::test]
async fn a_back_end_that_hangs_is_named_in_time() {
    let setup = Setup::with("audit_log.adapter = \"silent\"");
    let setup = setup.adapters(|registry| registry.audit_log("silent", Silent));
    let server = TestServer::start_with(setup).await;
    let since = Instant::now();
    let ready = server.client.get("/readyz").await;
    let took = since.elapsed();
    assert_eq!(ready.status, 503, "{}", ready.text());
    assert_eq!(ready.json()["failing"], json!(["audit_log"]));
    assert!(ready.header("retry-after").is_some());
    assert!(took < Duration::from_secs(4), "told after {took:?}");
    assert_eq!(server.client.get("/healthz").await.status, 200);
}
