use async_trait::async_trait;

use super::Unavailable;
use crate::domain::{PasswordHash, StaffId, StaffMember};

/// Who works in the bank's back office.
///
/// # Promises
/// - Every call answers with what is true now: a role taken away is gone at the next call.
/// - What is not there is `None`, never an error; a directory that cannot answer is
///   [`Unavailable`], never "nobody".
#[async_trait]
pub trait StaffDirectory: Send + Sync {
    /// Finds a member of staff.
    async fn find(&self, id: &StaffId) -> Result<Option<StaffMember>, Unavailable>;

    /// The imported hash of the member's login password, where there is one.
    async fn imported_hash(&self, id: &StaffId) -> Result<Option<PasswordHash>, Unavailable>;

    /// Whether it can answer.
    async fn check(&self) -> Result<(), Unavailable>;
}
