//! What a record of the audit log says in codes, in the words of the reader. Codes that have none stay
//! as they are: a new detail is shown before it has a name.

use warifu_core::domain::attempts::Purpose;
use warifu_core::domain::retrieval_record::ReissueRoute;
use warifu_core::domain::{Surface, Timestamp};

use crate::pages::frame::Frame;
use crate::pages::reissues::route_words;

/// How the log names the bank's staff.
const STAFF: &str = "staff:";

/// Details whose names are said in words.
const NAMES: &[(&str, &str)] = &[
    ("approver", "audit-detail-approver"),
    ("bulk", "audit-detail-bulk"),
    ("count", "audit-detail-count"),
    ("expires_at", "issued-until"),
    ("failed", "audit-detail-failed"),
    ("late", "audit-detail-late"),
    ("not_after", "issued-until"),
    ("purpose", "audit-detail-purpose"),
    ("reason", "audit-detail-reason"),
    ("reception_number", "paper-number"),
    ("reissue_id", "audit-detail-reissue"),
    ("reissued", "audit-detail-reissued"),
    ("route", "reissues-column-route"),
    ("serial", "audit-detail-serial"),
    ("sessions", "audit-detail-sessions"),
    ("surface", "audit-detail-surface"),
    ("target", "audit-column-target"),
    ("until", "audit-detail-until"),
    ("users", "audit-detail-users"),
    ("was_locked", "audit-detail-was-locked"),
];

/// Reasons that are said in words.
const REASONS: &[(&str, &str)] = &[
    ("already-redeemed", "audit-reason-already-redeemed"),
    ("disabled", "audit-reason-disabled"),
    ("locked", "audit-reason-locked"),
    ("no-reissue-right", "audit-reason-no-reissue-right"),
    ("no-such-card", "audit-reason-no-such-card"),
    ("not-accepted", "audit-reason-not-accepted"),
    ("not-answered", "audit-reason-not-answered"),
    (
        "not-service-administrator",
        "audit-reason-not-service-administrator",
    ),
    ("own-lock", "audit-reason-own"),
    ("own-sessions", "audit-reason-own"),
    ("own-through-admin", "audit-reason-own"),
    ("reissue-not-found", "audit-reason-reissue-not-found"),
    ("used-before", "audit-reason-used-before"),
    ("user-not-selectable", "audit-reason-user-not-selectable"),
];

/// One thing that a record says besides.
pub(in crate::pages) struct Detail {
    pub(in crate::pages) label: String,
    pub(in crate::pages) value: String,
    /// Whether the value is a code of the log.
    pub(in crate::pages) is_code: bool,
}

impl Detail {
    /// The detail that the log calls `name`.
    pub(in crate::pages) fn new(frame: &Frame, name: &str, value: &str) -> Self {
        let label = words_of(NAMES, name).map(|id| frame.t(id));
        let words = value_words(frame, name, value);
        Self {
            label: label.unwrap_or_else(|| format!("{} {name}", frame.t("audit-event-detail"))),
            is_code: words.is_none(),
            value: words.unwrap_or_else(|| value.to_owned()),
        }
    }
}

/// Whoever the log names, as people call them.
pub(in crate::pages) fn person(frame: &Frame, name: &str) -> String {
    match name.strip_prefix(STAFF) {
        Some(id) => frame.t1("audit-staff", "id", id),
        None => name.to_owned(),
    }
}

fn value_words(frame: &Frame, name: &str, value: &str) -> Option<String> {
    let id = match (name, value) {
        (_, "true") => "audit-yes",
        (_, "false") => "audit-no",
        ("surface", _) => surface_words(value)?,
        ("purpose", _) => purpose_words(value)?,
        ("route", _) => {
            let mut routes = ReissueRoute::ALL.into_iter();
            route_words(routes.find(|route| route.name() == value)?)
        }
        ("reason", _) => words_of(REASONS, value)?,
        ("until", "unlocked") => "audit-until-unlocked",
        ("expires_at" | "not_after" | "until" | "since", _) => {
            return Timestamp::parse_rfc3339(value).map(|moment| frame.date_time(&moment));
        }
        ("approver", _) => return Some(person(frame, value)),
        _ => return None,
    };
    Some(frame.t(id))
}

fn surface_words(name: &str) -> Option<&'static str> {
    let words = |surface: Surface| match surface {
        Surface::SelfService => "home-retrieve",
        Surface::Admin => "audit-surface-admin",
        Surface::Office => "home-office",
    };
    let mut all = [Surface::SelfService, Surface::Admin, Surface::Office].into_iter();
    all.find(|surface| surface.name() == name).map(words)
}

fn purpose_words(name: &str) -> Option<&'static str> {
    let words = |purpose: Purpose| match purpose {
        Purpose::Login => "label-login-password",
        Purpose::Transaction => "label-transaction-password",
        Purpose::Otp => "label-otp",
        Purpose::Retrieval => "label-retrieval-password",
        Purpose::StaffDecision => "audit-purpose-decision",
    };
    let mut all = Purpose::ALL.into_iter().chain([Purpose::StaffDecision]);
    all.find(|purpose| purpose.name() == name).map(words)
}

fn words_of(table: &[(&str, &'static str)], code: &str) -> Option<&'static str> {
    let found = table.iter().find(|(known, _)| *known == code);
    found.map(|(_, words)| *words)
}
