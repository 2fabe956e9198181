//! Documents that are signed with Ed25519: JSON on one line, whose last member is the signature over
//! the line without it.

use data_encoding::BASE64;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

const BEFORE_SIGNATURE: &str = ",\"signature\":\"";
const AFTER_SIGNATURE: &str = "\"}";
/// What stands before the 32 bytes of an Ed25519 key in a `SubjectPublicKeyInfo` (RFC 8410).
const PUBLIC_KEY_HEAD: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// A key or a signed document that cannot be used.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum SigningError {
    /// Not a private key.
    #[error("is no Ed25519 private key in PEM: make one with openssl genpkey -algorithm ed25519")]
    PrivateKey,
    /// Not a public key.
    #[error("is no Ed25519 public key in PEM: openssl pkey -pubout makes it of the private one")]
    PublicKey,
    /// Not a document of this kind.
    #[error("is not a signed document of this kind")]
    Malformed,
    /// Not signed with this key, or changed since.
    #[error("was changed, or is signed with another key")]
    Signature,
}

/// A key to sign with. Cannot be printed.
pub struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    /// Reads PKCS#8 in PEM.
    pub fn from_pem(text: &[u8]) -> Result<Self, SigningError> {
        let block = pem::parse(text).map_err(|_| SigningError::PrivateKey)?;
        if block.tag() != "PRIVATE KEY" {
            return Err(SigningError::PrivateKey);
        }
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(block.contents())
            .map(Self)
            .map_err(|_| SigningError::PrivateKey)
    }

    /// Its public half.
    pub fn public(&self) -> VerifyingKey {
        VerifyingKey(self.0.public_key().as_ref().to_vec())
    }

    /// The signature of a document, in Base64.
    pub(crate) fn signature(&self, document: &impl Serialize) -> Result<String, serde_json::Error> {
        let unsigned = serde_json::to_string(document)?;
        Ok(BASE64.encode(self.0.sign(unsigned.as_bytes()).as_ref()))
    }

    /// One line, signed.
    pub(crate) fn sign(&self, document: &impl Serialize) -> Result<String, serde_json::Error> {
        let unsigned = serde_json::to_string(document)?;
        let signature = self.signature(document)?;
        let rest = unsigned.strip_suffix('}').unwrap_or(&unsigned);
        Ok(format!(
            "{rest}{BEFORE_SIGNATURE}{signature}{AFTER_SIGNATURE}\n"
        ))
    }
}

/// A key to check signatures with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyingKey(Vec<u8>);

impl VerifyingKey {
    /// Reads a `SubjectPublicKeyInfo` in PEM.
    pub fn from_pem(text: &[u8]) -> Result<Self, SigningError> {
        let block = pem::parse(text).map_err(|_| SigningError::PublicKey)?;
        let bytes = block.contents().strip_prefix(&PUBLIC_KEY_HEAD[..]);
        match bytes {
            Some(bytes) if block.tag() == "PUBLIC KEY" && bytes.len() == 32 => {
                Ok(Self(bytes.to_vec()))
            }
            _ => Err(SigningError::PublicKey),
        }
    }

    /// Checks a signature in Base64 over a text.
    pub(crate) fn check(&self, text: &str, signature: &str) -> Result<(), SigningError> {
        let signature = BASE64
            .decode(signature.as_bytes())
            .map_err(|_| SigningError::Malformed)?;
        UnparsedPublicKey::new(&ED25519, &self.0)
            .verify(text.as_bytes(), &signature)
            .map_err(|_| SigningError::Signature)
    }

    /// As PEM.
    pub fn to_pem(&self) -> String {
        let der = [&PUBLIC_KEY_HEAD[..], &self.0].concat();
        pem::encode(&pem::Pem::new("PUBLIC KEY", der))
    }
}

/// Reads a signed document; checks its signature where a key is given.
pub(crate) fn read<T: DeserializeOwned>(
    text: &str,
    key: Option<&VerifyingKey>,
) -> Result<T, SigningError> {
    let line = text.strip_suffix('\n').unwrap_or(text);
    let (rest, signature) = line
        .strip_suffix(AFTER_SIGNATURE)
        .and_then(|line| line.rsplit_once(BEFORE_SIGNATURE))
        .ok_or(SigningError::Malformed)?;
    let unsigned = format!("{rest}}}");
    if let Some(key) = key {
        key.check(&unsigned, signature)?;
    }
    serde_json::from_str(&unsigned).map_err(|_| SigningError::Malformed)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const KEY: &[u8] = b"-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
        -----END PRIVATE KEY-----\n";

    #[test]
    fn what_is_signed_is_read_and_what_is_changed_is_not() {
        let key = SigningKey::from_pem(KEY).unwrap();
        let public = VerifyingKey::from_pem(key.public().to_pem().as_bytes()).unwrap();
        let signed = key.sign(&json!({ "format": "x", "n": 1 })).unwrap();
        let read_back: Value = read(&signed, Some(&public)).unwrap();
        assert_eq!(read_back["n"], 1);
        let changed = signed.replace("\"n\":1", "\"n\":2");
        let refused = read::<Value>(&changed, Some(&public)).unwrap_err();
        assert_eq!(refused, SigningError::Signature);
        assert!(read::<Value>(&changed, None).is_ok());
        assert_eq!(
            read::<Value>("{\"n\":1}", Some(&public)).unwrap_err(),
            SigningError::Malformed
        );
    }

    #[test]
    fn other_keys_are_refused_with_a_way_to_a_right_one() {
        let refused = SigningKey::from_pem(b"nothing").err().unwrap();
        assert!(refused.to_string().contains("openssl genpkey"));
        assert_eq!(VerifyingKey::from_pem(KEY), Err(SigningError::PublicKey));
    }
}
