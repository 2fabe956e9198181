//! What the bank's back office does: staff, in sessions of their own or at a terminal of the bank.
//! [`Office`] lets them in; a [`Clerk`] acts, with the roles that the staff directory gives them at
//! that moment.

pub(crate) mod acting;
pub(crate) mod clerk;
mod handle;
mod log_in;
mod paper_decision;
mod paper_effects;
mod paper_form;
mod paper_lists;
mod paper_notice;
mod paper_printing;
mod paper_registration;
mod read_audit;
pub(crate) mod session;
pub(crate) mod staff_password;

pub use clerk::Clerk;
pub use handle::Office;
pub use log_in::{StaffLoggedIn, StaffLoginForm};
pub use paper_decision::{PaperDecision, PaperDecisionForm};
pub use paper_form::PaperForm;
pub use paper_lists::{PaperCounts, PaperFilter, PaperPage, PaperTab};
pub use paper_notice::{PaperNotice, ReturnedMail};
pub use paper_printing::{NOTICES_IN_A_RUN, PaperNotices, PaperSteps};
pub use paper_registration::PaperEdit;
pub use session::StaffSession;
