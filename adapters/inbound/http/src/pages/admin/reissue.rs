//! 証明書取得用パスワード再発行: confirm, run, show.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use warifu_core::customers::ReissueForAnother;
use warifu_core::domain::Timestamp;
use warifu_core::{Refusal, UserOverview};

use super::users::UserRow;
use crate::pages::field::Field;
use crate::pages::form::Form;
use crate::pages::frame::{Frame, Steps};
use crate::pages::member::{Admin, Member};
use crate::pages::message;
use crate::pages::page_request::Halt;
use crate::pages::problem_page::shows_form_again;
use crate::pages::reissues::{HandOverForm, print_button};
use crate::pages::replay::Replay;
use crate::pages::secret::{Print, SecretDisplay, Sheet, usable_from};

const CONFIRMED: &str = "yes";

#[derive(Template)]
#[template(path = "admin/confirm.html")]
pub(in crate::pages) struct ConfirmPage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) user: UserRow,
    pub(in crate::pages) form_token: String,
    pub(in crate::pages) confirmed: bool,
    pub(in crate::pages) confirm_error: Option<String>,
    pub(in crate::pages) field: Field,
}

#[derive(Template)]
#[template(path = "admin/issued.html")]
pub(in crate::pages) struct IssuedPage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) secret: SecretDisplay,
    pub(in crate::pages) sheet: Sheet,
    pub(in crate::pages) user_id: String,
    pub(in crate::pages) usable_from: Option<Timestamp>,
    pub(in crate::pages) print: Print,
    pub(in crate::pages) hand_over: HandOverForm,
}

/// The field for the operator's own transaction password.
pub(in crate::pages) fn transaction_password(frame: &Frame, hint: String) -> Field {
    let label = frame.t("label-transaction-password");
    let field = Field::password("txn", label, "section-txn current-password").hint(hint);
    frame.marked(field)
}

pub(in crate::pages) async fn confirm(
    Admin(member): Admin,
    Path(user_id): Path<String>,
) -> Result<Response, Halt> {
    let overview = selected(&member, &user_id).await?;
    let page = confirm_page(&member, member.frame("confirm-title"), &overview, false);
    Ok(member.page_request.page(StatusCode::OK, &page))
}

/// The user, where a password may be reissued for that user here.
async fn selected(member: &Member, user_id: &str) -> Result<UserOverview, Halt> {
    match member.operator().user_to_reissue_for(user_id).await {
        Ok(overview) => Ok(overview),
        Err(refusal @ Refusal::UserDisabled) => Err(member.halt(refusal)),
        Err(refusal) => Err(member.stop(refusal).await),
    }
}

fn confirm_page(
    member: &Member,
    frame: Frame,
    overview: &UserOverview,
    confirmed: bool,
) -> ConfirmPage {
    let frame = frame.at_step(Steps::of_reissue(2));
    let now = member.service().now();
    let unlockable = member.operator().has_lock_to_lift(overview);
    let hint = frame.t1(
        "hint-transaction-password",
        "name",
        &member.operator().user.name,
    );
    ConfirmPage {
        user: UserRow::new(&frame, now, overview, unlockable),
        form_token: member.form_token(&format!(
            "/admin/users/cert-password/{}",
            overview.user.id()
        )),
        confirmed,
        confirm_error: frame.problem_of("confirm"),
        field: transaction_password(&frame, hint),
        frame,
    }
}

pub(in crate::pages) async fn run(
    Admin(member): Admin,
    Path(user_id): Path<String>,
    form: Form,
) -> Result<Response, Halt> {
    let form = form.with_only(&["form_token", "confirm", "txn"])?;
    let opened = member.open(&form, Replay::Complete).await?;
    let confirmed = form.text("confirm") == CONFIRMED;
    let asked = ReissueForAnother {
        user_id: user_id.clone(),
        transaction_password: form.secret("txn"),
        not_instructed_by_others: confirmed,
        idempotency_key: None,
    };
    let refusal = match member.operator().reissue_for_another(asked).await {
        Ok(reissued) => {
            let frame = member.frame("issued-title").at_step(Steps::of_reissue(3));
            let page = IssuedPage {
                frame: frame.holding_secret(),
                sheet: Sheet::of(&member, &reissued),
                user_id: reissued.user.id().to_string(),
                usable_from: usable_from(&reissued),
                print: print_button(&member, "/admin/print-requested", &reissued, "issued-print"),
                hand_over: HandOverForm::new(&member, &reissued.reissue_id.to_string()),
                secret: SecretDisplay::retrieval_password(reissued.retrieval_password),
            };
            return Ok(member.page_request.page(StatusCode::OK, &page));
        }
        Err(refusal) => refusal,
    };
    member.session.forms.refused(&opened).await;
    if !shows_form_again(&refusal) {
        return Err(member.stop(refusal).await);
    }
    let overview = selected(&member, &user_id).await?;
    let answer = message::answer(refusal);
    let problems = message::problems(&member.page_request, &answer, "txn");
    let frame = member.frame("confirm-title").with_problems(problems);
    let page = confirm_page(&member, frame, &overview, confirmed);
    Ok(member.page_request.page(answer.status, &page))
}
