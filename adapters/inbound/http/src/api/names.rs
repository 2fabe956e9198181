//! The named values of the interface, for its description: answers carry them as plain text.

use std::borrow::Cow;

use utoipa::openapi::schema::{ObjectBuilder, Schema};
use utoipa::openapi::{RefOr, Type};
use utoipa::{PartialSchema, ToSchema};
use warifu_core::domain::attempts::Purpose;
use warifu_core::domain::paper_request::{Matter, PaperState};
use warifu_core::domain::{CertificateStatus, Permission, StaffRole};
use warifu_core::office::PaperDecision;

macro_rules! names {
    ($($(#[$documentation:meta])* $name:ident = $values:expr;)*) => {
        $($(#[$documentation])*
        pub(crate) struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some($values)).into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        })*
    };
}

names! {
    /// Rights.
    PermissionName = Permission::ALL.map(Permission::name);
    /// States of a certificate.
    CertificateStatusName = CertificateStatus::ALL.map(CertificateStatus::name);
    /// What users can be filtered by.
    StatusFilterName = ["none", "valid", "expiring", "expired", "revoked", "locked"];
    /// States of the current retrieval password.
    RetrievalPasswordStatusName = ["none", "issued", "redeemed", "expired", "cancelled", "locked"];
    /// What became of a reissue.
    ReissueStatusName = ["issued", "redeemed", "expired", "cancelled", "superseded", "locked"];
    /// The ways to a reissue.
    RouteName = ["administrator", "self-service", "paper"];
    /// What can be locked.
    PurposeName = Purpose::ALL.map(Purpose::name);
    /// What can be unlocked.
    UnlockablePurposeName = ["login", "transaction", "otp"];
    /// What form 3 can ask for.
    MatterName = Matter::ALL.map(Matter::name);
    /// States of a request on paper.
    PaperStateName = PaperState::ALL.iter().map(|state| state.name()).collect::<Vec<_>>();
    /// What can be decided on a request on paper.
    DecisionName = PaperDecision::ALL.map(PaperDecision::name);
    /// What the bank's staff may do.
    StaffRoleName = StaffRole::ALL.map(StaffRole::name);
    /// How an event ended.
    OutcomeName = ["success", "refused", "failed"];
}

/// `true`, and nothing else.
pub(crate) struct Acknowledged;

impl PartialSchema for Acknowledged {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Boolean)
            .enum_values(Some([true]))
            .into()
    }
}

impl ToSchema for Acknowledged {
    fn name() -> Cow<'static, str> {
        "Acknowledged".into()
    }
}
