//! The places for connections: so many in all, and a share for each address. Who comes when their
//! share is taken gets the place of the idlest connection of that share; who comes when all places
//! are taken, one of whoever has most.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ipnet::IpNet;
use tokio::sync::Notify;
use warifu_core::domain::{Network, Site};

use super::activity::Activity;
use crate::networks::WIDE;

/// Places for connections. Cheap to clone.
#[derive(Clone)]
pub(super) struct Places(Arc<Inner>);

struct Inner {
    most: usize,
    share: usize,
    trusted: Arc<[IpNet]>,
    state: Mutex<State>,
    freed: Notify,
}

#[derive(Default)]
struct State {
    taken: usize,
    next: u64,
    /// By site; of proxies in front there is none.
    owners: HashMap<Site, BTreeMap<u64, Seat>>,
    /// The owners by how many places they have.
    heaviest: BTreeSet<(usize, Site)>,
}

struct Seat {
    network: Network,
    activity: Activity,
    leave: Arc<Notify>,
}

/// A place of one connection. Given back when dropped.
pub(super) struct Place {
    places: Places,
    owner: Option<Site>,
    number: u64,
    leave: Arc<Notify>,
}

impl Places {
    /// At most `most` connections, and of each address at most `share`; the proxies of `trusted`,
    /// which speak for everybody, have no share.
    pub(super) fn new(most: usize, share: usize, trusted: Arc<[IpNet]>) -> Self {
        Self(Arc::new(Inner {
            most: most.max(1),
            share: share.max(1),
            trusted,
            state: Mutex::default(),
            freed: Notify::new(),
        }))
    }

    /// Ready when the next connection can have a place, be it somebody else's.
    pub(super) async fn room(&self) {
        loop {
            let freed = self.0.freed.notified();
            let has_room = {
                let state = self.state();
                state.taken < self.0.most || !state.owners.is_empty()
            };
            if has_room {
                return;
            }
            freed.await;
        }
    }

    /// A place for a connection from `peer`, unless everybody who would have to give way is being
    /// served right now.
    pub(super) fn take(&self, peer: IpAddr, activity: &Activity) -> Option<Place> {
        let (network, site) = (Network::from(peer), Site::from(peer));
        let peer = peer.to_canonical();
        let is_trusted = self.0.trusted.iter().any(|network| network.contains(&peer));
        let mut state = self.state();
        let share = self.0.share;
        if !is_trusted {
            let of_network = |seat: &Seat| seat.network == network;
            if state.count(&site, of_network) >= share && !state.displace(&site, of_network) {
                return None;
            }
            let wide = share.saturating_mul(WIDE);
            if state.count(&site, |_| true) >= wide && !state.displace(&site, |_| true) {
                return None;
            }
        }
        if state.taken >= self.0.most {
            let heaviest = state.heaviest.last().map(|(_, owner)| *owner)?;
            if !state.displace(&heaviest, |_| true) {
                return None;
            }
        }
        let number = state.next;
        state.next += 1;
        state.taken += 1;
        let leave = Arc::new(Notify::new());
        let owner = (!is_trusted).then_some(site);
        if let Some(owner) = owner {
            let seat = Seat {
                network,
                activity: activity.clone(),
                leave: Arc::clone(&leave),
            };
            state.change(owner, |seats| drop(seats.insert(number, seat)));
        }
        Some(Place {
            places: self.clone(),
            owner,
            number,
            leave,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn count(&self, owner: &Site, of: impl Fn(&Seat) -> bool) -> usize {
        let seats = self.owners.get(owner);
        seats.map_or(0, |seats| seats.values().filter(|seat| of(seat)).count())
    }

    /// Makes the idlest of an owner's connections leave. Nobody is thrown out while a request is
    /// being carried out. Tells whether one left.
    fn displace(&mut self, owner: &Site, of: impl Fn(&Seat) -> bool) -> bool {
        let seats = self.owners.get(owner).into_iter().flatten();
        let idlest = seats
            .filter(|(_, seat)| of(seat))
            .filter_map(|(number, seat)| Some((seat.activity.idleness()?, *number)))
            .min();
        let Some((_, number)) = idlest else {
            return false;
        };
        let mut seat = None;
        self.change(*owner, |seats| seat = seats.remove(&number));
        if let Some(seat) = seat {
            seat.leave.notify_one();
            self.taken -= 1;
        }
        true
    }

    fn change(&mut self, owner: Site, change: impl FnOnce(&mut BTreeMap<u64, Seat>)) {
        let seats = self.owners.entry(owner).or_default();
        self.heaviest.remove(&(seats.len(), owner));
        change(seats);
        if seats.is_empty() {
            self.owners.remove(&owner);
            self.owners.shrink_to(self.owners.len().saturating_mul(2));
        } else {
            self.heaviest.insert((seats.len(), owner));
        }
    }
}

impl Place {
    /// Ready when somebody else has got this place: the connection is to be closed.
    pub(super) async fn taken_away(&self) {
        self.leave.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.places.state();
        match self.owner {
            None => state.taken -= 1,
            Some(owner) => {
                let mut seat = None;
                if state.owners.contains_key(&owner) {
                    state.change(owner, |seats| seat = seats.remove(&self.number));
                }
                // Otherwise somebody else has had it since.
                state.taken -= usize::from(seat.is_some());
            }
        }
        drop(state);
        self.places.0.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt;

    use super::*;
    use crate::server::activity::Limits;

    fn activity() -> Activity {
        Activity::new(Limits {
            header: Duration::from_secs(10),
            idle: Duration::from_secs(60),
            exchange: Duration::from_secs(75),
        })
    }

    fn places(most: usize, share: usize) -> Places {
        let trusted = ["198.51.100.0/24".parse().unwrap()];
        Places::new(most, share, Arc::from(trusted))
    }

    fn come(places: &Places, from: &str) -> Option<Place> {
        places.take(from.parse().unwrap(), &activity())
    }

    fn has_left(place: &Place) -> bool {
        place.taken_away().now_or_never().is_some()
    }

    #[tokio::test]
    async fn who_comes_beyond_the_share_of_an_address_gets_its_idlest_place() {
        let places = places(100, 2);
        let first = come(&places, "192.0.2.1").unwrap();
        let second = come(&places, "192.0.2.1").unwrap();
        let other = come(&places, "192.0.2.2").unwrap();
        let third = come(&places, "192.0.2.1").unwrap();
        assert!(has_left(&first));
        assert!(!has_left(&second) && !has_left(&other) && !has_left(&third));
        assert_eq!(places.state().taken, 3);
        drop((first, second, other, third));
        assert_eq!(places.state().taken, 0);
        assert!(places.state().owners.is_empty() && places.state().heaviest.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_had_an_answer_stays_before_one_that_never_asked() {
        let places = places(100, 2);
        let asked = activity();
        drop(asked.exchange(false).answered(true));
        let useful = places.take("192.0.2.1".parse().unwrap(), &asked).unwrap();
        let silent = come(&places, "192.0.2.1").unwrap();
        tokio::time::advance(Duration::from_secs(1)).await;
        let new = come(&places, "192.0.2.1").unwrap();
        assert!(has_left(&silent) && !has_left(&useful));
        // One that has just come may be about to ask.
        let newer = come(&places, "192.0.2.1").unwrap();
        assert!(has_left(&useful) && !has_left(&new) && !has_left(&newer));
    }

    #[tokio::test]
    async fn who_is_being_served_keeps_the_place() {
        let places = places(2, 1);
        let busy = activity();
        let exchange = busy.exchange(false);
        let served = places.take("192.0.2.1".parse().unwrap(), &busy).unwrap();
        assert!(come(&places, "192.0.2.1").is_none());
        drop(exchange);
        assert!(come(&places, "192.0.2.1").is_some());
        assert!(has_left(&served));
    }

    #[tokio::test]
    async fn when_all_places_are_taken_who_has_most_gives_one() {
        let places = places(4, 3);
        let many: Vec<Place> = (0..3)
            .map(|_| come(&places, "192.0.2.1").unwrap())
            .collect();
        let other = come(&places, "192.0.2.2").unwrap();
        let _new = come(&places, "192.0.2.3").unwrap();
        assert!(has_left(&many[0]) && !has_left(&other));
        assert_eq!(places.state().taken, 4);
    }

    #[tokio::test]
    async fn a_network_of_ipv6_has_a_share_and_the_one_around_it_four() {
        let places = places(100, 1);
        let here = come(&places, "2001:db8:1:0::1").unwrap();
        let _same = come(&places, "2001:db8:1:0::2").unwrap();
        assert!(has_left(&here));
        let around: Vec<Place> = (1..=WIDE)
            .map(|network| come(&places, &format!("2001:db8:1:{network}::1")).unwrap())
            .collect();
        assert_eq!(places.state().taken, WIDE);
        assert!(!has_left(&around[WIDE - 1]));
    }

    #[tokio::test]
    async fn a_proxy_in_front_has_no_share_and_gives_nothing_up() {
        let places = places(3, 1);
        let proxy: Vec<Place> = (0..3)
            .map(|_| come(&places, "198.51.100.7").unwrap())
            .collect();
        assert!(come(&places, "192.0.2.1").is_none());
        assert!(places.room().now_or_never().is_none());
        assert!(proxy.iter().all(|place| !has_left(place)));
        drop(proxy);
        assert!(places.room().now_or_never().is_some());
    }
}
