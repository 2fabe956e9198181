//! The other side: what a customer's own program does with a key that never leaves its machine.

use rcgen::{CertificateParams, DistinguishedName, KeyPair};
use rustls_pki_types::PrivatePkcs8KeyDer;
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use warifu_core::domain::SerialNumber;
use warifu_core::ports::PrivateKey;
use x509_parser::prelude::{FromDer, X509Certificate};
use zeroize::Zeroizing;

use crate::pkcs12;

/// A key, or what belongs to it, could not be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0}")]
pub struct ClientKeyError(String);

/// A request in PEM for a certificate of `key`. It says nothing but the key: names come from the
/// bank.
pub fn certificate_request(key: &PrivateKey) -> Result<String, ClientKeyError> {
    let pair = pair(key)?;
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = DistinguishedName::new();
    parameters
        .serialize_request(&pair)
        .and_then(|request| request.pem())
        .map_err(|error| ClientKeyError(format!("no request can be made: {error}")))
}

/// Whether a certificate in PEM is one for `key`.
pub fn holds_key(certificate: &str, key: &PrivateKey) -> Result<bool, ClientKeyError> {
    let broken = |what: String| ClientKeyError(format!("the certificate cannot be read: {what}"));
    let block = pem::parse(certificate).map_err(|error| broken(error.to_string()))?;
    let (_, parsed) =
        X509Certificate::from_der(block.contents()).map_err(|error| broken(error.to_string()))?;
    let own = rcgen::PublicKeyData::subject_public_key_info(&pair(key)?);
    Ok(parsed.public_key().raw == own.as_slice())
}

/// A PKCS#12 file of `key`, its certificate and the chain up to the root.
pub fn pkcs12_file(
    key: &PrivateKey,
    certificate: &str,
    chain: &str,
    serial: SerialNumber,
    friendly_name: &str,
    passphrase: &SecretString,
) -> Result<Zeroizing<Vec<u8>>, ClientKeyError> {
    let contents = pkcs12::Contents {
        key: key.expose_pkcs8(),
        certificate,
        chain,
        friendly_name,
        key_id: serial.as_bytes(),
    };
    pkcs12::write(&contents, passphrase.expose_secret())
        .map(Zeroizing::new)
        .map_err(|error| ClientKeyError(format!("no PKCS#12 file can be made: {error}")))
}

fn pair(key: &PrivateKey) -> Result<KeyPair, ClientKeyError> {
    KeyPair::try_from(&PrivatePkcs8KeyDer::from(key.expose_pkcs8()))
        .map_err(|error| ClientKeyError(format!("the key cannot be read: {error}")))
}

#[cfg(test)]
mod tests {
    use warifu_core::ports::ClientKeys;

    use super::*;
    use crate::X509ClientKeys;

    #[test]
    fn a_request_of_ones_own_is_accepted_and_names_the_key_alone() {
        let key = X509ClientKeys.generate().unwrap();
        let request = certificate_request(&key.private).unwrap();
        assert_eq!(X509ClientKeys.read_request(&request), Ok(key.public));
    }

    #[test]
    fn a_certificate_is_told_from_that_of_another_key() {
        let (one, other) = (
            X509ClientKeys.generate().unwrap().private,
            X509ClientKeys.generate().unwrap().private,
        );
        let certificate = CertificateParams::default()
            .self_signed(&pair(&one).unwrap())
            .unwrap()
            .pem();
        assert_eq!(holds_key(&certificate, &one), Ok(true));
        assert_eq!(holds_key(&certificate, &other), Ok(false));
        assert!(holds_key("no certificate", &one).is_err());
    }
}
