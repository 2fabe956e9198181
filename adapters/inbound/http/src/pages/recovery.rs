//! "What can I do now?", on the pages that refuse: the ways that are open, and the paper procedure
//! where there is no other.

use warifu_core::Refusal;
use warifu_core::customers::{Operator, Recovery};
use warifu_core::domain::Surface;
use warifu_core::domain::attempts::Purpose;
use warifu_core::domain::recovery::Need;

use super::frame::Frame;
use super::place::{Place, PlaceLink};

/// The open ways as a page shows them.
pub(super) struct RecoveryView {
    /// Where one helps oneself.
    pub(super) oneself: Option<PlaceLink>,
    /// By somebody else of the contract.
    pub(super) another: bool,
    /// Who that is, for those who may know.
    pub(super) helpers: Vec<String>,
    /// Where the forms of the contract's edition are, if nothing else is left.
    pub(super) forms: Option<PlaceLink>,
}

impl RecoveryView {
    /// `surface`: where the page is shown.
    pub(super) fn new(frame: &Frame, surface: Surface, found: &Recovery, edition: &str) -> Self {
        let oneself = match surface {
            Surface::SelfService => Place::OWN_REISSUE,
            Surface::Admin | Surface::Office => Place::OWN_REISSUE_LOGIN,
        };
        let known = frame.site.editions.iter().any(|known| known.key == edition);
        let forms = if known {
            Place::forms_of(edition)
        } else {
            Place::FORMS
        };
        let name = |user: &warifu_core::domain::User| format!("{}({})", user.name, user.id());
        Self {
            oneself: found.options.oneself.then(|| frame.place(&oneself)),
            another: found.options.another,
            helpers: found.helpers.iter().map(name).collect(),
            forms: found.options.paper.then(|| frame.place(&forms)),
        }
    }

    /// The ways that are open to who was refused; nothing where the refusal closes none, or where
    /// that cannot be found out now.
    pub(super) async fn after(
        frame: &Frame,
        surface: Surface,
        operator: &Operator,
        helpers_need_certificate: bool,
        refusal: &Refusal,
    ) -> Option<Self> {
        let need = need(refusal)?;
        let found = operator
            .recovery_options(need, helpers_need_certificate)
            .await;
        let edition = operator.contract.edition.as_str();
        match found {
            Ok(found) => Some(Self::new(frame, surface, &found, edition)),
            Err(unavailable) => {
                tracing::warn!(%unavailable, "the open ways were not found out");
                None
            }
        }
    }
}

/// What who was refused is in need of.
const fn need(refusal: &Refusal) -> Option<Need> {
    match refusal {
        // What a one-time password is entered for is a new retrieval password, and whoever may reissue
        // can give one, also where they may not unlock.
        Refusal::NotEligible
        | Refusal::NotPermitted
        | Refusal::UseSelfService
        | Refusal::OtpLocked { .. } => Some(Need::RetrievalPassword),
        Refusal::RetrievalLocked => Some(Need::Unlock(Purpose::Retrieval)),
        Refusal::TransactionLocked { .. } => Some(Need::Unlock(Purpose::Transaction)),
        Refusal::Invalid(_)
        | Refusal::LoginRefused
        | Refusal::LoginLocked { .. }
        | Refusal::Busy
        | Refusal::Overloaded
        | Refusal::SessionRequired
        | Refusal::UserNotSelectable
        | Refusal::ContractNotFound
        | Refusal::ApproverRequired
        | Refusal::UserDisabled
        | Refusal::TransactionRefused { .. }
        | Refusal::OtpRefused
        | Refusal::OtpUnavailable(_)
        | Refusal::OtpRequired
        | Refusal::ReissueQuota { .. }
        | Refusal::AlreadyReissued
        | Refusal::AlreadyShown
        | Refusal::ReissueNotFound
        | Refusal::AlreadyRedeemed
        | Refusal::NothingToHandOver
        | Refusal::RetrievalRefused { .. }
        | Refusal::RetrievalHeld { .. }
        | Refusal::BadCsr(_)
        | Refusal::CertificateNotIssued(_)
        | Refusal::StaffLoginRefused
        | Refusal::StaffLoginLocked { .. }
        | Refusal::StaffPasswordRefused { .. }
        | Refusal::StaffNotPermitted
        | Refusal::PaperRequestNotFound
        | Refusal::Paper(_)
        | Refusal::BadCursor
        | Refusal::Unavailable(_)
        | Refusal::Unexpected => None,
    }
}
