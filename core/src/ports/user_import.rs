use async_trait::async_trait;

use super::{TotpToken, Unavailable};
use crate::domain::{Contract, ContractNumber, PasswordHash, User};

/// A user with the secrets that come with an import.
#[derive(Clone, Debug)]
pub struct ImportedUser {
    /// The user.
    pub user: User,
    /// The hash of the login password.
    pub login_password: Option<PasswordHash>,
    /// The hash of the transaction password.
    pub transaction_password: Option<PasswordHash>,
    /// The token.
    pub token: Option<TotpToken>,
}

/// A contract with all of its users.
#[derive(Clone, Debug)]
pub struct ImportedContract {
    /// The contract.
    pub contract: Contract,
    /// Its users; each once.
    pub users: Vec<ImportedUser>,
}

/// What an import changes, or would change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportSummary {
    /// Users who were not there.
    pub added: usize,
    /// Users of whom something is different.
    pub changed: usize,
    /// Users who are there no more.
    pub removed: usize,
    /// Users who stay as they are.
    pub unchanged: usize,
}

/// A user directory that users are imported into.
///
/// # Promises
/// - `import` replaces a contract and its users as a whole, in one atomic step: nobody sees a part
///   of it, and repeating it changes nothing.
/// - `preview` tells what `import` would, and changes nothing.
/// - Other contracts stay as they are.
/// - Secrets of tokens are kept encrypted.
#[async_trait]
pub trait UserImport: Send + Sync {
    /// Puts a contract with its users in the place of what there was.
    async fn import(&self, contract: &ImportedContract) -> Result<ImportSummary, Unavailable>;

    /// What [`Self::import`] would change.
    async fn preview(&self, contract: &ImportedContract) -> Result<ImportSummary, Unavailable>;

    /// Removes a contract with its users. Tells whether it was there.
    async fn remove(&self, contract: &ContractNumber) -> Result<bool, Unavailable>;
}
