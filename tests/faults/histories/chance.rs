//! What is drawn from the seed of a schedule: who does what, and what goes wrong meanwhile.

use std::collections::HashSet;
use std::future::{Future, pending};
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::yield_now;
use warifu_contracts::samples::SeededRandomness;
use warifu_core::domain::LeaseToken;
use warifu_core::ports::Unavailable;

/// One sequence of chances.
pub(super) struct Dice(SeededRandomness);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(SeededRandomness::new(seed))
    }

    /// The seed of a sequence of its own.
    pub(super) fn seed(&self) -> u64 {
        self.0.next_number()
    }

    /// A number below `end`.
    pub(super) fn below(&self, end: usize) -> usize {
        let number = self.0.next_number() % (end as u64);
        usize::try_from(number).expect("it is below a usize")
    }

    /// Whether what happens in `percent` of all cases happens now.
    pub(super) fn falls(&self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(super) fn pick<T: Copy>(&self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// How often something goes wrong around a call, in percent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Faults {
    /// The back end is unavailable, before or after it did what was asked.
    pub(super) outage: usize,
    /// The process dies, before or after that.
    pub(super) death: usize,
}

impl Faults {
    pub(super) const NONE: Self = Self {
        outage: 0,
        death: 0,
    };

    /// The kinds of bad day there are.
    pub(super) const DAYS: [Self; 5] = [
        Self::NONE,
        Self {
            outage: 10,
            death: 0,
        },
        Self {
            outage: 0,
            death: 8,
        },
        Self {
            outage: 4,
            death: 4,
        },
        Self {
            outage: 0,
            death: 25,
        },
    ];
}

/// One server process, which serves one request. What happens to it is drawn from a sequence of
/// its own, so that it does not depend on who runs beside it.
pub(super) struct Process {
    seed: u64,
    dice: Dice,
    faults: Faults,
    death: Notify,
    is_dead: AtomicBool,
    /// What was asked of a store that never answered: to be settled later.
    owed: Mutex<HashSet<LeaseToken>>,
    /// What was booked and is not written down yet: to be taken back where it cannot be.
    booked: Mutex<HashSet<LeaseToken>>,
}

impl Process {
    pub(super) fn new(seed: u64, faults: Faults) -> Self {
        Self {
            seed,
            dice: Dice::new(seed),
            faults,
            death: Notify::new(),
            is_dead: AtomicBool::new(false),
            owed: Mutex::default(),
            booked: Mutex::default(),
        }
    }

    /// By which a history tells processes apart.
    pub(super) const fn number(&self) -> u64 {
        self.seed
    }

    pub(super) fn is_dead(&self) -> bool {
        self.is_dead.load(Ordering::SeqCst)
    }

    /// Whether it lives and has not settled yet what a store never answered.
    pub(super) fn owes(&self) -> bool {
        !self.is_dead() && !self.owed.lock().is_empty()
    }

    /// As [`Self::asks`], about a reservation that is to be settled whatever comes.
    pub(super) async fn asks_about<T>(
        &self,
        lease: LeaseToken,
        call: impl Future<Output = Result<T, Unavailable>>,
    ) -> Result<T, Unavailable> {
        let answer = self.asks("password_store", call).await;
        if answer.is_ok() {
            self.owed.lock().remove(&lease);
        } else {
            self.booked.lock().remove(&lease);
            self.owed.lock().insert(lease);
        }
        answer
    }

    /// A store has booked something that is written down next.
    pub(super) fn books(&self, lease: LeaseToken) {
        self.booked.lock().insert(lease);
    }

    /// What was booked is written down, or could not be.
    pub(super) fn writes(&self, is_written: bool) {
        let booked = std::mem::take(&mut *self.booked.lock());
        if !is_written {
            self.owed.lock().extend(booked);
        }
    }

    /// Asks `port`. Others run before and after; the answer may get lost, the question too, and the
    /// process may end here.
    pub(super) async fn asks<T>(
        &self,
        port: &'static str,
        call: impl Future<Output = Result<T, Unavailable>>,
    ) -> Result<T, Unavailable> {
        self.pause().await;
        let [outage, death] = [self.faults.outage, self.faults.death].map(|of| self.dice.falls(of));
        let is_before = self.dice.falls(50);
        if is_before {
            self.strike(port, outage, death).await?;
        }
        let answer = call.await?;
        if !is_before {
            self.strike(port, outage, death).await?;
        }
        self.pause().await;
        Ok(answer)
    }

    async fn strike(
        &self,
        port: &'static str,
        outage: bool,
        death: bool,
    ) -> Result<(), Unavailable> {
        if death {
            self.is_dead.store(true, Ordering::SeqCst);
            self.death.notify_one();
            pending::<()>().await;
        }
        if outage {
            return Err(Unavailable::new(port, "the schedule wants it so"));
        }
        Ok(())
    }

    /// Lets others run, or not.
    async fn pause(&self) {
        for _ in 0..self.dice.pick(&[0, 0, 1, 1, 2, 5, 20]) {
            yield_now().await;
        }
    }

    /// What `work` answers; nothing where the process dies over it.
    pub(super) async fn survives<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            answer = work => Some(answer),
            () = self.death.notified() => None,
        }
    }
}
