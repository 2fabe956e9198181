//! How long a refusal takes: as long whatever the hash was, so that neither older nor dearer parameters
//! tell who exists.

use std::collections::HashMap;
use std::time::Duration;

use argon2::Params;
use parking_lot::Mutex;

/// Of each new measurement an eighth counts, so that a moment of load does not last.
const WEIGHT: u32 = 8;
/// The floor is above what the dearest hash usually takes, by a quarter.
const MARGIN: (u32, u32) = (5, 4);

/// What hashes cost to make: memory, passes and lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Cost(u32, u32, u32);

impl From<&Params> for Cost {
    fn from(parameters: &Params) -> Self {
        Self(
            parameters.m_cost(),
            parameters.t_cost(),
            parameters.p_cost(),
        )
    }
}

/// How long hashes take, by their cost. There are few costs: those that stored hashes have.
#[derive(Default)]
pub(crate) struct Pace(Mutex<HashMap<Cost, Duration>>);

impl Pace {
    /// Takes in what a hash took.
    pub(crate) fn note(&self, cost: Cost, took: Duration) {
        let mut usual = self.0.lock();
        let usual = usual.entry(cost).or_insert(took);
        *usual = (*usual * (WEIGHT - 1) + took) / WEIGHT;
    }

    /// Whether a hash of this cost was ever made.
    pub(crate) fn knows(&self, cost: Cost) -> bool {
        self.0.lock().contains_key(&cost)
    }

    /// How long every refusal takes at least.
    pub(crate) fn floor(&self) -> Duration {
        let dearest = self.0.lock().values().max().copied().unwrap_or_default();
        dearest * MARGIN.0 / MARGIN.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost(8, 1, 1);
    const DEAR: Cost = Cost(64, 10, 1);

    #[test]
    fn a_refusal_takes_longer_than_the_dearest_hash_usually_does() {
        let pace = Pace::default();
        assert_eq!(pace.floor(), Duration::ZERO);
        pace.note(CHEAP, Duration::from_millis(20));
        assert_eq!(pace.floor(), Duration::from_millis(25));
        assert!(!pace.knows(DEAR));
        pace.note(DEAR, Duration::from_millis(100));
        assert!(pace.knows(DEAR));
        assert_eq!(pace.floor(), Duration::from_millis(125));
    }

    #[test]
    fn a_moment_of_load_does_not_last() {
        let pace = Pace::default();
        pace.note(CHEAP, Duration::from_millis(20));
        pace.note(CHEAP, Duration::from_millis(2_000));
        for _ in 0..40 {
            pace.note(CHEAP, Duration::from_millis(20));
        }
        assert!(
            pace.floor() < Duration::from_millis(30),
            "{:?}",
            pace.floor()
        );
    }
}
