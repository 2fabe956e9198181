//! The users of any contract.

use super::handle::Terminal;
use crate::domain::{Contract, Subject};
use crate::user_list::{ListUsers, ListUsersPage, UserOverview, wanted};
use crate::{Outcome, Refusal};

impl Terminal {
    /// Lists users of a contract.
    pub async fn list_users(
        &self,
        contract: &Contract,
        query: ListUsers,
    ) -> Outcome<ListUsersPage> {
        let wanted = wanted(&query)?;
        let number = &contract.number;
        self.wiring.users_of(number, query, wanted).await
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
