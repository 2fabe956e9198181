//! What people do. Page, API and terminal call these and nothing else.

mod attempt;
mod audit_trail;
mod cancel_reissue;
mod context;
mod forms;
mod list_users;
mod log_in;
mod read_audit;
mod redeem;
mod reissue;
mod sessions;
mod unlock;
mod verify_otp;
mod warifu;

pub use audit_trail::AuditFilter;
pub use context::{LoginForm, RequestContext, Secret};
pub use list_users::{ListedUser, ListUsers, ListUsersPage, UserOverview, UserSort, UserStatusFilter};
pub use log_in::LoggedIn;
pub use redeem::{KeyChoice, Redeemed, RedeemedKey};
pub use reissue::{ReissueForAnother, Reissued};
pub use sessions::Operator;
pub use warifu::{Ports, Warifu};
