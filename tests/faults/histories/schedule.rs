//! Draws a schedule from a seed and plays it.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use warifu_contracts::samples::{LEASE, SeededRandomness, TestClock, VALID_FOR};
use warifu_core::Refusal;
use warifu_core::customers::KeyChoice;
use warifu_core::domain::attempts::UNANSWERED_WINDOW;
use warifu_core::domain::retrieval_record::ISSUE_LEASE;
use warifu_core::domain::{RetrievalPassword, RetrievalPasswordLength};
use warifu_core::ports::Clock;

use super::chance::{Dice, Faults};
use super::history::{Event, Shown};
use super::judge::{self, Violation};
use super::stores::Stores;
use super::world::{BESIEGED, KEYS, LAST, Limits, USERS, World};

/// What somebody does next.
#[derive(Clone, Copy)]
enum Action {
    Reissue { administrator: usize, user: usize },
    GuessTransactionPassword { administrator: usize, user: usize },
    Redeem { user: usize, entry: Entry, key: Key },
    TakeBack { by: Option<usize>, user: usize },
    Wait(Duration),
}

#[derive(Clone, Copy)]
enum Entry {
    Newest,
    Older,
    Wrong,
}

#[derive(Clone, Copy)]
enum Key {
    Customers(usize),
    Servers,
}

/// How a schedule ended.
pub(super) struct Played {
    /// Whether nothing but the seed, and what the stores do, decided what happened.
    pub(super) is_exact: bool,
    pub(super) events: Vec<Event>,
    pub(super) violations: Vec<Violation>,
}

/// Plays the schedule of `seed` in a contract of its own on `stores`, which go by `clock`.
pub(super) async fn play(
    seed: u64,
    contract: u64,
    stores: Stores,
    clock: Arc<TestClock>,
) -> Played {
    let dice = Dice::new(seed);
    let limits = Limits {
        retrieval: dice.pick(&[2, 3, 5]),
        transaction: dice.pick(&[2, 3, 5]),
    };
    let faults = dice.pick(&Faults::DAYS);
    // A PKCS#12 file is made on a thread, and threads are chance beyond the seed: most schedules do
    // without, so that they are the same whenever they are played.
    let makes_files = dice.falls(25);
    let world = Arc::new(World::new(contract, limits, stores, clock).await);
    for user in 0..USERS {
        let calm = (dice.seed(), Faults::NONE);
        world.reissue(calm, 0, user, true).await;
    }
    let mut people = JoinSet::new();
    for _ in 0..dice.pick(&[2, 3, 4]) {
        let (world, dice) = (world.clone(), Dice::new(dice.seed()));
        people.spawn(async move {
            for _ in 0..dice.pick(&[3, 5, 8]) {
                let action = draw(&dice, makes_files);
                perform(&world, action, &dice, faults).await;
            }
        });
    }
    while let Some(person) = people.join_next().await {
        person.expect("nobody panics");
    }
    let lost = try_all(&world, &dice).await;
    let events = world.history.events();
    let mut violations = judge::violations(&events, limits, &world.transaction_hashes);
    violations.extend(lost);
    Played {
        is_exact: !makes_files,
        events,
        violations,
    }
}

fn draw(dice: &Dice, makes_files: bool) -> Action {
    let user = dice.below(USERS);
    match dice.below(100) {
        0..15 => Action::Reissue {
            administrator: dice.below(BESIEGED),
            user,
        },
        15..30 => Action::GuessTransactionPassword {
            administrator: dice.pick(&[0, 1, BESIEGED, BESIEGED]),
            user,
        },
        30..40 => Action::TakeBack {
            by: dice.pick(&[Some(0), Some(1), None]),
            user,
        },
        40..52 => Action::Wait(dice.pick(&[LEASE, LEASE, ISSUE_LEASE, ISSUE_LEASE])),
        52 => Action::Wait(VALID_FOR),
        _ => Action::Redeem {
            user,
            entry: dice.pick(&[Entry::Newest, Entry::Newest, Entry::Older, Entry::Wrong]),
            key: if makes_files && dice.falls(50) {
                Key::Servers
            } else {
                Key::Customers(dice.below(KEYS))
            },
        },
    }
}

async fn perform(world: &World, action: Action, dice: &Dice, faults: Faults) {
    let process = (dice.seed(), faults);
    match action {
        Action::Reissue {
            administrator,
            user,
        } => world.reissue(process, administrator, user, true).await,
        Action::GuessTransactionPassword {
            administrator,
            user,
        } => world.reissue(process, administrator, user, false).await,
        Action::Redeem { user, entry, key } => {
            let shown = world.history.shown_to(&world.user(user));
            let password = match entry {
                Entry::Newest => newest(&shown).password.clone(),
                Entry::Older => shown[dice.below(shown.len())].password.clone(),
                Entry::Wrong => wrong_password(dice),
            };
            world
                .redeem(process, user, &password, choice(user, key))
                .await;
        }
        Action::TakeBack { by, user } => {
            let shown = world.history.shown_to(&world.user(user));
            let reissue = newest(&shown).reissue;
            world.take_back(process, by, user, reissue).await;
        }
        Action::Wait(duration) => world.wait(duration),
    }
}

fn newest(shown: &[Shown]) -> &Shown {
    shown.last().expect("everybody begins with a password")
}

fn choice(user: usize, key: Key) -> KeyChoice {
    match key {
        Key::Customers(number) => KeyChoice::Csr(format!("key {number} of user {user}")),
        Key::Servers => KeyChoice::Pkcs12 {
            passphrase: "a passphrase".into(),
        },
    }
}

fn wrong_password(dice: &Dice) -> String {
    let length = RetrievalPasswordLength::default();
    let password = RetrievalPassword::generate(length, &SeededRandomness::new(dice.seed()));
    String::from_utf8(password.expose().to_vec()).expect("it is ASCII")
}

/// When nothing goes wrong any more: every password that was shown and that nothing excuses
/// redeems for one of its user's keys, and a fresh one always does.
async fn try_all(world: &World, dice: &Dice) -> Vec<Violation> {
    world.settle_all().await;
    world.wait(ISSUE_LEASE.max(LEASE));
    world.wait(UNANSWERED_WINDOW);
    let mut lost = Vec::new();
    for administrator in 0..BESIEGED {
        let calm = (dice.seed(), Faults::NONE);
        let events = world.history.events();
        world.reissue(calm, administrator, 0, true).await;
        let is_locked = world.history.events().last().is_some_and(|event| {
            matches!(
                event,
                Event::Refused {
                    refusal: Refusal::TransactionLocked { .. },
                    ..
                }
            )
        });
        if is_locked
            && !judge::may_be_locked(&events, &world.administrator(administrator), world.limits)
        {
            lost.push(Violation::LockedWithoutFailures { administrator });
        }
    }
    for user in 0..USERS {
        for shown in world.history.shown_to(&world.user(user)) {
            let events = world.history.events();
            let now = world.clock.now();
            if !judge::is_excused(&events, &shown, world.limits, now)
                && !redeems(world, dice, user, &shown).await
            {
                let reissue = shown.reissue;
                lost.push(Violation::ShownAndLost(reissue));
            }
        }
        let calm = (dice.seed(), Faults::NONE);
        world.reissue(calm, LAST, user, true).await;
        let shown = world.history.shown_to(&world.user(user));
        if !redeems(world, dice, user, newest(&shown)).await {
            lost.push(Violation::NoFreshStart(newest(&shown).reissue));
        }
    }
    lost
}

async fn redeems(world: &World, dice: &Dice, user: usize, shown: &Shown) -> bool {
    let keys = (0..KEYS).map(Key::Customers).chain([Key::Servers]);
    let mut choices: Vec<KeyChoice> = keys.map(|key| choice(user, key)).collect();
    // Whoever has won knows with which key, and comes back with that one.
    if let Some(csr) = judge::winning_request(&world.history.events(), shown.reissue) {
        choices = vec![KeyChoice::Csr(csr)];
    }
    for choice in choices {
        let calm = (dice.seed(), Faults::NONE);
        world.redeem(calm, user, &shown.password, choice).await;
        let is_delivered = |event: &Event| matches!(event, Event::Delivered(_));
        if world.history.events().last().is_some_and(is_delivered) {
            return true;
        }
    }
    false
}
