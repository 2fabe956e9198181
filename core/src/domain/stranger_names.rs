//! Which names strangers are trying, and from where: what bounds the counters of names that nobody
//! has, and what tells spraying from slips. Pure, and kept by each server for itself.
//!
//! Names count alike whether anybody has them or not, so nothing that is answered from here tells
//! one from the other. A name counts for its sender until [`NAME_REMEMBERED_FOR`] passed since the
//! last wrong entry, which is as long as any counter of a stranger can live; a right entry takes it
//! out again, so slips that somebody mended fill nobody's share.
//!
//! How many names a sender may hold depends on how many are free: an eighth of them (dynamic
//! thresholds, Choudhury and Hahne 1998). One sender alone never gets more than a ninth of all, and
//! leaves eight ninths to others; a hundred of them leave a thirteenth, and each newcomer an eighth
//! of that. No sender pushes out another's names.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::attempts::LONGEST_LOCK;
use super::identifiers::{ContractNumber, Subject};
use super::network::{Network, Site};
use super::timestamp::Timestamp;
use crate::ports::Randomness;

/// As long as a stranger's counter can live after its last wrong entry.
pub const NAME_REMEMBERED_FOR: Duration = Duration::from_secs(2 * LONGEST_LOCK.as_secs());

/// In how long the names of a network, or of a contract, are counted against [`SprayPolicy`].
pub const SPRAY_WINDOW: Duration = Duration::from_secs(30 * 60);

/// A sender may hold one of so many names that are free.
const PART_OF_FREE: usize = 8;

/// A network of the size that one customer of a provider gets has no more than this part of what its
/// site may hold.
const PART_OF_SITE: usize = 2;

const BUCKET_SECONDS: u32 = 3_600;

/// When many names in a short time are spraying, and what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SprayPolicy {
    /// More names than this within [`SPRAY_WINDOW`], from one network or of one contract, are told.
    pub told_after: NonZeroU32,
    /// More than this, and tighter limits hold there.
    pub tighter_after: NonZeroU32,
    /// Wrong entries that lock strangers there, where that is fewer than elsewhere.
    pub max_failures: NonZeroU32,
    /// Names that strangers may be trying at a time, over all networks.
    pub most_names: usize,
}

/// What was recognised just now, for the first time in a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spraying {
    /// Many names from one network.
    FromNetwork(Network),
    /// Many names of one contract, from wherever.
    InContract(ContractNumber),
    /// A sender holds as many names as it may.
    OutOfNames(Network),
}

/// The answer to who wants to try a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// Whether the name may be tried at all.
    pub admitted: bool,
    /// Whether the name was new for this sender: to be released where nothing was answered.
    pub is_new: bool,
    /// Whether tighter limits hold.
    pub sprayed: bool,
    /// What is to be told.
    pub recognised: Vec<Spraying>,
}

/// Whole seconds since the epoch.
type Seconds = u32;
/// A keyed digest of a name, whose key no client knows.
type Name = u64;

/// How many names there were lately.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    began: Seconds,
    names: u32,
    out_of_names: bool,
}

impl Window {
    fn pass(&mut self, now: Seconds) {
        if now.saturating_sub(self.began) >= seconds(SPRAY_WINDOW) {
            *self = Self {
                began: now,
                ..Self::default()
            };
        }
    }

    /// Counts a name whose last entry, if any, was then. Tells whether it is the one too many.
    fn count(&mut self, last: Option<Seconds>, most: NonZeroU32) -> bool {
        if last.is_some_and(|last| last >= self.began) {
            return false;
        }
        self.names = self.names.saturating_add(1);
        self.names == most.get().saturating_add(1)
    }

    fn release(&mut self, last: Seconds) {
        if last >= self.began {
            self.names = self.names.saturating_sub(1);
        }
    }
}

#[derive(Debug, Default)]
struct Sender {
    /// The names it is trying, with their last entry.
    names: HashMap<Name, Seconds>,
    window: Window,
}

/// The names that strangers are trying.
pub struct StrangerNames {
    key: [u8; 32],
    policy: SprayPolicy,
    senders: HashMap<Network, Sender>,
    sites: HashMap<Site, usize>,
    contracts: HashMap<u64, Window>,
    /// All names with their last entry, from wherever.
    names: HashMap<Name, Seconds>,
    /// What is to be looked at in an hour, to be forgotten.
    due: BTreeMap<u32, Vec<(Network, Name)>>,
    held: usize,
}

impl StrangerNames {
    /// None yet.
    pub fn new(policy: SprayPolicy, randomness: &dyn Randomness) -> Self {
        let mut key = [0; 32];
        randomness.fill(&mut key);
        Self {
            key,
            policy,
            senders: HashMap::new(),
            sites: HashMap::new(),
            contracts: HashMap::new(),
            names: HashMap::new(),
            due: BTreeMap::new(),
            held: 0,
        }
    }

    /// Asks whether a stranger may try a name, and counts it as being tried.
    pub fn admit(&mut self, network: Network, subject: &Subject, now: Timestamp) -> Admission {
        let (now, name) = (whole_seconds(now), self.name(subject));
        self.forget_until(now);
        let SprayPolicy {
            told_after,
            tighter_after,
            ..
        } = self.policy;
        let site = network.site();
        let free = self.policy.most_names.saturating_sub(self.held);
        let (of_site, of_network) = allowances(network, free);
        let held_by_site = self.sites.get(&site).copied().unwrap_or_default();
        let sender = self.senders.entry(network).or_default();
        sender.window.pass(now);
        let mut recognised = Vec::new();
        let last = sender.names.get(&name).copied();
        let is_new = last.is_none();
        if is_new && (held_by_site >= of_site || sender.names.len() >= of_network) {
            if !std::mem::replace(&mut sender.window.out_of_names, true) {
                recognised.push(Spraying::OutOfNames(network));
            }
            return Admission {
                admitted: false,
                is_new: false,
                sprayed: true,
                recognised,
            };
        }
        if sender.window.count(last, told_after) {
            recognised.push(Spraying::FromNetwork(network));
        }
        let mut sprayed = sender.window.names > tighter_after.get();
        sender.names.insert(name, now);
        if is_new {
            self.held += 1;
            *self.sites.entry(site).or_default() += 1;
            self.due
                .entry(due_at(now))
                .or_default()
                .push((network, name));
        }
        let last = self.names.insert(name, now);
        if !subject.is_staff() {
            let contract = self.contracts.entry(self.contract(subject)).or_default();
            contract.pass(now);
            if contract.count(last, told_after) {
                recognised.push(Spraying::InContract(subject.contract.clone()));
            }
            sprayed |= contract.names > tighter_after.get();
        }
        Admission {
            admitted: true,
            is_new,
            sprayed,
            recognised,
        }
    }

    /// Takes a name out again that a sender entered rightly, or was answered nothing about.
    pub fn release(&mut self, network: Network, subject: &Subject) {
        let name = self.name(subject);
        let Some(last) = self.remove(network, name) else {
            return;
        };
        if let Some(sender) = self.senders.get_mut(&network) {
            sender.window.release(last);
        }
        if let Some(last) = self.names.remove(&name) {
            let contract = self.contract(subject);
            if let Some(window) = self.contracts.get_mut(&contract) {
                window.release(last);
            }
        }
    }

    /// How many names are held, each as often as senders hold it.
    pub fn held(&self) -> usize {
        self.held
    }

    fn remove(&mut self, network: Network, name: Name) -> Option<Seconds> {
        let last = self.senders.get_mut(&network)?.names.remove(&name)?;
        self.held = self.held.saturating_sub(1);
        let site = network.site();
        if let Some(held) = self.sites.get_mut(&site) {
            *held = held.saturating_sub(1);
            if *held == 0 {
                self.sites.remove(&site);
            }
        }
        Some(last)
    }

    /// Forgets what is too long ago.
    fn forget_until(&mut self, now: Seconds) {
        while let Some(due) = self.due.first_entry() {
            if *due.key() > now / BUCKET_SECONDS {
                return;
            }
            for (network, name) in due.remove() {
                let sender = self.senders.get(&network);
                let Some(last) = sender.and_then(|sender| sender.names.get(&name)) else {
                    continue;
                };
                if due_at(*last) > now / BUCKET_SECONDS {
                    let later = self.due.entry(due_at(*last)).or_default();
                    later.push((network, name));
                    continue;
                }
                self.remove(network, name);
                if self
                    .names
                    .get(&name)
                    .is_some_and(|last| due_at(*last) <= now / BUCKET_SECONDS)
                {
                    self.names.remove(&name);
                }
            }
            let over = |window: &Window| now.saturating_sub(window.began) >= seconds(SPRAY_WINDOW);
            self.senders
                .retain(|_, sender| !sender.names.is_empty() || !over(&sender.window));
            self.contracts.retain(|_, window| !over(window));
        }
    }

    fn name(&self, subject: &Subject) -> Name {
        self.digest(b"name", &subject.to_key_bytes())
    }

    fn contract(&self, subject: &Subject) -> u64 {
        self.digest(b"contract", subject.contract.as_str().as_bytes())
    }

    fn digest(&self, kind: &[u8], bytes: &[u8]) -> u64 {
        let mut hash = Sha256::new();
        hash.update(self.key);
        hash.update(kind);
        hash.update([0]);
        hash.update(bytes);
        let digest: [u8; 32] = hash.finalize().into();
        u64::from_be_bytes(digest.first_chunk().copied().unwrap_or_default())
    }
}

/// How many names a site and a network of it may hold.
fn allowances(network: Network, free: usize) -> (usize, usize) {
    let of_site = free / PART_OF_FREE;
    if network.site().is_wide() {
        (of_site, of_site / PART_OF_SITE)
    } else {
        (of_site, of_site)
    }
}

/// In which hour an entry of then is to be forgotten.
fn due_at(last: Seconds) -> u32 {
    (last.saturating_add(seconds(NAME_REMEMBERED_FOR))) / BUCKET_SECONDS + 1
}

fn seconds(duration: Duration) -> Seconds {
    Seconds::try_from(duration.as_secs()).unwrap_or(Seconds::MAX)
}

fn whole_seconds(at: Timestamp) -> Seconds {
    Seconds::try_from(at.as_unix_millis() / 1_000).unwrap_or_default()
}

#[cfg(test)]
mod tests;
