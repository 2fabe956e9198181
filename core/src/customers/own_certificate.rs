//! What somebody who comes for a certificate is told of the one they have, and which way they are on.

use super::session::UserSession;
use crate::Outcome;
use crate::domain::retrieval_record::{ReissueRoute, ReissueStatus};
use crate::domain::{CertificateStatus, Timestamp};

/// The certificate that somebody who is logged in has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnCertificate {
    /// Its state.
    pub status: CertificateStatus,
    /// Its end, where there is one.
    pub not_after: Option<Timestamp>,
}

impl UserSession {
    /// One's own certificate.
    pub async fn own_certificate(&self) -> Outcome<OwnCertificate> {
        let operator = &self.operator;
        let overview = operator.wiring.overview(operator.user.clone()).await?;
        Ok(OwnCertificate {
            status: overview.certificate,
            not_after: overview.certificate_not_after,
        })
    }

    /// Whether the password that gets a certificate now, or just did, is one that its owner was shown in
    /// this session. Any other came another way.
    pub async fn reissued_for_oneself_here(&self) -> Outcome<bool> {
        let newest = self.newest_own_reissue().await?;
        Ok(newest.is_some_and(|reissue| {
            let open_or_used = matches!(
                reissue.status,
                ReissueStatus::Issued | ReissueStatus::Locked | ReissueStatus::Redeemed
            );
            open_or_used
                && reissue.route == ReissueRoute::SelfService
                && reissue.issued_at >= self.session.created_at
        }))
    }
}
