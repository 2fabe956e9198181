//! What a bank decides: limits, durations, who may do what. Values checked by the configuration.

use std::num::NonZeroU32;
use std::time::Duration;

use super::attempts::{AttemptPolicy, Purpose};
use super::passwords::AllowedCharacters;
use super::retrieval_password::RetrievalPasswordLength;
use super::stranger_names::SprayPolicy;
use super::timestamp::Timestamp;

/// All rules that a bank can set.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Attempts at the login password.
    pub login: AttemptPolicy,
    /// Attempts at the transaction password.
    pub transaction: AttemptPolicy,
    /// Attempts at the one-time password.
    pub otp: AttemptPolicy,
    /// Attempts at the retrieval password; its lock goes only by reissue.
    pub retrieval: AttemptPolicy,
    /// What login and transaction passwords can look like.
    pub password_characters: AllowedCharacters,
    /// Length and life of a retrieval password.
    pub retrieval_password: RetrievalPasswordPolicy,
    /// Reissues.
    pub reissue: ReissuePolicy,
    /// Reissues for many users at once.
    pub bulk: BulkPolicy,
    /// Sessions.
    pub session: SessionPolicy,
    /// Certificates.
    pub certificate: CertificatePolicy,
    /// How long a repeated request is recognised.
    pub idempotency: IdempotencyPolicy,
    /// Attempts of the bank's staff. Their lock ends by itself: nobody else could lift it.
    pub staff_login: AttemptPolicy,
    /// The paper procedure.
    pub paper: PaperPolicy,
    /// Strangers who try many names.
    pub spraying: SprayPolicy,
}

impl Policy {
    /// The attempt limits of `purpose`.
    pub const fn attempts(&self, purpose: Purpose) -> &AttemptPolicy {
        match purpose {
            Purpose::Login => &self.login,
            Purpose::Transaction => &self.transaction,
            Purpose::Otp => &self.otp,
            Purpose::Retrieval => &self.retrieval,
            Purpose::StaffDecision => &self.staff_login,
        }
    }
}

/// Length and life of a retrieval password.
#[derive(Clone, Copy, Debug)]
pub struct RetrievalPasswordPolicy {
    /// How many characters.
    pub length: RetrievalPasswordLength,
    /// How long it can be redeemed.
    pub valid_for: Duration,
    /// How long it cannot be redeemed yet.
    pub hold_for: Duration,
}

/// At most `limit` in `window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// So many within the window; the next is refused.
    pub limit: NonZeroU32,
    /// In how long.
    pub window: Duration,
}

/// Limits and conditions of reissues.
#[derive(Clone, Copy, Debug)]
pub struct ReissuePolicy {
    /// Reissues for one user.
    pub per_target: Quota,
    /// Reissues by one operator.
    pub per_operator: Quota,
    /// Whether an administrator may reissue for themselves at the administrators' entry.
    pub own_through_admin: bool,
    /// Whether a password that an operator reissued for somebody else dies when the operator is
    /// switched off or gone.
    pub void_with_operator: bool,
    /// How long a verified one-time password is good for a reissue.
    pub otp_proof_for: Duration,
}

/// Reissues for many users at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BulkPolicy {
    /// The most users of one run.
    pub max_users: NonZeroU32,
    /// Whether a second person who may reissue has to enter their transaction password, too.
    pub second_approver: bool,
}

/// Limits of sessions.
#[derive(Clone, Copy, Debug)]
pub struct SessionPolicy {
    /// Without use.
    pub idle: Duration,
    /// In all.
    pub absolute: Duration,
}

/// Certificates.
#[derive(Clone, Copy, Debug)]
pub struct CertificatePolicy {
    /// How long before its end a certificate is shown as expiring.
    pub notice: Duration,
}

/// Repeated requests.
#[derive(Clone, Copy, Debug)]
pub struct IdempotencyPolicy {
    /// How long an `Idempotency-Key` is remembered.
    pub remember_for: Duration,
}

/// The paper procedure.
#[derive(Clone, Copy, Debug)]
pub struct PaperPolicy {
    /// How long a request may stay undecided; then it has to be registered anew.
    pub undecided_for: Duration,
    /// How long the password of a notice can be redeemed, counted from the day of its issue, on
    /// which it is posted.
    pub valid_for: Duration,
    /// How many minutes east of UTC the bank's days begin.
    pub utc_offset_minutes: i32,
}

impl PaperPolicy {
    /// How long a password is valid whose notice is made at `now`: to the last minute of its last
    /// day, where it is one of days.
    pub fn validity_from(&self, now: Timestamp) -> Duration {
        const MINUTE: i64 = 60_000;
        const DAY: i64 = 24 * 60 * MINUTE;
        let days = self.valid_for.as_millis() >= Duration::from_hours(24).as_millis();
        if !days {
            return self.valid_for;
        }
        let offset = i64::from(self.utc_offset_minutes) * MINUTE;
        let end = now.plus(self.valid_for).as_unix_millis();
        let into_day = (end + offset).rem_euclid(DAY);
        let last_minute = Timestamp::from_unix_millis(end - into_day + DAY - MINUTE);
        last_minute.since(now).max(self.valid_for)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_of_a_notice_ends_with_a_day_of_the_bank() {
        let at = |text| Timestamp::parse_rfc3339(text).unwrap();
        let rules = |days: u64, utc_offset_minutes| PaperPolicy {
            undecided_for: Duration::ZERO,
            valid_for: Duration::from_hours(24 * days),
            utc_offset_minutes,
        };
        for (made, days, offset, ends) in [
            ("2026-11-28T04:09:00Z", 30, 540, "2026-12-28T14:59:00Z"),
            // Past midnight in Japan, before it in UTC.
            ("2026-11-28T15:00:00Z", 30, 540, "2026-12-29T14:59:00Z"),
            ("2026-11-28T04:09:00Z", 1, 0, "2026-11-29T23:59:00Z"),
            ("2026-11-28T04:09:00Z", 1, -300, "2026-11-29T04:59:00Z"),
        ] {
            let valid_for = rules(days, offset).validity_from(at(made));
            assert_eq!(at(made).plus(valid_for), at(ends), "{made}");
        }
        let short = PaperPolicy {
            valid_for: Duration::from_secs(2),
            ..rules(0, 540)
        };
        assert_eq!(
            short.validity_from(at("2026-11-28T04:09:00Z")),
            Duration::from_secs(2)
        );
    }
}
