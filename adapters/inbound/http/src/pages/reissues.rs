//! 最近の再発行: lists of reissues that can be taken back.

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use warifu_core::Reissued;
use warifu_core::domain::Timestamp;
use warifu_core::domain::retrieval_record::{Reissue, ReissueRoute, ReissueStatus};

use super::form::Form;
use super::frame::Frame;
use super::login::Notice;
use super::member::{Admin, Member, SelfService};
use super::page_request::Halt;
use super::replay::Replay;
use super::secret::Print;

#[derive(Template)]
#[template(path = "admin/reissues.html")]
pub(super) struct ReissuesPage {
    pub(super) frame: Frame,
    pub(super) notice: Option<Notice>,
    pub(super) search: bool,
    pub(super) query: String,
    pub(super) reissues: Vec<Row>,
    pub(super) back: &'static str,
}

/// A reissue as listed.
pub(super) struct Row {
    pub(super) user: String,
    pub(super) operator: String,
    pub(super) route: &'static str,
    pub(super) issued_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) state: &'static str,
    pub(super) badge: &'static str,
    pub(super) cancel: String,
    /// For the button that takes it back, where it can be taken back.
    pub(super) form_token: Option<String>,
}

/// What was done before the list is shown again.
pub(super) fn notice(member: &Member, frame: &Frame) -> Option<Notice> {
    (member.page_request.told() == Some("cancelled")).then(|| Notice::done(frame.t("M-RI-12")))
}

/// The rows of a list; `base` is the address of its page.
pub(super) fn rows(member: &Member, base: &str, reissues: Vec<Reissue>) -> Vec<Row> {
    let row = |reissue: Reissue| {
        let (state, badge) = state(reissue.status);
        let open = matches!(
            reissue.status,
            ReissueStatus::Issued | ReissueStatus::Locked
        );
        let cancel = format!("{base}/{}/cancel", reissue.id);
        Row {
            user: reissue.user.to_string(),
            operator: reissue.operator,
            route: route(reissue.route),
            issued_at: reissue.issued_at,
            expires_at: reissue.expires_at,
            state,
            badge,
            form_token: open.then(|| member.form_token(&cancel)),
            cancel,
        }
    };
    reissues.into_iter().map(row).collect()
}

const fn route(route: ReissueRoute) -> &'static str {
    match route {
        ReissueRoute::Administrator => "reissues-route-administrator",
        ReissueRoute::SelfService => "reissues-route-self",
        ReissueRoute::Paper => "reissues-route-paper",
    }
}

const fn state(status: ReissueStatus) -> (&'static str, &'static str) {
    match status {
        ReissueStatus::Issued => ("reissues-state-issued", "attention"),
        ReissueStatus::Redeemed => ("reissues-state-redeemed", "ok"),
        ReissueStatus::Expired => ("reissues-state-expired", "past"),
        ReissueStatus::Cancelled => ("reissues-state-cancelled", "past"),
        ReissueStatus::Superseded => ("reissues-state-superseded", "past"),
        ReissueStatus::Locked => ("reissues-state-locked", "error"),
    }
}

pub(super) async fn admin_print_requested(
    Admin(member): Admin,
    form: Form,
) -> Result<Response, Halt> {
    print_requested(&member, form).await
}

pub(super) async fn self_service_print_requested(
    SelfService(member): SelfService,
    form: Form,
) -> Result<Response, Halt> {
    print_requested(&member, form).await
}

/// The button that prints the password of a reissue, and the form that says so to `action`.
pub(super) fn print_button(
    member: &Member,
    action: &'static str,
    reissued: &Reissued,
    label: &'static str,
) -> Print {
    let reissue = reissued.reissue_id.to_string();
    Print {
        action,
        form_token: member.form_token(&print_form(action, &reissue)),
        reissue,
        label,
    }
}

/// Its address alone does not say which reissue the form is about.
fn print_form(action: &str, reissue: &str) -> String {
    format!("{action} {reissue}")
}

/// Sent by the script of the print button, so that the log tells of printed secrets.
async fn print_requested(member: &Member, form: Form) -> Result<Response, Halt> {
    let form = form.with_only(&["form_token", "reissue"])?;
    let reissue = form.text("reissue");
    let name = print_form(member.page_request.path(), reissue);
    member.open_named(&name, &form, Replay::OutOfOrder).await?;
    let operator = member.operator();
    let noted = operator.note_print_requested(reissue).await;
    noted.map_err(|refusal| member.halt(refusal))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
