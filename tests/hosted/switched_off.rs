//! A user who is switched off between two looks: on again before anybody saw it, and logged out all
//! the same.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use warifu_test_support::client::Client;
use warifu_test_support::redis::RedisServer;

use crate::hosting::{Bank, HostedServer};

const PATIENCE: Duration = Duration::from_secs(30);
const READ_AGAIN: &str = "users and certificates were read again";

async fn goes_on(session: &Client) -> bool {
    session.get("/api/v1/self/reissues").await.status == 200
}

/// Lets the server read the users file again, and waits until it has.
async fn read_again(server: &HostedServer) {
    let before = server.output().matches(READ_AGAIN).count();
    server.signal("-HUP");
    let deadline = Instant::now() + PATIENCE;
    while server.output().matches(READ_AGAIN).count() == before {
        assert!(Instant::now() < deadline, "{}", server.output());
        sleep(Duration::from_millis(5)).await;
    }
}

fn switched_off(users: &str, id: &str) -> String {
    let line = format!("id = \"{id}\"\n");
    let changed = users.replacen(&line, &format!("{line}disabled = true\n"), 1);
    assert_ne!(changed, users);
    changed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_users_file_that_switches_off_ends_sessions_at_once_on_every_server() {
    let redis = RedisServer::start();
    let bank = Bank::on_redis(2, &redis.servers(), 0);
    let servers = [bank.server(), bank.server()];
    let (user, neighbour) = (bank.next_user(), bank.next_user());
    let session = servers[0].client.login_self(&user).await;
    let other = servers[1].client.login_self(&neighbour).await;
    let users = bank.users();
    // One server is told, and told again before anybody asks for anything.
    bank.replace_users(&switched_off(&users, &user));
    read_again(&servers[0]).await;
    bank.replace_users(&users);
    read_again(&servers[0]).await;
    for server in &servers {
        assert!(!goes_on(&server.with(&session)).await);
        assert!(goes_on(&server.with(&other)).await);
    }
    let written = servers[0].audit_text();
    let ended: Vec<&str> = written
        .lines()
        .filter(|line| line.contains("session.ended") && line.contains(&user))
        .collect();
    assert_eq!(ended.len(), 1, "{ended:?}");

    // Who is removed, and comes back, likewise.
    let line = format!("id = \"{neighbour}\"\n");
    bank.replace_users(&users.replacen(&line, "id = \"somebody\"\n", 1));
    read_again(&servers[1]).await;
    bank.replace_users(&users);
    read_again(&servers[1]).await;
    assert!(!goes_on(&servers[0].with(&other)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_starts_ends_the_sessions_of_who_is_switched_off() {
    let redis = RedisServer::start();
    let bank = Bank::on_redis(1, &redis.servers(), 0);
    let mut server = bank.server();
    let user = bank.next_user();
    let session = server.client.login_self(&user).await;
    let users = bank.users();
    tokio::task::block_in_place(|| server.kill());
    bank.replace_users(&switched_off(&users, &user));
    tokio::task::block_in_place(|| server.start());
    // It does so while it serves already.
    let deadline = Instant::now() + PATIENCE;
    while !server.audit_text().contains("session.ended") {
        assert!(Instant::now() < deadline, "{}", server.output());
        sleep(Duration::from_millis(5)).await;
    }
    bank.replace_users(&users);
    read_again(&server).await;
    assert!(!goes_on(&server.with(&session)).await);
}
