//! Logging the bank's staff in: login password and one-time password in one entry, counted as one
//! attempt. Unknown, wrong and switched off tell nobody which they are, nor which of the two
//! passwords was wrong.

use std::sync::OnceLock;
use std::time::Duration;

use super::clerk::{Clerk, audit_name};
use super::handle::Office;
use super::session::{StaffSession, clerk_holding};
use super::staff_password::{parse_staff_password, staff_locked, write_staff_refused};
use crate::domain::attempts::{Lane, Purpose};
use crate::domain::{
    AuditEvent, AuditOutcome, DeviceToken, OneTimePassword, ParseIdentifierError,
    ParseOneTimePasswordError, PasswordHash, PasswordVersion, PlainPassword, Principal,
    SPRAY_WINDOW, Session, SessionToken, StaffId, StaffMember, Subject, Surface, Timestamp,
};
use crate::ports::{AttemptKey, GrantedAttempt, HashClaimant, OtpVerdict, Unavailable};
use crate::wiring::{
    Actor, Attempted, Found, PasswordEntry, Person, STAFF_DIRECTORY, SeenLock, ShownAtLogin,
    Wiring, to_completion,
};
use crate::{InvalidField, Outcome, Refusal, RequestContext, Secret};

/// A refusal takes so long, whichever of the two entries was wrong: longer than checking both usually does.
const REFUSED_AFTER: Duration = Duration::from_secs(1);

/// Staff have a verifier of their own.
const STAFF_OTP_VERIFIER: &str = "staff_otp_verifier";

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
    /// The session of its owner.
    pub session: StaffSession,
    /// For the browser, to be shown at its next login.
    pub device_token: Option<DeviceToken>,
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
    /// The hash of the password, as imported.
    password: Option<PasswordHash>,
    lane: Lane,
}

impl Office {
    /// Logs a member of staff in at the back office, as a stranger.
    pub async fn log_in(
        &self,
        context: RequestContext,
        form: StaffLoginForm,
    ) -> Outcome<StaffLoggedIn> {
        let shown = ShownAtLogin::default();
        self.log_in_showing(context, form, shown).await
    }

    /// Logs a member of staff in at the back office who shows where they come from.
    pub async fn log_in_showing(
        &self,
        context: RequestContext,
        form: StaffLoginForm,
        shown: ShownAtLogin,
    ) -> Outcome<StaffLoggedIn> {
        let credentials = parse(&self.wiring, &form)?;
        let wiring = self.wiring.clone();
        to_completion(async move {
            let actor = Actor::in_session(context, audit_name(&credentials.staff), None);
            let let_in = let_in(&wiring, &actor, &credentials, &shown).await?;
            let subject = Subject::of_staff(&credentials.staff);
            let version = let_in.password.as_ref().map(PasswordVersion::of_hash);
            let who = person(&subject, version.as_ref());
            let device_token = wiring.remember_browser(who, let_in.lane, shown).await?;
            let (token, session) = begin_session(&wiring, &let_in);
            let sessions = &wiring.ports().sessions;
            sessions.create(&token.id(), &session).await?;
            let expires_at = session.expires_at;
            let clerk = Clerk::new(&wiring, actor, let_in.member);
            write_let_in(&clerk).await?;
            Ok(StaffLoggedIn {
                session: StaffSession::new(&token, session, clerk),
                token,
                expires_at,
                device_token,
            })
        })
        .await
    }
}

impl Clerk {
    /// Lets a member of staff act at a terminal of the bank: with the same proof as at the back
    /// office, for as long as the program runs. There is no session.
    pub(crate) async fn at_terminal(
        wiring: &Wiring,
        context: RequestContext,
        form: StaffLoginForm,
    ) -> Outcome<Self> {
        let credentials = parse(wiring, &form)?;
        let wiring = wiring.clone();
        to_completion(async move {
            let actor = Actor::at_terminal(context, audit_name(&credentials.staff), None);
            let shown = ShownAtLogin::default();
            let let_in = let_in(&wiring, &actor, &credentials, &shown).await?;
            let clerk = Self::new(&wiring, actor, let_in.member);
            write_let_in(&clerk).await?;
            Ok(clerk)
        })
        .await
    }
}

/// Who a token of the back office is good for.
fn person<'a>(subject: &'a Subject, password: Option<&'a PasswordVersion>) -> Person<'a> {
    Person {
        surface: Surface::Office,
        subject,
        identity: None,
        password,
    }
}

async fn let_in(
    wiring: &Wiring,
    claimant: &Actor,
    credentials: &Credentials,
    shown: &ShownAtLogin,
) -> Outcome<LetIn> {
    let staff = &credentials.staff;
    let subject = Subject::of_staff(staff);
    let permit = wiring.hash_permit(HashClaimant::at(claimant.context().source))?;
    let directory = &wiring.ports().staff_directory;
    let member = directory.find(staff).await?;
    let imported = directory.imported_hash(staff).await?;
    let version = imported.as_ref().map(PasswordVersion::of_hash);
    let who = person(&subject, version.as_ref());
    let lane = wiring.lane_of(who, shown).await?;
    let key = AttemptKey::login(subject.clone(), lane);
    let context = claimant.context();
    let login = wiring.counted_login(context, &key, member.is_some()).await;
    let Some(login) = login else {
        return Err(Refusal::StaffLoginLocked {
            retry_after: SPRAY_WINDOW,
        });
    };
    let usable = member.as_ref().is_some_and(|member| !member.disabled);
    let entered = PasswordEntry {
        subject: &subject,
        purpose: Purpose::Login,
        password: &credentials.password,
        usable,
    };
    let outdated = OnceLock::new();
    let verify = |granted: GrantedAttempt| {
        let imported = imported.as_ref().filter(|_| usable && !granted.barred);
        let (permit, code, outdated) = (&permit, &credentials.code, &outdated);
        async move {
            let stored = granted.stored_hash;
            let password = wiring.check_hash(permit, entered, imported, stored).await?;
            if !password.matches {
                // The code is not used up by a password that was mistyped; and an outage says of no
                // password that it is right.
                wiring.ports().staff_otp_verifier.check().await?;
                return Ok(Found::Wrong);
            }
            let found = check_staff_code(wiring, entered.subject, code).await?;
            if let (true, Some(imported)) = (password.outdated, imported) {
                // Each entry is checked once.
                let _ = outdated.set(imported);
            }
            Ok(found)
        }
    };
    let counted = login.checked_by(STAFF_OTP_VERIFIER);
    wiring.hash_turn(&permit).await?;
    let begun = wiring.now();
    let attempted = wiring.attempt(counted, verify).await;
    wiring.note_outcome(&login, &attempted);
    let attempted = attempted.map_err(|failure| {
        failure.into_refusal(|unavailable| match unavailable.port {
            STAFF_DIRECTORY => Refusal::Unavailable(unavailable),
            _ => Refusal::OtpUnavailable(unavailable),
        })
    })?;
    if let (Attempted::Accepted, Some(imported)) = (&attempted, outdated.get()) {
        wiring.renew_hash(&permit, entered, imported).await;
    }
    drop(permit);
    let was_judged = matches!(
        attempted,
        Attempted::Refused { .. } | Attempted::Locked(_, Some(_)) | Attempted::UsedBefore
    );
    let answer = match (attempted, member) {
        (Attempted::Accepted, Some(member)) => Ok(LetIn {
            member,
            previous_login: wiring.ports().attempts.note_login(&subject).await?,
            password: imported,
            lane,
        }),
        (Attempted::Locked(lock, booked), _) => {
            let seen = SeenLock {
                subject: &subject,
                purpose: Purpose::Login,
                lane: lane.kind(),
                lock,
                known: login.known,
            };
            write_staff_refused(wiring, claimant, Some(seen), booked).await?;
            Err(staff_locked(wiring, lock))
        }
        (Attempted::Busy, _) => Err(Refusal::Busy),
        (Attempted::Lost, _) => Err(Refusal::Overloaded),
        (Attempted::Refused { booked, .. }, _) => {
            write_staff_refused(wiring, claimant, None, Some(booked)).await?;
            Err(Refusal::StaffLoginRefused)
        }
        (Attempted::UsedBefore, _) => {
            write_staff_refused(wiring, claimant, None, None).await?;
            Err(Refusal::StaffLoginRefused)
        }
        // What is right of nobody: there is no such case.
        (Attempted::Accepted, None) => Err(Refusal::Unexpected),
    };
    if was_judged {
        // After it is written down: what is booked waits for nothing.
        let took = wiring.now().since(begun);
        let clock = &wiring.ports().clock;
        clock.sleep(REFUSED_AFTER.saturating_sub(took)).await;
    }
    answer
}

async fn check_staff_code(
    wiring: &Wiring,
    subject: &Subject,
    code: &OneTimePassword,
) -> Result<Found, Unavailable> {
    let verifier = &wiring.ports().staff_otp_verifier;
    match verifier.verify(subject, code).await? {
        OtpVerdict::Accepted => Ok(Found::Right),
        OtpVerdict::Refused => Ok(Found::Wrong),
        OtpVerdict::UsedBefore => Ok(Found::UsedBefore),
        OtpVerdict::Undecided => Err(Unavailable::new(
            STAFF_OTP_VERIFIER,
            "the back end neither accepted nor refused the code of a member of staff",
        )),
    }
}

fn begin_session(wiring: &Wiring, let_in: &LetIn) -> (SessionToken, Session) {
    let now = wiring.now();
    let token = SessionToken::generate(wiring.randomness());
    let session = Session {
        surface: Surface::Office,
        principal: Principal::Staff(let_in.member.id.clone()),
        created_at: now,
        last_used_at: now,
        expires_at: now.plus(wiring.policy().session.absolute),
        previous_login: let_in.previous_login,
        otp_verified_until: None,
        holder: Some(clerk_holding(&token, let_in.password.as_ref())),
    };
    (token, session)
}

async fn write_let_in(clerk: &Clerk) -> Outcome<()> {
    let succeeded = clerk
        .entry(AuditEvent::LoginSucceeded, AuditOutcome::Success)
        .with("surface", Surface::Office.name());
    clerk.wiring.write([succeeded]).await
}

fn parse(wiring: &Wiring, form: &StaffLoginForm) -> Outcome<Credentials> {
    let staff = form
        .staff_id
        .parse::<StaffId>()
        .map_err(|error| match error {
            ParseIdentifierError::Empty => InvalidField::StaffIdEmpty,
            ParseIdentifierError::Malformed => InvalidField::StaffIdMalformed,
        });
    let password = parse_staff_password(wiring, &form.login_password);
    let lengths = wiring.ports().staff_otp_verifier.code_lengths();
    let code = OneTimePassword::parse(form.otp.expose(), &lengths).map_err(|error| match error {
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
