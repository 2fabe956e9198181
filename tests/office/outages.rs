//! An outage is no free guess: logins, transactions, customers' cards and staff's, each over two
//! servers that share their stores.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use warifu_core::customers::{LoginForm, ReissueForAnother, UserSession};
use warifu_core::domain::{CodeLengths, OneTimePassword, PlainPassword, Subject, Surface};
use warifu_core::office::StaffLoginForm;
use warifu_core::ports::{
    Enrolment, OtpVerdict, OtpVerifier, PasswordCheck, PasswordVerifier, Unavailable,
};
use warifu_core::{Refusal, UseCases};

use crate::bank::{Bank, CONTRACT, login_password};

/// How the other system fails.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Failure {
    /// It was asked, and nobody knows what it made of that.
    Silent,
    /// It was not asked, as where a breaker is open.
    NotAsked,
}

/// Another system, which accepts what is right, counts what it is asked, and can fail.
#[derive(Default)]
struct OtherSystem {
    failure: Mutex<Option<Failure>>,
    asked: AtomicUsize,
}

impl OtherSystem {
    fn fail(&self, failure: impl Into<Option<Failure>>) {
        *self.failure.lock() = failure.into();
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn ask(&self, right: bool) -> Result<bool, Unavailable> {
        let failure = *self.failure.lock();
        if failure == Some(Failure::NotAsked) {
            return Err(Unavailable::without_asking("other", "the breaker is open"));
        }
        self.asked.fetch_add(1, Ordering::SeqCst);
        match failure {
            Some(_) => Err(Unavailable::new("other", "silent")),
            None => Ok(right),
        }
    }
}

#[async_trait]
impl PasswordVerifier for OtherSystem {
    async fn verify(
        &self,
        subject: &Subject,
        password: &PlainPassword,
    ) -> Result<bool, Unavailable> {
        self.ask(password.expose() == login_password(subject.user.as_str()).as_bytes())
    }

    async fn decoy(&self, _: &Subject, _: &PlainPassword) -> Result<(), Unavailable> {
        self.ask(false).map(|_| ())
    }

    fn longest_check(&self) -> Duration {
        Duration::from_secs(1)
    }

    async fn check(&self) -> Result<(), Unavailable> {
        Ok(())
    }
}

#[async_trait]
impl OtpVerifier for OtherSystem {
    async fn verify(&self, _: &Subject, code: &OneTimePassword) -> Result<OtpVerdict, Unavailable> {
        Ok(if self.ask(code.expose().starts_with('1'))? {
            OtpVerdict::Accepted
        } else {
            OtpVerdict::Refused
        })
    }

    async fn enrolment(&self, _: &Subject) -> Result<Enrolment, Unavailable> {
        Ok(Enrolment::Enrolled)
    }

    fn code_lengths(&self) -> CodeLengths {
        CodeLengths::new([6])
    }

    async fn check(&self) -> Result<(), Unavailable> {
        Ok(())
    }
}

/// What the other system checks, entered by one person and by another.
#[derive(Clone, Copy, Debug)]
enum Entry {
    Login,
    Transaction,
    Card,
    Staff,
}

impl Entry {
    const ALL: [Self; 4] = [Self::Login, Self::Transaction, Self::Card, Self::Staff];

    const fn people(self) -> [&'static str; 2] {
        match self {
            Self::Login => ["user01", "nobody"],
            Self::Transaction => ["admin01", "holder01"],
            Self::Card => ["holder01", "admin01"],
            Self::Staff => ["maker", "checker"],
        }
    }
}

/// Two servers of a bank.
struct Servers {
    bank: Bank,
    system: Arc<OtherSystem>,
    other: UseCases,
}

impl Servers {
    fn with(entry: Entry) -> Self {
        let system = Arc::new(OtherSystem::default());
        let bank = Bank::with_ports(true, |ports| match entry {
            Entry::Login => ports.login_verifier = PasswordCheck::Elsewhere(system.clone()),
            Entry::Transaction => {
                ports.transaction_verifier = PasswordCheck::Elsewhere(system.clone());
            }
            Entry::Card => ports.otp_verifier = system.clone(),
            Entry::Staff => ports.staff_otp_verifier = system.clone(),
        });
        let other = bank.another_server();
        Self {
            bank,
            system,
            other,
        }
    }

    /// Enters what is right, at one of the servers in turn.
    async fn enter(&self, entry: Entry, who: &str, number: usize) -> Result<(), Refusal> {
        let server = [&self.bank.use_cases, &self.other][number % 2];
        match entry {
            Entry::Login => self.log_in(server, who).await.map(|_| ()),
            Entry::Transaction => {
                let form = ReissueForAnother {
                    user_id: "user01".to_owned(),
                    transaction_password: login_password(who).into(),
                    not_instructed_by_others: true,
                    idempotency_key: None,
                };
                let operator = self.log_in(server, who).await?.operator;
                operator.reissue_for_another(form).await.map(|_| ())
            }
            Entry::Card => {
                let session = self.log_in(server, who).await?;
                session.verify_otp("123456".into()).await.map(|_| ())
            }
            Entry::Staff => {
                let form = StaffLoginForm {
                    staff_id: who.to_owned(),
                    login_password: login_password(who).into(),
                    otp: "123456".into(),
                };
                let logged_in = server.office.log_in(self.bank.context(), form).await;
                logged_in.map(|_| ())
            }
        }
    }

    async fn log_in(&self, server: &UseCases, who: &str) -> Result<UserSession, Refusal> {
        let form = LoginForm {
            contract_number: CONTRACT.to_owned(),
            user_id: who.to_owned(),
            login_password: login_password(who).into(),
        };
        let context = self.bank.context();
        let logged_in = server.customers.log_in(context, Surface::SelfService, form);
        Ok(logged_in.await?.session)
    }

    async fn enter_in_vain(&self, entry: Entry, who: &str, number: usize) {
        let refused = self.enter(entry, who, number).await;
        let unavailable = matches!(
            refused,
            Err(Refusal::Unavailable(_) | Refusal::OtpUnavailable(_))
        );
        assert!(unavailable, "{entry:?} of {who}, {number}: {refused:?}");
    }
}

/// Between two entries.
const PAUSE: Duration = Duration::from_secs(30);

const WINDOW: Duration = Duration::from_mins(10);

#[tokio::test]
async fn the_tenth_undecided_entry_is_the_last_that_is_asked_about_on_every_server() {
    for entry in Entry::ALL {
        let [unlucky, other] = entry.people();
        let servers = Servers::with(entry);
        let (bank, system) = (&servers.bank, &servers.system);
        system.fail(Failure::Silent);
        for number in 1..=13 {
            servers.enter_in_vain(entry, unlucky, number).await;
            assert_eq!(system.asked(), number.min(10), "{entry:?}");
        }
        system.fail(None);
        for number in 14..=15 {
            servers.enter_in_vain(entry, unlucky, number).await;
        }
        assert_eq!(system.asked(), 10, "{entry:?}: although all is well again");
        if other == "nobody" {
            // Whoever does not exist is asked about like anybody else.
            let refused = servers.enter(entry, other, 0).await;
            assert_eq!(refused, Err(Refusal::LoginRefused));
        } else {
            assert_eq!(servers.enter(entry, other, 0).await, Ok(()), "{entry:?}");
        }
        assert_eq!(system.asked(), 11, "{entry:?}");
        bank.clock.advance_by(WINDOW);
        assert_eq!(servers.enter(entry, unlucky, 1).await, Ok(()), "{entry:?}");
    }
}

#[tokio::test]
async fn names_that_nobody_has_are_counted_alike() {
    let servers = Servers::with(Entry::Login);
    servers.system.fail(Failure::Silent);
    for number in 1..=13 {
        servers.enter_in_vain(Entry::Login, "nobody", number).await;
        assert_eq!(servers.system.asked(), number.min(10));
    }
    servers.system.fail(None);
    servers.enter_in_vain(Entry::Login, "nobody", 14).await;
    assert_eq!(servers.system.asked(), 10);
}

#[tokio::test]
async fn never_more_than_ten_are_undecided_in_any_ten_minutes() {
    for entry in Entry::ALL {
        let [unlucky, _] = entry.people();
        let servers = Servers::with(entry);
        let system = &servers.system;
        system.fail(Failure::Silent);
        let mut asked_at = Vec::new();
        for number in 0..100_usize {
            let before = system.asked();
            servers.enter_in_vain(entry, unlucky, number).await;
            if system.asked() > before {
                asked_at.push(number);
            }
            servers.bank.clock.advance_by(PAUSE);
        }
        // Ten minutes are twenty pauses.
        for window in asked_at.windows(11) {
            assert!(window[10] - window[0] >= 20, "{entry:?}: {asked_at:?}");
        }
        assert!(asked_at.len() >= 45, "{entry:?}: {asked_at:?}");
    }
}

#[tokio::test]
async fn what_was_refused_without_asking_does_not_count() {
    for entry in Entry::ALL {
        let [unlucky, _] = entry.people();
        let servers = Servers::with(entry);
        servers.system.fail(Failure::NotAsked);
        for number in 0..25 {
            servers.enter_in_vain(entry, unlucky, number).await;
        }
        servers.system.fail(None);
        let let_in = servers.enter(entry, unlucky, 25).await;
        assert_eq!(let_in, Ok(()), "{entry:?}");
        assert_eq!(servers.system.asked(), 1, "{entry:?}");
    }
}

#[tokio::test]
async fn an_outage_locks_nobody() {
    for entry in Entry::ALL {
        let [unlucky, _] = entry.people();
        let servers = Servers::with(entry);
        servers.system.fail(Failure::Silent);
        for number in 0..9 {
            servers.enter_in_vain(entry, unlucky, number).await;
        }
        servers.system.fail(None);
        assert_eq!(servers.enter(entry, unlucky, 9).await, Ok(()), "{entry:?}");
    }
}
