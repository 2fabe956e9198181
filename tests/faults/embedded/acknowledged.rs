//! What a worker said the store had answered, held against the store.

use warifu_core::domain::attempts::Purpose;
use warifu_core::domain::retrieval_record::{
    Cancellation, RetrievalReservation, RetrievalSettlement, RetrievalVerdict,
};
use warifu_core::domain::{LeaseToken, ReissueId, SessionToken, UserId};
use warifu_core::ports::{
    AttemptKey, AttemptStore, CertificateRegister, OnceKey, OnceStore, OtpStepStore,
    RetrievalPasswordStore, StoredReservation,
};
use warifu_embedded::EmbeddedStore;

use super::samples::{key, lease, policy, subject};
use super::{Outcome, random_below};

/// Asserts that `store` still knows what `line` says.
pub(crate) async fn assert_kept(store: &EmbeddedStore, line: &str) {
    let words: Vec<&str> = line.split(' ').collect();
    let kept = match words.as_slice() {
        ["reissued", user, record] => is_listed(store, user, record).await,
        ["won", user, record] => is_won(store, user, record, None).await,
        ["stored", user, record, serial] => is_won(store, user, record, Some(serial)).await,
        ["recorded", user, serial] => is_recorded(store, user, serial).await,
        ["revoked", serial] => is_revoked(store, serial).await,
        ["cancelled", user, record] => is_cancelled(store, user, record).await,
        ["failed", user, failures] => has_failed(store, user, failures).await,
        ["locked", user] => is_locked(store, user).await,
        ["login-failed", user, failures] => has_failed_to_log_in(store, user, failures).await,
        ["login-locked", user] => cannot_log_in(store, user).await,
        ["used", user, step] => is_used(store, user, step).await,
        ["claimed", token] => is_claimed(store, token).await,
        _ => Err("nobody knows what this means".into()),
    };
    match kept {
        Ok(true) => {}
        Ok(false) => panic!("acknowledged and lost: {line}"),
        Err(error) => panic!("{line}: {error}"),
    }
}

async fn is_listed(store: &EmbeddedStore, user: &str, record: &str) -> Outcome<bool> {
    let subject = subject(user)?;
    let record: ReissueId = record.parse()?;
    let listed = store
        .reissues(&subject.contract, Some(&subject.user), &policy(), 100)
        .await?;
    let found = store.find(&subject.contract, record).await?;
    Ok(listed.iter().any(|reissue| reissue.id == record) && found.as_ref() == Some(&subject.user))
}

/// The winner may have its certificate again, and no other key gets one.
async fn is_won(
    store: &EmbeddedStore,
    user: &str,
    record: &str,
    serial: Option<&str>,
) -> Outcome<bool> {
    let subject = subject(user)?;
    let record = record.parse()?;
    for (key, wins) in [(key("another"), false), (key(user), true)] {
        let lease = lease();
        let reservation =
            RetrievalPasswordStore::reserve(store, &subject, &policy(), lease).await?;
        if !matches!(reservation, RetrievalReservation::Granted(Some(_))) {
            return Ok(false);
        }
        let verdict = RetrievalVerdict::Right { record, key };
        let answer =
            RetrievalPasswordStore::settle(store, &subject, &policy(), lease, verdict).await?;
        let kept = match answer {
            RetrievalSettlement::NotRedeemable { .. } => !wins,
            RetrievalSettlement::SameKey { certificate } => {
                let stored = certificate.map(|certificate| certificate.serial.to_string());
                wins && (serial.is_none() || stored.as_deref() == serial)
            }
            _ => false,
        };
        if !kept {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn is_recorded(store: &EmbeddedStore, user: &str, serial: &str) -> Outcome<bool> {
    let subject = subject(user)?;
    let newest = store.newest(&subject.contract, &[subject.user]).await?;
    let newest = newest.into_iter().flatten().next();
    Ok(newest.and_then(|known| known.serial) == Some(serial.parse()?))
}

async fn is_revoked(store: &EmbeddedStore, serial: &str) -> Outcome<bool> {
    Ok(CertificateRegister::is_revoked(store, serial.parse()?).await?)
}

async fn is_cancelled(store: &EmbeddedStore, user: &str, record: &str) -> Outcome<bool> {
    let answer = store.cancel(&subject(user)?, record.parse()?).await?;
    Ok(answer == Cancellation::AlreadyVoid)
}

/// Not more tries are granted than are left; they are released again.
async fn has_failed(store: &EmbeddedStore, user: &str, failures: &str) -> Outcome<bool> {
    let subject = subject(user)?;
    let mut leases: Vec<LeaseToken> = Vec::new();
    for _ in 0..policy().max_failures.get() {
        let lease = lease();
        let answer = RetrievalPasswordStore::reserve(store, &subject, &policy(), lease).await?;
        if matches!(answer, RetrievalReservation::Granted(_)) {
            leases.push(lease);
        }
    }
    let granted = leases.len();
    for lease in leases {
        let verdict = RetrievalVerdict::NotAsked;
        RetrievalPasswordStore::settle(store, &subject, &policy(), lease, verdict).await?;
    }
    Ok(granted + failures.parse::<usize>()? <= usize::try_from(policy().max_failures.get())?)
}

async fn has_failed_to_log_in(store: &EmbeddedStore, user: &str, failures: &str) -> Outcome<bool> {
    let login = AttemptKey::of(subject(user)?, Purpose::Login);
    let mut leases: Vec<LeaseToken> = Vec::new();
    for _ in 0..policy().max_failures.get() {
        let lease = lease();
        let answer = AttemptStore::reserve(store, &login, &policy(), lease).await?;
        if matches!(answer, StoredReservation::Granted(_)) {
            leases.push(lease);
        }
    }
    let granted = leases.len();
    for lease in leases {
        let verdict = warifu_core::domain::attempts::Verdict::NotAsked;
        AttemptStore::settle(store, &login, &policy(), lease, verdict).await?;
    }
    Ok(granted + failures.parse::<usize>()? <= usize::try_from(policy().max_failures.get())?)
}

async fn is_locked(store: &EmbeddedStore, user: &str) -> Outcome<bool> {
    let subject = subject(user)?;
    let users: [UserId; 1] = [subject.user];
    let statuses = store.statuses(&subject.contract, &users, &policy()).await?;
    Ok(statuses.first().is_some_and(|status| status.locked))
}

async fn cannot_log_in(store: &EmbeddedStore, user: &str) -> Outcome<bool> {
    let login = AttemptKey::of(subject(user)?, Purpose::Login);
    let answer = AttemptStore::reserve(store, &login, &policy(), lease()).await?;
    Ok(matches!(answer, StoredReservation::Locked(_)))
}

/// Neither the step nor one before it is accepted again.
async fn is_used(store: &EmbeddedStore, user: &str, step: &str) -> Outcome<bool> {
    let step: u32 = step.parse()?;
    let earlier = random_below(step + 1);
    let subject = subject(user)?;
    let again = store.advance(&subject, step.into()).await?;
    Ok(!again && !store.advance(&subject, earlier.into()).await?)
}

async fn is_claimed(store: &EmbeddedStore, token: &str) -> Outcome<bool> {
    let session = SessionToken::parse(token).ok_or("not a token")?;
    let key = OnceKey::of_form(&session.id(), b"nonce");
    Ok(OnceStore::is_claimed(store, key).await?)
}
