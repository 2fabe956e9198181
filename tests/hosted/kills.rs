//! Servers that are killed at any moment of a reissue and of a redemption.

use std::time::{Duration, Instant};

use serde_json::json;
use warifu_core::ports::Randomness;
use warifu_system::OsRandomness;
use warifu_test_support::client::{Answer, Client};
use warifu_test_support::openssl::OpenSsl;
use warifu_test_support::people::{CONTRACT, LOGIN_PASSWORD};
use warifu_test_support::redis::RedisServer;

use crate::hosting::{Bank, HostedServer, Written, administrator};
use crate::load::{insist, post, redemption, reissue_body, reissue_path};
use crate::rounds;

const CERTIFICATE: &str = "/api/v1/self/certificate";

/// When to kill: over and over from the very beginning of a request to well after its end, however
/// long requests take on this machine.
struct Moments {
    round: u32,
    rounds: u32,
    /// How long an undisturbed request takes here.
    usual: Duration,
}

impl Moments {
    /// A moment of this round's part of a request, anywhere within it.
    fn next(&self) -> Duration {
        let mut bytes = [0; 4];
        OsRandomness.fill(&mut bytes);
        let within = f64::from(u32::from_be_bytes(bytes)) / f64::from(u32::MAX);
        self.usual
            .mul_f64(1.5 * (f64::from(self.round) + within) / f64::from(self.rounds))
    }
}

/// Sends a request, kills the server at that moment, and starts it again.
async fn interrupted(
    server: &mut HostedServer,
    moment: Duration,
    client: &Client,
    path: &str,
    body: serde_json::Value,
) -> Option<Answer> {
    let (client, path) = (client.clone(), path.to_owned());
    let asking = tokio::spawn(async move { post(&client, &path, &body).await });
    tokio::time::sleep(moment).await;
    tokio::task::block_in_place(|| server.kill());
    let answer = asking.await.expect("the request ends");
    tokio::task::block_in_place(|| server.start());
    answer
}

async fn killed_again_and_again(bank: Bank, rounds: usize) {
    // Another operator each round: ten entries that kills cut off within ten minutes suspend one.
    let bank = bank.of_administrators();
    let mut server = bank.server();
    let openssl = OpenSsl::new();
    let (own, other) = (openssl.p256_request(), openssl.p256_request());
    let (mut shown_in_time, mut redeemed_in_time) = (0, 0);
    let admin = administrator(&server).await;
    let user = bank.next_user();
    let since = Instant::now();
    admin.reissue(&user).await;
    let mut moments = Moments {
        round: 0,
        rounds: u32::try_from(rounds).expect("few rounds"),
        usual: since.elapsed(),
    };
    for round in 0..moments.rounds {
        moments.round = round;
        let user = bank.next_user();
        let path = reissue_path(&user);
        let admin = server.client.login_admin(&bank.next_user()).await;
        let at_server = server.with(&admin);
        let shown = interrupted(
            &mut server,
            moments.next(),
            &at_server,
            &path,
            reissue_body(),
        )
        .await;
        let shown = shown.filter(|answer| answer.status == 201);
        shown_in_time += usize::from(shown.is_some());
        // What was not shown is lost; a fresh reissue always works.
        let shown = if let Some(shown) = shown {
            shown
        } else {
            let (admin, body) = (server.with(&admin), reissue_body());
            insist(|| post(&admin, &path, &body))
                .await
                .expect(201, None)
        };
        let shown = shown.json();
        let password = shown["retrieval_password"].as_str().expect("a password");
        let login = json!({
            "contract_number": CONTRACT, "user_id": user, "login_password": LOGIN_PASSWORD,
        });
        let session = insist(|| post(&server.client, "/api/v1/self/sessions", &login)).await;
        let session = session.expect(201, None).json();
        let session = server
            .client
            .with_token(session["token"].as_str().expect("a token"));

        let body = redemption(password, &own);
        let first = interrupted(
            &mut server,
            moments.next(),
            &session,
            CERTIFICATE,
            body.clone(),
        )
        .await;
        let first = first.filter(|answer| answer.status == 201);
        redeemed_in_time += usize::from(first.is_some());
        let session = server.with(&session);
        let again = insist(|| post(&session, CERTIFICATE, &body))
            .await
            .expect(201, None);
        if let Some(first) = first {
            assert_eq!(first.json()["serial"], again.json()["serial"]);
        }
        let body = redemption(password, &other);
        let refused = insist(|| post(&session, CERTIFICATE, &body)).await;
        refused.expect(401, Some("retrieval-refused"));

        let servers = [server];
        let written = Written::by(&servers);
        assert_eq!(written.issued[&user].len(), 1, "{user}");
        let reissue = shown["reissue_id"].as_str().expect("an id");
        assert!(written.started.contains(reissue) && written.reissued.contains(reissue));
        [server] = servers;
    }
    assert!(
        shown_in_time < rounds && redeemed_in_time < rounds,
        "some were killed before they answered: {shown_in_time} and {redeemed_in_time} of {rounds}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_on_redis_may_be_killed_at_any_moment() {
    let redis = RedisServer::start();
    let rounds = rounds(10, 150);
    killed_again_and_again(Bank::on_redis(2 * rounds + 1, &redis.servers(), 0), rounds).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_with_the_embedded_store_may_be_killed_at_any_moment() {
    let rounds = rounds(10, 150);
    killed_again_and_again(Bank::on_one_machine(2 * rounds + 1), rounds).await;
}
