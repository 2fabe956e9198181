use std::cmp::Reverse;

use async_trait::async_trait;
use rusqlite::{OptionalExtension, Row, params};
use warifu_core::domain::attempts::AttemptPolicy;
use warifu_core::domain::retrieval_record::{
    Cancellation, HandOverAnswer, HandOverWay, NewRetrievalPassword, RedeemingKey, Reissue,
    ReissueAnswer, RetrievalPasswordStatus, RetrievalReservation, RetrievalSettlement,
    RetrievalState, RetrievalVerdict, StoredCertificate,
};
use warifu_core::domain::{
    ContractNumber, IssuedCertificate, LeaseToken, ReissueId, RequestDigest, Subject, Timestamp,
    UserId,
};
use warifu_core::ports::{RetrievalPasswordStore, Unavailable};

use crate::failure::Failure;
use crate::retrieval_states::{
    CAUTIOUS, TABLE, delete, first_end, forget_reissues, load, parse_user,
};
use crate::states::{decode, encode};
use crate::step::Step;
use crate::store::EmbeddedStore;

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
        let reissues = state.reissues(&subject.user, &CAUTIOUS, step.now);
        step.connection
            .prepare_cached(
                "INSERT INTO retrieval_passwords (subject, user, state, ends_at) \
                 VALUES (?1, ?2, ?3, ?4) ON CONFLICT (subject) \
                 DO UPDATE SET state = excluded.state, ends_at = excluded.ends_at",
            )?
            .execute(params![
                key,
                subject.user.as_str(),
                encode(TABLE, &state)?,
                first_end(&reissues).map(Timestamp::as_unix_millis),
            ])?;
        let newest = reissues.first();
        if newest.is_some_and(|newest| !before.is_some_and(|before| before.knows(newest.id))) {
            index(step, subject, &reissues)?;
        }
    }
    Ok(result)
}

/// Lets the reissues of a user be found by their contract, and no others.
fn index(step: &Step<'_>, subject: &Subject, reissues: &[Reissue]) -> Result<(), Failure> {
    let (subject, contract) = (
        step.keys.subject(subject),
        step.keys.contract(&subject.contract),
    );
    forget_reissues(step, &subject)?;
    let sql = "INSERT INTO reissues (id, subject, contract, issued_at) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT DO NOTHING";
    let mut statement = step.connection.prepare_cached(sql)?;
    for reissue in reissues {
        let issued_at = reissue.issued_at.as_unix_millis();
        statement.execute(params![reissue.id.as_bytes(), subject, contract, issued_at])?;
    }
    Ok(())
}

/// The states of the users who had the newest `limit` reissues of a contract.
fn of_contract(
    step: &Step<'_>,
    contract: &ContractNumber,
    limit: usize,
) -> Result<Vec<(UserId, RetrievalState)>, Failure> {
    let columns = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let rows: Vec<(String, Vec<u8>)> = step
        .connection
        .prepare_cached(
            "SELECT user, state FROM retrieval_passwords WHERE subject IN \
             (SELECT subject FROM reissues WHERE contract = ?1 ORDER BY issued_at DESC LIMIT ?2)",
        )?
        .query_map(
            params![
                step.keys.contract(contract),
                i64::try_from(limit).unwrap_or(i64::MAX)
            ],
            columns,
        )?
        .collect::<Result<_, _>>()?;
    rows.into_iter()
        .map(|(user, state)| Ok((parse_user(&user)?, decode(TABLE, &state)?)))
        .collect()
}

#[async_trait]
impl RetrievalPasswordStore for EmbeddedStore {
    async fn reissue(
        &self,
        subject: &Subject,
        new: NewRetrievalPassword,
        policy: &AttemptPolicy,
    ) -> Result<ReissueAnswer, Unavailable> {
        let (subject, policy) = (subject.clone(), *policy);
        self.write(move |step| {
            change(step, &subject, |state| {
                state.reissue(&subject.user, new, &policy, step.now)
            })
        })
        .await
    }

    async fn carried_out(
        &self,
        subject: &Subject,
        request: RequestDigest,
    ) -> Result<bool, Unavailable> {
        let subject = subject.clone();
        self.read(move |step| {
            let state = load(step, &step.keys.subject(&subject))?;
            Ok(state.is_some_and(|state| state.carried_out(request, step.now)))
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

    async fn hand_over(
        &self,
        subject: &Subject,
        reissue: ReissueId,
        way: HandOverWay,
    ) -> Result<HandOverAnswer, Unavailable> {
        let subject = subject.clone();
        self.write(move |step| {
            change(step, &subject, |state| {
                state.hand_over(reissue, way, step.now)
            })
        })
        .await
    }

    async fn find(
        &self,
        contract: &ContractNumber,
        reissue: ReissueId,
    ) -> Result<Option<UserId>, Unavailable> {
        let contract = contract.clone();
        self.read(move |step| {
            let user: Option<String> = step
                .connection
                .prepare_cached(
                    "SELECT user FROM retrieval_passwords WHERE subject = \
                     (SELECT subject FROM reissues WHERE id = ?1 AND contract = ?2 LIMIT 1)",
                )?
                .query_row(
                    params![reissue.as_bytes(), step.keys.contract(&contract)],
                    |row| row.get(0),
                )
                .optional()?;
            user.map(|user| parse_user(&user)).transpose()
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
                None => of_contract(step, &contract, limit)?,
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
