use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use warifu_core::domain::attempts::{Lane, Purpose};
use warifu_core::domain::{ContractNumber, Principal, Subject};
use warifu_core::ports::{AttemptKey, OnceKey, QuotaKey};
use zeroize::Zeroizing;

/// A key of a table.
pub(crate) type Key = [u8; 32];

/// Length of the secret that keys are made with.
pub(crate) const SECRET_BYTES: usize = 32;

/// Makes the keys that records are found by, so that no identifier stands in one.
#[derive(Clone)]
pub(crate) struct Keys(Hmac<Sha256>);

impl Keys {
    pub(crate) fn new(secret: &Zeroizing<Vec<u8>>) -> Option<Self> {
        if secret.len() != SECRET_BYTES {
            return None;
        }
        <Hmac<Sha256> as KeyInit>::new_from_slice(secret)
            .ok()
            .map(Self)
    }

    /// `kind` sets keys of one meaning apart from those of every other.
    fn digest(&self, kind: &str, bytes: &[u8]) -> Key {
        let mut hash = self.0.clone();
        hash.update(kind.as_bytes());
        hash.update(&[0]);
        hash.update(bytes);
        hash.finalize().into_bytes().into()
    }

    pub(crate) fn subject(&self, subject: &Subject) -> Key {
        self.digest("subject", &subject.to_key_bytes())
    }

    pub(crate) fn contract(&self, contract: &ContractNumber) -> Key {
        self.digest("contract", contract.as_str().as_bytes())
    }

    pub(crate) fn principal(&self, principal: &Principal) -> Key {
        match principal {
            Principal::User(subject) => self.digest("user", &subject.to_key_bytes()),
            Principal::Staff(staff) => self.digest("staff", staff.as_str().as_bytes()),
        }
    }

    pub(crate) fn once(&self, key: &OnceKey) -> Key {
        self.digest("once", key.as_bytes())
    }

    pub(crate) fn quota(&self, key: &QuotaKey) -> Key {
        match key {
            QuotaKey::ReissuesFor(subject) => self.digest("reissues for", &subject.to_key_bytes()),
            QuotaKey::ReissuesBy(subject) => self.digest("reissues by", &subject.to_key_bytes()),
        }
    }

    /// The counter of one purpose of a user who exists.
    pub(crate) fn purpose(&self, subject: &Subject, purpose: Purpose) -> Key {
        self.digest(purpose.name(), &subject.to_key_bytes())
    }

    /// The counter of an attempt. That of strangers has the key that logins had before there were
    /// lanes.
    pub(crate) fn counter(&self, key: &AttemptKey) -> Key {
        let subject = key.subject.to_key_bytes();
        match key.lane {
            Lane::Stranger => self.purpose(&key.subject, key.purpose),
            Lane::Certificate => self.digest("login by certificate", &subject),
            Lane::KnownBrowser(slot) => {
                self.digest(&format!("login by browser {}", slot.number()), &subject)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(byte: u8) -> Keys {
        Keys::new(&Zeroizing::new(vec![byte; SECRET_BYTES])).unwrap()
    }

    fn subject(contract: &str, user: &str) -> Subject {
        Subject::new(contract.parse().unwrap(), user.parse().unwrap())
    }

    #[test]
    fn keys_differ_by_secret_by_kind_and_by_subject() {
        let one = subject("123456", "7a");
        let other = subject("1234567", "a");
        let all = [
            keys(1).subject(&one),
            keys(2).subject(&one),
            keys(1).subject(&other),
            keys(1).contract(&one.contract),
            keys(1).principal(&Principal::User(one.clone())),
            keys(1).quota(&QuotaKey::ReissuesFor(one.clone())),
            keys(1).quota(&QuotaKey::ReissuesBy(one.clone())),
            keys(1).purpose(&one, Purpose::Login),
            keys(1).purpose(&one, Purpose::Otp),
        ];
        let different: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len());
        assert_eq!(keys(1).subject(&one), keys(1).subject(&one));
    }

    #[test]
    fn every_lane_has_a_counter_of_its_own() {
        let keys = keys(7);
        let names = [subject("123456", "one"), subject("123456", "two")];
        let counters: std::collections::HashSet<_> = names
            .iter()
            .flat_map(|name| Purpose::ALL.into_iter().map(move |purpose| (name, purpose)))
            .flat_map(|(name, purpose)| AttemptKey::all(name, purpose))
            .map(|key| keys.counter(&key))
            .collect();
        assert_eq!(counters.len(), 2 * (3 + Lane::all().count()));
    }

    #[test]
    fn a_secret_of_another_length_is_refused() {
        assert!(Keys::new(&Zeroizing::new(vec![1; SECRET_BYTES - 1])).is_none());
        assert!(Keys::new(&Zeroizing::new(Vec::new())).is_none());
    }
}
