//! What happens to the servers while programs use them: data that vanishes, settings that change, a
//! primary that is none any more. On every topology, within two seconds, and whatever is asked.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};
use warifu_contracts::samples::{SeededRandomness, lease, serial, user};
use warifu_core::domain::attempts::{Purpose, Verdict};
use warifu_core::ports::{
    AttemptKey, AttemptStore, CertificateRegister, OtpStepStore, RetrievalPasswordStore,
    StoredReservation, Unavailable,
};
use warifu_redis::{RedisServers, RedisStore};

use crate::visitor::{RECOVERED_WITHIN, policy_of};
use warifu_test_support::redis::{RedisCluster, RedisServer, SentinelGroup, open, settings};

/// From the event on, until everything is refused.
pub(crate) const NOTICED_WITHIN: Duration = Duration::from_secs(2);

/// Servers in one of the three arrangements.
enum Servers {
    One(RedisServer),
    Sentinels(SentinelGroup),
    Cluster(RedisCluster),
}

impl Servers {
    fn as_settings(&self) -> RedisServers {
        match self {
            Self::One(server) => server.servers(),
            Self::Sentinels(group) => group.servers(),
            Self::Cluster(cluster) => cluster.servers(),
        }
    }

    /// A primary. Of a Cluster, one that most users have nothing on.
    fn primary(&self) -> &RedisServer {
        match self {
            Self::One(server) => server,
            Self::Sentinels(group) => &group.servers[group.primary()],
            Self::Cluster(cluster) => &cluster.nodes[cluster.primary_of("{e1}")],
        }
    }

    fn set(&self, name: &str, value: &str) {
        assert_eq!(self.primary().cli(&["CONFIG", "SET", name, value]), "OK");
    }
}

/// Some users of a store, over all of its primaries: each is locked and has used a code.
struct Users<'a>(&'a RedisStore);

impl Users<'_> {
    /// So many, that every primary of a Cluster has some.
    const ALL: usize = 12;

    async fn settle_in(&self) {
        for number in 1..=Self::ALL {
            let key = AttemptKey::of(user(number), Purpose::Login);
            self.0
                .reserve_login(&key)
                .await
                .expect("a fresh counter grants");
            let (store, policy) = (self.0, policy_of(1));
            let settled = AttemptStore::settle(store, &key, &policy, lease(1), Verdict::Wrong);
            settled.await.expect("an answer");
            let used = self.0.advance(&user(number), 7).await;
            assert_eq!(used, Ok(true), "the code was not used before");
        }
    }

    /// What would be wrong to answer: a locked user is let in, a used code is taken.
    async fn forgotten(&self) -> Option<String> {
        for number in 1..=Self::ALL {
            let key = AttemptKey::of(user(number), Purpose::Login);
            if let Ok(StoredReservation::Granted(_)) = self.0.reserve_login(&key).await {
                return Some(format!("the locked user {number} may log in"));
            }
            if self.0.advance(&user(number), 7).await == Ok(true) {
                return Some(format!("the used code of user {number} is taken"));
            }
        }
        None
    }

    /// The first call that is answered, where one is.
    async fn answered(&self) -> Result<(), Unavailable> {
        for number in 1..=Self::ALL {
            let key = AttemptKey::of(user(number), Purpose::Login);
            self.0.reserve_login(&key).await?;
        }
        self.0.find_certificate().await?;
        RetrievalPasswordStore::check(self.0).await
    }

    /// That every call is refused from two seconds after the event on, with a reason that says this.
    async fn expect_refused(&self, since: Instant, words: &str) -> Result<(), String> {
        let late = since + NOTICED_WITHIN;
        loop {
            let refused = self.every_call_is_refused(words).await;
            match refused {
                Ok(()) => return Ok(()),
                Err(what) if Instant::now() > late => return Err(what),
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        }
    }

    async fn every_call_is_refused(&self, words: &str) -> Result<(), String> {
        let expect = |what: &str, error: Option<Unavailable>| match error {
            None => Err(format!("{what} is answered")),
            Some(error) if !error.reason.contains(words) => {
                Err(format!("{what} is refused with {error}"))
            }
            Some(_) => Ok(()),
        };
        for number in 1..=Self::ALL {
            let key = AttemptKey::of(user(number), Purpose::Login);
            let error = self.0.reserve_login(&key).await.err();
            expect(&format!("a login of user {number}"), error)?;
        }
        expect("a certificate", self.0.find_certificate().await.err())?;
        let check = RetrievalPasswordStore::check(self.0).await;
        expect("the check of the store", check.err())
    }

    async fn expect_recovery(&self) -> Result<(), String> {
        let recovery = async {
            while self.answered().await.is_err() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        let recovered = timeout(RECOVERED_WITHIN, recovery).await;
        recovered.map_err(|_| "the store is not used again".to_owned())?;
        self.forgotten().await.map_or(Ok(()), Err)
    }
}

trait Short {
    async fn reserve_login(&self, key: &AttemptKey) -> Result<StoredReservation, Unavailable>;
    async fn find_certificate(&self) -> Result<(), Unavailable>;
}

impl Short for RedisStore {
    async fn reserve_login(&self, key: &AttemptKey) -> Result<StoredReservation, Unavailable> {
        AttemptStore::reserve(self, key, &policy_of(1), lease(1)).await
    }

    async fn find_certificate(&self) -> Result<(), Unavailable> {
        CertificateRegister::is_revoked(self, serial(9))
            .await
            .map(drop)
    }
}

/// What was found on one arrangement, event by event, so that one failure does not hide another.
#[derive(Default)]
struct Found(Vec<String>);

impl Found {
    fn note(&mut self, event: &str, outcome: Result<(), String>) {
        if let Err(what) = outcome {
            self.0.push(format!("{event}: {what}"));
        }
    }

    /// A setting that is changed is noticed, and so is that it is right again.
    async fn setting(
        &mut self,
        servers: &Servers,
        name: &str,
        [bad, good]: [&str; 2],
        words: &str,
    ) {
        let store = open(&settings(servers.as_settings())).await;
        let users = Users(&store);
        users.settle_in().await;
        servers.set(name, bad);
        self.note(name, users.expect_refused(Instant::now(), words).await);
        servers.set(name, good);
        self.note(name, users.expect_recovery().await);
    }

    /// Keys that were evicted are noticed, also where what evicted them is over before anybody looks;
    /// and only an operator ends it.
    async fn eviction(&mut self, servers: &Servers) {
        let settings = settings(servers.as_settings());
        let store = open(&settings).await;
        let users = Users(&store);
        users.settle_in().await;
        let primary = servers.primary();
        // Nothing of the store may be evicted: that alone must be enough to notice.
        let filler = "x".repeat(100_000);
        for number in 0..20 {
            let key = format!("filler{number}{{e1}}");
            assert_eq!(primary.cli(&["SET", &key, &filler, "EX", "1000"]), "OK");
        }
        let told = primary.cli(&["INFO", "memory"]);
        let used = told
            .lines()
            .find_map(|line| line.strip_prefix("used_memory:"));
        let used: u64 = used.expect("told").trim().parse().expect("a number");
        let less = (used - 500_000).to_string();
        servers.set("maxmemory-policy", "volatile-ttl");
        servers.set("maxmemory", &less);
        primary.cli(&["SET", "filler{e1}", "x"]);
        servers.set("maxmemory", "0");
        servers.set("maxmemory-policy", "noeviction");
        let evicted = primary.cli(&["INFO", "stats"]);
        assert!(!evicted.contains("evicted_keys:0\r"), "{evicted}");
        self.note(
            "eviction",
            users.expect_refused(Instant::now(), "evicted").await,
        );
        let started = RedisStore::open(&settings, &SeededRandomness::new(77)).await;
        match started {
            Ok(_) => self.note("eviction", Err("a program starts on the store".to_owned())),
            Err(error) if !error.to_string().contains("store adopt") => {
                self.note("eviction", Err(error.to_string()));
            }
            Err(_) => {}
        }
        let adopted = RedisStore::adopt(&settings, &SeededRandomness::new(78), &[]).await;
        let adopted = adopted.expect("the store is adopted");
        self.note("eviction", Users(&adopted).expect_recovery().await);
    }

    /// Data that vanishes is noticed. `at_once`: without a moment in which it is not.
    async fn flush(&mut self, servers: &Servers, at_once: bool) {
        let settings = settings(servers.as_settings());
        let store = open(&settings).await;
        let users = Users(&store);
        users.settle_in().await;
        assert_eq!(servers.primary().cli(&["FLUSHALL"]), "OK");
        let since = Instant::now();
        if at_once {
            self.note("FLUSHALL", users.forgotten().await.map_or(Ok(()), Err));
        }
        self.note(
            "FLUSHALL",
            users.expect_refused(since, "lost what it held").await,
        );
        self.note("FLUSHALL", users.forgotten().await.map_or(Ok(()), Err));
    }
}

async fn everything(servers: &Servers, at_once: bool) -> Found {
    let mut found = Found::default();
    let policy = ["allkeys-lru", "noeviction"];
    found
        .setting(
            servers,
            "maxmemory-policy",
            policy,
            "maxmemory-policy allkeys-lru",
        )
        .await;
    found
        .setting(servers, "appendonly", ["no", "yes"], "appendonly off")
        .await;
    Box::pin(found.eviction(servers)).await;
    found.flush(servers, at_once).await;
    found
}

fn expect_nothing(found: &Found) {
    assert!(found.0.is_empty(), "{}", found.0.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_server_is_watched() {
    let servers = Servers::One(RedisServer::start());
    let mut found = Box::pin(everything(&servers, true)).await;
    let other = RedisServer::start();
    let store = open(&settings(servers.as_settings())).await;
    let users = Users(&store);
    users.settle_in().await;
    let port = other.port.to_string();
    let demoted = servers.primary().cli(&["REPLICAOF", "127.0.0.1", &port]);
    assert_eq!(demoted, "OK");
    let refused = users.expect_refused(Instant::now(), "is a replica").await;
    found.note("demotion", refused);
    expect_nothing(&found);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_primary_behind_sentinels_is_watched() {
    let servers = Servers::Sentinels(SentinelGroup::start());
    let mut found = Box::pin(everything(&servers, true)).await;
    let Servers::Sentinels(group) = &servers else {
        unreachable!("Sentinels were started")
    };
    group.await_well();
    let store = open(&settings(servers.as_settings())).await;
    let users = Users(&store);
    users.settle_in().await;
    // What is promoted has another policy: it is never used, not even for a moment.
    for server in &group.servers {
        if server.port != servers.primary().port {
            server.cli(&["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"]);
        }
    }
    group.fail_over();
    let refused = users.expect_refused(Instant::now(), "maxmemory-policy allkeys-lru");
    found.note("failover to another policy", refused.await);
    servers.set("maxmemory-policy", "noeviction");
    found.note("failover", users.expect_recovery().await);
    expect_nothing(&found);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_primary_of_a_cluster_is_watched() {
    let servers = Servers::Cluster(RedisCluster::start());
    expect_nothing(&Box::pin(everything(&servers, false)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_nobody_uses_any_more_is_not_watched() {
    let server = RedisServer::start();
    let store = open(&settings(server.servers())).await;
    let others = || {
        let told = server.cli(&["CLIENT", "LIST"]);
        told.lines()
            .filter(|line| !line.contains("cmd=client"))
            .count()
    };
    assert!(others() > 0);
    drop(store);
    let since = Instant::now();
    while others() > 0 {
        assert!(since.elapsed() < RECOVERED_WITHIN, "connections stay");
        sleep(Duration::from_millis(20)).await;
    }
}
