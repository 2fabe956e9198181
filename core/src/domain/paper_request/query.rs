use std::collections::BTreeSet;

use super::{PaperQueue, PaperRequest, PaperState, ReceptionNumber};
use crate::domain::{StaffId, Timestamp, fold_code, fold_identifier};

/// A place in the list of all requests.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PaperPosition {
    /// When the request there was registered.
    pub registered_at: Timestamp,
    /// Which it is, among those of the same moment.
    pub number: ReceptionNumber,
}

/// Which requests to list. Every condition that is given must hold.
#[derive(Clone, Debug, Default)]
pub struct PaperRequestQuery {
    /// In one of these states; in any where there is none.
    pub states: BTreeSet<PaperState>,
    /// Waiting in this queue.
    pub queue: Option<PaperQueue>,
    /// Part of a reception number, contract number, user ID or name.
    pub search: Option<String>,
    /// Registered by this member of staff.
    pub registered_by: Option<StaffId>,
    /// This member of staff may decide on it.
    pub decidable_by: Option<StaffId>,
    /// Oldest first; else newest first.
    pub oldest_first: bool,
    /// Only what comes after this place in that order.
    pub after: Option<PaperPosition>,
    /// At most so many.
    pub limit: usize,
}

impl PaperRequestQuery {
    /// Whether `request` is one of those, wherever it stands in the list.
    pub fn matches(&self, request: &PaperRequest) -> bool {
        (self.states.is_empty() || self.states.contains(&request.state))
            && self
                .queue
                .is_none_or(|queue| request.queue() == Some(queue))
            && self
                .registered_by
                .as_ref()
                .is_none_or(|staff| request.registered_by.id == *staff)
            && self
                .decidable_by
                .as_ref()
                .is_none_or(|staff| request.may_decide(staff).is_ok())
            && self
                .search
                .as_deref()
                .is_none_or(|text| finds(request, text))
    }

    /// Whether `position` comes after where the list is to go on.
    pub fn reaches(&self, position: &PaperPosition) -> bool {
        self.after.as_ref().is_none_or(|after| {
            if self.oldest_first {
                position > after
            } else {
                position < after
            }
        })
    }

    /// Whether it asks only for what somebody still has something to do with: few, however many
    /// requests there have been.
    pub fn is_of_open_ones(&self) -> bool {
        !self.states.is_empty() && self.states.iter().all(|state| state.is_open())
    }

    /// Puts what was found into the order that is asked for, and leaves out what is too much.
    pub fn arrange(&self, found: &mut Vec<PaperRequest>) {
        found.sort_by_key(PaperRequest::position);
        if !self.oldest_first {
            found.reverse();
        }
        found.truncate(self.limit);
    }
}

impl PaperRequest {
    /// Its place in the list of all requests.
    pub fn position(&self) -> PaperPosition {
        PaperPosition {
            registered_at: self.registered_at,
            number: self.number.clone(),
        }
    }
}

/// People type numbers with hyphens, in full width and in small letters.
fn finds(request: &PaperRequest, text: &str) -> bool {
    let (name, code) = (fold_identifier(text), fold_code(text));
    let facts = &request.facts;
    let in_code = |field: &str| !code.is_empty() && field.contains(&code);
    let in_name = |field: &str| fold_identifier(field).contains(&name);
    name.is_empty()
        || in_code(request.number.as_str())
        || in_code(facts.subject.contract.as_str())
        || in_name(facts.subject.user.as_str())
        || in_name(&facts.user_name)
        || in_name(&facts.contract_name)
}
