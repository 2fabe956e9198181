//! One record for each lock, and none without: also where the process that set it died before it
//! could write so, and with several servers.
//!
//! Whoever is about to write the record of a lock claims it first, for [`WRITING_FOR`]; once it is
//! written it is claimed for good. A lock that is seen without either claim was set by somebody who
//! did not come to write it down: then the log itself is asked, and whoever asked writes it late. Whoever
//! sees only the first claim looks once more when it has run out.

use std::time::Duration;

use super::audit_trail::{Entry, UNTIL_UNLOCKED};
use super::base::Wiring;
use crate::Outcome;
use crate::context::RequestContext;
use crate::domain::attempts::{LaneKind, Lock, LockDuration, Purpose};
use crate::domain::{AuditEvent, AuditOutcome, RequestId, Subject};
use crate::ports::{AuditQuery, AuditQueryError, OnceKey, Unavailable};

/// How long whoever claims the record of a lock has to write it: longer than any log takes.
const WRITING_FOR: Duration = Duration::from_secs(5);

/// After it, whoever saw the lock meanwhile looks once more.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(6);

/// How long a record that could not be written is left to the process that keeps it, to be written
/// late, before whoever sees the lock looks for it in the log.
const OWED_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// How long it is remembered that the record of a lock is written, beyond the lock's end; of a lock
/// without one, before the log is asked again.
const REMEMBERED_AFTER: Duration = Duration::from_secs(60 * 60);
const REMEMBERED_ENDLESS: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// How many records are read at a time.
const PAGE: usize = 100;

/// The members of `detail` that say which lock it was.
const PURPOSE: &str = "purpose";
const LANE: &str = "lane";
const SINCE: &str = "since";

/// Who writes the record of a lock.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Writer {
    Ourselves,
    Another,
    /// It is written.
    Nobody,
}

/// A lock as it was seen: whose, and of what.
#[derive(Clone, Copy)]
pub(crate) struct SeenLock<'a> {
    pub(crate) subject: &'a Subject,
    pub(crate) purpose: Purpose,
    /// For whom.
    pub(crate) lane: LaneKind,
    pub(crate) lock: Lock,
    /// Whether anybody has the name. Nobody looks for the records of locks of names that nobody has,
    /// so only whoever sets one of those writes it down.
    pub(crate) known: bool,
}

/// Only logins have lanes.
fn with_lane(entry: Entry, purpose: Purpose, lane: LaneKind) -> Entry {
    if purpose == Purpose::Login {
        entry.with(LANE, lane)
    } else {
        entry
    }
}

impl SeenLock<'_> {
    fn written(&self) -> OnceKey {
        OnceKey::of_lock_record(self.subject, self.purpose, self.lock.since)
    }

    fn being_written(&self) -> OnceKey {
        OnceKey::of_lock_record_begun(self.subject, self.purpose, self.lock.since)
    }
}

impl Wiring {
    /// Writes `entries`, and after them `set`, the record of the lock that was seen, where it has
    /// none yet.
    pub(crate) async fn write_with_lock(
        &self,
        entries: impl IntoIterator<Item = Entry>,
        seen: SeenLock<'_>,
        set: Entry,
    ) -> Outcome<()> {
        let writer = self.writer_of(&seen).await;
        if writer == Writer::Another {
            self.look_again(&seen, &set);
        }
        self.write_as(writer, entries, seen, set).await
    }

    /// Writes that a lock is gone whose record the log has, or gets late: nobody was told what set it.
    pub(crate) async fn write_taken_back(
        &self,
        subject: &Subject,
        purpose: Purpose,
        lane: LaneKind,
    ) {
        let context = RequestContext {
            request_id: RequestId::generate(self.randomness()),
            source: None,
        };
        let cleared = self
            .entry(context, AuditEvent::LockCleared, AuditOutcome::Success)
            .on(subject)
            .with(PURPOSE, purpose)
            .with("reason", "not-answered");
        let cleared = with_lane(cleared, purpose, lane);
        if let Err(refusal) = self.write([cleared]).await {
            tracing::warn!(%refusal, "that a lock was taken back is not in the audit log yet");
        }
    }

    async fn write_as(
        &self,
        writer: Writer,
        entries: impl IntoIterator<Item = Entry>,
        seen: SeenLock<'_>,
        set: Entry,
    ) -> Outcome<()> {
        let ours = writer == Writer::Ourselves;
        let set = ours.then(|| {
            let until = match self.lock_duration(&seen) {
                LockDuration::For(lasts) => {
                    let end = seen.lock.until;
                    end.unwrap_or_else(|| seen.lock.since.plus(lasts))
                        .to_string()
                }
                LockDuration::UntilUnlocked | LockDuration::UntilUnlockedShownAs(_) => {
                    UNTIL_UNLOCKED.to_owned()
                }
            };
            let set = set
                .with(PURPOSE, seen.purpose)
                .with(SINCE, seen.lock.since)
                .with("until", until);
            let set = with_lane(set, seen.purpose, seen.lane);
            if seen.lock.just_set {
                set
            } else {
                set.with("late", true)
            }
        });
        let written = self.write(entries.into_iter().chain(set)).await;
        if ours && seen.known {
            let remember_for = match (&written, seen.lock.until) {
                (Err(_), _) => OWED_FOR,
                (Ok(()), Some(until)) if self.ends_by_itself(&seen) => {
                    until.since(self.now()) + REMEMBERED_AFTER
                }
                (Ok(()), _) => REMEMBERED_ENDLESS,
            };
            self.note_written(&seen, remember_for).await;
        }
        written
    }

    /// Looks once more when whoever claimed the record must have written it.
    fn look_again(&self, seen: &SeenLock<'_>, set: &Entry) {
        let key = seen.written();
        if !self.lock_looks().note(key) {
            return;
        }
        let (wiring, set) = (self.clone(), set.clone());
        let (subject, purpose, lane) = (seen.subject.clone(), seen.purpose, seen.lane);
        let lock = Lock {
            just_set: false,
            ..seen.lock
        };
        tokio::spawn(async move {
            wiring.ports().clock.sleep(LOOK_AGAIN_AFTER).await;
            wiring.lock_looks().done(&key);
            let seen = SeenLock {
                subject: &subject,
                purpose,
                lane,
                lock,
                known: true,
            };
            let writer = wiring.writer_of(&seen).await;
            let written = wiring.write_as(writer, [], seen, set).await;
            if let Err(refusal) = written {
                tracing::warn!(%refusal, "the record of a lock could not be written");
            }
        });
    }

    /// Who writes the record of a lock.
    async fn writer_of(&self, seen: &SeenLock<'_>) -> Writer {
        let ours_if_just_set = if seen.lock.just_set {
            Writer::Ourselves
        } else {
            Writer::Nobody
        };
        if !seen.known {
            return ours_if_just_set;
        }
        match self.claim_record(seen).await {
            Ok(writer) => writer,
            Err(unavailable) => {
                tracing::warn!(%unavailable, "who writes the record of a lock could not be settled");
                // Whoever set it writes it; another sees the lock again.
                ours_if_just_set
            }
        }
    }

    async fn claim_record(&self, seen: &SeenLock<'_>) -> Result<Writer, Unavailable> {
        let once = &self.ports().once;
        if !seen.lock.just_set && once.is_claimed(seen.written()).await? {
            return Ok(Writer::Nobody);
        }
        if !once.claim(seen.being_written(), WRITING_FOR).await? {
            return Ok(Writer::Another);
        }
        if seen.lock.just_set || !self.log_holds(seen).await? {
            return Ok(Writer::Ourselves);
        }
        self.note_written(seen, REMEMBERED_ENDLESS).await;
        Ok(Writer::Nobody)
    }

    async fn note_written(&self, seen: &SeenLock<'_>, remember_for: Duration) {
        let noted = self.ports().once.claim(seen.written(), remember_for).await;
        if let Err(unavailable) = noted {
            tracing::warn!(%unavailable, "that the record of a lock is written could not be noted");
        }
    }

    fn ends_by_itself(&self, seen: &SeenLock<'_>) -> bool {
        matches!(self.lock_duration(seen), LockDuration::For(_))
    }

    fn lock_duration(&self, seen: &SeenLock<'_>) -> LockDuration {
        let policy = if seen.subject.is_staff() {
            &self.policy().staff_login
        } else {
            self.attempt_policy(seen.purpose)
        };
        policy.lock
    }

    /// Whether the log has the record of a lock, as far as it can be read.
    async fn log_holds(&self, seen: &SeenLock<'_>) -> Result<bool, Unavailable> {
        let log = &self.ports().audit_log;
        if !log.can_be_read() {
            return Ok(false);
        }
        let (purpose, since) = (seen.purpose.to_string(), seen.lock.since.to_string());
        let mut query = AuditQuery {
            event: Some(AuditEvent::LockSet),
            from: Some(seen.lock.since),
            limit: PAGE,
            ..AuditQuery::default()
        };
        if seen.subject.is_staff() {
            query.actor = Some(format!("staff:{}", seen.subject.user));
        } else {
            query.contract = Some(seen.subject.contract.clone());
            query.subject = Some(seen.subject.user.to_string());
        }
        loop {
            let page = log.query(&query).await.map_err(|error| match error {
                AuditQueryError::Unavailable(unavailable) => unavailable,
                AuditQueryError::BadCursor => {
                    Unavailable::new("audit_log", "the log refuses a cursor that it gave itself")
                }
            })?;
            let says = |detail: Option<&String>, value: &String| detail == Some(value);
            if page.records.iter().any(|found| {
                let detail = &found.record.detail;
                says(detail.get(PURPOSE), &purpose) && says(detail.get(SINCE), &since)
            }) {
                return Ok(true);
            }
            if page.next_cursor.is_none() {
                return Ok(false);
            }
            query.cursor = page.next_cursor;
        }
    }
}
