use std::collections::{HashMap, HashSet};

use warifu_core::domain::{KnownCertificate, SerialNumber, Subject, Timestamp};

#[derive(Default)]
pub(crate) struct Register {
    pub(crate) issued: HashMap<Subject, Vec<(SerialNumber, Timestamp)>>,
    pub(crate) serials: HashSet<SerialNumber>,
    pub(crate) revoked: HashSet<SerialNumber>,
}

impl Register {
    pub(crate) fn newest(&self, subject: &Subject) -> Option<KnownCertificate> {
        let known = self
            .issued
            .get(subject)?
            .iter()
            .map(|(serial, not_after)| KnownCertificate {
                serial: Some(*serial),
                not_after: *not_after,
                revoked: self.revoked.contains(serial),
            });
        known.max_by_key(|certificate| (!certificate.revoked, certificate.not_after))
    }
}
