//! One-time tokens for forms: a form is carried out at most once, and only for the session it was
//! shown in.

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::time::Duration;

use super::context::RequestContext;
use super::sessions::HeldSession;
use super::warifu::Warifu;
use crate::domain::Timestamp;
use crate::ports::{OnceKey, Unavailable};

const NONCE: usize = 16;
const TIME: usize = 8;
const MAC: usize = 32;

/// How long a form can be sent after it was shown; no session lives longer by default.
const FORM_LIFETIME: Duration = Duration::from_secs(3600);

/// A form that may be carried out now, and never again.
pub struct OpenForm {
    nonce: [u8; NONCE],
}

/// Why a form is not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormRefusal {
    /// The token is not of this session: the form was made elsewhere.
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

impl Warifu {
    /// A token for one form, good for one hour within the holder's session.
    pub fn form_token(&self, holder: &impl AsRef<HeldSession>) -> String {
        let mut nonce = [0; NONCE];
        self.randomness().fill(&mut nonce);
        let issued_at = self.now().as_unix_millis().to_be_bytes();
        let mut token = Vec::with_capacity(NONCE + TIME + MAC);
        token.extend_from_slice(&nonce);
        token.extend_from_slice(&issued_at);
        let Some(mac) = keyed(holder.as_ref(), &token) else {
            return String::new();
        };
        token.extend_from_slice(&mac.finalize().into_bytes());
        BASE64URL_NOPAD.encode(&token)
    }

    /// Lets a form be carried out, once.
    pub async fn open_form(
        &self,
        context: RequestContext,
        holder: &impl AsRef<HeldSession>,
        token: &str,
    ) -> Result<OpenForm, FormRefusal> {
        let held = holder.as_ref();
        let Some((nonce, issued_at)) = authenticate(held, token) else {
            self.note_denied_to(context, Some(held), "foreign-form")
                .await;
            return Err(FormRefusal::Foreign);
        };
        if issued_at.plus(FORM_LIFETIME) <= self.now() {
            return Err(FormRefusal::Stale);
        }
        let once = &self.ports().once;
        let session = held.id();
        let first = once
            .claim(OnceKey::of_form(session, &nonce), FORM_LIFETIME)
            .await
            .map_err(FormRefusal::Unavailable)?;
        if first {
            return Ok(OpenForm { nonce });
        }
        let refused = once
            .is_claimed(OnceKey::of_form_refused(session, &nonce))
            .await
            .map_err(FormRefusal::Unavailable)?;
        Err(FormRefusal::Used { done: !refused })
    }

    /// Remembers that the form did nothing, so that sending it again is not answered with "done".
    pub async fn form_refused(&self, holder: &impl AsRef<HeldSession>, form: &OpenForm) {
        let key = OnceKey::of_form_refused(holder.as_ref().id(), &form.nonce);
        if let Err(unavailable) = self.ports().once.claim(key, FORM_LIFETIME).await {
            tracing::warn!(%unavailable, "a refused form could not be remembered");
        }
    }
}

fn keyed(held: &HeldSession, message: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(held.form_key()).ok()?;
    mac.update(message);
    Some(mac)
}

fn authenticate(held: &HeldSession, token: &str) -> Option<([u8; NONCE], Timestamp)> {
    if token.len() > 128 {
        return None;
    }
    let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).ok()?;
    if bytes.len() != NONCE + TIME + MAC {
        return None;
    }
    let (message, tag) = bytes.split_at(NONCE + TIME);
    keyed(held, message)?.verify_slice(tag).ok()?;
    let (nonce, issued_at) = message.split_at(NONCE);
    let issued_at = i64::from_be_bytes(issued_at.try_into().ok()?);
    Some((
        nonce.try_into().ok()?,
        Timestamp::from_unix_millis(issued_at),
    ))
}
