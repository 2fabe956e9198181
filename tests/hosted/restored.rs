//! A store that is given an older copy of its data beneath servers that run: what was redeemed since is
//! not redeemable there, and nobody goes on with it.

use std::time::{Duration, Instant};

use warifu_config::{Adoption, Configuration, Layers, Registry, adopt_store};
use warifu_test_support::client::Client;
use warifu_test_support::redis::RedisServer;

use crate::hosting::{Bank, HostedServer, administrator};
use crate::load::insist_unready;

const PASSPHRASE: &str = "passphrase-1";

/// From the moment on at which the restored server answers.
const REFUSED_WITHIN: Duration = Duration::from_secs(3);

async fn refused(server: &HostedServer, client: &Client, password: &str) {
    let deadline = Instant::now() + REFUSED_WITHIN;
    insist_unready(server).await;
    assert!(
        Instant::now() < deadline,
        "an older copy is noticed at once"
    );
    let answer = client.redeem_pkcs12(password, PASSPHRASE).await;
    assert_eq!(answer.status, 503, "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_copy_beneath_running_servers_is_noticed_and_what_it_forgot_is_cancelled() {
    let mut redis = RedisServer::start();
    let bank = Bank::on_redis(2, &redis.servers(), 0);
    let (mut server, mut other) = (bank.server(), bank.server());
    let admin = administrator(&server).await;
    let (user, colleague) = (bank.next_user(), bank.next_user());
    let password = admin.reissue(&user).await;
    let unused = admin.reissue(&colleague).await;
    let holder = server.client.login_self(&user).await;
    let copy = redis.back_up();
    let redeemed = holder.redeem_pkcs12(&password, PASSPHRASE).await;
    redeemed.expect(201, None);

    redis.kill();
    redis.restore(copy.path());
    redis.start_again();
    refused(&server, &holder, &password).await;
    // One server knows of it, and no other goes on.
    insist_unready(&other).await;

    server.kill();
    other.kill();
    let said = server
        .try_start()
        .expect_err("it is refused at a start, too");
    assert!(said.contains("store adopt"), "{said}");
    let layers = Layers::new().files([server.settings()]);
    let configuration = Configuration::load(&layers, &Registry::standard());
    let adopted = adopt_store(&configuration.expect("a good configuration")).await;
    assert_eq!(adopted.expect("the loss is accepted"), Adoption::Done);
    server.start();
    let holder = server.client.login_self(&user).await;
    let again = holder.redeem_pkcs12(&password, PASSPHRASE).await;
    again.expect(401, Some("retrieval-refused"));
    // Nothing happened to it since the copy.
    let colleague = server.client.login_self(&colleague).await;
    let fetched = colleague.redeem_pkcs12(&unused, PASSPHRASE).await;
    fetched.expect(201, None);
}

/// A restart that brings everything back is none of this.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_was_only_started_again_goes_on() {
    let mut redis = RedisServer::start();
    let bank = Bank::on_redis(1, &redis.servers(), 0);
    let server = bank.server();
    let admin = administrator(&server).await;
    let user = bank.next_user();
    let password = admin.reissue(&user).await;
    let holder = server.client.login_self(&user).await;
    redis.kill();
    redis.start_again();
    insist_ready(&server).await;
    // As long as a server may take to notice an older copy.
    let deadline = Instant::now() + REFUSED_WITHIN;
    while Instant::now() < deadline {
        server.client.get("/readyz").await.expect(200, None);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let redeemed = holder.redeem_pkcs12(&password, PASSPHRASE).await;
    redeemed.expect(201, None);
}

async fn insist_ready(server: &HostedServer) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while server.client.get("/readyz").await.status != 200 {
        assert!(Instant::now() < deadline, "{}", server.output());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
