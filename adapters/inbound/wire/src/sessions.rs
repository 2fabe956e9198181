//! Logins and sessions of users.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warifu_core::Secret;
use warifu_core::customers::{LoggedIn, LoginForm};
use warifu_core::domain::{DeviceToken, User};

use crate::PermissionName;

/// A login.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginBody {
    /// ご契約者番号. Full width, spaces and hyphens are forgiven.
    #[schema(pattern = "^[0-9]{6,12}$", example = "1234567890")]
    pub contract_number: String,
    /// 利用者ID. Full width and upper case are forgiven.
    #[schema(pattern = "^[A-Za-z0-9._-]{1,32}$", example = "admin01")]
    pub user_id: String,
    /// ログインパスワード, to the letter.
    #[serde(with = "crate::entries::secret")]
    #[schema(value_type = String, format = Password, pattern = "^[ -~]{1,256}$")]
    pub login_password: Secret,
}

impl From<LoginBody> for LoginForm {
    fn from(body: LoginBody) -> Self {
        Self {
            contract_number: body.contract_number,
            user_id: body.user_id,
            login_password: body.login_password,
        }
    }
}

// A client that needs no more than the token ignores who is logged in: `U` is its `IgnoredAny`.
/// A session that began.
#[derive(Deserialize, Serialize, ToSchema)]
pub struct SessionOpened<'a, U = SessionUser<'a>> {
    /// For `Authorization: Bearer …`. Shown once.
    pub token: &'a str,
    /// The session's absolute end.
    #[schema(format = DateTime)]
    pub expires_at: String,
    /// Who is logged in.
    pub user: U,
    /// For `Warifu-Device` at the next login from the same place: failures of strangers do not lock it.
    /// Nothing where a client certificate was shown.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub device_token: Option<&'a str>,
}

/// Who is logged in.
#[derive(Serialize, ToSchema)]
pub struct SessionUser<'a> {
    contract_number: &'a str,
    user_id: &'a str,
    name: &'a str,
    /// All rights held, given and implied.
    permissions: Vec<PermissionName>,
}

impl<'a> From<&'a LoggedIn> for SessionOpened<'a> {
    fn from(logged_in: &'a LoggedIn) -> Self {
        let user = &logged_in.session.operator.user;
        Self {
            token: logged_in.token.expose(),
            expires_at: logged_in.expires_at.to_string(),
            user: SessionUser {
                contract_number: user.subject.contract.as_str(),
                user_id: user.id().as_str(),
                name: &user.name,
                permissions: permissions(user),
            },
            device_token: logged_in.device_token.as_ref().map(DeviceToken::expose),
        }
    }
}

/// All rights of a user, given and implied.
pub(crate) fn permissions(user: &User) -> Vec<PermissionName> {
    let held = user.effective_permissions();
    held.into_iter().map(PermissionName).collect()
}
