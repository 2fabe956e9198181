//! ロックの解除.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use warifu_core::UserOverview;
use warifu_core::domain::attempts::Purpose;

use super::reissue::transaction_password;
use super::users::UserRow;
use crate::pages::field::Field;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::member::{Admin, Member};
use crate::pages::message;
use crate::pages::page_request::{Halt, see_other_telling};
use crate::pages::problem_page::shows_form_again;
use crate::pages::replay::Replay;

#[derive(Template)]
#[template(path = "admin/unlock.html")]
pub(in crate::pages) struct UnlockPage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) user: UserRow,
    pub(in crate::pages) retrieval_locked: bool,
    pub(in crate::pages) purposes: Vec<Choice>,
    pub(in crate::pages) purpose_error: Option<String>,
    pub(in crate::pages) form_token: String,
    pub(in crate::pages) field: Field,
}

/// One of several to choose from.
pub(in crate::pages) struct Choice {
    pub(in crate::pages) value: &'static str,
    pub(in crate::pages) label: &'static str,
    pub(in crate::pages) chosen: bool,
}

pub(in crate::pages) async fn form(
    Admin(member): Admin,
    Path(user_id): Path<String>,
) -> Result<Response, Halt> {
    let overview = selected(&member, &user_id).await?;
    let page = unlock_page(&member, member.frame("unlock-title"), &overview, &[]);
    Ok(member.page_request.page(StatusCode::OK, &page))
}

/// The user, where the operator may clear that user's locks.
async fn selected(member: &Member, user_id: &str) -> Result<UserOverview, Halt> {
    let overview = member.operator().user_to_unlock(user_id).await;
    overview.map_err(|refusal| member.halt(refusal))
}

fn unlock_page(
    member: &Member,
    frame: Frame,
    overview: &UserOverview,
    chosen: &[&str],
) -> UnlockPage {
    let of_purpose = |purpose: &Purpose| {
        let label = match purpose {
            Purpose::Login => "unlock-login",
            Purpose::Transaction => "unlock-transaction",
            Purpose::Otp => "unlock-otp",
            Purpose::Retrieval | Purpose::StaffDecision => return None,
        };
        let only = overview
            .locks
            .iter()
            .filter(|lock| **lock != Purpose::Retrieval)
            .count()
            == 1;
        let value = purpose.name();
        Some(Choice {
            value,
            label,
            chosen: only || chosen.contains(&value),
        })
    };
    let now = member.service().now();
    let unlockable = member.operator().has_lock_to_lift(overview);
    let hint = frame.t1(
        "hint-transaction-password-own",
        "name",
        &member.operator().user.name,
    );
    UnlockPage {
        user: UserRow::new(&frame, now, overview, unlockable),
        retrieval_locked: overview.locks.contains(&Purpose::Retrieval),
        purposes: overview.locks.iter().filter_map(of_purpose).collect(),
        purpose_error: frame.problem_of("purpose"),
        form_token: member.form_token(&format!("/admin/users/unlock/{}", overview.user.id())),
        field: transaction_password(&frame, hint),
        frame,
    }
}

pub(in crate::pages) async fn run(
    Admin(member): Admin,
    Path(user_id): Path<String>,
    form: Form,
) -> Result<Response, Halt> {
    let form = form.with_only(&["form_token", "login", "transaction", "otp", "txn"])?;
    let opened = member.open(&form, Replay::OutOfOrder).await?;
    let operator = member.operator();
    let mut ticked = vec!["login", "transaction", "otp"];
    ticked.retain(|purpose| !form.text(purpose).is_empty());
    let unlocked = operator.unlock(&user_id, &ticked, form.secret("txn")).await;
    let Err(refusal) = unlocked else {
        return Ok(see_other_telling("/admin/users/cert-password", "unlocked"));
    };
    member.session.forms.refused(&opened).await;
    if !shows_form_again(&refusal) {
        return Err(member.stop(refusal).await);
    }
    let overview = selected(&member, &user_id).await?;
    let answer = message::answer(refusal);
    let problems = message::problems(&member.page_request, &answer, "txn");
    let frame = member.frame("unlock-title").with_problems(problems);
    let page = unlock_page(&member, frame, &overview, &ticked);
    Ok(member.page_request.page(answer.status, &page))
}
