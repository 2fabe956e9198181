use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{OptionalExtension, params};
use warifu_core::domain::{Principal, Session, SessionId};
use warifu_core::ports::{SessionStore, Unavailable};

use crate::failure::Failure;
use crate::states::{decode, encode};
use crate::step::Step;
use crate::store::EmbeddedStore;

const TABLE: &str = "sessions";

/// The session that has not reached its absolute end.
fn load(step: &Step<'_>, id: &SessionId) -> Result<Option<Session>, Failure> {
    let state: Option<Vec<u8>> = step
        .connection
        .prepare_cached("SELECT state FROM sessions WHERE id = ?1 AND expires_at > ?2")?
        .query_row(params![id.as_bytes(), step.now.as_unix_millis()], |row| {
            row.get(0)
        })
        .optional()?;
    state.map(|state| decode(TABLE, &state)).transpose()
}

fn save(step: &Step<'_>, id: &SessionId, session: &Session) -> Result<(), Failure> {
    let state = encode(TABLE, session)?;
    let sql = "INSERT INTO sessions (id, principal, expires_at, state) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT (id) DO UPDATE SET principal = excluded.principal, \
               expires_at = excluded.expires_at, state = excluded.state";
    step.connection.prepare_cached(sql)?.execute(params![
        id.as_bytes(),
        step.keys.principal(&session.principal),
        session.expires_at.as_unix_millis(),
        state,
    ])?;
    Ok(())
}

fn delete(step: &Step<'_>, id: &SessionId) -> Result<(), Failure> {
    let sql = "DELETE FROM sessions WHERE id = ?1";
    step.connection
        .prepare_cached(sql)?
        .execute([id.as_bytes()])?;
    Ok(())
}

#[async_trait]
impl SessionStore for EmbeddedStore {
    async fn create(&self, id: &SessionId, session: &Session) -> Result<(), Unavailable> {
        let (id, session) = (*id, session.clone());
        self.write(move |step| save(step, &id, &session)).await
    }

    /// A machine without power may forget the last uses: the session ends earlier then, not later.
    async fn touch(&self, id: &SessionId, idle: Duration) -> Result<Option<Session>, Unavailable> {
        let id = *id;
        self.write_lightly(move |step| {
            let Some(mut session) = load(step, &id)? else {
                return Ok(None);
            };
            if session.last_used_at.plus(idle) <= step.now {
                delete(step, &id)?;
                return Ok(None);
            }
            if session.last_used_at < step.now {
                session.last_used_at = step.now;
                save(step, &id, &session)?;
            }
            session
                .otp_verified_until
                .take_if(|until| *until <= step.now);
            Ok(Some(session))
        })
        .await
    }

    async fn put_otp_proof(&self, id: &SessionId, good_for: Duration) -> Result<(), Unavailable> {
        let id = *id;
        self.write(move |step| {
            if let Some(mut session) = load(step, &id)? {
                session.otp_verified_until = Some(step.now.plus(good_for));
                save(step, &id, &session)?;
            }
            Ok(())
        })
        .await
    }

    async fn take_otp_proof(&self, id: &SessionId) -> Result<bool, Unavailable> {
        let id = *id;
        self.write(move |step| {
            let Some(mut session) = load(step, &id)? else {
                return Ok(false);
            };
            let Some(until) = session.otp_verified_until.take() else {
                return Ok(false);
            };
            save(step, &id, &session)?;
            Ok(until > step.now)
        })
        .await
    }

    async fn end(&self, id: &SessionId) -> Result<(), Unavailable> {
        let id = *id;
        self.write(move |step| delete(step, &id)).await
    }

    async fn end_all(
        &self,
        principal: &Principal,
        except: Option<&SessionId>,
    ) -> Result<usize, Unavailable> {
        let (principal, except) = (principal.clone(), except.copied());
        self.write(move |step| {
            // What has ended waits to be purged, and counts for nothing.
            let sql = "DELETE FROM sessions WHERE principal = ?1 AND id IS NOT ?2 \
                       AND expires_at > ?3";
            let mut statement = step.connection.prepare_cached(sql)?;
            let except = except.as_ref().map(SessionId::as_bytes);
            let (principal, now) = (step.keys.principal(&principal), step.now.as_unix_millis());
            Ok(statement.execute(params![principal, except, now])?)
        })
        .await
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.probe().await
    }
}
