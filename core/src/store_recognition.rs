//! Whether the store is the one that was used before. A store that has lost everything has no locks
//! and no redeemed passwords; the audit log remembers its name.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::domain::{
    AuditEvent, AuditOutcome, AuditRecord, RequestId, StoreEpoch, StoreIdentity, Timestamp,
};
use crate::ports::{AuditLog, AuditQuery, AuditQueryError, Randomness, Unavailable};

/// Why a store is not used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StoreRefusal {
    /// It is not the one that the audit log names.
    #[error(
        "is another store than the one that the audit log names ({noted}): restore its data, or \
         accept the loss with `warifu-admin store adopt`, which opens all locks and voids all \
         retrieval passwords"
    )]
    Another {
        /// The one that was used last.
        noted: StoreEpoch,
    },
    /// It carries the right name and is older than the audit log.
    #[error(
        "is an older copy than the audit log tells of, as after a restore: it does not know the newest \
         reissue or redemption of {passwords} users and {locks} locks; restore a newer copy, or accept \
         it with `warifu-admin store adopt`, which cancels the passwords concerned"
    )]
    Older {
        /// Of how many users, at least.
        passwords: usize,
        /// How many, at least.
        locks: usize,
    },
    /// The audit log cannot answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Tells stores apart by what the audit log says of them.
pub struct StoreRecognition<'a> {
    /// Where the stores that were used are noted.
    pub audit_log: &'a dyn AuditLog,
    /// Now.
    pub now: Timestamp,
    /// For the references of records.
    pub randomness: &'a dyn Randomness,
}

impl StoreRecognition<'_> {
    /// The store that was used last, as far as the audit log can tell.
    pub async fn noted(&self) -> Result<Option<StoreEpoch>, Unavailable> {
        Ok(self.noted_since().await?.map(|(_, epoch)| epoch))
    }

    /// As [`Self::noted`], with the time from which on the log is about that store.
    pub async fn noted_since(&self) -> Result<Option<(Timestamp, StoreEpoch)>, Unavailable> {
        if !self.audit_log.can_be_read() {
            return Ok(None);
        }
        let opened = self.newest(AuditEvent::StoreOpened).await?;
        let adopted = self.newest(AuditEvent::StoreAdopted).await?;
        let both = opened.into_iter().chain(adopted);
        Ok(both.max_by_key(|(time, _)| *time))
    }

    /// Whether the last that the log says is that it has lost records, and since `since`.
    pub async fn notes_loss_since(&self, since: Timestamp) -> Result<bool, Unavailable> {
        if !self.audit_log.can_be_read() {
            return Ok(false);
        }
        let query = AuditQuery {
            from: Some(since),
            limit: 1,
            ..AuditQuery::default()
        };
        let page = self.audit_log.query(&query).await.map_err(unavailable)?;
        let mut newest = page.records.iter().map(|stored| stored.record.event);
        Ok(newest.next() == Some(AuditEvent::RecordsLost))
    }

    async fn newest(
        &self,
        event: AuditEvent,
    ) -> Result<Option<(Timestamp, StoreEpoch)>, Unavailable> {
        let query = AuditQuery {
            event: Some(event),
            limit: 1,
            ..AuditQuery::default()
        };
        let page = self.audit_log.query(&query).await;
        let page = page.map_err(unavailable)?;
        let newest = page.records.first().map(|stored| &stored.record);
        Ok(newest.and_then(|record| {
            let epoch = record.detail.get(EPOCH)?.parse().ok()?;
            Some((record.time, epoch))
        }))
    }

    /// Accepts the store that was used before, or one that succeeds it, or the first one; notes one
    /// that is not noted yet.
    pub async fn recognise(&self, identity: &StoreIdentity) -> Result<(), StoreRefusal> {
        match self.noted().await? {
            Some(noted) if noted == identity.epoch => Ok(()),
            Some(noted) if !identity.succeeds.contains(&noted) => {
                Err(StoreRefusal::Another { noted })
            }
            _ => {
                let record = self.record(AuditEvent::StoreOpened, identity.epoch);
                Ok(self.audit_log.append(vec![record]).await?)
            }
        }
    }

    /// Notes that an operator has accepted a store in the place of `former`, with what else there is to
    /// say of it.
    pub async fn adopted(
        &self,
        epoch: StoreEpoch,
        former: Option<StoreEpoch>,
        more: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<(), Unavailable> {
        let mut record = self.record(AuditEvent::StoreAdopted, epoch);
        let former = former.map(|former| ("former", former.to_string()));
        for (name, value) in former.into_iter().chain(more) {
            record.detail.insert(name.to_owned(), value);
        }
        self.audit_log.append(vec![record]).await
    }

    fn record(&self, event: AuditEvent, epoch: StoreEpoch) -> AuditRecord {
        AuditRecord {
            time: self.now,
            event,
            outcome: AuditOutcome::Success,
            actor: None,
            contract: None,
            subject: None,
            source: None,
            request_id: RequestId::generate(self.randomness),
            detail: BTreeMap::from([(EPOCH.to_owned(), epoch.to_string())]),
        }
    }
}

fn unavailable(error: AuditQueryError) -> Unavailable {
    match error {
        AuditQueryError::Unavailable(unavailable) => unavailable,
        AuditQueryError::BadCursor => Unavailable::new(
            "audit_log",
            "a query without a cursor was refused for its cursor",
        ),
    }
}

/// The member of `detail` that names the store.
const EPOCH: &str = "epoch";
