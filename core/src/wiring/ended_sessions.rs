//! Ending all sessions of a user.

use super::audit_trail::{Entry, TERMINAL};
use super::base::Wiring;
use crate::Outcome;
use crate::context::RequestContext;
use crate::domain::{AuditEvent, AuditOutcome, Principal, SessionId, Subject};

impl Wiring {
    /// Ends all sessions of a user, forgets the browsers that know their next login, and writes down
    /// as `ended` says that they did.
    pub(crate) async fn end_sessions(&self, subject: &Subject, ended: Entry) -> Outcome<()> {
        let count = self.end_everywhere(subject, None).await?;
        self.write([ended.on(subject).with("sessions", count)])
            .await
    }

    /// Ends the sessions of a user but this one, with the files that are kept for them, and forgets the
    /// browsers that know their next login.
    /// How many there were.
    pub(crate) async fn end_everywhere(
        &self,
        subject: &Subject,
        but: Option<&SessionId>,
    ) -> Outcome<usize> {
        let principal = Principal::User(subject.clone());
        self.kept_files().forget_all_of(subject, but);
        self.ports().attempts.forget_browsers(subject).await?;
        Ok(self.ports().sessions.end_all(&principal, but).await?)
    }

    /// As [`Self::end_sessions`], for users whom a directory was told to be switched off or gone.
    pub(crate) async fn end_sessions_of_withdrawn(
        &self,
        context: RequestContext,
        withdrawn: &[Subject],
    ) -> Outcome<()> {
        for subject in withdrawn {
            let count = self.end_everywhere(subject, None).await?;
            // Most of them have been switched off for years.
            if count > 0 {
                let ended = self
                    .entry(context, AuditEvent::SessionEnded, AuditOutcome::Success)
                    .on(subject)
                    .with("reason", "disabled")
                    .with("sessions", count);
                self.write([ended]).await?;
            }
        }
        Ok(())
    }

    /// A record of sessions that somebody at a terminal of the bank ended.
    pub(crate) fn ended_at_terminal(&self, context: RequestContext) -> Entry {
        self.entry(context, AuditEvent::SessionEnded, AuditOutcome::Success)
            .with("at", TERMINAL)
    }
}
