//! A day on which everything happens: servers are killed, the store is frozen, handed over, emptied and
//! restored from an older copy, the disk of a log fills up, while people enter what is right. In the end
//! all of them get in, and the log explains every count.

use std::path::Path;
use std::time::{Duration, Instant};

use warifu_config::{Adoption, Configuration, Layers, Registry, adopt_store};
use warifu_test_support::client::Client;
use warifu_test_support::people::{ADMIN, WRONG_PASSWORD};
use warifu_test_support::redis::SentinelGroup;

use crate::charges_nobody::{AT_ONCE, People, expect_unharmed};
use crate::hosting::{Bank, HostedServer, administrator};
use crate::load::{insist, insist_unready, post, reissue_path};
use crate::log_faults::{ON_A_SMALL_DISK, fill, log_folder};
use crate::rounds;

/// Wrong entries until a lock.
const LIMIT: usize = 5;

#[derive(Clone, Copy, Debug)]
enum Event {
    ServerKilled,
    StoreFrozen,
    StoreHandedOver,
    PrimaryKilled,
    LogDiskFull,
    StoreEmptied,
    StoreRestored,
}

const EVENTS: [Event; 7] = [
    Event::ServerKilled,
    Event::LogDiskFull,
    Event::StoreFrozen,
    Event::StoreHandedOver,
    Event::PrimaryKilled,
    Event::StoreRestored,
    Event::StoreEmptied,
];

struct Day {
    group: SentinelGroup,
    servers: Vec<HostedServer>,
    admin: Client,
    users: Vec<String>,
}

impl Day {
    async fn begin(bank: &Bank, group: SentinelGroup) -> Self {
        let mut servers = vec![bank.server(), bank.server()];
        servers.push(bank.server_under(&["sh", "-c", ON_A_SMALL_DISK, "sh"]));
        let admin = administrator(&servers[0]).await;
        let users = (0..AT_ONCE).map(|_| bank.next_user()).collect();
        Self {
            group,
            servers,
            admin,
            users,
        }
    }

    /// Lets something happen while people are at it.
    async fn suffer(&mut self, event: Event) {
        // As of every night: what people do from here on is not in it.
        let copy = self.group.servers[self.group.primary()].back_up();
        let people = People::start(&self.servers, &self.admin, &self.users);
        people.progress(4).await;
        match event {
            Event::ServerKilled => self.servers[1].kill(),
            Event::LogDiskFull => {
                let filler = fill(&log_folder(&self.servers[2]));
                people.progress(4).await;
                std::fs::remove_file(filler).expect("there is room again");
            }
            Event::StoreFrozen => {
                let primary = self.group.primary();
                self.group.servers[primary].freeze();
                tokio::time::sleep(Duration::from_millis(1_500)).await;
                self.group.servers[primary].thaw();
            }
            Event::StoreHandedOver => self.group.fail_over(),
            Event::PrimaryKilled => {
                let former = self.group.primary();
                self.group.servers[former].kill();
                self.group.await_other_primary(former);
                self.group.servers[former].start_again();
            }
            Event::StoreEmptied => {
                let primary = self.group.primary();
                self.group.servers[primary].cli(&["FLUSHALL"]);
            }
            // Servers are stopped for it.
            Event::StoreRestored => {}
        }
        people.stop().await;
        match event {
            Event::ServerKilled => self.servers[1].start(),
            Event::StoreEmptied => {
                self.expect_loss_noticed().await;
                self.stop_servers();
                self.adopt().await;
            }
            Event::StoreRestored => {
                self.stop_servers();
                self.restore(copy.path());
                self.expect_refused("older copy");
                self.adopt().await;
            }
            _ => {}
        }
        self.group.await_well();
    }

    /// Nobody is let in by a store that is empty.
    async fn expect_loss_noticed(&self) {
        for server in &self.servers {
            let ready = insist_unready(server).await;
            assert!(ready.contains("password_store"), "{ready}");
        }
    }

    fn stop_servers(&mut self) {
        for server in &mut self.servers {
            server.kill();
        }
    }

    /// What an operator does who has lost more than replicas can give back: the same copy for all.
    fn restore(&mut self, copy: &Path) {
        for redis in &mut self.group.servers {
            redis.kill();
        }
        for redis in &mut self.group.servers {
            redis.restore(copy);
            redis.start_again();
        }
        self.group.await_well();
    }

    fn expect_refused(&mut self, words: &str) {
        let said = self.servers[0].try_start();
        let said = said.expect_err("a server does not start on it");
        assert!(said.contains(words), "{said}");
    }

    /// Accepts what was lost, as an operator does: sessions are gone.
    async fn adopt(&mut self) {
        let layers = Layers::new().files([self.servers[0].settings()]);
        let configuration = Configuration::load(&layers, &Registry::standard());
        let configuration = configuration.expect("a good configuration");
        let adopted = adopt_store(&configuration).await;
        assert_eq!(adopted.expect("the loss is accepted"), Adoption::Done);
        for server in &mut self.servers {
            server.start();
        }
        self.admin = administrator(&self.servers[0]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_day_on_which_everything_happens_everybody_gets_in() {
    let group = SentinelGroup::start();
    let bank = Bank::on_redis(AT_ONCE, &group.servers(), 2);
    let mut day = Day::begin(&bank, group).await;
    let length = Duration::from_secs(rounds(0, 600) as u64);
    let begun = Instant::now();
    let mut happened = 0;
    while happened < EVENTS.len() || begun.elapsed() < length {
        day.suffer(EVENTS[happened % EVENTS.len()]).await;
        happened += 1;
    }
    expect_unharmed(&day.servers[..2], &day.admin, &day.users).await;

    // Nothing is counted but what is entered now: as many wrong entries as the limit says lock.
    let path = reissue_path(&day.users[0]);
    let wrong = serde_json::json!({
        "transaction_password": WRONG_PASSWORD, "not_instructed_by_others": true,
    });
    let mut answers = Vec::new();
    for number in 0..LIMIT {
        let server = &day.servers[number % 2];
        let admin = server.with(&day.admin);
        answers.push(insist(|| post(&admin, &path, &wrong)).await.status.as_u16());
    }
    let mut expected = vec![401; LIMIT - 1];
    expected.push(423);
    assert_eq!(answers, expected, "after {happened} events");

    let logs: String = day.servers[..2]
        .iter()
        .map(HostedServer::audit_text)
        .collect();
    let records: Vec<serde_json::Value> = logs
        .lines()
        .map(|line| serde_json::from_str(line).expect("a record is JSON"))
        .collect();
    let count = |event: &str| {
        let of = |record: &&serde_json::Value| record["event"] == event && record["actor"] == ADMIN;
        records.iter().filter(of).count()
    };
    assert_eq!(
        count("transaction.refused"),
        LIMIT,
        "each wrong entry is in the log"
    );
    let locks = records
        .iter()
        .filter(|record| record["event"] == "lock.set");
    assert_eq!(locks.count(), 1, "and the one lock");
}
