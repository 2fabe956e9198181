//! The operation history.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use warifu_core::ports::{AuditPage, StoredAuditRecord};

use crate::OutcomeName;
use crate::entries::filled;

/// What of the operation history to show.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Not before.
    #[serde(deserialize_with = "filled")]
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<String>,
    /// Before.
    #[serde(deserialize_with = "filled")]
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<String>,
    /// Done by this user.
    #[serde(deserialize_with = "filled")]
    pub actor: Option<String>,
    /// Done on this user.
    #[serde(deserialize_with = "filled")]
    pub target: Option<String>,
    /// Of this kind.
    #[serde(deserialize_with = "filled")]
    pub event: Option<String>,
    /// How many, 20 by default.
    #[serde(deserialize_with = "filled")]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    pub limit: Option<String>,
    /// The `next_cursor` of the page before.
    #[serde(deserialize_with = "filled")]
    pub cursor: Option<String>,
}

/// Records of the operation history, newest first.
#[derive(Serialize, ToSchema)]
pub struct AuditList {
    records: Vec<AuditRecordView>,
    /// For the next page, if there is one.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// A record of the operation history.
#[derive(Serialize, ToSchema)]
pub struct AuditRecordView {
    /// The chain of the process that wrote it.
    chain: String,
    /// Its place in that chain.
    seq: u64,
    #[schema(format = DateTime)]
    time: String,
    event: &'static str,
    outcome: OutcomeName,
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
    detail: BTreeMap<String, String>,
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
            outcome: record.outcome.into(),
            actor: record.actor,
            contract: record.contract.map(|contract| contract.to_string()),
            subject: record.subject,
            source: record.source.map(|source| source.to_string()),
            request_id: record.request_id.to_string(),
            detail: record.detail,
        }
    }
}
