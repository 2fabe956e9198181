use std::any::Any;
use std::net::IpAddr;

use async_trait::async_trait;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::domain::{ContractNumber, PasswordHash, Site};

/// Who wants something hashed. The hasher is shared between claimants, not between requests.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum HashClaimant {
    /// Nobody has shown who this is: whoever sends from there. Senders whose address is not known
    /// share one claim.
    Stranger(Option<Site>),
    /// Users of this contract who have logged in, or are recognised.
    Contract(ContractNumber),
    /// The bank: staff who have logged in, and programs at a terminal.
    Bank,
}

impl HashClaimant {
    /// Whoever sends from `source`. All of a /48 of IPv6 is one sender: providers hand out no less.
    pub fn at(source: Option<IpAddr>) -> Self {
        Self::Stranger(source.map(Site::from))
    }
}

/// The queue of the hasher is full; nothing was hashed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the password hasher is overloaded")]
pub struct Overloaded;

/// A place in the hasher's queue, given back when dropped. Good for one hash after the other.
pub struct HashPermit(Box<dyn Any + Send + Sync>);

impl HashPermit {
    /// Wraps the hasher's own guard.
    pub fn new(guard: impl Any + Send + Sync) -> Self {
        Self(Box::new(guard))
    }

    /// The guard, for the hasher that made it.
    pub fn guard<T: Any>(&self) -> Option<&T> {
        self.0.downcast_ref()
    }
}

/// Why a hash can never be checked here, whatever is entered. Says nothing of the hash itself.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0}")]
pub struct UncheckableHash(pub String);

/// Tells hashes that can be checked from those that cannot.
///
/// # Promises
/// - What is judged good is checked when somebody enters a password; what is not never matches.
/// - Nothing is hashed for a judgement.
pub trait HashJudge: Send + Sync {
    /// Judges a hash. Whoever reads hashes asks, so that nobody is locked out with the right password.
    fn judge(&self, hash: &PasswordHash) -> Result<(), UncheckableHash>;
}

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashCheck {
    /// The password is the one that was hashed.
    pub matches: bool,
    /// The hash was made with older parameters than the hasher would use now.
    pub outdated: bool,
}

/// Hashes and checks passwords, with bounded time and memory whoever asks.
///
/// # Promises
/// - Memory and threads are bounded by configuration, not by the number of requests; a full queue
///   is [`Overloaded`] at once, before any hashing.
/// - The hasher is shared between claimants: they take turns about, those who are known as often as all
///   strangers together; where the queue is full, whoever holds the most places loses one to whoever
///   holds fewer, and strangers never hold all of them.
/// - Hashes are Argon2id PHC strings of at least m=19456, t=2, p=1 (ASVS 11.4.2).
/// - Parameters found in a hash are capped before they are obeyed.
/// - A check without a hash (or with one that is malformed or over the cap) never matches.
/// - What does not match takes as long whatever there was to check against: as the dearest hash that
///   was ever checked, or expected.
/// - Passwords are compared whole: two that differ only in the last of 256 bytes are different.
#[async_trait]
pub trait PasswordHasher: HashJudge {
    /// A place in the queue. Taken before anything is reserved or looked up.
    fn permit(&self, claimant: HashClaimant) -> Result<HashPermit, Overloaded>;

    /// Waits until it is this permit's turn. What is checked or hashed with it next begins at once,
    /// or after one hash for each that is ahead of it on its thread: so whoever reserves an attempt
    /// after this need not keep it for as long as the queue is. [`Overloaded`] where somebody who
    /// holds fewer places was given this one; from this turn on it is kept.
    async fn turn(&self, permit: &HashPermit) -> Result<(), Overloaded>;

    /// Learns that hashes of the cost of `hash` may be checked, before one is. A directory says so of
    /// those that it reads.
    async fn expect(&self, _hash: &PasswordHash) {}

    /// Checks `password` against `hash`, or against a dummy.
    async fn check(
        &self,
        permit: &HashPermit,
        hash: Option<&PasswordHash>,
        password: Zeroizing<Vec<u8>>,
    ) -> HashCheck;

    /// Hashes `password` with current parameters and a fresh salt.
    async fn hash(&self, permit: &HashPermit, password: Zeroizing<Vec<u8>>) -> PasswordHash;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_ipv6_is_one_claimant_and_an_address_of_ipv4_is_one() {
        let at = |address: &str| HashClaimant::at(address.parse().ok());
        assert_eq!(at("2001:db8:7:1::1"), at("2001:db8:7:2::9"));
        assert_ne!(at("2001:db8:7:1::1"), at("2001:db8:8:1::1"));
        assert_ne!(at("192.0.2.1"), at("192.0.2.2"));
        assert_eq!(at("192.0.2.1"), at("::ffff:192.0.2.1"));
    }
}
