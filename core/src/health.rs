//! Whether the back ends can do what they are for.

use std::future::{Future, pending};
use std::sync::OnceLock;

use crate::ports::{PasswordCheck, Unavailable};
use crate::wiring::Wiring;

/// What a back end said when it was asked whether it can answer; nothing until it has.
type Answer = OnceLock<Result<(), Unavailable>>;

async fn note(answer: &Answer, check: impl Future<Output = Result<(), Unavailable>>) {
    // Each is asked once.
    let _ = answer.set(check.await);
}

/// Asks the back ends whether they can answer. For operations endpoints and checks; touches no
/// customer's data. Cheap to clone.
#[derive(Clone)]
pub struct Health(Wiring);

impl Health {
    pub(crate) fn new(wiring: Wiring) -> Self {
        Self(wiring)
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
        let ports = self.0.ports();
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
}
