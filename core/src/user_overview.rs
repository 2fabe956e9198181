//! A user with the state of certificate, retrieval password and locks.

use std::collections::BTreeSet;

use crate::domain::attempts::{LaneKind, Purpose};
use crate::domain::retrieval_record::{ReissueStatus, RetrievalPasswordStatus};
use crate::domain::{CertificateStatus, Timestamp, User};
use crate::user_selection::Urgency;

/// A user as an administrator sees them.
#[derive(Clone, Debug)]
pub struct UserOverview {
    /// The user as the directory knows them now.
    pub user: User,
    /// The state of the certificate.
    pub certificate: CertificateStatus,
    /// Its end.
    pub certificate_not_after: Option<Timestamp>,
    /// The state of the retrieval password.
    pub retrieval_password: RetrievalPasswordStatus,
    /// What is locked.
    pub locks: BTreeSet<Purpose>,
    /// For whom the login is locked, where it is.
    pub login_lanes: BTreeSet<LaneKind>,
}

impl UserOverview {
    /// Whether a retrieval password waits to be redeemed.
    pub fn has_unused_password(&self) -> bool {
        self.retrieval_password.status == Some(ReissueStatus::Issued)
    }

    /// How soon somebody has to look after the user.
    pub(crate) fn urgency(&self) -> Urgency {
        match self.certificate {
            _ if self.user.disabled => Urgency::None,
            CertificateStatus::Expired => Urgency::Expired,
            CertificateStatus::Expiring => Urgency::Expiring,
            _ if !self.locks.is_empty() => Urgency::Locked,
            CertificateStatus::None | CertificateStatus::Valid | CertificateStatus::Revoked => {
                Urgency::None
            }
        }
    }
}

/// How many users of a contract wait for what. A user counts wherever it fits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsersWaiting {
    /// Their certificate has ended.
    pub expired: usize,
    /// Their certificate ends soon.
    pub expiring: usize,
    /// Something of theirs is locked.
    pub locked: usize,
    /// They have a retrieval password that is not redeemed yet.
    pub unused_passwords: usize,
}

impl UsersWaiting {
    pub(crate) fn count(&mut self, overview: &UserOverview) {
        self.expired += usize::from(overview.certificate == CertificateStatus::Expired);
        self.expiring += usize::from(overview.certificate == CertificateStatus::Expiring);
        self.locked += usize::from(!overview.locks.is_empty());
        self.unused_passwords += usize::from(overview.has_unused_password());
    }
}
