//! The counting protocol around one check of a secret: reserve, verify, settle.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::audit_trail::Entry;
use super::base::Wiring;
use crate::Outcome;
use crate::domain::LeaseToken;
use crate::domain::attempts::{AttemptPolicy, Lock, Settlement, Verdict};
use crate::ports::{AttemptKey, GrantedAttempt, StoredReservation, Unavailable};

/// How long after a settlement that failed the next try comes, at first and at last.
const RETRY_AFTER: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// What was found of an entry.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    Right,
    Wrong,
    /// Refused, and no guess: see [`crate::ports::OtpVerdict::UsedBefore`].
    UsedBefore,
}

impl From<bool> for Found {
    fn from(is_right: bool) -> Self {
        if is_right { Self::Right } else { Self::Wrong }
    }
}

/// How an attempt ended.
pub(crate) enum Attempted {
    Accepted,
    Refused {
        failures_left: u32,
        booked: Booked,
    },
    /// Booked where this entry was evaluated.
    Locked(Lock, Option<Booked>),
    /// Refused and not counted.
    UsedBefore,
    /// Not evaluated, not counted.
    Busy,
    /// Not answered and not counted: the check took longer than any check should. The verdict is
    /// told nobody.
    Lost,
}

/// A verdict that is booked in the store and that nobody was told yet.
pub(crate) struct Booked {
    wiring: Wiring,
    key: AttemptKey,
    policy: AttemptPolicy,
    lease: LeaseToken,
    /// Whether it set a lock of somebody who exists.
    locks: bool,
}

impl Booked {
    /// Nothing stays booked where what was about to be answered could not be `written`: nothing is
    /// answered then.
    pub(crate) fn if_written(self, written: Outcome<()>) -> Outcome<()> {
        if written.is_err() {
            self.settle_later(Verdict::Withdrawn);
        }
        written
    }

    /// Writes down what is about to be answered. Where that fails nothing is answered, and nothing
    /// stays booked.
    pub(crate) async fn write(self, entries: impl IntoIterator<Item = Entry>) -> Outcome<()> {
        let written = self.wiring.write(entries).await;
        self.if_written(written)
    }

    /// Settles in the background, until the store has it.
    fn settle_later(self, verdict: Verdict) {
        let wiring = self.wiring.clone();
        let booked = Arc::new(self);
        wiring.until_kept(move || {
            let booked = Arc::clone(&booked);
            async move {
                let store = &booked.wiring.ports().attempts;
                let settled = store.settle(&booked.key, &booked.policy, booked.lease, verdict);
                let settled = settled.await?;
                let taken_back = booked.locks
                    && verdict == Verdict::Withdrawn
                    && settled == Settlement::Released;
                if taken_back {
                    let AttemptKey {
                        subject,
                        purpose,
                        lane,
                    } = &booked.key;
                    let lane = lane.kind();
                    booked
                        .wiring
                        .write_taken_back(subject, *purpose, lane)
                        .await;
                }
                Ok(())
            }
        });
    }
}

/// As [`Booked::if_written`], where something is booked.
pub(crate) fn keep_booked(booked: Option<Booked>, written: Outcome<()>) -> Outcome<()> {
    match booked {
        Some(booked) => booked.if_written(written),
        None => written,
    }
}

/// Why nothing was evaluated: which back end could not answer, or that there are too many.
pub(crate) enum AttemptFailure {
    Store(Unavailable),
    Verifier(Unavailable),
    Overloaded,
}

/// What is counted, and how.
#[derive(Clone, Copy)]
pub(crate) struct Counted<'a> {
    pub(crate) key: &'a AttemptKey,
    /// Whether anybody has the name.
    pub(crate) known: bool,
    /// The limits of this counter.
    pub(crate) policy: AttemptPolicy,
    /// The section of the configuration whose back end checks, for the log.
    pub(crate) checked_by: &'static str,
}

impl Wiring {
    /// What counts entries of somebody who exists under `key`, which `checked_by` checks.
    pub(crate) fn counted<'a>(&self, key: &'a AttemptKey, checked_by: &'static str) -> Counted<'a> {
        Counted {
            key,
            known: true,
            policy: key.limits(*self.attempt_policy(key.purpose)),
            checked_by,
        }
    }

    /// Reserves an attempt, lets `verify` check the secret, and settles. What `verify` cannot
    /// decide is not charged.
    ///
    /// The verdict leaves only after it was settled. What could not be settled in time is answered
    /// with an error, and settled in the background until the store has it: so an outage neither
    /// charges an entry that was not answered, nor keeps its reservation.
    pub(crate) async fn attempt<F, V>(
        &self,
        counted: Counted<'_>,
        verify: impl FnOnce(GrantedAttempt) -> F,
    ) -> Result<Attempted, AttemptFailure>
    where
        F: Future<Output = Result<V, Unavailable>>,
        V: Into<Found>,
    {
        let takes_records = self.log_takes_records().await;
        takes_records.map_err(AttemptFailure::Store)?;
        let (key, policy) = (counted.key, &counted.policy);
        let store = &self.ports().attempts;
        let lease = LeaseToken::generate(self.randomness());
        let booked = Booked {
            wiring: self.clone(),
            key: key.clone(),
            policy: *policy,
            lease,
            locks: false,
        };
        let reservation = match store.reserve(key, policy, lease).await {
            Ok(reservation) => reservation,
            Err(unavailable) => {
                // The store may have reserved it all the same.
                booked.settle_later(Verdict::NotAsked);
                return Err(AttemptFailure::Store(unavailable));
            }
        };
        let granted = match reservation {
            StoredReservation::Granted(granted) => granted,
            StoredReservation::Busy => return Ok(Attempted::Busy),
            StoredReservation::Locked(lock) => return Ok(Attempted::Locked(lock, None)),
            StoredReservation::Suspended { .. } => {
                return Err(AttemptFailure::Verifier(suspended(counted.checked_by)));
            }
        };
        let barred = granted.barred;
        let checked = verify(granted).await.map(Into::into);
        let verdict = verdict(&checked);
        let settlement = match store.settle(key, policy, lease, verdict).await {
            Ok(settlement) => settlement,
            Err(unavailable) => {
                let verdict = match verdict {
                    Verdict::Right if !barred => Verdict::Right,
                    Verdict::Right | Verdict::Wrong => Verdict::Withdrawn,
                    unanswered => unanswered,
                };
                booked.settle_later(verdict);
                return Err(AttemptFailure::Store(unavailable));
            }
        };
        let found = checked.map_err(|unavailable| {
            tracing::warn!(%unavailable, "an entry could not be checked");
            AttemptFailure::Verifier(unavailable)
        })?;
        Ok(match settlement {
            Settlement::Released if found == Found::UsedBefore => Attempted::UsedBefore,
            Settlement::Accepted => Attempted::Accepted,
            Settlement::Refused { failures_left } => Attempted::Refused {
                failures_left,
                booked,
            },
            Settlement::Locked(lock) => {
                let locks = lock.just_set && counted.known;
                Attempted::Locked(lock, Some(Booked { locks, ..booked }))
            }
            Settlement::Lost | Settlement::Released => Attempted::Lost,
        })
    }

    /// Tries a settlement again and again until the store has it; ends with the process. There are
    /// never more of these than entries were being checked when the store went away.
    pub(crate) fn until_kept<F>(&self, settle: impl Fn() -> F + Send + 'static)
    where
        F: Future<Output = Result<(), Unavailable>> + Send,
    {
        let wiring = self.clone();
        tokio::spawn(async move {
            let (mut wait, longest) = RETRY_AFTER;
            loop {
                wiring.ports().clock.sleep(wait).await;
                let Err(unavailable) = settle().await else {
                    return;
                };
                tracing::debug!(%unavailable, "an entry could not be settled yet");
                wait = (wait * 2).min(longest);
            }
        });
    }
}

/// What is said of a counter that is suspended: nobody is asked.
pub(crate) fn suspended(section: &'static str) -> Unavailable {
    let reason = "too many of this user's latest entries got no answer";
    let unavailable = Unavailable::without_asking(section, reason);
    tracing::warn!(%unavailable, "an entry was not checked");
    unavailable
}

fn verdict(checked: &Result<Found, Unavailable>) -> Verdict {
    match checked {
        Ok(Found::Right) => Verdict::Right,
        Ok(Found::Wrong) => Verdict::Wrong,
        Err(unavailable) if unavailable.asked => Verdict::Undecided,
        // What is no guess, or was refused without asking, as by a circuit breaker, taught nobody anything.
        Ok(Found::UsedBefore) | Err(_) => Verdict::NotAsked,
    }
}
