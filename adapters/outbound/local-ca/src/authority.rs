//! The key and certificate of an authority, and what is signed with them.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DistinguishedName,
    DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PublicKeyData, RevokedCertParams, SubjectPublicKeyInfo,
};
use warifu_core::domain::{IssuedCertificate, SerialNumber, Timestamp};
use warifu_core::ports::CertificateRequest;
use x509_parser::prelude::{FromDer, ParsedExtension, X509Certificate};

use crate::settings::LocalCaSettings;

/// A key with its certificate.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    key_identifier: KeyIdMethod,
    /// PEM of the certificate and, where it is not a root, of those above it.
    chain: String,
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
}

/// Why a key and a certificate make no authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    Certificate,
    Mismatch,
}

/// A new key for an authority.
pub(crate) fn generate_key() -> Result<KeyPair, rcgen::Error> {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)
}

/// A certificate that `key` signs for itself, in PEM.
pub(crate) fn certify_itself(
    key: &KeyPair,
    settings: &LocalCaSettings,
    now: Timestamp,
) -> Result<String, rcgen::Error> {
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, settings.organisation.as_str());
    name.push(DnType::CommonName, settings.common_name.as_str());
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = name;
    parameters.not_before = now.minus(settings.backdate).to_datetime();
    parameters.not_after = now.plus(settings.own_validity).to_datetime();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    // Half from the key and half from the time, so that a certificate made anew for the same key
    // has another one.
    let mut serial = parameters.key_identifier(key);
    serial.truncate(8);
    serial[0] = (serial[0] & 0x7f) | 0x40;
    serial.extend_from_slice(&now.as_unix_millis().to_be_bytes());
    parameters.serial_number = Some(serial.into());
    Ok(parameters.self_signed(key)?.pem())
}

impl Authority {
    /// Takes a key and its certificates in PEM, the key's own first.
    pub(crate) fn new(key: KeyPair, chain: &str) -> Result<Self, Unfit> {
        let blocks = pem::parse_many(chain).map_err(|_| Unfit::Certificate)?;
        let first = blocks.first().ok_or(Unfit::Certificate)?;
        if blocks.iter().any(|block| block.tag() != "CERTIFICATE") {
            return Err(Unfit::Certificate);
        }
        let (rest, certificate) =
            X509Certificate::from_der(first.contents()).map_err(|_| Unfit::Certificate)?;
        if !rest.is_empty() || !certificate.is_ca() {
            return Err(Unfit::Certificate);
        }
        if certificate.public_key().raw != key.subject_public_key_info() {
            return Err(Unfit::Mismatch);
        }
        let validity = certificate.validity();
        let not_before = validity.not_before.to_datetime().into();
        let not_after = validity.not_after.to_datetime().into();
        let key_identifier = certificate
            .iter_extensions()
            .find_map(|extension| match extension.parsed_extension() {
                ParsedExtension::SubjectKeyIdentifier(id) => {
                    Some(KeyIdMethod::PreSpecified(id.0.to_vec()))
                }
                _ => None,
            })
            .unwrap_or(KeyIdMethod::Sha256);
        let issuer = Issuer::from_ca_cert_der(&first.contents().into(), key)
            .map_err(|_| Unfit::Certificate)?;
        let chain = blocks.iter().map(encode).collect();
        Ok(Self {
            issuer,
            key_identifier,
            chain,
            not_before,
            not_after,
        })
    }

    /// PEM of the certificate and those above it.
    pub(crate) fn chain(&self) -> &str {
        &self.chain
    }

    /// Whether what is signed now verifies.
    pub(crate) fn is_valid(&self, now: Timestamp) -> bool {
        self.not_before <= now && now < self.not_after
    }

    /// Certifies a client's key. Everything but the key comes from us.
    pub(crate) fn issue(
        &self,
        request: &CertificateRequest,
        settings: &LocalCaSettings,
        now: Timestamp,
    ) -> Result<IssuedCertificate, rcgen::Error> {
        let key = SubjectPublicKeyInfo::from_der(&request.public_key.spki_der)?;
        if key.subject_public_key_info() != request.public_key.spki_der {
            return Err(rcgen::Error::X509(
                "the key is not in canonical DER".to_owned(),
            ));
        }
        let subject = &request.subject;
        let mut name = DistinguishedName::new();
        name.push(DnType::OrganizationName, subject.organisation.as_str());
        name.push(DnType::OrganizationalUnitName, subject.contract.as_str());
        name.push(DnType::CommonName, subject.user.as_str());
        // Not longer than our own: it would not verify afterwards.
        let not_before = whole_seconds(now.minus(settings.backdate)).max(self.not_before);
        let not_after = whole_seconds(now.plus(settings.validity)).min(self.not_after);
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name = name;
        parameters.serial_number = Some(request.serial.as_bytes().to_vec().into());
        parameters.not_before = not_before.to_datetime();
        parameters.not_after = not_after.to_datetime();
        parameters.is_ca = IsCa::ExplicitNoCa;
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        parameters.use_authority_key_identifier_extension = true;
        Ok(IssuedCertificate {
            serial: request.serial,
            certificate: parameters.signed_by(&key, &self.issuer)?.pem(),
            chain: self.chain.clone(),
            not_before,
            not_after,
        })
    }

    /// Signs the list of what was revoked, in PEM.
    pub(crate) fn sign_revocation_list(
        &self,
        revoked: &[(SerialNumber, Timestamp)],
        settings: &LocalCaSettings,
        now: Timestamp,
    ) -> Result<String, rcgen::Error> {
        let entry = |(serial, at): &(SerialNumber, Timestamp)| RevokedCertParams {
            serial_number: serial.as_bytes().to_vec().into(),
            revocation_time: at.to_datetime(),
            reason_code: None,
            invalidity_date: None,
        };
        CertificateRevocationListParams {
            this_update: now.to_datetime(),
            next_update: now.plus(settings.validity).to_datetime(),
            crl_number: now.as_unix_millis().to_be_bytes().to_vec().into(),
            issuing_distribution_point: None,
            revoked_certs: revoked.iter().map(entry).collect(),
            key_identifier_method: self.key_identifier.clone(),
        }
        .signed_by(&self.issuer)?
        .pem()
    }
}

fn encode(block: &pem::Pem) -> String {
    let unix = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(block, unix)
}

/// What a certificate can say of a moment.
fn whole_seconds(moment: Timestamp) -> Timestamp {
    Timestamp::from_unix_millis(moment.as_unix_seconds() * 1000)
}
