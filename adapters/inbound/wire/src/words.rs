//! The messages for states: pages and terminal tell them in the same words, judged in one place.

use warifu_core::UserOverview;
use warifu_core::domain::attempts::{LaneKind, Purpose};
use warifu_core::domain::paper_request::{Matter, PaperAction, PaperCheck, PaperState};
use warifu_core::domain::retrieval_record::{HandOverWay, ReissueStatus, RetrievalPasswordStatus};
use warifu_core::domain::{CertificateStatus, Permission, Timestamp, User};

use crate::Message;

const SECONDS_A_DAY: u64 = 86_400;

/// The state of a user's retrieval password, as everybody is told.
///
/// A password that was cancelled or redeemed stays so whatever is entered afterwards: that the entry of
/// retrieval passwords is locked besides stands among the user's locks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordStatus {
    /// None was ever issued.
    None,
    /// It waits to be redeemed.
    Issued,
    /// A certificate was fetched with it.
    Redeemed,
    /// Its time ran out.
    Expired,
    /// It was taken back.
    Cancelled,
    /// It can be redeemed no more after too many wrong entries.
    Locked,
}

impl PasswordStatus {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::None,
        Self::Issued,
        Self::Redeemed,
        Self::Expired,
        Self::Cancelled,
        Self::Locked,
    ];

    /// The stable name, as in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Issued => "issued",
            Self::Redeemed => "redeemed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Locked => "locked",
        }
    }
}

impl From<&RetrievalPasswordStatus> for PasswordStatus {
    fn from(password: &RetrievalPasswordStatus) -> Self {
        match password.status {
            None => Self::None,
            Some(ReissueStatus::Issued) => Self::Issued,
            Some(ReissueStatus::Redeemed) => Self::Redeemed,
            Some(ReissueStatus::Expired) => Self::Expired,
            // The newest password is superseded by none; one that would be could not be used either.
            Some(ReissueStatus::Cancelled | ReissueStatus::Superseded) => Self::Cancelled,
            Some(ReissueStatus::Locked) => Self::Locked,
        }
    }
}

/// The state of a retrieval password in words.
pub fn password_words(password: &RetrievalPasswordStatus) -> Message {
    match PasswordStatus::from(password) {
        PasswordStatus::None => Message::plain("password-none"),
        PasswordStatus::Issued => match password.expires_at {
            Some(until) => Message::plain("password-issued").with_moment("until", until),
            None => Message::plain("password-issued").with("until", &""),
        },
        PasswordStatus::Redeemed => Message::plain("password-redeemed"),
        PasswordStatus::Expired => Message::plain("password-expired"),
        PasswordStatus::Cancelled => Message::plain("password-cancelled"),
        PasswordStatus::Locked => Message::plain("password-locked"),
    }
}

/// The state of a user's certificate in words.
pub fn certificate_words(overview: &UserOverview, now: Timestamp) -> Message {
    match overview.certificate {
        CertificateStatus::None => Message::plain("certificate-none"),
        CertificateStatus::Valid => Message::plain("certificate-valid"),
        CertificateStatus::Expiring => {
            let end = overview.certificate_not_after;
            let left = end.map_or(0, |end| end.since(now).as_secs());
            Message::counted("certificate-expiring", &(left / SECONDS_A_DAY))
        }
        CertificateStatus::Expired => Message::plain("certificate-expired"),
        CertificateStatus::Revoked => Message::plain("certificate-revoked"),
    }
}

/// The message for how a password was handed over.
pub const fn hand_over_words(way: HandOverWay) -> &'static str {
    match way {
        HandOverWay::InPerson => "handed-over-in-person",
        HandOverWay::Telephone => "handed-over-telephone",
    }
}

/// The message for a lock.
pub const fn lock_words(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Login | Purpose::StaffDecision => "state-login",
        Purpose::Transaction => "state-transaction",
        Purpose::Otp => "state-otp",
        Purpose::Retrieval => "state-retrieval",
    }
}

/// The message for whom a lock of the login refuses.
pub const fn lane_words(lane: LaneKind) -> &'static str {
    match lane {
        LaneKind::Stranger => "lock-lane-stranger",
        LaneKind::KnownBrowser => "lock-lane-known-browser",
        LaneKind::Certificate => "lock-lane-certificate",
    }
}

/// The message for what a user may do.
pub fn right_words(user: &User) -> &'static str {
    if user.service_administrator {
        "right-administrator"
    } else if user.holds(Permission::ReissueRetrievalPassword) {
        "right-reissue"
    } else {
        "right-none"
    }
}

/// The message for a state of a paper request.
pub const fn paper_state(state: PaperState) -> &'static str {
    match state {
        PaperState::Draft => "paper-state-draft",
        PaperState::Pending => "paper-state-pending",
        PaperState::Returned => "paper-state-returned",
        PaperState::Rejected => "paper-state-rejected",
        PaperState::Approved => "paper-state-approved",
        PaperState::Printing => "paper-state-printing",
        PaperState::Reprint => "paper-state-reprint",
        PaperState::Issued => "paper-state-issued",
        PaperState::Posted => "paper-state-posted",
        PaperState::Undeliverable => "paper-state-undeliverable",
        PaperState::Completed => "paper-state-completed",
        PaperState::Expired => "paper-state-expired",
        PaperState::Cancelled => "paper-state-cancelled",
    }
}

/// The message for what a form asks for.
pub const fn paper_matter(matter: Matter) -> &'static str {
    match matter {
        Matter::ReissueRetrievalPassword => "paper-matter-reissue-retrieval-password",
        Matter::UnlockLogin => "paper-matter-unlock-login",
        Matter::UnlockTransaction => "paper-matter-unlock-transaction",
        Matter::UnlockOtp => "paper-matter-unlock-otp",
        Matter::RebindOtp => "paper-matter-rebind-otp",
        Matter::LiftFreeze => "paper-matter-lift-freeze",
    }
}

/// The member of the body for a check, and the message that names it.
pub const fn paper_check(check: PaperCheck) -> (&'static str, &'static str) {
    match check {
        PaperCheck::Seal => ("checks/seal", "paper-check-seal"),
        PaperCheck::Identity => ("checks/identity", "paper-check-identity"),
        PaperCheck::RegisteredAddress => (
            "checks/registered_address",
            "paper-check-registered-address",
        ),
    }
}

/// The stable name of a step of a paper request, and what was carried out with it.
pub const fn action_name(action: PaperAction) -> (&'static str, Option<Matter>) {
    match action {
        PaperAction::Registered => ("registered", None),
        PaperAction::Edited => ("edited", None),
        PaperAction::AskedForApproval => ("asked-for-approval", None),
        PaperAction::Approved => ("approved", None),
        PaperAction::Rejected => ("rejected", None),
        PaperAction::Returned => ("returned", None),
        PaperAction::Cancelled => ("cancelled", None),
        PaperAction::CarriedOut(matter) => ("carried-out", Some(matter)),
        PaperAction::NoticeBegun => ("notice-begun", None),
        PaperAction::NoticeAbandoned => ("notice-abandoned", None),
        PaperAction::NoticeMade => ("notice-made", None),
        PaperAction::NoticePrinted => ("notice-printed", None),
        PaperAction::ReprintAsked => ("reprint-asked", None),
        PaperAction::ReprintApproved => ("reprint-approved", None),
        PaperAction::ReprintRejected => ("reprint-rejected", None),
        PaperAction::Posted => ("posted", None),
        PaperAction::MailReturned => ("mail-returned", None),
        PaperAction::Completed => ("completed", None),
        PaperAction::Expired => ("expired", None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_does_not_hide_what_became_of_a_password() {
        let told = |status, locked| {
            PasswordStatus::from(&RetrievalPasswordStatus {
                status,
                expires_at: None,
                locked,
                handed_over: None,
            })
        };
        for (status, shown) in [
            (None, PasswordStatus::None),
            (Some(ReissueStatus::Cancelled), PasswordStatus::Cancelled),
            (Some(ReissueStatus::Redeemed), PasswordStatus::Redeemed),
            (Some(ReissueStatus::Locked), PasswordStatus::Locked),
        ] {
            assert_eq!(told(status, true), shown);
        }
        assert_eq!(
            told(Some(ReissueStatus::Issued), false),
            PasswordStatus::Issued
        );
    }
}
