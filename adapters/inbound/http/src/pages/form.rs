//! Strict reading of forms: a field that the page does not have, or one sent twice, is refused.

use axum::extract::{FromRequest, Multipart, Request};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use warifu_core::Secret;
use zeroize::Zeroizing;

use crate::answer::Answer;
use crate::state::AppState;

/// The fields of a form, each at most once. Erased when dropped.
pub(super) struct Form(Vec<(String, Zeroizing<String>)>);

impl Form {
    /// Refuses fields that the page does not have.
    pub(super) fn with_only(self, known: &[&str]) -> Result<Self, Answer> {
        let all_known = self
            .0
            .iter()
            .all(|(name, _)| known.contains(&name.as_str()));
        if all_known {
            Ok(self)
        } else {
            Err(Answer::malformed_request())
        }
    }

    /// What was entered; nothing where the field was not sent.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(field, _)| field == name)
            .map_or("", |(_, value)| value.as_str())
    }

    /// What was entered, as a secret.
    pub(super) fn secret(&self, name: &str) -> Secret {
        Secret::from(self.text(name))
    }

    fn add(&mut self, name: &str, value: String) -> Result<(), Answer> {
        if self.0.iter().any(|(field, _)| field == name) {
            return Err(Answer::malformed_request());
        }
        self.0.push((name.to_owned(), Zeroizing::new(value)));
        Ok(())
    }

    fn from_pairs(body: &[u8]) -> Result<Self, Answer> {
        let pairs: Vec<(String, String)> =
            serde_urlencoded::from_bytes(body).map_err(|_| Answer::malformed_request())?;
        let mut form = Self(Vec::with_capacity(pairs.len()));
        for (name, value) in pairs {
            form.add(&name, value)?;
        }
        Ok(form)
    }

    async fn from_parts(mut parts: Multipart) -> Result<Self, Answer> {
        let mut form = Self(Vec::new());
        while let Some(part) = parts
            .next_field()
            .await
            .map_err(|_| Answer::malformed_request())?
        {
            let name = part.name().unwrap_or_default().to_owned();
            let value = part
                .bytes()
                .await
                .map_err(|_| Answer::malformed_request())?;
            form.add(&name, String::from_utf8_lossy(&value).into_owned())?;
        }
        Ok(form)
    }
}

impl FromRequest<AppState> for Form {
    type Rejection = Answer;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Answer> {
        let kind = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let in_parts = kind.is_some_and(|kind| {
            kind.get(..10)
                .is_some_and(|start| start.eq_ignore_ascii_case("multipart/"))
        });
        if in_parts {
            let parts = Multipart::from_request(request, state).await;
            return Self::from_parts(parts.map_err(|_| Answer::malformed_request())?).await;
        }
        let body = Bytes::from_request(request, state).await;
        Self::from_pairs(&body.map_err(|_| Answer::malformed_request())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_to_the_letter() {
        let form =
            Form::from_pairs("user=%E5%89%B2+a&password=%20x%2B&confirm=".as_bytes()).unwrap();
        assert_eq!(form.text("user"), "割 a");
        assert_eq!(form.text("password"), " x+");
        assert_eq!(form.text("confirm"), "");
        assert_eq!(form.text("absent"), "");
    }

    #[test]
    fn a_field_that_comes_twice_is_refused() {
        assert_eq!(
            Form::from_pairs(b"user=a&user=b").map(|_| ()).unwrap_err(),
            Answer::malformed_request()
        );
    }

    #[test]
    fn a_field_that_the_page_does_not_have_is_refused() {
        let form = Form::from_pairs(b"user=a&admin=1").unwrap();
        assert_eq!(
            form.with_only(&["user"]).map(|_| ()).unwrap_err(),
            Answer::malformed_request()
        );
        assert!(
            Form::from_pairs(b"user=a")
                .unwrap()
                .with_only(&["user", "password"])
                .is_ok()
        );
    }

    #[tokio::test]
    async fn parts_are_read_like_pairs() {
        let body = "--b\r\nContent-Disposition: form-data; name=\"code\"\r\n\r\nKT7M\r\n\
            --b\r\nContent-Disposition: form-data; name=\"csr_file\"; filename=\"a.pem\"\r\n\
            Content-Type: application/octet-stream\r\n\r\n-----BEGIN\r\n--b--\r\n";
        let request = Request::builder()
            .header(CONTENT_TYPE, "multipart/form-data; boundary=b")
            .body(axum::body::Body::from(body))
            .unwrap();
        let form = Form::from_parts(Multipart::from_request(request, &()).await.unwrap());
        let form = form.await.unwrap();
        assert_eq!(form.text("code"), "KT7M");
        assert_eq!(form.text("csr_file"), "-----BEGIN");
    }
}
