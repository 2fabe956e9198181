//! The client certificate that was shown, when the connection was made or to a proxy in front.

use rustls_pki_types::CertificateDer;
use warifu_core::domain::{CertificateHolder, HolderMapping, SubjectAttribute};
use x509_parser::prelude::{AttributeTypeAndValue, FromDer, X509Certificate, X509Name};

/// A client certificate, its chain verified against the listener's authorities. Put into each
/// request of its connection by the server, or read from a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientCertificate {
    /// Whom it names.
    pub(crate) holder: CertificateHolder,
}

impl ClientCertificate {
    /// Reads the subject of a verified certificate.
    pub(crate) fn read(certificate: &CertificateDer<'_>, holders: HolderMapping) -> Self {
        let holder = match X509Certificate::from_der(certificate) {
            Ok((_, certificate)) => {
                CertificateHolder::named_by(holders, &attributes(certificate.subject()))
            }
            Err(_) => CertificateHolder::nobody(),
        };
        Self { holder }
    }
}

/// The attributes of a subject that can name a holder, in their order.
fn attributes(subject: &X509Name<'_>) -> Vec<(SubjectAttribute, Option<String>)> {
    let named = |attribute: &AttributeTypeAndValue<'_>| {
        let identifier = attribute.attr_type().to_id_string();
        let kind = SubjectAttribute::ALL
            .into_iter()
            .find(|kind| kind.object_identifier() == identifier)?;
        Some((kind, attribute.as_str().ok().map(str::to_owned)))
    };
    subject.iter_attributes().filter_map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_names_nobody() {
        let nonsense = CertificateDer::from(vec![1, 2, 3]);
        let read = ClientCertificate::read(&nonsense, HolderMapping::default());
        assert!(!read.holder.is_somebody());
    }
}
