//! The other side: what a customer's own program does with a key that never leaves its machine.

use rcgen::{CertificateParams, DistinguishedName, KeyPair};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use warifu_core::domain::SerialNumber;
use warifu_core::ports::PrivateKey;
use x509_parser::prelude::{FromDer, X509Certificate};
use zeroize::Zeroizing;

use crate::key::{pair_of, public_key_of};
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
        .serialize_request(&*pair)
        .and_then(|request| request.pem())
        .map_err(|error| ClientKeyError(format!("no request can be made: {error}")))
}

/// Whether a certificate in PEM is one for `key`.
pub fn holds_key(certificate: &str, key: &PrivateKey) -> Result<bool, ClientKeyError> {
    let broken = |what: String| ClientKeyError(format!("the certificate cannot be read: {what}"));
    let block = pem::parse(certificate).map_err(|error| broken(error.to_string()))?;
    let (_, parsed) =
        X509Certificate::from_der(block.contents()).map_err(|error| broken(error.to_string()))?;
    let own = public_key_of(key.expose_pkcs8()).map_err(|error| unreadable(&error))?;
    Ok(parsed.public_key().raw == own.as_slice())
}

/// What a client packs into a PKCS#12 file.
pub struct ClientFile<'a> {
    /// The private key.
    pub key: &'a PrivateKey,
    /// Its certificate, as PEM.
    pub certificate: &'a str,
    /// The certificates up to the root, as PEM.
    pub chain: &'a str,
    /// The certificate's serial number, which links it with the key.
    pub serial: SerialNumber,
    /// What a certificate store shows.
    pub friendly_name: &'a str,
}

/// A PKCS#12 file.
pub fn pkcs12_file(
    file: &ClientFile<'_>,
    passphrase: &SecretString,
) -> Result<Zeroizing<Vec<u8>>, ClientKeyError> {
    let contents = pkcs12::Contents {
        key: file.key.expose_pkcs8(),
        certificate: file.certificate,
        chain: file.chain,
        friendly_name: file.friendly_name,
        key_id: file.serial.as_bytes(),
    };
    pkcs12::write(&contents, passphrase.expose_secret())
        .map(Zeroizing::new)
        .map_err(|error| ClientKeyError(format!("no PKCS#12 file can be made: {error}")))
}

fn pair(key: &PrivateKey) -> Result<Zeroizing<KeyPair>, ClientKeyError> {
    pair_of(key.expose_pkcs8()).map_err(|error| unreadable(&error))
}

fn unreadable(error: &rcgen::Error) -> ClientKeyError {
    ClientKeyError(format!("the key cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use warifu_core::ports::ClientKeys;

    use super::*;
    use crate::tests::keys;

    #[test]
    fn a_request_of_ones_own_is_accepted_and_names_the_key_alone() {
        let key = keys().generate().unwrap();
        let request = certificate_request(&key.private).unwrap();
        assert_eq!(keys().read_request(&request), Ok(key.public));
    }

    #[test]
    fn a_certificate_is_told_from_that_of_another_key() {
        let (one, other) = (
            keys().generate().unwrap().private,
            keys().generate().unwrap().private,
        );
        let certificate = CertificateParams::default()
            .self_signed(&*pair(&one).unwrap())
            .unwrap()
            .pem();
        assert_eq!(holds_key(&certificate, &one), Ok(true));
        assert_eq!(holds_key(&certificate, &other), Ok(false));
        assert!(holds_key("no certificate", &one).is_err());
    }
}
