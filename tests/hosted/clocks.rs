//! Servers whose clocks disagree: the store's clock decides.

use warifu_test_support::openssl::OpenSsl;
use warifu_test_support::people::{CONTRACT, WRONG_PASSWORD};
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
