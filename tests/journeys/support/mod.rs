//! A server on a free port with a users file of its own, and a client that speaks JSON to it.

mod provider;
mod server;

pub(crate) use provider::{Provider, Script, TlsFiles};
pub(crate) use server::{Setup, TestServer};
pub(crate) use warifu_test_support::client::{Answer, Client};
pub(crate) use warifu_test_support::openssl::OpenSsl;
pub(crate) use warifu_test_support::people::{
    ADMIN, CARD_HOLDER, CONTRACT, DISABLED, LOGIN_PASSWORD, OTHER_CONTRACT, SECOND_ADMIN,
    TRANSACTION_PASSWORD, USER, WRONG_PASSWORD, current_code,
};
