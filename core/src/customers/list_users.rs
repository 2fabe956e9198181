//! The users of one's own contract.

use super::operator::Operator;
use crate::Outcome;
use crate::user_list::{ListUsers, ListUsersPage, UserOverview, wanted};

impl Operator {
    /// Lists users of the operator's contract.
    pub async fn list_users(&self, query: ListUsers) -> Outcome<ListUsersPage> {
        let wanted = wanted(&query)?;
        self.require_reissue_right().await?;
        let contract = &self.contract.number;
        self.wiring.users_of(contract, query, wanted).await
    }

    /// One user of the operator's contract.
    pub async fn user(&self, user_id: &str) -> Outcome<UserOverview> {
        self.require_reissue_right().await?;
        let user = self.selectable(user_id).await?;
        self.wiring.overview(user).await
    }
}
