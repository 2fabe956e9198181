//! What people do. Page, API and terminal call these and nothing else.

mod attempt;
mod audit_trail;
mod bulk_reissue;
mod cancel_reissue;
mod check_password;
mod context;
mod forms;
mod list_users;
mod log_in;
mod outages;
mod read_audit;
mod recognise_store;
mod redeem;
mod redemption_records;
mod reissue;
mod sessions;
mod terminal;
mod unlock;
mod verify_otp;
mod verify_transaction;
mod warifu;

pub use bulk_reissue::{Approver, BulkReissue, BulkReissueForm};
pub use context::{LoginForm, RequestContext, Secret};
pub use forms::{FormRefusal, OpenForm};
pub use list_users::{ListUsers, ListUsersPage, Paging, UserOverview, UserSort, UserStatusFilter};
pub use log_in::LoggedIn;
pub use read_audit::AuditFilter;
pub use recognise_store::{StoreRecognition, StoreRefusal};
pub use redeem::{KeyChoice, Redeemed, RedeemedKey, fits_pkcs12};
pub use reissue::{ReissueForAnother, Reissued};
pub use sessions::Operator;
pub use warifu::{Ports, Warifu};
