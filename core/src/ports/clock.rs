use crate::domain::Timestamp;

/// The time.
///
/// # Promises
/// - Close to UTC, as the operating system keeps it.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}
