//! The life of a retrieval password: issued, claimed by one key, redeemed for one certificate.
//! Pure, like [`super::attempts`]; a store persists [`RetrievalState`] atomically, one a user.

mod hand_over;
mod issue;
mod reissues;

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::attempts::{AttemptPolicy, Attempts, Charge, Lock, Reservation, Settlement, Verdict};
use super::certificate::{IssuedCertificate, KeyFingerprint};
use super::identifiers::UserId;
use super::passwords::PasswordHash;
use super::person_identity::PersonIdentity;
use super::random_id::{LeaseToken, ReissueId};
use super::request_digest::RequestDigest;
use super::timestamp::Timestamp;

pub use reissues::{
    HandOver, HandOverAnswer, HandOverWay, IssuedTimes, MarkedRequest, NewRetrievalPassword,
    Reissue, ReissueAnswer, ReissueRoute, ReissueStatus, RetrievalPasswordStatus,
};

/// How many earlier reissues of a user are remembered.
pub const REMEMBERED_REISSUES: usize = 20;

/// How long after its end a reissue is listed and its record kept, unless a bank wishes otherwise.
pub const KEEP_FOR: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// How long the issuing of a certificate for a server-made key may take before another attempt
/// may take its place.
pub const ISSUE_LEASE: Duration = Duration::from_secs(30);

/// Where the private key of a certificate was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyOrigin {
    /// By the customer; only the request came here.
    Client,
    /// Here, for a PKCS#12 file.
    Server,
}

/// The key that a redemption is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedeemingKey {
    /// Which key.
    pub fingerprint: KeyFingerprint,
    /// Where its private half is.
    pub origin: KeyOrigin,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum RecordState {
    Active,
    Issuing {
        key: RedeemingKey,
        lease_until: Timestamp,
    },
    Redeemed {
        key: RedeemingKey,
        certificate: Box<IssuedCertificate>,
    },
    Cancelled,
}

/// The current password of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    id: ReissueId,
    hash: PasswordHash,
    operator: String,
    route: ReissueRoute,
    issued_at: Timestamp,
    redeemable_from: Timestamp,
    expires_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    identity: Option<PersonIdentity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    handed_over: Option<HandOver>,
    state: RecordState,
}

/// What a redemption is checked against.
#[derive(Clone, PartialEq, Eq)]
pub struct CandidateRecord {
    /// The record that was current when the attempt was reserved.
    pub id: ReissueId,
    /// Its hash.
    pub hash: PasswordHash,
    /// By which way it was issued.
    pub route: ReissueRoute,
    /// Who reissued it, as [`NewRetrievalPassword::operator`].
    pub operator: String,
    /// For whom, where the directory could tell.
    pub identity: Option<PersonIdentity>,
}

impl fmt::Debug for CandidateRecord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CandidateRecord({})", self.id)
    }
}

/// The answer to a reservation of a redemption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetrievalReservation {
    /// Go and check against this record; against a dummy where there is none.
    Granted(Option<CandidateRecord>),
    /// As [`Reservation::Busy`].
    Busy,
    /// As [`Reservation::Locked`].
    Locked(Lock),
    /// As [`Reservation::Suspended`].
    Suspended {
        /// When the next entry is looked at.
        until: Timestamp,
    },
}

/// What the check of a redemption found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetrievalVerdict {
    /// The entry is the password of record `record`; `key` wants the certificate.
    Right {
        /// The record it was checked against.
        record: ReissueId,
        /// The key the certificate is for.
        key: RedeemingKey,
    },
    /// The entry is wrong.
    Wrong,
    /// As [`Verdict::Undecided`].
    Undecided,
    /// As [`Verdict::NotAsked`].
    NotAsked,
    /// As [`Verdict::Withdrawn`]. A password that was won stays won by its key.
    Withdrawn,
}

/// Why the right password gives no certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRedeemable {
    /// Another key has or had it.
    Consumed,
    /// Its record is no longer current, or was cancelled.
    Stale,
    /// It is past its end.
    Expired,
}

/// The answer to the settlement of a redemption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetrievalSettlement {
    /// This key, and no other, may have the certificate. `abandoned` is the key of an earlier
    /// attempt that made no certificate in time: its serial is to be revoked.
    Won {
        /// The key whose place was taken.
        abandoned: Option<KeyFingerprint>,
    },
    /// This key won before. Deliver its certificate again where there is one, else issue it.
    SameKey {
        /// What was stored.
        certificate: Option<Box<IssuedCertificate>>,
    },
    /// The right password, and no certificate for it. A wrong entry to whoever entered it, in
    /// words and in number.
    NotRedeemable {
        /// For the audit log.
        reason: NotRedeemable,
        /// What the entry was charged.
        charge: Charge,
    },
    /// The right password, too early.
    Held {
        /// From when it can be redeemed.
        redeemable_from: Timestamp,
    },
    /// As [`Settlement::Refused`].
    Refused {
        /// Wrong entries left until the lock.
        failures_left: u32,
    },
    /// As [`Settlement::Locked`].
    Locked(Lock),
    /// As [`Settlement::Lost`].
    Lost,
    /// As [`Settlement::Released`].
    Released,
}

impl RetrievalSettlement {
    /// The lock that it tells of, whoever set it.
    pub const fn lock(&self) -> Option<Lock> {
        match self {
            Self::Locked(lock)
            | Self::NotRedeemable {
                charge: Charge::Locked(lock),
                ..
            } => Some(*lock),
            _ => None,
        }
    }
}

/// The answer to storing a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredCertificate {
    /// Deliver this one: the one given, or the one stored before for the same key.
    Deliver(Box<IssuedCertificate>),
    /// The record is no longer this key's to redeem. Deliver nothing; revoke what was issued.
    NotYours,
}

/// The answer to a cancellation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancellation {
    /// The password no longer redeems.
    Cancelled,
    /// It did not redeem before either: cancelled, superseded or expired.
    AlreadyVoid,
    /// A certificate was fetched, or is being fetched right now.
    AlreadyRedeemed,
    /// No such reissue.
    Unknown,
}

/// Everything the store keeps of one user's retrieval password.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetrievalState {
    attempts: Attempts,
    current: Option<Record>,
    earlier: VecDeque<Reissue>,
    /// The marked requests that were carried out, and until when that is remembered.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    requests: BTreeMap<RequestDigest, Timestamp>,
}

impl RetrievalState {
    /// Reserves an attempt to redeem.
    pub fn reserve(
        &mut self,
        policy: &AttemptPolicy,
        now: Timestamp,
        token: LeaseToken,
    ) -> RetrievalReservation {
        match self.attempts.reserve(policy, now, token) {
            Reservation::Granted { .. } => {
                RetrievalReservation::Granted(self.current.as_ref().map(|record| CandidateRecord {
                    id: record.id,
                    hash: record.hash.clone(),
                    route: record.route,
                    operator: record.operator.clone(),
                    identity: record.identity.clone(),
                }))
            }
            Reservation::Busy => RetrievalReservation::Busy,
            Reservation::Locked(lock) => RetrievalReservation::Locked(lock),
            Reservation::Suspended { until } => RetrievalReservation::Suspended { until },
        }
    }

    /// Books the verdict and, where it is right, decides which key gets the certificate.
    ///
    /// One password is worth `max_failures` evaluations in its life: the redemption is charged like
    /// a failure and forgets none, so that guesses that arrive with it find no fresh budget.
    pub fn settle(
        &mut self,
        policy: &AttemptPolicy,
        now: Timestamp,
        token: LeaseToken,
        verdict: RetrievalVerdict,
    ) -> RetrievalSettlement {
        let (plain, claim) = match verdict {
            RetrievalVerdict::Right { record, key } => (Verdict::Right, Some((record, key))),
            RetrievalVerdict::Wrong => (Verdict::Wrong, None),
            RetrievalVerdict::Undecided => (Verdict::Undecided, None),
            RetrievalVerdict::NotAsked => (Verdict::NotAsked, None),
            RetrievalVerdict::Withdrawn => (Verdict::Withdrawn, None),
        };
        let settlement = self
            .attempts
            .settle_keeping_count(policy, now, token, plain);
        match (settlement, claim) {
            (Settlement::Accepted, Some((id, key))) => match self.claim(id, key, now) {
                Ok(settlement) => settlement,
                Err(reason) => RetrievalSettlement::NotRedeemable {
                    reason,
                    charge: self.attempts.charge_late(policy, now, token),
                },
            },
            (Settlement::Refused { failures_left }, _) => {
                RetrievalSettlement::Refused { failures_left }
            }
            (Settlement::Locked(lock), _) => RetrievalSettlement::Locked(lock),
            (Settlement::Released, _) => RetrievalSettlement::Released,
            (Settlement::Lost | Settlement::Accepted, _) => RetrievalSettlement::Lost,
        }
    }

    fn claim(
        &mut self,
        id: ReissueId,
        key: RedeemingKey,
        now: Timestamp,
    ) -> Result<RetrievalSettlement, NotRedeemable> {
        let Some(record) = self.current.as_mut().filter(|record| record.id == id) else {
            return Err(NotRedeemable::Stale);
        };
        let abandoned = match &record.state {
            RecordState::Cancelled => return Err(NotRedeemable::Stale),
            RecordState::Redeemed {
                key: winner,
                certificate,
            } => {
                return if *winner == key {
                    Ok(RetrievalSettlement::SameKey {
                        certificate: Some(certificate.clone()),
                    })
                } else {
                    Err(NotRedeemable::Consumed)
                };
            }
            RecordState::Issuing { key: winner, .. } if *winner == key => {
                return Ok(RetrievalSettlement::SameKey { certificate: None });
            }
            // A key made here dies with the process that made it, so its claim can be taken over.
            RecordState::Issuing {
                key: winner,
                lease_until,
            } if winner.origin == KeyOrigin::Server && *lease_until <= now => {
                Some(winner.fingerprint)
            }
            RecordState::Issuing { .. } => return Err(NotRedeemable::Consumed),
            RecordState::Active => None,
        };
        if record.expires_at <= now {
            return Err(NotRedeemable::Expired);
        }
        // Where the store's clock went back, a password without a hold is not held all the same.
        if record.redeemable_from > now && record.redeemable_from > record.issued_at {
            return Ok(RetrievalSettlement::Held {
                redeemable_from: record.redeemable_from,
            });
        }
        record.state = RecordState::Issuing {
            key,
            lease_until: now.plus(ISSUE_LEASE),
        };
        if abandoned.is_none() {
            self.attempts.charge_success();
        }
        Ok(RetrievalSettlement::Won { abandoned })
    }

    /// Stores the certificate of the winning key, once.
    pub fn store_certificate(
        &mut self,
        id: ReissueId,
        key: RedeemingKey,
        certificate: IssuedCertificate,
    ) -> StoredCertificate {
        let Some(record) = self.current.as_mut().filter(|record| record.id == id) else {
            return StoredCertificate::NotYours;
        };
        match &record.state {
            RecordState::Issuing { key: winner, .. } if *winner == key => {
                let certificate = Box::new(certificate);
                record.state = RecordState::Redeemed {
                    key,
                    certificate: certificate.clone(),
                };
                StoredCertificate::Deliver(certificate)
            }
            RecordState::Redeemed {
                key: winner,
                certificate,
            } if *winner == key => StoredCertificate::Deliver(certificate.clone()),
            _ => StoredCertificate::NotYours,
        }
    }

    /// Takes the password `id` back.
    pub fn cancel(&mut self, id: ReissueId, now: Timestamp) -> Cancellation {
        let Some(record) = self.current.as_mut().filter(|record| record.id == id) else {
            return match self.earlier.iter().find(|earlier| earlier.id == id) {
                Some(Reissue {
                    status: ReissueStatus::Redeemed,
                    ..
                }) => Cancellation::AlreadyRedeemed,
                Some(_) => Cancellation::AlreadyVoid,
                None => Cancellation::Unknown,
            };
        };
        match record.state {
            RecordState::Active if record.expires_at > now => {
                record.state = RecordState::Cancelled;
                Cancellation::Cancelled
            }
            RecordState::Active | RecordState::Cancelled => Cancellation::AlreadyVoid,
            RecordState::Issuing { .. } | RecordState::Redeemed { .. } => {
                Cancellation::AlreadyRedeemed
            }
        }
    }

    /// The user's reissues, newest first.
    pub fn reissues(&self, user: &UserId, policy: &AttemptPolicy, now: Timestamp) -> Vec<Reissue> {
        self.summary(user, policy, now)
            .into_iter()
            .chain(self.earlier.iter().cloned())
            .collect()
    }

    /// Whether `id` is one of the user's reissues that are still remembered.
    pub fn knows(&self, id: ReissueId) -> bool {
        self.current.as_ref().is_some_and(|record| record.id == id)
            || self.earlier.iter().any(|earlier| earlier.id == id)
    }

    /// The state of the current password.
    pub fn status(&self, policy: &AttemptPolicy, now: Timestamp) -> RetrievalPasswordStatus {
        let locked = self.attempts.is_locked_at(policy, now);
        let status = self
            .current
            .as_ref()
            .map(|record| record.status(locked, now));
        RetrievalPasswordStatus {
            status,
            expires_at: self.current.as_ref().map(|record| record.expires_at),
            locked,
            handed_over: self.current.as_ref().and_then(Record::hand_over),
        }
    }

    /// Forgets what ended longer ago than `keep_for`: the hash with its record and failures, and
    /// earlier reissues. A lock is never forgotten. Tells whether nothing is left.
    pub fn purge(&mut self, policy: &AttemptPolicy, now: Timestamp, keep_for: Duration) -> bool {
        self.earlier
            .retain(|earlier| earlier.expires_at.plus(keep_for) > now);
        self.requests.retain(|_, until| *until > now);
        // With the record goes what leads here: requests are remembered as long as they have to be.
        if self.requests.is_empty()
            && self
                .current
                .as_ref()
                .is_some_and(|record| record.expires_at.plus(keep_for) <= now)
            && !self.attempts.is_locked_at(policy, now)
        {
            self.current = None;
            self.attempts.forget_failures();
        }
        self.current.is_none() && self.earlier.is_empty() && self.attempts.is_blank()
    }

    fn summary(&self, user: &UserId, policy: &AttemptPolicy, now: Timestamp) -> Option<Reissue> {
        let locked = self.attempts.is_locked_at(policy, now);
        self.current.as_ref().map(|record| Reissue {
            id: record.id,
            user: user.clone(),
            operator: record.operator.clone(),
            route: record.route,
            issued_at: record.issued_at,
            expires_at: record.expires_at,
            status: record.status(locked, now),
            handed_over: record.hand_over(),
        })
    }
}

impl Record {
    fn times(&self) -> IssuedTimes {
        IssuedTimes {
            issued_at: self.issued_at,
            redeemable_from: self.redeemable_from,
            expires_at: self.expires_at,
        }
    }

    fn status(&self, locked: bool, now: Timestamp) -> ReissueStatus {
        match self.state {
            RecordState::Redeemed { .. } => ReissueStatus::Redeemed,
            RecordState::Cancelled => ReissueStatus::Cancelled,
            _ if locked => ReissueStatus::Locked,
            _ if self.expires_at <= now => ReissueStatus::Expired,
            _ => ReissueStatus::Issued,
        }
    }
}
