use async_trait::async_trait;
use rusqlite::{OptionalExtension, params};
use warifu_core::domain::{Quota, QuotaVerdict, QuotaWindow, ReissueId};
use warifu_core::ports::{QuotaKey, QuotaStore, Unavailable};

use crate::failure::Failure;
use crate::keys::Key;
use crate::states::{decode, encode};
use crate::step::Step;
use crate::store::EmbeddedStore;

const TABLE: &str = "quota_windows";

/// The window that has not ended.
fn load(step: &Step<'_>, key: &Key) -> Result<Option<QuotaWindow>, Failure> {
    let state: Option<Vec<u8>> = step
        .connection
        .prepare_cached("SELECT state FROM quota_windows WHERE key = ?1 AND expires_at > ?2")?
        .query_row(params![key, step.now.as_unix_millis()], |row| row.get(0))
        .optional()?;
    state.map(|state| decode(TABLE, &state)).transpose()
}

fn save(step: &Step<'_>, key: &Key, window: &QuotaWindow) -> Result<(), Failure> {
    let sql = "INSERT INTO quota_windows (key, expires_at, state) VALUES (?1, ?2, ?3) \
               ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at, \
               state = excluded.state";
    let ends_at = window.ends_at().as_unix_millis();
    let state = encode(TABLE, window)?;
    let mut statement = step.connection.prepare_cached(sql)?;
    statement.execute(params![key, ends_at, state])?;
    Ok(())
}

#[async_trait]
impl QuotaStore for EmbeddedStore {
    async fn take(
        &self,
        key: &QuotaKey,
        quota: Quota,
        unit: ReissueId,
    ) -> Result<QuotaVerdict, Unavailable> {
        let key = key.clone();
        self.write(move |step| {
            let key = step.keys.quota(&key);
            let mut window = load(step, &key)?;
            let verdict = QuotaWindow::take(&mut window, quota, unit, step.now);
            if let (QuotaVerdict::Allowed, Some(window)) = (&verdict, &window) {
                save(step, &key, window)?;
            }
            Ok(verdict)
        })
        .await
    }

    async fn settle(
        &self,
        key: &QuotaKey,
        unit: ReissueId,
        happened: bool,
    ) -> Result<(), Unavailable> {
        let key = key.clone();
        self.write(move |step| {
            let key = step.keys.quota(&key);
            let Some(mut window) = load(step, &key)? else {
                return Ok(());
            };
            window.settle(unit, happened);
            save(step, &key, &window)
        })
        .await
    }
}
