//! One request: looked over before it is put forward, read, and decided on.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use warifu_core::Refusal;
use warifu_core::domain::StaffRole;
use warifu_core::domain::paper_request::{PaperRefusal, PaperRequest, PaperState};
use warifu_core::office::{PaperDecision, PaperDecisionForm};

use super::chosen::{POSTED, PRINTED};
use super::intake::is_open;
use super::next::{NextLink, next};
use super::page::{OfficePage, version};
use super::words::RequestView;
use crate::pages::admin::unlock::Choice;
use crate::pages::field::Field;
use crate::pages::form::Form;
use crate::pages::frame::{Frame, Steps};
use crate::pages::login::Notice;
use crate::pages::message;
use crate::pages::page_request::{Halt, see_other, see_other_telling};
use crate::pages::problem_page::shows_form_again;
use crate::pages::replay::Replay;

#[derive(Template)]
#[template(path = "office/check.html")]
pub(in crate::pages) struct CheckPage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) request: RequestView,
    pub(in crate::pages) form_token: String,
}

#[derive(Template)]
#[template(path = "office/request.html")]
pub(in crate::pages) struct RequestPage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) notice: Option<Notice>,
    pub(in crate::pages) request: RequestView,
    /// Why somebody who decides on others' requests does not decide on this one.
    pub(in crate::pages) barred: Option<&'static str>,
    pub(in crate::pages) decision: Option<DecisionForm>,
    /// What is done at once, without a page of its own.
    pub(in crate::pages) at_once: Option<AtOnce>,
    pub(in crate::pages) actions: Vec<Action>,
    pub(in crate::pages) next: Option<NextLink>,
}

/// The form of the second pair of eyes.
pub(in crate::pages) struct DecisionForm {
    pub(in crate::pages) lead: &'static str,
    pub(in crate::pages) form_token: String,
    pub(in crate::pages) choices: Vec<Choice>,
    pub(in crate::pages) decision_error: Option<String>,
    pub(in crate::pages) fields: Vec<Field>,
}

/// What can be done with the request by a button of this page.
pub(in crate::pages) struct AtOnce {
    pub(in crate::pages) action: &'static str,
    pub(in crate::pages) label: &'static str,
    pub(in crate::pages) form_token: String,
}

/// What can be done with the request, on a page of its own.
pub(in crate::pages) struct Action {
    pub(in crate::pages) step: &'static str,
    pub(in crate::pages) label: &'static str,
    pub(in crate::pages) main: bool,
}

impl CheckPage {
    pub(in crate::pages) fn new(frame: Frame, request: &PaperRequest, form_token: String) -> Self {
        let mut frame = frame.at_step(Steps::of_intake(2));
        frame.address = Some(format!("/office/requests/{}/check", request.number()));
        Self {
            request: RequestView::new(&frame, request),
            form_token,
            frame,
        }
    }
}

impl DecisionForm {
    /// With what was chosen and entered before; never with the password.
    pub(in crate::pages) fn new(
        frame: &Frame,
        form_token: String,
        decider: &str,
        of_reprint: bool,
        (chosen, reason): (&str, &str),
    ) -> Self {
        let possible = |decision: &PaperDecision| {
            // There is nothing to correct about a jam.
            !of_reprint || *decision != PaperDecision::Return
        };
        let choice = |decision: PaperDecision| Choice {
            value: decision.name(),
            label: match decision {
                PaperDecision::Approve => "office-decide-approve",
                PaperDecision::Reject => "office-decide-reject",
                PaperDecision::Return => "office-decide-return",
            },
            chosen: chosen == decision.name(),
        };
        let fields = vec![
            Field::text("reason", frame.t("office-reason"))
                .hint(frame.t("office-reason-hint"))
                .with("autocomplete", "off")
                .width("code")
                .optional()
                .value(reason),
            Field::password(
                "password",
                frame.t("label-login-password"),
                "current-password",
            )
            .hint(frame.t1("office-password-hint", "name", decider)),
        ];
        Self {
            lead: if of_reprint {
                "office-decision-reprint"
            } else {
                "office-decision-lead"
            },
            form_token,
            choices: PaperDecision::ALL
                .into_iter()
                .filter(possible)
                .map(choice)
                .collect(),
            decision_error: frame.problem_of("decision"),
            fields: fields
                .into_iter()
                .map(|field| frame.marked(field))
                .collect(),
        }
    }
}

/// What a maker can do, most useful first.
fn actions(office: &OfficePage, request: &PaperRequest) -> Vec<Action> {
    if !office.is(StaffRole::Maker) {
        return Vec::new();
    }
    let action = |step, label, main| Action { step, label, main };
    let cancel = action("cancel", "office-cancel", false);
    let may_print = request.may_print(&office.clerk().member.id).is_ok();
    let returned_mail = action("returned-mail", "office-returned-mail", false);
    match request.state() {
        PaperState::Draft | PaperState::Returned => vec![
            action("check", "office-to-check", true),
            action("edit", "office-to-edit", false),
            cancel,
        ],
        PaperState::Pending | PaperState::Reprint => vec![cancel],
        PaperState::Approved if !request.needs_notice() => {
            vec![action("complete", "office-complete", true), cancel]
        }
        PaperState::Approved if !may_print => vec![cancel],
        PaperState::Approved => vec![action("dispatch", "office-to-dispatch", true), cancel],
        PaperState::Printing => vec![action("reprint", "office-reprint", false)],
        PaperState::Issued => vec![action("reprint", "office-reprint", false), returned_mail],
        PaperState::Posted => vec![returned_mail, action("complete", "office-complete", false)],
        PaperState::Undeliverable => vec![
            action("reprint", "office-resend", false),
            action("complete", "office-complete", true),
        ],
        PaperState::Completed if request.notice_reissue().is_some() => vec![returned_mail],
        PaperState::Completed
        | PaperState::Rejected
        | PaperState::Expired
        | PaperState::Cancelled => Vec::new(),
    }
}

/// What a maker says of the notice as soon as it is so.
fn at_once(office: &OfficePage, request: &PaperRequest) -> Option<AtOnce> {
    let member = &office.clerk().member;
    let (action, label) = match request.state() {
        _ if !office.is(StaffRole::Maker) => return None,
        PaperState::Printing if request.may_print(&member.id).is_ok() => {
            (PRINTED, "office-printed-button")
        }
        PaperState::Issued => (POSTED, "office-posted-button"),
        _ => return None,
    };
    Some(AtOnce {
        action,
        label,
        form_token: office.form_token(action),
    })
}

/// What was done before the request is shown again.
fn notice(office: &OfficePage, frame: &Frame, request: &PaperRequest) -> Option<Notice> {
    let text = match office.page_request.told()? {
        "asked" => frame.t1("M-BO-01", "id", request.number()),
        "approved" if request.needs_notice() => frame.t("M-BO-08"),
        "approved" => frame.t("office-done-approved"),
        "rejected" => frame.t("M-BO-09"),
        "returned" => frame.t("M-BO-23"),
        "cancelled" => frame.t("M-BO-24"),
        "completed" => frame.t("M-BO-27"),
        "reprint-asked" => frame.t("office-done-reprint-asked"),
        "returned-mail" => frame.t("M-BO-25"),
        "redeemed" => return Some(Notice::warning(frame.t("M-BO-26"))),
        _ => return None,
    };
    Some(Notice::done(text))
}

fn barred(office: &OfficePage, request: &PaperRequest) -> Option<&'static str> {
    if !is_to_decide(request) || !office.is(StaffRole::Checker) {
        return None;
    }
    match request.may_decide(&office.clerk().member.id) {
        Err(PaperRefusal::OwnRequest) => Some("M-BO-02"),
        Err(PaperRefusal::Printer) => Some("M-BO-31"),
        Err(_) => Some("M-BO-03"),
        Ok(()) => None,
    }
}

fn is_to_decide(request: &PaperRequest) -> bool {
    matches!(request.state(), PaperState::Pending | PaperState::Reprint)
}

/// The page of a request; `entered`: the decision and reason of a form that was refused.
fn page(
    office: &OfficePage,
    mut frame: Frame,
    request: &PaperRequest,
    entered: (&str, &str),
) -> RequestPage {
    frame.address = Some(format!("/office/requests/{}", request.number()));
    frame.title = frame.t1("office-request-title", "id", request.number());
    let barred = barred(office, request);
    let offered = is_to_decide(request) && office.is(StaffRole::Checker) && barred.is_none();
    let of_reprint = request.state() == PaperState::Reprint;
    let decider = &office.clerk().member.name;
    let decision = offered.then(|| {
        let form_token = office.step_token(request, "decision");
        DecisionForm::new(&frame, form_token, decider, of_reprint, entered)
    });
    RequestPage {
        notice: notice(office, &frame, request),
        request: RequestView::new(&frame, request),
        barred,
        decision,
        at_once: at_once(office, request),
        actions: actions(office, request),
        next: None,
        frame,
    }
}

pub(in crate::pages) async fn show(
    office: OfficePage,
    Path(number): Path<String>,
) -> Result<Response, Halt> {
    let request = office.request(&number).await?;
    let frame = office.frame("office-list-title");
    let page = RequestPage {
        next: next(&office, &request).await?,
        ..page(&office, frame, &request, ("", ""))
    };
    Ok(office.page(StatusCode::OK, &page))
}

/// Who asks for the address of a form gets the page that it stands on.
pub(in crate::pages) async fn back(_: OfficePage, Path(number): Path<String>) -> Response {
    to_request(&number, None)
}

/// The page of a request; `done`: what was done.
pub(super) fn to_request(number: &str, done: Option<&str>) -> Response {
    let number: Option<warifu_core::domain::paper_request::ReceptionNumber> = number.parse().ok();
    let path = match number {
        Some(number) => format!("/office/requests/{number}"),
        None => "/office/requests".to_owned(),
    };
    match done {
        Some(done) => see_other_telling(&path, done),
        None => see_other(&path),
    }
}

pub(in crate::pages) async fn check(
    office: OfficePage,
    Path(number): Path<String>,
) -> Result<Response, Halt> {
    office.require(StaffRole::Maker).await?;
    let request = office.request(&number).await?;
    if !is_open(&request) {
        return Ok(to_request(&number, None));
    }
    let page = CheckPage::new(
        office.frame("office-check-title"),
        &request,
        office.step_token(&request, "check"),
    );
    Ok(office.page(StatusCode::OK, &page))
}

pub(in crate::pages) async fn ask_for_approval(
    office: OfficePage,
    Path(number): Path<String>,
    form: Form,
) -> Result<Response, Halt> {
    let form = form.with_only(&["form_token", "version"])?;
    let opened = office.open(&form, Replay::OutOfOrder).await?;
    let asked = office
        .clerk()
        .ask_for_paper_approval(&number, version(&form))
        .await;
    let Err(refusal) = asked else {
        return Ok(to_request(&number, Some("asked")));
    };
    office.session.forms.refused(&opened).await;
    if !matches!(refusal, Refusal::Paper(PaperRefusal::CheckMissing(_))) {
        return Err(office.halt(refusal));
    }
    let answer = message::answer(refusal);
    let problems = message::problems(&office.page_request, &answer, "seal");
    let request = office.request(&number).await?;
    let frame = office.frame("office-check-title").with_problems(problems);
    let form_token = office.step_token(&request, "check");
    let page = CheckPage::new(frame, &request, form_token);
    Ok(office.page(answer.status, &page))
}

pub(in crate::pages) async fn decide(
    office: OfficePage,
    Path(number): Path<String>,
    form: Form,
) -> Result<Response, Halt> {
    let form = form.with_only(&["form_token", "version", "decision", "reason", "password"])?;
    let opened = office.open(&form, Replay::OutOfOrder).await?;
    let (decision, reason) = (form.text("decision"), form.text("reason"));
    let entered = PaperDecisionForm {
        number: number.clone(),
        version: version(&form),
        decision: decision.to_owned(),
        reason: reason.to_owned(),
        login_password: form.secret("password"),
    };
    let refusal = match office.clerk().decide_paper_request(entered).await {
        Ok(request) => {
            let done = match request.state() {
                PaperState::Rejected => "rejected",
                PaperState::Returned => "returned",
                _ => "approved",
            };
            return Ok(to_request(&number, Some(done)));
        }
        Err(refusal) => refusal,
    };
    office.session.forms.refused(&opened).await;
    if !shows_form_again(&refusal) {
        return Err(office.halt(refusal));
    }
    let answer = message::answer(refusal);
    let problems = message::problems(&office.page_request, &answer, "password");
    let request = office.request(&number).await?;
    let frame = office.frame("office-list-title").with_problems(problems);
    let page = page(&office, frame, &request, (decision, reason));
    Ok(office.page(answer.status, &page))
}
