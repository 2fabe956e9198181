//! Writing PKCS#12 files that OpenSSL 3 and current operating systems open with their defaults:
//! PBES2 with PBKDF2-HMAC-SHA-256 and AES-256-CBC, and a MAC with HMAC-SHA-256.

use p12_keystore::{
    Certificate, EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKey,
    PrivateKeyChain,
};

/// Of the encryption and of the MAC: whoever guesses takes the cheaper of the two.
const ITERATIONS: u32 = 100_000;

/// What goes into the file.
pub(crate) struct Contents<'a> {
    /// PKCS#8 DER.
    pub(crate) key: &'a [u8],
    /// PEM.
    pub(crate) certificate: &'a str,
    /// PEM, any number of certificates.
    pub(crate) chain: &'a str,
    pub(crate) friendly_name: &'a str,
    /// Links the key with its certificate.
    pub(crate) key_id: &'a [u8],
}

/// Writes the file.
pub(crate) fn write(contents: &Contents<'_>, passphrase: &str) -> Result<Vec<u8>, String> {
    let mut certificates = read(contents.certificate)?;
    if certificates.len() != 1 {
        return Err("the certificate is not one PEM block".to_owned());
    }
    certificates.extend(read(contents.chain)?);
    let key = PrivateKey::from_der(contents.key).map_err(|error| error.to_string())?;
    let entry = PrivateKeyChain::new(contents.key_id, key, certificates);
    let mut store = KeyStore::new();
    store.add_entry(
        contents.friendly_name,
        KeyStoreEntry::PrivateKeyChain(entry),
    );
    store
        .writer(passphrase)
        .encryption_algorithm(EncryptionAlgorithm::PbeWithHmacSha256AndAes256)
        .encryption_iterations(ITERATIONS)
        .mac_algorithm(MacAlgorithm::HmacSha256)
        .mac_iterations(ITERATIONS)
        .write()
        .map_err(|error| error.to_string())
}

/// The certificates of a PEM text.
fn read(pem: &str) -> Result<Vec<Certificate>, String> {
    let blocks = pem::parse_many(pem).map_err(|_| "a certificate is not PEM")?;
    if blocks.iter().any(|block| block.tag() != "CERTIFICATE") {
        return Err("a PEM block is not a certificate".to_owned());
    }
    let read = |block: &pem::Pem| Certificate::from_der(block.contents());
    blocks
        .iter()
        .map(read)
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())
}
