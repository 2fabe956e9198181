//! Floods of logins from many addresses: the hasher is shared between senders, so somebody real gets
//! in, and whoever has a session hardly notices.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::task::JoinSet;
use warifu_test_support::client::Client;
use warifu_test_support::people::{CONTRACT, WRONG_PASSWORD};

use crate::hosting::{Bank, HostedServer, administrator};

const ADDRESSES: usize = 40;
/// So many that all of them together ask for more than the queue holds.
const AT_ONCE_EACH: usize = 10;
const TRIES: usize = 5;

fn from(server: &HostedServer, address: &str) -> Client {
    server
        .fresh_client()
        .with_header("x-forwarded-for", address)
}

/// Logins that keep coming, with names that nobody has.
struct Flood {
    going: Arc<AtomicBool>,
    refused: Arc<AtomicUsize>,
    tasks: JoinSet<()>,
}

impl Flood {
    fn begin(server: &HostedServer) -> Self {
        let going = Arc::new(AtomicBool::new(true));
        let refused = Arc::new(AtomicUsize::new(0));
        let mut tasks = JoinSet::new();
        for number in 0..ADDRESSES * AT_ONCE_EACH {
            let client = from(server, &format!("192.0.2.{}", number % ADDRESSES));
            let (going, refused) = (Arc::clone(&going), Arc::clone(&refused));
            tasks.spawn(async move {
                let mut entry = 0;
                while going.load(Ordering::SeqCst) {
                    let nobody = format!("nobody{number}-{entry}");
                    let answer = client.try_login("self", CONTRACT, &nobody, WRONG_PASSWORD);
                    if answer.await.status == 503 {
                        refused.fetch_add(1, Ordering::SeqCst);
                    }
                    entry += 1;
                }
            });
        }
        Self {
            going,
            refused,
            tasks,
        }
    }

    /// Until more come than the hasher takes.
    async fn await_excess(&self) {
        while self.refused.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    async fn end(mut self) {
        self.going.store(false, Ordering::SeqCst);
        while let Some(ended) = self.tasks.join_next().await {
            ended.expect("the flood ends");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_logins_from_forty_addresses_starves_nobody() {
    let bank =
        Bank::on_one_machine(TRIES).with("policy.rate_limit.trusted_proxies = [\"127.0.0.1/32\"]");
    let server = bank.server();
    let admin = administrator(&server).await;
    let flood = Flood::begin(&server);
    flood.await_excess().await;
    let somebody = from(&server, "198.51.100.7");
    for _ in 0..TRIES {
        let user = bank.next_user();
        let answer = somebody.login_self_as_is(&user).await;
        answer.expect(201, None);
        admin.reissue(&user).await;
    }
    assert!(flood.refused.load(Ordering::SeqCst) > 0);
    flood.end().await;
}
