use std::cmp::Reverse;
use std::num::NonZeroU32;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{OptionalExtension, Row, params};
use warifu_core::domain::attempts::{AttemptPolicy, LockDuration};
use warifu_core::domain::retrieval_record::{
    Cancellation, IssuedTimes, NewRetrievalPassword, RedeemingKey, Reissue,
    RetrievalPasswordStatus, RetrievalReservation, RetrievalSettlement, RetrievalState,
    RetrievalVerdict, StoredCertificate,
};
use warifu_core::domain::{
    ContractNumber, IssuedCertificate, LeaseToken, ReissueId, Subject, Timestamp, UserId,
};
use warifu_core::ports::{RetrievalPasswordStore, Unavailable};

use crate::failure::Failure;
use crate::keys::Key;
use crate::queue::Step;
use crate::states::{decode, encode};
use crate::store::EmbeddedStore;

const TABLE: &str = "retrieval_passwords";

/// For looking at ends, where no bank's limits are at hand: every lock is one, and none is added.
pub(crate) const CAUTIOUS: AttemptPolicy = AttemptPolicy {
    max_failures: NonZeroU32::MAX,
    lock: LockDuration::UntilUnlocked,
    lease: Duration::ZERO,
};

pub(crate) fn load(step: &Step<'_>, subject: &Key) -> Result<Option<RetrievalState>, Failure> {
    let state: Option<Vec<u8>> = step
        .connection
        .prepare_cached("SELECT state FROM retrieval_passwords WHERE subject = ?1")?
        .query_row([subject], |row| row.get(0))
        .optional()?;
    state.map(|state| decode(TABLE, &state)).transpose()
}

/// When the first of the user's reissues ends or ended; nothing where there is none.
pub(crate) fn first_end(
    state: &RetrievalState,
    user: &UserId,
    now: Timestamp,
) -> Option<Timestamp> {
    let reissues = state.reissues(user, &CAUTIOUS, now);
    reissues.iter().map(|reissue| reissue.expires_at).min()
}

/// Does one step on a user's state, and forgets the state where nothing would be lost by it:
/// whoever tries names that nobody has fills no disk with them.
fn change<T>(
    step: &Step<'_>,
    subject: &Subject,
    change: impl FnOnce(&mut RetrievalState) -> T,
) -> Result<T, Failure> {
    let key = step.keys.subject(subject);
    let before = load(step, &key)?;
    let mut state = before.clone().unwrap_or_default();
    let result = change(&mut state);
    if state == RetrievalState::default() {
        if before.is_some() {
            delete(step, &key)?;
        }
    } else if before.as_ref() != Some(&state) {
        let ends_at = first_end(&state, &subject.user, step.now);
        step.connection
            .prepare_cached(
                "INSERT INTO retrieval_passwords (subject, contract, user, state, ends_at) \
                 VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (subject) \
                 DO UPDATE SET state = excluded.state, ends_at = excluded.ends_at",
            )?
            .execute(params![
                key,
                step.keys.contract(&subject.contract),
                subject.user.as_str(),
                encode(TABLE, &state)?,
                ends_at.map(Timestamp::as_unix_millis),
            ])?;
    }
    Ok(result)
}

pub(crate) fn delete(step: &Step<'_>, subject: &Key) -> Result<(), Failure> {
    let sql = "DELETE FROM retrieval_passwords WHERE subject = ?1";
    step.connection.prepare_cached(sql)?.execute([subject])?;
    Ok(())
}

/// Every state of a contract, with its user.
fn of_contract(
    step: &Step<'_>,
    contract: &ContractNumber,
) -> Result<Vec<(UserId, RetrievalState)>, Failure> {
    let columns = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let rows: Vec<(String, Vec<u8>)> = step
        .connection
        .prepare_cached("SELECT user, state FROM retrieval_passwords WHERE contract = ?1")?
        .query_map([step.keys.contract(contract)], columns)?
        .collect::<Result<_, _>>()?;
    rows.into_iter()
        .map(|(user, state)| Ok((parse_user(&user)?, decode(TABLE, &state)?)))
        .collect()
}

pub(crate) fn parse_user(text: &str) -> Result<UserId, Failure> {
    text.parse().map_err(|_| Failure::Record(TABLE))
}

#[async_trait]
impl RetrievalPasswordStore for EmbeddedStore {
    async fn reissue(
        &self,
        subject: &Subject,
        new: NewRetrievalPassword,
        policy: &AttemptPolicy,
    ) -> Result<IssuedTimes, Unavailable> {
        let (subject, policy) = (subject.clone(), *policy);
        self.write(move |step| {
            change(step, &subject, |state| {
                state.reissue(&subject.user, new, &policy, step.now)
            })
        })
        .await
    }

    async fn reserve(
        &self,
        subject: &Subject,
        policy: &AttemptPolicy,
        lease: LeaseToken,
    ) -> Result<RetrievalReservation, Unavailable> {
        let (subject, policy) = (subject.clone(), *policy);
        self.write(move |step| {
            change(step, &subject, |state| {
                state.reserve(&policy, step.now, lease)
            })
        })
        .await
    }

    async fn settle(
        &self,
        subject: &Subject,
        policy: &AttemptPolicy,
        lease: LeaseToken,
        verdict: RetrievalVerdict,
    ) -> Result<RetrievalSettlement, Unavailable> {
        let (subject, policy) = (subject.clone(), *policy);
        self.write(move |step| {
            change(step, &subject, |state| {
                state.settle(&policy, step.now, lease, verdict)
            })
        })
        .await
    }

    async fn store_certificate(
        &self,
        subject: &Subject,
        record: ReissueId,
        key: RedeemingKey,
        certificate: IssuedCertificate,
    ) -> Result<StoredCertificate, Unavailable> {
        let subject = subject.clone();
        self.write(move |step| {
            change(step, &subject, |state| {
                state.store_certificate(record, key, certificate)
            })
        })
        .await
    }

    async fn cancel(
        &self,
        subject: &Subject,
        reissue: ReissueId,
    ) -> Result<Cancellation, Unavailable> {
        let subject = subject.clone();
        self.write(move |step| change(step, &subject, |state| state.cancel(reissue, step.now)))
            .await
    }

    async fn find(
        &self,
        contract: &ContractNumber,
        reissue: ReissueId,
    ) -> Result<Option<UserId>, Unavailable> {
        let contract = contract.clone();
        self.read(move |step| {
            let mut states = of_contract(step, &contract)?.into_iter();
            let holder = states.find(|(_, state)| state.knows(reissue));
            Ok(holder.map(|(user, _)| user))
        })
        .await
    }

    async fn reissues(
        &self,
        contract: &ContractNumber,
        user: Option<&UserId>,
        policy: &AttemptPolicy,
        limit: usize,
    ) -> Result<Vec<Reissue>, Unavailable> {
        let (contract, user, policy) = (contract.clone(), user.cloned(), *policy);
        self.read(move |step| {
            let states = match user {
                Some(user) => {
                    let subject = Subject::new(contract, user);
                    let state = load(step, &step.keys.subject(&subject))?;
                    Vec::from_iter(state.map(|state| (subject.user, state)))
                }
                None => of_contract(step, &contract)?,
            };
            let mut reissues: Vec<Reissue> = states
                .iter()
                .flat_map(|(user, state)| state.reissues(user, &policy, step.now))
                .collect();
            reissues.sort_by_key(|reissue| Reverse(reissue.issued_at));
            reissues.truncate(limit);
            Ok(reissues)
        })
        .await
    }

    async fn statuses(
        &self,
        contract: &ContractNumber,
        users: &[UserId],
        policy: &AttemptPolicy,
    ) -> Result<Vec<RetrievalPasswordStatus>, Unavailable> {
        let (contract, users, policy) = (contract.clone(), users.to_vec(), *policy);
        self.read(move |step| {
            let status = |user| {
                let subject = step.keys.subject(&Subject::new(contract.clone(), user));
                let state = load(step, &subject)?.unwrap_or_default();
                Ok(state.status(&policy, step.now))
            };
            users.into_iter().map(status).collect()
        })
        .await
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.probe().await
    }
}
