//! The client certificate that was shown when the connection was made.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rustls_pki_types::CertificateDer;
use warifu_core::domain::{ContractNumber, Subject, UserId};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::answer::Answer;
use crate::state::AppState;

/// A client certificate, its chain verified against the listener's authorities. Put into each
/// request of its connection by the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientCertificate {
    /// Whose it is, where its subject names a contract (`OU`) and a user (`CN`).
    holder: Option<Subject>,
}

impl ClientCertificate {
    /// Reads the subject of a verified certificate.
    pub(crate) fn read(certificate: &CertificateDer<'_>) -> Self {
        let holder = X509Certificate::from_der(certificate)
            .ok()
            .and_then(|(_, certificate)| {
                let subject = certificate.subject();
                let contract = subject.iter_organizational_unit().next()?.as_str().ok()?;
                let user = subject.iter_common_name().next()?.as_str().ok()?;
                Some(Subject::new(contract.parse().ok()?, user.parse().ok()?))
            });
        Self { holder }
    }

    fn fits(&self, subject: &Subject) -> bool {
        self.holder.as_ref().is_none_or(|holder| holder == subject)
    }
}

/// The layer around everything of the administrators' surface: closed to who shows no certificate
/// where one is required.
pub(crate) async fn require(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    if state.admin_needs_certificate && request.extensions().get::<ClientCertificate>().is_none() {
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

/// Whether who logs in shows a certificate that names them: what no stranger has.
pub(crate) fn is_own(
    certificate: Option<&ClientCertificate>,
    contract_number: &str,
    user_id: &str,
) -> bool {
    let entered = contract_number
        .parse::<ContractNumber>()
        .ok()
        .zip(user_id.parse::<UserId>().ok())
        .map(|(contract, user)| Subject::new(contract, user));
    let holder = certificate.and_then(|certificate| certificate.holder.as_ref());
    holder.is_some() && holder == entered.as_ref()
}

/// Whether `subject` may go on with the certificate of this connection on the administrators'
/// surface.
pub(crate) fn fits(
    state: &AppState,
    certificate: Option<&ClientCertificate>,
    subject: &Subject,
) -> bool {
    !state.admin_needs_certificate
        || certificate.is_some_and(|certificate| certificate.fits(subject))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_names_its_holder_fits_only_that_one() {
        let subject =
            |user: &str| Subject::new("1234567890".parse().unwrap(), user.parse().unwrap());
        let named = ClientCertificate {
            holder: Some(subject("admin01")),
        };
        assert!(named.fits(&subject("ADMIN01")));
        assert!(!named.fits(&subject("admin02")));
        let unnamed = ClientCertificate { holder: None };
        assert!(unnamed.fits(&subject("admin02")));
    }

    #[test]
    fn what_is_no_certificate_names_nobody() {
        let read = ClientCertificate::read(&CertificateDer::from(vec![1, 2, 3]));
        assert_eq!(read, ClientCertificate { holder: None });
    }
}
