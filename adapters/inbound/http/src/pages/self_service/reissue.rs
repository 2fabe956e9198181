//! ワンタイムパスワード認証, and the new password in a window of its own.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use warifu_core::domain::{Surface, Timestamp};
use warifu_wire::Problem;

use crate::pages::field::Field;
use crate::pages::form::Form;
use crate::pages::frame::{Frame, Steps};
use crate::pages::member::{Member, SelfService};
use crate::pages::message::{self, MessagePage};
use crate::pages::page_request::{Halt, see_other};
use crate::pages::place::Place;
use crate::pages::problem_page::shows_form_again;
use crate::pages::recovery::RecoveryView;
use crate::pages::reissues::print_button;
use crate::pages::replay::{Opened, Replay};
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

/// A window of its own, with the password and hardly anything else.
#[derive(Template)]
#[template(path = "self_service/shown.html")]
pub(in crate::pages) struct ShownPage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) secret: SecretDisplay,
    pub(in crate::pages) usable_from: Option<Timestamp>,
    pub(in crate::pages) expires_at: Timestamp,
}

/// The same window.
#[derive(Template)]
#[template(path = "self_service/shown_here.html")]
pub(in crate::pages) struct ShownHerePage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) secret: SecretDisplay,
    pub(in crate::pages) sheet: Sheet,
    pub(in crate::pages) usable_from: Option<Timestamp>,
    pub(in crate::pages) print: Print,
}

impl OtpPage {
    /// `kept`: an entry that cannot be anybody's one-time password, to be corrected.
    pub(in crate::pages) fn new(
        frame: Frame,
        form_token: String,
        digits: &str,
        kept: &str,
    ) -> Self {
        let frame = frame.at_step(Steps::of_self_service(2));
        let field = Field::text("otp", frame.t("label-otp"))
            .hint(frame.t1("hint-otp", "n", digits))
            .with("inputmode", "numeric")
            .with("autocomplete", "one-time-code")
            .with("translate", "no")
            .width("short")
            .value(kept);
        Self {
            field: frame.marked(field),
            form_token,
            frame,
        }
    }
}

fn otp_page(member: &Member, frame: Frame, kept: &str) -> OtpPage {
    OtpPage::new(
        frame,
        member.form_token("/cert/reissue"),
        &code_lengths(&member.page_request.state),
        kept,
    )
}

pub(in crate::pages) async fn otp_form(SelfService(member): SelfService) -> Result<Response, Halt> {
    let eligible = member.session.check_eligibility().await;
    if let Err(refusal) = eligible {
        return Err(member.stop(refusal).await);
    }
    let page = otp_page(&member, member.frame("otp-title"), "");
    Ok(member.page_request.page(StatusCode::OK, &page))
}

/// What is open to somebody whose card is lost or broken.
pub(in crate::pages) async fn without_card(
    SelfService(member): SelfService,
) -> Result<Response, Halt> {
    let eligible = member.session.check_eligibility().await;
    if let Err(refusal) = eligible {
        return Err(member.stop(refusal).await);
    }
    let frame = member.frame("no-card-title");
    let needs_certificate = member.page_request.state.helpers_need_certificate;
    let found = member.operator().recovery_without_card(needs_certificate);
    let found = found.await.map_err(|refusal| member.halt(refusal))?;
    let edition = member.operator().contract.edition.as_str();
    let page = MessagePage {
        kind: "info",
        texts: vec![frame.t("no-card-text")],
        recovery: Some(RecoveryView::new(
            &frame,
            Surface::SelfService,
            &found,
            edition,
        )),
        reference: None,
        links: [Place::OTP, Place::RETRIEVAL]
            .iter()
            .map(|place| frame.place(place))
            .collect(),
        frame,
    };
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
    let kept = message::kept(&answer, &form, "otp");
    let frame = member.frame("otp-title").with_problems(problems);
    let page = otp_page(&member, frame, kept);
    Ok(member.page_request.page(answer.status, &page))
}

pub(in crate::pages) async fn ready(SelfService(member): SelfService) -> Result<Response, Halt> {
    let showable = member.session.check_showable().await;
    showable.map_err(|refusal| member.halt(refusal))?;
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
    let opened = match member.open_or_find(&form).await? {
        Opened::Now(opened) => opened,
        Opened::Before { done } => return Err(shown_before(&member, done).await),
    };
    let reissued = match member.session.show_new_password().await {
        Ok(reissued) => reissued,
        Err(refusal) => {
            member.session.forms.refused(&opened).await;
            return Err(member.stop(refusal).await);
        }
    };
    let frame = member.frame("shown-title").holding_secret();
    let (usable_from, expires_at) = (usable_from(&reissued), reissued.expires_at);
    if form.text("window") != "same" {
        let page = ShownPage {
            frame,
            usable_from,
            expires_at,
            secret: SecretDisplay::retrieval_password(reissued.retrieval_password),
        };
        return Ok(member.page_request.page(StatusCode::OK, &page));
    }
    let page = ShownHerePage {
        frame: frame.at_step(Steps::of_self_service(3)),
        sheet: Sheet::of(&member, &reissued),
        usable_from,
        print: print_button(&member, "/cert/print-requested", &reissued, "shown-print"),
        secret: SecretDisplay::retrieval_password(reissued.retrieval_password),
    };
    Ok(member.page_request.page(StatusCode::OK, &page))
}

/// What is said to who presses again, or loads the window again.
async fn shown_before(member: &Member, done: bool) -> Halt {
    match member.session.shown_before(done).await {
        Ok(Some(refusal)) => member.halt(refusal),
        Ok(None) => member.halt_with(&Problem::form_out_of_order().into()),
        Err(refusal) => member.stop(refusal).await,
    }
}
