use std::time::Duration;

use async_trait::async_trait;

use super::Unavailable;
use crate::domain::{Principal, Session, SessionId};

/// Who is logged in.
///
/// # Promises
/// - A session that was created is found by `touch` on every server that shares the store, until
///   it ends.
/// - `touch` finds no session that was ended, that is past its absolute end, or that was not used
///   for `idle`; it counts as a use.
/// - `end_all` ends every session of the principal that was created before it was called, on all
///   servers, and no other's.
/// - `take_otp_proof` succeeds at most once for each `put_otp_proof`, also when called at the same
///   time.
/// - A session that `touch` finds shows a proof only while that is good, by the store's time.
/// - Ended and expired sessions take no memory for long.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Begins a session.
    async fn create(&self, id: &SessionId, session: &Session) -> Result<(), Unavailable>;

    /// Finds a session and notes its use.
    async fn touch(&self, id: &SessionId, idle: Duration) -> Result<Option<Session>, Unavailable>;

    /// Notes that a one-time password was verified in this session; good for so long, by the store's
    /// time.
    async fn put_otp_proof(&self, id: &SessionId, good_for: Duration) -> Result<(), Unavailable>;

    /// Uses the proof up. `false` where there is none that is still good.
    async fn take_otp_proof(&self, id: &SessionId) -> Result<bool, Unavailable>;

    /// Ends a session. Ending what is not there is fine.
    async fn end(&self, id: &SessionId) -> Result<(), Unavailable>;

    /// Ends all sessions of a principal, `except` one where it is given. Tells how many it ended that
    /// had not reached their absolute end.
    async fn end_all(
        &self,
        principal: &Principal,
        except: Option<&SessionId>,
    ) -> Result<usize, Unavailable>;

    /// Whether it can answer.
    async fn check(&self) -> Result<(), Unavailable>;
}
