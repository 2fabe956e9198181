//! Asking again for what [取得] gave, and what is known of it where it cannot be given again.

use super::session::UserSession;
use crate::Outcome;
use crate::domain::AuditEvent;
use crate::domain::retrieval_record::ReissueStatus;
use crate::ports::OnceKey;
use crate::redeemed::{AskedFor, Redeemed};
use crate::wiring::FORM_LIFETIME;

/// What became of a redemption that is asked for again.
pub enum RetrievedBefore {
    /// It gave this, and here it is once more.
    Here(Box<Redeemed>),
    /// It gave a certificate; the file is not here, or not any more.
    Elsewhere,
    /// Nobody knows yet, or whoever was at it died: no certificate is known.
    Unconfirmed,
}

/// What the form for the next redemption has to tell of the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetrievedInSession {
    /// Its file can be had once more.
    Here,
    /// It gave a certificate, and its file cannot be had here.
    Elsewhere,
}

impl UserSession {
    /// What was given for the very same before.
    pub(super) async fn given_for(&self, asked: &AskedFor) -> Outcome<Option<Redeemed>> {
        self.give_again(Some(asked)).await
    }

    /// What became of the redemption in this session that somebody asks for again. Any server tells the truth; the
    /// file has only the one that made it.
    pub async fn retrieved_before(&self) -> Outcome<RetrievedBefore> {
        if let Some(redeemed) = self.give_again(None).await? {
            return Ok(RetrievedBefore::Here(Box::new(redeemed)));
        }
        let was_retrieved = self.newest_is_redeemed().await?;
        Ok(if was_retrieved {
            RetrievedBefore::Elsewhere
        } else {
            RetrievedBefore::Unconfirmed
        })
    }

    /// Whether a certificate was retrieved in this session with the newest password.
    pub async fn retrieved_in_session(&self) -> Outcome<Option<RetrievedInSession>> {
        let operator = &self.operator;
        let (files, now) = (operator.wiring.kept_files(), operator.wiring.now());
        if files.find(self.forms.session_id(), None, now).is_some() {
            return Ok(Some(RetrievedInSession::Here));
        }
        let once = &operator.wiring.ports().once;
        let key = OnceKey::of_retrieval(self.forms.session_id());
        let elsewhere = once.is_claimed(key).await? && self.newest_is_redeemed().await?;
        Ok(elsewhere.then_some(RetrievedInSession::Elsewhere))
    }

    /// Erases what is kept for this session: it arrived.
    pub fn forget_retrieved(&self) {
        let files = self.operator.wiring.kept_files();
        files.forget(self.forms.session_id());
    }

    /// Remembers that this session gave a certificate, for the servers that do not hold its file.
    pub(super) async fn note_retrieved(&self) {
        let once = &self.operator.wiring.ports().once;
        let key = OnceKey::of_retrieval(self.forms.session_id());
        if let Err(unavailable) = once.claim(key, FORM_LIFETIME).await {
            tracing::warn!(%unavailable, "a retrieval could not be remembered for its session");
        }
    }

    async fn give_again(&self, asked: Option<&AskedFor>) -> Outcome<Option<Redeemed>> {
        let operator = &self.operator;
        let (files, now) = (operator.wiring.kept_files(), operator.wiring.now());
        let Some(redeemed) = files.find(self.forms.session_id(), asked, now) else {
            return Ok(None);
        };
        let (reissue, certificate) = (redeemed.reissue, &redeemed.certificate);
        let again = AuditEvent::CertificateDeliveredAgain;
        operator
            .write_certificate(again, reissue, certificate)
            .await?;
        Ok(Some(redeemed))
    }

    async fn newest_is_redeemed(&self) -> Outcome<bool> {
        let newest = self.newest_own_reissue().await?;
        Ok(newest.is_some_and(|newest| newest.status == ReissueStatus::Redeemed))
    }
}
