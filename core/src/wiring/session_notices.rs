//! What was done in a session, told on the next page: once, whichever server shows that page, and to
//! nobody whom this service did not say it to.

use std::time::Duration;

use super::base::Wiring;
use super::session_seal::SessionSeal;
use crate::domain::SessionToken;
use crate::ports::OnceKey;

/// A notice that is not shown within this is not shown at all: by then it would surprise.
pub const NOTICE_LIFETIME: Duration = Duration::from_secs(300);

const USAGE: &[u8] = b"warifu notice key\0";

/// Seals notices for who did what they tell. The seal goes to the browser and means nothing without the
/// session. Cheap to clone.
#[derive(Clone)]
pub struct SessionNotices(Wiring);

impl SessionNotices {
    pub(crate) fn new(wiring: Wiring) -> Self {
        Self(wiring)
    }

    /// A seal on `notice` for the session that `token` opens; nothing where it is no token.
    pub fn seal(&self, token: &str, notice: &str) -> Option<String> {
        let seal = SessionSeal::new(USAGE, &SessionToken::parse(token)?);
        Some(seal.seal(notice, self.0.randomness(), self.0.now()))
    }

    /// Whether `seal` was made on `notice` for this session, of late, and it was not taken before: once,
    /// on all servers. A store that cannot tell costs the notice, never the page.
    pub async fn take(&self, token: &str, notice: &str, seal: &str) -> bool {
        let Some(token) = SessionToken::parse(token) else {
            return false;
        };
        let Some((nonce, made_at)) = SessionSeal::new(USAGE, &token).open(notice, seal) else {
            return false;
        };
        if made_at.plus(NOTICE_LIFETIME) <= self.0.now() {
            return false;
        }
        let key = OnceKey::of_notice(&token.id(), &nonce);
        let first = self.0.ports().once.claim(key, NOTICE_LIFETIME).await;
        first.unwrap_or_else(|unavailable| {
            tracing::warn!(%unavailable, "a notice could not be taken");
            false
        })
    }
}
