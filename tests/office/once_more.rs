//! Asking once more for what a session was given: a password that is shown, a file that was handed out. One
//! server has the file; all of them tell the truth.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};
use warifu_core::customers::{
    KeyChoice, LoginForm, Redeemed, RedeemedKey, ReissueForAnother, RetrievedBefore,
    RetrievedInSession, UserSession,
};
use warifu_core::domain::{AuditEvent, IssuedCertificate, SerialNumber, Surface, Timestamp};
use warifu_core::ports::{
    BadCsr, CertificateAuthority, CertificateRequest, ClientKeys, Clock, GeneratedKey, PrivateKey,
    PublicKey, Unavailable,
};
use warifu_core::{Outcome, Refusal, UseCases};
use zeroize::Zeroizing;

use crate::bank::{Bank, CONTRACT, HOUR, login_password, transaction_password};

/// Time that only tests let pass: what waits, waits for ever.
struct Patient(Arc<dyn Clock>);

#[async_trait]
impl Clock for Patient {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    async fn sleep(&self, _: Duration) {
        std::future::pending::<()>().await;
    }
}

/// Issues what it is asked for.
struct Authority(Arc<dyn Clock>);

#[async_trait]
impl CertificateAuthority for Authority {
    async fn issue(&self, request: &CertificateRequest) -> Result<IssuedCertificate, Unavailable> {
        let now = self.0.now();
        Ok(IssuedCertificate {
            serial: request.serial,
            certificate: "certificate".to_owned(),
            chain: "chain".to_owned(),
            not_before: now,
            not_after: now.plus(HOUR),
        })
    }

    async fn revoke(&self, _: SerialNumber) -> Result<(), Unavailable> {
        Ok(())
    }

    async fn trust_anchors(&self) -> Result<String, Unavailable> {
        Ok(String::new())
    }

    async fn check(&self) -> Result<(), Unavailable> {
        Ok(())
    }
}

/// Another key each time; a file tells its key and its passphrase.
#[derive(Default)]
struct Keys(Mutex<u8>);

impl ClientKeys for Keys {
    fn read_request(&self, pem: &str) -> Result<PublicKey, BadCsr> {
        let spki_der = pem.as_bytes().to_vec();
        Ok(PublicKey { spki_der })
    }

    fn generate(&self) -> Result<GeneratedKey, Unavailable> {
        let mut last = self.0.lock();
        *last += 1;
        let spki_der = vec![*last; 3];
        Ok(GeneratedKey {
            private: PrivateKey::from_pkcs8(Zeroizing::new(spki_der.clone())),
            public: PublicKey { spki_der },
        })
    }

    fn pkcs12(
        &self,
        key: &PrivateKey,
        _: &IssuedCertificate,
        _: &str,
        passphrase: &SecretString,
    ) -> Result<Vec<u8>, Unavailable> {
        let passphrase = passphrase.expose_secret().as_bytes();
        Ok([key.expose_pkcs8(), passphrase].concat())
    }
}

fn bank() -> Bank {
    Bank::with_ports(true, |ports| {
        let clock = ports.clock.clone();
        ports.certificate_authority = Arc::new(Authority(clock.clone()));
        ports.client_keys = Arc::new(Keys::default());
        ports.clock = Arc::new(Patient(clock));
    })
}

/// Somebody logged in, at any server of the bank.
struct Browser<'a> {
    bank: &'a Bank,
    token: String,
}

impl<'a> Browser<'a> {
    async fn of(bank: &'a Bank, user: &str) -> Self {
        let form = LoginForm {
            contract_number: CONTRACT.to_owned(),
            user_id: user.to_owned(),
            login_password: login_password(user).into(),
        };
        let customers = &bank.use_cases.customers;
        let login = customers.log_in(bank.context(), Surface::SelfService, form);
        let token = login.await.expect("a login").token.expose().to_owned();
        Self { bank, token }
    }

    async fn at(&self, server: &UseCases) -> UserSession {
        let context = self.bank.context();
        let session = server
            .customers
            .session(context, Surface::SelfService, &self.token);
        session.await.expect("a session")
    }
}

/// A fresh password of `user01`.
async fn password(bank: &Bank) -> String {
    let form = ReissueForAnother {
        user_id: "user01".to_owned(),
        transaction_password: transaction_password("admin01").into(),
        not_instructed_by_others: true,
        idempotency_key: None,
    };
    let operator = bank.user("admin01").await.operator;
    let reissued = operator.reissue_for_another(form).await.expect("a reissue");
    let password = reissued.retrieval_password.expose_display();
    password.expose_secret().to_owned()
}

async fn retrieve(session: &UserSession, password: &str) -> Outcome<Redeemed> {
    let choice = KeyChoice::Pkcs12WithNewPassphrase;
    session.redeem(password.into(), choice).await
}

fn file(redeemed: &Redeemed) -> &[u8] {
    let RedeemedKey::Pkcs12(file) = &redeemed.key else {
        panic!("no file");
    };
    file
}

async fn here(session: &UserSession) -> Option<Redeemed> {
    let before = session.retrieved_before().await.expect("an answer");
    match before {
        RetrievedBefore::Here(redeemed) => Some(*redeemed),
        RetrievedBefore::Elsewhere => None,
        RetrievedBefore::Unconfirmed => panic!("nobody knows of the certificate"),
    }
}

#[tokio::test]
async fn a_second_press_finds_the_password_that_is_shown() {
    let bank = bank();
    let other = bank.another_server();
    let browser = Browser::of(&bank, "holder01").await;
    let here = browser.at(&bank.use_cases).await;
    assert_eq!(here.check_showable().await, Err(Refusal::OtpRequired));
    here.verify_otp("100001".into()).await.expect("a proof");
    let here = browser.at(&bank.use_cases).await;
    assert_eq!(here.check_showable().await, Ok(()));
    let shown = here.show_new_password().await.expect("a password");

    for server in [&bank.use_cases, &other] {
        let again = browser.at(server).await;
        assert_eq!(again.check_showable().await, Err(Refusal::AlreadyShown));
        let pressed = again.show_new_password().await.map(|_| ());
        assert_eq!(pressed, Err(Refusal::AlreadyShown));
        for done in [true, false] {
            let told = again.shown_before(done).await;
            assert_eq!(told, Ok(Some(Refusal::AlreadyShown)));
        }
    }
    assert_eq!(bank.log.of(AuditEvent::Reissued).len(), 1);
    // It was not shown in another session of the same person.
    let elsewhere = Browser::of(&bank, "holder01").await;
    let elsewhere = elsewhere.at(&other).await;
    assert_eq!(elsewhere.check_showable().await, Err(Refusal::OtpRequired));

    // Whoever cannot find it begins again, and gets another.
    let again = browser.at(&other).await;
    again.verify_otp("100002".into()).await.expect("a proof");
    let again = browser.at(&other).await;
    let second = again.show_new_password().await.expect("a password");
    assert_ne!(second.reissue_id, shown.reissue_id);

    // What is void is not to be looked for.
    let id = second.reissue_id.to_string();
    again.cancel_own_reissue(&id).await.expect("it is void");
    let again = browser.at(&bank.use_cases).await;
    assert_eq!(again.check_showable().await, Err(Refusal::OtpRequired));
    let done = again.shown_before(true).await;
    assert_eq!(done, Ok(Some(Refusal::AlreadyReissued)));
    let refused = again.shown_before(false).await;
    assert_eq!(refused, Ok(Some(Refusal::OtpRequired)));
}

#[tokio::test]
async fn a_password_that_was_stored_and_not_shown_is_not_said_to_be_shown() {
    let bank = bank();
    let browser = Browser::of(&bank, "holder01").await;
    let session = browser.at(&bank.use_cases).await;
    session.verify_otp("100001".into()).await.expect("a proof");
    let session = browser.at(&bank.use_cases).await;
    *bank.log.fails_at.lock() = Some(AuditEvent::Reissued);
    let failed = session.show_new_password().await.map(|_| ());
    assert!(matches!(failed, Err(Refusal::Unavailable(_))), "{failed:?}");
    *bank.log.fails_at.lock() = None;
    let session = browser.at(&bank.use_cases).await;
    let told = session.shown_before(false).await;
    assert_eq!(told, Ok(Some(Refusal::OtpRequired)));
    assert_eq!(session.check_showable().await, Err(Refusal::OtpRequired));
}

#[tokio::test]
async fn the_server_that_made_a_file_gives_it_again_and_the_others_tell_the_truth() {
    let bank = bank();
    let other = bank.another_server();
    let password = password(&bank).await;
    let browser = Browser::of(&bank, "user01").await;
    let session = browser.at(&bank.use_cases).await;
    let nothing = session.retrieved_before().await;
    assert!(matches!(nothing, Ok(RetrievedBefore::Unconfirmed)));
    assert_eq!(session.retrieved_in_session().await, Ok(None));

    let first = retrieve(&session, &password).await.expect("a certificate");
    assert!(!first.again);
    assert!(first.kept_until.is_some());
    let made = first.passphrase.as_ref().expect("a passphrase").expose();
    let session = browser.at(&bank.use_cases).await;
    let again = here(&session).await.expect("the file");
    assert!(again.again);
    assert_eq!(file(&again), file(&first));
    assert_eq!(again.passphrase.expect("a passphrase").expose(), made);
    // The very same entry is no other entry.
    let entered = retrieve(&session, &password).await.expect("the file");
    assert_eq!(file(&entered), file(&first));
    assert_eq!(bank.log.of(AuditEvent::RetrievalEvaluated).len(), 1);
    let delivered = bank.log.of(AuditEvent::CertificateDeliveredAgain);
    assert_eq!(delivered.len(), 2);
    let in_session = session.retrieved_in_session().await;
    assert_eq!(in_session, Ok(Some(RetrievedInSession::Here)));

    let there = browser.at(&other).await;
    assert!(here(&there).await.is_none());
    let in_session = there.retrieved_in_session().await;
    assert_eq!(in_session, Ok(Some(RetrievedInSession::Elsewhere)));

    // Another session of the same person is nobody's.
    let stranger = Browser::of(&bank, "user01").await;
    let stranger = stranger.at(&bank.use_cases).await;
    assert!(here(&stranger).await.is_none());
    assert_eq!(stranger.retrieved_in_session().await, Ok(None));
    let refused = retrieve(&stranger, &password).await.map(|_| ());
    assert!(matches!(refused, Err(Refusal::RetrievalRefused { .. })));

    session.forget_retrieved();
    assert!(here(&session).await.is_none(), "it arrived");
}

#[tokio::test]
async fn a_file_goes_with_its_time_and_with_its_session() {
    let bank = bank();
    let retrieved = async || {
        let password = password(&bank).await;
        let browser = Browser::of(&bank, "user01").await;
        let session = browser.at(&bank.use_cases).await;
        retrieve(&session, &password).await.expect("a certificate");
        assert!(here(&session).await.is_some());
        session
    };
    let session = retrieved().await;
    let moment = Duration::from_millis(1);
    bank.clock
        .advance_by(Duration::from_mins(15).saturating_sub(moment));
    assert!(here(&session).await.is_some());
    bank.clock.advance_by(moment);
    assert!(here(&session).await.is_none(), "after a quarter of an hour");

    let session = retrieved().await;
    session.log_out().await.expect("a logout");
    assert!(here(&session).await.is_none(), "after the logout");

    let session = retrieved().await;
    let elsewhere = bank.user("user01").await;
    elsewhere.end_other_sessions().await.expect("an end");
    assert!(here(&session).await.is_none(), "ended from elsewhere");

    let session = retrieved().await;
    let admin = bank.user("admin01").await.operator;
    admin.end_sessions("user01").await.expect("an end");
    assert!(here(&session).await.is_none(), "ended by an administrator");

    let session = retrieved().await;
    bank.use_cases.service.close().await;
    assert!(here(&session).await.is_none(), "after the server's end");
}

#[tokio::test]
async fn a_file_whose_delivery_could_not_be_written_down_waits_for_the_log() {
    let bank = bank();
    let password = password(&bank).await;
    let browser = Browser::of(&bank, "user01").await;
    let session = browser.at(&bank.use_cases).await;
    *bank.log.fails_at.lock() = Some(AuditEvent::CertificateIssued);
    let failed = retrieve(&session, &password).await.map(|_| ());
    assert!(matches!(failed, Err(Refusal::Unavailable(_))), "{failed:?}");
    *bank.log.fails_at.lock() = Some(AuditEvent::CertificateDeliveredAgain);
    let failed = session.retrieved_before().await.map(|_| ());
    assert!(matches!(failed, Err(Refusal::Unavailable(_))), "{failed:?}");
    *bank.log.fails_at.lock() = None;
    assert!(here(&session).await.is_some());
}
