//! Bounds of what all requests may take together, and one neighbourhood of them: memory for
//! bodies, and for answers that nobody has taken yet.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use warifu_core::domain::{Network, Site};

use crate::networks::WIDE;

/// One neighbourhood may take this part of everything while half of it is free.
const PARTS: usize = 16;

/// It may take so much less while a quarter is free, and so much less again while less is: however
/// many take all they can, there is something left for who comes.
const LESS: usize = 4;

/// So many bytes, and who has taken them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Budget(Arc<Inner>);

struct Inner {
    all: usize,
    share: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    by: HashMap<Sender, usize>,
}

impl Budget {
    /// `all` bytes, at least 16 times `least`, which is what a neighbourhood may take while nobody
    /// else does.
    pub(crate) fn new(all: usize, least: usize) -> Self {
        let all = all.max(least.saturating_mul(PARTS));
        Self(Arc::new(Inner {
            all,
            share: all / PARTS,
            taken: Mutex::default(),
        }))
    }

    /// Nothing yet, for a request from `source`; one without counts with all others without.
    pub(crate) fn room(&self, source: Option<IpAddr>) -> Room {
        Room {
            budget: self.clone(),
            who: source.map(Network::from),
            bytes: 0,
        }
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        let taken = &self.0.taken;
        taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one request has taken. Given back when dropped.
pub(crate) struct Room {
    budget: Budget,
    who: Option<Network>,
    bytes: usize,
}

impl Room {
    /// Takes `more` bytes, unless they are not there.
    #[must_use]
    pub(crate) fn take(&mut self, more: usize) -> bool {
        let Inner { all, share, .. } = &*self.budget.0;
        let mut taken = self.budget.taken();
        let share = match taken.all.saturating_mul(4) / all.max(&1) {
            0 | 1 => *share,
            2 => share / LESS,
            _ => share / LESS / LESS,
        };
        let fits_share = senders(self.who).all(|sender| {
            let most = match sender {
                Sender::Network(_) => share,
                Sender::Site(_) => share.saturating_mul(WIDE),
            };
            let has = taken.by.get(&sender).copied().unwrap_or_default();
            has.saturating_add(more) <= most
        });
        if !fits_share || taken.all.saturating_add(more) > *all {
            return false;
        }
        taken.add(self.who, more);
        self.bytes = self.bytes.saturating_add(more);
        true
    }

    /// Has `bytes` from now on, whether or not they are there: what is done is not undone.
    pub(crate) fn settle(&mut self, bytes: usize) {
        let mut taken = self.budget.taken();
        if bytes >= self.bytes {
            taken.add(self.who, bytes - self.bytes);
        } else {
            taken.subtract(self.who, self.bytes - bytes);
        }
        self.bytes = bytes;
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.settle(0);
    }
}

impl Taken {
    fn add(&mut self, who: Option<Network>, bytes: usize) {
        self.all = self.all.saturating_add(bytes);
        for sender in senders(who).filter(|_| bytes > 0) {
            let has = self.by.entry(sender).or_default();
            *has = has.saturating_add(bytes);
        }
    }

    fn subtract(&mut self, who: Option<Network>, bytes: usize) {
        self.all = self.all.saturating_sub(bytes);
        for sender in senders(who) {
            let left = self.by.get(&sender).copied().unwrap_or_default();
            match left.saturating_sub(bytes) {
                0 => drop(self.by.remove(&sender)),
                left => drop(self.by.insert(sender, left)),
            }
        }
        if self.by.is_empty() {
            self.by.shrink_to_fit();
        }
    }
}

/// Who has a share.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Sender {
    /// Of one.
    Network(Network),
    /// Of [`WIDE`].
    Site(Site),
}

/// All whose shares a request of `who` comes out of.
fn senders(who: Option<Network>) -> impl Iterator<Item = Sender> {
    let site = who.map(Network::site).filter(|site| site.is_wide());
    let network = who.map(Sender::Network);
    network.into_iter().chain(site.map(Sender::Site))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARE: usize = 160;

    fn budget() -> Budget {
        Budget::new(0, SHARE)
    }

    fn room(budget: &Budget, source: &str) -> Room {
        budget.room(Some(source.parse().unwrap()))
    }

    #[test]
    fn an_address_has_its_share_and_no_more_until_it_gives_back() {
        let budget = budget();
        let mut first = room(&budget, "192.0.2.1");
        assert!(first.take(SHARE));
        let mut second = room(&budget, "192.0.2.1");
        assert!(!second.take(1));
        assert!(room(&budget, "192.0.2.2").take(SHARE));
        first.settle(SHARE - 1);
        assert!(second.take(1));
        drop((first, second));
        assert!(budget.taken().by.is_empty());
        assert_eq!(budget.taken().all, 0);
    }

    #[test]
    fn forty_addresses_that_take_all_they_can_leave_something_for_another() {
        let budget = budget();
        let mut rooms = Vec::new();
        for _ in 0..SHARE {
            for last in 1..=40 {
                let mut room = room(&budget, &format!("192.0.2.{last}"));
                if room.take(1) {
                    rooms.push(room);
                }
            }
        }
        assert!(room(&budget, "198.51.100.1").take(SHARE / LESS / LESS));
        assert!(budget.taken().all >= SHARE * PARTS / 2);
    }

    #[test]
    fn a_network_of_ipv6_has_a_share_and_the_one_around_it_four() {
        let budget = budget();
        let mut rooms = Vec::new();
        for network in 0..WIDE {
            let mut here = room(&budget, &format!("2001:db8:1:{network}::1"));
            assert!(here.take(SHARE));
            assert!(!room(&budget, &format!("2001:db8:1:{network}::2")).take(1));
            rooms.push(here);
        }
        assert!(!room(&budget, "2001:db8:1:ff::1").take(1));
        assert!(room(&budget, "2001:db8:2::1").take(SHARE));
    }

    #[test]
    fn what_is_done_counts_though_it_is_more_than_there_is() {
        let budget = budget();
        let mut first = room(&budget, "192.0.2.1");
        first.settle(SHARE * 2);
        assert!(!room(&budget, "192.0.2.1").take(1));
        drop(first);
        assert!(room(&budget, "192.0.2.1").take(1));
    }
}
