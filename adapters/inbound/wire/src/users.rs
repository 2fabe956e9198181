//! Users as an administrator sees them.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use warifu_core::domain::Timestamp;
use warifu_core::{ListUsersPage, Secret, UserOverview};

use crate::entries::filled;
use crate::sessions::permissions;
use crate::{
    CertificateStatusName, LaneName, PasswordStatus, PermissionName, PurposeName,
    RetrievalPasswordStatusName, StatusFilterName, UnlockablePurposeName,
};

/// Which users to list.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UsersQuery {
    /// Part of a user ID or name.
    #[serde(deserialize_with = "filled")]
    pub query: Option<String>,
    /// A certificate status, or `locked`.
    #[serde(deserialize_with = "filled")]
    #[param(value_type = Option<StatusFilterName>)]
    pub status: Option<String>,
    /// How many, 20 by default.
    #[serde(deserialize_with = "filled")]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    pub limit: Option<String>,
    /// The `next_cursor` of the page before.
    #[serde(deserialize_with = "filled")]
    pub cursor: Option<String>,
}

/// Users of the contract, by user ID.
#[derive(Serialize, ToSchema)]
pub struct UserList {
    users: Vec<UserView>,
    /// For the next page, if there is one.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// A user as an administrator sees them.
#[derive(Serialize, ToSchema)]
pub struct UserView {
    user_id: String,
    name: String,
    service_administrator: bool,
    /// All rights held, given and implied.
    permissions: Vec<PermissionName>,
    certificate: CertificateView,
    retrieval_password: RetrievalPasswordView,
    /// What is locked.
    locks: Vec<PurposeName>,
    /// For whom the login is locked, where it is.
    login_lock_lanes: Vec<LaneName>,
}

/// The state of a user's certificate.
#[derive(Serialize, ToSchema)]
pub struct CertificateView {
    status: CertificateStatusName,
    #[schema(format = DateTime, required)]
    not_after: Option<String>,
}

/// The state of a user's retrieval password.
#[derive(Serialize, ToSchema)]
pub struct RetrievalPasswordView {
    status: RetrievalPasswordStatusName,
    #[schema(format = DateTime, required)]
    expires_at: Option<String>,
}

impl From<ListUsersPage> for UserList {
    fn from(page: ListUsersPage) -> Self {
        Self {
            users: page.users.into_iter().map(UserView::from).collect(),
            next_cursor: page.next_cursor,
        }
    }
}

impl From<UserOverview> for UserView {
    fn from(overview: UserOverview) -> Self {
        let password = overview.retrieval_password;
        Self {
            user_id: overview.user.id().to_string(),
            permissions: permissions(&overview.user),
            service_administrator: overview.user.service_administrator,
            name: overview.user.name,
            certificate: CertificateView {
                status: overview.certificate.into(),
                not_after: shown(overview.certificate_not_after),
            },
            retrieval_password: RetrievalPasswordView {
                status: PasswordStatus::from(&password).into(),
                expires_at: shown(password.expires_at),
            },
            locks: overview.locks.into_iter().map(PurposeName).collect(),
            login_lock_lanes: overview.login_lanes.into_iter().map(LaneName).collect(),
        }
    }
}

fn shown(moment: Option<Timestamp>) -> Option<String> {
    moment.map(|moment| moment.to_string())
}

/// Lifting a lock.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnlockBody {
    /// What to unlock. The retrieval lock goes only by reissue.
    #[schema(value_type = UnlockablePurposeName)]
    pub purpose: String,
    /// 取引実行パスワード of who calls, to the letter.
    #[serde(with = "crate::entries::secret")]
    #[schema(value_type = String, format = Password, pattern = "^[ -~]{1,256}$")]
    pub transaction_password: Secret,
}
