//! While a server runs, the data beneath it can be replaced by an older copy that carries the same name.
//! Whenever servers have begun to serve the data, the store is compared with the log, as at a start.

use std::sync::{Arc, Weak};
use std::time::Duration;

use warifu_adapter_kit::Stores;
use warifu_core::domain::{Policy, Timestamp};
use warifu_core::ports::{
    AttemptStore, AuditLog, RetrievalPasswordStore, StoreFacts, StoreServers, Unavailable,
    UserDirectory,
};
use warifu_core::{Depth, Forgotten, StorePast, StoreRefusal};

/// How soon after a server has begun it is noticed here, and how soon a comparison that failed is made
/// again.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What is compared. It ends with the store, and keeps nothing alive.
pub(crate) struct PastWatch {
    servers: Weak<dyn StoreServers>,
    facts: Weak<dyn StoreFacts>,
    passwords: Weak<dyn RetrievalPasswordStore>,
    attempts: Weak<dyn AttemptStore>,
    audit_log: Weak<dyn AuditLog>,
    directory: Weak<dyn UserDirectory>,
    policy: Policy,
    /// Since when the log is about this store.
    since: Timestamp,
    /// How many servers had begun when store and log were compared.
    compared: u64,
}

impl PastWatch {
    /// Nothing where no servers hold the store's data. To be made before the start compares store and log.
    pub(crate) fn of(
        stores: &Stores,
        audit_log: &Arc<dyn AuditLog>,
        directory: &Arc<dyn UserDirectory>,
        policy: Policy,
    ) -> Option<Self> {
        let servers = stores.servers.as_ref()?;
        Some(Self {
            servers: Arc::downgrade(servers),
            facts: Arc::downgrade(&stores.facts),
            passwords: Arc::downgrade(&stores.retrieval_passwords),
            attempts: Arc::downgrade(&stores.attempts),
            audit_log: Arc::downgrade(audit_log),
            directory: Arc::downgrade(directory),
            policy,
            since: Timestamp::from_unix_millis(0),
            compared: servers.begun(),
        })
    }

    /// Watches as long as the store is in use, once store and log belong together since `since`.
    pub(crate) fn begin(mut self, since: Timestamp) {
        self.since = since;
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK_EVERY).await;
                let Some(servers) = self.servers.upgrade() else {
                    return;
                };
                let begun = servers.begun();
                if begun == self.compared {
                    continue;
                }
                match self.compare(servers.as_ref()).await {
                    Some(Ok(())) => self.compared = begun,
                    // It is compared once both answer.
                    Some(Err(_)) => {}
                    None => return,
                }
            }
        });
    }

    /// Nothing where the store is not in use any more.
    async fn compare(&self, servers: &dyn StoreServers) -> Option<Result<(), Unavailable>> {
        let (facts, passwords) = (self.facts.upgrade()?, self.passwords.upgrade()?);
        let (attempts, audit_log) = (self.attempts.upgrade()?, self.audit_log.upgrade()?);
        let directory = self.directory.upgrade()?;
        let comparing = async {
            let past = StorePast {
                audit_log: audit_log.as_ref(),
                passwords: passwords.as_ref(),
                attempts: attempts.as_ref(),
                directory: directory.as_ref(),
                policy: &self.policy,
                now: facts.time().await?,
                since: Some(self.since),
            };
            let forgotten = past.forgotten(Depth::Newest).await?;
            if forgotten.is_nothing() {
                return Ok(());
            }
            servers.give_up(&older(&forgotten).to_string()).await
        };
        Some(comparing.await)
    }
}

/// What is said of an older copy.
pub(crate) fn older(forgotten: &Forgotten) -> StoreRefusal {
    StoreRefusal::Older {
        passwords: forgotten.passwords.len(),
        locks: forgotten.locks.len(),
    }
}
