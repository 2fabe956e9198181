//! Servers that are told to stop while people use them: whoever goes by `/readyz` meets no failure.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use hyper::Method;
use tokio::task::{JoinHandle, block_in_place};
use tokio::time::{Instant, sleep, timeout};
use warifu_test_support::client::{Answer, Client};
use warifu_test_support::redis::RedisServer;

use crate::hosting::{Bank, HostedServer, administrator};

const DELAY: Duration = Duration::from_secs(2);

/// How often the balancer looks.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// So long that a balancer looks within it, however busy the machine and its disk are.
const LONG_DELAY: &str = "6s";

/// Passes signals on and tells how the program ended.
const TELLING: &[&str] = &[
    "sh",
    "-c",
    "trap 'kill -TERM $child' TERM; \"$@\" & child=$!; \
     while :; do wait $child; code=$?; kill -0 $child 2>/dev/null || break; done; \
     echo ended with $code",
    "sh",
];

fn drained(bank: Bank, delay: &str) -> Bank {
    bank.with(&format!("http.drain_delay = {delay:?}"))
}

/// A server that is gone answers nothing.
async fn try_get(client: &Client, path: &str) -> Option<Answer> {
    let answer = client.try_send(Method::GET, path, None, "");
    answer.await.ok()
}

async fn ready(client: &Client) -> u16 {
    client.get("/readyz").await.status.as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_told_to_stop_says_so_at_once_and_serves_on() {
    let bank = drained(Bank::on_one_machine(1), "2s");
    let mut server = bank.server_under(TELLING);
    let admin = administrator(&server).await;
    assert_eq!(ready(&server.client).await, 200);
    let told = Instant::now();
    server.signal("-TERM");
    let noticed = async {
        while ready(&server.client).await == 200 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    let noticed = timeout(DELAY / 2, noticed).await;
    noticed.expect("it says so long before it stops");
    let body = server.client.get("/readyz").await.expect(503, None).json();
    assert_eq!(body["status"], "draining");
    assert_eq!(server.client.get("/healthz").await.status, 200);
    // On a fresh connection, too.
    let fresh = server.fresh_client().for_session_of(&admin);
    fresh.get("/api/v1/admin/users").await.expect(200, None);
    assert!(told.elapsed() < DELAY, "this machine is too slow to tell");
    drop((admin, fresh));
    block_in_place(|| server.await_end());
    // With nothing to do it waits all the same.
    assert!(told.elapsed() >= DELAY, "{:?}", told.elapsed());
    assert!(
        server.output().contains("ended with 0"),
        "{}",
        server.output()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_signal_ends_at_once() {
    let bank = Bank::on_one_machine(1).with("http.drain_delay = \"10m\"");
    let mut server = bank.server_under(TELLING);
    server.signal("-TERM");
    let noticed = async {
        while ready(&server.client).await == 200 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    let noticed = timeout(Duration::from_secs(30), noticed).await;
    noticed.expect("it says so");
    server.signal("-TERM");
    block_in_place(|| server.await_end());
    assert!(
        server.output().contains("ended with 130"),
        "{}",
        server.output()
    );
}

/// Knows which servers are ready, as a balancer does.
struct Balancer {
    servers: Vec<(Client, AtomicBool)>,
    next: AtomicUsize,
}

impl Balancer {
    fn new(servers: &[HostedServer]) -> Arc<Self> {
        let servers = servers.iter();
        let known = servers.map(|server| (server.client.clone(), AtomicBool::new(true)));
        Arc::new(Self {
            servers: known.collect(),
            next: AtomicUsize::new(0),
        })
    }

    /// One of those that were ready when last looked at.
    fn pick(&self) -> &Client {
        loop {
            let turn = self.next.fetch_add(1, Ordering::Relaxed);
            let (client, is_ready) = &self.servers[turn % self.servers.len()];
            if is_ready.load(Ordering::Relaxed) {
                return client;
            }
        }
    }

    fn look(self: &Arc<Self>) -> JoinHandle<()> {
        let balancer = Arc::clone(self);
        tokio::spawn(async move {
            loop {
                for (client, is_ready) in &balancer.servers {
                    let answer = try_get(client, "/readyz").await;
                    let now = answer.is_some_and(|answer| answer.status == 200);
                    is_ready.store(now, Ordering::Relaxed);
                }
                sleep(LOOK_EVERY).await;
            }
        })
    }
}

/// One server after the other is replaced while people use both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_restart_fails_nobody() {
    let redis = RedisServer::start();
    let bank = drained(Bank::on_redis(1, &redis.servers(), 0), LONG_DELAY);
    let mut servers = [bank.server(), bank.server()];
    let admin = administrator(&servers[0]).await;
    for number in 0..servers.len() {
        let balancer = Balancer::new(&servers);
        let looking = balancer.look();
        let over = Arc::new(AtomicBool::new(false));
        let users: Vec<JoinHandle<usize>> = (0..4)
            .map(|_| {
                let (balancer, over) = (balancer.clone(), over.clone());
                let admin = admin.clone();
                tokio::spawn(async move {
                    let mut asked = 0;
                    while !over.load(Ordering::Relaxed) {
                        let client = balancer.pick().for_session_of(&admin);
                        let answer = try_get(&client, "/api/v1/admin/users").await;
                        let status = answer.map(|answer| answer.status.as_u16());
                        assert_eq!(status, Some(200), "request {asked}");
                        asked += 1;
                    }
                    asked
                })
            })
            .collect();
        sleep(LOOK_EVERY * 4).await;
        servers[number].signal("-TERM");
        block_in_place(|| servers[number].await_end());
        over.store(true, Ordering::Relaxed);
        for user in users {
            let asked = user.await.expect("nobody meets a failure");
            assert!(asked > 10, "only {asked} requests");
        }
        looking.abort();
        block_in_place(|| servers[number].start());
    }
}
