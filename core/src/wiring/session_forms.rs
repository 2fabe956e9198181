//! One-time tokens for forms: a form is carried out at most once, and only for the session it was
//! shown in.

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

use super::audit_trail::Actor;
use super::base::Wiring;
use crate::domain::{SessionId, SessionToken, Timestamp};
use crate::ports::{OnceKey, Unavailable};

const NONCE: usize = 16;
const TIME: usize = 8;
const MAC: usize = 32;

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
    key: Arc<Zeroizing<[u8; 32]>>,
}

impl SessionForms {
    pub(crate) fn new(wiring: &Wiring, actor: &Actor, token: &SessionToken) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"warifu form key\0");
        hash.update(token.expose().as_bytes());
        Self {
            wiring: wiring.clone(),
            actor: actor.clone(),
            session: token.id(),
            key: Arc::new(Zeroizing::new(hash.finalize().into())),
        }
    }

    pub(crate) fn session_id(&self) -> &SessionId {
        &self.session
    }

    /// A token for one form, good for one hour within the session. `form` says which form it is and
    /// what it is about, such as the address that it is sent to: for another form, or the same one
    /// about something else, the token is foreign.
    pub fn token(&self, form: &str) -> String {
        let mut nonce = [0; NONCE];
        self.wiring.randomness().fill(&mut nonce);
        let issued_at = self.wiring.now().as_unix_millis().to_be_bytes();
        let mut token = Vec::with_capacity(NONCE + TIME + MAC);
        token.extend_from_slice(&nonce);
        token.extend_from_slice(&issued_at);
        let Some(mac) = self.keyed(&token, form) else {
            return String::new();
        };
        token.extend_from_slice(&mac.finalize().into_bytes());
        BASE64URL_NOPAD.encode(&token)
    }

    /// Lets a form be carried out, once. `form` as when the token was made.
    pub async fn open(&self, form: &str, token: &str) -> Result<OpenForm, FormRefusal> {
        let Some((nonce, issued_at)) = self.authenticate(form, token) else {
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

    /// `message` has a length of its own, so that where it ends and `form` begins is told.
    fn keyed(&self, message: &[u8], form: &str) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.as_slice()).ok()?;
        mac.update(message);
        mac.update(form.as_bytes());
        Some(mac)
    }

    fn authenticate(&self, form: &str, token: &str) -> Option<([u8; NONCE], Timestamp)> {
        if token.len() > 128 {
            return None;
        }
        let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).ok()?;
        if bytes.len() != NONCE + TIME + MAC {
            return None;
        }
        let (message, tag) = bytes.split_at(NONCE + TIME);
        self.keyed(message, form)?.verify_slice(tag).ok()?;
        let (nonce, issued_at) = message.split_at(NONCE);
        let issued_at = i64::from_be_bytes(issued_at.try_into().ok()?);
        Some((
            nonce.try_into().ok()?,
            Timestamp::from_unix_millis(issued_at),
        ))
    }
}
