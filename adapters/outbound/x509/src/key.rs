//! What is asked of a private key besides signing.

use rcgen::{KeyPair, PublicKeyData};
use rustls_pki_types::PrivatePkcs8KeyDer;
use zeroize::Zeroizing;

/// The key pair of a PKCS#8 key. Erased when dropped.
pub(crate) fn pair_of(pkcs8: &[u8]) -> Result<Zeroizing<KeyPair>, rcgen::Error> {
    KeyPair::try_from(&PrivatePkcs8KeyDer::from(pkcs8)).map(Zeroizing::new)
}

/// The `SubjectPublicKeyInfo` of a PKCS#8 key, as DER.
pub(crate) fn public_key_of(pkcs8: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
    Ok(pair_of(pkcs8)?.subject_public_key_info())
}
