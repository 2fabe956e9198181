use std::collections::BTreeSet;

use async_trait::async_trait;
use futures_util::future::try_join_all;
use warifu_core::domain::attempts::{AttemptPolicy, Purpose, Settlement, Verdict};
use warifu_core::domain::{ContractNumber, LeaseToken, StoredHash, Subject, Timestamp, UserId};
use warifu_core::ports::{
    AttemptKey, AttemptStore, GrantedAttempt, StoredReservation, Unavailable,
};
use warifu_redis_link::{Call, Reply};

use crate::error::unavailable;
use crate::keys::Tag;
use crate::reply::Fields as _;
use crate::shared::{answer, verdict};
use crate::store::{RedisStore, limits};

/// The purposes that are counted here; retrieval is counted with its password.
const PURPOSES: [Purpose; 3] = [Purpose::Login, Purpose::Transaction, Purpose::Otp];

/// A name that nobody has can only be tried at the login.
fn purpose_of(key: &AttemptKey) -> Purpose {
    match key {
        AttemptKey::Known(_, purpose) => *purpose,
        AttemptKey::Unknown(_) => Purpose::Login,
    }
}

const fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Right => verdict::RIGHT,
        Verdict::Wrong => verdict::WRONG,
        Verdict::Undecided => verdict::UNDECIDED,
        Verdict::NotAsked => verdict::NOT_ASKED,
        Verdict::Withdrawn => verdict::WITHDRAWN,
    }
}

#[async_trait]
impl AttemptStore for RedisStore {
    async fn reserve(
        &self,
        key: &AttemptKey,
        policy: &AttemptPolicy,
        lease: LeaseToken,
    ) -> Result<StoredReservation, Unavailable> {
        let (tag, purpose) = (self.keys.attempts(key), purpose_of(key));
        let call = Call::new(&self.scripts.attempt_reserve)
            .key(tag.counter(purpose))
            .key(tag.leases(purpose))
            .key(hashes(&tag))
            .args(limits(policy))
            .arg(lease)
            .arg(purpose);
        let reply = self.run(call).await?;
        Ok(match reply.kind() {
            answer::GRANTED => {
                let stored_hash = if reply.text(2).is_empty() {
                    None
                } else {
                    Some(reply.json(2)?)
                };
                StoredReservation::Granted(GrantedAttempt {
                    barred: reply.flag(1),
                    stored_hash,
                })
            }
            answer::BUSY => StoredReservation::Busy,
            answer::LOCKED => StoredReservation::Locked(reply.lock(1)?),
            answer::SUSPENDED => StoredReservation::Suspended {
                until: reply.time(1)?,
            },
            _ => return Err(reply.unexpected()),
        })
    }

    async fn settle(
        &self,
        key: &AttemptKey,
        policy: &AttemptPolicy,
        lease: LeaseToken,
        verdict: Verdict,
    ) -> Result<Settlement, Unavailable> {
        let (tag, purpose) = (self.keys.attempts(key), purpose_of(key));
        let call = Call::new(&self.scripts.attempt_settle)
            .key(tag.counter(purpose))
            .key(tag.leases(purpose))
            .args(limits(policy))
            .arg(lease)
            .arg(verdict_name(verdict));
        // What is answered "wrong" counts, and what is taken back does not, also after a failover.
        let answered = |reply: &Reply| matches!(reply.kind(), answer::REFUSED | answer::LOCKED);
        let reply = match verdict {
            Verdict::Withdrawn => self.run_lasting(call, |_| true).await?,
            _ => self.run_lasting(call, answered).await?,
        };
        Ok(match reply.kind() {
            answer::ACCEPTED => Settlement::Accepted,
            answer::REFUSED => Settlement::Refused {
                failures_left: reply.parsed(1)?,
            },
            answer::LOCKED => Settlement::Locked(reply.lock(1)?),
            answer::LOST => Settlement::Lost,
            answer::RELEASED => Settlement::Released,
            _ => return Err(reply.unexpected()),
        })
    }

    async fn unlock(
        &self,
        subject: &Subject,
        purpose: Purpose,
        policy: &AttemptPolicy,
    ) -> Result<bool, Unavailable> {
        let tag = self.keys.user(subject);
        let call = Call::new(&self.scripts.attempt_unlock)
            .key(tag.counter(purpose))
            .key(tag.leases(purpose))
            .args(limits(policy));
        Ok(self.run(call).await?.flag(0))
    }

    async fn locks(
        &self,
        contract: &ContractNumber,
        users: &[UserId],
        policy: &(dyn for<'a> Fn(Purpose) -> AttemptPolicy + Send + Sync),
    ) -> Result<Vec<BTreeSet<Purpose>>, Unavailable> {
        let locks = users.iter().map(|user| {
            let tag = self
                .keys
                .user(&Subject::new(contract.clone(), user.clone()));
            let mut call = Call::new(&self.scripts.attempt_locks);
            for purpose in PURPOSES {
                call = call
                    .key(tag.counter(purpose))
                    .key(tag.leases(purpose))
                    .args(limits(&policy(purpose)));
            }
            self.run(call)
        });
        let replies = try_join_all(locks).await?;
        let locked = |reply: &Reply| {
            (0..)
                .zip(PURPOSES)
                .filter(|(place, _)| reply.flag(*place))
                .map(|(_, of)| of)
                .collect()
        };
        Ok(replies.iter().map(locked).collect())
    }

    async fn remember_hash(
        &self,
        subject: &Subject,
        purpose: Purpose,
        hash: StoredHash,
    ) -> Result<(), Unavailable> {
        let written = serde_json::to_string(&hash)
            .map_err(|error| unavailable(format!("the hash cannot be written: {error}")))?;
        let call = Call::new(&self.scripts.remember_hash)
            .key(hashes(&self.keys.user(subject)))
            .arg(purpose)
            .arg(written);
        self.run(call).await?;
        Ok(())
    }

    async fn note_login(&self, subject: &Subject) -> Result<Option<Timestamp>, Unavailable> {
        let call = Call::new(&self.scripts.note_login).key(self.keys.user(subject).key("login"));
        self.run(call).await?.optional_time(0)
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.check_all().await
    }
}

/// The newer hashes of a user's passwords.
fn hashes(tag: &Tag) -> String {
    tag.key("h")
}
