//! Two and three servers on one Redis, and more requests at once than any of them counts.

use std::collections::BTreeSet;

use tokio::task::JoinSet;
use warifu_test_support::client::Client;
use warifu_test_support::openssl::OpenSsl;
use warifu_test_support::people::{CHECKER, MAKER, SECOND_CHECKER};
use warifu_test_support::redis::RedisServer;

use crate::hosting::{Bank, HostedServer, Written, administrator};
use crate::load::wrong_password;
use crate::rounds;

const GUESSES: usize = 200;
const REDEMPTIONS: usize = 50;

/// The statuses of requests that were sent at once.
async fn at_once(requests: impl IntoIterator<Item = (Client, String, String)>) -> Vec<u16> {
    let mut running = JoinSet::new();
    for (client, password, csr) in requests {
        running.spawn(async move { client.redeem_csr(&password, &csr).await.status.as_u16() });
    }
    running.join_all().await
}

fn how_many(statuses: &[u16], wanted: u16) -> usize {
    statuses.iter().filter(|status| **status == wanted).count()
}

const APPROVALS: usize = 20;

/// Two checkers decide on one request, again and again, at all servers at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twenty_approvals_over_three_servers_exactly_one_has_an_effect() {
    let redis = RedisServer::start();
    let rounds = rounds(3, 60);
    let bank = Bank::on_redis(rounds, &redis.servers(), 0);
    let servers: Vec<HostedServer> = (0..3).map(|_| bank.server()).collect();
    let maker = servers[0].client.login_staff(MAKER).await;
    let checkers = [
        servers[0].client.login_staff(CHECKER).await,
        servers[1].client.login_staff(SECOND_CHECKER).await,
    ];
    for _ in 0..rounds {
        let number = maker.register_paper(&bank.next_user()).await;
        let path = format!("/api/v1/office/requests/{number}");
        let version = maker.get(&path).await.json()["version"].as_u64().unwrap();
        let mut running = JoinSet::new();
        for index in 0..APPROVALS {
            let checker = servers[index % servers.len()].with(&checkers[index % checkers.len()]);
            let number = number.clone();
            running.spawn(async move {
                let answer = checker.decide(&number, "approve", version).await;
                answer.status.as_u16()
            });
        }
        let statuses = running.join_all().await;
        assert_eq!(how_many(&statuses, 200), 1, "{statuses:?}");
        let known = [200, 409, 429, 503].map(|status| how_many(&statuses, status));
        assert_eq!(known.iter().sum::<usize>(), APPROVALS, "{statuses:?}");
        let request = maker.get(&path).await.json();
        assert_eq!(request["state"], "approved");
        let steps = request["history"].as_array().unwrap();
        let approved = steps.iter().filter(|step| step["action"] == "approved");
        assert_eq!(approved.count(), 1, "{request}");
        let of_all = servers.iter().map(HostedServer::audit_text);
        let written: usize = of_all
            .map(|text| {
                let lines = text
                    .lines()
                    .filter(|line| line.contains("\"paper.approved\""));
                lines.filter(|line| line.contains(&number)).count()
            })
            .sum();
        assert_eq!(written, 1);
    }
}

/// The sessions of a user, one at each server.
async fn sessions(servers: &[HostedServer], user: &str) -> Vec<Client> {
    let session = servers[0].client.login_self(user).await;
    servers.iter().map(|server| server.with(&session)).collect()
}

async fn guesses_over(servers: usize) {
    let redis = RedisServer::start();
    let rounds = rounds(3, 60);
    let bank = Bank::on_redis(rounds, &redis.servers(), 0);
    let servers: Vec<HostedServer> = (0..servers).map(|_| bank.server()).collect();
    let admin = administrator(&servers[0]).await;
    let csr = OpenSsl::new().p256_request();
    for round in 0..rounds {
        let user = bank.next_user();
        let right = admin.reissue(&user).await;
        let sessions = sessions(&servers, &user).await;
        let place = (round * 67) % GUESSES;
        let requests = (0..GUESSES).map(|index| {
            let guess = if index == place {
                right.clone()
            } else {
                wrong_password(index)
            };
            (sessions[index % sessions.len()].clone(), guess, csr.clone())
        });
        let statuses = at_once(requests).await;
        let written = Written::by(&servers);
        let evaluated = written.evaluated.get(&user).copied().unwrap_or_default();
        assert!((1..=5).contains(&evaluated), "{evaluated} were evaluated");
        let won = how_many(&statuses, 201);
        let certificates = written.issued.get(&user).map_or(0, BTreeSet::len);
        assert!(
            won <= 1 && won == certificates,
            "{won} won, {certificates} were issued"
        );
        let known = [201, 401, 423, 429, 503].map(|status| how_many(&statuses, status));
        assert_eq!(known.iter().sum::<usize>(), GUESSES, "{statuses:?}");
        let locks = written.locks.get(&user).copied().unwrap_or_default();
        assert!(locks <= 1, "{locks} transitions to locked");
    }
}

async fn redemptions_over(servers: usize) {
    let redis = RedisServer::start();
    let rounds = rounds(3, 60);
    let bank = Bank::on_redis(rounds, &redis.servers(), 0);
    let servers: Vec<HostedServer> = (0..servers).map(|_| bank.server()).collect();
    let admin = administrator(&servers[0]).await;
    let openssl = OpenSsl::new();
    let requests: Vec<String> = (0..REDEMPTIONS).map(|_| openssl.p256_request()).collect();
    for _ in 0..rounds {
        let user = bank.next_user();
        let right = admin.reissue(&user).await;
        let sessions = sessions(&servers, &user).await;
        let redemptions = requests.iter().enumerate().map(|(index, csr)| {
            let session = sessions[index % sessions.len()].clone();
            (session, right.clone(), csr.clone())
        });
        let statuses = at_once(redemptions).await;
        assert_eq!(how_many(&statuses, 201), 1, "{statuses:?}");
        assert_eq!(how_many(&statuses, 423), 0, "{statuses:?}");
        let written = Written::by(&servers);
        assert_eq!(written.issued[&user].len(), 1);
        assert_eq!(written.locks.get(&user), None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_hundred_guesses_over_two_servers_at_most_five_are_evaluated() {
    guesses_over(2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_hundred_guesses_over_three_servers_at_most_five_are_evaluated() {
    guesses_over(3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_redemptions_over_two_servers_exactly_one_wins() {
    redemptions_over(2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_redemptions_over_three_servers_exactly_one_wins() {
    redemptions_over(3).await;
}
