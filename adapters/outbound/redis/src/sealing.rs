//! Keeps the secrets of tokens encrypted, each bound to its user, so that neither a copy of the data
//! nor another user's record gives one away. The key is derived from the index key: where that comes
//! from a file, the data alone is worth nothing.

use data_encoding::{BASE64, HEXLOWER};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use secrecy::{ExposeSecret, SecretSlice};
use serde::{Deserialize, Serialize};
use warifu_core::domain::Subject;
use warifu_core::ports::{Randomness, TotpAlgorithm, TotpToken, Unavailable};
use zeroize::Zeroizing;

/// A token whose secret is encrypted with ChaCha20-Poly1305 (RFC 8439): nonce, then ciphertext and
/// tag.
#[derive(Serialize, Deserialize)]
pub(crate) struct SealedToken {
    sealed: String,
    digits: u8,
    period: u32,
    algorithm: String,
}

/// Encrypts and decrypts.
pub(crate) struct Sealing {
    key: Zeroizing<[u8; 32]>,
}

const ALGORITHMS: [(TotpAlgorithm, &str); 3] = [
    (TotpAlgorithm::Sha1, "SHA1"),
    (TotpAlgorithm::Sha256, "SHA256"),
    (TotpAlgorithm::Sha512, "SHA512"),
];

fn failed() -> Unavailable {
    let reason = "the secret of a token cannot be read: import its user again";
    Unavailable::new("user_directory", reason)
}

impl Sealing {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self {
            key: Zeroizing::new(*key),
        }
    }

    fn cipher(&self) -> Result<LessSafeKey, Unavailable> {
        let key = UnboundKey::new(&CHACHA20_POLY1305, self.key.as_ref());
        Ok(LessSafeKey::new(key.map_err(|_| failed())?))
    }

    pub(crate) fn seal(
        &self,
        subject: &Subject,
        token: &TotpToken,
        randomness: &dyn Randomness,
    ) -> Result<SealedToken, Unavailable> {
        let mut nonce = [0; NONCE_LEN];
        randomness.fill(&mut nonce);
        let mut secret = Zeroizing::new(token.secret.expose_secret().to_vec());
        // Room for the tag, so that the secret is not copied when it is appended.
        secret.reserve_exact(CHACHA20_POLY1305.tag_len());
        self.cipher()?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(subject.to_key_bytes()),
                &mut *secret,
            )
            .map_err(|_| failed())?;
        let algorithm = ALGORITHMS
            .iter()
            .find(|(known, _)| *known == token.algorithm);
        let (_, algorithm) = algorithm.ok_or_else(failed)?;
        Ok(SealedToken {
            sealed: BASE64.encode(&[&nonce, secret.as_slice()].concat()),
            digits: token.digits,
            period: token.period,
            algorithm: (*algorithm).to_owned(),
        })
    }

    pub(crate) fn open(
        &self,
        subject: &Subject,
        sealed: &SealedToken,
    ) -> Result<TotpToken, Unavailable> {
        let bytes = BASE64.decode(sealed.sealed.as_bytes());
        let bytes = Zeroizing::new(bytes.map_err(|_| failed())?);
        let (nonce, secret) = bytes.split_first_chunk::<NONCE_LEN>().ok_or_else(failed)?;
        let mut secret = Zeroizing::new(secret.to_vec());
        let opened = self
            .cipher()?
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(subject.to_key_bytes()),
                &mut secret,
            )
            .map_err(|_| failed())?;
        let known = ALGORITHMS
            .iter()
            .find(|(_, name)| *name == sealed.algorithm);
        let (algorithm, _) = known.ok_or_else(failed)?;
        Ok(TotpToken {
            secret: SecretSlice::from(opened.to_vec()),
            digits: sealed.digits,
            period: sealed.period,
            algorithm: *algorithm,
        })
    }

    /// A keyed digest of `parts`: the same for the same parts.
    pub(crate) fn mark(&self, parts: &[&[u8]]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.key.as_ref());
        let mut mark = hmac::Context::with_key(&key);
        for part in parts {
            mark.update(&(part.len() as u64).to_be_bytes());
            mark.update(part);
        }
        HEXLOWER.encode(mark.sign().as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u8);

    impl Randomness for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    fn subject(user: &str) -> Subject {
        Subject::new("1234567890".parse().unwrap(), user.parse().unwrap())
    }

    fn token() -> TotpToken {
        TotpToken {
            secret: SecretSlice::from(b"twenty bytes of key!".to_vec()),
            digits: 8,
            period: 60,
            algorithm: TotpAlgorithm::Sha256,
        }
    }

    #[test]
    fn a_token_is_opened_for_its_user_only() {
        let sealing = Sealing::new(&[7; 32]);
        let sealed = sealing
            .seal(&subject("user01"), &token(), &Fixed(1))
            .unwrap();
        assert!(!sealed.sealed.contains(&BASE64.encode(b"twenty bytes")));
        let opened = sealing.open(&subject("user01"), &sealed).unwrap();
        assert_eq!(
            opened.secret.expose_secret(),
            token().secret.expose_secret()
        );
        assert_eq!((opened.digits, opened.period), (8, 60));
        assert_eq!(opened.algorithm, TotpAlgorithm::Sha256);
        assert!(sealing.open(&subject("user02"), &sealed).is_err());
        assert!(
            Sealing::new(&[8; 32])
                .open(&subject("user01"), &sealed)
                .is_err()
        );
    }

    #[test]
    fn the_same_secret_is_encrypted_differently_each_time() {
        let sealing = Sealing::new(&[7; 32]);
        let seal = |number| {
            sealing
                .seal(&subject("user01"), &token(), &Fixed(number))
                .unwrap()
        };
        assert_ne!(seal(1).sealed, seal(2).sealed);
    }

    #[test]
    fn parts_are_told_apart_from_their_joint() {
        let sealing = Sealing::new(&[7; 32]);
        assert_eq!(sealing.mark(&[b"ab", b"c"]), sealing.mark(&[b"ab", b"c"]));
        assert_ne!(sealing.mark(&[b"ab", b"c"]), sealing.mark(&[b"a", b"bc"]));
    }
}
