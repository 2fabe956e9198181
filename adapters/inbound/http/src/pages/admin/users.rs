//! A user as the administrators' pages show one.

use warifu_core::domain::{CertificateStatus, Timestamp};
use warifu_core::{Refusal, UserOverview};
use warifu_wire::{
    certificate_words, hand_over_words, lane_words, lock_words, password_words, right_words,
};

use crate::pages::frame::Frame;
use crate::pages::place::{Place, PlaceLink};

/// A user in words.
pub(in crate::pages) struct UserRow {
    pub(in crate::pages) id: String,
    pub(in crate::pages) name: String,
    pub(in crate::pages) right: &'static str,
    pub(in crate::pages) certificate: String,
    pub(in crate::pages) certificate_badge: &'static str,
    pub(in crate::pages) certificate_end: Option<Timestamp>,
    pub(in crate::pages) password: String,
    /// 利用可能, ロック中 or 利用停止.
    pub(in crate::pages) state: State,
    /// What is locked, and for whom.
    pub(in crate::pages) locks: Vec<State>,
    pub(in crate::pages) unlockable: bool,
    /// Why the viewer does not reissue for the user, where that is so.
    pub(in crate::pages) barred: Option<Barred>,
    /// For the button that ends the user's sessions, where the viewer is offered it.
    pub(in crate::pages) sessions_token: Option<String>,
}

/// Why somebody does not reissue for a user, and where that is done instead.
pub(in crate::pages) struct Barred {
    pub(in crate::pages) reason: &'static str,
    pub(in crate::pages) place: Option<PlaceLink>,
}

/// A state with its badge.
pub(in crate::pages) struct State {
    pub(in crate::pages) label: &'static str,
    pub(in crate::pages) badge: &'static str,
}

impl UserRow {
    /// `unlockable` tells whether the viewer is offered to lift a lock.
    pub(in crate::pages) fn new(
        frame: &Frame,
        now: Timestamp,
        overview: &UserOverview,
        unlockable: bool,
    ) -> Self {
        let user = &overview.user;
        Self {
            id: user.id().to_string(),
            name: user.name.clone(),
            right: right_words(user),
            certificate: frame.say(&certificate_words(overview, now)),
            certificate_badge: certificate_badge(overview.certificate),
            certificate_end: overview.certificate_not_after,
            password: password(frame, overview),
            state: state(overview),
            locks: locks(overview),
            unlockable,
            barred: None,
            sessions_token: None,
        }
    }

    /// With the reason why the viewer does not reissue for the user.
    pub(in crate::pages) fn with_bar(mut self, frame: &Frame, refusal: Option<&Refusal>) -> Self {
        self.barred = refusal.map(|refusal| match refusal {
            Refusal::UseSelfService => Barred {
                reason: "select-barred-oneself",
                place: Some(frame.place(&Place::OWN_REISSUE_LOGIN)),
            },
            _ => Barred {
                reason: "select-barred-disabled",
                place: None,
            },
        });
        self
    }

    /// With a button that ends the user's sessions.
    pub(in crate::pages) fn with_sessions(mut self, form_token: Option<String>) -> Self {
        self.sessions_token = form_token;
        self
    }
}

/// What became of the password, and whether it was handed over.
fn password(frame: &Frame, overview: &UserOverview) -> String {
    let password = &overview.retrieval_password;
    let words = frame.say(&password_words(password));
    match password.handed_over {
        Some(noted) => format!("{words} {}", frame.t(hand_over_words(noted.way))),
        None => words,
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

fn state(overview: &UserOverview) -> State {
    let (label, badge) = if overview.user.disabled {
        ("state-disabled", "error")
    } else if overview.locks.is_empty() {
        ("state-usable", "ok")
    } else {
        ("state-locked", "error")
    };
    State { label, badge }
}

fn locks(overview: &UserOverview) -> Vec<State> {
    let purposes = overview.locks.iter().map(|purpose| State {
        label: lock_words(*purpose),
        badge: "error",
    });
    let lanes = overview.login_lanes.iter().map(|lane| State {
        label: lane_words(*lane),
        badge: "past",
    });
    purposes.chain(lanes).collect()
}
