//! A server on a free port with a users file of its own, and a client that speaks JSON to it.

mod browser;
mod provider;
mod server;

pub(crate) use browser::{Browser, location};
pub(crate) use provider::{Provider, Script, TlsFiles};
pub(crate) use server::{Setup, TestServer};
pub(crate) use warifu_test_support::client::{Answer, Client, form_3};
pub(crate) use warifu_test_support::openssl::OpenSsl;
pub(crate) use warifu_test_support::people::{
    ADMIN, AUDITOR, CARD_HOLDER, CHECKER, CONTRACT, DISABLED, LOGIN_PASSWORD, MAKER,
    OTHER_CONTRACT, SECOND_ADMIN, SECOND_CHECKER, SECOND_MAKER, TRANSACTION_PASSWORD, USER,
    WRONG_PASSWORD, current_code, current_staff_code,
};
