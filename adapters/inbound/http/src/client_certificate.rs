//! The client certificate that was shown, when the connection was made or to a proxy in front.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rustls_pki_types::CertificateDer;
use warifu_core::domain::{
    CertificateHolder, ContractNumber, HolderMapping, Subject, SubjectAttribute, UserId,
};
use x509_parser::prelude::{AttributeTypeAndValue, FromDer, X509Certificate, X509Name};

use crate::answer::Answer;
use crate::state::AppState;

/// A client certificate, its chain verified against the listener's authorities. Put into each
/// request of its connection by the server, or read from a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientCertificate {
    holder: CertificateHolder,
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

/// The layer around everything of the administrators' surface: closed to who shows no certificate
/// where one is required, or one that names nobody.
pub(crate) async fn require(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let certificate = request.extensions().get::<ClientCertificate>();
    let names_somebody = certificate.is_some_and(|shown| shown.holder.is_somebody());
    if state.admin_needs_certificate && !names_somebody {
        return Answer::client_certificate_required().into_response();
    }
    next.run(request).await
}

/// Whether somebody who logs in as `contract_number` and `user_id` on the administrators' surface
/// shows a certificate that is not somebody else's. Entries that name nobody are for the login
/// itself to refuse.
pub(crate) fn fits_login(
    state: &AppState,
    certificate: Option<&ClientCertificate>,
    contract_number: &str,
    user_id: &str,
) -> bool {
    let subject = contract_number
        .parse::<ContractNumber>()
        .ok()
        .zip(user_id.parse::<UserId>().ok())
        .map(|(contract, user)| Subject::new(contract, user));
    subject.is_none_or(|subject| fits(state, certificate, &subject))
}

/// Whether `subject` may go on with the certificate of this connection on the administrators'
/// surface.
pub(crate) fn fits(
    state: &AppState,
    certificate: Option<&ClientCertificate>,
    subject: &Subject,
) -> bool {
    !state.admin_needs_certificate
        || certificate.is_some_and(|certificate| certificate.holder.is(subject))
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
