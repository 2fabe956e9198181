//! Whether the back ends can do what they are for.

use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::Poll;

use crate::ports::{PasswordCheck, Unavailable};
use crate::wiring::Wiring;

/// What a back end says when it is asked whether it can answer.
type Asked<'a> = Pin<Box<dyn Future<Output = Result<(), Unavailable>> + Send + 'a>>;

/// The questions to back ends, each with the section of the configuration that sets it up.
#[derive(Default)]
pub struct BackEnds<'a>(Vec<(&'static str, Asked<'a>)>);

impl<'a> BackEnds<'a> {
    /// Adds one that is to be asked.
    #[must_use]
    pub fn with(
        mut self,
        section: &'static str,
        check: impl Future<Output = Result<(), Unavailable>> + Send + 'a,
    ) -> Self {
        self.0.push((section, Box::pin(check)));
        self
    }

    /// Adds the one that checks passwords, where another system does.
    #[must_use]
    pub fn with_passwords(self, section: &'static str, check: &'a PasswordCheck) -> Self {
        match check {
            PasswordCheck::Hashes => self,
            PasswordCheck::Elsewhere(verifier) => self.with(section, verifier.check()),
        }
    }

    /// Asks all of them, and tells why those cannot answer that cannot: one for each section.
    pub async fn unavailable(self) -> Vec<Unavailable> {
        self.unavailable_at(pending()).await
    }

    /// As [`Self::unavailable`], but waits until `deadline` at most: a back end that is silent until
    /// then cannot answer.
    pub async fn unavailable_at(self, deadline: impl Future<Output = ()>) -> Vec<Unavailable> {
        let (sections, checks): (Vec<_>, Vec<_>) = self.0.into_iter().unzip();
        let answers: Vec<OnceLock<_>> = sections.iter().map(|_| OnceLock::new()).collect();
        // All at once: several that are silent take no longer than the slowest of them.
        let mut waiting: Vec<_> = checks.into_iter().map(Some).collect();
        let all = poll_fn(|context| {
            for (check, answer) in waiting.iter_mut().zip(&answers) {
                let Some(asked) = check else { continue };
                if let Poll::Ready(said) = asked.as_mut().poll(context) {
                    // Each is asked once.
                    let _ = answer.set(said);
                    *check = None;
                }
            }
            if waiting.iter().all(Option::is_none) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        });
        tokio::select! {
            biased;
            () = all => {}
            () = deadline => {}
        }
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
        let unavailable = self.unavailable().await;
        for Unavailable { port, reason, .. } in &unavailable {
            tracing::warn!(port, %reason, "not ready");
        }
        unavailable.iter().map(|found| found.port).collect()
    }

    /// Asks every back end, and tells why those cannot answer that cannot: one for each section of
    /// the configuration.
    pub async fn unavailable(&self) -> Vec<Unavailable> {
        self.back_ends().unavailable().await
    }

    /// As [`Self::unavailable`], but waits until `deadline` at most: a back end that is silent until
    /// then cannot answer.
    pub async fn unavailable_at(&self, deadline: impl Future<Output = ()>) -> Vec<Unavailable> {
        let unavailable = self.back_ends().unavailable_at(deadline).await;
        for Unavailable { port, reason, .. } in &unavailable {
            tracing::warn!(port, %reason, "not ready");
        }
        unavailable
    }

    /// What operators should know although every back end answers, by section of the configuration.
    pub fn remarks(&self) -> Vec<(&'static str, String)> {
        let clock = self.0.ports().clock.offset().too_much();
        clock
            .map(|words| ("password_store", words))
            .into_iter()
            .collect()
    }

    fn back_ends(&self) -> BackEnds<'_> {
        let ports = self.0.ports();
        BackEnds::default()
            .with("user_directory", ports.directory.check())
            .with("otp_verifier", ports.otp_verifier.check())
            .with_passwords("login_verifier", &ports.login_verifier)
            .with_passwords("transaction_verifier", &ports.transaction_verifier)
            .with("password_store", ports.attempts.check())
            .with("password_store", ports.retrieval_passwords.check())
            .with("password_store", ports.sessions.check())
            .with("password_store", ports.paper_requests.check())
            .with("staff_directory", ports.staff_directory.check())
            .with("staff_otp_verifier", ports.staff_otp_verifier.check())
            .with("certificate_authority", ports.certificate_authority.check())
            .with("audit_log", ports.audit_log.check())
    }
}
