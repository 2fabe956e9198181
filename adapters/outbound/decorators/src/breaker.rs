//! The circuit breaker: pure, on one screen. A back end that fails again and again is left alone
//! for a while; then a single call finds out whether it works again.

use std::num::NonZeroU32;
use std::time::Duration;

use warifu_core::domain::Timestamp;

/// When a breaker opens and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerPolicy {
    /// So many failures in a row open it.
    pub failures: NonZeroU32,
    /// After this long a single call is let through again.
    pub open_for: Duration,
}

/// Leave to make a call. Given back to [`Breaker::settle`] when the call has ended.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a probe that is never settled keeps the breaker from closing"]
pub struct Permit {
    generation: u64,
}

/// How a call ended, as far as it tells something about the back end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallEnd {
    /// It gave an answer.
    Answered,
    /// It gave none, or one that makes no sense.
    Failed,
    /// The caller went away before anything was known.
    Abandoned,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed { failures: u32 },
    Open { until: Timestamp },
    Probing,
}

/// Whether a back end is worth a call.
#[derive(Clone, Debug)]
pub struct Breaker {
    policy: BreakerPolicy,
    state: State,
    /// Grows with every change of state: a call that was let through before tells nothing about
    /// the back end as it is now.
    generation: u64,
}

impl Breaker {
    /// Closed: calls go through.
    pub const fn new(policy: BreakerPolicy) -> Self {
        Self {
            policy,
            state: State::Closed { failures: 0 },
            generation: 0,
        }
    }

    /// Leave to make a call, or after how long it is worth asking again.
    pub fn admit(&mut self, now: Timestamp) -> Result<Permit, Duration> {
        match self.state {
            State::Closed { .. } => {}
            State::Open { .. } => match self.remaining_open(now) {
                Some(wait) => return Err(wait),
                None => self.change(State::Probing),
            },
            State::Probing => return Err(self.policy.open_for),
        }
        Ok(Permit {
            generation: self.generation,
        })
    }

    /// Books how a call ended. Tells whether that opened (`true`) or closed (`false`) the breaker.
    pub fn settle(&mut self, permit: &Permit, end: CallEnd, now: Timestamp) -> Option<bool> {
        if permit.generation != self.generation {
            return None;
        }
        let opened = State::Open {
            until: now.plus(self.policy.open_for),
        };
        match (self.state, end) {
            (State::Closed { .. }, CallEnd::Answered) => {
                self.state = State::Closed { failures: 0 };
                None
            }
            (State::Closed { failures }, CallEnd::Failed) => {
                let failures = failures.saturating_add(1);
                if failures < self.policy.failures.get() {
                    self.state = State::Closed { failures };
                    return None;
                }
                self.change(opened);
                Some(true)
            }
            (State::Probing, CallEnd::Answered) => {
                self.change(State::Closed { failures: 0 });
                Some(false)
            }
            (State::Probing, CallEnd::Failed) => {
                self.change(opened);
                None
            }
            (State::Probing, CallEnd::Abandoned) => {
                // Nothing was learnt: the next call may find out.
                self.change(State::Open { until: now });
                None
            }
            (State::Open { .. }, _) | (State::Closed { .. }, CallEnd::Abandoned) => None,
        }
    }

    /// For how much longer it is open and lets nothing through; `None` where a call may be made.
    pub fn remaining_open(&self, now: Timestamp) -> Option<Duration> {
        let State::Open { until } = self.state else {
            return None;
        };
        // A clock that was set back must not keep it open for longer than the policy says.
        let wait = until.since(now).min(self.policy.open_for);
        (!wait.is_zero()).then_some(wait)
    }

    /// Whether the back end counts as failing: open, or only just being tried again.
    pub const fn is_open(&self) -> bool {
        !matches!(self.state, State::Closed { .. })
    }

    fn change(&mut self, state: State) {
        self.state = state;
        self.generation = self.generation.wrapping_add(1);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: Timestamp = Timestamp::from_unix_millis(1_000_000);
    const OPEN_FOR: Duration = Duration::from_secs(10);

    fn breaker(failures: u32) -> Breaker {
        Breaker::new(BreakerPolicy {
            failures: NonZeroU32::new(failures).unwrap(),
            open_for: OPEN_FOR,
        })
    }

    fn fail(breaker: &mut Breaker, now: Timestamp) -> Option<bool> {
        let permit = breaker.admit(now).unwrap();
        breaker.settle(&permit, CallEnd::Failed, now)
    }

    #[test]
    fn failures_in_a_row_open_it_and_answers_between_them_do_not() {
        let mut breaker = breaker(3);
        for _ in 0..10 {
            assert_eq!(fail(&mut breaker, START), None);
            assert_eq!(fail(&mut breaker, START), None);
            let permit = breaker.admit(START).unwrap();
            breaker.settle(&permit, CallEnd::Answered, START);
        }
        assert!(!breaker.is_open());
        fail(&mut breaker, START);
        fail(&mut breaker, START);
        assert_eq!(fail(&mut breaker, START), Some(true));
        assert_eq!(breaker.admit(START), Err(OPEN_FOR));
    }

    #[test]
    fn one_call_finds_out_whether_it_works_again() {
        let mut breaker = breaker(1);
        fail(&mut breaker, START);
        let later = START.plus(OPEN_FOR);
        let almost = later.minus(Duration::from_millis(1));
        assert_eq!(breaker.admit(almost), Err(Duration::from_millis(1)));
        let probe = breaker.admit(later).unwrap();
        assert_eq!(breaker.admit(later), Err(OPEN_FOR), "one probe at a time");
        assert_eq!(
            breaker.settle(&probe, CallEnd::Answered, later),
            Some(false)
        );
        assert!(!breaker.is_open());
    }

    #[test]
    fn a_probe_that_fails_or_is_abandoned_closes_nothing() {
        let mut breaker = breaker(1);
        fail(&mut breaker, START);
        let later = START.plus(OPEN_FOR);
        fail(&mut breaker, later);
        assert_eq!(breaker.admit(later), Err(OPEN_FOR));
        let later = later.plus(OPEN_FOR);
        let probe = breaker.admit(later).unwrap();
        breaker.settle(&probe, CallEnd::Abandoned, later);
        assert!(breaker.is_open());
        assert!(
            breaker.admit(later).is_ok(),
            "another call may find out at once"
        );
    }

    #[test]
    fn a_clock_set_back_does_not_lengthen_the_wait() {
        let mut breaker = breaker(1);
        fail(&mut breaker, START.plus(Duration::from_secs(86_400)));
        assert_eq!(breaker.admit(START), Err(OPEN_FOR));
    }

    #[test]
    fn what_was_let_through_before_tells_nothing_about_now() {
        let mut breaker = breaker(1);
        let slow = breaker.admit(START).unwrap();
        fail(&mut breaker, START);
        assert_eq!(breaker.settle(&slow, CallEnd::Answered, START), None);
        assert!(breaker.is_open());
    }

    #[derive(Clone, Debug)]
    enum Step {
        Call,
        End(usize, CallEnd),
        Pass(u16),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let end = prop_oneof![
            Just(CallEnd::Answered),
            Just(CallEnd::Failed),
            Just(CallEnd::Abandoned)
        ];
        prop::collection::vec(
            prop_oneof![
                4 => Just(Step::Call),
                4 => (any::<usize>(), end).prop_map(|(call, end)| Step::End(call, end)),
                1 => (0u16..20_000).prop_map(Step::Pass),
            ],
            0..200,
        )
    }

    proptest! {
        /// Under any schedule: a back end is never asked while open, by one call at most while it
        /// is tried again, always again after the time, and a single answer then closes.
        #[test]
        fn it_opens_waits_and_recovers(steps in steps(), failures in 1u32..6) {
            let mut breaker = breaker(failures);
            let mut now = START;
            let mut calls: Vec<Permit> = Vec::new();
            let mut opened_at: Option<Timestamp> = None;
            for step in steps {
                match step {
                    Step::Pass(millis) => {
                        now = now.plus(Duration::from_millis(u64::from(millis)));
                    }
                    Step::Call => match breaker.admit(now) {
                        Ok(permit) => {
                            if let Some(opened) = opened_at {
                                prop_assert!(now >= opened.plus(OPEN_FOR) || breaker.is_open());
                            }
                            calls.push(permit);
                        }
                        Err(wait) => {
                            prop_assert!(breaker.is_open());
                            prop_assert!(!wait.is_zero() && wait <= OPEN_FOR);
                        }
                    },
                    Step::End(call, end) => {
                        if calls.is_empty() {
                            continue;
                        }
                        let permit = calls.swap_remove(call % calls.len());
                        match breaker.settle(&permit, end, now) {
                            Some(true) => {
                                prop_assert_eq!(end, CallEnd::Failed);
                                opened_at = Some(now);
                            }
                            Some(false) => {
                                prop_assert_eq!(end, CallEnd::Answered);
                                prop_assert!(!breaker.is_open());
                                opened_at = None;
                            }
                            None => {}
                        }
                        prop_assert_eq!(breaker.is_open(), opened_at.is_some());
                    }
                }
            }
            // Whatever happened: with nothing under way any more, one good answer is enough.
            for permit in calls {
                breaker.settle(&permit, CallEnd::Abandoned, now);
            }
            now = now.plus(OPEN_FOR);
            let permit = breaker.admit(now).expect("a call is let through after the time");
            breaker.settle(&permit, CallEnd::Answered, now);
            prop_assert!(!breaker.is_open());
        }
    }
}
