//! The login password of a member of staff: at the login, and once more for a decision. Each is
//! counted for itself.

use std::time::Duration;

use super::clerk::Clerk;
use crate::domain::attempts::{LaneKind, Lock, Purpose};
use crate::domain::{
    AuditEvent, AuditOutcome, ParsePasswordError, PlainPassword, Surface, Timestamp,
};
use crate::ports::{AttemptKey, HashClaimant};
use crate::wiring::{
    Actor, Attempted, Booked, PasswordEntry, STAFF_DIRECTORY, SeenLock, Wiring, keep_booked,
};
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

/// Writes down that a member of staff was refused, and the lock that came of it.
pub(super) async fn write_staff_refused(
    wiring: &Wiring,
    claimant: &Actor,
    lock: Option<SeenLock<'_>>,
    booked: Option<Booked>,
) -> Outcome<()> {
    let written = |event, outcome| {
        wiring
            .entry_by(claimant, event, outcome)
            .with("surface", Surface::Office.name())
    };
    let refused = written(AuditEvent::LoginRefused, AuditOutcome::Refused);
    let Some(seen) = lock else {
        let written = wiring.write([refused.with("reason", "not-accepted")]).await;
        return keep_booked(booked, written);
    };
    let refused = refused.with("reason", "locked");
    let set = written(AuditEvent::LockSet, AuditOutcome::Success);
    let written = wiring.write_with_lock([refused], seen, set).await;
    keep_booked(booked, written)
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
    /// Checks the clerk's own login password once more. Counted apart from the logins, which
    /// anybody can try.
    pub(crate) async fn check_own_password(&self, password: &PlainPassword) -> Outcome<()> {
        let wiring = &self.wiring;
        let permit = wiring.hash_permit(HashClaimant::Bank)?;
        let (subject, staff) = (self.subject(), &self.member.id);
        let directory = &wiring.ports().staff_directory;
        let imported = directory.imported_hash(staff).await?;
        let key = AttemptKey::of(subject.clone(), Purpose::StaffDecision);
        let counted = wiring.counted(&key, STAFF_DIRECTORY);
        let entry = PasswordEntry {
            subject: &subject,
            purpose: Purpose::Login,
            password,
            usable: imported.is_some(),
        };
        let attempted = wiring
            .attempt_by_hash(&permit, counted, entry, imported.as_ref())
            .await
            .map_err(|failure| failure.into_refusal(Refusal::Unavailable))?;
        match attempted {
            Attempted::Accepted => Ok(()),
            Attempted::Refused {
                failures_left,
                booked,
            } => {
                write_staff_refused(wiring, &self.actor, None, Some(booked)).await?;
                Err(Refusal::StaffPasswordRefused { failures_left })
            }
            Attempted::Locked(lock, booked) => {
                let seen = SeenLock {
                    subject: &subject,
                    purpose: key.purpose,
                    lane: LaneKind::Stranger,
                    lock,
                    known: true,
                };
                write_staff_refused(wiring, &self.actor, Some(seen), booked).await?;
                Err(staff_locked(wiring, lock))
            }
            Attempted::Busy => Err(Refusal::Busy),
            Attempted::Lost | Attempted::UsedBefore => Err(Refusal::Overloaded),
        }
    }
}
