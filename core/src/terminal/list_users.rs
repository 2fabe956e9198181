//! The users of any contract.

use super::handle::Terminal;
use crate::domain::{Contract, Subject, User};
use crate::user_list::{OverviewWalk, UserFilter, UserStatusFilter};
use crate::user_overview::UserOverview;
use crate::{Outcome, Refusal};

/// How many users an export takes from the directory at a time.
const BATCH: usize = 1_000;

impl Terminal {
    /// Walks over the users of a contract, by user ID: those of whose ID or name `query` is a part
    /// and who have `status`.
    pub fn walk_users<'a>(
        &'a self,
        contract: &'a Contract,
        query: Option<&str>,
        status: Option<UserStatusFilter>,
    ) -> OverviewWalk<'a> {
        let filter = UserFilter::new(query, status);
        OverviewWalk::new(&self.wiring, &contract.number, filter, None)
    }

    /// All users of a contract as the directory has them, by user ID: for an export, which is
    /// written whole or not at all.
    pub async fn all_users(&self, contract: &Contract) -> Outcome<Vec<User>> {
        let mut walk = self.wiring.ports().directory.walk(&contract.number, None);
        let mut all = Vec::new();
        loop {
            let users = walk.next(BATCH).await?;
            if users.is_empty() {
                return Ok(all);
            }
            all.extend(users);
        }
    }

    /// One user of a contract.
    pub async fn user(&self, contract: &Contract, user_id: &str) -> Outcome<UserOverview> {
        let user = user_id.parse().map_err(|_| Refusal::UserNotSelectable)?;
        let subject = Subject::new(contract.number.clone(), user);
        let found = self.wiring.ports().directory.find(&subject).await?;
        let entry = found.ok_or(Refusal::UserNotSelectable)?;
        self.wiring.overview(entry.user).await
    }
}
