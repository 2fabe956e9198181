//! A store that is down is told at once, by name, and used again as soon as it is back.

use std::time::{Duration, Instant};

use warifu_test_support::client::{Answer, Client};
use warifu_test_support::openssl::OpenSsl;
use warifu_test_support::redis::RedisServer;

use crate::hosting::{Bank, HostedServer, Written, administrator};
use crate::load::{post, redemption, reissue_body, reissue_path};

const TOLD_WITHIN: Duration = Duration::from_secs(2);
const RECOVERED_WITHIN: Duration = Duration::from_secs(5);

struct Outage {
    _bank: Bank,
    server: HostedServer,
    admin: Client,
    user: Client,
    name: String,
    csr: String,
    right: String,
}

impl Outage {
    async fn prepare(redis: &RedisServer) -> Self {
        let bank = Bank::on_redis(1, &redis.servers(), 0);
        let server = bank.server();
        let admin = administrator(&server).await;
        let name = bank.next_user();
        let right = admin.reissue(&name).await;
        let user = server.client.login_self(&name).await;
        let csr = OpenSsl::new().p256_request();
        Self {
            _bank: bank,
            server,
            admin,
            user,
            name,
            csr,
            right,
        }
    }

    async fn told(&self, answer: impl Future<Output = Option<Answer>>) {
        let since = Instant::now();
        let answer = answer.await.expect("an answer");
        let took = since.elapsed();
        assert_eq!(answer.status, 503, "{}", answer.text());
        let retry_after = answer.header("retry-after").map(str::parse::<u32>);
        assert!(matches!(retry_after, Some(Ok(1..))), "{retry_after:?}");
        assert!(took < TOLD_WITHIN, "told after {took:?}");
    }

    /// Everything that needs the store says so in time.
    async fn expect_down(&self) {
        let login = self.server.client.clone();
        let body = serde_json::json!({
            "contract_number": "1234567890", "user_id": self.name, "login_password": "anything",
        });
        self.told(post(&login, "/api/v1/self/sessions", &body))
            .await;
        let path = reissue_path(&self.name);
        self.told(post(&self.admin, &path, &reissue_body())).await;
        let body = redemption(&self.right, &self.csr);
        self.told(post(&self.user, "/api/v1/self/certificate", &body))
            .await;
        let users = self.admin.clone();
        self.told(async { Some(users.get("/api/v1/admin/users").await) })
            .await;
        let ready = self.server.client.get("/readyz").await;
        assert_eq!(ready.status, 503);
        assert_eq!(
            ready.json()["failing"],
            serde_json::json!(["password_store"])
        );
        assert_eq!(self.server.client.get("/healthz").await.status, 200);
    }

    /// The server itself goes on as if nothing had been.
    async fn expect_recovery(&self) {
        let since = Instant::now();
        while self.server.client.get("/readyz").await.status != 200 {
            assert!(since.elapsed() < RECOVERED_WITHIN, "ready again in time");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let answer = self.user.redeem_csr(&self.right, &self.csr).await;
        answer.expect(201, None);
        assert!(since.elapsed() < RECOVERED_WITHIN, "of use again in time");
        let written = Written::by(std::slice::from_ref(&self.server));
        assert_eq!(
            written.evaluated[&self.name], 1,
            "nothing was charged meanwhile"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_was_killed_is_told_and_used_again() {
    let mut redis = RedisServer::start();
    let outage = Outage::prepare(&redis).await;
    redis.kill();
    outage.expect_down().await;
    redis.start_again();
    outage.expect_recovery().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_is_frozen_is_told_and_used_again() {
    let redis = RedisServer::start();
    let outage = Outage::prepare(&redis).await;
    redis.freeze();
    outage.expect_down().await;
    redis.thaw();
    outage.expect_recovery().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_without_memory_is_told_and_used_again() {
    let redis = RedisServer::start();
    let outage = Outage::prepare(&redis).await;
    redis.cli(&["CONFIG", "SET", "maxmemory", "1"]);
    outage.expect_down().await;
    redis.cli(&["CONFIG", "SET", "maxmemory", "0"]);
    outage.expect_recovery().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_comes_back_empty_is_refused_until_it_is_adopted() {
    let mut redis = RedisServer::start();
    let mut outage = Outage::prepare(&redis).await;
    redis.kill();
    redis.start_empty();
    outage.expect_down().await;
    outage.server.kill();
    for _ in 0..2 {
        let words = outage.server.try_start().expect_err("the store is refused");
        assert!(words.contains("warifu-admin store adopt"), "{words}");
    }
}
