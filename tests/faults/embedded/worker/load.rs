//! Works without end, on users of its own, until it is killed.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use warifu_core::domain::attempts::{Purpose, Settlement, Verdict};
use warifu_core::domain::retrieval_record::{
    Cancellation, RedeemingKey, RetrievalReservation, RetrievalSettlement, RetrievalVerdict,
    StoredCertificate,
};
use warifu_core::domain::{
    IssuedCertificate, ReissueId, SerialNumber, SessionToken, Subject, Timestamp,
};
use warifu_core::ports::{
    AttemptKey, AttemptStore, CertificateRegister, OnceKey, OnceStore, OtpStepStore,
    RetrievalPasswordStore, StoredReservation,
};
use warifu_embedded::EmbeddedStore;
use warifu_system::OsRandomness;

use super::Outcome;
use super::samples::{key, lease, new_password, policy, subject};

/// Tasks at once.
const TASKS: usize = 8;

pub(crate) async fn work(store: Arc<EmbeddedStore>, name: &str) -> Outcome {
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let (store, name) = (store.clone(), format!("{name}-{task}"));
        tasks.spawn(async move {
            for round in 0_u64.. {
                redeem(&store, &format!("{name}-{round}-r")).await?;
                lock(&store, &format!("{name}-{round}-l")).await?;
                consume(&store, &name, round).await?;
            }
            Ok(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        let outcome: Outcome = ended?;
        outcome?;
    }
    Ok(())
}

async fn retrieval_guess(
    store: &EmbeddedStore,
    subject: &Subject,
    verdict: RetrievalVerdict,
) -> Outcome<RetrievalSettlement> {
    let lease = lease();
    let reservation = RetrievalPasswordStore::reserve(store, subject, &policy(), lease).await?;
    if !matches!(reservation, RetrievalReservation::Granted(Some(_))) {
        return Err(format!("{subject} was answered {reservation:?}").into());
    }
    Ok(RetrievalPasswordStore::settle(store, subject, &policy(), lease, verdict).await?)
}

/// Reissues, redeems, stores the certificate; then reissues again and takes that back.
async fn redeem(store: &EmbeddedStore, user: &str) -> Outcome {
    let subject = subject(user)?;
    let new = new_password();
    let record = new.id;
    store.reissue(&subject, new, &policy()).await?;
    println!("reissued {user} {record}");

    let key = key(user);
    let verdict = RetrievalVerdict::Right { record, key };
    match retrieval_guess(store, &subject, verdict).await? {
        RetrievalSettlement::Won { abandoned: None } => println!("won {user} {record}"),
        other => return Err(format!("{user} did not win: {other:?}").into()),
    }
    let issued = certificate(record, key);
    let serial = issued.serial;
    match store
        .store_certificate(&subject, record, key, issued.clone())
        .await?
    {
        StoredCertificate::Deliver(_) => println!("stored {user} {record} {serial}"),
        StoredCertificate::NotYours => return Err(format!("{user} lost its certificate").into()),
    }
    store.record(&subject, &issued).await?;
    println!("recorded {user} {serial}");
    store.revoke(serial).await?;
    println!("revoked {serial}");

    let second = format!("{user}2");
    let new = new_password();
    let record = new.id;
    let subject = self::subject(&second)?;
    store.reissue(&subject, new, &policy()).await?;
    match store.cancel(&subject, record).await? {
        Cancellation::Cancelled => println!("cancelled {second} {record}"),
        other => return Err(format!("{second} was answered {other:?}").into()),
    }
    Ok(())
}

/// Guesses wrongly until the retrieval and the login lock are on.
async fn lock(store: &EmbeddedStore, user: &str) -> Outcome {
    let subject = subject(user)?;
    store.reissue(&subject, new_password(), &policy()).await?;
    for failures in 1..=policy().max_failures.get() {
        match retrieval_guess(store, &subject, RetrievalVerdict::Wrong).await? {
            RetrievalSettlement::Locked(lock) if lock.just_set => println!("locked {user}"),
            RetrievalSettlement::Refused { .. } => println!("failed {user} {failures}"),
            other => return Err(format!("{user} was answered {other:?}").into()),
        }
    }
    let login = AttemptKey::of(subject, Purpose::Login);
    for failures in 1..=policy().max_failures.get() {
        let lease = lease();
        let reservation = AttemptStore::reserve(store, &login, &policy(), lease).await?;
        if !matches!(reservation, StoredReservation::Granted(_)) {
            return Err(format!("{user} was answered {reservation:?}").into());
        }
        match AttemptStore::settle(store, &login, &policy(), lease, Verdict::Wrong).await? {
            Settlement::Locked(lock) if lock.just_set => println!("login-locked {user}"),
            Settlement::Refused { .. } => println!("login-failed {user} {failures}"),
            other => return Err(format!("{user} was answered {other:?}").into()),
        }
    }
    Ok(())
}

/// Uses up what can be used once.
async fn consume(store: &EmbeddedStore, user: &str, round: u64) -> Outcome {
    let step = round + 1;
    if !store.advance(&subject(user)?, step).await? {
        return Err(format!("{user} had used step {step} before").into());
    }
    println!("used {user} {step}");
    let session = SessionToken::generate(&OsRandomness);
    let key = OnceKey::of_form(&session.id(), b"nonce");
    if !store.claim(key, Duration::from_hours(1)).await? {
        return Err("a new key was claimed before".into());
    }
    // The token is the test's own, and the only way to make the key again.
    println!("claimed {}", session.expose());
    Ok(())
}

fn certificate(reissue: ReissueId, key: RedeemingKey) -> IssuedCertificate {
    IssuedCertificate {
        serial: SerialNumber::bound_to(reissue, key.fingerprint),
        certificate: "a certificate".to_owned(),
        chain: "its chain".to_owned(),
        not_before: Timestamp::from_unix_millis(1_800_000_000_000),
        not_after: Timestamp::from_unix_millis(1_900_000_000_000),
    }
}
