//! The named values of the interface: what core tells apart, under the name that answers carry.

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, Schema};
use utoipa::openapi::{RefOr, Type};
use utoipa::{PartialSchema, ToSchema};
use warifu_core::UserStatusFilter;
use warifu_core::domain::attempts::{LaneKind, Purpose};
use warifu_core::domain::paper_request::{Matter, PaperState};
use warifu_core::domain::retrieval_record::{ReissueRoute, ReissueStatus};
use warifu_core::domain::{AuditOutcome, CertificateStatus, Permission, StaffRole};
use warifu_core::office::PaperDecision;

use crate::words::PasswordStatus;

macro_rules! described {
    ($name:ident, $values:expr) => {
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let values: Vec<&str> = $values;
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .enum_values(Some(values))
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    };
}

macro_rules! names {
    ($($(#[$documentation:meta])* $name:ident($value:ident);)*) => {
        $($(#[$documentation])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name(pub $value);

        impl From<$value> for $name {
            fn from(value: $value) -> Self {
                Self(value)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, into: S) -> Result<S::Ok, S::Error> {
                into.serialize_str(self.0.name())
            }
        }

        described!($name, $value::ALL.iter().map(|value| value.name()).collect());)*
    };
}

names! {
    /// Rights.
    PermissionName(Permission);
    /// States of a certificate.
    CertificateStatusName(CertificateStatus);
    /// States of the current retrieval password.
    RetrievalPasswordStatusName(PasswordStatus);
    /// What became of a reissue.
    ReissueStatusName(ReissueStatus);
    /// The ways to a reissue.
    RouteName(ReissueRoute);
    /// What can be locked.
    PurposeName(Purpose);
    /// Whom a lock of the login refuses: whoever comes from a browser that is not known, whoever shows
    /// the token of one that is, or their own certificate.
    LaneName(LaneKind);
    /// What form 3 can ask for.
    MatterName(Matter);
    /// States of a request on paper.
    PaperStateName(PaperState);
    /// What the bank's staff may do.
    StaffRoleName(StaffRole);
    /// How an event ended.
    OutcomeName(AuditOutcome);
}

/// What users can be filtered by. In requests it is text, so that the use case says what is wrong with it.
pub struct StatusFilterName;

described!(StatusFilterName, {
    UserStatusFilter::all()
        .map(UserStatusFilter::name)
        .collect()
});

/// What can be unlocked: the retrieval lock goes only by reissue.
pub struct UnlockablePurposeName;

described!(UnlockablePurposeName, {
    [Purpose::Login, Purpose::Transaction, Purpose::Otp]
        .map(Purpose::name)
        .to_vec()
});

/// What can be decided on a request on paper.
pub struct DecisionName;

described!(
    DecisionName,
    PaperDecision::ALL.map(PaperDecision::name).to_vec()
);

/// `true`, and nothing else.
pub struct Acknowledged;

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
