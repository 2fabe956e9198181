//! Logins and sessions of the bank's staff.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warifu_core::Secret;
use warifu_core::domain::DeviceToken;
use warifu_core::office::StaffLoggedIn;

use crate::StaffRoleName;

/// A login of a member of the bank's staff.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffLoginBody {
    /// 職員ID. Full width and upper case are forgiven.
    #[schema(pattern = "^[A-Za-z0-9._-]{1,32}$", example = "maker1")]
    pub staff_id: String,
    /// ログインパスワード, to the letter.
    #[serde(with = "crate::entries::secret")]
    #[schema(value_type = String, format = Password, pattern = "^[ -~]{1,256}$")]
    pub login_password: Secret,
    /// ワンタイムパスワード. Full width and spaces are forgiven.
    #[serde(with = "crate::entries::secret")]
    #[schema(value_type = String, format = Password, pattern = "^[0-9]{6,10}$")]
    pub otp: Secret,
}

/// A session of a member of staff that began.
#[derive(Serialize, ToSchema)]
pub struct StaffSessionOpened<'a> {
    /// For `Authorization: Bearer …`. Shown once.
    token: &'a str,
    /// The session's absolute end.
    #[schema(format = DateTime)]
    expires_at: String,
    staff: StaffView<'a>,
    /// For `Warifu-Device` at the next login from the same place.
    #[serde(skip_serializing_if = "Option::is_none")]
    device_token: Option<&'a str>,
}

/// Who is logged in.
#[derive(Serialize, ToSchema)]
pub struct StaffView<'a> {
    staff_id: &'a str,
    name: &'a str,
    roles: Vec<StaffRoleName>,
}

impl<'a> From<&'a StaffLoggedIn> for StaffSessionOpened<'a> {
    fn from(logged_in: &'a StaffLoggedIn) -> Self {
        let member = &logged_in.session.clerk.member;
        Self {
            token: logged_in.token.expose(),
            expires_at: logged_in.expires_at.to_string(),
            staff: StaffView {
                staff_id: member.id.as_str(),
                name: &member.name,
                roles: member.roles.iter().copied().map(StaffRoleName).collect(),
            },
            device_token: logged_in.device_token.as_ref().map(DeviceToken::expose),
        }
    }
}
