use async_trait::async_trait;

use super::Unavailable;
use crate::domain::attempts::Purpose;
use crate::domain::{Contract, ContractNumber, PasswordHash, Subject, User, UserId};

/// A user together with the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// The tenant.
    pub contract: Contract,
    /// The user within it.
    pub user: User,
}

/// Who exists, in which contract, with which rights.
///
/// # Promises
/// - Nothing of one contract is ever returned for another.
/// - Every call answers with what is true now: a right taken away is gone at the next call.
/// - `users` lists each user once, ordered by user ID, and a `limit` of n returns at most n.
/// - What is not there is `None`, never an error; a directory that cannot answer is
///   [`Unavailable`], never "nobody".
#[async_trait]
pub trait UserDirectory: Send + Sync {
    /// Finds a user.
    async fn find(&self, subject: &Subject) -> Result<Option<DirectoryEntry>, Unavailable>;

    /// Finds a contract.
    async fn contract(&self, number: &ContractNumber) -> Result<Option<Contract>, Unavailable>;

    /// Up to `limit` users of a contract whose IDs come after `after`.
    async fn users(
        &self,
        contract: &ContractNumber,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<User>, Unavailable>;

    /// The imported hash of the user's login or transaction password. `None` where there is none,
    /// and always where the directory keeps no hashes.
    async fn imported_hash(
        &self,
        subject: &Subject,
        purpose: Purpose,
    ) -> Result<Option<PasswordHash>, Unavailable>;

    /// Whether it can answer.
    async fn check(&self) -> Result<(), Unavailable>;
}
