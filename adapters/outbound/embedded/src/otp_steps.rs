use async_trait::async_trait;
use rusqlite::{OptionalExtension, params};
use warifu_core::domain::Subject;
use warifu_core::ports::{OtpStepStore, Unavailable};

use crate::store::EmbeddedStore;

/// Steps are written as eight bytes, the highest first: integers of the database have a sign.
/// Never purged: forgetting one would let a used code pass again. There are only as many as
/// enrolled tokens.
#[async_trait]
impl OtpStepStore for EmbeddedStore {
    async fn advance(&self, subject: &Subject, step: u64) -> Result<bool, Unavailable> {
        let (subject, wanted) = (subject.clone(), step);
        self.write(move |step| {
            let key = step.keys.subject(&subject);
            let last: Option<[u8; 8]> = step
                .connection
                .prepare_cached("SELECT step FROM otp_steps WHERE subject = ?1")?
                .query_row([key], |row| row.get(0))
                .optional()?;
            if last.is_some_and(|last| u64::from_be_bytes(last) >= wanted) {
                return Ok(false);
            }
            step.connection
                .prepare_cached(
                    "INSERT INTO otp_steps (subject, step) VALUES (?1, ?2) \
                     ON CONFLICT (subject) DO UPDATE SET step = excluded.step",
                )?
                .execute(params![key, wanted.to_be_bytes()])?;
            Ok(true)
        })
        .await
    }
}
