//! Logging in. Unknown, wrong, disabled and locked tell nobody which they are.

use super::attempt::Attempted;
use super::context::{LoginForm, RequestContext};
use super::sessions::Operator;
use super::warifu::Warifu;
use crate::domain::attempts::{Lock, Purpose};
use crate::domain::{
    AllowedCharacters, AuditEvent, AuditOutcome, ContractNumber, ParseIdentifierError,
    ParsePasswordError, PlainPassword, Principal, Session, SessionToken, Subject, Surface,
    Timestamp, UserId,
};
use crate::ports::{AttemptKey, DirectoryEntry};
use crate::{InvalidField, Outcome, Refusal};
use std::time::Duration;

/// A fresh session.
pub struct LoggedIn {
    /// For its owner, once.
    pub token: SessionToken,
    /// The absolute end.
    pub expires_at: Timestamp,
    /// Whose it is.
    pub operator: Operator,
}

impl Warifu {
    /// Logs a user in on `surface`.
    pub async fn log_in(
        &self,
        context: RequestContext,
        surface: Surface,
        form: LoginForm,
    ) -> Outcome<LoggedIn> {
        let (subject, password) = parse(&form, self.policy().password_characters)?;
        self.to_completion(move |warifu| async move {
            warifu
                .check_login(context, surface, subject, password)
                .await
        })
        .await
    }

    async fn check_login(
        &self,
        context: RequestContext,
        surface: Surface,
        subject: Subject,
        password: PlainPassword,
    ) -> Outcome<LoggedIn> {
        let purpose = Purpose::Login;
        let checker = self.password_checker(purpose)?;
        let entry = self.ports().directory.find(&subject).await?;
        let key = match &entry {
            Some(_) => AttemptKey::Known(subject.clone(), purpose),
            None => AttemptKey::Unknown(subject.clone()),
        };
        let may_log_in = entry.as_ref().is_some_and(|entry| !entry.user.disabled);
        let attempted = self
            .attempt_password(&checker, &key, purpose, &subject, may_log_in, &password)
            .await?;
        match (attempted, entry) {
            (Attempted::Accepted, Some(entry)) => {
                self.begin_session(context, surface, &subject, entry).await
            }
            (Attempted::Locked(lock), _) => {
                self.refuse_locked(context, surface, &subject, lock).await
            }
            (Attempted::Busy, _) => Err(Refusal::Busy),
            (Attempted::Lost, _) => Err(Refusal::Overloaded),
            (Attempted::Refused { .. } | Attempted::Accepted, _) => {
                let entry = self.refused_entry(context, surface, &subject);
                self.write([entry.with("reason", "not-accepted")]).await?;
                Err(Refusal::LoginRefused)
            }
        }
    }

    async fn begin_session(
        &self,
        context: RequestContext,
        surface: Surface,
        subject: &Subject,
        entry: DirectoryEntry,
    ) -> Outcome<LoggedIn> {
        let previous_login = self.ports().attempts.note_login(subject).await?;
        let now = self.now();
        let expires_at = now.plus(self.policy().session.absolute);
        let session = Session {
            surface,
            principal: Principal::User(subject.clone()),
            created_at: now,
            last_used_at: now,
            expires_at,
            previous_login,
            otp_verified_until: None,
        };
        let token = SessionToken::generate(self.randomness());
        self.ports().sessions.create(&token.id(), &session).await?;
        let operator = Operator::new(&token, session, entry.contract, entry.user);
        let succeeded = self
            .entry(context, AuditEvent::LoginSucceeded, AuditOutcome::Success)
            .by(&operator)
            .on(subject)
            .with("surface", surface.name());
        self.write([succeeded]).await?;
        Ok(LoggedIn {
            token,
            expires_at,
            operator,
        })
    }

    async fn refuse_locked(
        &self,
        context: RequestContext,
        surface: Surface,
        subject: &Subject,
        lock: Lock,
    ) -> Outcome<LoggedIn> {
        let refused = self
            .refused_entry(context, surface, subject)
            .with("reason", "locked");
        let set = self.lock_set(context, subject, Purpose::Login, lock);
        self.write(std::iter::once(refused).chain(set)).await?;
        let retry_after = match lock.until {
            Some(until) => until.since(self.now()).max(Duration::from_secs(1)),
            None => Duration::from_secs(1),
        };
        Err(Refusal::LoginLocked { retry_after })
    }

    fn refused_entry(
        &self,
        context: RequestContext,
        surface: Surface,
        subject: &Subject,
    ) -> super::audit_trail::Entry {
        self.entry(context, AuditEvent::LoginRefused, AuditOutcome::Refused)
            .actor(&subject.user)
            .on(subject)
            .with("surface", surface.name())
    }
}

fn parse(form: &LoginForm, characters: AllowedCharacters) -> Outcome<(Subject, PlainPassword)> {
    let contract = form
        .contract_number
        .parse::<ContractNumber>()
        .map_err(|error| match error {
            ParseIdentifierError::Empty => InvalidField::ContractNumberEmpty,
            ParseIdentifierError::Malformed => InvalidField::ContractNumberMalformed,
        });
    let user = form.user_id.parse::<UserId>().map_err(|error| match error {
        ParseIdentifierError::Empty => InvalidField::UserIdEmpty,
        ParseIdentifierError::Malformed => InvalidField::UserIdMalformed,
    });
    let password = PlainPassword::parse(form.login_password.expose(), characters).map_err(
        |error| match error {
            ParsePasswordError::Empty => InvalidField::LoginPasswordEmpty,
            ParsePasswordError::FullWidth => InvalidField::LoginPasswordFullWidth,
            ParsePasswordError::TooLong | ParsePasswordError::ControlCharacters => {
                InvalidField::LoginPasswordMalformed
            }
        },
    );
    match (contract, user, password) {
        (Ok(contract), Ok(user), Ok(password)) => Ok((Subject::new(contract, user), password)),
        (contract, user, password) => Err(Refusal::Invalid(
            [contract.err(), user.err(), password.err()]
                .into_iter()
                .flatten()
                .collect(),
        )),
    }
}
