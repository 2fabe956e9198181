//! One-time tokens for forms: a form is carried out at most once, and only for the session it was
//! shown in.

use std::time::Duration;

use super::audit_trail::Actor;
use super::base::Wiring;
use super::session_seal::{NONCE, SessionSeal};
use crate::domain::{SessionId, SessionToken};
use crate::ports::{OnceKey, Unavailable};

/// How long a form can be sent after it was shown; no session lives longer by default.
pub(crate) const FORM_LIFETIME: Duration = Duration::from_secs(3600);

/// A form that may be carried out now, and never again.
pub struct OpenForm {
    nonce: [u8; NONCE],
}

/// Why a form is not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormRefusal {
    /// The token is not of this session and this form: the form was made elsewhere.
    Foreign,
    /// The token is of this session but too old.
    Stale,
    /// The form was sent before.
    Used {
        /// It was carried out then, or is being carried out now.
        done: bool,
    },
    /// The store cannot tell.
    Unavailable(Unavailable),
}

/// The forms of one session: what they are tied to, and who holds it. The same for users and for
/// staff. Cheap to clone.
#[derive(Clone)]
pub struct SessionForms {
    wiring: Wiring,
    actor: Actor,
    session: SessionId,
    seal: SessionSeal,
}

impl SessionForms {
    pub(crate) fn new(wiring: &Wiring, actor: &Actor, token: &SessionToken) -> Self {
        Self {
            wiring: wiring.clone(),
            actor: actor.clone(),
            session: token.id(),
            seal: SessionSeal::new(b"warifu form key\0", token),
        }
    }

    pub(crate) fn session_id(&self) -> &SessionId {
        &self.session
    }

    /// A token for one form, good for one hour within the session. `form` says which form it is and
    /// what it is about, such as the address that it is sent to: for another form, or the same one
    /// about something else, the token is foreign.
    pub fn token(&self, form: &str) -> String {
        let (randomness, now) = (self.wiring.randomness(), self.wiring.now());
        self.seal.seal(form, randomness, now)
    }

    /// Lets a form be carried out, once. `form` as when the token was made.
    pub async fn open(&self, form: &str, token: &str) -> Result<OpenForm, FormRefusal> {
        let Some((nonce, issued_at)) = self.seal.open(form, token) else {
            self.note_denied("foreign-form").await;
            return Err(FormRefusal::Foreign);
        };
        if issued_at.plus(FORM_LIFETIME) <= self.wiring.now() {
            return Err(FormRefusal::Stale);
        }
        let once = &self.wiring.ports().once;
        let first = once
            .claim(OnceKey::of_form(&self.session, &nonce), FORM_LIFETIME)
            .await
            .map_err(FormRefusal::Unavailable)?;
        if first {
            return Ok(OpenForm { nonce });
        }
        let refused = once
            .is_claimed(OnceKey::of_form_refused(&self.session, &nonce))
            .await
            .map_err(FormRefusal::Unavailable)?;
        Err(FormRefusal::Used { done: !refused })
    }

    /// Remembers that the form did nothing, so that sending it again is not answered with "done".
    pub async fn refused(&self, form: &OpenForm) {
        let key = OnceKey::of_form_refused(&self.session, &form.nonce);
        if let Err(unavailable) = self.wiring.ports().once.claim(key, FORM_LIFETIME).await {
            tracing::warn!(%unavailable, "a refused form could not be remembered");
        }
    }

    /// Writes down that a request of this session was refused before it reached a use case. A log
    /// that cannot be written does not change the refusal.
    pub async fn note_denied(&self, reason: &'static str) {
        let context = self.actor.context();
        self.wiring
            .note_denied(context, Some(&self.actor), reason)
            .await;
    }
}
