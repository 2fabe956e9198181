//! A server on a free port with a users file of its own, and a client that speaks JSON to it.

mod client;
mod openssl;
mod people;
mod provider;
mod server;

pub(crate) use client::{Answer, Client};
pub(crate) use openssl::OpenSsl;
pub(crate) use people::{
    ADMIN, CARD_HOLDER, CONTRACT, DISABLED, LOGIN_PASSWORD, OTHER_CONTRACT, SECOND_ADMIN,
    TRANSACTION_PASSWORD, USER, WRONG_PASSWORD, current_code,
};
pub(crate) use provider::{Provider, Script, TlsFiles};
pub(crate) use server::{Setup, TestServer};
