//! Whoever logs in without being known yet: how many names they may try, and by which limits.

use std::sync::atomic::{AtomicU64, Ordering};

use super::attempt::{Attempted, Counted};
use super::base::Wiring;
use super::stranger_counts::SprayCounts;
use crate::context::RequestContext;
use crate::domain::attempts::{AttemptPolicy, Lane, LockDuration, Purpose};
use crate::domain::{Network, Spraying};
use crate::ports::AttemptKey;

/// A login that may be tried: by which way it comes, and how it is counted.
#[derive(Clone)]
pub(crate) struct CountedLogin<'a> {
    pub(crate) key: &'a AttemptKey,
    /// Whether anybody has the name.
    pub(crate) known: bool,
    policy: AttemptPolicy,
    /// Where a stranger sends from that is new to this name.
    fresh_from: Option<Network>,
    /// Where a stranger sends from.
    from: Option<Network>,
}

impl<'a> CountedLogin<'a> {
    pub(crate) const fn checked_by(&self, section: &'static str) -> Counted<'a> {
        Counted {
            key: self.key,
            known: self.known,
            policy: self.policy,
            checked_by: section,
        }
    }
}

impl Wiring {
    /// Asks whether this login may be tried. Nothing where its sender is trying too many names
    /// already, whether anybody has this one or not.
    pub(crate) async fn counted_login<'a>(
        &self,
        context: RequestContext,
        key: &'a AttemptKey,
        known: bool,
    ) -> Option<CountedLogin<'a>> {
        let limits = if key.subject.is_staff() {
            &self.policy().staff_login
        } else {
            self.attempt_policy(Purpose::Login)
        };
        let mut policy = key.limits(*limits);
        if let (false, LockDuration::UntilUnlockedShownAs(shown)) = (known, policy.lock) {
            // There is nobody to unlock.
            policy.lock = LockDuration::For(shown);
        }
        let from = context.source.map(Network::from);
        let from = from.filter(|_| key.lane == Lane::Stranger);
        let mut login = CountedLogin {
            key,
            known,
            policy,
            fresh_from: None,
            from,
        };
        let Some(network) = from else {
            return Some(login);
        };
        let now = self.now();
        let admission = self.strangers().names().admit(network, &key.subject, now);
        for spraying in &admission.recognised {
            self.tell_of(context, spraying).await;
        }
        if !admission.admitted {
            self.note_denied(context, None, "too-many-names").await;
            return None;
        }
        login.fresh_from = from.filter(|_| admission.is_new);
        if admission.sprayed {
            let tight = self.strangers().max_failures;
            login.policy.max_failures = login.policy.max_failures.min(tight);
        }
        Some(login)
    }

    /// Notes what became of a login. What was right, or not answered, is no name that is being tried.
    pub(crate) fn note_outcome<E>(
        &self,
        login: &CountedLogin<'_>,
        attempted: &Result<Attempted, E>,
    ) {
        let released = match attempted {
            Ok(Attempted::Accepted) => login.from,
            Ok(Attempted::Refused { .. } | Attempted::Locked(_, Some(_))) => None,
            Ok(
                Attempted::Locked(_, None)
                | Attempted::UsedBefore
                | Attempted::Busy
                | Attempted::Lost,
            )
            | Err(_) => login.fresh_from,
        };
        if let Some(network) = released {
            let mut names = self.strangers().names();
            names.release(network, &login.key.subject);
        }
    }

    /// How often spraying was recognised since the start.
    pub(crate) fn spray_counts(&self) -> SprayCounts {
        let strangers = self.strangers();
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        SprayCounts {
            from_network: count(&strangers.from_network),
            in_contract: count(&strangers.in_contract),
            out_of_names: count(&strangers.out_of_names),
        }
    }

    async fn tell_of(&self, context: RequestContext, spraying: &Spraying) {
        let strangers = self.strangers();
        let source = context.source.map(|source| source.to_string());
        let source = source.unwrap_or_default();
        let counter = match spraying {
            Spraying::FromNetwork(_) => {
                tracing::warn!(source, "spraying: many names are tried from one network");
                &strangers.from_network
            }
            Spraying::InContract(contract) => {
                tracing::warn!(%contract, source, "spraying: many names of one contract are tried");
                &strangers.in_contract
            }
            Spraying::OutOfNames(_) => {
                tracing::warn!(source, "a network may try no further names for a while");
                &strangers.out_of_names
            }
        };
        counter.fetch_add(1, Ordering::Relaxed);
        if !matches!(spraying, Spraying::OutOfNames(_)) {
            self.note_denied(context, None, "spraying").await;
        }
    }
}
