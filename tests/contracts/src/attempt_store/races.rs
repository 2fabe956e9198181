//! What must hold whoever races.

use super::{
    CaseResult, Failure, LEASE, Purpose, Settlement, Store, StoredReservation, Verdict, at_once,
    ensure, ensure_eq, lease, login, rounds, until_unlocked, user,
};

/// What became of a guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Guess {
    Evaluated { accepted: bool, set_the_lock: bool },
    Locked { set_the_lock: bool },
    Died,
}

async fn guess(
    store: Store,
    number: usize,
    verdict: Verdict,
    dies: bool,
) -> Result<Guess, Failure> {
    let (key, lease) = (login(1), lease(number));
    match store.reserve_patiently(&key, lease).await? {
        StoredReservation::Granted(_) if dies => return Ok(Guess::Died),
        StoredReservation::Granted(_) => {}
        StoredReservation::Locked(lock) => {
            return Ok(Guess::Locked {
                set_the_lock: lock.just_set,
            });
        }
        StoredReservation::Busy | StoredReservation::Suspended { .. } => {
            return Err(Failure::new("patience ends with an answer"));
        }
    }
    tokio::task::yield_now().await;
    let answer = store
        .port
        .settle(&key, &until_unlocked(), lease, verdict)
        .await?;
    Ok(Guess::Evaluated {
        accepted: answer == Settlement::Accepted,
        set_the_lock: matches!(answer, Settlement::Locked(lock) if lock.just_set),
    })
}

fn transitions(guesses: &[Guess]) -> usize {
    let set = |guess: &&Guess| {
        matches!(
            guess,
            Guess::Evaluated {
                set_the_lock: true,
                ..
            } | Guess::Locked { set_the_lock: true }
        )
    };
    guesses.iter().filter(set).count()
}

fn evaluated(guesses: &[Guess]) -> usize {
    guesses
        .iter()
        .filter(|guess| matches!(guess, Guess::Evaluated { .. }))
        .count()
}

/// Unlocks between rounds, so that a round begins where the first did.
async fn begin_anew(store: &Store) -> CaseResult {
    store
        .port
        .unlock(&user(1), Purpose::Login, &until_unlocked())
        .await?;
    Ok(())
}

pub(super) async fn parallel_wrong_entries_lock_once_after_the_limit(store: Store) -> CaseResult {
    for round in 0..rounds(5, 60) {
        let one = |number| guess(store.clone(), round * 1000 + number, Verdict::Wrong, false);
        let guesses = at_once(200, one).await?;
        ensure_eq!(
            evaluated(&guesses),
            5,
            "wrong entries evaluated in round {round}"
        );
        ensure_eq!(transitions(&guesses), 1, "locks reported in round {round}");
        begin_anew(&store).await?;
    }
    Ok(())
}

pub(super) async fn parallel_guesses_around_the_right_one_stay_within_the_limit(
    store: Store,
) -> CaseResult {
    for round in 0..rounds(5, 60) {
        let hidden = round * 31 % 200;
        let one = |number| {
            let verdict = if number == hidden {
                Verdict::Right
            } else {
                Verdict::Wrong
            };
            guess(store.clone(), round * 1000 + number, verdict, false)
        };
        let guesses = at_once(200, one).await?;
        let is_accepted = |guess: &Guess| matches!(guess, Guess::Evaluated { accepted: true, .. });
        ensure!(
            guesses
                .iter()
                .enumerate()
                .all(|(number, guess)| number == hidden || !is_accepted(guess)),
            "a wrong entry was accepted in round {round}"
        );
        // The right entry gives the limit back once: four before it, itself, five after it.
        let most = if is_accepted(&guesses[hidden]) { 10 } else { 5 };
        let evaluated = evaluated(&guesses);
        ensure!(
            evaluated <= most,
            "{evaluated} entries evaluated in round {round}, {most} allowed"
        );
        ensure_eq!(transitions(&guesses), 1, "locks reported in round {round}");
        begin_anew(&store).await?;
    }
    Ok(())
}

pub(super) async fn parallel_right_entries_are_all_accepted(store: Store) -> CaseResult {
    for round in 0..rounds(5, 60) {
        let one = |number| guess(store.clone(), round * 1000 + number, Verdict::Right, false);
        let guesses = at_once(50, one).await?;
        for guess in guesses {
            let accepted = Guess::Evaluated {
                accepted: true,
                set_the_lock: false,
            };
            ensure_eq!(guess, accepted, "a right entry among right ones");
        }
    }
    Ok(())
}

pub(super) async fn workers_that_die_charge_nobody(store: Store) -> CaseResult {
    const DEAD: usize = 4;
    for round in 0..rounds(5, 60) {
        let one = |number| guess(store.clone(), round * 1000 + number, Verdict::Wrong, true);
        let died = at_once(DEAD, one).await?;
        ensure!(
            died.iter().all(|guess| *guess == Guess::Died),
            "all of them die over their entries"
        );
        store.clock.advance(LEASE).await;
        let one = |number| {
            let number = round * 1000 + DEAD + number;
            guess(store.clone(), number, Verdict::Wrong, false)
        };
        let guesses = at_once(48, one).await?;
        ensure_eq!(
            evaluated(&guesses),
            5,
            "entries answered after the dead, in round {round}"
        );
        ensure_eq!(transitions(&guesses), 1, "locks reported in round {round}");
        begin_anew(&store).await?;
    }
    Ok(())
}
