//! Refusals at whole steps of time: where another system checks passwords, looking somebody up and asking
//! about them takes a little longer than finding nobody, and enough tries would tell.

use std::time::Duration;

use super::base::Wiring;
use crate::domain::attempts::Purpose;
use crate::ports::{Clock, PasswordCheck};
use crate::{Outcome, Refusal};

/// Longer than a directory takes to answer, so that whatever differs within it is not seen.
const STEP: Duration = Duration::from_millis(100);

impl Wiring {
    /// What `login` answers, refusals when the steps that began with it are over. Hashes that are checked
    /// here have a pace of their own.
    pub(crate) async fn refused_in_steps<T>(
        &self,
        login: impl Future<Output = Outcome<T>>,
    ) -> Outcome<T> {
        match self.password_check(Purpose::Login) {
            PasswordCheck::Hashes => login.await,
            PasswordCheck::Elsewhere(_) => in_steps(self.ports().clock.as_ref(), login).await,
        }
    }
}

async fn in_steps<T>(clock: &dyn Clock, login: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    let mut login = std::pin::pin!(login);
    let mut step = clock.sleep(STEP);
    let answer = loop {
        tokio::select! {
            // The step begins first, whatever the login does before it waits for the first time.
            biased;
            () = &mut step => step = clock.sleep(STEP),
            answer = &mut login => break answer,
        }
    };
    if let Err(Refusal::LoginRefused | Refusal::LoginLocked { .. }) = answer {
        step.await;
    }
    answer
}

#[cfg(test)]
mod tests {
    use std::future::ready;
    use std::sync::atomic::{AtomicU32, Ordering};

    use async_trait::async_trait;

    use super::*;
    use crate::domain::Timestamp;

    /// Counts the steps that were waited for to their end.
    #[derive(Default)]
    struct Steps(AtomicU32);

    #[async_trait]
    impl Clock for Steps {
        fn now(&self) -> Timestamp {
            Timestamp::from_unix_millis(0)
        }

        async fn sleep(&self, duration: Duration) {
            assert_eq!(duration, STEP);
            tokio::task::yield_now().await;
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    async fn steps_of(login: impl Future<Output = Outcome<()>>) -> u32 {
        let steps = Steps::default();
        let _ = in_steps(&steps, login).await;
        steps.0.into_inner()
    }

    #[tokio::test]
    async fn refusals_wait_for_the_end_of_a_step_and_nothing_else_does() {
        let locked = Refusal::LoginLocked {
            retry_after: Duration::ZERO,
        };
        assert_eq!(steps_of(ready(Err(Refusal::LoginRefused))).await, 1);
        assert_eq!(steps_of(ready(Err(locked))).await, 1);
        assert_eq!(steps_of(ready(Ok(()))).await, 0);
        assert_eq!(steps_of(ready(Err(Refusal::Busy))).await, 0);
    }

    #[tokio::test]
    async fn a_slow_one_waits_for_the_end_of_its_last_step() {
        let slow = async {
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
            Err(Refusal::LoginRefused)
        };
        assert_eq!(steps_of(slow).await, 4);
    }
}
