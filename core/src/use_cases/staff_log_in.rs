//! Logging the bank's staff in: login password and one-time password in one entry, counted as one
//! attempt. Unknown, wrong and switched off tell nobody which they are, nor which of the two
//! passwords was wrong.

use std::time::Duration;

use super::attempt::{AttemptFailure, Attempted};
use super::clerk::Clerk;
use super::context::{RequestContext, Secret};
use super::warifu::Warifu;
use crate::domain::attempts::{Lock, Purpose};
use crate::domain::{
    AuditEvent, AuditOutcome, OneTimePassword, ParseIdentifierError, ParseOneTimePasswordError,
    ParsePasswordError, PasswordHash, PlainPassword, Principal, Session, SessionToken, StaffId,
    StaffMember, Subject, Surface, Timestamp,
};
use crate::ports::{AttemptKey, GrantedAttempt, HashPermit, OtpVerdict, Unavailable};
use crate::{InvalidField, Outcome, Refusal};

/// A login of a member of staff as entered.
#[derive(Clone)]
pub struct StaffLoginForm {
    /// 職員ID.
    pub staff_id: String,
    /// ログインパスワード.
    pub login_password: Secret,
    /// ワンタイムパスワード.
    pub otp: Secret,
}

/// A fresh session of a member of staff.
pub struct StaffLoggedIn {
    /// For its owner, once.
    pub token: SessionToken,
    /// The absolute end.
    pub expires_at: Timestamp,
    /// Whose it is.
    pub clerk: Clerk,
}

/// What is entered, once its shape is right.
struct Credentials {
    staff: StaffId,
    password: PlainPassword,
    code: OneTimePassword,
}

/// A member of staff who is let in.
struct LetIn {
    member: StaffMember,
    previous_login: Option<Timestamp>,
}

impl Warifu {
    /// Logs a member of staff in at the back office.
    pub async fn staff_log_in(
        &self,
        context: RequestContext,
        form: StaffLoginForm,
    ) -> Outcome<StaffLoggedIn> {
        let credentials = self.parse_staff_login(&form)?;
        self.to_completion(move |warifu| async move {
            let let_in = warifu.let_in(context, &credentials, None).await?;
            let (token, session) = warifu.office_session(&let_in);
            let sessions = &warifu.ports().sessions;
            sessions.create(&token.id(), &session).await?;
            let expires_at = session.expires_at;
            let clerk = Clerk::new(&token, session, let_in.member);
            warifu.note_staff_login(context, &clerk).await?;
            Ok(StaffLoggedIn {
                token,
                expires_at,
                clerk,
            })
        })
        .await
    }

    /// Lets a member of staff act at a terminal of the bank: with the same proof as at the back
    /// office, for as long as the program runs.
    pub async fn clerk_at_terminal(
        &self,
        context: RequestContext,
        form: StaffLoginForm,
    ) -> Outcome<Clerk> {
        let credentials = self.parse_staff_login(&form)?;
        self.to_completion(move |warifu| async move {
            let terminal = Some(super::terminal::TERMINAL);
            let let_in = warifu.let_in(context, &credentials, terminal).await?;
            let (token, session) = warifu.office_session(&let_in);
            let clerk = Clerk::new(&token, session, let_in.member).at_terminal();
            warifu.note_staff_login(context, &clerk).await?;
            Ok(clerk)
        })
        .await
    }

    async fn let_in(
        &self,
        context: RequestContext,
        credentials: &Credentials,
        at: Option<&str>,
    ) -> Outcome<LetIn> {
        let staff = &credentials.staff;
        let subject = Subject::of_staff(staff);
        let permit = self.hash_permit()?;
        let member = self.ports().staff_directory.find(staff).await?;
        let key = match &member {
            Some(_) => AttemptKey::Known(subject.clone(), Purpose::Login),
            None => AttemptKey::Unknown(subject.clone()),
        };
        self.refuse_after_outages(&subject, Purpose::Otp)
            .await
            .map_err(at_staff)?;
        let imported = self.ports().staff_directory.imported_hash(staff).await?;
        let usable = member.as_ref().is_some_and(|member| !member.disabled);
        let verify = |granted: GrantedAttempt| {
            let imported = imported.as_ref().filter(|_| usable && !granted.barred);
            let (permit, subject) = (&permit, &subject);
            async move {
                let password = &credentials.password;
                let right = self
                    .check_staff_password(permit, subject, imported, granted, password)
                    .await;
                // The code is checked in any case: how long it takes tells nothing.
                Ok(self.check_staff_code(subject, &credentials.code).await? && right)
            }
        };
        let attempted = self
            .attempt_under(&self.policy().staff_login, &key, verify)
            .await;
        if let Err(AttemptFailure::Verifier(unavailable)) = &attempted {
            self.note_outage(&subject, Purpose::Otp, unavailable).await;
        }
        let attempted = attempted.map_err(|failure| match failure {
            AttemptFailure::Store(unavailable) => Refusal::Unavailable(unavailable),
            AttemptFailure::Verifier(unavailable) => Refusal::OtpUnavailable(unavailable),
        })?;
        match (attempted, member) {
            (Attempted::Accepted, Some(member)) => Ok(LetIn {
                member,
                previous_login: self.ports().attempts.note_login(&subject).await?,
            }),
            (Attempted::Locked(lock), _) => {
                self.write_staff_refused(context, staff, at, Some(lock))
                    .await?;
                Err(self.staff_locked(lock))
            }
            (Attempted::Busy, _) => Err(Refusal::Busy),
            (Attempted::Lost, _) => Err(Refusal::Overloaded),
            (Attempted::Refused { .. } | Attempted::Accepted, _) => {
                self.write_staff_refused(context, staff, at, None).await?;
                Err(Refusal::StaffLoginRefused)
            }
        }
    }

    async fn check_staff_password(
        &self,
        permit: &HashPermit,
        subject: &Subject,
        imported: Option<&PasswordHash>,
        granted: GrantedAttempt,
        password: &PlainPassword,
    ) -> bool {
        let stored = granted.stored_hash;
        self.check_hash(permit, subject, Purpose::Login, imported, stored, password)
            .await
    }

    async fn check_staff_code(
        &self,
        subject: &Subject,
        code: &OneTimePassword,
    ) -> Result<bool, Unavailable> {
        match self
            .ports()
            .staff_otp_verifier
            .verify(subject, code)
            .await?
        {
            OtpVerdict::Accepted => Ok(true),
            OtpVerdict::Refused => Ok(false),
            OtpVerdict::Undecided => Err(Unavailable::new(
                STAFF_OTP_VERIFIER,
                "the back end neither accepted nor refused the code of a member of staff",
            )),
        }
    }

    /// Checks the login password of a clerk once more, for a decision. Counted with the logins.
    pub(super) async fn verify_clerk(
        &self,
        context: RequestContext,
        clerk: &Clerk,
        password: &PlainPassword,
    ) -> Outcome<ClerkVerified> {
        let permit = self.hash_permit()?;
        let (subject, staff) = (clerk.subject(), &clerk.member.id);
        let imported = self.ports().staff_directory.imported_hash(staff).await?;
        let key = AttemptKey::Known(subject.clone(), Purpose::Login);
        let verify = |granted: GrantedAttempt| {
            let imported = imported.as_ref().filter(|_| !granted.barred);
            let (permit, subject) = (&permit, &subject);
            async move {
                Ok(self
                    .check_staff_password(permit, subject, imported, granted, password)
                    .await)
            }
        };
        let attempted = self
            .attempt_under(&self.policy().staff_login, &key, verify)
            .await
            .map_err(|failure| Refusal::Unavailable(failure.into_unavailable()))?;
        let at = clerk.is_at_terminal().then_some(super::terminal::TERMINAL);
        match attempted {
            Attempted::Accepted => Ok(ClerkVerified(())),
            Attempted::Refused { failures_left } => {
                self.write_staff_refused(context, staff, at, None).await?;
                Err(Refusal::StaffPasswordRefused { failures_left })
            }
            Attempted::Locked(lock) => {
                self.write_staff_refused(context, staff, at, Some(lock))
                    .await?;
                Err(self.staff_locked(lock))
            }
            Attempted::Busy => Err(Refusal::Busy),
            Attempted::Lost => Err(Refusal::Overloaded),
        }
    }

    fn staff_locked(&self, lock: Lock) -> Refusal {
        let least = Duration::from_secs(1);
        let wait = |until: Timestamp| until.since(self.now()).max(least);
        Refusal::StaffLoginLocked {
            retry_after: lock.until.map_or(least, wait),
        }
    }

    fn office_session(&self, let_in: &LetIn) -> (SessionToken, Session) {
        let now = self.now();
        let session = Session {
            surface: Surface::Office,
            principal: Principal::Staff(let_in.member.id.clone()),
            created_at: now,
            last_used_at: now,
            expires_at: now.plus(self.policy().session.absolute),
            previous_login: let_in.previous_login,
            otp_verified_until: None,
        };
        (SessionToken::generate(self.randomness()), session)
    }

    async fn note_staff_login(&self, context: RequestContext, clerk: &Clerk) -> Outcome<()> {
        let succeeded = self
            .entry(context, AuditEvent::LoginSucceeded, AuditOutcome::Success)
            .by_clerk(clerk)
            .with("surface", Surface::Office.name());
        self.write([succeeded]).await
    }

    async fn write_staff_refused(
        &self,
        context: RequestContext,
        staff: &StaffId,
        at: Option<&str>,
        lock: Option<Lock>,
    ) -> Outcome<()> {
        let written = |event, outcome| {
            let entry = self
                .entry(context, event, outcome)
                .actor(&format_args!("staff:{staff}"))
                .with("surface", Surface::Office.name());
            match at {
                Some(place) => entry.with("at", place),
                None => entry,
            }
        };
        let reason = lock.map_or("not-accepted", |_| "locked");
        let refused =
            written(AuditEvent::LoginRefused, AuditOutcome::Refused).with("reason", reason);
        let set = lock.filter(|lock| lock.just_set).map(|_| {
            written(AuditEvent::LockSet, AuditOutcome::Success).with("purpose", Purpose::Login)
        });
        self.write(std::iter::once(refused).chain(set)).await
    }

    fn parse_staff_login(&self, form: &StaffLoginForm) -> Outcome<Credentials> {
        let staff = form
            .staff_id
            .parse::<StaffId>()
            .map_err(|error| match error {
                ParseIdentifierError::Empty => InvalidField::StaffIdEmpty,
                ParseIdentifierError::Malformed => InvalidField::StaffIdMalformed,
            });
        let password = self.parse_clerk_password(&form.login_password);
        let lengths = self.staff_code_lengths();
        let code =
            OneTimePassword::parse(form.otp.expose(), &lengths).map_err(|error| match error {
                ParseOneTimePasswordError::Empty => InvalidField::OtpEmpty,
                ParseOneTimePasswordError::Malformed => InvalidField::OtpMalformed(lengths),
            });
        match (staff, password, code) {
            (Ok(staff), Ok(password), Ok(code)) => Ok(Credentials {
                staff,
                password,
                code,
            }),
            (staff, password, code) => Err(Refusal::Invalid(
                [staff.err(), password.err(), code.err()]
                    .into_iter()
                    .flatten()
                    .collect(),
            )),
        }
    }

    pub(super) fn parse_clerk_password(
        &self,
        entry: &Secret,
    ) -> Result<PlainPassword, InvalidField> {
        let allowed = self.policy().password_characters;
        PlainPassword::parse(entry.expose(), allowed).map_err(|error| match error {
            ParsePasswordError::Empty => InvalidField::LoginPasswordEmpty,
            ParsePasswordError::FullWidth => InvalidField::LoginPasswordFullWidth,
            ParsePasswordError::TooLong | ParsePasswordError::ControlCharacters => {
                InvalidField::LoginPasswordMalformed
            }
        })
    }
}

/// Proof that the clerk entered their own login password for this very decision. Only
/// [`Warifu::verify_clerk`] makes one; it is used up by the decision.
pub(super) struct ClerkVerified(());

const STAFF_OTP_VERIFIER: &str = "staff_otp_verifier";

/// Staff have a verifier of their own; a store that failed keeps its name.
fn at_staff(unavailable: Unavailable) -> Refusal {
    if unavailable.port != "otp_verifier" {
        return Refusal::Unavailable(unavailable);
    }
    Refusal::OtpUnavailable(Unavailable {
        port: STAFF_OTP_VERIFIER,
        ..unavailable
    })
}
