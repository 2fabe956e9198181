//! Every schedule of a small scope: a few entries at one retrieval password, each reserved, checked
//! and settled, while processes die, answers get lost, reservations lapse, people try again and the
//! store fails over to a replica that lags behind. Explored to the end, on the state machine itself.
//!
//! What random histories find by luck is found here for certain, as far as the scope reaches.

use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hasher as _};
use std::io::{self, Write as _};

use warifu_contracts::samples::{
    LEASE, START, certificate, client_key, lease, new_password, policy_of, reissue_id, user_id,
};
use warifu_core::domain::Timestamp;
use warifu_core::domain::attempts::{AttemptPolicy, LockDuration};
use warifu_core::domain::retrieval_record::{
    RedeemingKey, RetrievalReservation, RetrievalSettlement, RetrievalState, RetrievalVerdict,
    StoredCertificate,
};

use crate::rounds;

/// Wrong entries that lock.
const LIMIT: u32 = 2;
/// How much may happen.
#[derive(Clone, Copy, Debug)]
struct Scope {
    /// How often each entry may be tried.
    tries: usize,
    /// How often all reservations may lapse.
    lapses: u32,
    /// How often the store may fail over.
    failovers: u32,
}

/// What somebody enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    Wrong,
    /// The right password, for this key.
    Right(usize),
}

/// How far an entry has come.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    Idle,
    /// The store reserved; its answer is on the way.
    Reserved(RetrievalReservation),
    /// Checked; the settlement goes out next.
    Checked,
    /// The store settled; its answer is on the way.
    Settled(RetrievalSettlement),
    /// Won: the certificate is made.
    Issuing,
    /// The store keeps the certificate; its answer is on the way.
    Stored(bool),
    /// Answered "try again later", with this still to be settled in the background.
    Owing(RetrievalVerdict),
    /// Answered, or dead.
    Over,
}

/// One person with one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Person {
    entry: Entry,
    stage: Stage,
    tries: usize,
}

/// Everything there is, and what was answered.
#[derive(Clone, Debug)]
struct World {
    scope: Scope,
    primary: RetrievalState,
    replica: RetrievalState,
    now: Timestamp,
    lapses: u32,
    failovers: u32,
    people: Vec<Person>,
    /// The keys that got a certificate.
    delivered: BTreeSet<usize>,
    /// How often the store gave a key the certificate: charged like a wrong entry.
    won: u32,
    /// Wrong entries that were answered so.
    answered_wrong: u32,
    /// Entries whose process died with the answer in its hands: nobody can say what was told.
    died_answering: u32,
    /// Right entries that came too late and were answered like wrong ones.
    answered_late: u32,
}

/// Hashes what is written.
struct Words(DefaultHasher, DefaultHasher);

impl io::Write for Words {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes);
        self.1.write(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn policy() -> AttemptPolicy {
    policy_of(LIMIT, LockDuration::UntilUnlocked)
}

fn key(number: usize) -> RedeemingKey {
    client_key(number)
}

impl World {
    fn new(scope: Scope, entries: &[Entry]) -> Self {
        let mut primary = RetrievalState::default();
        primary.reissue(&user_id(1), new_password(1), &policy(), START);
        let people = entries.iter().map(|entry| Person {
            entry: *entry,
            stage: Stage::Idle,
            tries: 0,
        });
        Self {
            scope,
            replica: primary.clone(),
            primary,
            now: START,
            lapses: 0,
            failovers: 0,
            people: people.collect(),
            delivered: BTreeSet::new(),
            won: 0,
            answered_wrong: 0,
            died_answering: 0,
            answered_late: 0,
        }
    }

    /// What tells this world from others: two hashes of 64 bits are not alike by chance.
    fn fingerprint(&self) -> [u64; 2] {
        let mut words = Words(DefaultHasher::new(), DefaultHasher::new());
        words.1.write_u8(1);
        for state in [&self.primary, &self.replica] {
            serde_json::to_writer(&mut words, state).expect("a state can be written");
        }
        write!(
            words,
            "{:?}{}{}{:?}{:?}{}{}{}{}",
            self.now,
            self.lapses,
            self.failovers,
            self.people,
            self.delivered,
            self.won,
            self.answered_wrong,
            self.died_answering,
            self.answered_late,
        )
        .expect("words can be hashed");
        [words.0.finish(), words.1.finish()]
    }

    /// Every world that may come next.
    fn next(&self) -> Vec<Self> {
        let mut next = Vec::new();
        if self.lapses < self.scope.lapses {
            next.push(self.with(|world| {
                world.lapses += 1;
                world.now = world.now.plus(LEASE);
            }));
        }
        if self.failovers < self.scope.failovers && self.primary != self.replica {
            next.push(self.with(|world| {
                world.failovers += 1;
                world.primary = world.replica.clone();
            }));
        }
        for number in 0..self.people.len() {
            self.steps_of(number, &mut next);
        }
        next
    }

    fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut world = self.clone();
        change(&mut world);
        world
    }

    fn to(&self, number: usize, stage: Stage) -> Self {
        self.with(|world| world.people[number].stage = stage)
    }

    /// A token for each try of each person.
    fn token(&self, number: usize) -> warifu_core::domain::LeaseToken {
        lease(100 * number + self.people[number].tries)
    }

    fn steps_of(&self, number: usize, next: &mut Vec<Self>) {
        let person = &self.people[number];
        match &person.stage {
            Stage::Idle => {
                let mut world = self.clone();
                world.people[number].tries += 1;
                let token = world.token(number);
                let answer = world.primary.reserve(&policy(), world.now, token);
                next.push(world.to(number, Stage::Reserved(answer)));
            }
            Stage::Reserved(answer) => {
                next.push(self.to(number, Stage::Over));
                next.push(self.to(number, Stage::Owing(RetrievalVerdict::NotAsked)));
                next.push(match answer {
                    RetrievalReservation::Granted(_) => self.to(number, Stage::Checked),
                    _ => self.again(number),
                });
            }
            Stage::Checked => {
                next.push(self.to(number, Stage::Over));
                next.push(self.to(number, Stage::Owing(RetrievalVerdict::Withdrawn)));
                let verdict = match person.entry {
                    Entry::Wrong => RetrievalVerdict::Wrong,
                    Entry::Right(own) => RetrievalVerdict::Right {
                        record: reissue_id(1),
                        key: key(own),
                    },
                };
                let mut world = self.clone();
                let token = world.token(number);
                let answer = world.primary.settle(&policy(), world.now, token, verdict);
                world.won += u32::from(answer == (RetrievalSettlement::Won { abandoned: None }));
                next.push(world.to(number, Stage::Settled(answer)));
            }
            Stage::Settled(answer) => self.settled(number, answer, next),
            Stage::Issuing => {
                next.push(self.to(number, Stage::Over));
                let Entry::Right(own) = person.entry else {
                    unreachable!("only what is right wins");
                };
                let mut world = self.clone();
                let given = certificate(own, START.plus(LEASE * 1_000));
                let answer = world
                    .primary
                    .store_certificate(reissue_id(1), key(own), given);
                let is_own = matches!(answer, StoredCertificate::Deliver(_));
                next.push(world.to(number, Stage::Stored(is_own)));
            }
            Stage::Stored(is_own) => {
                next.push(self.again(number));
                let (is_own, entry) = (*is_own, person.entry);
                let mut world = self.acknowledged().to(number, Stage::Over);
                if let (true, Entry::Right(own)) = (is_own, entry) {
                    world.delivered.insert(own);
                }
                next.push(world);
            }
            Stage::Owing(verdict) => {
                next.push(self.to(number, Stage::Over));
                let mut world = self.clone();
                let token = world.token(number);
                world.primary.settle(&policy(), world.now, token, *verdict);
                // Done with only when a failover cannot bring it back.
                next.push(world.acknowledged().again(number));
                next.push(world);
            }
            Stage::Over => {}
        }
    }

    fn settled(&self, number: usize, answer: &RetrievalSettlement, next: &mut Vec<Self>) {
        let entry = self.people[number].entry;
        // The process dies: whether with the answer or before it, nobody can say.
        let mut died = self.to(number, Stage::Over);
        died.died_answering += 1;
        next.push(died);
        // The answer never comes, or no replica acknowledges it in time.
        next.push(self.to(number, Stage::Owing(RetrievalVerdict::Withdrawn)));
        match answer {
            RetrievalSettlement::Won { .. }
            | RetrievalSettlement::SameKey { certificate: None } => {
                next.push(self.acknowledged().to(number, Stage::Issuing));
            }
            RetrievalSettlement::SameKey {
                certificate: Some(_),
            } => {
                let mut world = self.acknowledged().to(number, Stage::Over);
                if let Entry::Right(own) = entry {
                    world.delivered.insert(own);
                }
                next.push(world);
            }
            RetrievalSettlement::Lost | RetrievalSettlement::Released => {
                next.push(self.again(number));
            }
            _ => {
                let mut world = self.acknowledged().to(number, Stage::Over);
                match entry {
                    Entry::Wrong => world.answered_wrong += 1,
                    Entry::Right(_) => world.answered_late += 1,
                }
                next.push(world);
            }
        }
    }

    /// The replica has everything that the primary has.
    fn acknowledged(&self) -> Self {
        self.with(|world| world.replica = world.primary.clone())
    }

    /// Refused for a technical reason: the person may try once more.
    fn again(&self, number: usize) -> Self {
        let stage = if self.people[number].tries < self.scope.tries {
            Stage::Idle
        } else {
            Stage::Over
        };
        self.to(number, stage)
    }

    fn check(&self) {
        assert!(self.delivered.len() <= 1, "a second certificate: {self:#?}");
        assert!(
            self.answered_wrong <= LIMIT,
            "{} wrong entries were answered: {self:#?}",
            self.answered_wrong
        );
        // Nobody has anything in flight or to take back: what is locked now stays so.
        let is_over = |person: &Person| matches!(person.stage, Stage::Idle | Stage::Over);
        if self.people.iter().all(is_over) && self.primary.status(&policy(), self.now).locked {
            let told = self.answered_wrong + self.answered_late + self.died_answering + self.won;
            let owed = self.abandoned();
            assert!(told + owed >= LIMIT, "locked for nothing: {self:#?}");
        }
    }

    /// Whose processes died before they could take back what nobody was told: one each at most.
    fn abandoned(&self) -> u32 {
        let dead = |person: &&Person| person.tries > 0 && person.stage == Stage::Over;
        u32::try_from(self.people.iter().filter(dead).count())
            .expect("there are few")
            .saturating_sub(self.answered_wrong + self.answered_late)
    }
}

/// Explores everything that can become of `entries`. Tells how many worlds there are.
fn explore(scope: Scope, entries: &[Entry]) -> usize {
    let mut seen = HashSet::new();
    let mut open = vec![World::new(scope, entries)];
    seen.insert(open[0].fingerprint());
    while let Some(world) = open.pop() {
        world.check();
        for next in world.next() {
            if seen.insert(next.fingerprint()) {
                open.push(next);
            }
        }
    }
    seen.len()
}

/// All pairs of entries.
fn explore_pairs(scope: Scope) -> usize {
    let entries = [Entry::Wrong, Entry::Right(1), Entry::Right(2)];
    let pairs = entries.iter().enumerate().flat_map(|(number, first)| {
        let seconds = entries[number..].iter();
        seconds.map(move |second| [*first, *second])
    });
    // Two wrong ones, a wrong and a right one; with all rounds, every other pair, too.
    let some = pairs.take(rounds(2, usize::MAX));
    some.map(|pair| explore(scope, &pair)).sum()
}

#[test]
fn every_schedule_of_two_entries_that_are_tried_again_keeps_the_promises() {
    let scope = Scope {
        tries: 2,
        lapses: 0,
        failovers: 0,
    };
    let worlds = explore_pairs(scope);
    assert!(worlds > 5_000, "only {worlds} worlds");
}

#[test]
fn every_schedule_of_two_entries_over_a_failover_keeps_the_promises() {
    let scope = Scope {
        tries: 1,
        lapses: 1,
        failovers: 1,
    };
    let worlds = explore_pairs(scope);
    assert!(worlds > 5_000, "only {worlds} worlds");
}

#[test]
fn every_schedule_of_three_entries_keeps_the_promises() {
    let scope = Scope {
        tries: 1,
        lapses: 0,
        failovers: 0,
    };
    let worlds = [
        [Entry::Wrong, Entry::Wrong, Entry::Right(1)],
        [Entry::Wrong, Entry::Right(1), Entry::Right(2)],
    ]
    .map(|entries| explore(scope, &entries));
    assert!(
        worlds.iter().all(|worlds| *worlds > 5_000),
        "{worlds:?} worlds"
    );
}
