//! Servers whose clocks disagree: the store's clock decides.

use std::time::Duration;

use serde_json::json;
use warifu_core::ports::Clock;
use warifu_system::SystemClock;
use warifu_test_support::openssl::OpenSsl;
use warifu_test_support::people::{ADMIN, CARD_HOLDER, CONTRACT, WRONG_PASSWORD, current_code};
use warifu_test_support::redis::RedisServer;

use crate::hosting::{Bank, HostedServer, administrator};

/// A server whose clock is wrong by so much. Its stopwatches are right: no clock that is set runs
/// faster.
fn server_with_clock(bank: &Bank, shift: &str) -> HostedServer {
    let wrapper = [
        "env",
        "FAKETIME_DONT_FAKE_MONOTONIC=1",
        "faketime",
        "-f",
        shift,
    ];
    bank.server_under(&wrapper)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_ahead_ends_no_lock_and_no_password_early() {
    let redis = RedisServer::start();
    let bank = Bank::on_redis(2, &redis.servers(), 0);
    let server = bank.server();
    let (ahead, behind) = (
        server_with_clock(&bank, "+30d"),
        server_with_clock(&bank, "-30d"),
    );
    let (locked, user) = (bank.next_user(), bank.next_user());

    for _ in 0..5 {
        let login = server
            .client
            .try_login("self", CONTRACT, &locked, WRONG_PASSWORD);
        assert!([401, 429].contains(&login.await.status.as_u16()));
    }
    for other in [&ahead, &behind, &server] {
        let answer = other.client.login_self_as_is(&locked).await;
        answer.expect(429, Some("login-locked"));
    }

    let right = administrator(&behind).await.reissue(&user).await;
    let session = behind.client.login_self(&user).await;
    let csr = OpenSsl::new().p256_request();
    for guess in 0..2 {
        let answer = ahead.with(&session);
        let guess = crate::load::wrong_password(guess);
        answer
            .redeem_csr(&guess, &csr)
            .await
            .expect(401, Some("retrieval-refused"));
    }
    // Issued by a server a month behind, redeemed at one a month ahead, valid for a week.
    ahead
        .with(&session)
        .redeem_csr(&right, &csr)
        .await
        .expect(201, None);
}

/// Every door of a server whose clock is a month ahead, or behind: one-time passwords go by time, forms and
/// proofs end by it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_time_passwords_and_proofs_go_by_the_stores_clock() {
    let redis = RedisServer::start();
    let bank = Bank::on_redis(0, &redis.servers(), 0);
    for (shift, user) in [("+30d", ADMIN), ("-30d", CARD_HOLDER)] {
        let server = server_with_clock(&bank, shift);
        let session = server.client.login_self(user).await;
        let otp = json!({ "otp": current_code(user) });
        let verified = session.post("/api/v1/self/otp", otp).await;
        let until = verified.expect(200, None).json()["verified_until"].to_string();
        let (now, later) = (moment(0), moment(600));
        let until = until.trim_matches('"').to_owned();
        assert!(now < until && until < later, "{shift}: {until}");
        let path = "/api/v1/self/retrieval-password";
        session.post(path, json!({})).await.expect(201, None);
    }
}

/// So many seconds from now, by the clock of this machine, which the store has too.
fn moment(seconds: u64) -> String {
    let now = Clock::now(&SystemClock);
    now.plus(Duration::from_secs(seconds)).to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_whose_clock_is_off_says_so() {
    let redis = RedisServer::start();
    let bank = Bank::on_redis(0, &redis.servers(), 0);
    let right = bank.server();
    let ready = right.client.get("/readyz").await.expect(200, None).json();
    assert_eq!(ready["details"], json!([]));
    assert!(!right.output().contains("clock"), "{}", right.output());
    let ahead = server_with_clock(&bank, "+90s");
    assert!(
        ahead.output().contains("ahead of the store's"),
        "{}",
        ahead.output()
    );
    let ready = ahead.client.get("/readyz").await.expect(200, None).json();
    assert_eq!(ready["status"], "ok");
    assert_eq!(ready["failing"], json!([]));
    assert_eq!(ready["details"][0]["section"], "password_store");
    let words = ready["details"][0]["message"].as_str().unwrap_or_default();
    assert!(words.contains("90 s ahead of the store's"), "{ready}");
}

/// The store's clock jumps back an hour, as where a machine is given the right time after it ran ahead.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fresh_password_is_not_held_by_a_store_whose_clock_jumps_back() {
    let redis = RedisServer::start_by_clock("+3600s");
    let bank = Bank::on_redis(1, &redis.servers(), 0);
    let server = bank.server();
    let user = bank.next_user();
    let right = administrator(&server).await.reissue(&user).await;
    redis.set_clock("+0s");
    let session = server.client.login_self(&user).await;
    let csr = OpenSsl::new().p256_request();
    session.redeem_csr(&right, &csr).await.expect(201, None);
}

/// A server follows the store's clock when that jumps, within seconds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_jump_of_the_stores_clock_is_followed() {
    let redis = RedisServer::start_by_clock("+0s");
    let bank = Bank::on_redis(0, &redis.servers(), 0);
    let server = bank.server();
    server.client.get("/readyz").await.expect(200, None);
    redis.set_clock("-120s");
    let since = std::time::Instant::now();
    loop {
        let ready = server.client.get("/readyz").await.expect(200, None).json();
        let words = ready["details"][0]["message"].as_str().unwrap_or_default();
        if words.contains("120 s ahead of the store's") {
            return;
        }
        assert!(since.elapsed().as_secs() < 20, "{ready}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
