//! The bank's back office: who works there, and what each may do.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::identifiers::StaffId;

/// What a member of the bank's back office may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StaffRole {
    /// Registers paper requests, prints and posts the notices.
    Maker,
    /// Decides on what another registered.
    Checker,
    /// Reads everything, changes nothing.
    Auditor,
}

impl StaffRole {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Maker, Self::Checker, Self::Auditor];

    /// The stable name, as in the users file and the audit log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Maker => "maker",
            Self::Checker => "checker",
            Self::Auditor => "auditor",
        }
    }
}

impl fmt::Display for StaffRole {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for StaffRole {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|role| role.name() == text)
            .ok_or(())
    }
}

/// A member of the bank's back office, as the staff directory knows them now. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffMember {
    /// The ID that they log in with and that histories name.
    pub id: StaffId,
    /// The person's name.
    pub name: String,
    /// What they may do.
    pub roles: BTreeSet<StaffRole>,
    /// The bank has switched the account off.
    pub disabled: bool,
}

impl StaffMember {
    /// Whether the member may act in `role`.
    pub fn holds(&self, role: StaffRole) -> bool {
        !self.disabled && self.roles.contains(&role)
    }

    /// Who it is, for a history that outlives the account.
    pub fn signature(&self) -> StaffSignature {
        StaffSignature {
            id: self.id.clone(),
            name: self.name.clone(),
        }
    }
}

/// A member of staff in a history: who, and the name borne then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffSignature {
    /// The ID that they logged in with.
    pub id: StaffId,
    /// The name then.
    pub name: String,
}
