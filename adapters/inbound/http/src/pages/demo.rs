//! The accounts of the demonstration.

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use super::frame::Frame;
use super::page_request::PageRequest;
use crate::answer::Answer;
use crate::settings::LocalText;

#[derive(Template)]
#[template(path = "public/demo.html")]
pub(super) struct DemoPage {
    pub(super) frame: Frame,
    pub(super) accounts: Vec<Account>,
    pub(super) staff: Vec<StaffAccount>,
}

/// An account, with what its card shows.
pub(super) struct Account {
    pub(super) role: LocalText,
    pub(super) contract_number: String,
    pub(super) user_id: String,
    pub(super) login_password: String,
    pub(super) transaction_password: Option<String>,
    pub(super) code: Option<(String, u64)>,
}

/// A member of the bank's staff, with what their card shows.
pub(super) struct StaffAccount {
    pub(super) role: LocalText,
    pub(super) staff_id: String,
    pub(super) login_password: String,
    pub(super) code: Option<(String, u64)>,
}

pub(super) async fn show(page_request: PageRequest) -> Result<Response, Answer> {
    let guide = page_request
        .state
        .demo
        .clone()
        .ok_or_else(Answer::not_found)?;
    let accounts = guide
        .accounts()
        .into_iter()
        .enumerate()
        .map(|(index, account)| Account {
            code: guide.current_code(index).filter(|_| account.has_card),
            role: account.role,
            contract_number: account.contract_number,
            user_id: account.user_id,
            login_password: account.login_password,
            transaction_password: account.transaction_password,
        });
    let staff = guide
        .staff()
        .into_iter()
        .enumerate()
        .map(|(index, member)| StaffAccount {
            code: guide.current_staff_code(index),
            role: member.role,
            staff_id: member.staff_id,
            login_password: member.login_password,
        });
    // On a listener that does not serve the back office, nobody can log in there.
    let staff = staff.filter(|_| page_request.state.serves_office());
    let page = DemoPage {
        frame: page_request.frame("demo-title"),
        accounts: accounts.collect(),
        staff: staff.collect(),
    };
    Ok(page_request.page(StatusCode::OK, &page))
}
