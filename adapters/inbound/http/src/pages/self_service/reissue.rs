//! ワンタイムパスワード認証, and the new password in a window of its own.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use warifu_core::Refusal;
use warifu_core::domain::Timestamp;

use crate::pages::field::Field;
use crate::pages::form::Form;
use crate::pages::frame::{Frame, Steps};
use crate::pages::member::{Member, SelfService};
use crate::pages::message;
use crate::pages::page_request::{Halt, see_other};
use crate::pages::problem_page::shows_form_again;
use crate::pages::reissues::print_button;
use crate::pages::replay::Replay;
use crate::pages::secret::{Print, SecretDisplay, Sheet, usable_from};
use crate::problem::code_lengths;

#[derive(Template)]
#[template(path = "self_service/otp.html")]
pub(in crate::pages) struct OtpPage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) form_token: String,
    pub(in crate::pages) field: Field,
}

#[derive(Template)]
#[template(path = "self_service/ready.html")]
pub(in crate::pages) struct ReadyPage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) form_token: String,
}

#[derive(Template)]
#[template(path = "self_service/shown.html")]
pub(in crate::pages) struct ShownPage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) secret: SecretDisplay,
    pub(in crate::pages) sheet: Sheet,
    pub(in crate::pages) usable_from: Option<Timestamp>,
    pub(in crate::pages) print: Print,
    pub(in crate::pages) same_window: bool,
}

impl OtpPage {
    pub(in crate::pages) fn new(frame: Frame, form_token: String, digits: &str) -> Self {
        let frame = frame.at_step(Steps::of_self_service(2));
        let field = Field::text("otp", frame.t("label-otp"))
            .hint(frame.t1("hint-otp", "n", digits))
            .with("inputmode", "numeric")
            .with("autocomplete", "one-time-code")
            .with("translate", "no")
            .width("short");
        Self {
            field: frame.marked(field),
            form_token,
            frame,
        }
    }
}

fn otp_page(member: &Member, frame: Frame) -> OtpPage {
    OtpPage::new(
        frame,
        member.form_token("/cert/reissue"),
        &code_lengths(&member.page_request.state),
    )
}

pub(in crate::pages) async fn otp_form(SelfService(member): SelfService) -> Result<Response, Halt> {
    let eligible = member.session.check_eligibility().await;
    if let Err(refusal) = eligible {
        return Err(member.stop(refusal).await);
    }
    let page = otp_page(&member, member.frame("otp-title"));
    Ok(member.page_request.page(StatusCode::OK, &page))
}

pub(in crate::pages) async fn verify_otp(
    SelfService(member): SelfService,
    form: Form,
) -> Result<Response, Halt> {
    let form = form.with_only(&["form_token", "otp"])?;
    let opened = member.open(&form, Replay::OutOfOrder).await?;
    let Err(refusal) = member.session.verify_otp(form.secret("otp")).await else {
        return Ok(see_other("/cert/reissue/ready"));
    };
    member.session.forms.refused(&opened).await;
    if !shows_form_again(&refusal) {
        return Err(member.stop(refusal).await);
    }
    let answer = message::answer(refusal);
    let problems = message::problems(&member.page_request, &answer, "otp");
    let page = otp_page(&member, member.frame("otp-title").with_problems(problems));
    Ok(member.page_request.page(answer.status, &page))
}

pub(in crate::pages) async fn ready(SelfService(member): SelfService) -> Result<Response, Halt> {
    if !member.session.has_otp_proof() {
        return Err(member.halt(Refusal::OtpRequired));
    }
    let frame = member
        .frame("ready-title")
        .at_step(Steps::of_self_service(3));
    let page = ReadyPage {
        frame,
        form_token: member.form_token("/cert/reissue/show"),
    };
    Ok(member.page_request.page(StatusCode::OK, &page))
}

pub(in crate::pages) async fn show(
    SelfService(member): SelfService,
    form: Form,
) -> Result<Response, Halt> {
    let form = form.with_only(&["form_token", "window"])?;
    let opened = member.open(&form, Replay::Complete).await?;
    let reissued = match member.session.reissue_for_oneself(None).await {
        Ok(reissued) => reissued,
        Err(refusal) => {
            member.session.forms.refused(&opened).await;
            return Err(member.stop(refusal).await);
        }
    };
    let frame = member
        .frame("shown-title")
        .at_step(Steps::of_self_service(3));
    let page = ShownPage {
        frame: frame.holding_secret(),
        sheet: Sheet::of(&member, &reissued),
        usable_from: usable_from(&reissued),
        print: print_button(&member, "/cert/print-requested", &reissued, "shown-print"),
        same_window: form.text("window") == "same",
        secret: SecretDisplay::retrieval_password(reissued.retrieval_password),
    };
    Ok(member.page_request.page(StatusCode::OK, &page))
}
