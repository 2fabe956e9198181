//! What is remembered for each port, and how it is found and forgotten.

mod attempts;
mod once;
mod otp_steps;
mod paper_requests;
mod quotas;
mod register;
mod retrieval_passwords;
mod sessions;

pub(crate) use attempts::AttemptBook;
pub(crate) use once::Claims;
pub(crate) use otp_steps::LastSteps;
pub(crate) use paper_requests::{Kept, PaperBook};
pub(crate) use quotas::Windows;
pub(crate) use register::Register;
pub(crate) use retrieval_passwords::RetrievalBook;
pub(crate) use sessions::Sessions;
