use std::time::Duration;

use async_trait::async_trait;
use data_encoding::HEXLOWER;
use futures_util::future::try_join_all;
use warifu_core::domain::{Principal, Session, SessionId, Timestamp};
use warifu_core::ports::{SessionStore, Unavailable};
use warifu_redis_link::Call;

use crate::error::unavailable;
use crate::reply::Fields as _;
use crate::shared::{answer, millis};
use crate::store::RedisStore;

#[async_trait]
impl SessionStore for RedisStore {
    /// The list of the principal's sessions comes first: a session that is found is also ended by
    /// `end_all`. How long the session lasts is counted by the servers' clock, so that a program
    /// with a wrong clock neither shortens nor prolongs it.
    async fn create(&self, id: &SessionId, session: &Session) -> Result<(), Unavailable> {
        let body = serde_json::to_string(session)
            .map_err(|error| unavailable(format!("the session cannot be written: {error}")))?;
        let lasts = millis(session.expires_at.since(session.last_used_at));
        let call = Call::new(&self.scripts.principal_note_session)
            .key(self.keys.principal(&session.principal).key("s"))
            .arg(HEXLOWER.encode(id.as_bytes()))
            .arg(&lasts);
        self.run(call).await?;
        let proof = session.otp_verified_until.map(Timestamp::as_unix_millis);
        let call = Call::new(&self.scripts.session_create)
            .key(self.keys.session(id))
            .arg(body)
            .arg(&lasts)
            .arg(proof.map(|until| until.to_string()).unwrap_or_default());
        self.run(call).await?;
        Ok(())
    }

    async fn touch(&self, id: &SessionId, idle: Duration) -> Result<Option<Session>, Unavailable> {
        let call = Call::new(&self.scripts.session_touch)
            .key(self.keys.session(id))
            .arg(millis(idle));
        let reply = self.run(call).await?;
        match reply.kind() {
            answer::NONE => Ok(None),
            answer::FOUND => {
                let mut session: Session = reply.json(1)?;
                session.last_used_at = reply.time(2)?;
                session.otp_verified_until = reply.optional_time(3)?;
                Ok(Some(session))
            }
            _ => Err(reply.unexpected()),
        }
    }

    async fn put_otp_proof(&self, id: &SessionId, good_for: Duration) -> Result<(), Unavailable> {
        let call = Call::new(&self.scripts.session_put_proof)
            .key(self.keys.session(id))
            .arg(millis(good_for));
        self.run(call).await?;
        Ok(())
    }

    async fn take_otp_proof(&self, id: &SessionId) -> Result<bool, Unavailable> {
        let call = Call::new(&self.scripts.session_take_proof).key(self.keys.session(id));
        Ok(self.run(call).await?.flag(0))
    }

    async fn end(&self, id: &SessionId) -> Result<(), Unavailable> {
        self.end_key(self.keys.session(id)).await?;
        Ok(())
    }

    async fn end_all(
        &self,
        principal: &Principal,
        except: Option<&SessionId>,
    ) -> Result<usize, Unavailable> {
        let except = except.map(|id| HEXLOWER.encode(id.as_bytes()));
        let call = Call::new(&self.scripts.principal_sessions)
            .key(self.keys.principal(principal).key("s"));
        let sessions = self.run(call).await?;
        let others = sessions
            .texts()
            .iter()
            .filter(|id| Some(*id) != except.as_ref());
        let ended = others.map(|id| {
            let key = self.keys.tag_written(&format!("s{id}")).key("s");
            self.end_key(key)
        });
        let ended = try_join_all(ended).await?;
        Ok(ended.into_iter().filter(|was_there| *was_there).count())
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.check_all().await
    }
}

impl RedisStore {
    /// Tells whether it was there.
    async fn end_key(&self, key: String) -> Result<bool, Unavailable> {
        let call = Call::new(&self.scripts.session_end).key(key);
        Ok(self.run(call).await?.flag(0))
    }
}
