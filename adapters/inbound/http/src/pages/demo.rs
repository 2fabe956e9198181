//! The accounts of the demonstration.

use askama::Template;
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde::Serialize;

use super::form::Form;
use super::frame::Frame;
use super::page_request::{PageRequest, see_other};
use crate::answer::Answer;
use crate::cookies;
use crate::demo_certificate;
use crate::settings::{DemoGuide, LocalText};

#[derive(Template)]
#[template(path = "public/demo.html")]
pub(super) struct DemoPage {
    pub(super) frame: Frame,
    pub(super) accounts: Vec<Account>,
    pub(super) staff: Vec<StaffAccount>,
    /// Whether this browser is refused as if its certificate had ended.
    pub(super) certificate_expired: bool,
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

/// What all cards show now, in the order of the page, for how many more seconds.
#[derive(Serialize)]
struct Codes {
    codes: Vec<String>,
    seconds: u64,
}

/// For the script that keeps the codes on the page up to date.
pub(super) async fn codes(page_request: PageRequest) -> Result<Response, Answer> {
    let guide = page_request
        .state
        .demo
        .clone()
        .ok_or_else(Answer::not_found)?;
    let cards = accounts(guide.as_ref()).filter_map(|account| account.code);
    let of_staff = staff(&page_request, guide.as_ref()).filter_map(|member| member.code);
    let (codes, seconds): (Vec<String>, Vec<u64>) = cards.chain(of_staff).unzip();
    let codes = Codes {
        codes,
        seconds: seconds.into_iter().min().unwrap_or_default(),
    };
    Ok(Json(codes).into_response())
}

/// Shows, or no longer shows, an expired certificate at the administrators' entry.
pub(super) async fn show_certificate(
    page_request: PageRequest,
    form: Form,
) -> Result<Response, Answer> {
    let form = form.with_only(&["certificate"])?;
    let set = demo_certificate::set(&page_request.state, form.text("certificate") == "expired");
    let mut response = see_other("/demo#certificate");
    cookies::append(response.headers_mut(), set);
    Ok(response)
}

pub(super) async fn show(
    headers: HeaderMap,
    page_request: PageRequest,
) -> Result<Response, Answer> {
    let guide = page_request
        .state
        .demo
        .clone()
        .ok_or_else(Answer::not_found)?;
    let page = DemoPage {
        frame: page_request.frame("demo-title"),
        accounts: accounts(guide.as_ref()).collect(),
        staff: staff(&page_request, guide.as_ref()).collect(),
        certificate_expired: demo_certificate::is_expired(&page_request.state, &headers),
    };
    Ok(page_request.page(StatusCode::OK, &page))
}

fn accounts(guide: &dyn DemoGuide) -> impl Iterator<Item = Account> {
    let accounts = guide.accounts().into_iter().enumerate();
    accounts.map(|(index, account)| Account {
        code: guide.current_code(index).filter(|_| account.has_card),
        role: account.role,
        contract_number: account.contract_number,
        user_id: account.user_id,
        login_password: account.login_password,
        transaction_password: account.transaction_password,
    })
}

/// Nobody on a listener that does not serve the back office: none of them can log in there.
fn staff(page_request: &PageRequest, guide: &dyn DemoGuide) -> impl Iterator<Item = StaffAccount> {
    let members = guide.staff().into_iter().enumerate();
    let members = members.filter(|_| page_request.state.serves_office());
    members.map(|(index, member)| StaffAccount {
        code: guide.current_staff_code(index),
        role: member.role,
        staff_id: member.staff_id,
        login_password: member.login_password,
    })
}
