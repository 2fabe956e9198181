//! Certificate requests, key pairs and PKCS#12 files.

mod client;
mod key;
mod pkcs12;
mod request;
mod weak_keys;

use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData};
use secrecy::{ExposeSecret, SecretString};
use warifu_core::domain::IssuedCertificate;
use warifu_core::ports::{BadCsr, ClientKeys, GeneratedKey, PrivateKey, PublicKey, Unavailable};
use zeroize::Zeroizing;

pub use client::{ClientFile, ClientKeyError, certificate_request, holds_key, pkcs12_file};

/// The section of the configuration that certificates belong to.
const PORT: &str = "certificate_authority";

/// Keys of clients. Key pairs and the salts of PKCS#12 files come from the operating system's
/// generator: the libraries that make them take no other.
#[derive(Clone, Copy, Debug, Default)]
pub struct X509ClientKeys;

impl ClientKeys for X509ClientKeys {
    fn read_request(&self, pem: &str) -> Result<PublicKey, BadCsr> {
        request::read(pem)
    }

    fn generate(&self) -> Result<GeneratedKey, Unavailable> {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)
            .map(Zeroizing::new)
            .map_err(|error| Unavailable::new(PORT, format!("no key pair was made: {error}")))?;
        let private = PrivateKey::from_pkcs8(Zeroizing::new(pair.serialize_der()));
        let public = PublicKey {
            spki_der: pair.subject_public_key_info(),
        };
        Ok(GeneratedKey { public, private })
    }

    fn pkcs12(
        &self,
        key: &PrivateKey,
        certificate: &IssuedCertificate,
        friendly_name: &str,
        passphrase: &SecretString,
    ) -> Result<Vec<u8>, Unavailable> {
        let contents = pkcs12::Contents {
            key: key.expose_pkcs8(),
            certificate: &certificate.certificate,
            chain: &certificate.chain,
            friendly_name,
            key_id: certificate.serial.as_bytes(),
        };
        pkcs12::write(&contents, passphrase.expose_secret())
            .map_err(|error| Unavailable::new(PORT, format!("no PKCS#12 file was made: {error}")))
    }
}

#[cfg(test)]
mod tests;
