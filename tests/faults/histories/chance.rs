//! What is drawn from the seed of a schedule: who does what, and what goes wrong meanwhile.

use std::future::{Future, pending};

use tokio::sync::Notify;
use tokio::task::yield_now;
use warifu_contracts::samples::SeededRandomness;
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
    dice: Dice,
    faults: Faults,
    death: Notify,
}

impl Process {
    pub(super) fn new(seed: u64, faults: Faults) -> Self {
        Self {
            dice: Dice::new(seed),
            faults,
            death: Notify::new(),
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
