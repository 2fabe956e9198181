//! Fixed names, limits, time and randomness for tests.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use warifu_core::domain::attempts::{AttemptPolicy, LaneLimits, LockDuration};
use warifu_core::domain::retrieval_record::{
    KeyOrigin, NewRetrievalPassword, RedeemingKey, ReissueRoute,
};
use warifu_core::domain::{
    ContractNumber, IssuedCertificate, KeyFingerprint, LeaseToken, PasswordHash, ReissueId,
    SerialNumber, Subject, Timestamp, UserId,
};
use warifu_core::ports::{Clock, Randomness};

/// When every test begins.
pub const START: Timestamp = Timestamp::from_unix_millis(1_767_225_600_000);

/// The life of a reservation in [`policy`].
pub const LEASE: Duration = Duration::from_secs(10);

/// The length of a lock in [`policy`].
pub const LOCK: Duration = Duration::from_mins(30);

/// How long a retrieval password of [`new_password`] can be redeemed.
pub const VALID_FOR: Duration = Duration::from_hours(7 * 24);

/// A clock that stands still until it is told otherwise.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl Default for TestClock {
    fn default() -> Self {
        Self(AtomicI64::new(START.as_unix_millis()))
    }
}

impl TestClock {
    /// Lets `duration` pass.
    pub fn advance_by(&self, duration: Duration) {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl TestClock {
    /// Goes back by `duration`.
    pub fn turn_back_by(&self, duration: Duration) {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        self.0.fetch_sub(millis, Ordering::SeqCst);
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.0.load(Ordering::SeqCst))
    }

    /// What waits here waits for others to go on, whatever time it is.
    async fn sleep(&self, _: Duration) {
        tokio::task::yield_now().await;
    }
}

/// Randomness that is the same in every run: `SplitMix64` from a seed. For tests only.
#[derive(Debug)]
pub struct SeededRandomness(AtomicU64);

impl SeededRandomness {
    /// The sequence that begins with `seed`.
    pub const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// The next number of the sequence.
    pub fn next_number(&self) -> u64 {
        let state = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::SeqCst);
        let mut mixed = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

impl Randomness for SeededRandomness {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next_number().to_le_bytes()[..chunk.len()]);
        }
    }
}

/// The contract that most tests use.
pub fn contract() -> ContractNumber {
    contract_number(1_234_567_890)
}

/// Another contract.
pub fn other_contract() -> ContractNumber {
    contract_number(2_345_678_901)
}

/// The contract of this number.
pub fn contract_number(number: u64) -> ContractNumber {
    #[expect(
        clippy::expect_used,
        reason = "six to twelve digits are a contract number"
    )]
    format!("{number:06}")
        .parse()
        .expect("a number of six to twelve digits")
}

/// The user ID with this number.
pub fn user_id(number: usize) -> UserId {
    #[expect(clippy::expect_used, reason = "letters and digits are a user ID")]
    format!("user{number:05}").parse().expect("a short number")
}

/// The user of [`contract`] with this number.
pub fn user(number: usize) -> Subject {
    Subject::new(contract(), user_id(number))
}

/// Five wrong entries lock for half an hour.
pub fn policy() -> AttemptPolicy {
    policy_of(5, LockDuration::For(LOCK))
}

/// `max_failures` wrong entries lock for `lock`.
pub fn policy_of(max_failures: u32, lock: LockDuration) -> AttemptPolicy {
    let max_failures = NonZeroU32::new(max_failures).unwrap_or(NonZeroU32::MIN);
    AttemptPolicy {
        max_failures,
        lock,
        lease: LEASE,
        lane: LaneLimits::default(),
    }
}

/// Five wrong entries lock the retrieval purpose until a reissue.
pub fn retrieval_policy() -> AttemptPolicy {
    policy_of(5, LockDuration::UntilUnlocked)
}

/// The lease token with this number.
pub fn lease(number: usize) -> LeaseToken {
    LeaseToken::from_bytes((number as u128).to_be_bytes())
}

/// The reissue with this number.
pub fn reissue_id(number: usize) -> ReissueId {
    ReissueId::from_bytes((number as u128).to_be_bytes())
}

/// Something in the place of a hash, told from others by its number.
pub fn hash(number: usize) -> PasswordHash {
    PasswordHash::from_phc(format!(
        "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ${number:042}A"
    ))
}

/// The new retrieval password with this number, to be redeemed at once.
pub fn new_password(number: usize) -> NewRetrievalPassword {
    NewRetrievalPassword {
        id: reissue_id(number),
        hash: hash(number),
        operator: "admin01".to_owned(),
        route: ReissueRoute::Administrator,
        valid_for: VALID_FOR,
        hold_for: Duration::ZERO,
        request: None,
        verified_at: None,
        identity: None,
    }
}

/// The key with this number, made by the customer.
pub fn client_key(number: usize) -> RedeemingKey {
    RedeemingKey {
        fingerprint: fingerprint(number),
        origin: KeyOrigin::Client,
    }
}

/// The key with this number, made by the server.
pub fn server_key(number: usize) -> RedeemingKey {
    RedeemingKey {
        fingerprint: fingerprint(number),
        origin: KeyOrigin::Server,
    }
}

fn fingerprint(number: usize) -> KeyFingerprint {
    KeyFingerprint::of_public_key(&number.to_be_bytes())
}

/// The certificate with this number. It is no real one: stores do not look inside.
pub fn certificate(number: usize, not_after: Timestamp) -> IssuedCertificate {
    IssuedCertificate {
        serial: serial(number),
        certificate: format!("-----BEGIN CERTIFICATE-----\n{number}\n-----END CERTIFICATE-----\n"),
        chain: "-----BEGIN CERTIFICATE-----\nca\n-----END CERTIFICATE-----\n".to_owned(),
        not_before: START,
        not_after,
    }
}

/// The serial of the certificate with this number.
pub fn serial(number: usize) -> SerialNumber {
    SerialNumber::bound_to(reissue_id(number), fingerprint(number))
}
