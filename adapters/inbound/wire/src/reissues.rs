//! One-time passwords, reissues, and the list of them.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use warifu_core::Secret;
use warifu_core::domain::retrieval_record::Reissue;

use crate::entries::filled;
use crate::{Acknowledged, ReissueStatusName, RouteName};

/// `{}`.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

/// A code of a one-time-password card.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OtpBody {
    /// ワンタイムパスワード. Full width and spaces are forgiven.
    #[serde(with = "crate::entries::secret")]
    #[schema(value_type = String, format = Password, pattern = "^[0-9]{6,10}$")]
    pub otp: Secret,
}

/// A one-time password was accepted.
#[derive(Serialize, ToSchema)]
pub struct OtpVerified {
    /// Until when it is good for one reissue.
    #[schema(format = DateTime)]
    pub verified_until: String,
}

/// A reissue for another user.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReissueBody {
    /// 取引実行パスワード of who calls, to the letter.
    #[serde(with = "crate::entries::secret")]
    #[schema(value_type = String, format = Password, pattern = "^[ -~]{1,256}$")]
    pub transaction_password: Secret,
    /// That nobody gave instructions for this by telephone, voice, mail or message. Must be `true`.
    #[schema(value_type = Acknowledged, inline)]
    pub not_instructed_by_others: bool,
}

/// A new retrieval password.
#[derive(Deserialize, Serialize, ToSchema)]
pub struct RetrievalPasswordReissued<'a> {
    /// 証明書取得用パスワード. Shown once and kept nowhere.
    #[schema(format = Password, example = "KT7M-9XHW-4PAE-R2CY")]
    pub retrieval_password: &'a str,
    /// Until when it can be redeemed.
    #[schema(format = DateTime)]
    pub expires_at: String,
    /// From when it can be redeemed.
    #[schema(format = DateTime)]
    pub redeemable_from: String,
    /// Names this reissue in lists and for cancelling.
    #[schema(pattern = "^[0-9a-f]{32}$")]
    pub reissue_id: String,
}

/// Whose reissues to list.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReissuesQuery {
    /// Of this user only.
    #[serde(deserialize_with = "filled")]
    pub user_id: Option<String>,
}

/// Reissues, newest first.
#[derive(Serialize, ToSchema)]
pub struct ReissueList {
    reissues: Vec<ReissueView>,
}

/// A reissue.
#[derive(Serialize, ToSchema)]
pub struct ReissueView {
    reissue_id: String,
    user_id: String,
    /// Who reissued.
    operator: String,
    route: RouteName,
    #[schema(format = DateTime)]
    issued_at: String,
    #[schema(format = DateTime)]
    expires_at: String,
    status: ReissueStatusName,
}

impl From<Vec<Reissue>> for ReissueList {
    fn from(reissues: Vec<Reissue>) -> Self {
        Self {
            reissues: reissues.into_iter().map(ReissueView::from).collect(),
        }
    }
}

impl From<Reissue> for ReissueView {
    fn from(reissue: Reissue) -> Self {
        Self {
            reissue_id: reissue.id.to_string(),
            user_id: reissue.user.to_string(),
            operator: reissue.operator,
            route: reissue.route.into(),
            issued_at: reissue.issued_at.to_string(),
            expires_at: reissue.expires_at.to_string(),
            status: reissue.status.into(),
        }
    }
}
