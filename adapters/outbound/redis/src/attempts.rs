use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::try_join_all;
use warifu_core::domain::attempts::{
    AttemptPolicy, BrowserSlot, Lane, Purpose, Settlement, Verdict,
};
use warifu_core::domain::{
    BrowserMark, ContractNumber, LeaseToken, StoredHash, Subject, Timestamp, UserId,
};
use warifu_core::ports::{
    AttemptKey, AttemptStore, GrantedAttempt, HeldLock, StoredReservation, Unavailable,
};
use warifu_redis_link::{Call, Reply};

use crate::error::unavailable;
use crate::keys::Tag;
use crate::reply::Fields as _;
use crate::shared::{answer, millis, verdict};
use crate::store::{RedisStore, lane_limits, limits};

/// The purposes whose locks administrators are told; that of retrieval is told with its password.
const PURPOSES: [Purpose; 3] = [Purpose::Login, Purpose::Transaction, Purpose::Otp];

/// The keys of each counter of a purpose, with its limits.
fn counters<'a>(
    mut call: Call<'a>,
    tag: &Tag,
    keys: impl Iterator<Item = AttemptKey>,
    policy: &AttemptPolicy,
) -> Call<'a> {
    for key in keys {
        let policy = key.limits(*policy);
        call = call
            .key(tag.lane_counter(key.purpose, key.lane))
            .key(tag.lane_leases(key.purpose, key.lane))
            .args(limits(&policy))
            .args(lane_limits(&policy));
    }
    call
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
        let (tag, purpose) = (self.keys.user(&key.subject), key.purpose);
        let call = Call::new(&self.scripts.attempt_reserve)
            .key(tag.lane_counter(purpose, key.lane))
            .key(tag.lane_leases(purpose, key.lane))
            .key(hashes(&tag))
            .args(limits(policy))
            .args(lane_limits(policy))
            .arg(lease)
            .arg(purpose.secret());
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
        let (tag, purpose) = (self.keys.user(&key.subject), key.purpose);
        let call = Call::new(&self.scripts.attempt_settle)
            .key(tag.lane_counter(purpose, key.lane))
            .key(tag.lane_leases(purpose, key.lane))
            .args(limits(policy))
            .args(lane_limits(policy))
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
        let all = AttemptKey::all(subject, purpose);
        let call = counters(Call::new(&self.scripts.attempt_unlock), &tag, all, policy);
        Ok(self.run(call).await?.flag(0))
    }

    async fn locks(
        &self,
        contract: &ContractNumber,
        users: &[UserId],
        policy: &(dyn for<'a> Fn(Purpose) -> AttemptPolicy + Send + Sync),
    ) -> Result<Vec<BTreeSet<HeldLock>>, Unavailable> {
        let locks = users.iter().map(|user| {
            let subject = Subject::new(contract.clone(), user.clone());
            let tag = self.keys.user(&subject);
            let mut call = Call::new(&self.scripts.attempt_locks);
            for purpose in PURPOSES {
                let all = AttemptKey::all(&subject, purpose);
                call = counters(call, &tag, all, &policy(purpose));
            }
            self.run(call)
        });
        let replies = try_join_all(locks).await?;
        let locked = |reply: &Reply| {
            (0..)
                .zip(PURPOSES.into_iter().flat_map(HeldLock::all))
                .filter(|(place, _)| reply.flag(*place))
                .map(|(_, lock)| lock)
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

    async fn known_browser(
        &self,
        subject: &Subject,
        mark: &BrowserMark,
    ) -> Result<Option<BrowserSlot>, Unavailable> {
        let call = Call::new(&self.scripts.browser_find)
            .key(browsers(&self.keys.user(subject)))
            .arg(mark.as_str());
        let reply = self.run(call).await?;
        if reply.text(0).is_empty() {
            return Ok(None);
        }
        slot(&reply).map(Some)
    }

    async fn remember_browser(
        &self,
        subject: &Subject,
        mark: &BrowserMark,
        good_for: Duration,
    ) -> Result<BrowserSlot, Unavailable> {
        let call = Call::new(&self.scripts.browser_remember);
        let call = with_browsers(call, &self.keys.user(subject))
            .arg(mark.as_str())
            .arg(millis(good_for));
        slot(&self.run(call).await?)
    }

    async fn forget_browsers(&self, subject: &Subject) -> Result<(), Unavailable> {
        let call = Call::new(&self.scripts.browser_forget);
        let call = with_browsers(call, &self.keys.user(subject));
        self.run_lasting(call, |_| true).await?;
        Ok(())
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.check_all().await
    }
}

/// The known browsers of a user.
fn browsers(tag: &Tag) -> String {
    tag.key("b")
}

/// They, and the counters of each.
fn with_browsers<'a>(call: Call<'a>, tag: &Tag) -> Call<'a> {
    let purpose = Purpose::Login;
    let lanes = BrowserSlot::all().map(Lane::KnownBrowser);
    lanes.fold(call.key(browsers(tag)), |call, lane| {
        call.key(tag.lane_counter(purpose, lane))
            .key(tag.lane_leases(purpose, lane))
    })
}

fn slot(reply: &Reply) -> Result<BrowserSlot, Unavailable> {
    BrowserSlot::new(reply.parsed(0)?).ok_or_else(|| reply.unexpected())
}

/// The newer hashes of a user's passwords.
fn hashes(tag: &Tag) -> String {
    tag.key("h")
}
