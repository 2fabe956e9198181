use std::time::Duration;

use warifu_core::domain::attempts::{AttemptPolicy, LaneLimits, LockDuration};
use warifu_core::domain::retrieval_record::{
    KeyOrigin, NewRetrievalPassword, RedeemingKey, ReissueRoute,
};
use warifu_core::domain::{KeyFingerprint, LeaseToken, PasswordHash, ReissueId, Subject};
use warifu_system::OsRandomness;

use super::Outcome;

pub(crate) fn subject(user: &str) -> Outcome<Subject> {
    Ok(Subject::new("1234567890".parse()?, user.parse()?))
}

pub(crate) fn policy() -> AttemptPolicy {
    AttemptPolicy {
        max_failures: std::num::NonZeroU32::MIN.saturating_add(4),
        lock: LockDuration::UntilUnlocked,
        lease: Duration::from_secs(60),
        lane: LaneLimits::default(),
    }
}

pub(crate) fn lease() -> LeaseToken {
    LeaseToken::generate(&OsRandomness)
}

pub(crate) fn new_password() -> NewRetrievalPassword {
    NewRetrievalPassword {
        id: ReissueId::generate(&OsRandomness),
        hash: PasswordHash::from_phc("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA"),
        operator: "admin01".to_owned(),
        route: ReissueRoute::Administrator,
        valid_for: Duration::from_hours(7 * 24),
        hold_for: Duration::ZERO,
        request: None,
        verified_at: None,
        identity: None,
    }
}

/// A client's key that depends on nothing but `name`.
pub(crate) fn key(name: &str) -> RedeemingKey {
    RedeemingKey {
        fingerprint: KeyFingerprint::of_public_key(name.as_bytes()),
        origin: KeyOrigin::Client,
    }
}
