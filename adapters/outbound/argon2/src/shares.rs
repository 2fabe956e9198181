//! Who has a place in the queue, and whose turn it is: by shares, so that whoever asks most waits
//! longest and is refused first.
//!
//! Two lanes take turns about: strangers, and those who are known. Within a lane, claimants take
//! turns about. Strangers may hold three quarters of the places; where no place is free, the newest
//! is taken from the claimant that holds the most, unless it is being served. So a flood from forty
//! addresses costs somebody at a forty-first the wait for forty hashes, and never the place.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::oneshot;
use warifu_core::ports::{HashClaimant, Overloaded};

/// Of four places, strangers hold so many at most.
const OF_FOUR_PLACES: usize = 3;

/// Places and turns.
pub(crate) struct Shares {
    state: Mutex<State>,
    capacity: usize,
}

/// A place in the queue; given back when dropped.
pub(crate) struct Place {
    shares: Arc<Shares>,
    claimant: HashClaimant,
    number: u64,
}

/// The right to have something hashed now; given on when dropped.
pub(crate) struct Turn(Option<Arc<Shares>>);

#[derive(Default)]
struct State {
    lanes: [Lane; 2],
    /// Which lane is asked first for whoever has the next turn.
    next: usize,
    free_turns: usize,
    numbers: u64,
}

#[derive(Default)]
struct Lane {
    places: usize,
    claims: HashMap<HashClaimant, Claim>,
    /// Of whom somebody may be waiting, in the order of their turns.
    order: VecDeque<HashClaimant>,
}

/// The places of one claimant, oldest first.
type Claim = BTreeMap<u64, Standing>;

/// How far a place has come.
enum Standing {
    /// Nothing was asked for with it yet.
    Taken,
    /// It waits for a turn. It keeps its place where it had a turn before.
    Waiting {
        tell: oneshot::Sender<Turn>,
        keeps_place: bool,
    },
    /// It has, or had, a turn.
    Served,
}

impl Standing {
    const fn can_be_taken(&self) -> bool {
        matches!(
            self,
            Self::Taken
                | Self::Waiting {
                    keeps_place: false,
                    ..
                }
        )
    }
}

impl Lane {
    fn held_by(&self, claimant: &HashClaimant) -> usize {
        self.claims.get(claimant).map_or(0, BTreeMap::len)
    }

    fn insert(&mut self, claimant: &HashClaimant, number: u64, standing: Standing) {
        let claim = self.claims.entry(claimant.clone()).or_default();
        if claim.insert(number, standing).is_none() {
            self.places += 1;
        }
    }

    fn remove(&mut self, claimant: &HashClaimant, number: u64) {
        let Some(claim) = self.claims.get_mut(claimant) else {
            return;
        };
        if claim.remove(&number).is_some() {
            self.places -= 1;
        }
        if claim.is_empty() {
            self.claims.remove(claimant);
        }
    }

    /// Takes a place from whoever holds the most, and more than `fewest`. Tells whether there was one.
    fn take_from_heaviest(&mut self, fewest: usize) -> bool {
        let heavier = self.claims.iter().filter(|(_, claim)| claim.len() > fewest);
        let newest = |claim: &Claim| {
            let can_be_taken = |place: &(&u64, &Standing)| place.1.can_be_taken();
            let newest = claim.iter().rev().find(can_be_taken);
            newest.map(|(number, _)| *number)
        };
        let found = heavier
            .filter_map(|(claimant, claim)| Some((claim.len(), claimant.clone(), newest(claim)?)))
            .max_by_key(|(held, ..)| *held);
        let Some((_, claimant, number)) = found else {
            return false;
        };
        // Whoever waits with it hears of it by this.
        self.remove(&claimant, number);
        true
    }

    /// Whom to tell that it has a turn.
    fn next_waiting(&mut self) -> Option<oneshot::Sender<Turn>> {
        while let Some(claimant) = self.order.pop_front() {
            let Some(claim) = self.claims.get_mut(&claimant) else {
                continue;
            };
            let is_waiting =
                |standing: &&mut Standing| matches!(standing, Standing::Waiting { .. });
            let mut waiting = claim.values_mut().filter(is_waiting);
            let Some(first) = waiting.next() else {
                continue;
            };
            if waiting.next().is_some() {
                self.order.push_back(claimant);
            }
            if let Standing::Waiting { tell, .. } = std::mem::replace(first, Standing::Served) {
                return Some(tell);
            }
        }
        None
    }
}

impl State {
    fn places(&self) -> usize {
        self.lanes.iter().map(|lane| lane.places).sum()
    }

    fn next_waiting(&mut self) -> Option<oneshot::Sender<Turn>> {
        for _ in 0..self.lanes.len() {
            let lane = self.next;
            self.next = (self.next + 1) % self.lanes.len();
            if let Some(tell) = self.lanes[lane].next_waiting() {
                return Some(tell);
            }
        }
        None
    }
}

const STRANGERS: usize = 0;
const KNOWN: usize = 1;

const fn lane_of(claimant: &HashClaimant) -> usize {
    match claimant {
        HashClaimant::Stranger(_) => STRANGERS,
        HashClaimant::Contract(_) | HashClaimant::Bank => KNOWN,
    }
}

impl Shares {
    /// With `capacity` places, of which `turns` are served at a time.
    pub(crate) fn new(capacity: usize, turns: usize) -> Arc<Self> {
        let state = State {
            free_turns: turns,
            ..State::default()
        };
        Arc::new(Self {
            state: Mutex::new(state),
            capacity,
        })
    }

    /// A place for `claimant`, or none where all who hold one hold no more.
    pub(crate) fn place(self: &Arc<Self>, claimant: HashClaimant) -> Result<Place, Overloaded> {
        let mut state = self.state.lock();
        let lane = lane_of(&claimant);
        let held = state.lanes[lane].held_by(&claimant);
        let for_strangers = (self.capacity * OF_FOUR_PLACES).div_ceil(4);
        let is_full = state.places() >= self.capacity;
        if lane == STRANGERS && (is_full || state.lanes[STRANGERS].places >= for_strangers) {
            // Strangers make room for one another alone.
            if !state.lanes[STRANGERS].take_from_heaviest(held + 1) {
                return Err(Overloaded);
            }
        } else if is_full
            && !state.lanes[STRANGERS].take_from_heaviest(0)
            && !state.lanes[KNOWN].take_from_heaviest(held + 1)
        {
            return Err(Overloaded);
        }
        let number = state.numbers;
        state.numbers += 1;
        state.lanes[lane].insert(&claimant, number, Standing::Taken);
        Ok(Place {
            shares: Arc::clone(self),
            claimant,
            number,
        })
    }

    /// Gives turns to those who wait, as far as there are any.
    fn give_turns(self: &Arc<Self>, state: &mut State) {
        while state.free_turns > 0 {
            let Some(tell) = state.next_waiting() else {
                return;
            };
            state.free_turns -= 1;
            if let Err(mut unused) = tell.send(Turn(Some(Arc::clone(self)))) {
                // Whoever waited has gone; dropping it would give it on from in here.
                unused.0 = None;
                state.free_turns += 1;
            }
        }
    }
}

impl Place {
    /// Waits for a turn. Fails where the place was taken for somebody who holds fewer.
    pub(crate) async fn turn(&self) -> Result<Turn, Overloaded> {
        self.wait(false).await
    }

    /// Waits for a turn that is given in any case: what was begun is finished.
    pub(crate) async fn turn_in_any_case(&self) -> Option<Turn> {
        self.wait(true).await.ok()
    }

    async fn wait(&self, in_any_case: bool) -> Result<Turn, Overloaded> {
        let told = {
            let mut state = self.shares.state.lock();
            let lane = &mut state.lanes[lane_of(&self.claimant)];
            let claim = lane.claims.get(&self.claimant);
            let standing = claim.and_then(|claim| claim.get(&self.number));
            let was_served = matches!(standing, Some(Standing::Served));
            if standing.is_none() && !in_any_case {
                return Err(Overloaded);
            }
            let (tell, told) = oneshot::channel();
            let waiting = Standing::Waiting {
                tell,
                keeps_place: in_any_case || was_served,
            };
            lane.insert(&self.claimant, self.number, waiting);
            if !lane.order.contains(&self.claimant) {
                lane.order.push_back(self.claimant.clone());
            }
            self.shares.give_turns(&mut state);
            told
        };
        told.await.map_err(|_| Overloaded)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.shares.state.lock();
        state.lanes[lane_of(&self.claimant)].remove(&self.claimant, self.number);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(shares) = self.0.take() {
            let mut state = shares.state.lock();
            state.free_turns += 1;
            shares.give_turns(&mut state);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use futures_util::FutureExt as _;

    use super::*;

    fn stranger(number: u32) -> HashClaimant {
        HashClaimant::at(Some(IpAddr::from(number.to_be_bytes())))
    }

    fn contract(number: u32) -> HashClaimant {
        HashClaimant::Contract(format!("{number:010}").parse().unwrap())
    }

    fn turn_now(place: &Place) -> Option<Turn> {
        place.turn().now_or_never().and_then(Result::ok)
    }

    /// Who is served next, with `turns` in hand that are given back one after the other.
    fn order_of(waiting: Vec<(&'static str, Place)>, turn: Turn) -> Vec<&'static str> {
        let mut waiting: Vec<_> = waiting
            .into_iter()
            .map(|(name, place)| {
                let place = Arc::new(place);
                let own = Arc::clone(&place);
                let mut turn = Box::pin(async move { own.turn().await });
                assert!(turn.as_mut().now_or_never().is_none(), "{name} waits");
                (name, place, turn)
            })
            .collect();
        let mut order = Vec::new();
        let mut current = Some(turn);
        while !waiting.is_empty() {
            drop(current.take());
            let served = waiting
                .iter_mut()
                .enumerate()
                .find_map(|(index, (.., turn))| {
                    let turn = turn.as_mut().now_or_never()?;
                    Some((index, turn.expect("nobody loses a place")))
                });
            let (index, turn) = served.expect("somebody has the turn");
            order.push(waiting.remove(index).0);
            current = Some(turn);
        }
        order
    }

    #[test]
    fn claimants_and_lanes_take_turns_about() {
        let shares = Shares::new(100, 1);
        let first = shares.place(stranger(0)).unwrap();
        let turn = turn_now(&first).unwrap();
        let place = |claimant: &HashClaimant| shares.place(claimant.clone()).unwrap();
        let (flood, real, customer) = (stranger(1), stranger(2), contract(1));
        let waiting = vec![
            ("flood 1", place(&flood)),
            ("flood 2", place(&flood)),
            ("flood 3", place(&flood)),
            ("real", place(&real)),
            ("customer", place(&customer)),
        ];
        let order = order_of(waiting, turn);
        let expected = ["customer", "flood 1", "real", "flood 2", "flood 3"];
        assert_eq!(order, expected);
    }

    #[test]
    fn where_no_place_is_free_whoever_holds_the_most_gives_one() {
        let shares = Shares::new(40, 1);
        let mut flood = Vec::new();
        // Ten addresses that want as many places as they can have.
        for number in 0..200 {
            flood.extend(shares.place(stranger(number % 10)));
        }
        assert_eq!(shares.state.lock().places(), 30, "three quarters");
        for number in 100..110 {
            let real = shares.place(stranger(number)).unwrap();
            assert!(turn_now(&real).is_some(), "and is served");
        }
        let known: Vec<_> = (0..40)
            .map(|number| shares.place(contract(number)))
            .collect();
        assert!(known.iter().all(Result::is_ok), "strangers make room");
        assert_eq!(shares.state.lock().places(), 40);
        assert!(shares.place(contract(41)).is_err(), "each holds one");
        assert!(shares.place(stranger(200)).is_err());
        drop((flood, known));
        assert_eq!(shares.state.lock().places(), 0);
        assert!(shares.state.lock().lanes[STRANGERS].claims.is_empty());
    }

    #[test]
    fn whose_place_was_taken_is_told_and_what_is_served_is_kept() {
        let shares = Shares::new(4, 1);
        let places: Vec<_> = (0..3).map(|_| shares.place(stranger(1)).unwrap()).collect();
        let turn = turn_now(&places[0]).unwrap();
        let waiting = places[2].turn();
        futures_util::pin_mut!(waiting);
        assert!(waiting.as_mut().now_or_never().is_none());
        let other = shares.place(stranger(2)).unwrap();
        let told = waiting.now_or_never().expect("the newest is told at once");
        assert!(told.is_err());
        let another = shares.place(stranger(3));
        assert!(another.is_ok(), "the second newest was not asked for yet");
        assert!(turn_now(&places[1]).is_none());
        drop(turn);
        assert!(places[1].turn().now_or_never().expect("at once").is_err());
        // What was begun is finished, whoever comes.
        let again = places[0].turn_in_any_case().now_or_never().flatten();
        assert!(again.is_some());
        drop((other, another));
    }

    #[test]
    fn a_turn_that_nobody_waits_for_any_more_goes_on() {
        let shares = Shares::new(8, 1);
        let places: Vec<_> = (0..3).map(|n| shares.place(stranger(n)).unwrap()).collect();
        let turn = turn_now(&places[0]).unwrap();
        {
            let given_up = places[1].turn();
            futures_util::pin_mut!(given_up);
            assert!(given_up.now_or_never().is_none());
        }
        let waiting = places[2].turn();
        futures_util::pin_mut!(waiting);
        assert!(waiting.as_mut().now_or_never().is_none());
        drop(turn);
        assert!(waiting.now_or_never().expect("at once").is_ok());
    }
}
