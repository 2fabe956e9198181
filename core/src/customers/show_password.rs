//! Showing oneself a new password in a window of its own, once. A second press finds what the first did: the
//! store decides, whichever server is asked.

use super::session::UserSession;
use crate::domain::ReissueId;
use crate::domain::retrieval_record::{Reissue, ReissueRoute, ReissueStatus};
use crate::ports::OnceKey;
use crate::wiring::FORM_LIFETIME;
use crate::{Outcome, Refusal, Reissued};

impl UserSession {
    /// Reissues for oneself, to be shown on a page. The one-time password is used up by that: whoever presses
    /// again is told of the password that is shown, as long as it is good.
    pub async fn show_new_password(&self) -> Outcome<Reissued> {
        match self.reissue_for_oneself(None).await {
            Ok(reissued) => {
                self.note_shown(reissued.reissue_id).await;
                Ok(reissued)
            }
            Err(Refusal::OtpRequired) => Err(self.without_proof().await?),
            Err(refusal) => Err(refusal),
        }
    }

    /// Refuses who has nothing to be shown: no one-time password that was entered and not used yet.
    pub async fn check_showable(&self) -> Outcome<()> {
        if self.has_otp_proof() {
            return Ok(());
        }
        Err(self.without_proof().await?)
    }

    /// What is said to a form that was sent before; `done` where it was not refused then. Nothing, where it
    /// is simply out of order.
    pub async fn shown_before(&self, done: bool) -> Outcome<Option<Refusal>> {
        if self.shows_a_good_password().await? {
            return Ok(Some(Refusal::AlreadyShown));
        }
        Ok(match done {
            true => Some(Refusal::AlreadyReissued),
            // The store may have failed after it took the one-time password.
            false if !self.has_otp_proof() => Some(Refusal::OtpRequired),
            false => None,
        })
    }

    async fn without_proof(&self) -> Outcome<Refusal> {
        Ok(if self.shows_a_good_password().await? {
            Refusal::AlreadyShown
        } else {
            Refusal::OtpRequired
        })
    }

    /// Whether the newest password is one that this session showed, and still gets a certificate.
    async fn shows_a_good_password(&self) -> Outcome<bool> {
        let waits = |newest: &Reissue| {
            newest.route == ReissueRoute::SelfService && newest.status == ReissueStatus::Issued
        };
        let Some(newest) = self.newest_own_reissue().await?.filter(waits) else {
            return Ok(false);
        };
        let once = &self.operator.wiring.ports().once;
        Ok(once.is_claimed(self.shown_key(newest.id)).await?)
    }

    /// Noted when it is certain that it is shown. A store that fails just now leaves the password good; a second
    /// press is then told to begin with a one-time password.
    async fn note_shown(&self, reissue: ReissueId) {
        let once = &self.operator.wiring.ports().once;
        let noted = once.claim(self.shown_key(reissue), FORM_LIFETIME).await;
        if let Err(unavailable) = noted {
            tracing::warn!(%unavailable, "it could not be noted that a password is shown");
        }
    }

    fn shown_key(&self, reissue: ReissueId) -> OnceKey {
        OnceKey::of_shown_password(self.forms.session_id(), reissue)
    }
}
