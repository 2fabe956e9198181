//! A record of the audit log in words.

use warifu_core::domain::{AuditEvent, AuditOutcome, Timestamp};
use warifu_core::ports::StoredAuditRecord;

use super::record_words::{Detail, person};
use crate::pages::frame::Frame;

/// How many characters of a reference a list shows.
const SHORT: usize = 8;

/// A record as shown.
pub(in crate::pages) struct RecordRow {
    pub(in crate::pages) time: Timestamp,
    pub(in crate::pages) level: &'static str,
    pub(in crate::pages) level_badge: &'static str,
    /// As the log names them.
    pub(in crate::pages) actor: String,
    pub(in crate::pages) actor_words: String,
    pub(in crate::pages) contract: String,
    pub(in crate::pages) event: &'static str,
    pub(in crate::pages) code: &'static str,
    pub(in crate::pages) target: String,
    pub(in crate::pages) outcome: &'static str,
    pub(in crate::pages) outcome_badge: &'static str,
    pub(in crate::pages) source: String,
    pub(in crate::pages) reference: String,
    pub(in crate::pages) short_reference: String,
    pub(in crate::pages) href: String,
    pub(in crate::pages) chain: String,
    pub(in crate::pages) seq: u64,
    /// As the log has it.
    pub(in crate::pages) detail: Vec<(String, String)>,
    pub(in crate::pages) detail_words: Vec<Detail>,
}

impl RecordRow {
    /// `list`: the address of the list that it stands in.
    pub(in crate::pages) fn new(frame: &Frame, list: &str, stored: &StoredAuditRecord) -> Self {
        let record = &stored.record;
        let (level, level_badge) = level(record.event, record.outcome);
        let (outcome, outcome_badge) = outcome(record.outcome);
        let reference = record.request_id.to_string();
        let at = serde_urlencoded::to_string([("at", record.time.to_string())]);
        Self {
            time: record.time,
            level,
            level_badge,
            actor_words: person(frame, record.actor.as_deref().unwrap_or_default()),
            actor: record.actor.clone().unwrap_or_default(),
            contract: record
                .contract
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            event: event(record.event),
            code: record.event.name(),
            target: record.subject.clone().unwrap_or_default(),
            outcome,
            outcome_badge,
            source: record
                .source
                .map(|source| source.to_string())
                .unwrap_or_default(),
            short_reference: reference.chars().take(SHORT).collect(),
            reference,
            href: format!(
                "{list}/{}/{}?{}",
                stored.chain,
                stored.seq,
                at.unwrap_or_default()
            ),
            chain: stored.chain.clone(),
            seq: stored.seq,
            detail_words: record
                .detail
                .iter()
                .map(|(name, value)| Detail::new(frame, name, value))
                .collect(),
            detail: record
                .detail
                .iter()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        }
    }
}

/// How much attention a record deserves.
pub(in crate::pages) const fn level(
    event: AuditEvent,
    outcome: AuditOutcome,
) -> (&'static str, &'static str) {
    use AuditEvent as E;
    match (event, outcome) {
        (E::LockSet | E::RecordsLost, _) | (_, AuditOutcome::Failed) => {
            ("audit-level-critical", "error")
        }
        (_, AuditOutcome::Refused) => ("audit-level-warning", "attention"),
        (
            E::Reissued
            | E::BulkStarted
            | E::BulkFinished
            | E::ReissueCancelled
            | E::HandedOver
            | E::LockCleared
            | E::Redeemed
            | E::CertificateIssued
            | E::CertificateDeliveredAgain
            | E::CertificateRevoked
            | E::SecretPrintRequested
            | E::PaperApproved
            | E::NoticeMade
            | E::NoticePrinted
            | E::NoticeReprintRequested
            | E::NoticePosted
            | E::NoticeReturned
            | E::CardRebound
            | E::StoreAdopted,
            AuditOutcome::Success,
        ) => ("audit-level-notice", "info"),
        (_, AuditOutcome::Success) => ("audit-level-information", "past"),
    }
}

/// The outcome in words.
pub(in crate::pages) const fn outcome(outcome: AuditOutcome) -> (&'static str, &'static str) {
    match outcome {
        AuditOutcome::Success => ("audit-outcome-success", "ok"),
        AuditOutcome::Refused => ("audit-outcome-refused", "attention"),
        AuditOutcome::Failed => ("audit-outcome-failed", "error"),
    }
}

/// The event in words.
pub(in crate::pages) const fn event(event: AuditEvent) -> &'static str {
    use AuditEvent as E;
    match event {
        E::LoginSucceeded => "audit-login-succeeded",
        E::LoginRefused => "audit-login-refused",
        E::SessionEnded => "audit-session-ended",
        E::OtpVerified => "audit-otp-verified",
        E::OtpRefused => "audit-otp-refused",
        E::TransactionVerified => "audit-transaction-verified",
        E::TransactionRefused => "audit-transaction-refused",
        E::LockSet => "audit-lock-set",
        E::LockCleared => "audit-lock-cleared",
        E::ReissueStarted => "audit-reissue-started",
        E::Reissued => "audit-reissued",
        E::BulkStarted => "audit-bulk-started",
        E::BulkFinished => "audit-bulk-finished",
        E::ReissueCancelled => "audit-reissue-cancelled",
        E::HandedOver => "audit-handed-over",
        E::RetrievalEvaluated => "audit-retrieval-evaluated",
        E::Redeemed => "audit-redeemed",
        E::CertificateIssued => "audit-certificate-issued",
        E::CertificateDeliveredAgain => "audit-certificate-delivered-again",
        E::CertificateRevoked => "audit-certificate-revoked",
        E::AccessDenied => "audit-access-denied",
        E::AuditRead => "audit-read",
        E::SecretPrintRequested => "audit-print-requested",
        E::PaperRegistered => "audit-paper-registered",
        E::PaperApproved => "audit-paper-approved",
        E::PaperRejected => "audit-paper-rejected",
        E::NoticeMade => "audit-notice-made",
        E::NoticePrinted => "audit-notice-printed",
        E::NoticeReprintRequested => "audit-notice-reprint-requested",
        E::NoticePosted => "audit-notice-posted",
        E::PaperEdited => "audit-paper-edited",
        E::PaperApprovalRequested => "audit-paper-approval-requested",
        E::PaperReturned => "audit-paper-returned",
        E::PaperExpired => "audit-paper-expired",
        E::PaperCancelled => "audit-paper-cancelled",
        E::PaperCompleted => "audit-paper-completed",
        E::PaperRead => "audit-paper-read",
        E::NoticeReturned => "audit-notice-returned",
        E::CardRebound => "audit-card-rebound",
        E::StoreOpened => "audit-store-opened",
        E::StoreAdopted => "audit-store-adopted",
        E::RecordsLost => "audit-records-lost",
        E::FileBegun => "audit-file-begun",
        E::Checkpoint => "audit-checkpoint",
    }
}
