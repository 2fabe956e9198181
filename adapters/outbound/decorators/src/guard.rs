use std::future::Future;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout};
use warifu_core::ports::{Clock, Unavailable};

use crate::breaker::{Breaker, BreakerPolicy, CallEnd, Permit};
use crate::meters::{Meter, Meters};

/// The limits of a guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuardLimits {
    /// A call takes no longer, whatever the back end does.
    pub deadline: Duration,
    /// More calls at once are refused.
    pub concurrent: usize,
    /// When to leave the back end alone.
    pub breaker: BreakerPolicy,
}

impl Default for GuardLimits {
    /// Three seconds, 64 calls at once; five failures in a row open the breaker for ten
    /// seconds.
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(3),
            concurrent: 64,
            breaker: BreakerPolicy {
                failures: NonZeroU32::MIN.saturating_add(4),
                open_for: Duration::from_secs(10),
            },
        }
    }
}

/// Goes around the calls to one back end.
///
/// What it guards reports a failure as [`Unavailable`]; everything else is an answer.
pub struct Guard {
    section: &'static str,
    adapter: String,
    limits: GuardLimits,
    breaker: Mutex<Breaker>,
    free: Semaphore,
    clock: Arc<dyn Clock>,
    meter: Meter,
}

impl Guard {
    /// Around the back end of `adapter` in the configuration's `section`.
    pub fn new(
        section: &'static str,
        adapter: &str,
        limits: GuardLimits,
        clock: Arc<dyn Clock>,
        meters: &Meters,
    ) -> Self {
        Self {
            section,
            adapter: adapter.to_owned(),
            limits,
            breaker: Mutex::new(Breaker::new(limits.breaker)),
            free: Semaphore::new(limits.concurrent),
            clock,
            meter: meters.of(section, adapter),
        }
    }

    /// The section of the configuration that the back end is set up in.
    pub const fn section(&self) -> &'static str {
        self.section
    }

    /// The limits in force.
    pub const fn limits(&self) -> &GuardLimits {
        &self.limits
    }

    /// Leave to call the back end, or why it is not asked. Dropped without a call, it was never
    /// given.
    pub fn admit(&self) -> Result<Admission<'_>, Unavailable> {
        let place = self.place()?;
        let admitted = self.breaker.lock().admit(self.clock.now());
        match admitted {
            Ok(permit) => Ok(Admission {
                guard: self,
                permit: Some(permit),
                _place: place,
            }),
            Err(wait) => Err(self.refused_while_open(wait)),
        }
    }

    /// Makes a call: with leave, within the deadline, and counted.
    pub async fn call<T>(
        &self,
        call: impl Future<Output = Result<T, Unavailable>>,
    ) -> Result<T, Unavailable> {
        self.admit()?.call(call).await
    }

    /// Makes a call that tells nothing about the back end where it succeeds, such as a question
    /// that the adapter can answer alone: bounded, within the deadline, and not while the breaker
    /// is open.
    pub async fn aside<T>(
        &self,
        call: impl Future<Output = Result<T, Unavailable>>,
    ) -> Result<T, Unavailable> {
        let _place = self.place()?;
        self.reach(call).await
    }

    /// Finds out whether the back end is there, however many calls are under way: within the
    /// deadline, and not while the breaker is open.
    pub async fn reach<T>(
        &self,
        call: impl Future<Output = Result<T, Unavailable>>,
    ) -> Result<T, Unavailable> {
        let wait = self.breaker.lock().remaining_open(self.clock.now());
        match wait {
            Some(wait) => Err(self.refused_while_open(wait)),
            None => match timeout(self.limits.deadline, call).await {
                Ok(answer) => answer,
                Err(_) => Err(self.late()),
            },
        }
    }

    fn place(&self) -> Result<SemaphorePermit<'_>, Unavailable> {
        self.free.try_acquire().map_err(|_| {
            self.meter.ended("busy");
            let calls = self.limits.concurrent;
            self.not_asked(&format!("{calls} calls are under way"))
        })
    }

    fn refused_while_open(&self, wait: Duration) -> Unavailable {
        self.meter.ended("open");
        let (failures, seconds) = (self.limits.breaker.failures, wait.as_secs_f64());
        self.not_asked(&format!(
            "it failed {failures} times in a row; tried again within {seconds:.0} s"
        ))
    }

    fn late(&self) -> Unavailable {
        let seconds = self.limits.deadline.as_secs_f64();
        let reason = format!("{}: no whole answer within {seconds} s", self.adapter);
        Unavailable::new(self.section, reason)
    }

    fn not_asked(&self, cause: &str) -> Unavailable {
        let reason = format!("{}: not asked: {cause}", self.adapter);
        Unavailable::without_asking(self.section, reason)
    }

    fn settle(&self, permit: &Permit, end: CallEnd) {
        let changed = self.breaker.lock().settle(permit, end, self.clock.now());
        let Some(open) = changed else { return };
        self.meter.opened(open);
        let (section, adapter) = (self.section, self.adapter.as_str());
        if open {
            tracing::error!(section, adapter, "the back end keeps failing: left alone");
        } else {
            tracing::info!(section, adapter, "the back end answers again");
        }
    }
}

/// Leave to make one call.
pub struct Admission<'a> {
    guard: &'a Guard,
    permit: Option<Permit>,
    _place: SemaphorePermit<'a>,
}

impl Admission<'_> {
    /// Makes the call, within the deadline, and books how it ended.
    pub async fn call<T>(
        mut self,
        call: impl Future<Output = Result<T, Unavailable>>,
    ) -> Result<T, Unavailable> {
        let guard = self.guard;
        let began = Instant::now();
        let answer = match timeout(guard.limits.deadline, call).await {
            Ok(answer) => answer.map_err(|unavailable| (call_end(&unavailable), unavailable)),
            Err(_) => Err(((CallEnd::Failed, "late"), guard.late())),
        };
        let (end, outcome) = match &answer {
            Ok(_) => (CallEnd::Answered, "answered"),
            Err((how, _)) => *how,
        };
        guard.meter.took(began.elapsed());
        guard.meter.ended(outcome);
        if let Some(permit) = self.permit.take() {
            guard.settle(&permit, end);
        }
        answer.map_err(|(_, unavailable)| unavailable)
    }
}

/// What a call without an answer says of the back end, and the word for it in the numbers.
const fn call_end(unavailable: &Unavailable) -> (CallEnd, &'static str) {
    match unavailable {
        Unavailable { asked: false, .. } => (CallEnd::Abandoned, "busy"),
        Unavailable { answered: true, .. } => (CallEnd::Answered, "of_no_use"),
        _ => (CallEnd::Failed, "failed"),
    }
}

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take() {
            self.guard.settle(&permit, CallEnd::Abandoned);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use prometheus_client::encoding::text;
    use prometheus_client::registry::Registry;
    use warifu_core::domain::Timestamp;

    use super::*;

    #[derive(Default)]
    struct Still(AtomicI64);

    #[async_trait::async_trait]
    impl Clock for Still {
        fn now(&self) -> Timestamp {
            Timestamp::from_unix_millis(self.0.load(Ordering::SeqCst))
        }

        async fn sleep(&self, _: Duration) {
            std::future::pending::<()>().await;
        }
    }

    struct World {
        clock: Arc<Still>,
        meters: Meters,
        guard: Guard,
    }

    fn world(concurrent: usize) -> World {
        let (clock, meters) = (Arc::new(Still::default()), Meters::default());
        let limits = GuardLimits {
            deadline: Duration::from_millis(50),
            concurrent,
            ..GuardLimits::default()
        };
        let guard = Guard::new("otp_verifier", "acme", limits, clock.clone(), &meters);
        World {
            clock,
            meters,
            guard,
        }
    }

    impl World {
        fn numbers(&self) -> String {
            let mut registry = Registry::with_prefix("warifu");
            self.meters.register(&mut registry);
            let mut out = String::new();
            text::encode(&mut out, &registry).unwrap();
            out
        }
    }

    fn failing() -> impl Future<Output = Result<(), Unavailable>> {
        std::future::ready(Err(Unavailable::new("otp_verifier", "acme: gone")))
    }

    #[tokio::test]
    async fn what_never_answers_ends_at_the_deadline() {
        let world = world(1);
        let answer = world
            .guard
            .call(std::future::pending::<Result<(), Unavailable>>())
            .await;
        let error = answer.unwrap_err();
        assert!(error.port == "otp_verifier" && error.asked);
        assert_eq!(error.reason, "acme: no whole answer within 0.05 s");
        assert!(world.numbers().contains("outcome=\"late\"} 1"));
    }

    #[tokio::test]
    async fn more_calls_than_the_bound_are_refused_and_tell_nothing_about_the_back_end() {
        let world = world(1);
        let held = world.guard.admit().unwrap();
        for _ in 0..20 {
            let refused = world.guard.call(async { Ok(()) }).await;
            let refused = refused.unwrap_err();
            assert!(refused.reason.contains("under way") && !refused.asked);
        }
        assert!(world.guard.aside(async { Ok(()) }).await.is_err());
        assert_eq!(world.guard.reach(async { Ok(()) }).await, Ok(()));
        drop(held);
        assert_eq!(world.guard.call(async { Ok(()) }).await, Ok(()));
        assert!(world.numbers().contains("outcome=\"busy\"} 21"));
    }

    #[tokio::test]
    async fn sustained_failure_opens_and_one_answer_closes() {
        let world = world(8);
        for _ in 0..5 {
            assert!(world.guard.call(failing()).await.is_err());
        }
        let asked = world.guard.call(async { Ok(()) }).await.unwrap_err();
        assert!(asked.reason.contains("acme: not asked"), "{}", asked.reason);
        assert!(world.guard.aside(async { Ok(()) }).await.is_err());
        let numbers = world.numbers();
        assert!(
            numbers.contains(
                "warifu_back_end_breaker_open{section=\"otp_verifier\",adapter=\"acme\"} 1"
            ),
            "{numbers}"
        );
        world.clock.0.fetch_add(10_000, Ordering::SeqCst);
        // A question on the side neither waits for the probe nor is one.
        assert_eq!(world.guard.aside(async { Ok(()) }).await, Ok(()));
        assert_eq!(world.guard.call(async { Ok(()) }).await, Ok(()));
        assert_eq!(world.guard.call(async { Ok(()) }).await, Ok(()));
        assert!(world.numbers().contains("adapter=\"acme\"} 0"));
    }

    #[tokio::test]
    async fn only_what_says_something_of_the_back_end_opens() {
        let world = world(8);
        for _ in 0..10 {
            for innocent in [
                Unavailable::of_no_use("otp_verifier", "acme: two entries"),
                Unavailable::without_asking("otp_verifier", "acme: no free connection"),
            ] {
                let call = std::future::ready(Err::<(), _>(innocent.clone()));
                assert_eq!(world.guard.call(call).await, Err(innocent));
            }
        }
        let numbers = world.numbers();
        assert!(numbers.contains("outcome=\"of_no_use\"} 10"), "{numbers}");
        assert!(numbers.contains("outcome=\"busy\"} 10"), "{numbers}");
        assert!(!numbers.contains("adapter=\"acme\"} 1"), "{numbers}");
    }

    #[tokio::test]
    async fn a_call_that_was_not_made_does_not_excuse_failures() {
        let world = world(8);
        for number in 0..5 {
            assert!(world.guard.call(failing()).await.is_err(), "{number}");
            let unasked = Unavailable::without_asking("otp_verifier", "acme: no free connection");
            let call = std::future::ready(Err::<(), _>(unasked));
            assert!(world.guard.call(call).await.is_err(), "{number}");
        }
        let refused = world.guard.call(async { Ok(()) }).await.unwrap_err();
        assert!(refused.reason.contains("not asked"), "{}", refused.reason);
    }

    #[tokio::test]
    async fn a_caller_that_goes_away_leaves_the_probe_to_the_next() {
        let world = world(8);
        for _ in 0..5 {
            assert!(world.guard.call(failing()).await.is_err());
        }
        world.clock.0.fetch_add(10_000, Ordering::SeqCst);
        drop(world.guard.admit().unwrap());
        assert_eq!(world.guard.call(async { Ok(()) }).await, Ok(()));
    }
}
