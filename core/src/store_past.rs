//! Whether a store is as young as the audit log. One that was restored from an older copy carries its
//! name and does not know what happened since: a redeemed password could be redeemed again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::domain::attempts::{LaneKind, LockDuration, Purpose};
use crate::domain::retrieval_record::{REMEMBERED_REISSUES, Reissue, ReissueStatus};
use crate::domain::{
    AuditEvent, AuditOutcome, AuditRecord, Policy, ReissueId, RequestId, Subject, Timestamp, UserId,
};
use crate::ports::{
    AttemptStore, AuditLog, AuditPage, AuditQuery, AuditQueryError, Randomness,
    RetrievalPasswordStore, Unavailable, UserDirectory,
};
use crate::wiring::UNTIL_UNLOCKED;

/// How many records of each kind are looked at together. A start looks at the newest so many: what the
/// store does not know is among them, as it is what happened last.
const PAGE: usize = 100;

/// What the store must know of. A password that was won and whose certificate was not stored yet counts
/// as not redeemed: nobody was given anything for it.
const EVENTS: [AuditEvent; 3] = [
    AuditEvent::Reissued,
    AuditEvent::CertificateIssued,
    AuditEvent::CertificateDeliveredAgain,
];

/// How much the clocks of servers and store may differ without a lock seeming to be missing.
const CLOCKS_DIFFER_BY: Duration = Duration::from_secs(300);

/// How far back to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Enough to recognise an older copy.
    Newest,
    /// Until everything is known.
    All,
}

/// What the log tells of and the store does not know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Whose newest reissue or redemption it is, and when that was.
    pub passwords: BTreeMap<Subject, Timestamp>,
    /// Who was locked, for what.
    pub locks: BTreeSet<(Subject, Purpose)>,
}

impl Forgotten {
    /// Whether nothing is.
    pub fn is_nothing(&self) -> bool {
        self.passwords.is_empty() && self.locks.is_empty()
    }
}

/// Compares a store with the log. Whatever another program does at the same time is in the store before
/// it is in the log.
pub struct StorePast<'a> {
    /// What happened.
    pub audit_log: &'a dyn AuditLog,
    /// What the store knows of reissues.
    pub passwords: &'a dyn RetrievalPasswordStore,
    /// What the store knows of locks.
    pub attempts: &'a dyn AttemptStore,
    /// Who exists: locks of others are counted together and cannot be compared.
    pub directory: &'a dyn UserDirectory,
    /// How long passwords and locks last.
    pub policy: &'a Policy,
    /// Now, by the store's clock.
    pub now: Timestamp,
    /// Since when the log is about this store: what was lost before was accepted.
    pub since: Option<Timestamp>,
}

impl StorePast<'_> {
    /// What the store does not know of what the log tells.
    pub async fn forgotten(&self, depth: Depth) -> Result<Forgotten, Unavailable> {
        let mut forgotten = Forgotten::default();
        for event in EVENTS {
            let mut newest_of = BTreeSet::new();
            let mut cursor = None;
            loop {
                let page = self.page(event, self.earliest_password(), cursor).await?;
                let known_before = forgotten.passwords.len();
                for stored in &page.records {
                    let Some((subject, reissue)) = self.reissue_of(&stored.record) else {
                        continue;
                    };
                    if newest_of.insert(subject.clone())
                        && !self.knows(event, &subject, reissue).await?
                    {
                        let when = stored.record.time;
                        let latest = forgotten.passwords.entry(subject).or_insert(when);
                        *latest = when.max(*latest);
                    }
                }
                cursor = page.next_cursor;
                let all_known = forgotten.passwords.len() == known_before;
                if cursor.is_none() || depth == Depth::Newest || all_known {
                    break;
                }
            }
        }
        self.forgotten_locks(&mut forgotten).await?;
        Ok(forgotten)
    }

    /// Takes back the passwords that cannot be trusted, in the store, and writes each into the log: those
    /// that are older than what the log tells of. Repeating it is fine.
    pub async fn cancel(
        &self,
        forgotten: &Forgotten,
        randomness: &dyn Randomness,
    ) -> Result<usize, Unavailable> {
        let mut cancelled = 0;
        for (subject, when) in &forgotten.passwords {
            // The log tells seconds.
            let until = when.plus(Duration::from_secs(1));
            for reissue in self.reissues_of(subject).await? {
                let lives = matches!(
                    reissue.status,
                    ReissueStatus::Issued | ReissueStatus::Locked
                );
                if !lives || reissue.issued_at >= until {
                    continue;
                }
                self.passwords.cancel(subject, reissue.id).await?;
                let record = AuditRecord {
                    time: self.now,
                    event: AuditEvent::ReissueCancelled,
                    outcome: AuditOutcome::Success,
                    actor: None,
                    contract: Some(subject.contract.clone()),
                    subject: Some(subject.user.to_string()),
                    source: None,
                    request_id: RequestId::generate(randomness),
                    detail: [
                        ("reason", "store-adopted".to_owned()),
                        ("reissue_id", reissue.id.to_string()),
                    ]
                    .map(|(name, value)| (name.to_owned(), value))
                    .into(),
                };
                self.audit_log.append(vec![record]).await?;
                cancelled += 1;
            }
        }
        Ok(cancelled)
    }

    /// Passwords that were reissued before have ended: nothing comes of not knowing them.
    fn earliest_password(&self) -> Timestamp {
        let rules = self.policy.retrieval_password;
        let earliest = self
            .now
            .minus(rules.valid_for.saturating_add(rules.hold_for));
        self.since.map_or(earliest, |since| since.max(earliest))
    }

    /// A record of this store, and what it is about.
    fn reissue_of(&self, record: &AuditRecord) -> Option<(Subject, ReissueId)> {
        let subject = self.subject_of(record)?;
        let reissue = record.detail.get("reissue_id")?.parse().ok()?;
        Some((subject, reissue))
    }

    fn subject_of(&self, record: &AuditRecord) -> Option<Subject> {
        if self.since.is_some_and(|since| record.time < since) {
            return None;
        }
        let user: UserId = record.subject.as_deref()?.parse().ok()?;
        Some(Subject::new(record.contract.clone()?, user))
    }

    async fn knows(
        &self,
        event: AuditEvent,
        subject: &Subject,
        reissue: ReissueId,
    ) -> Result<bool, Unavailable> {
        let reissues = self.reissues_of(subject).await?;
        let status = reissues
            .into_iter()
            .find_map(|found| (found.id == reissue).then_some(found.status));
        Ok(match (event, status) {
            (AuditEvent::Reissued, status) => status.is_some(),
            (_, Some(ReissueStatus::Issued | ReissueStatus::Locked)) => false,
            // A redeemed one may have made room for later ones.
            _ => true,
        })
    }

    async fn reissues_of(&self, subject: &Subject) -> Result<Vec<Reissue>, Unavailable> {
        let user = Some(&subject.user);
        let (policy, limit) = (&self.policy.retrieval, REMEMBERED_REISSUES + 1);
        self.passwords
            .reissues(&subject.contract, user, policy, limit)
            .await
    }

    async fn forgotten_locks(&self, forgotten: &mut Forgotten) -> Result<(), Unavailable> {
        let from = self.since.unwrap_or(Timestamp::from_unix_millis(0));
        let page = self.page(AuditEvent::LockSet, from, None).await?;
        let mut newest_of = BTreeSet::new();
        for stored in &page.records {
            let record = &stored.record;
            let purpose = record
                .detail
                .get("purpose")
                .and_then(|text| text.parse().ok());
            let (Some(subject), Some(purpose)) = (self.subject_of(record), purpose) else {
                continue;
            };
            // Written by somebody who saw the lock and had not set it, or when it was over: it may have
            // been taken back, because whoever set it was never answered.
            // And a known browser's goes with it, when another takes its place.
            let of_browser = |lane: &String| lane == LaneKind::KnownBrowser.name();
            if record.detail.contains_key("late")
                || record.detail.get("lane").is_some_and(of_browser)
            {
                continue;
            }
            let lock = (subject, purpose);
            if newest_of.insert(lock.clone())
                && self.holds_still(purpose, record)
                && self.is_missing(&lock, record.time).await?
            {
                forgotten.locks.insert(lock);
            }
        }
        Ok(())
    }

    /// Whether a lock of `purpose` is one still, by the rules that were in force when it was set and by
    /// those of now. Those of retrieval passwords are reissues' affair.
    fn holds_still(&self, purpose: Purpose, record: &AuditRecord) -> bool {
        let now = self.now.plus(CLOCKS_DIFFER_BY);
        let held = match record.detail.get("until").map(String::as_str) {
            Some(UNTIL_UNLOCKED) => true,
            Some(until) => Timestamp::parse_rfc3339(until).is_some_and(|until| until > now),
            // Nobody knows what the rules were.
            None => false,
        };
        let holds = match self.policy.attempts(purpose).lock {
            LockDuration::For(lasts) => record.time.plus(lasts) > now,
            LockDuration::UntilUnlocked | LockDuration::UntilUnlockedShownAs(_) => true,
        };
        held && holds && purpose != Purpose::Retrieval
    }

    async fn is_missing(
        &self,
        (subject, purpose): &(Subject, Purpose),
        set: Timestamp,
    ) -> Result<bool, Unavailable> {
        let policy = |purpose| *self.policy.attempts(purpose);
        let users = std::slice::from_ref(&subject.user);
        let locks = self
            .attempts
            .locks(&subject.contract, users, &policy)
            .await?;
        let locked = locks
            .first()
            .is_some_and(|locks| locks.iter().any(|lock| lock.purpose == *purpose));
        if locked || self.directory.find(subject).await?.is_none() {
            return Ok(false);
        }
        let query = AuditQuery {
            contract: Some(subject.contract.clone()),
            subject: Some(subject.user.to_string()),
            event: Some(AuditEvent::LockCleared),
            from: Some(set),
            limit: PAGE,
            ..AuditQuery::default()
        };
        let cleared = self.query(&query).await?;
        let name = purpose.to_string();
        let of_purpose = |record: &AuditRecord| record.detail.get("purpose") == Some(&name);
        Ok(!cleared
            .records
            .iter()
            .any(|stored| of_purpose(&stored.record)))
    }

    async fn page(
        &self,
        event: AuditEvent,
        from: Timestamp,
        cursor: Option<String>,
    ) -> Result<AuditPage, Unavailable> {
        let query = AuditQuery {
            event: Some(event),
            outcome: Some(AuditOutcome::Success),
            from: Some(from),
            cursor,
            limit: PAGE,
            ..AuditQuery::default()
        };
        self.query(&query).await
    }

    async fn query(&self, query: &AuditQuery) -> Result<AuditPage, Unavailable> {
        let page = self.audit_log.query(query).await;
        page.map_err(|error| match error {
            AuditQueryError::Unavailable(unavailable) => unavailable,
            AuditQueryError::BadCursor => {
                Unavailable::new("audit_log", "the log refuses a cursor that it gave itself")
            }
        })
    }
}
