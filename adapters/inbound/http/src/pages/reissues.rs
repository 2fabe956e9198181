//! 最近の再発行: lists of reissues that can be taken back.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use warifu_core::Reissued;
use warifu_core::domain::retrieval_record::{HandOverWay, Reissue, ReissueRoute, ReissueStatus};
use warifu_core::domain::{Timestamp, UserId};
use warifu_wire::hand_over_words;

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
    pub(super) user: Person,
    pub(super) operator: Person,
    pub(super) route: &'static str,
    pub(super) issued_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) state: &'static str,
    pub(super) badge: &'static str,
    /// That the password was handed over, and when.
    pub(super) handed_over: Option<(&'static str, Timestamp)>,
    /// Where that is said, if it is still to be.
    pub(super) hand_over: Option<String>,
    pub(super) cancel: String,
    /// For the button that takes it back, where it can be taken back.
    pub(super) form_token: Option<String>,
}

impl Row {
    /// Whom it concerns, with their columns.
    pub(super) fn people(&self) -> [(&'static str, &Person); 2] {
        [
            ("reissues-column-user", &self.user),
            ("reissues-column-by", &self.operator),
        ]
    }
}

/// Somebody in the list.
pub(super) struct Person {
    /// Nothing where the directory knows none.
    pub(super) name: Option<String>,
    /// Nothing of the bank's staff.
    pub(super) id: Option<String>,
}

impl Person {
    fn user(id: &UserId, names: &BTreeMap<UserId, String>) -> Self {
        Self {
            name: names.get(id).cloned(),
            id: Some(id.to_string()),
        }
    }

    /// The operator of a reissue; of the bank's staff customers are told that and nothing more.
    fn operator(frame: &Frame, operator: &str, names: &BTreeMap<UserId, String>) -> Self {
        match operator.parse::<UserId>() {
            Ok(id) => Self::user(&id, names),
            Err(_) => Self {
                name: Some(frame.t("reissues-by-office")),
                id: None,
            },
        }
    }

    /// As said in one line.
    pub(super) fn words(&self) -> String {
        [&self.name, &self.id]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// The form that says that a password was handed over.
pub(super) struct HandOverForm {
    pub(super) action: String,
    pub(super) form_token: String,
}

// Templates hand over references.
#[allow(clippy::unused_self)]
impl HandOverForm {
    pub(super) fn new(member: &Member, reissue: &str) -> Self {
        let action = hand_over_address(reissue);
        Self {
            form_token: member.form_token(&action),
            action,
        }
    }

    /// Each way, with the words of its button.
    pub(super) fn ways(&self) -> [(&'static str, &'static str); 2] {
        HandOverWay::ALL.map(|way| {
            let words = match way {
                HandOverWay::InPerson => "hand-over-in-person",
                HandOverWay::Telephone => "hand-over-telephone",
            };
            (way.name(), words)
        })
    }
}

/// What was done before the list is shown again.
pub(super) fn notice(member: &Member, frame: &Frame) -> Option<Notice> {
    (member.page_request.told() == Some("cancelled")).then(|| Notice::done(frame.t("M-RI-12")))
}

fn hand_over_address(reissue: &str) -> String {
    format!("{ADMIN_REISSUES}/{reissue}/handed-over")
}

/// The list of a contract, where passwords are handed over to others.
pub(super) const ADMIN_REISSUES: &str = "/admin/reissues";

/// The rows of a list; `base` is the address of its page.
pub(super) async fn rows(
    member: &Member,
    frame: &Frame,
    base: &str,
    reissues: Vec<Reissue>,
) -> Result<Vec<Row>, Halt> {
    let names = member.operator().names_in(&reissues).await;
    let names = names.map_err(|refusal| member.halt(refusal))?;
    let row = |reissue: Reissue| {
        let (state, badge) = state(reissue.status);
        let open = matches!(
            reissue.status,
            ReissueStatus::Issued | ReissueStatus::Locked
        );
        let cancel = format!("{base}/{}/cancel", reissue.id);
        let waits = reissue.can_be_handed_over() && reissue.handed_over.is_none();
        let hand_over = waits && base == ADMIN_REISSUES;
        let hand_over = hand_over.then(|| hand_over_address(&reissue.id.to_string()));
        Row {
            user: Person::user(&reissue.user, &names),
            operator: Person::operator(frame, &reissue.operator, &names),
            route: route_words(reissue.route),
            issued_at: reissue.issued_at,
            expires_at: reissue.expires_at,
            state,
            badge,
            handed_over: reissue
                .handed_over
                .map(|noted| (hand_over_words(noted.way), noted.at)),
            hand_over,
            form_token: open.then(|| member.form_token(&cancel)),
            cancel,
        }
    };
    Ok(reissues.into_iter().map(row).collect())
}

/// How a reissue came about, in words.
pub(super) const fn route_words(route: ReissueRoute) -> &'static str {
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
