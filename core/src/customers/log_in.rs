//! Logging in. Unknown, wrong, disabled and locked tell nobody which they are.

use super::handle::Customers;
use super::session::{UserSession, holder_of};
use crate::context::{RequestContext, Secret};
use crate::domain::attempts::{Lane, Lock, Purpose};
use crate::domain::{
    AllowedCharacters, AuditEvent, AuditOutcome, ContractNumber, DeviceToken, ParseIdentifierError,
    ParsePasswordError, PlainPassword, Principal, SPRAY_WINDOW, Session, SessionToken, Subject,
    Surface, Timestamp, UserId,
};
use crate::ports::{AttemptKey, DirectoryEntry, HashClaimant};
use crate::wiring::{
    Attempted, Entry, PasswordEntry, Person, SeenLock, ShownAtLogin, keep_booked, to_completion,
};
use crate::{InvalidField, Outcome, Refusal};
use std::time::Duration;

/// A login as entered.
#[derive(Clone)]
pub struct LoginForm {
    /// ご契約者番号.
    pub contract_number: String,
    /// 利用者ID.
    pub user_id: String,
    /// ログインパスワード.
    pub login_password: Secret,
}

/// A fresh session.
pub struct LoggedIn {
    /// For its owner, once.
    pub token: SessionToken,
    /// The absolute end.
    pub expires_at: Timestamp,
    /// The session of its owner.
    pub session: UserSession,
    /// For the browser, to be shown at its next login. Nothing where a certificate was shown.
    pub device_token: Option<DeviceToken>,
}

/// Who somebody says they are, once its shape is right.
struct Claim {
    context: RequestContext,
    surface: Surface,
    subject: Subject,
    password: PlainPassword,
}

impl Customers {
    /// Logs a stranger in on `surface`.
    pub async fn log_in(
        &self,
        context: RequestContext,
        surface: Surface,
        form: LoginForm,
    ) -> Outcome<LoggedIn> {
        let shown = ShownAtLogin::default();
        self.log_in_showing(context, surface, form, shown).await
    }

    /// Logs a user in on `surface` who shows where they come from.
    pub async fn log_in_showing(
        &self,
        context: RequestContext,
        surface: Surface,
        form: LoginForm,
        shown: ShownAtLogin,
    ) -> Outcome<LoggedIn> {
        let (subject, password) = parse(&form, self.wiring.policy().password_characters)?;
        let claim = Claim {
            context,
            surface,
            subject,
            password,
        };
        let customers = self.clone();
        to_completion(async move {
            let login = customers.check_login(claim, shown);
            customers.wiring.refused_in_steps(login).await
        })
        .await
    }

    async fn check_login(&self, claim: Claim, shown: ShownAtLogin) -> Outcome<LoggedIn> {
        let purpose = Purpose::Login;
        let Claim {
            context,
            surface,
            subject,
            password,
        } = claim;
        // Whoever shows nothing has a stranger's share of the hasher, and takes a place before any work.
        let stranger = HashClaimant::at(context.source);
        let shows_nothing = shown.device_token.is_none() && !shown.own_certificate;
        let checker = if shows_nothing {
            Some(self.wiring.password_checker(purpose, stranger.clone())?)
        } else {
            None
        };
        let entry = self.wiring.ports().directory.find(&subject).await?;
        let who = Person {
            surface,
            subject: &subject,
            identity: entry
                .as_ref()
                .and_then(|entry| entry.user.identity.as_ref()),
            password: entry
                .as_ref()
                .and_then(|entry| entry.login_password.as_ref()),
        };
        let lane = self.wiring.lane_of(who, &shown).await?;
        let key = AttemptKey::login(subject.clone(), lane);
        let known = entry.is_some();
        let login = self.wiring.counted_login(context, &key, known).await;
        let Some(login) = login else {
            return Err(Refusal::LoginLocked {
                retry_after: SPRAY_WINDOW,
            });
        };
        let checker = match (checker, lane) {
            (Some(checker), _) => checker,
            (None, Lane::Stranger) => self.wiring.password_checker(purpose, stranger)?,
            (None, Lane::KnownBrowser(_) | Lane::Certificate) => {
                let claimant = HashClaimant::Contract(subject.contract.clone());
                self.wiring.password_checker(purpose, claimant)?
            }
        };
        let may_log_in = entry.as_ref().is_some_and(|entry| !entry.user.disabled);
        let entered = PasswordEntry {
            subject: &subject,
            purpose,
            password: &password,
            usable: may_log_in,
        };
        let attempted = self
            .wiring
            .attempt_login(&checker, login.clone(), entered)
            .await;
        self.wiring.note_outcome(&login, &attempted);
        match (attempted?, &entry) {
            (Attempted::Accepted, Some(found)) => {
                let device_token = self.wiring.remember_browser(who, lane, shown).await?;
                let session = self.begin_session(context, surface, &subject, found.clone());
                Ok(LoggedIn {
                    device_token,
                    ..session.await?
                })
            }
            (Attempted::Locked(lock, booked), _) => {
                let seen = SeenLock {
                    subject: &subject,
                    purpose,
                    lane: lane.kind(),
                    lock,
                    known,
                };
                let written = self.write_locked(context, surface, seen).await;
                keep_booked(booked, written)?;
                Err(self.locked(lock))
            }
            (Attempted::Busy, _) => Err(Refusal::Busy),
            (Attempted::Lost | Attempted::UsedBefore, _) => Err(Refusal::Overloaded),
            (Attempted::Refused { booked, .. }, _) => {
                let entry = self.refused_entry(context, surface, &subject);
                booked.write([entry.with("reason", "not-accepted")]).await?;
                Err(Refusal::LoginRefused)
            }
            // What is right of nobody: there is no such case.
            (Attempted::Accepted, None) => Err(Refusal::Unexpected),
        }
    }

    async fn begin_session(
        &self,
        context: RequestContext,
        surface: Surface,
        subject: &Subject,
        entry: DirectoryEntry,
    ) -> Outcome<LoggedIn> {
        let previous_login = self.wiring.ports().attempts.note_login(subject).await?;
        let now = self.wiring.now();
        let expires_at = now.plus(self.wiring.policy().session.absolute);
        let token = SessionToken::generate(self.wiring.randomness());
        let holder = holder_of(&token, &entry);
        let session = Session {
            surface,
            principal: Principal::User(subject.clone()),
            created_at: now,
            last_used_at: now,
            expires_at,
            previous_login,
            otp_verified_until: None,
            holder: Some(holder),
        };
        self.wiring
            .ports()
            .sessions
            .create(&token.id(), &session)
            .await?;
        let session = UserSession::new(
            &self.wiring,
            context,
            (&token, session),
            (entry.contract, entry.user),
        );
        let succeeded = session
            .operator
            .entry(AuditEvent::LoginSucceeded, AuditOutcome::Success)
            .on(subject)
            .with("surface", surface.name());
        self.wiring.write([succeeded]).await?;
        Ok(LoggedIn {
            token,
            expires_at,
            session,
            device_token: None,
        })
    }

    async fn write_locked(
        &self,
        context: RequestContext,
        surface: Surface,
        seen: SeenLock<'_>,
    ) -> Outcome<()> {
        let refused = self
            .refused_entry(context, surface, seen.subject)
            .with("reason", "locked");
        let set = self.wiring.lock_set(context, seen.subject);
        self.wiring.write_with_lock([refused], seen, set).await
    }

    fn locked(&self, lock: Lock) -> Refusal {
        let least = Duration::from_secs(1);
        let wait = |until: Timestamp| until.since(self.wiring.now()).max(least);
        Refusal::LoginLocked {
            retry_after: lock.until.map_or(least, wait),
        }
    }

    fn refused_entry(&self, context: RequestContext, surface: Surface, subject: &Subject) -> Entry {
        self.wiring
            .entry(context, AuditEvent::LoginRefused, AuditOutcome::Refused)
            .claimed_by(&subject.user)
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
