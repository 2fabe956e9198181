//! What this service said to the holder of a session, and takes back from nobody else: a text with a
//! random number and the time, under a key that only who knows the session's token can make.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::domain::{SessionToken, Timestamp};
use crate::ports::Randomness;

pub(super) const NONCE: usize = 16;
const TIME: usize = 8;
const MAC: usize = 32;

/// Seals texts for one session and one use.
#[derive(Clone)]
pub(super) struct SessionSeal(Arc<Zeroizing<[u8; 32]>>);

impl SessionSeal {
    /// `usage` keeps the seals of one use from being those of another.
    pub(super) fn new(usage: &[u8], token: &SessionToken) -> Self {
        let mut hash = Sha256::new();
        hash.update(usage);
        hash.update(token.expose().as_bytes());
        Self(Arc::new(Zeroizing::new(hash.finalize().into())))
    }

    /// A seal on `text`, which is not in it. Each is another.
    pub(super) fn seal(&self, text: &str, randomness: &dyn Randomness, now: Timestamp) -> String {
        let mut nonce = [0; NONCE];
        randomness.fill(&mut nonce);
        let mut seal = Vec::with_capacity(NONCE + TIME + MAC);
        seal.extend_from_slice(&nonce);
        seal.extend_from_slice(&now.as_unix_millis().to_be_bytes());
        let Some(mac) = self.keyed(&seal, text) else {
            return String::new();
        };
        seal.extend_from_slice(&mac.finalize().into_bytes());
        BASE64URL_NOPAD.encode(&seal)
    }

    /// The random number of a seal on `text` and when it was made; nothing where it was not made for
    /// this session, use and text.
    pub(super) fn open(&self, text: &str, seal: &str) -> Option<([u8; NONCE], Timestamp)> {
        if seal.len() > 128 {
            return None;
        }
        let bytes = BASE64URL_NOPAD.decode(seal.as_bytes()).ok()?;
        if bytes.len() != NONCE + TIME + MAC {
            return None;
        }
        let (message, tag) = bytes.split_at(NONCE + TIME);
        self.keyed(message, text)?.verify_slice(tag).ok()?;
        let (nonce, made_at) = message.split_at(NONCE);
        let made_at = i64::from_be_bytes(made_at.try_into().ok()?);
        Some((nonce.try_into().ok()?, Timestamp::from_unix_millis(made_at)))
    }

    /// `message` has a length of its own, so that where it ends and `text` begins is told.
    fn keyed(&self, message: &[u8], text: &str) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_slice()).ok()?;
        mac.update(message);
        mac.update(text.as_bytes());
        Some(mac)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting;

    impl Randomness for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for (byte, value) in bytes.iter_mut().zip(1..) {
                *byte = value;
            }
        }
    }

    fn token(letter: &str) -> SessionToken {
        SessionToken::parse(&letter.repeat(43)).unwrap()
    }

    #[test]
    fn a_seal_is_good_for_its_session_use_and_text_alone() {
        let now = Timestamp::from_unix_millis(1_000);
        let seal = |usage: &[u8], letter| SessionSeal::new(usage, &token(letter));
        let made = seal(b"notice", "a").seal("cancelled", &Counting, now);
        let opened = seal(b"notice", "a").open("cancelled", &made);
        assert_eq!(opened.map(|(_, made_at)| made_at), Some(now));
        assert!(seal(b"notice", "a").open("unlocked", &made).is_none());
        assert!(seal(b"notice", "b").open("cancelled", &made).is_none());
        assert!(seal(b"form", "a").open("cancelled", &made).is_none());
        for other in ["", "x", &made[1..], &format!("{made}A"), &"A".repeat(200)] {
            assert!(seal(b"notice", "a").open("cancelled", other).is_none());
        }
    }
}
