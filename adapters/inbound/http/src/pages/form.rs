//! Strict reading of forms: a field that the page does not have, or one sent twice, ends the reading.
//! So a form costs no more than its own fields, however many are sent.

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::stream;
use http::header::CONTENT_TYPE;
use multer::Multipart;
use percent_encoding::percent_decode;
use warifu_core::Secret;
use zeroize::Zeroizing;

use crate::answer::Answer;
use crate::body::{self, Whole};
use crate::state::AppState;

/// A form as it was sent. Erased when dropped.
pub(super) struct Form {
    body: Whole,
    /// Between the parts of a `multipart/form-data`.
    boundary: Option<String>,
}

/// The fields of a form, each at most once. Erased when dropped.
pub(super) struct Fields(Vec<(&'static str, Zeroizing<String>)>);

impl Form {
    /// Reads the fields that the page has. Any other is refused.
    pub(super) fn with_only(self, known: &[&'static str]) -> Result<Fields, Answer> {
        match self.boundary {
            None => Fields::from_pairs(&self.body, known),
            Some(boundary) => Fields::from_parts(Bytes::from_owner(self.body), boundary, known),
        }
    }
}

impl Fields {
    /// What was entered; nothing where the field was not sent.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(field, _)| *field == name)
            .map_or("", |(_, value)| value.as_str())
    }

    /// What was entered, as a secret.
    pub(super) fn secret(&self, name: &str) -> Secret {
        Secret::from(self.text(name))
    }

    /// The one of `known` that is called `name`, unless it is here already.
    fn expect(&self, name: &[u8], known: &[&'static str]) -> Result<&'static str, Answer> {
        let is_name = |known: &&&'static str| known.as_bytes() == name;
        let name = known.iter().find(is_name).copied();
        name.filter(|name| self.0.iter().all(|(field, _)| field != name))
            .ok_or_else(Answer::malformed_request)
    }

    /// Reads `application/x-www-form-urlencoded`.
    fn from_pairs(body: &[u8], known: &[&'static str]) -> Result<Self, Answer> {
        let mut form = Self(Vec::with_capacity(known.len()));
        for pair in body.split(|byte| *byte == b'&') {
            if pair.is_empty() {
                continue;
            }
            let mut sides = pair.splitn(2, |byte| *byte == b'=');
            let name = decoded(sides.next().unwrap_or_default());
            let name = form.expect(&name, known)?;
            let value = decoded(sides.next().unwrap_or_default());
            form.0.push((name, text(&value)));
        }
        Ok(form)
    }

    /// Reads `multipart/form-data`. The library's own copies are not erased.
    fn from_parts(body: Bytes, boundary: String, known: &[&'static str]) -> Result<Self, Answer> {
        let whole = stream::iter([Ok::<_, multer::Error>(body)]);
        let reading = async {
            let mut form = Self(Vec::with_capacity(known.len()));
            let mut parts = Multipart::new(whole, boundary);
            while let Some(part) = parts.next_field().await? {
                let Ok(name) = form.expect(part.name().unwrap_or_default().as_bytes(), known)
                else {
                    return Ok(None);
                };
                form.0.push((name, text(&part.bytes().await?)));
            }
            Ok::<_, multer::Error>(Some(form))
        };
        // Everything is here: nothing has to be waited for.
        let read = reading.now_or_never().and_then(Result::ok).flatten();
        read.ok_or_else(Answer::malformed_request)
    }
}

/// What `+` and `%xx` stand for. Room is made once, so that no copy is left behind.
fn decoded(encoded: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut spaced = Zeroizing::new(Vec::with_capacity(encoded.len()));
    let space = |byte: &u8| if *byte == b'+' { b' ' } else { *byte };
    spaced.extend(encoded.iter().map(space));
    let mut decoded = Zeroizing::new(Vec::with_capacity(encoded.len()));
    decoded.extend(percent_decode(&spaced));
    decoded
}

fn text(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(String::from_utf8_lossy(bytes).into_owned())
}

impl FromRequest<AppState> for Form {
    type Rejection = Answer;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Answer> {
        let kind = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let in_parts = kind.filter(|kind| {
            let start = kind.get(..10);
            start.is_some_and(|start| start.eq_ignore_ascii_case("multipart/"))
        });
        let boundary = in_parts
            .map(multer::parse_boundary)
            .transpose()
            .map_err(|_| Answer::malformed_request())?;
        let body = body::whole(request, state).await?;
        Ok(Self { body, boundary })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 3] = ["user", "password", "confirm"];

    fn refused(body: &[u8]) -> bool {
        Fields::from_pairs(body, &KNOWN).err() == Some(Answer::malformed_request())
    }

    #[test]
    fn a_form_is_read_to_the_letter() {
        let body = "user=%E5%89%B2+a&password=%20x%2B%zz&confirm=";
        let form = Fields::from_pairs(body.as_bytes(), &KNOWN).unwrap();
        assert_eq!(form.text("user"), "割 a");
        assert_eq!(form.text("password"), " x+%zz");
        assert_eq!(form.text("confirm"), "");
        assert_eq!(form.text("absent"), "");
        let form = Fields::from_pairs(b"&us%65r=a=b&&password", &KNOWN).unwrap();
        assert_eq!(form.text("user"), "a=b");
        assert_eq!(form.text("password"), "");
    }

    #[test]
    fn a_field_that_comes_twice_or_that_the_page_does_not_have_is_refused() {
        assert!(refused(b"user=a&user=b"));
        assert!(refused(b"user=a&admin=1"));
        assert!(refused(b"=a"));
        assert!(!refused(b"user=a"));
    }

    fn parts(body: &str) -> Result<Fields, Answer> {
        Fields::from_parts(
            Bytes::copy_from_slice(body.as_bytes()),
            "b".to_owned(),
            &["code", "csr_file"],
        )
    }

    #[test]
    fn parts_are_read_like_pairs() {
        let code = "--b\r\nContent-Disposition: form-data; name=\"code\"\r\n\r\nKT7M\r\n";
        let file = "--b\r\nContent-Disposition: form-data; name=\"csr_file\"; \
            filename=\"a.pem\"\r\nContent-Type: application/octet-stream\r\n\r\n\
            -----BEGIN\r\n";
        let form = parts(&format!("{code}{file}--b--\r\n")).unwrap();
        assert_eq!(form.text("code"), "KT7M");
        assert_eq!(form.text("csr_file"), "-----BEGIN");
        assert!(parts(&format!("{code}{code}--b--\r\n")).is_err());
        assert!(parts(&format!("{code}{}--b--\r\n", code.replace("code", "more"))).is_err());
        assert!(parts(code).is_err(), "cut off");
    }
}
