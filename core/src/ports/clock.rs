use std::time::Duration;

use async_trait::async_trait;

use crate::domain::Timestamp;

/// The time.
///
/// # Promises
/// - Close to UTC, as the operating system keeps it.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Waits for about `duration` before work is tried again. A clock that is set back or forward
    /// meanwhile changes nothing.
    async fn sleep(&self, duration: Duration);
}
