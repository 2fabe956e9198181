//! What this store promises beyond the ports: its file, its retention, its recovery. That it keeps
//! the promises of the ports is shown by the conformance suites, that it survives by the fault tests.

mod failures;
mod grouping;
mod opening;
mod retention;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use warifu_core::domain::attempts::{AttemptPolicy, LaneLimits, LockDuration};
use warifu_core::domain::retrieval_record::{NewRetrievalPassword, ReissueRoute};
use warifu_core::domain::{LeaseToken, PasswordHash, ReissueId, Subject, Timestamp};
use warifu_core::ports::{Clock, Randomness};

use crate::{EmbeddedSettings, EmbeddedStore, OpenError};

const DAY: Duration = Duration::from_hours(24);

/// A clock that is set by hand, and counts how often it is read: once a transaction.
struct HandClock {
    millis: AtomicI64,
    read: AtomicUsize,
}

impl HandClock {
    fn forward(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap();
        self.millis.fetch_add(millis, Ordering::SeqCst);
    }

    fn back(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap();
        self.millis.fetch_sub(millis, Ordering::SeqCst);
    }
}

#[async_trait::async_trait]
impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        self.read.fetch_add(1, Ordering::SeqCst);
        Timestamp::from_unix_millis(self.millis.load(Ordering::SeqCst))
    }

    async fn sleep(&self, _: Duration) {
        std::future::pending::<()>().await;
    }
}

/// Different bytes at every call, the same in every run.
#[derive(Default)]
struct Counting(AtomicU64);

impl Randomness for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let number = self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        for (byte, value) in bytes.iter_mut().zip(number.iter().cycle()) {
            *byte = *value;
        }
    }
}

/// A folder of its own for one test, with a clock.
struct TestFolder {
    folder: TempDir,
    clock: Arc<HandClock>,
    randomness: Counting,
}

impl TestFolder {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            clock: Arc::new(HandClock {
                millis: AtomicI64::new(1_800_000_000_000),
                read: AtomicUsize::new(0),
            }),
            randomness: Counting::default(),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("var/warifu.db")
    }

    fn open(&self) -> EmbeddedStore {
        self.try_open(&self.path()).unwrap()
    }

    fn try_open(&self, path: &Path) -> Result<EmbeddedStore, OpenError> {
        let settings = EmbeddedSettings::new(path);
        EmbeddedStore::open(&settings, self.clock.clone(), &self.randomness)
    }

    fn refusal(&self) -> String {
        match self.try_open(&self.path()) {
            Ok(_) => panic!("the store was opened"),
            Err(error) => error.to_string(),
        }
    }

    fn lease(&self) -> LeaseToken {
        LeaseToken::generate(&self.randomness)
    }

    fn new_password(&self) -> NewRetrievalPassword {
        NewRetrievalPassword {
            id: ReissueId::generate(&self.randomness),
            hash: PasswordHash::from_phc("$argon2id$of-a-password"),
            operator: "admin01".to_owned(),
            route: ReissueRoute::Administrator,
            valid_for: 7 * DAY,
            hold_for: Duration::ZERO,
            request: None,
            verified_at: None,
            identity: None,
        }
    }
}

fn subject(user: &str) -> Subject {
    Subject::new("1234567890".parse().unwrap(), user.parse().unwrap())
}

fn policy() -> AttemptPolicy {
    AttemptPolicy {
        max_failures: 3.try_into().unwrap(),
        lock: LockDuration::UntilUnlocked,
        lease: Duration::from_secs(10),
        lane: LaneLimits::default(),
    }
}

/// Reads the file with a connection of its own.
fn inspect<T: rusqlite::types::FromSql>(path: &Path, sql: &str) -> T {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn count(path: &Path, table: &str) -> i64 {
    inspect(path, &format!("SELECT count(*) FROM {table}"))
}
