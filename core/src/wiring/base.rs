//! Ports and policy in one place, for all handles and for everybody who acts.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tracing::Instrument;

use super::denial_counts::Denials;
use super::kept_files::KeptFiles;
use super::lock_looks::LockLooks;
use super::ports::Ports;
use super::stranger_counts::Strangers;
use crate::domain::attempts::{AttemptPolicy, Purpose};
use crate::domain::{Policy, Timestamp};
use crate::ports::{HashClaimant, HashPermit, PasswordCheck, Randomness};
use crate::{Outcome, Refusal};

/// How much longer an attempt stays reserved than another system may take to check it: so that
/// the verdict is booked in time, on however slow a store.
const LEASE_MARGIN: Duration = Duration::from_secs(10);

/// Ports and policy, behind every handle and everybody who acts. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Wiring(Arc<Wired>);

struct Wired {
    ports: Ports,
    policy: Policy,
    denials: Denials,
    lock_looks: LockLooks,
    strangers: Strangers,
    kept_files: Arc<KeptFiles>,
}

impl Wiring {
    pub(crate) fn new(ports: Ports, mut policy: Policy) -> Self {
        policy.otp.lease = policy
            .otp
            .lease
            .max(ports.otp_verifier.longest_check() + LEASE_MARGIN);
        // Their password is hashed, and then their code is checked.
        policy.staff_login.lease += ports.staff_otp_verifier.longest_check() + LEASE_MARGIN;
        for (attempts, check) in [
            (&mut policy.login, &ports.login_verifier),
            (&mut policy.transaction, &ports.transaction_verifier),
        ] {
            if let PasswordCheck::Elsewhere(verifier) = check {
                attempts.lease = attempts.lease.max(verifier.longest_check() + LEASE_MARGIN);
            }
        }
        let strangers = Strangers::new(policy.spraying, ports.randomness.as_ref());
        Self(Arc::new(Wired {
            ports,
            policy,
            denials: Denials::default(),
            lock_looks: LockLooks::default(),
            strangers,
            kept_files: Arc::default(),
        }))
    }

    pub(crate) fn ports(&self) -> &Ports {
        &self.0.ports
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.0.policy
    }

    pub(super) fn denials(&self) -> &Denials {
        &self.0.denials
    }

    pub(super) fn lock_looks(&self) -> &LockLooks {
        &self.0.lock_looks
    }

    pub(super) fn strangers(&self) -> &Strangers {
        &self.0.strangers
    }

    pub(crate) fn kept_files(&self) -> &Arc<KeptFiles> {
        &self.0.kept_files
    }

    /// Erases what was kept, and writes what is still to be written, before the program ends. Tells how many
    /// records of the audit log could not be.
    pub(crate) async fn close(&self) -> usize {
        self.kept_files().forget_all();
        self.write_denials_counted().await;
        self.ports().audit_log.close().await
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.ports.clock.now()
    }

    pub(crate) fn randomness(&self) -> &dyn Randomness {
        self.0.ports.randomness.as_ref()
    }

    pub(crate) fn attempt_policy(&self, purpose: Purpose) -> &AttemptPolicy {
        self.0.policy.attempts(purpose)
    }

    /// A place in the hasher's queue, before any work is done.
    pub(crate) fn hash_permit(&self, claimant: HashClaimant) -> Outcome<HashPermit> {
        let permit = self.ports().hasher.permit(claimant);
        permit.map_err(|_| Refusal::Overloaded)
    }

    /// Waits until something can be hashed with `permit`.
    pub(crate) async fn hash_turn(&self, permit: &HashPermit) -> Outcome<()> {
        let turn = self.ports().hasher.turn(permit).await;
        turn.map_err(|_| Refusal::Overloaded)
    }
}

/// Runs a use case in a task of its own, so that a client that goes away cancels neither the
/// charge of an attempt nor a certificate half issued.
pub(crate) async fn to_completion<T>(
    use_case: impl Future<Output = Outcome<T>> + Send + 'static,
) -> Outcome<T>
where
    T: Send + 'static,
{
    match tokio::spawn(use_case.in_current_span()).await {
        Ok(outcome) => outcome,
        Err(failure) => {
            tracing::error!(panicked = failure.is_panic(), "a use case did not finish");
            Err(Refusal::Unexpected)
        }
    }
}
