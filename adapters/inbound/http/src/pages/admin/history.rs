//! Whose operation history is read, and by whom.

use warifu_core::AuditFilter;
use warifu_core::domain::AuditEvent;
use warifu_core::ports::AuditPage as Records;

use crate::answer::Answer;
use crate::pages::frame::Frame;
use crate::pages::member::Member;
use crate::pages::message;
use crate::pages::office::page::OfficePage;
use crate::pages::page_request::{Halt, PageRequest};

/// Whose history it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::pages) enum Scope {
    /// The reader's own contract's.
    Contract,
    /// All contracts' and the bank's own.
    Bank,
}

// Templates hand over references.
#[allow(clippy::trivially_copy_pass_by_ref)]
impl Scope {
    /// The address of the list.
    pub(in crate::pages) const fn path(&self) -> &'static str {
        match self {
            Self::Contract => "/admin/audit",
            Self::Bank => "/office/audit",
        }
    }

    pub(super) const fn file(self) -> &'static str {
        match self {
            Self::Contract => "/admin/audit.csv",
            Self::Bank => "/office/audit.csv",
        }
    }

    /// What is said above the list.
    pub(in crate::pages) const fn lead(&self) -> &'static str {
        match self {
            Self::Contract => "audit-lead",
            Self::Bank => "office-audit-lead",
        }
    }

    /// Whether records of several contracts stand side by side.
    pub(in crate::pages) const fn is_of_all(&self) -> bool {
        matches!(self, Self::Bank)
    }

    /// What concerns the whole service stands in no contract's history.
    pub(super) fn shows(self, event: AuditEvent) -> bool {
        let of_the_service = matches!(
            event,
            AuditEvent::StoreOpened
                | AuditEvent::StoreAdopted
                | AuditEvent::RecordsLost
                | AuditEvent::FileBegun
                | AuditEvent::Checkpoint
        );
        self.is_of_all() || !of_the_service
    }
}

/// Who reads.
pub(super) enum Reader<'a> {
    Administrator(&'a Member),
    Auditor(&'a OfficePage),
}

impl Reader<'_> {
    pub(super) const fn scope(&self) -> Scope {
        match self {
            Self::Administrator(_) => Scope::Contract,
            Self::Auditor(_) => Scope::Bank,
        }
    }

    pub(super) const fn page_request(&self) -> &PageRequest {
        match self {
            Self::Administrator(member) => &member.page_request,
            Self::Auditor(office) => &office.page_request,
        }
    }

    pub(super) fn frame(&self, title: &str) -> Frame {
        match self {
            Self::Administrator(member) => member.frame(title),
            Self::Auditor(office) => office.frame(title),
        }
    }

    pub(super) fn halt_with(&self, answer: &Answer) -> Halt {
        match self {
            Self::Administrator(member) => member.halt_with(answer),
            Self::Auditor(office) => office.halt_with(answer),
        }
    }

    /// Reads a page of the history, of `contract` alone where an auditor names one.
    pub(super) async fn read(&self, contract: &str, filter: AuditFilter) -> Result<Records, Halt> {
        let read = match self {
            Self::Administrator(member) => member.operator().read_audit(filter).await,
            Self::Auditor(office) => {
                let contract = Some(contract).filter(|contract| !contract.is_empty());
                office.clerk().read_audit(contract, filter).await
            }
        };
        read.map_err(|refusal| self.halt_with(&message::answer(refusal)))
    }
}
