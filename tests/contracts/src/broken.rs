//! Stores that break their promises on purpose. A suite that lets one pass would be worth nothing:
//! the tests of the suites run them on these and want them to fail.

mod check_then_act;
mod flawed_attempts;
mod flawed_paper_requests;
mod flawed_passwords;
mod flawed_retrieval_passwords;
mod flawed_small_stores;
mod hasty_facts;

pub use check_then_act::CheckThenAct;
pub use flawed_attempts::{AttemptFlaw, FlawedAttempts};
pub use flawed_paper_requests::{FlawedPaperRequests, HastyPaperRequests, PaperFlaw};
pub use flawed_passwords::{FlawedPasswords, PasswordFlaw};
pub use flawed_retrieval_passwords::{FlawedRetrievalPasswords, RetrievalFlaw};
pub use flawed_small_stores::{
    ForgetfulClaims, ForgetfulSteps, GrudgingQuotas, ImmortalSessions, LavishQuotas,
    MiscountingDirectory, ReusableProofs, TenantBlindDirectory,
};
pub use hasty_facts::HastyFacts;
