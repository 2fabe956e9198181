//! Who calls: the bearer token, looked up anew at each request.

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;
use warifu_core::customers::{Operator, UserSession};
use warifu_core::domain::Surface;
use warifu_core::office::{Clerk, StaffSession};
use warifu_core::{Refusal, RequestContext};

use crate::answer::Answer;
use crate::certificate_door;
use crate::client_certificate::ClientCertificate;
use crate::state::AppState;

/// A surface as a type.
pub(crate) trait OnSurface: Send {
    /// The surface that the type stands for.
    const SURFACE: Surface;
}

/// The self-service.
pub(crate) struct SelfService;

impl OnSurface for SelfService {
    const SURFACE: Surface = Surface::SelfService;
}

/// The administrators' surface.
pub(crate) struct Admin;

impl OnSurface for Admin {
    const SURFACE: Surface = Surface::Admin;
}

/// Somebody who is logged in on surface `S`, within a request.
pub(crate) struct Caller<S> {
    /// The session, whose operator is who calls.
    pub(crate) session: UserSession,
    surface: PhantomData<S>,
}

impl<S> Caller<S> {
    /// Who acts.
    pub(crate) fn operator(&self) -> &Operator {
        &self.session.operator
    }
}

impl<S: OnSurface> FromRequestParts<AppState> for Caller<S> {
    type Rejection = Answer;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Answer> {
        let context = context(parts)?;
        let token = bearer_token(&parts.headers).ok_or(Refusal::SessionRequired)?;
        let customers = &state.use_cases.customers;
        let session = customers.session(context, S::SURFACE, token).await?;
        let certificate = parts.extensions.get::<ClientCertificate>();
        if S::SURFACE == Surface::Admin
            && !certificate_door::fits(state, certificate, session.operator.subject())
        {
            let reason = "another-client-certificate";
            session.forms.note_denied(reason).await;
            return Err(Answer::client_certificate_required());
        }
        Ok(Self {
            session,
            surface: PhantomData,
        })
    }
}

/// A member of the bank's staff who is logged in at the back office, within a request.
pub(crate) struct CallingClerk {
    /// The session, whose clerk is who calls.
    pub(crate) session: StaffSession,
}

impl CallingClerk {
    /// Who acts.
    pub(crate) fn clerk(&self) -> &Clerk {
        &self.session.clerk
    }
}

impl FromRequestParts<AppState> for CallingClerk {
    type Rejection = Answer;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Answer> {
        let context = context(parts)?;
        let token = bearer_token(&parts.headers).ok_or(Refusal::SessionRequired)?;
        let session = state.use_cases.office.session(context, token).await?;
        Ok(Self { session })
    }
}

/// The context that the layer around everything has put into the request.
pub(crate) fn context(parts: &Parts) -> Result<RequestContext, Answer> {
    parts
        .extensions
        .get::<RequestContext>()
        .copied()
        .ok_or_else(Answer::unexpected)
}

/// The token of the one `Authorization: Bearer` header; nothing where there are two.
fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim_matches(' '))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn read(values: &[&'static str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_static(value));
        }
        bearer_token(&headers).map(str::to_owned)
    }

    #[test]
    fn one_bearer_token_is_read() {
        assert_eq!(read(&["Bearer abc"]).as_deref(), Some("abc"));
        assert_eq!(read(&["bearer  abc "]).as_deref(), Some("abc"));
    }

    #[test]
    fn nothing_else_is_a_token() {
        assert_eq!(read(&[]), None);
        assert_eq!(read(&["Basic abc"]), None);
        assert_eq!(read(&["abc"]), None);
        assert_eq!(read(&["Bearer a", "Bearer b"]), None);
    }
}
