//! Where client certificates come in, and what is closed to who shows none.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use warifu_core::domain::{ContractNumber, Subject, UserId};

use crate::answer::Answer;
use crate::client_certificate::ClientCertificate;
use crate::client_certificate_header::Malformed;
use crate::demo_certificate;
use crate::peer::Peer;
use crate::state::AppState;

/// The layer around everything of a listener: what a trusted proxy says of its client's certificate
/// is taken as if it had been shown here; a header of anybody else is refused, and one that is
/// malformed, repeated, or comes with another certificate.
pub(crate) async fn read_header(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(header) = &state.certificate_header else {
        return next.run(request).await;
    };
    let extensions = request.extensions();
    let peer = extensions.get::<Peer>().copied();
    let over_tls = extensions.get::<ClientCertificate>().is_some();
    let now = state.use_cases.service.now();
    match header.judge(request.headers(), peer, over_tls, now) {
        Ok(Some(certificate)) => {
            request.extensions_mut().insert(certificate);
        }
        Ok(None) => {}
        Err(Malformed) => return Answer::malformed_request().into_response(),
    }
    next.run(request).await
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
    let demonstrates = demo_certificate::is_expired(&state, request.headers());
    if demonstrates || state.admin_needs_certificate && !names_somebody {
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
    let names = |subject| certificate.is_some_and(|shown| shown.holder.is(&subject));
    entered.is_some_and(names)
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
