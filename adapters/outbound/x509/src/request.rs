//! Reading certificate requests. Only the key is used, and only after the request has proved that
//! its sender holds it.

use rcgen::{PublicKeyData, SubjectPublicKeyInfo};
use warifu_core::ports::{BadCsr, PublicKey};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::error::X509Error;
use x509_parser::oid_registry::{
    OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_NIST_EC_P384, OID_PKCS1_RSAENCRYPTION,
    OID_PKCS1_RSASSAPSS, OID_PKCS1_SHA256WITHRSA, OID_PKCS1_SHA384WITHRSA, OID_PKCS1_SHA512WITHRSA,
    OID_SIG_ECDSA_WITH_SHA256, OID_SIG_ECDSA_WITH_SHA384, OID_SIG_ED25519, Oid,
};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::{PublicKey as ParsedKey, RSAPublicKey};
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo as ParsedKeyInfo};

use crate::weak_keys;

const LONGEST_REQUEST: usize = 16 * 1024;
const SEQUENCE: u8 = 0x30;
const TAGS: [&str; 2] = ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Rsa,
    EllipticCurve,
    Ed25519,
}

/// Judges a request in PEM and yields its key.
pub(crate) fn read(pem: &str) -> Result<PublicKey, BadCsr> {
    let der = single_block(pem)?;
    if der.first() != Some(&SEQUENCE) {
        return Err(BadCsr::Malformed);
    }
    let (rest, request) =
        X509CertificationRequest::from_der(&der).map_err(|_| BadCsr::Malformed)?;
    let information = &request.certification_request_info;
    if !rest.is_empty() || information.version.0 != 0 || request.signature_value.unused_bits != 0 {
        return Err(BadCsr::Malformed);
    }
    let family = judge_key(&information.subject_pki)?;
    judge_algorithm(family, &request.signature_algorithm)?;
    request.verify_signature().map_err(|error| match error {
        X509Error::SignatureUnsupportedAlgorithm => BadCsr::Algorithm,
        _ => BadCsr::Signature,
    })?;
    // After what is cheap: who holds no key has cost little.
    if is_weak(&information.subject_pki, family) {
        return Err(BadCsr::Weak);
    }
    canonical(information.subject_pki.raw)
}

/// The contents of the one block, with nothing but white space around it.
fn single_block(pem: &str) -> Result<Vec<u8>, BadCsr> {
    if pem.len() > LONGEST_REQUEST {
        return Err(BadCsr::Malformed);
    }
    let text = pem.trim_ascii();
    let is_single = TAGS.iter().any(|tag| {
        text.starts_with(&format!("-----BEGIN {tag}-----"))
            && text.ends_with(&format!("-----END {tag}-----"))
    }) && text.matches("-----BEGIN ").count() == 1
        && text.matches("-----END ").count() == 1;
    if !is_single {
        return Err(BadCsr::Malformed);
    }
    let block = pem::parse(text).map_err(|_| BadCsr::Malformed)?;
    if !TAGS.contains(&block.tag()) || block.headers().iter().next().is_some() {
        return Err(BadCsr::Malformed);
    }
    Ok(block.into_contents())
}

fn judge_key(key: &ParsedKeyInfo<'_>) -> Result<Family, BadCsr> {
    if key.subject_public_key.unused_bits != 0 {
        return Err(BadCsr::Malformed);
    }
    let algorithm = &key.algorithm.algorithm;
    let bytes = &key.subject_public_key.data;
    if *algorithm == OID_PKCS1_RSAENCRYPTION {
        match key.parsed() {
            Ok(ParsedKey::RSA(rsa)) => judge_rsa(&rsa).map(|()| Family::Rsa),
            _ => Err(BadCsr::Malformed),
        }
    } else if *algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY {
        let curve = key
            .algorithm
            .parameters
            .as_ref()
            .and_then(|any| any.as_oid().ok());
        let length = match curve {
            Some(curve) if curve == OID_EC_P256 => 65,
            Some(curve) if curve == OID_NIST_EC_P384 => 97,
            _ => return Err(BadCsr::Key),
        };
        // Uncompressed only. Whether the point is on the curve is seen when the signature is
        // verified.
        match bytes.first() {
            Some(4) if bytes.len() == length => Ok(Family::EllipticCurve),
            Some(2 | 3) if bytes.len() == length / 2 + 1 => Err(BadCsr::Key),
            _ => Err(BadCsr::Malformed),
        }
    } else if *algorithm == OID_SIG_ED25519 {
        if bytes.len() == 32 {
            Ok(Family::Ed25519)
        } else {
            Err(BadCsr::Malformed)
        }
    } else {
        Err(BadCsr::Key)
    }
}

/// Whether a key of good shape proves nothing.
fn is_weak(key: &ParsedKeyInfo<'_>, family: Family) -> bool {
    match family {
        Family::Rsa => modulus_of(key).is_none_or(|modulus| {
            weak_keys::is_factored(&modulus) || weak_keys::is_prime(&modulus)
        }),
        // Whatever is no point of the curve is found where the signature is verified, and these
        // curves have no points of small order.
        Family::EllipticCurve => false,
        Family::Ed25519 => weak_keys::is_outside_ed25519(&key.subject_public_key.data),
    }
}

fn modulus_of(key: &ParsedKeyInfo<'_>) -> Option<Vec<u8>> {
    match key.parsed() {
        Ok(ParsedKey::RSA(rsa)) => magnitude(rsa.modulus).map(<[u8]>::to_vec),
        _ => None,
    }
}

fn judge_rsa(key: &RSAPublicKey<'_>) -> Result<(), BadCsr> {
    let modulus = magnitude(key.modulus).ok_or(BadCsr::Malformed)?;
    let exponent = magnitude(key.exponent).ok_or(BadCsr::Malformed)?;
    // Larger keys take longer to judge than they are worth.
    if !(2048..=4096).contains(&bits(modulus)) {
        return Err(BadCsr::Key);
    }
    // At most 33 bits is what is verified here; an exponent of 1 is no encryption at all.
    let is_odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
    if !is_odd(modulus) || !is_odd(exponent) || !(2..=33).contains(&bits(exponent)) {
        return Err(BadCsr::Key);
    }
    Ok(())
}

/// The bytes of a positive integer in DER, without the sign's zero.
fn magnitude(integer: &[u8]) -> Option<&[u8]> {
    match integer {
        [0, rest @ ..] if rest.first().is_some_and(|byte| byte & 0x80 != 0) => Some(rest),
        [first, ..] if (1..0x80).contains(first) => Some(integer),
        _ => None,
    }
}

fn bits(magnitude: &[u8]) -> usize {
    let zeros = magnitude
        .first()
        .map_or(0, |byte| byte.leading_zeros() as usize);
    magnitude.len() * 8 - zeros
}

/// SHA-256 or better, and of the key's own kind.
fn judge_algorithm(family: Family, algorithm: &AlgorithmIdentifier<'_>) -> Result<(), BadCsr> {
    let accepted: [(Family, Oid<'static>); 7] = [
        (Family::Rsa, OID_PKCS1_SHA256WITHRSA),
        (Family::Rsa, OID_PKCS1_SHA384WITHRSA),
        (Family::Rsa, OID_PKCS1_SHA512WITHRSA),
        // With SHA-1, its default, this one is refused where it is verified.
        (Family::Rsa, OID_PKCS1_RSASSAPSS),
        (Family::EllipticCurve, OID_SIG_ECDSA_WITH_SHA256),
        (Family::EllipticCurve, OID_SIG_ECDSA_WITH_SHA384),
        (Family::Ed25519, OID_SIG_ED25519),
    ];
    match accepted.iter().find(|(_, oid)| *oid == algorithm.algorithm) {
        None => Err(BadCsr::Algorithm),
        Some((needed, _)) if *needed != family => Err(BadCsr::Signature),
        Some(_) => Ok(()),
    }
}

/// One key has one encoding, so that it has one fingerprint and comes out of the certificate as it
/// went in.
fn canonical(spki_der: &[u8]) -> Result<PublicKey, BadCsr> {
    let key = SubjectPublicKeyInfo::from_der(spki_der).map_err(|_| BadCsr::Malformed)?;
    if key.subject_public_key_info() != spki_der {
        return Err(BadCsr::Malformed);
    }
    Ok(PublicKey {
        spki_der: spki_der.to_vec(),
    })
}
