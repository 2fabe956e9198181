//! Writing PKCS#12 files (RFC 7292) that OpenSSL 3, Java and current operating systems open with
//! their defaults: PBES2 with PBKDF2-HMAC-SHA-256 and AES-256-CBC (RFC 8018), and a MAC with
//! HMAC-SHA-256. Nothing here reads such a file.
//!
//! The library that writes them is pinned and tried as if it were ours: it stands on pre-releases,
//! and private keys pass through it.

use p12_keystore::{
    Certificate, EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKeyChain,
};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::key::public_key_of;

/// Of the encryption and of the MAC: whoever guesses takes the cheaper of the two. As OWASP asks for of
/// PBKDF2 with HMAC-SHA-256; what importers take stands in docs/decisions/0186.
const ITERATIONS: u32 = 600_000;

/// What goes into the file.
pub(crate) struct Contents<'a> {
    /// PKCS#8 DER.
    pub(crate) key: &'a [u8],
    /// PEM, of the key.
    pub(crate) certificate: &'a str,
    /// PEM, any number of certificates.
    pub(crate) chain: &'a str,
    /// What a certificate store shows.
    pub(crate) friendly_name: &'a str,
    /// Links the key with its certificate.
    pub(crate) key_id: &'a [u8],
}

/// Writes the file. A passphrase of characters beyond the basic multilingual plane is refused:
/// programs disagree about how the MAC takes them.
pub(crate) fn write(contents: &Contents<'_>, passphrase: &str) -> Result<Vec<u8>, String> {
    write_at(ITERATIONS, contents, passphrase)
}

fn write_at(iterations: u32, contents: &Contents<'_>, passphrase: &str) -> Result<Vec<u8>, String> {
    if passphrase.chars().any(|character| character > '\u{ffff}') {
        return Err("the passphrase has a character that such a file cannot hold".to_owned());
    }
    let mut certificates = vec![one_certificate(contents)?];
    certificates.extend(certificates_of(contents.chain)?);
    let certificates = certificates
        .iter()
        .map(|der| Certificate::from_der(der))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| error.to_string())?;
    let key =
        p12_keystore::PrivateKey::from_der(contents.key).map_err(|error| error.to_string())?;
    let entry = PrivateKeyChain::new(contents.key_id, key, certificates);
    let mut store = KeyStore::new();
    store.add_entry(
        &bmp_name(contents.friendly_name),
        KeyStoreEntry::PrivateKeyChain(entry),
    );
    store
        .writer(passphrase)
        .encryption_algorithm(EncryptionAlgorithm::PbeWithHmacSha256AndAes256)
        .encryption_iterations(iterations)
        .mac_algorithm(MacAlgorithm::HmacSha256)
        .mac_iterations(iterations)
        .write()
        .map_err(|error| error.to_string())
}

/// The certificate, if it is one, and the key's.
fn one_certificate(contents: &Contents<'_>) -> Result<Vec<u8>, String> {
    let mut certificates = certificates_of(contents.certificate)?;
    let (Some(der), true) = (certificates.pop(), certificates.is_empty()) else {
        return Err("the certificate is not one PEM block".to_owned());
    };
    let (_, certificate) = X509Certificate::from_der(&der).map_err(|error| error.to_string())?;
    let public_key = public_key_of(contents.key).map_err(|error| error.to_string())?;
    if certificate.public_key().raw != public_key {
        return Err("the certificate is another key's".to_owned());
    }
    Ok(der)
}

/// The certificates of a PEM text, as DER.
fn certificates_of(pem: &str) -> Result<Vec<Vec<u8>>, String> {
    let blocks = pem::parse_many(pem).map_err(|_| "a certificate is not PEM")?;
    let read = |block: pem::Pem| {
        if block.tag() != "CERTIFICATE" {
            return Err("a PEM block is not a certificate".to_owned());
        }
        let der = block.into_contents();
        match X509Certificate::from_der(&der) {
            Ok(([], _)) => Ok(der),
            _ => Err("a certificate cannot be read".to_owned()),
        }
    };
    blocks.into_iter().map(read).collect()
}

/// What a name becomes in a `BMPString`: characters beyond the basic multilingual plane give way to
/// the mark that Japanese print sets for a missing type, for many programs show no name at all where
/// they stand.
fn bmp_name(name: &str) -> String {
    let shown = |character| match character {
        '\u{10000}'.. => '〓',
        character => character,
    };
    name.chars().map(shown).collect()
}

#[cfg(test)]
mod tests;
