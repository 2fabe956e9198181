use std::future::{Future, pending};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tracing::Instrument;

use crate::domain::attempts::{AttemptPolicy, Purpose};
use crate::domain::{CodeLengths, Policy, RequestId, Timestamp};
use crate::ports::{
    AttemptStore, AuditLog, CertificateAuthority, CertificateRegister, ClientKeys, Clock,
    OnceStore, OtpCards, OtpVerifier, PaperRequestStore, PasswordCheck, PasswordHasher, QuotaStore,
    Randomness, RetrievalPasswordStore, SessionStore, StaffDirectory, Unavailable, UserDirectory,
};
use crate::{Outcome, Refusal};

/// How much longer an attempt stays reserved than another system may take to check it: so that
/// the verdict is booked in time, on however slow a store.
const LEASE_MARGIN: Duration = Duration::from_secs(10);

/// What a back end said when it was asked whether it can answer; nothing until it has.
type Answer = OnceLock<Result<(), Unavailable>>;

async fn note(answer: &Answer, check: impl Future<Output = Result<(), Unavailable>>) {
    // Each is asked once.
    let _ = answer.set(check.await);
}

/// Everything the use cases need from outside.
#[derive(Clone)]
pub struct Ports {
    /// Who exists.
    pub directory: Arc<dyn UserDirectory>,
    /// Checks one-time passwords.
    pub otp_verifier: Arc<dyn OtpVerifier>,
    /// Binds one-time-password cards to users, where there is a place that can.
    pub otp_cards: Option<Arc<dyn OtpCards>>,
    /// Who works in the bank's back office.
    pub staff_directory: Arc<dyn StaffDirectory>,
    /// Checks the one-time passwords of the bank's staff, each known by
    /// [`crate::domain::Subject::of_staff`].
    pub staff_otp_verifier: Arc<dyn OtpVerifier>,
    /// How login passwords are checked.
    pub login_verifier: PasswordCheck,
    /// How transaction passwords are checked.
    pub transaction_verifier: PasswordCheck,
    /// Counts login, transaction and OTP attempts.
    pub attempts: Arc<dyn AttemptStore>,
    /// Keeps retrieval passwords.
    pub retrieval_passwords: Arc<dyn RetrievalPasswordStore>,
    /// Keeps sessions.
    pub sessions: Arc<dyn SessionStore>,
    /// Remembers what may happen once.
    pub once: Arc<dyn OnceStore>,
    /// Keeps the requests of the paper procedure.
    pub paper_requests: Arc<dyn PaperRequestStore>,
    /// Limits how often something happens.
    pub quotas: Arc<dyn QuotaStore>,
    /// Knows the issued certificates.
    pub register: Arc<dyn CertificateRegister>,
    /// Issues certificates.
    pub certificate_authority: Arc<dyn CertificateAuthority>,
    /// Reads requests, makes keys and PKCS#12 files.
    pub client_keys: Arc<dyn ClientKeys>,
    /// Hashes passwords.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Writes everything down.
    pub audit_log: Arc<dyn AuditLog>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for secrets.
    pub randomness: Arc<dyn Randomness>,
}

/// The use cases, wired to adapters. Cheap to clone.
#[derive(Clone)]
pub struct Warifu(Arc<Wiring>);

struct Wiring {
    ports: Ports,
    policy: Policy,
}

impl Warifu {
    /// Wires the use cases to `ports`, under `policy`.
    pub fn new(ports: Ports, mut policy: Policy) -> Self {
        policy.otp.lease = policy
            .otp
            .lease
            .max(ports.otp_verifier.longest_check() + LEASE_MARGIN);
        policy.staff_login.lease = policy
            .staff_login
            .lease
            .max(ports.staff_otp_verifier.longest_check() + LEASE_MARGIN);
        for (attempts, check) in [
            (&mut policy.login, &ports.login_verifier),
            (&mut policy.transaction, &ports.transaction_verifier),
        ] {
            if let PasswordCheck::Elsewhere(verifier) = check {
                attempts.lease = attempts.lease.max(verifier.longest_check() + LEASE_MARGIN);
            }
        }
        Self(Arc::new(Wiring { ports, policy }))
    }

    /// The rules in force.
    pub fn policy(&self) -> &Policy {
        &self.0.policy
    }

    /// Now, by this server's clock.
    pub fn now(&self) -> Timestamp {
        self.0.ports.clock.now()
    }

    /// A fresh reference for a request.
    pub fn new_request_id(&self) -> RequestId {
        RequestId::generate(self.randomness())
    }

    /// How many digits one-time passwords have.
    pub fn otp_code_lengths(&self) -> CodeLengths {
        self.0.ports.otp_verifier.code_lengths()
    }

    /// How many digits the one-time passwords of the bank's staff have.
    pub fn staff_code_lengths(&self) -> CodeLengths {
        self.0.ports.staff_otp_verifier.code_lengths()
    }

    /// The sections of the configuration whose back ends cannot answer; none when all is well.
    pub async fn failing(&self) -> Vec<&'static str> {
        self.failing_at(pending()).await
    }

    /// As [`Self::failing`], but waits until `deadline` at most: a back end that is silent until then
    /// cannot answer.
    pub async fn failing_at(&self, deadline: impl Future<Output = ()>) -> Vec<&'static str> {
        let unavailable = self.unavailable_at(deadline).await;
        for Unavailable { port, reason, .. } in &unavailable {
            tracing::warn!(port, %reason, "not ready");
        }
        unavailable.iter().map(|found| found.port).collect()
    }

    /// Asks every back end, and tells why those cannot answer that cannot: one for each section of
    /// the configuration.
    pub async fn unavailable(&self) -> Vec<Unavailable> {
        self.unavailable_at(pending()).await
    }

    async fn unavailable_at(&self, deadline: impl Future<Output = ()>) -> Vec<Unavailable> {
        let ports = self.ports();
        let elsewhere = async |check: &PasswordCheck| match check {
            PasswordCheck::Hashes => Ok(()),
            PasswordCheck::Elsewhere(verifier) => verifier.check().await,
        };
        let answers: [Answer; 12] = Default::default();
        let [
            users,
            otp,
            login,
            transaction,
            attempts,
            passwords,
            sessions,
            papers,
            staff,
            staff_otp,
            authority,
            log,
        ] = &answers;
        // All at once: several that are silent take no longer than the slowest of them.
        let checks = async {
            tokio::join!(
                note(users, ports.directory.check()),
                note(otp, ports.otp_verifier.check()),
                note(login, elsewhere(&ports.login_verifier)),
                note(transaction, elsewhere(&ports.transaction_verifier)),
                note(attempts, ports.attempts.check()),
                note(passwords, ports.retrieval_passwords.check()),
                note(sessions, ports.sessions.check()),
                note(papers, ports.paper_requests.check()),
                note(staff, ports.staff_directory.check()),
                note(staff_otp, ports.staff_otp_verifier.check()),
                note(authority, ports.certificate_authority.check()),
                note(log, ports.audit_log.check()),
            );
        };
        tokio::select! {
            biased;
            () = checks => {}
            () = deadline => {}
        }
        let sections = [
            "user_directory",
            "otp_verifier",
            "login_verifier",
            "transaction_verifier",
            "password_store",
            "password_store",
            "password_store",
            "password_store",
            "staff_directory",
            "staff_otp_verifier",
            "certificate_authority",
            "audit_log",
        ];
        let mut found: Vec<Unavailable> = Vec::new();
        for (section, answer) in sections.into_iter().zip(answers) {
            let unavailable = match answer.into_inner() {
                Some(Ok(())) => continue,
                Some(Err(unavailable)) => unavailable,
                None => Unavailable::new(section, "it did not answer in time"),
            };
            if !found.iter().any(|known| known.port == unavailable.port) {
                found.push(unavailable);
            }
        }
        found
    }

    pub(super) fn ports(&self) -> &Ports {
        &self.0.ports
    }

    pub(super) fn randomness(&self) -> &dyn Randomness {
        self.0.ports.randomness.as_ref()
    }

    pub(super) fn attempt_policy(&self, purpose: Purpose) -> &AttemptPolicy {
        self.0.policy.attempts(purpose)
    }

    /// Runs a use case in a task of its own, so that a client that goes away cancels neither the
    /// charge of an attempt nor a certificate half issued.
    pub(super) async fn to_completion<T, F>(
        &self,
        use_case: impl FnOnce(Self) -> F + Send,
    ) -> Outcome<T>
    where
        T: Send + 'static,
        F: Future<Output = Outcome<T>> + Send + 'static,
    {
        match tokio::spawn(use_case(self.clone()).in_current_span()).await {
            Ok(outcome) => outcome,
            Err(failure) => {
                tracing::error!(panicked = failure.is_panic(), "a use case did not finish");
                Err(Refusal::Unexpected)
            }
        }
    }
}
