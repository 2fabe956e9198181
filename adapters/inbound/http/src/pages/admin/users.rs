//! A user as the administrators' pages show one.

use warifu_core::UserOverview;
use warifu_core::domain::attempts::Purpose;
use warifu_core::domain::retrieval_record::{ReissueStatus, RetrievalPasswordStatus};
use warifu_core::domain::{CertificateStatus, Permission, Timestamp, User};

use crate::pages::frame::Frame;

const SECONDS_A_DAY: u64 = 86_400;

/// A user in words.
pub(in crate::pages) struct UserRow {
    pub(in crate::pages) id: String,
    pub(in crate::pages) name: String,
    pub(in crate::pages) right: &'static str,
    pub(in crate::pages) certificate: String,
    pub(in crate::pages) certificate_badge: &'static str,
    pub(in crate::pages) certificate_end: Option<Timestamp>,
    pub(in crate::pages) password: String,
    pub(in crate::pages) states: Vec<State>,
    pub(in crate::pages) unlockable: bool,
}

/// A state with its badge.
pub(in crate::pages) struct State {
    pub(in crate::pages) label: &'static str,
    pub(in crate::pages) badge: &'static str,
}

impl UserRow {
    /// `viewer` decides which actions are offered.
    pub(in crate::pages) fn new(
        frame: &Frame,
        now: Timestamp,
        viewer: &User,
        overview: &UserOverview,
    ) -> Self {
        let user = &overview.user;
        let locked = overview
            .locks
            .iter()
            .any(|purpose| *purpose != Purpose::Retrieval);
        let unlockable = locked
            && viewer.service_administrator
            && viewer.subject != user.subject
            && !user.disabled;
        Self {
            id: user.id().to_string(),
            name: user.name.clone(),
            right: right(user),
            certificate: certificate(frame, now, overview),
            certificate_badge: certificate_badge(overview.certificate),
            certificate_end: overview.certificate_not_after,
            password: password(frame, overview.retrieval_password),
            states: states(overview),
            unlockable,
        }
    }
}

fn right(user: &User) -> &'static str {
    if user.service_administrator {
        "right-administrator"
    } else if user.holds(Permission::ReissueRetrievalPassword) {
        "right-reissue"
    } else {
        "right-none"
    }
}

fn certificate(frame: &Frame, now: Timestamp, overview: &UserOverview) -> String {
    match overview.certificate {
        CertificateStatus::None => frame.t("certificate-none"),
        CertificateStatus::Valid => frame.t("certificate-valid"),
        CertificateStatus::Expiring => {
            let left = overview
                .certificate_not_after
                .map_or(0, |end| end.since(now).as_secs());
            frame.t1("certificate-expiring", "n", left / SECONDS_A_DAY)
        }
        CertificateStatus::Expired => frame.t("certificate-expired"),
        CertificateStatus::Revoked => frame.t("certificate-revoked"),
    }
}

const fn certificate_badge(status: CertificateStatus) -> &'static str {
    match status {
        CertificateStatus::None => "past",
        CertificateStatus::Valid => "ok",
        CertificateStatus::Expiring => "attention",
        CertificateStatus::Expired | CertificateStatus::Revoked => "error",
    }
}

fn password(frame: &Frame, status: RetrievalPasswordStatus) -> String {
    if status.locked {
        return frame.t("password-locked");
    }
    match status.status {
        None => frame.t("password-none"),
        Some(ReissueStatus::Issued) => {
            let until = status
                .expires_at
                .map(|end| frame.date_time(&end))
                .unwrap_or_default();
            frame.t1("password-issued", "until", until)
        }
        Some(ReissueStatus::Redeemed) => frame.t("password-redeemed"),
        Some(ReissueStatus::Expired) => frame.t("password-expired"),
        Some(ReissueStatus::Cancelled | ReissueStatus::Superseded) => frame.t("password-cancelled"),
        Some(ReissueStatus::Locked) => frame.t("password-locked"),
    }
}

fn states(overview: &UserOverview) -> Vec<State> {
    let error = |label| State {
        label,
        badge: "error",
    };
    let mut states: Vec<State> = Vec::new();
    if overview.user.disabled {
        states.push(error("state-disabled"));
    }
    states.extend(overview.locks.iter().map(|purpose| error(lock(*purpose))));
    if states.is_empty() {
        states.push(State {
            label: "state-usable",
            badge: "ok",
        });
    }
    states
}

const fn lock(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Login => "state-login",
        Purpose::Transaction => "state-transaction",
        Purpose::Otp => "state-otp",
        Purpose::Retrieval => "state-retrieval",
    }
}
