//! Takes part in races with other processes: waits for `go ROUND` on its input, asks for everything
//! that only a counted number may get, with many tasks at once, and prints how much it got.

use std::io::BufRead;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Barrier;
use tokio::task::JoinSet;
use warifu_core::domain::Quota;
use warifu_core::domain::attempts::{Purpose, Settlement, Verdict};
use warifu_core::domain::retrieval_record::{
    RetrievalReservation, RetrievalSettlement, RetrievalVerdict,
};
use warifu_core::domain::{QuotaVerdict, Subject, Timestamp};
use warifu_core::ports::{
    AttemptKey, AttemptStore, OnceKey, OnceStore, OtpStepStore, QuotaKey, QuotaStore,
    RetrievalPasswordStore, StoredReservation,
};
use warifu_embedded::EmbeddedStore;

use super::Outcome;
use super::samples::{key, lease, new_password, policy, subject};

/// Tasks at once in a process.
const TASKS: usize = 24;

/// What one task, or all of a process together, got.
#[derive(Default)]
struct Got {
    evaluated: usize,
    locked: usize,
    won: usize,
    advanced: usize,
    claimed: usize,
    allowed: usize,
}

pub(crate) async fn take_part(store: Arc<EmbeddedStore>, name: &str) -> Outcome {
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let Some(round) = line.strip_prefix("go ") else {
            return Err(format!("cannot read {line:?}").into());
        };
        let begin = Arc::new(Barrier::new(TASKS));
        let mut tasks = JoinSet::new();
        for task in 0..TASKS {
            let (store, begin) = (store.clone(), begin.clone());
            let (user, own) = (format!("racer{round}"), format!("{name}-{task}"));
            tasks.spawn(async move {
                begin.wait().await;
                run(&store, &subject(&user)?, &own).await
            });
        }
        let mut all = Got::default();
        while let Some(ended) = tasks.join_next().await {
            let outcome: Outcome<Got> = ended?;
            let got = outcome?;
            all.evaluated += got.evaluated;
            all.locked += got.locked;
            all.won += got.won;
            all.advanced += got.advanced;
            all.claimed += got.claimed;
            all.allowed += got.allowed;
        }
        println!(
            "evaluated={} locked={} won={} advanced={} claimed={} allowed={}",
            all.evaluated, all.locked, all.won, all.advanced, all.claimed, all.allowed
        );
    }
    Ok(())
}

async fn run(store: &EmbeddedStore, subject: &Subject, own: &str) -> Outcome<Got> {
    let mut got = Got::default();
    guess(store, subject, &mut got).await?;
    redeem(store, subject, own, &mut got).await?;
    if store.advance(subject, 1).await? {
        got.advanced += 1;
    }
    let request = OnceKey::of_lock_record(subject, Purpose::Login, Timestamp::from_unix_millis(0));
    if store.claim(request, Duration::from_hours(1)).await? {
        got.claimed += 1;
    }
    let quota = Quota {
        limit: std::num::NonZeroU32::MIN.saturating_add(9),
        window: Duration::from_hours(1),
    };
    let key = QuotaKey::ReissuesFor(subject.clone());
    if store.take(&key, quota, new_password().id).await? == QuotaVerdict::Allowed {
        got.allowed += 1;
    }
    Ok(got)
}

/// Guesses wrongly, until locked out.
async fn guess(store: &EmbeddedStore, subject: &Subject, got: &mut Got) -> Outcome {
    let login = AttemptKey::of(subject.clone(), Purpose::Login);
    loop {
        let lease = lease();
        match AttemptStore::reserve(store, &login, &policy(), lease).await? {
            StoredReservation::Granted(_) => got.evaluated += 1,
            StoredReservation::Busy => continue,
            StoredReservation::Suspended { .. } => return Err("nothing failed".into()),
            StoredReservation::Locked(_) => return Ok(()),
        }
        match AttemptStore::settle(store, &login, &policy(), lease, Verdict::Wrong).await? {
            Settlement::Locked(lock) if lock.just_set => got.locked += 1,
            Settlement::Refused { .. } => {}
            other => return Err(format!("a guess was answered {other:?}").into()),
        }
    }
}

/// Enters the right password for a key of its own.
async fn redeem(store: &EmbeddedStore, subject: &Subject, own: &str, got: &mut Got) -> Outcome {
    loop {
        let lease = lease();
        let record = match RetrievalPasswordStore::reserve(store, subject, &policy(), lease).await?
        {
            RetrievalReservation::Granted(Some(candidate)) => candidate.id,
            RetrievalReservation::Granted(None) => return Err("there is no password".into()),
            RetrievalReservation::Busy => continue,
            RetrievalReservation::Suspended { .. } => return Err("nothing failed".into()),
            // Somebody has won, and others came too late with the used password.
            RetrievalReservation::Locked(_) => return Ok(()),
        };
        let key = key(own);
        let verdict = RetrievalVerdict::Right { record, key };
        match RetrievalPasswordStore::settle(store, subject, &policy(), lease, verdict).await? {
            RetrievalSettlement::Won { .. } => got.won += 1,
            RetrievalSettlement::NotRedeemable { .. } => {}
            other => return Err(format!("the right password was answered {other:?}").into()),
        }
        return Ok(());
    }
}
