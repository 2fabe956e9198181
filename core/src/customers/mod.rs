//! What customers do: the users of a contract, in sessions of the self-service or the
//! administrators' entry. [`Customers`] lets them in; a [`UserSession`] or an [`Operator`] acts.

mod cancel_reissue;
mod end_sessions;
mod hand_over;
mod handle;
mod list_users;
mod log_in;
pub(crate) mod operator;
mod own_certificate;
mod read_audit;
mod recovery;
mod redeem;
mod redemption_records;
mod reissue;
mod retrieved_again;
pub(crate) mod session;
mod show_password;
mod unlock;
mod verify_otp;

pub use crate::redeemed::{KeyChoice, Redeemed, RedeemedKey};
pub use handle::Customers;
pub use log_in::{LoggedIn, LoginForm};
pub use operator::Operator;
pub use own_certificate::OwnCertificate;
pub use recovery::Recovery;
pub use redeem::fits_pkcs12;
pub use reissue::ReissueForAnother;
pub use retrieved_again::{RetrievedBefore, RetrievedInSession};
pub use session::UserSession;
