//! Writing PKCS#12 files (RFC 7292) that OpenSSL 3 and current operating systems open with their
//! defaults: PBES2 with PBKDF2-HMAC-SHA-256 and AES-256-CBC, and a MAC with SHA-256.

use hmac::{Hmac, KeyInit, Mac};
use pkcs5::der::Encode;
use pkcs5::pbes2;
use sha2::{Digest, Sha256};
use warifu_core::ports::Randomness;
use yasna::models::ObjectIdentifier;
use yasna::{DERWriter, DERWriterSeq, Tag};
use zeroize::{Zeroize, Zeroizing};

/// Of the encryption and of the MAC: whoever guesses takes the cheaper of the two.
const ITERATIONS: u32 = 100_000;

const DATA: &[u64] = &[1, 2, 840, 113_549, 1, 7, 1];
const ENCRYPTED_DATA: &[u64] = &[1, 2, 840, 113_549, 1, 7, 6];
const PBES2: &[u64] = &[1, 2, 840, 113_549, 1, 5, 13];
const SHROUDED_KEY_BAG: &[u64] = &[1, 2, 840, 113_549, 1, 12, 10, 1, 2];
const CERTIFICATE_BAG: &[u64] = &[1, 2, 840, 113_549, 1, 12, 10, 1, 3];
const X509_CERTIFICATE: &[u64] = &[1, 2, 840, 113_549, 1, 9, 22, 1];
const FRIENDLY_NAME: &[u64] = &[1, 2, 840, 113_549, 1, 9, 20];
const LOCAL_KEY_ID: &[u64] = &[1, 2, 840, 113_549, 1, 9, 21];
const SHA256: &[u64] = &[2, 16, 840, 1, 101, 3, 4, 2, 1];
const BMP_STRING: Tag = Tag {
    tag_class: yasna::TagClass::Universal,
    tag_number: 30,
};

/// What goes into the file.
pub(crate) struct Contents<'a> {
    /// PKCS#8 DER.
    pub(crate) key: &'a [u8],
    /// PEM.
    pub(crate) certificate: &'a str,
    /// PEM, any number of certificates.
    pub(crate) chain: &'a str,
    pub(crate) friendly_name: &'a str,
}

/// Writes the file.
pub(crate) fn write(
    contents: &Contents<'_>,
    passphrase: &str,
    randomness: &dyn Randomness,
) -> Result<Vec<u8>, &'static str> {
    let certificate = certificates(contents.certificate)?;
    let [certificate] = certificate.as_slice() else {
        return Err("the certificate is not one PEM block");
    };
    let chain = certificates(contents.chain)?;
    let label = Label {
        name: contents.friendly_name,
        key_id: Sha256::digest(certificate).into(),
    };

    let bags = yasna::construct_der(|writer| {
        writer.write_sequence(|bags| {
            write_certificate(bags.next(), certificate, Some(&label));
            for issuer in &chain {
                write_certificate(bags.next(), issuer, None);
            }
        });
    });
    let certificates = Encrypted::new(&bags, passphrase, randomness)?;
    let key = Encrypted::new(contents.key, passphrase, randomness)?;

    let safe = yasna::construct_der(|writer| {
        writer.write_sequence(|safes| {
            write_encrypted_safe(safes.next(), &certificates);
            write_plain_safe(safes.next(), |bags| {
                write_bag(bags.next(), SHROUDED_KEY_BAG, Some(&label), |value| {
                    value.write_sequence(|info| {
                        key.write_algorithm(info.next());
                        info.next().write_bytes(&key.ciphertext);
                    });
                });
            });
        });
    });
    let mut salt = [0; 16];
    randomness.fill(&mut salt);
    let mac = authenticate(&safe, passphrase, &salt)?;
    Ok(yasna::construct_der(|writer| {
        writer.write_sequence(|file| {
            file.next().write_u8(3);
            file.next().write_sequence(|info| {
                write_oid(info.next(), DATA);
                info.next()
                    .write_tagged(Tag::context(0), |content| content.write_bytes(&safe));
            });
            file.next().write_sequence(|data| {
                data.next().write_sequence(|digest| {
                    digest.next().write_sequence(|algorithm| {
                        write_oid(algorithm.next(), SHA256);
                        algorithm.next().write_null();
                    });
                    digest.next().write_bytes(&mac);
                });
                data.next().write_bytes(&salt);
                data.next().write_u32(ITERATIONS);
            });
        });
    }))
}

/// The DER of each certificate of a PEM text.
fn certificates(pem: &str) -> Result<Vec<Vec<u8>>, &'static str> {
    let blocks = pem::parse_many(pem).map_err(|_| "a certificate is not PEM")?;
    if blocks.iter().any(|block| block.tag() != "CERTIFICATE") {
        return Err("a PEM block is not a certificate");
    }
    Ok(blocks.into_iter().map(pem::Pem::into_contents).collect())
}

/// Something encrypted under the passphrase, and how.
struct Encrypted {
    parameters: Vec<u8>,
    ciphertext: Vec<u8>,
}

impl Encrypted {
    fn new(
        plaintext: &[u8],
        passphrase: &str,
        randomness: &dyn Randomness,
    ) -> Result<Self, &'static str> {
        let (mut salt, mut iv) = ([0; 16], [0; 16]);
        randomness.fill(&mut salt);
        randomness.fill(&mut iv);
        let scheme = pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(ITERATIONS, &salt, iv)
            .map_err(|_| "the encryption could not be set up")?;
        // Encrypted in place, with room for the padding: nothing of the key stays in a buffer.
        let mut buffer = Zeroizing::new(Vec::with_capacity(plaintext.len() + 16));
        buffer.extend_from_slice(plaintext);
        buffer.resize(plaintext.len() + 16, 0);
        let ciphertext = scheme
            .encrypt_in_place(passphrase, &mut buffer, plaintext.len())
            .map_err(|_| "the encryption failed")?
            .to_vec();
        let mut description = [0; 256];
        let parameters = scheme
            .encode_to_slice(&mut description)
            .map_err(|_| "the encryption could not be described")?
            .to_vec();
        Ok(Self {
            parameters,
            ciphertext,
        })
    }

    fn write_algorithm(&self, writer: DERWriter<'_>) {
        writer.write_sequence(|algorithm| {
            write_oid(algorithm.next(), PBES2);
            algorithm.next().write_der(&self.parameters);
        });
    }
}

fn write_oid(writer: DERWriter<'_>, oid: &[u64]) {
    writer.write_oid(&ObjectIdentifier::from_slice(oid));
}

/// A `ContentInfo` of type data with a `SafeContents`.
fn write_plain_safe(writer: DERWriter<'_>, bags: impl FnOnce(&mut DERWriterSeq<'_>)) {
    let contents = yasna::construct_der(|writer| writer.write_sequence(bags));
    writer.write_sequence(|info| {
        write_oid(info.next(), DATA);
        info.next()
            .write_tagged(Tag::context(0), |content| content.write_bytes(&contents));
    });
}

/// A `ContentInfo` of type encryptedData.
fn write_encrypted_safe(writer: DERWriter<'_>, encrypted: &Encrypted) {
    writer.write_sequence(|info| {
        write_oid(info.next(), ENCRYPTED_DATA);
        info.next().write_tagged(Tag::context(0), |content| {
            content.write_sequence(|data| {
                data.next().write_u8(0);
                data.next().write_sequence(|inner| {
                    write_oid(inner.next(), DATA);
                    encrypted.write_algorithm(inner.next());
                    inner
                        .next()
                        .write_tagged_implicit(Tag::context(0), |ciphertext| {
                            ciphertext.write_bytes(&encrypted.ciphertext);
                        });
                });
            });
        });
    });
}

/// What a certificate store shows, and what links the key with its certificate.
struct Label<'a> {
    name: &'a str,
    key_id: [u8; 32],
}

fn write_certificate(writer: DERWriter<'_>, certificate: &[u8], label: Option<&Label<'_>>) {
    write_bag(writer, CERTIFICATE_BAG, label, |value| {
        value.write_sequence(|bag| {
            write_oid(bag.next(), X509_CERTIFICATE);
            bag.next()
                .write_tagged(Tag::context(0), |der| der.write_bytes(certificate));
        });
    });
}

fn write_bag(
    writer: DERWriter<'_>,
    kind: &[u64],
    label: Option<&Label<'_>>,
    value: impl FnOnce(DERWriter<'_>),
) {
    writer.write_sequence(|bag| {
        write_oid(bag.next(), kind);
        bag.next().write_tagged(Tag::context(0), value);
        let Some(label) = label else { return };
        bag.next().write_set_of(|attributes| {
            write_attribute(attributes.next(), FRIENDLY_NAME, |name| {
                name.write_tagged_implicit(BMP_STRING, |text| {
                    text.write_bytes(&utf16(label.name));
                });
            });
            write_attribute(attributes.next(), LOCAL_KEY_ID, |id| {
                id.write_bytes(&label.key_id);
            });
        });
    });
}

fn write_attribute(writer: DERWriter<'_>, kind: &[u64], value: impl FnOnce(DERWriter<'_>)) {
    writer.write_sequence(|attribute| {
        write_oid(attribute.next(), kind);
        attribute.next().write_set_of(|values| value(values.next()));
    });
}

/// Big-endian UTF-16. Characters beyond the basic plane, as some Japanese names have them, become
/// surrogates, which is what OpenSSL and Windows read.
fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// HMAC-SHA-256 over the safe, with a key derived as in RFC 7292, appendix B.
fn authenticate(safe: &[u8], passphrase: &str, salt: &[u8]) -> Result<Vec<u8>, &'static str> {
    let mut password = Zeroizing::new(Vec::with_capacity(2 * passphrase.len() + 2));
    for unit in passphrase.encode_utf16().chain([0]) {
        password.extend_from_slice(&unit.to_be_bytes());
    }
    let key = derive_mac_key(&password, salt);
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_slice())
        .map_err(|_| "the file could not be authenticated")?;
    mac.update(safe);
    Ok(mac.finalize().into_bytes().to_vec())
}

/// RFC 7292, appendix B.2, for a key of just one digest (32 bytes), so that its step 6 is done
/// once.
fn derive_mac_key(password: &[u8], salt: &[u8]) -> Zeroizing<[u8; 32]> {
    const BLOCK: usize = 64;
    const MAC_KEY: u8 = 3;
    let repeated = |bytes: &[u8]| bytes.len().div_ceil(BLOCK) * BLOCK;
    let mut input = Zeroizing::new(Vec::with_capacity(
        BLOCK + repeated(salt) + repeated(password),
    ));
    input.extend_from_slice(&[MAC_KEY; BLOCK]);
    input.extend(salt.iter().cycle().take(repeated(salt)));
    input.extend(password.iter().cycle().take(repeated(password)));
    let mut digest: [u8; 32] = Sha256::digest(input.as_slice()).into();
    for _ in 1..ITERATIONS {
        digest = Sha256::digest(digest).into();
    }
    let key = Zeroizing::new(digest);
    digest.zeroize();
    key
}
