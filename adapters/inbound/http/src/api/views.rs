//! What goes in and out, to the letter of the interface. Times are RFC 3339 in UTC.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, OneOfBuilder, Schema};
use utoipa::openapi::{RefOr, Type};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use warifu_core::customers::LoggedIn;
use warifu_core::domain::attempts::Purpose;
use warifu_core::domain::retrieval_record::Reissue;
use warifu_core::domain::{Permission, Timestamp, User};
use warifu_core::ports::{AuditPage, StoredAuditRecord};
use warifu_core::{ListUsersPage, Secret, UserOverview};
use zeroize::Zeroizing;

use super::extract::{filled, secret, some_secret, some_text};
use super::names::{
    Acknowledged, CertificateStatusName, OutcomeName, PermissionName, PurposeName,
    ReissueStatusName, RetrievalPasswordStatusName, RouteName, StatusFilterName,
    UnlockablePurposeName,
};

/// Room for an answer with a secret, so that it does not move while it is written.
const ROOM: usize = 32 * 1024;

/// An answer with a body, in memory that is erased when it was sent.
pub(crate) fn reply(status: StatusCode, body: &impl Serialize) -> Response {
    let mut json = Zeroizing::new(Vec::with_capacity(ROOM));
    if serde_json::to_writer(&mut *json, body).is_err() {
        return crate::answer::Answer::unexpected().into_response();
    }
    let body = Body::from(Bytes::from_owner(json));
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}

/// A login.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginBody {
    /// ご契約者番号. Full width, spaces and hyphens are forgiven.
    #[schema(pattern = "^[0-9]{6,12}$", example = "1234567890")]
    pub(crate) contract_number: String,
    /// 利用者ID. Full width and upper case are forgiven.
    #[schema(pattern = "^[A-Za-z0-9._-]{1,32}$", example = "admin01")]
    pub(crate) user_id: String,
    /// ログインパスワード, to the letter.
    #[serde(deserialize_with = "secret")]
    #[schema(value_type = String, format = Password, pattern = "^[ -~]{1,256}$")]
    pub(crate) login_password: Secret,
}

/// A session that began.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionOpened<'a> {
    /// For `Authorization: Bearer …`. Shown once.
    token: &'a str,
    /// The session's absolute end.
    #[schema(format = DateTime)]
    expires_at: String,
    user: SessionUser<'a>,
}

/// Who is logged in.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionUser<'a> {
    contract_number: &'a str,
    user_id: &'a str,
    name: &'a str,
    /// All rights held, given and implied.
    #[schema(value_type = Vec<PermissionName>)]
    permissions: Vec<&'static str>,
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
        }
    }
}

fn permissions(user: &User) -> Vec<&'static str> {
    user.effective_permissions()
        .into_iter()
        .map(Permission::name)
        .collect()
}

/// A code of a one-time-password card.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OtpBody {
    /// ワンタイムパスワード. Full width and spaces are forgiven.
    #[serde(deserialize_with = "secret")]
    #[schema(value_type = String, format = Password, pattern = "^[0-9]{6,10}$")]
    pub(crate) otp: Secret,
}

/// A one-time password was accepted.
#[derive(Serialize, ToSchema)]
pub(crate) struct OtpVerified {
    /// Until when it is good for one reissue.
    #[schema(format = DateTime)]
    pub(crate) verified_until: String,
}

/// A new retrieval password.
#[derive(Serialize, ToSchema)]
pub(crate) struct RetrievalPasswordReissued<'a> {
    /// 証明書取得用パスワード. Shown once and kept nowhere.
    #[schema(format = Password, example = "KT7M-9XHW-4PAE-R2CY")]
    pub(crate) retrieval_password: &'a str,
    /// Until when it can be redeemed.
    #[schema(format = DateTime)]
    pub(crate) expires_at: String,
    /// From when it can be redeemed.
    #[schema(format = DateTime)]
    pub(crate) redeemable_from: String,
    /// Names this reissue in lists and for cancelling.
    #[schema(pattern = "^[0-9a-f]{32}$")]
    pub(crate) reissue_id: String,
}

/// A retrieval password, and whose key the certificate is for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RedeemBody {
    #[serde(deserialize_with = "secret")]
    pub(crate) retrieval_password: Secret,
    #[serde(default, deserialize_with = "some_text")]
    pub(crate) csr: Option<String>,
    #[serde(default, deserialize_with = "some_secret")]
    pub(crate) pkcs12_passphrase: Option<Secret>,
}

impl PartialSchema for RedeemBody {
    /// Exactly one of `csr` and `pkcs12_passphrase`, which a derived schema cannot say.
    fn schema() -> RefOr<Schema> {
        let text = |description: &str| {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .description(Some(description))
        };
        let with = |name: &str, choice: ObjectBuilder| {
            let password =
                text("証明書取得用パスワード. Case, width, hyphens and spaces are forgiven.")
                    .pattern(Some("^([2-9ACEFHJKMPRTWXY]{4}-?){3,6}$"));
            ObjectBuilder::new()
                .schema_type(Type::Object)
                .property("retrieval_password", password)
                .required("retrieval_password")
                .property(name, choice)
                .required(name)
                .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
        };
        let csr = text("A PKCS#10 certificate request in PEM, of at most 16 KiB. The key stays with its owner.")
            .max_length(Some(16 * 1024));
        let passphrase = text("Protects the PKCS#12 file with a key made by the server.")
            .min_length(Some(8))
            .max_length(Some(128));
        let choices = OneOfBuilder::new()
            .item(with("csr", csr))
            .item(with("pkcs12_passphrase", passphrase))
            .build();
        RefOr::T(Schema::OneOf(choices))
    }
}

impl ToSchema for RedeemBody {
    fn name() -> std::borrow::Cow<'static, str> {
        "RedeemBody".into()
    }
}

/// A certificate that was fetched.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum CertificateFetched<'a> {
    /// With `csr`.
    Pem {
        /// The certificate, PEM.
        certificate: &'a str,
        /// Its issuer and so on up to the root, PEM.
        chain: &'a str,
        /// Its serial number, upper-case hexadecimal.
        #[schema(pattern = "^[0-9A-F]+$")]
        serial: String,
        /// Until when it is valid.
        #[schema(format = DateTime)]
        not_after: String,
    },
    /// With `pkcs12_passphrase`.
    Pkcs12 {
        /// Key, certificate and chain, base64. Shown once; the key is kept nowhere.
        #[schema(format = Byte)]
        pkcs12: &'a str,
        /// Its serial number, upper-case hexadecimal.
        #[schema(pattern = "^[0-9A-F]+$")]
        serial: String,
        /// Until when it is valid.
        #[schema(format = DateTime)]
        not_after: String,
    },
}

/// Reissues, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReissueList {
    reissues: Vec<ReissueView>,
}

/// A reissue.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReissueView {
    reissue_id: String,
    user_id: String,
    /// Who reissued.
    operator: String,
    #[schema(value_type = RouteName)]
    route: &'static str,
    #[schema(format = DateTime)]
    issued_at: String,
    #[schema(format = DateTime)]
    expires_at: String,
    #[schema(value_type = ReissueStatusName)]
    status: &'static str,
}

impl From<Vec<Reissue>> for ReissueList {
    fn from(reissues: Vec<Reissue>) -> Self {
        let view = |reissue: Reissue| ReissueView {
            reissue_id: reissue.id.to_string(),
            user_id: reissue.user.to_string(),
            operator: reissue.operator,
            route: reissue.route.name(),
            issued_at: reissue.issued_at.to_string(),
            expires_at: reissue.expires_at.to_string(),
            status: reissue.status.name(),
        };
        Self {
            reissues: reissues.into_iter().map(view).collect(),
        }
    }
}

/// Which users to list.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UsersQuery {
    /// Part of a user ID or name.
    #[serde(deserialize_with = "filled")]
    pub(crate) query: Option<String>,
    /// A certificate status, or `locked`.
    #[serde(deserialize_with = "filled")]
    #[param(value_type = Option<StatusFilterName>)]
    pub(crate) status: Option<String>,
    /// How many, 20 by default.
    #[serde(deserialize_with = "filled")]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    pub(crate) limit: Option<String>,
    /// The `next_cursor` of the page before.
    #[serde(deserialize_with = "filled")]
    pub(crate) cursor: Option<String>,
}

/// Users of the contract, by user ID.
#[derive(Serialize, ToSchema)]
pub(crate) struct UserList {
    users: Vec<UserView>,
    /// For the next page, if there is one.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// A user as an administrator sees them.
#[derive(Serialize, ToSchema)]
pub(crate) struct UserView {
    user_id: String,
    name: String,
    service_administrator: bool,
    /// All rights held, given and implied.
    #[schema(value_type = Vec<PermissionName>)]
    permissions: Vec<&'static str>,
    certificate: CertificateView,
    retrieval_password: RetrievalPasswordView,
    /// What is locked.
    #[schema(value_type = Vec<PurposeName>)]
    locks: Vec<&'static str>,
}

/// The state of a user's certificate.
#[derive(Serialize, ToSchema)]
pub(crate) struct CertificateView {
    #[schema(value_type = CertificateStatusName)]
    status: &'static str,
    #[schema(format = DateTime, required)]
    not_after: Option<String>,
}

/// The state of a user's retrieval password.
#[derive(Serialize, ToSchema)]
pub(crate) struct RetrievalPasswordView {
    #[schema(value_type = RetrievalPasswordStatusName)]
    status: &'static str,
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
                status: overview.certificate.name(),
                not_after: shown(overview.certificate_not_after),
            },
            retrieval_password: RetrievalPasswordView {
                status: password.status.map_or("none", |status| status.name()),
                expires_at: shown(password.expires_at),
            },
            locks: overview.locks.into_iter().map(Purpose::name).collect(),
        }
    }
}

fn shown(moment: Option<Timestamp>) -> Option<String> {
    moment.map(|moment| moment.to_string())
}

/// A reissue for another user.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReissueBody {
    /// 取引実行パスワード of who calls, to the letter.
    #[serde(deserialize_with = "secret")]
    #[schema(value_type = String, format = Password, pattern = "^[ -~]{1,256}$")]
    pub(crate) transaction_password: Secret,
    /// That nobody gave instructions for this by telephone, voice, mail or message. Must be `true`.
    #[schema(value_type = Acknowledged, inline)]
    pub(crate) not_instructed_by_others: bool,
}

/// Lifting a lock.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnlockBody {
    /// What to unlock. The retrieval lock goes only by reissue.
    #[schema(value_type = UnlockablePurposeName)]
    pub(crate) purpose: String,
    /// 取引実行パスワード of who calls, to the letter.
    #[serde(deserialize_with = "secret")]
    #[schema(value_type = String, format = Password, pattern = "^[ -~]{1,256}$")]
    pub(crate) transaction_password: Secret,
}

/// Whose reissues to list.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReissuesQuery {
    /// Of this user only.
    #[serde(deserialize_with = "filled")]
    pub(crate) user_id: Option<String>,
}

/// What of the operation history to show.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// Not before.
    #[serde(deserialize_with = "filled")]
    #[param(value_type = Option<String>, format = DateTime)]
    pub(crate) from: Option<String>,
    /// Before.
    #[serde(deserialize_with = "filled")]
    #[param(value_type = Option<String>, format = DateTime)]
    pub(crate) to: Option<String>,
    /// Done by this user.
    #[serde(deserialize_with = "filled")]
    pub(crate) actor: Option<String>,
    /// Done on this user.
    #[serde(deserialize_with = "filled")]
    pub(crate) target: Option<String>,
    /// Of this kind.
    #[serde(deserialize_with = "filled")]
    pub(crate) event: Option<String>,
    /// How many, 20 by default.
    #[serde(deserialize_with = "filled")]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    pub(crate) limit: Option<String>,
    /// The `next_cursor` of the page before.
    #[serde(deserialize_with = "filled")]
    pub(crate) cursor: Option<String>,
}

/// Records of the operation history, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditList {
    records: Vec<AuditRecordView>,
    /// For the next page, if there is one.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// A record of the operation history.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditRecordView {
    /// The chain of the process that wrote it.
    chain: String,
    /// Its place in that chain.
    seq: u64,
    #[schema(format = DateTime)]
    time: String,
    event: &'static str,
    #[schema(value_type = OutcomeName)]
    outcome: &'static str,
    #[schema(required)]
    actor: Option<String>,
    #[schema(required)]
    contract: Option<String>,
    #[schema(required)]
    subject: Option<String>,
    /// The address it came from.
    #[schema(required)]
    source: Option<String>,
    request_id: String,
    detail: std::collections::BTreeMap<String, String>,
}

impl From<AuditPage> for AuditList {
    fn from(page: AuditPage) -> Self {
        Self {
            records: page
                .records
                .into_iter()
                .map(AuditRecordView::from)
                .collect(),
            next_cursor: page.next_cursor,
        }
    }
}

impl From<StoredAuditRecord> for AuditRecordView {
    fn from(stored: StoredAuditRecord) -> Self {
        let record = stored.record;
        Self {
            chain: stored.chain,
            seq: stored.seq,
            time: record.time.to_string(),
            event: record.event.name(),
            outcome: record.outcome.name(),
            actor: record.actor,
            contract: record.contract.map(|contract| contract.to_string()),
            subject: record.subject,
            source: record.source.map(|source| source.to_string()),
            request_id: record.request_id.to_string(),
            detail: record.detail,
        }
    }
}
