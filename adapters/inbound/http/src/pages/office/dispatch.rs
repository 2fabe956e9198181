//! 通知書: made once. Its password goes to paper and is not shown on the screen.

use askama::Template;
use axum::body::Body;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, StatusCode, Uri};
use warifu_core::RequestContext;
use warifu_core::domain::StaffRole;
use warifu_core::domain::paper_request::PaperState;
use warifu_core::office::PaperNotice;
use warifu_messages::Locale;
use warifu_sheets::{Block, Envelope, Notice, SheetError};
use zeroize::Zeroizing;

use super::chosen::{NUMBERS, NotDone, PRINTED};
use super::page::OfficePage;
use super::request::to_request;
use super::words::RequestView;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::page_request::{Halt, PageRequest, rendered};
use crate::pages::replay::Replay;
use crate::pages::secret::SecretDisplay;
use crate::request_context::preferred_locale;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "office/dispatch.html")]
pub(in crate::pages) struct DispatchPage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) request: RequestView,
    pub(in crate::pages) form_token: String,
}

#[derive(Template)]
#[template(path = "office/notice.html")]
pub(in crate::pages) struct NoticePage {
    pub(in crate::pages) frame: Frame,
    /// Each on a sheet of its own, with its password.
    pub(in crate::pages) sheets: Vec<(NoticeSheet, SecretDisplay)>,
    /// What was not made, and why.
    pub(in crate::pages) refused: Vec<NotDone>,
    /// What the next run takes.
    pub(in crate::pages) left: Vec<String>,
    /// The token of the form that says that they are on paper, where it is one of our pages; a
    /// document for a program that prints has none.
    pub(in crate::pages) onward: Option<String>,
}

/// What stands on the notice: what its receiver needs, and not the contract number.
pub(in crate::pages) struct NoticeSheet {
    pub(in crate::pages) number: String,
    /// The field by which it is said to be on paper.
    pub(in crate::pages) pick: &'static str,
    pub(in crate::pages) address: String,
    pub(in crate::pages) company: String,
    pub(in crate::pages) dates: Vec<(String, String)>,
    pub(in crate::pages) sender: Vec<String>,
    pub(in crate::pages) blocks: Vec<Block>,
}

impl NoticeSheet {
    fn new(
        state: &AppState,
        locale: Locale,
        notice: PaperNotice,
        pick: &'static str,
    ) -> (Self, SecretDisplay) {
        let (dates, sender, blocks) = with_letter(state, locale, &notice, |letter| {
            (letter.dates(), letter.sender_lines(), letter.blocks())
        });
        let sheet = Self {
            number: notice.request.number().to_string(),
            pick,
            address: notice.contract.registered_address,
            company: notice.contract.name,
            dates,
            sender,
            blocks,
        };
        let secret = SecretDisplay::retrieval_password(notice.retrieval_password);
        (sheet, secret)
    }
}

impl NoticePage {
    /// `onward`: the token of the form that leads on.
    pub(super) fn new(
        state: &AppState,
        frame: Frame,
        made: Vec<PaperNotice>,
        onward: Option<String>,
    ) -> Self {
        let sheets = made.into_iter().zip(NUMBERS);
        Self {
            sheets: sheets
                .map(|(notice, pick)| NoticeSheet::new(state, frame.locale, notice, pick))
                .collect(),
            frame: frame.holding_secret(),
            refused: Vec::new(),
            left: Vec::new(),
            onward,
        }
    }

    pub(super) fn with_what_was_not_made(self, refused: Vec<NotDone>, left: Vec<String>) -> Self {
        Self {
            refused,
            left,
            ..self
        }
    }
}

/// The notice as a document for a program that prints it: a page, or a PDF where the program asks
/// for one.
pub(crate) fn document(
    state: &AppState,
    context: RequestContext,
    headers: &HeaderMap,
    notice: PaperNotice,
) -> Response {
    let locale = preferred_locale(headers);
    if prefers_pdf(headers) {
        match pdf(state, locale, &notice) {
            Ok(pdf) => {
                let kind = HeaderValue::from_static("application/pdf");
                let body = Body::from(Bytes::from_owner(pdf));
                return ([(CONTENT_TYPE, kind)], body).into_response();
            }
            // The notice is made once: better as a page than not at all.
            Err(error) => tracing::error!(%error, "the notice cannot be made as PDF"),
        }
    }
    let mut page_request = PageRequest::new(state, context, &Uri::default(), headers);
    page_request.locale = locale;
    let frame = page_request.frame("office-notice-title");
    let page = NoticePage::new(state, frame, vec![notice], None);
    rendered(StatusCode::OK, &page)
}

fn pdf(
    state: &AppState,
    locale: Locale,
    notice: &PaperNotice,
) -> Result<Zeroizing<Vec<u8>>, SheetError> {
    let write = |letter: &Notice<'_>| letter.pdf();
    with_letter(state, locale, notice, write)
}

/// The letter as it is described, for paper and page alike.
fn with_letter<T>(
    state: &AppState,
    locale: Locale,
    notice: &PaperNotice,
    write: impl FnOnce(&Notice<'_>) -> T,
) -> T {
    let site = &state.site;
    let edition = &notice.request.facts().edition;
    let editions = site.editions.iter();
    let edition = editions.clone().find(|known| known.key == edition.as_str());
    write(&Notice {
        locale,
        utc_offset_minutes: site.utc_offset_minutes,
        envelope: Envelope::default(),
        bank_name: site.bank_name.of(locale),
        service_name: site.service_name.of(locale),
        sender_address: edition.map_or("", |edition| edition.postal_address.of(locale)),
        help_desk_phone: &site.help_desk_phone,
        help_desk_hours: site.help_desk_hours.of(locale),
        company_name: &notice.contract.name,
        registered_address: &notice.contract.registered_address,
        user_name: &notice.user.name,
        user_id: notice.user.id().as_str(),
        page_address: state.self_service_address().as_deref(),
        retrieval_password: &notice.retrieval_password,
        issued_at: notice.issued_at,
        redeemable_from: notice.redeemable_from,
        expires_at: notice.expires_at,
        reference: &notice.request.number().to_string(),
    })
}

/// Whether a PDF is asked for before a page.
fn prefers_pdf(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter();
    let mut kinds = accepted
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|kind| kind.split(';').next())
        .map(|kind| kind.trim().to_ascii_lowercase());
    kinds
        .find(|kind| kind == "application/pdf" || kind == "text/html")
        .is_some_and(|kind| kind == "application/pdf")
}

pub(in crate::pages) async fn show(
    office: OfficePage,
    Path(number): Path<String>,
) -> Result<Response, Halt> {
    office.require(StaffRole::Maker).await?;
    let request = office.request(&number).await?;
    if request.state() != PaperState::Approved || !request.needs_notice() {
        return Ok(to_request(&number, None));
    }
    request
        .may_print(&office.clerk().member.id)
        .map_err(|refusal| office.halt(refusal.into()))?;
    let frame = office.frame("office-dispatch-title");
    let page = DispatchPage {
        request: RequestView::new(&frame, &request),
        form_token: office.step_token(&request, "dispatch"),
        frame,
    };
    Ok(office.page(StatusCode::OK, &page))
}

pub(in crate::pages) async fn print(
    office: OfficePage,
    Path(number): Path<String>,
    form: Form,
) -> Result<Response, Halt> {
    let form = form.with_only(&["form_token"])?;
    let opened = office.open(&form, Replay::Printed).await?;
    let printed = office.clerk().print_paper_notice(&number).await;
    match printed {
        Ok(notice) => {
            let onward = Some(office.form_token(PRINTED));
            let frame = office.frame("office-notice-title");
            let page = NoticePage::new(&office.page_request.state, frame, vec![notice], onward);
            Ok(office.page(StatusCode::OK, &page))
        }
        Err(refusal) => {
            office.session.forms.refused(&opened).await;
            Err(office.halt(refusal))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pdf_is_made_for_who_asks_for_one_first() {
        let asked = |accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
            prefers_pdf(&headers)
        };
        assert!(asked("application/pdf"));
        assert!(asked("Application/PDF, text/html;q=0.5"));
        assert!(!asked("text/html, application/pdf"));
        assert!(!asked("*/*"));
        assert!(!prefers_pdf(&HeaderMap::new()));
    }
}
