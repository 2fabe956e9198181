use std::time::Duration;

use async_trait::async_trait;
use warifu_core::domain::{Principal, Session, SessionId};
use warifu_core::ports::{SessionStore, Unavailable};

use crate::store::MemoryStore;

#[async_trait]
impl SessionStore for MemoryStore {
    async fn create(&self, id: &SessionId, session: &Session) -> Result<(), Unavailable> {
        let mut sessions = self.sessions.lock();
        let now = self.now();
        sessions.0.insert(*id, session.clone(), now);
        Ok(())
    }

    async fn touch(&self, id: &SessionId, idle: Duration) -> Result<Option<Session>, Unavailable> {
        let mut sessions = self.sessions.lock();
        let now = self.now();
        let Some(session) = sessions.0.get_mut(id, now) else {
            return Ok(None);
        };
        if session.last_used_at.plus(idle) <= now {
            sessions.0.remove(id);
            return Ok(None);
        }
        session.last_used_at = session.last_used_at.max(now);
        session.otp_verified_until.take_if(|until| *until <= now);
        Ok(Some(session.clone()))
    }

    async fn put_otp_proof(&self, id: &SessionId, good_for: Duration) -> Result<(), Unavailable> {
        let mut sessions = self.sessions.lock();
        let now = self.now();
        if let Some(session) = sessions.0.get_mut(id, now) {
            session.otp_verified_until = Some(now.plus(good_for));
        }
        Ok(())
    }

    async fn take_otp_proof(&self, id: &SessionId) -> Result<bool, Unavailable> {
        let mut sessions = self.sessions.lock();
        let now = self.now();
        let proof = sessions
            .0
            .get_mut(id, now)
            .and_then(|session| session.otp_verified_until.take());
        Ok(proof.is_some_and(|until| until > now))
    }

    async fn end(&self, id: &SessionId) -> Result<(), Unavailable> {
        self.sessions.lock().0.remove(id);
        Ok(())
    }

    async fn end_all(
        &self,
        principal: &Principal,
        except: Option<&SessionId>,
    ) -> Result<usize, Unavailable> {
        let mut sessions = self.sessions.lock();
        let now = self.now();
        let theirs = |session: &Session| session.principal == *principal;
        Ok(sessions
            .0
            .remove_all(now, |id, session| theirs(session) && Some(id) != except))
    }

    async fn check(&self) -> Result<(), Unavailable> {
        Ok(())
    }
}
