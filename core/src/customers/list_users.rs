//! The users of one's own contract.

use super::operator::Operator;
use crate::Outcome;
use crate::user_list::{ListUsers, ListUsersPage, wanted};
use crate::user_overview::{UserOverview, UsersWaiting};

impl Operator {
    /// Lists users of the operator's contract.
    pub async fn list_users(&self, query: ListUsers) -> Outcome<ListUsersPage> {
        let wanted = wanted(&query)?;
        self.require_reissue_right().await?;
        let contract = &self.contract.number;
        self.wiring.users_of(contract, query, wanted).await
    }

    /// How many users of the operator's contract wait for what; nothing where they are too many to be
    /// looked at each time.
    pub async fn users_waiting(&self) -> Outcome<Option<UsersWaiting>> {
        self.require_reissue_right().await?;
        self.wiring.users_waiting(&self.contract.number).await
    }

    /// One user of the operator's contract.
    pub async fn user(&self, user_id: &str) -> Outcome<UserOverview> {
        self.require_reissue_right().await?;
        let user = self.selectable(user_id).await?;
        self.wiring.overview(user).await
    }
}
