//! The names of keys. What belongs to one user shares one hash tag, so that a Cluster keeps it on
//! one server, and the tag is a keyed hash, so that no name of a user stands in a key and no text
//! of a user can choose where a key goes.

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use warifu_core::domain::attempts::{Lane, Purpose};
use warifu_core::domain::paper_request::ReceptionNumber;
use warifu_core::domain::{ContractNumber, Principal, SerialNumber, SessionId, Subject};
use warifu_core::ports::OnceKey;
use zeroize::Zeroizing;

/// How many identity keys a Cluster has. They spread over its primaries, so that the loss of what
/// any one of them held is noticed.
const IDENTITIES_OF_A_CLUSTER: usize = 64;

/// What is hashed, so that no two kinds of names can meet.
#[derive(Clone, Copy)]
enum Kind {
    User = 1,
    Contract = 3,
    Staff = 4,
    Check = 5,
    Directory = 6,
    Sealing = 7,
    Paper = 8,
}

/// Makes keys.
#[derive(Clone)]
pub(crate) struct Keys {
    prefix: String,
    secret: Hmac<Sha256>,
}

/// What all keys of one thing share: the prefix and the hash tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag(String);

impl Tag {
    /// The key for `what` about it.
    pub(crate) fn key(&self, what: &str) -> String {
        format!("{}:{what}", self.0)
    }

    /// The counter of a purpose; of a login, that of strangers.
    pub(crate) fn counter(&self, purpose: Purpose) -> String {
        self.lane_counter(purpose, Lane::Stranger)
    }

    /// The open leases of a purpose; of a login, those of strangers.
    pub(crate) fn leases(&self, purpose: Purpose) -> String {
        self.lane_leases(purpose, Lane::Stranger)
    }

    /// The counter of a lane.
    pub(crate) fn lane_counter(&self, purpose: Purpose, lane: Lane) -> String {
        format!("{}:a:{purpose}{}", self.0, lane_suffix(lane))
    }

    /// The open leases of a lane.
    pub(crate) fn lane_leases(&self, purpose: Purpose, lane: Lane) -> String {
        format!("{}:l:{purpose}{}", self.0, lane_suffix(lane))
    }
}

/// Strangers have the counters that there were before there were lanes.
fn lane_suffix(lane: Lane) -> String {
    match lane {
        Lane::Stranger => String::new(),
        Lane::Certificate => ":c".to_owned(),
        Lane::KnownBrowser(slot) => format!(":b{}", slot.number()),
    }
}

impl Keys {
    pub(crate) fn new(prefix: &str, index_key: &[u8]) -> Option<Self> {
        let secret = <Hmac<Sha256> as KeyInit>::new_from_slice(index_key).ok()?;
        Some(Self {
            prefix: prefix.to_owned(),
            secret,
        })
    }

    /// Tells index keys apart without telling them.
    pub(crate) fn check_value(&self) -> String {
        HEXLOWER.encode(&self.digest(Kind::Check, b""))
    }

    pub(crate) fn user(&self, subject: &Subject) -> Tag {
        self.hashed('u', Kind::User, &subject.to_key_bytes())
    }

    pub(crate) fn contract(&self, contract: &ContractNumber) -> Tag {
        self.hashed('c', Kind::Contract, contract.as_str().as_bytes())
    }

    /// The users of a contract, apart from what is counted for the contract.
    pub(crate) fn directory(&self, contract: &ContractNumber) -> Tag {
        self.hashed('d', Kind::Directory, contract.as_str().as_bytes())
    }

    /// The key that secrets of tokens are encrypted with.
    pub(crate) fn sealing_key(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.digest(Kind::Sealing, b""))
    }

    pub(crate) fn principal(&self, principal: &Principal) -> Tag {
        match principal {
            Principal::User(subject) => self.user(subject),
            Principal::Staff(staff) => self.hashed('m', Kind::Staff, staff.as_str().as_bytes()),
        }
    }

    /// The audit log, all of it on one server.
    pub(crate) fn audit_log(&self) -> Tag {
        self.tag_written("a")
    }

    pub(crate) fn session(&self, id: &SessionId) -> String {
        self.tag('s', id.as_bytes()).key("s")
    }

    pub(crate) fn once(&self, key: &OnceKey) -> String {
        self.tag('o', key.as_bytes()).key("o")
    }

    pub(crate) fn serial(&self, serial: SerialNumber) -> String {
        self.tag('x', serial.as_bytes()).key("x")
    }

    /// The tag that [`Tag::key`] made keys with before, from how it was written down.
    pub(crate) fn tag_written(&self, written: &str) -> Tag {
        Tag(format!("{}:{{{written}}}", self.prefix))
    }

    /// One paper request.
    pub(crate) fn paper_request(&self, number: &ReceptionNumber) -> String {
        self.hashed('q', Kind::Paper, number.as_str().as_bytes())
            .key("q")
    }

    /// The lists of all paper requests.
    pub(crate) fn paper_lists(&self) -> Tag {
        self.tag_written("paper")
    }

    /// How a tag is written down in a value.
    pub(crate) fn write_tag<'a>(&self, tag: &'a Tag) -> &'a str {
        tag.0
            .get(self.prefix.len() + 2..tag.0.len() - 1)
            .unwrap_or_default()
    }

    fn hashed(&self, letter: char, kind: Kind, name: &[u8]) -> Tag {
        let digest = self.digest(kind, name);
        self.tag(letter, &digest[..16])
    }

    fn tag(&self, letter: char, bytes: &[u8]) -> Tag {
        self.tag_written(&format!("{letter}{}", HEXLOWER.encode(bytes)))
    }

    fn digest(&self, kind: Kind, name: &[u8]) -> [u8; 32] {
        let mut hash = self.secret.clone();
        hash.update(&[kind as u8]);
        hash.update(name);
        hash.finalize().into_bytes().into()
    }
}

/// The keys that tell which store this is.
pub(crate) fn identity_keys(prefix: &str, cluster: bool) -> Vec<String> {
    let count = if cluster { IDENTITIES_OF_A_CLUSTER } else { 1 };
    (0..count)
        .map(|number| format!("{prefix}:{{e{number}}}:store"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use warifu_redis_link::slot;

    fn keys() -> Keys {
        Keys::new("warifu", b"an index key").unwrap()
    }

    fn subject(user: &str) -> Subject {
        Subject::new("1234567890".parse().unwrap(), user.parse().unwrap())
    }

    #[test]
    fn the_keys_of_a_user_share_a_slot_and_hold_no_name() {
        let tag = keys().user(&subject("user01"));
        let all = [
            tag.counter(Purpose::Login),
            tag.leases(Purpose::Retrieval),
            tag.key("p"),
        ];
        for key in &all {
            assert_eq!(slot(key), slot(&all[0]));
            assert!(key.starts_with("warifu:{u"));
            assert!(!key.contains("user01") && !key.contains("1234567890"));
        }
    }

    #[test]
    fn another_secret_gives_other_keys() {
        let other = Keys::new("warifu", b"another index key").unwrap();
        assert_ne!(
            keys().user(&subject("user01")),
            other.user(&subject("user01"))
        );
        assert_ne!(keys().check_value(), other.check_value());
    }

    #[test]
    fn a_tag_can_be_written_down() {
        let tag = keys().user(&subject("user01"));
        assert_eq!(keys().tag_written(keys().write_tag(&tag)), tag);
    }

    #[test]
    fn every_lane_has_keys_of_its_own_in_the_slot_of_the_user() {
        let tag = keys().user(&subject("user01"));
        let lanes: std::collections::HashSet<String> = Lane::all()
            .flat_map(|lane| {
                let purpose = Purpose::Login;
                [
                    tag.lane_counter(purpose, lane),
                    tag.lane_leases(purpose, lane),
                ]
            })
            .inspect(|key| assert_eq!(slot(key), slot(&tag.counter(Purpose::Login))))
            .collect();
        assert_eq!(lanes.len(), 2 * Lane::all().count());
        assert!(lanes.contains(&tag.counter(Purpose::Login)));
    }

    #[test]
    fn the_identities_of_a_cluster_spread() {
        let slots: Vec<u16> = identity_keys("warifu", true)
            .iter()
            .map(|key| slot(key))
            .collect();
        for sixteenth in 0..16u16 {
            let here = |slot: &&u16| **slot / 1024 == sixteenth;
            assert!(slots.iter().any(|slot| here(&slot)), "{sixteenth}");
        }
    }
}
