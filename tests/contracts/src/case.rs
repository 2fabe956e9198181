//! What a suite is made of: named cases that pass or say why not.

use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Barrier;
use warifu_core::domain::Timestamp;

use crate::samples::TestClock;

/// What an adapter did that its port does not allow. Not an [`std::error::Error`] itself, so that
/// `?` turns every one into it.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// With these words.
    pub fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(format!("unexpected error: {error}"))
    }
}

/// How a case ends.
pub type CaseResult = Result<(), Failure>;

/// A running case.
pub type CaseFuture = Pin<Box<dyn Future<Output = CaseResult> + Send>>;

/// One promise of a port, tried on a fresh fixture.
pub struct Case<F> {
    /// The promise, as the name of a test.
    pub name: &'static str,
    /// Tries it.
    pub run: fn(F) -> CaseFuture,
}

/// Runs the case `name` of a suite. Panics where there is none: that is the test's own mistake.
pub async fn run<F>(cases: &[Case<F>], name: &str, fixture: F) -> CaseResult {
    let Some(case) = cases.iter().find(|case| case.name == name) else {
        panic!("the suite has no case {name}");
    };
    (case.run)(fixture).await
}

/// No case of a working adapter takes as long.
const MUCH_TOO_LONG: Duration = Duration::from_secs(5);

/// The names of the cases that fail on what `make` makes, a fresh one for each: to show that a
/// suite notices a flaw. A case that does not come to an end fails.
pub async fn failing<F>(cases: &[Case<F>], make: impl AsyncFn() -> F) -> Vec<&'static str> {
    let mut failing = Vec::new();
    for case in cases {
        let ended = tokio::time::timeout(MUCH_TOO_LONG, (case.run)(make().await)).await;
        if !matches!(ended, Ok(Ok(()))) {
            failing.push(case.name);
        }
    }
    failing
}

/// The clock that a store under test goes by.
#[async_trait]
pub trait StoreClock: Send + Sync {
    /// What the store takes for now.
    async fn now(&self) -> Timestamp;

    /// Lets time pass for the store.
    async fn advance(&self, by: Duration);

    /// Turns the store's clock back, as an operator does who finds it wrong.
    async fn turn_back(&self, by: Duration);
}

#[async_trait]
impl StoreClock for TestClock {
    async fn now(&self) -> Timestamp {
        warifu_core::ports::Clock::now(self)
    }

    async fn advance(&self, by: Duration) {
        self.advance_by(by);
    }

    async fn turn_back(&self, by: Duration) {
        self.turn_back_by(by);
    }
}

/// A fresh adapter and its clock.
pub struct Fixture<P: ?Sized> {
    /// The adapter.
    pub port: Arc<P>,
    /// Its time.
    pub clock: Arc<dyn StoreClock>,
}

impl<P: ?Sized> Clone for Fixture<P> {
    fn clone(&self) -> Self {
        Self {
            port: self.port.clone(),
            clock: self.clock.clone(),
        }
    }
}

/// How often to repeat what depends on scheduling: `few` times, or `many` where `WARIFU_TESTS` is
/// `all`.
pub fn rounds(few: usize, many: usize) -> usize {
    if std::env::var_os("WARIFU_TESTS").is_some_and(|tests| tests == "all") {
        many
    } else {
        few
    }
}

/// How often a patient caller asks a busy store before giving up: far more often than a store that
/// keeps its promises needs, and few enough for one that does not to fail soon.
pub(crate) const PATIENCE: usize = 10_000;

/// Starts `count` tasks, lets them go at one moment and gathers what they answer, in order.
pub async fn at_once<T, F>(
    count: usize,
    mut task: impl FnMut(usize) -> F,
) -> Result<Vec<T>, Failure>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Failure>> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(count));
    let tasks: Vec<_> = (0..count)
        .map(|number| {
            let (barrier, work) = (barrier.clone(), task(number));
            tokio::spawn(async move {
                barrier.wait().await;
                work.await
            })
        })
        .collect();
    let mut answers = Vec::with_capacity(count);
    // What one met can be what another brought about: all of it is told.
    let mut failures = BTreeSet::new();
    for task in tasks {
        match task.await? {
            Ok(answer) => answers.push(answer),
            Err(failure) => drop(failures.insert(failure.to_string())),
        }
    }
    if failures.is_empty() {
        return Ok(answers);
    }
    let failures: Vec<String> = failures.into_iter().collect();
    Err(Failure::new(failures.join("; ")))
}

/// Fails the case, in the given words, unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($words:tt)+) => {
        if !$condition {
            return Err($crate::case::Failure::new(format!($($words)+)));
        }
    };
}

/// Fails the case, in the given words, unless both are equal.
macro_rules! ensure_eq {
    ($found:expr, $expected:expr, $($words:tt)+) => {{
        let (found, expected) = (&$found, &$expected);
        if found != expected {
            let words = format!($($words)+);
            return Err($crate::case::Failure::new(format!(
                "{words}: expected {expected:?}, found {found:?}"
            )));
        }
    }};
}

/// Makes a suite of private case functions: `CASES`, and a macro that turns each into a test.
/// A function that is left out of the list is dead code, which the compiler reports.
macro_rules! suite {
    ($dollar:tt $conformance:ident, $module:ident, $fixture:ty, [$($case:ident),+ $(,)?]) => {
        /// Every case of the suite.
        pub const CASES: &[$crate::case::Case<$fixture>] = &[
            $($crate::case::Case {
                name: stringify!($case),
                run: |fixture| Box::pin($case(fixture)),
            }),+
        ];

        /// Turns every case of the suite into a test of the adapters that the given asynchronous
        /// function makes, a fresh one for each.
        #[macro_export]
        macro_rules! $conformance {
            ($dollar make:expr) => {
                $(
                    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                    async fn $case() {
                        let fixture = $dollar make().await;
                        let cases = $crate::$module::CASES;
                        let result = $crate::case::run(cases, stringify!($case), fixture).await;
                        if let Err(failure) = result {
                            panic!("{failure}");
                        }
                    }
                )+
            };
        }
    };
}

pub(crate) use {ensure, ensure_eq, suite};
