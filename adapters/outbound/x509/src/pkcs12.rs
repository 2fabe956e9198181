//! Writing PKCS#12 files (RFC 7292) that OpenSSL 3, Java and current operating systems open with
//! their defaults: PBES2 with PBKDF2-HMAC-SHA-256 and AES-256-CBC (RFC 8018), and a MAC with
//! HMAC-SHA-256. Nothing here reads such a file.
//!
//! The key is encrypted as it comes, so that it stands in no buffer of this module; what is derived
//! from the passphrase is erased.

use std::num::NonZeroU32;

use aes::Aes256;
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeEncrypt, KeyIvInit};
use cbc::Encryptor;
use ring::{digest, hmac, pbkdf2};
use warifu_core::ports::Randomness;
use x509_parser::prelude::{FromDer, X509Certificate};
use yasna::models::ObjectIdentifier;
use yasna::{DERWriter, DERWriterSeq, Tag};
use zeroize::Zeroizing;

use crate::key::public_key_of;

/// Of the encryption and of the MAC: whoever guesses takes the cheaper of the two.
const ITERATIONS: NonZeroU32 = match NonZeroU32::new(100_000) {
    Some(iterations) => iterations,
    None => NonZeroU32::MIN,
};

/// Bytes of a block of SHA-256, in which the MAC's key derivation counts.
const DIGEST_BLOCK: usize = 64;

type Salt = [u8; 16];
type Key = Zeroizing<[u8; 32]>;

const DATA: &[u64] = &[1, 2, 840, 113_549, 1, 7, 1];
const ENCRYPTED_DATA: &[u64] = &[1, 2, 840, 113_549, 1, 7, 6];
const SHROUDED_KEY_BAG: &[u64] = &[1, 2, 840, 113_549, 1, 12, 10, 1, 2];
const CERTIFICATE_BAG: &[u64] = &[1, 2, 840, 113_549, 1, 12, 10, 1, 3];
const X509_CERTIFICATE: &[u64] = &[1, 2, 840, 113_549, 1, 9, 22, 1];
const FRIENDLY_NAME: &[u64] = &[1, 2, 840, 113_549, 1, 9, 20];
const LOCAL_KEY_ID: &[u64] = &[1, 2, 840, 113_549, 1, 9, 21];
const PBES2: &[u64] = &[1, 2, 840, 113_549, 1, 5, 13];
const PBKDF2: &[u64] = &[1, 2, 840, 113_549, 1, 5, 12];
const HMAC_SHA256: &[u64] = &[1, 2, 840, 113_549, 2, 9];
const AES256_CBC: &[u64] = &[2, 16, 840, 1, 101, 3, 4, 1, 42];
const SHA256: &[u64] = &[2, 16, 840, 1, 101, 3, 4, 2, 1];

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
pub(crate) fn write(
    contents: &Contents<'_>,
    passphrase: &str,
    randomness: &dyn Randomness,
) -> Result<Vec<u8>, String> {
    let password = bmp_password(passphrase)?;
    let certificate = one_certificate(contents)?;
    let chain = certificates_of(contents.chain)?;
    let certificates = yasna::construct_der(|writer| {
        writer.write_sequence(|bags| {
            write_certificate(bags.next(), &certificate, Some(contents));
            for issuer in &chain {
                write_certificate(bags.next(), issuer, None);
            }
        });
    });
    let key = Encrypted::new(contents.key, passphrase, randomness);
    let certificates = Encrypted::new(&certificates, passphrase, randomness);
    let key = yasna::construct_der(|writer| {
        writer.write_sequence(|bags| write_key(bags.next(), &key, contents));
    });
    let safe = yasna::construct_der(|writer| {
        writer.write_sequence(|safes| {
            safes.next().write_sequence(|safe| {
                safe.next().write_oid(&oid(ENCRYPTED_DATA));
                let content = safe.next();
                content.write_tagged(Tag::context(0), |data| certificates.write_as_data(data));
            });
            safes.next().write_sequence(|safe| write_data(safe, &key));
        });
    });
    let salt = salt(randomness);
    let key = mac_key(&password, &salt, ITERATIONS);
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_slice()), &safe);
    Ok(yasna::construct_der(|writer| {
        writer.write_sequence(|file| {
            file.next().write_u8(3);
            file.next()
                .write_sequence(|content| write_data(content, &safe));
            file.next().write_sequence(|mac_data| {
                mac_data.next().write_sequence(|digest| {
                    write_algorithm(digest.next(), SHA256);
                    digest.next().write_bytes(mac.as_ref());
                });
                mac_data.next().write_bytes(&salt);
                mac_data.next().write_u32(ITERATIONS.get());
            });
        });
    }))
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

/// Something encrypted under the passphrase, with all but the passphrase that decrypting it takes.
struct Encrypted {
    salt: Salt,
    initialization_vector: [u8; 16],
    ciphertext: Vec<u8>,
}

impl Encrypted {
    fn new(plaintext: &[u8], passphrase: &str, randomness: &dyn Randomness) -> Self {
        let salt = salt(randomness);
        let mut initialization_vector = [0; 16];
        randomness.fill(&mut initialization_vector);
        let mut key = Key::default();
        let (algorithm, secret) = (pbkdf2::PBKDF2_HMAC_SHA256, passphrase.as_bytes());
        pbkdf2::derive(algorithm, ITERATIONS, &salt, secret, key.as_mut_slice());
        let encryptor = Encryptor::<Aes256>::new((&*key).into(), (&initialization_vector).into());
        Self {
            salt,
            initialization_vector,
            ciphertext: encryptor.encrypt_padded_vec::<Pkcs7>(plaintext),
        }
    }

    /// As the content of `EncryptedData`.
    fn write_as_data(&self, writer: DERWriter<'_>) {
        writer.write_sequence(|data| {
            data.next().write_u8(0);
            data.next().write_sequence(|content| {
                content.next().write_oid(&oid(DATA));
                self.write_algorithm(content.next());
                let ciphertext = content.next();
                ciphertext.write_tagged_implicit(Tag::context(0), |writer| {
                    writer.write_bytes(&self.ciphertext);
                });
            });
        });
    }

    /// As `EncryptedPrivateKeyInfo`.
    fn write_as_key(&self, writer: DERWriter<'_>) {
        writer.write_sequence(|key| {
            self.write_algorithm(key.next());
            key.next().write_bytes(&self.ciphertext);
        });
    }

    fn write_algorithm(&self, writer: DERWriter<'_>) {
        writer.write_sequence(|algorithm| {
            algorithm.next().write_oid(&oid(PBES2));
            algorithm.next().write_sequence(|parameters| {
                parameters.next().write_sequence(|derivation| {
                    derivation.next().write_oid(&oid(PBKDF2));
                    derivation.next().write_sequence(|parameters| {
                        parameters.next().write_bytes(&self.salt);
                        parameters.next().write_u32(ITERATIONS.get());
                        write_algorithm(parameters.next(), HMAC_SHA256);
                    });
                });
                parameters.next().write_sequence(|scheme| {
                    scheme.next().write_oid(&oid(AES256_CBC));
                    scheme.next().write_bytes(&self.initialization_vector);
                });
            });
        });
    }
}

fn write_key(writer: DERWriter<'_>, key: &Encrypted, contents: &Contents<'_>) {
    writer.write_sequence(|bag| {
        bag.next().write_oid(&oid(SHROUDED_KEY_BAG));
        let value = bag.next();
        value.write_tagged(Tag::context(0), |writer| key.write_as_key(writer));
        write_attributes(bag.next(), contents);
    });
}

/// `own` is the key's certificate: it carries the key's name.
fn write_certificate(writer: DERWriter<'_>, der: &[u8], own: Option<&Contents<'_>>) {
    writer.write_sequence(|bag| {
        bag.next().write_oid(&oid(CERTIFICATE_BAG));
        bag.next().write_tagged(Tag::context(0), |value| {
            value.write_sequence(|certificate| {
                certificate.next().write_oid(&oid(X509_CERTIFICATE));
                let content = certificate.next();
                content.write_tagged(Tag::context(0), |writer| writer.write_bytes(der));
            });
        });
        if let Some(contents) = own {
            write_attributes(bag.next(), contents);
        }
    });
}

fn write_attributes(writer: DERWriter<'_>, contents: &Contents<'_>) {
    let friendly_name = bmp_name(contents.friendly_name);
    writer.write_set_of(|attributes| {
        attributes.next().write_sequence(|attribute| {
            attribute.next().write_oid(&oid(FRIENDLY_NAME));
            let values = attribute.next();
            values.write_set_of(|values| values.next().write_bmp_string(&friendly_name));
        });
        attributes.next().write_sequence(|attribute| {
            attribute.next().write_oid(&oid(LOCAL_KEY_ID));
            let values = attribute.next();
            values.write_set_of(|values| values.next().write_bytes(contents.key_id));
        });
    });
}

/// `ContentInfo` of unencrypted data.
fn write_data(content: &mut DERWriterSeq<'_>, data: &[u8]) {
    content.next().write_oid(&oid(DATA));
    let value = content.next();
    value.write_tagged(Tag::context(0), |writer| writer.write_bytes(data));
}

fn write_algorithm(writer: DERWriter<'_>, algorithm: &[u64]) {
    writer.write_sequence(|writer| {
        writer.next().write_oid(&oid(algorithm));
        writer.next().write_null();
    });
}

fn oid(components: &[u64]) -> ObjectIdentifier {
    ObjectIdentifier::from_slice(components)
}

fn salt(randomness: &dyn Randomness) -> Salt {
    let mut salt = Salt::default();
    randomness.fill(&mut salt);
    salt
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

/// The passphrase as RFC 7292, appendix B.1, wants it: UTF-16, big-endian, with a zero at its end.
fn bmp_password(passphrase: &str) -> Result<Zeroizing<Vec<u8>>, String> {
    let length = (passphrase.chars().count() + 1) * 2;
    let mut password = Zeroizing::new(Vec::with_capacity(length));
    for character in passphrase.chars().chain(['\0']) {
        let unit = u16::try_from(u32::from(character))
            .map_err(|_| "the passphrase has a character that such a file cannot have")?;
        password.extend(unit.to_be_bytes());
    }
    Ok(password)
}

/// Derives the key of the MAC from the password (RFC 7292, appendix B.2). The key is as long as a
/// digest, so that the derivation ends with its first block.
fn mac_key(password: &[u8], salt: &[u8], iterations: NonZeroU32) -> Key {
    /// Sets keys for a MAC apart from those for other uses (appendix B.3).
    const FOR_A_MAC: u8 = 3;
    let whole_blocks = |bytes: &[u8]| bytes.len().div_ceil(DIGEST_BLOCK) * DIGEST_BLOCK;
    let (salts, passwords) = (whole_blocks(salt), whole_blocks(password));
    // Of its final length from the beginning: growing would leave copies behind.
    let mut input = Zeroizing::new(Vec::with_capacity(DIGEST_BLOCK + salts + passwords));
    input.extend([FOR_A_MAC; DIGEST_BLOCK]);
    input.extend(salt.iter().cycle().take(salts));
    input.extend(password.iter().cycle().take(passwords));
    let mut key = Key::default();
    key.copy_from_slice(digest::digest(&digest::SHA256, &input).as_ref());
    for _ in 1..iterations.get() {
        let next = digest::digest(&digest::SHA256, key.as_slice());
        key.copy_from_slice(next.as_ref());
    }
    key
}

#[cfg(test)]
mod tests;
