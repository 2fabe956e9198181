//! 書式集: the paper procedure.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};

use super::frame::Frame;
use super::page_request::PageRequest;
use crate::answer::Answer;
use crate::settings::EditionSite;
use crate::unsent::KeptAnyway;

/// What form 3 can ask for.
const MATTERS: [(&str, &str); 5] = [
    ("matter-reissue", "sheet3-matter-reissue"),
    ("matter-login", "sheet3-matter-login"),
    ("matter-transaction", "sheet3-matter-transaction"),
    ("matter-otp", "sheet3-matter-otp"),
    ("matter-card", "sheet3-matter-card"),
];

#[derive(Template)]
#[template(path = "paper/forms.html")]
pub(super) struct FormsPage {
    pub(super) frame: Frame,
    pub(super) editions: Vec<EditionForms>,
    pub(super) one: bool,
}

/// The forms of an edition.
pub(super) struct EditionForms {
    pub(super) site: EditionSite,
    /// The size of form 3 as PDF; nothing where it cannot be had.
    pub(super) kilobytes: Option<usize>,
}

#[derive(Template)]
#[template(path = "paper/sheet3.html")]
pub(super) struct Form3Page {
    pub(super) frame: Frame,
    pub(super) edition: EditionSite,
    pub(super) matters: [(&'static str, &'static str); 5],
}

impl Form3Page {
    pub(super) fn new(frame: Frame, edition: EditionSite) -> Self {
        Self {
            frame,
            edition,
            matters: MATTERS,
        }
    }
}

pub(super) async fn all(page_request: PageRequest) -> Response {
    let editions = page_request.state.site.editions.iter();
    let editions = editions
        .map(|edition| forms_of(&page_request, edition))
        .collect();
    let page = FormsPage {
        frame: page_request.frame("forms-title"),
        editions,
        one: false,
    };
    page_request.page(StatusCode::OK, &page)
}

pub(super) async fn of_edition(
    page_request: PageRequest,
    Path(key): Path<String>,
) -> Result<Response, Answer> {
    let edition = edition(&page_request, &key)?;
    let mut frame = page_request.frame("forms-title");
    frame.title = frame.t1("forms-of-title", "edition", frame.local(&edition.name));
    let page = FormsPage {
        frame,
        editions: vec![forms_of(&page_request, &edition)],
        one: true,
    };
    Ok(page_request.page(StatusCode::OK, &page))
}

pub(super) async fn form_3(
    page_request: PageRequest,
    Path(key): Path<String>,
) -> Result<Response, Answer> {
    let edition = edition(&page_request, &key)?;
    let mut frame = page_request.frame("forms-title");
    frame.title = frame.t1("sheet3-title", "edition", frame.local(&edition.name));
    Ok(page_request.page(StatusCode::OK, &Form3Page::new(frame, edition)))
}

/// Form 3 as PDF, in the visitor's language.
pub(super) async fn form_3_file(
    page_request: PageRequest,
    Path(key): Path<String>,
) -> Result<Response, Answer> {
    let edition = edition(&page_request, &key)?;
    let (state, locale) = (&page_request.state, page_request.locale);
    let file = state.form_files.form_3(&state.site, &edition.key, locale);
    let file = file.ok_or_else(Answer::unexpected)?;
    let name = format!("inline; filename=\"form3-{}-{locale}.pdf\"", edition.key);
    let name = HeaderValue::try_from(name).map_err(|_| Answer::unexpected())?;
    let kind = HeaderValue::from_static("application/pdf");
    let headers = [(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, name)];
    let mut response = (headers, file).into_response();
    response.extensions_mut().insert(KeptAnyway);
    Ok(response)
}

fn forms_of(page_request: &PageRequest, edition: &EditionSite) -> EditionForms {
    let (state, locale) = (&page_request.state, page_request.locale);
    let file = state.form_files.form_3(&state.site, &edition.key, locale);
    EditionForms {
        site: edition.clone(),
        kilobytes: file.map(|file| file.len().div_ceil(1024)),
    }
}

fn edition(page_request: &PageRequest, key: &str) -> Result<EditionSite, Answer> {
    let editions = &page_request.state.site.editions;
    editions
        .iter()
        .find(|edition| edition.key == key)
        .cloned()
        .ok_or_else(Answer::not_found)
}
