//! Which stores are refused at the start, and with which words.

use secrecy::SecretSlice;
use warifu_contracts::samples::SeededRandomness;
use warifu_core::ports::SessionStore;
use warifu_redis::{RedisServers, RedisSettings, RedisStore};

use warifu_test_support::redis::{RedisCluster, RedisServer, open, settings};

async fn refusal(settings: &RedisSettings) -> String {
    match RedisStore::open(settings, &SeededRandomness::new(2)).await {
        Ok(_) => panic!("the store is refused"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_forget_are_refused() {
    let server = RedisServer::start();
    let settings = settings(server.servers());
    for policy in [
        "allkeys-lru",
        "volatile-lru",
        "volatile-ttl",
        "allkeys-random",
    ] {
        assert_eq!(
            server.cli(&["CONFIG", "SET", "maxmemory-policy", policy]),
            "OK"
        );
        let words = refusal(&settings).await;
        assert!(
            words.contains(policy) && words.contains("noeviction"),
            "{words}"
        );
    }
    assert_eq!(
        server.cli(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]),
        "OK"
    );
    assert_eq!(server.cli(&["CONFIG", "SET", "appendonly", "no"]), "OK");
    let words = refusal(&settings).await;
    assert!(
        words.contains("appendonly yes") && words.contains("allow_volatile"),
        "{words}"
    );
    let mut allowed = settings.clone();
    allowed.allow_volatile = true;
    open(&allowed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_is_refused() {
    let primary = RedisServer::start();
    let replica = RedisServer::replica_of(&primary, &[]);
    let words = refusal(&settings(replica.servers())).await;
    assert!(words.contains("is a replica"), "{words}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_there_is_told_in_time() {
    let mut server = RedisServer::start();
    server.kill();
    let since = std::time::Instant::now();
    let words = refusal(&settings(server.servers())).await;
    assert!(words.contains("cannot connect"), "{words}");
    assert!(since.elapsed() < crate::visitor::TOLD_WITHIN);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_index_key_is_refused() {
    let server = RedisServer::start();
    let mut settings = settings(server.servers());
    settings.index_key = Some(SecretSlice::from(
        b"0123456789abcdef0123456789abcdef".to_vec(),
    ));
    let epoch = open(&settings).await.identity().epoch;
    assert_eq!(open(&settings).await.identity().epoch, epoch);
    settings.index_key = Some(SecretSlice::from(
        b"another key of thirty-two bytes!".to_vec(),
    ));
    assert!(refusal(&settings).await.contains("index_key_file"));
    settings.index_key = None;
    assert!(refusal(&settings).await.contains("index_key_file"));
    settings.index_key = Some(SecretSlice::from(b"short".to_vec()));
    assert!(refusal(&settings).await.contains("16 bytes"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn programs_that_start_together_open_one_store() {
    let server = RedisServer::start();
    let settings = settings(server.servers());
    let opened = (0..16).map(|number| {
        let settings = settings.clone();
        tokio::spawn(async move {
            let store = RedisStore::open(&settings, &SeededRandomness::new(number)).await;
            store
                .map(|store| (store.identity().epoch, store.is_new()))
                .expect("the store opens")
        })
    });
    let mut epochs = std::collections::BTreeSet::new();
    for opened in opened.collect::<Vec<_>>() {
        epochs.insert(opened.await.expect("a task ends").0);
    }
    assert_eq!(epochs.len(), 1, "{epochs:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_of_another_format_is_led_to_this_one_or_refused_by_name() {
    let server = RedisServer::start();
    let settings = settings(server.servers());
    let running = open(&settings).await;
    let key = format!("{}:{{e0}}:store", settings.key_prefix);
    let format = || server.cli(&["HGET", &key, "format"]);
    assert_eq!(format(), "3");

    // As the first version of this program left it, while a server of that version still runs.
    assert_eq!(server.cli(&["HDEL", &key, "format", "readable_by"]), "2");
    assert_eq!(running.check_sessions().await, Ok(()));
    let look = RedisStore::look(&settings, &SeededRandomness::new(8)).await;
    assert!(look.is_ok_and(|found| found.is_some()));
    assert_eq!(format(), "", "a check changes nothing");
    open(&settings).await;
    assert_eq!(format(), "3");
    assert_eq!(running.check_sessions().await, Ok(()));

    // A later version that this one can go along with, and one that it cannot.
    server.cli(&["HSET", &key, "format", "4", "readable_by", "3"]);
    open(&settings).await;
    assert_eq!(format(), "4", "nothing is taken back");
    server.cli(&["HSET", &key, "format", "5", "readable_by", "4"]);
    let words = refusal(&settings).await;
    assert!(
        words.contains("newer version") && words.contains("format 5") && words.contains("knows 3"),
        "{words}"
    );
    let look = RedisStore::look(&settings, &SeededRandomness::new(9)).await;
    assert!(look.is_err(), "a check refuses it as well");
}

trait Checked {
    async fn check_sessions(&self) -> Result<(), String>;
}

impl Checked for RedisStore {
    async fn check_sessions(&self) -> Result<(), String> {
        let checked = SessionStore::check(self).await;
        checked.map_err(|error| error.to_string())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_that_lost_a_part_is_refused_until_it_is_adopted() {
    let cluster = RedisCluster::start();
    let settings = settings(cluster.servers());
    let epoch = open(&settings).await.identity().epoch;
    let alone = RedisServers::Standalone(format!("redis://127.0.0.1:{}", cluster.nodes[0].port));
    let words = refusal(&warifu_test_support::redis::settings(alone)).await;
    assert!(words.contains("redis.cluster"), "{words}");
    let lost = cluster.primary_of("{e1}");
    assert_eq!(cluster.nodes[lost].cli(&["FLUSHALL"]), "OK");
    let words = refusal(&settings).await;
    assert!(
        words.contains("lost") && words.contains("store adopt"),
        "{words}"
    );
    let adopted = RedisStore::adopt(&settings, &SeededRandomness::new(3), &[]).await;
    let adopted = adopted.expect("the store is adopted");
    assert_ne!(adopted.identity().epoch, epoch);
    assert_eq!(adopted.identity().succeeds, [epoch]);
    assert_eq!(
        open(&settings).await.identity().epoch,
        adopted.identity().epoch
    );
}
