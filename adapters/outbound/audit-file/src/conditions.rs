//! What a query asks of a record.

use warifu_core::domain::{ContractNumber, Timestamp};
use warifu_core::ports::{AuditQuery, StoredAuditRecord};

use crate::line::shortened;

/// The conditions of a query.
pub(crate) struct Conditions<'a> {
    query: &'a AuditQuery,
    actor: Option<String>,
    subject: Option<String>,
}

impl<'a> Conditions<'a> {
    pub(crate) fn new(query: &'a AuditQuery) -> Self {
        // As they were written.
        let text = |text: &Option<String>| text.as_deref().map(|text| shortened(text).into_owned());
        Self {
            query,
            actor: text(&query.actor),
            subject: text(&query.subject),
        }
    }

    pub(crate) fn is_in_time(&self, time: Timestamp) -> bool {
        // Records have whole seconds: one of the second in which the period begins is of it.
        let second = |moment: Timestamp| moment.as_unix_seconds();
        self.query
            .from
            .is_none_or(|from| second(time) >= second(from))
            && self.query.until.is_none_or(|until| time < until)
    }

    pub(crate) fn hold_for(&self, stored: &StoredAuditRecord) -> bool {
        let record = &stored.record;
        let of = |contract: &ContractNumber| record.contract.as_ref() == Some(contract);
        self.query.contract.as_ref().is_none_or(of)
            && self.is_in_time(record.time)
            && self
                .actor
                .as_ref()
                .is_none_or(|actor| record.actor.as_ref() == Some(actor))
            && self
                .subject
                .as_ref()
                .is_none_or(|subject| record.subject.as_ref() == Some(subject))
            && self.query.event.is_none_or(|event| record.event == event)
            && self
                .query
                .outcome
                .is_none_or(|outcome| record.outcome == outcome)
    }
}
