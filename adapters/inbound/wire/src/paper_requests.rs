//! Requests on paper.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use warifu_core::Secret;
use warifu_core::domain::StaffSignature;
use warifu_core::domain::paper_request::{Matter, PaperChecks, PaperHistoryEntry, PaperRequest};
use warifu_core::office::{PaperForm, PaperPage};

use crate::entries::{filled, some_text};
use crate::words::action_name;
use crate::{DecisionName, MatterName, PaperStateName};

/// Form 3 as a clerk takes it down.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestBody {
    /// The edition printed on the form; it must be the contract's.
    #[schema(example = "standard")]
    edition: String,
    /// The form's number.
    #[schema(minimum = 3, maximum = 3)]
    form: u32,
    /// ご契約者番号. Full width, spaces and hyphens are forgiven.
    #[schema(pattern = "^[0-9]{6,12}$", example = "1234567890")]
    contract_number: String,
    /// 利用者ID. Full width and upper case are forgiven.
    #[schema(pattern = "^[A-Za-z0-9._-]{1,32}$", example = "admin01")]
    user_id: String,
    /// The name as written on the form; the directory's without it.
    #[serde(default, deserialize_with = "some_text")]
    #[schema(max_length = 128)]
    user_name: Option<String>,
    /// 届出内容.
    #[schema(value_type = Vec<MatterName>, min_items = 1)]
    matters: Vec<String>,
    /// When it arrived.
    #[schema(format = Date)]
    received_on: String,
    checks: ChecksView,
    /// Where the picture of the form is.
    #[schema(min_length = 1, max_length = 128)]
    scan_reference: String,
    /// The new card's serial number, with `rebind-otp`.
    #[serde(default, deserialize_with = "some_text")]
    #[schema(max_length = 128)]
    card_serial: Option<String>,
}

/// What was compared.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChecksView {
    /// 届出印の照合.
    seal: bool,
    /// 本人確認.
    identity: bool,
    /// 登録住所の確認.
    registered_address: bool,
}

impl From<RequestBody> for PaperForm {
    fn from(body: RequestBody) -> Self {
        Self {
            edition: body.edition,
            form: body.form,
            contract_number: body.contract_number,
            user_id: body.user_id,
            user_name: body.user_name.unwrap_or_default(),
            matters: body.matters,
            received_on: body.received_on,
            checks: PaperChecks {
                seal: body.checks.seal,
                identity: body.checks.identity,
                registered_address: body.checks.registered_address,
            },
            scan_reference: body.scan_reference,
            card_serial: body.card_serial.unwrap_or_default(),
        }
    }
}

/// A request that was registered.
#[derive(Serialize, ToSchema)]
pub struct RequestRegistered {
    /// 受付番号.
    #[schema(example = "KT7M-9XHW")]
    request_id: String,
    /// One more with every step.
    #[schema(minimum = 1)]
    version: u64,
    state: PaperStateName,
}

impl From<&PaperRequest> for RequestRegistered {
    fn from(request: &PaperRequest) -> Self {
        Self {
            request_id: request.number().to_string(),
            version: request.version(),
            state: request.state().into(),
        }
    }
}

/// Which requests to list.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RequestsQuery {
    /// In this state only.
    #[serde(deserialize_with = "filled")]
    #[param(value_type = Option<PaperStateName>)]
    pub state: Option<String>,
    /// Part of a reception number, contract number, user ID or name.
    #[serde(deserialize_with = "filled")]
    pub query: Option<String>,
    /// How many, 20 by default.
    #[serde(deserialize_with = "filled")]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    pub limit: Option<String>,
    /// The `next_cursor` of the page before.
    #[serde(deserialize_with = "filled")]
    pub cursor: Option<String>,
}

/// Requests on paper, newest first.
#[derive(Serialize, ToSchema)]
pub struct RequestList {
    requests: Vec<RequestView>,
    /// For the next page, if there is one.
    #[schema(required)]
    next_cursor: Option<String>,
}

impl From<PaperPage> for RequestList {
    fn from(page: PaperPage) -> Self {
        Self {
            requests: page.requests.iter().map(RequestView::from).collect(),
            next_cursor: page.next_cursor,
        }
    }
}

/// A request on paper.
#[derive(Serialize, ToSchema)]
pub struct RequestView {
    /// 受付番号.
    #[schema(example = "KT7M-9XHW")]
    request_id: String,
    /// One more with every step.
    #[schema(minimum = 1)]
    version: u64,
    state: PaperStateName,
    edition: String,
    /// The form's number.
    form: u32,
    contract_number: String,
    /// The company, as the directory knew it at intake.
    contract_name: String,
    user_id: String,
    user_name: String,
    matters: Vec<MatterName>,
    #[schema(format = Date)]
    received_on: String,
    checks: ChecksView,
    scan_reference: String,
    #[schema(required)]
    card_serial: Option<String>,
    registered_by: SignatureView,
    #[schema(format = DateTime)]
    registered_at: String,
    /// Until when somebody has to decide, as long as that is open.
    #[schema(format = DateTime, required)]
    expires_at: Option<String>,
    #[schema(required)]
    approved_by: Option<SignatureView>,
    /// What was approved, other than the password, and is not carried out yet.
    outstanding: Vec<MatterName>,
    /// Every step, oldest first.
    history: Vec<HistoryEntryView>,
}

/// A member of staff in a history: who, and the name borne then.
#[derive(Serialize, ToSchema)]
pub struct SignatureView {
    staff_id: String,
    name: String,
}

impl From<&StaffSignature> for SignatureView {
    fn from(signature: &StaffSignature) -> Self {
        Self {
            staff_id: signature.id.to_string(),
            name: signature.name.clone(),
        }
    }
}

/// One step of a request.
#[derive(Serialize, ToSchema)]
pub struct HistoryEntryView {
    #[schema(format = DateTime)]
    at: String,
    /// Nobody where time ran out.
    #[schema(required)]
    by: Option<SignatureView>,
    /// What was done.
    #[schema(example = "approved")]
    action: &'static str,
    /// What was carried out, with the action `carried-out`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    matter: Option<MatterName>,
    #[schema(required)]
    reason: Option<String>,
}

impl From<&PaperHistoryEntry> for HistoryEntryView {
    fn from(step: &PaperHistoryEntry) -> Self {
        let (action, matter) = action_name(step.action);
        Self {
            at: step.at.to_string(),
            by: step.by.as_ref().map(SignatureView::from),
            action,
            matter: matter.map(MatterName),
            reason: step.reason.as_ref().map(ToString::to_string),
        }
    }
}

impl From<&PaperRequest> for RequestView {
    fn from(request: &PaperRequest) -> Self {
        let (facts, state) = (request.facts(), request.state());
        let names = |matters: &BTreeSet<Matter>| matters.iter().copied().map(MatterName).collect();
        Self {
            request_id: request.number().to_string(),
            version: request.version(),
            state: state.into(),
            edition: facts.edition.as_str().to_owned(),
            form: 3,
            contract_number: facts.subject.contract.to_string(),
            contract_name: facts.contract_name.clone(),
            user_id: facts.subject.user.to_string(),
            user_name: facts.user_name.clone(),
            matters: names(&facts.matters),
            received_on: facts.received_on.to_string(),
            checks: ChecksView {
                seal: facts.checks.seal,
                identity: facts.checks.identity,
                registered_address: facts.checks.registered_address,
            },
            scan_reference: facts.scan_reference.to_string(),
            card_serial: facts.card_serial.as_ref().map(ToString::to_string),
            registered_by: request.registered_by().into(),
            registered_at: request.registered_at().to_string(),
            expires_at: state
                .is_undecided()
                .then(|| request.expires_at().to_string()),
            approved_by: request.approver().map(SignatureView::from),
            outstanding: names(request.outstanding()),
            history: request
                .history()
                .iter()
                .map(HistoryEntryView::from)
                .collect(),
        }
    }
}

/// A decision on a request.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionBody {
    /// Approve, reject or return.
    #[schema(value_type = DecisionName)]
    pub decision: String,
    /// Why; needed unless it is approved.
    #[serde(default, deserialize_with = "some_text")]
    #[schema(max_length = 128)]
    pub reason: Option<String>,
    /// The version that was looked at.
    #[schema(minimum = 1)]
    pub version: u64,
    /// ログインパスワード of who calls, to the letter.
    #[serde(with = "crate::entries::secret")]
    #[schema(value_type = String, format = Password, pattern = "^[ -~]{1,256}$")]
    pub login_password: Secret,
}

/// A request that was decided on.
#[derive(Serialize, ToSchema)]
pub struct RequestDecided {
    state: PaperStateName,
    /// One more with every step.
    #[schema(minimum = 1)]
    version: u64,
}

impl From<&PaperRequest> for RequestDecided {
    fn from(request: &PaperRequest) -> Self {
        Self {
            state: request.state().into(),
            version: request.version(),
        }
    }
}
