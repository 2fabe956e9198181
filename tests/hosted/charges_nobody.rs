//! An outage charges nobody: whoever entered what is right gets in when it is over, whatever was in
//! flight when it began.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use warifu_test_support::client::Client;
use warifu_test_support::people::{CONTRACT, LOGIN_PASSWORD};
use warifu_test_support::redis::{RedisServer, SentinelGroup};

use crate::hosting::{Bank, HostedServer, Written, administrator};
use crate::load::{insist, post, reissue_body, reissue_path};
use crate::rounds;

/// Entries of one person at the same time, over all servers.
pub(crate) const AT_ONCE: usize = 6;

/// One operator and one user who enter what is right, again and again.
pub(crate) struct People {
    going: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    unanswered: Arc<AtomicUsize>,
    tasks: JoinSet<()>,
}

impl People {
    pub(crate) fn start(servers: &[HostedServer], admin: &Client, users: &[String]) -> Self {
        let mut people = Self {
            going: Arc::new(AtomicBool::new(true)),
            answered: Arc::default(),
            unanswered: Arc::default(),
            tasks: JoinSet::new(),
        };
        for (number, user) in users.iter().enumerate() {
            let server = &servers[number % servers.len()];
            let (admin, path) = (server.with(admin), reissue_path(user));
            people.keep_asking(admin, path, reissue_body());
            let (login, anybody) = (login_of(&users[0]), server.client.clone());
            people.keep_asking(anybody, "/api/v1/self/sessions".to_owned(), login);
        }
        people
    }

    fn keep_asking(&mut self, client: Client, path: String, body: serde_json::Value) {
        let (going, answered, unanswered) = (
            Arc::clone(&self.going),
            Arc::clone(&self.answered),
            Arc::clone(&self.unanswered),
        );
        self.tasks.spawn(async move {
            while going.load(Ordering::SeqCst) {
                let answer = post(&client, &path, &body).await;
                match answer.map(|answer| answer.status.as_u16()) {
                    Some(201) => answered.fetch_add(1, Ordering::SeqCst),
                    Some(429) => 0,
                    Some(503) | None => unanswered.fetch_add(1, Ordering::SeqCst),
                    Some(status) => panic!("a right entry was answered {status}"),
                };
            }
        });
    }

    /// Waits until so many more entries were answered.
    pub(crate) async fn progress(&self, entries: usize) {
        let goal = self.answered.load(Ordering::SeqCst) + entries;
        while self.answered.load(Ordering::SeqCst) < goal {
            tokio::time::sleep(Duration::from_millis(10)).await;
            assert!(!self.tasks.is_empty());
        }
    }

    pub(crate) async fn stop(mut self) -> usize {
        self.going.store(false, Ordering::SeqCst);
        while let Some(ended) = self.tasks.join_next().await {
            ended.expect("every answer is one that a right entry may get");
        }
        self.unanswered.load(Ordering::SeqCst)
    }
}

fn login_of(user: &str) -> serde_json::Value {
    serde_json::json!({
        "contract_number": CONTRACT, "user_id": user, "login_password": LOGIN_PASSWORD,
    })
}

/// Both get in, as soon as nothing is in flight any more, and nobody was locked meanwhile.
pub(crate) async fn expect_unharmed(servers: &[HostedServer], admin: &Client, users: &[String]) {
    for server in servers {
        let (admin, path) = (server.with(admin), reissue_path(&users[0]));
        let body = reissue_body();
        let answer = insist(|| post(&admin, &path, &body)).await;
        answer.expect(201, None);
        let (anybody, login) = (&server.client, login_of(&users[0]));
        let answer = insist(|| post(anybody, "/api/v1/self/sessions", &login)).await;
        answer.expect(201, None);
    }
    let locks = Written::by(servers).locks;
    assert!(locks.is_empty(), "{locks:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failover_charges_nobody() {
    let group = SentinelGroup::start();
    let bank = Bank::on_redis(AT_ONCE, &group.servers(), 2);
    let servers: Vec<HostedServer> = (0..3).map(|_| bank.server()).collect();
    let admin = administrator(&servers[0]).await;
    let users: Vec<String> = (0..AT_ONCE).map(|_| bank.next_user()).collect();
    for _ in 0..rounds(1, 5) {
        let people = People::start(&servers, &admin, &users);
        people.progress(5).await;
        group.fail_over();
        group.await_well();
        assert!(people.stop().await > 0, "the failover was noticed");
        expect_unharmed(&servers, &admin, &users).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_seconds_without_a_store_charge_nobody() {
    let redis = RedisServer::start();
    let bank = Bank::on_redis(AT_ONCE, &redis.servers(), 0);
    let servers: Vec<HostedServer> = (0..3).map(|_| bank.server()).collect();
    let admin = administrator(&servers[0]).await;
    let users: Vec<String> = (0..AT_ONCE).map(|_| bank.next_user()).collect();
    for _ in 0..rounds(1, 3) {
        let people = People::start(&servers, &admin, &users);
        people.progress(5).await;
        redis.freeze();
        tokio::time::sleep(Duration::from_secs(3)).await;
        redis.thaw();
        assert!(people.stop().await > 0, "the outage was noticed");
        expect_unharmed(&servers, &admin, &users).await;
    }
}

/// What a server had in its hands when it was killed lapses, and that is all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_are_killed_charge_nobody() {
    let redis = RedisServer::start();
    let bank = Bank::on_redis(AT_ONCE, &redis.servers(), 0);
    let mut servers: Vec<HostedServer> = (0..2).map(|_| bank.server()).collect();
    let admin = administrator(&servers[0]).await;
    let users: Vec<String> = (0..AT_ONCE).map(|_| bank.next_user()).collect();
    for round in 0..rounds(6, 12) {
        let people = People::start(&servers[..1], &admin, &users);
        // Somewhere between reservations and settlements, each time elsewhere.
        tokio::time::sleep(Duration::from_millis(20 + 7 * (round as u64 % 9))).await;
        servers[0].kill();
        people.stop().await;
        servers[0].start();
    }
    expect_unharmed(&servers, &admin, &users).await;
}
