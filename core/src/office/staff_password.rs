//! The login password of a member of staff: at the login, and once more for a decision. Counted
//! alike.

use std::time::Duration;

use super::clerk::Clerk;
use crate::domain::attempts::{Lock, Purpose};
use crate::domain::{
    AuditEvent, AuditOutcome, ParsePasswordError, PasswordHash, PlainPassword, Subject, Surface,
    Timestamp,
};
use crate::ports::{AttemptKey, GrantedAttempt, HashPermit};
use crate::wiring::{Actor, Attempted, PasswordEntry, SeenLock, Wiring};
use crate::{InvalidField, Outcome, Refusal, Secret};

/// Judges the shape of a login password of staff.
pub(super) fn parse_staff_password(
    wiring: &Wiring,
    entry: &Secret,
) -> Result<PlainPassword, InvalidField> {
    let allowed = wiring.policy().password_characters;
    PlainPassword::parse(entry.expose(), allowed).map_err(|error| match error {
        ParsePasswordError::Empty => InvalidField::LoginPasswordEmpty,
        ParsePasswordError::FullWidth => InvalidField::LoginPasswordFullWidth,
        ParsePasswordError::TooLong | ParsePasswordError::ControlCharacters => {
            InvalidField::LoginPasswordMalformed
        }
    })
}

/// Checks the password against its hash, or against a dummy where there is none.
pub(super) async fn check_staff_password(
    wiring: &Wiring,
    permit: &HashPermit,
    (subject, password): (&Subject, &PlainPassword),
    imported: Option<&PasswordHash>,
    granted: GrantedAttempt,
) -> bool {
    let entry = PasswordEntry {
        subject,
        purpose: Purpose::Login,
        password,
        usable: imported.is_some(),
    };
    let stored = granted.stored_hash;
    wiring.check_hash(permit, entry, imported, stored).await
}

/// Writes down that a member of staff was refused, and the lock that came of it.
pub(super) async fn write_staff_refused(
    wiring: &Wiring,
    claimant: &Actor,
    lock: Option<SeenLock<'_>>,
) -> Outcome<()> {
    let written = |event, outcome| {
        wiring
            .entry_by(claimant, event, outcome)
            .with("surface", Surface::Office.name())
    };
    let refused = written(AuditEvent::LoginRefused, AuditOutcome::Refused);
    let Some(seen) = lock else {
        return wiring.write([refused.with("reason", "not-accepted")]).await;
    };
    let refused = refused.with("reason", "locked");
    let set = written(AuditEvent::LockSet, AuditOutcome::Success);
    wiring.write_with_lock([refused], seen, set).await
}

/// What a locked member of staff is told.
pub(super) fn staff_locked(wiring: &Wiring, lock: Lock) -> Refusal {
    let least = Duration::from_secs(1);
    let wait = |until: Timestamp| until.since(wiring.now()).max(least);
    Refusal::StaffLoginLocked {
        retry_after: lock.until.map_or(least, wait),
    }
}

impl Clerk {
    /// Checks the clerk's own login password once more. Counted with the logins.
    pub(crate) async fn check_own_password(&self, password: &PlainPassword) -> Outcome<()> {
        let wiring = &self.wiring;
        let permit = wiring.hash_permit()?;
        let (subject, staff) = (self.subject(), &self.member.id);
        let directory = &wiring.ports().staff_directory;
        let imported = directory.imported_hash(staff).await?;
        let key = AttemptKey::Known(subject.clone(), Purpose::Login);
        let verify = |granted: GrantedAttempt| {
            let imported = imported.as_ref().filter(|_| !granted.barred);
            let (permit, entered) = (&permit, (&subject, password));
            async move { Ok(check_staff_password(wiring, permit, entered, imported, granted).await) }
        };
        let attempted = wiring
            .attempt_under(&wiring.policy().staff_login, &key, verify)
            .await
            .map_err(|failure| Refusal::Unavailable(failure.into_unavailable()))?;
        match attempted {
            Attempted::Accepted => Ok(()),
            Attempted::Refused { failures_left } => {
                write_staff_refused(wiring, &self.actor, None).await?;
                Err(Refusal::StaffPasswordRefused { failures_left })
            }
            Attempted::Locked(lock) => {
                let seen = SeenLock {
                    subject: &subject,
                    purpose: Purpose::Login,
                    lock,
                    known: true,
                };
                write_staff_refused(wiring, &self.actor, Some(seen)).await?;
                Err(staff_locked(wiring, lock))
            }
            Attempted::Busy => Err(Refusal::Busy),
            Attempted::Lost => Err(Refusal::Overloaded),
        }
    }
}
