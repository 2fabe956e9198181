//! How the bank's staff log in.

use warifu_contracts::samples::LOCK;
use warifu_core::domain::{AuditEvent, AuditOutcome, Surface};
use warifu_core::office::StaffLoginForm;
use warifu_core::{InvalidField, Refusal};

use crate::bank::Bank;

async fn log_in(bank: &Bank, form: StaffLoginForm) -> Result<(), Refusal> {
    bank.use_cases
        .office
        .log_in(bank.context(), form)
        .await
        .map(|_| ())
}

#[tokio::test]
async fn unknown_wrong_and_switched_off_are_refused_alike() {
    let bank = Bank::new();
    bank.staff
        .change("auditor", |member| member.disabled = true);
    let wrong_password = StaffLoginForm {
        login_password: "login-printer".into(),
        ..bank.login_form("maker")
    };
    let wrong_code = StaffLoginForm {
        otp: "999999".into(),
        ..bank.login_form("checker")
    };
    for form in [
        bank.login_form("nobody"),
        bank.login_form("auditor"),
        wrong_password,
        wrong_code,
    ] {
        for failure in 1..=4 {
            let refused = log_in(&bank, form.clone()).await;
            assert_eq!(
                refused,
                Err(Refusal::StaffLoginRefused),
                "failure {failure}"
            );
        }
        for _ in 0..2 {
            let locked = log_in(&bank, form.clone()).await;
            let retry_after = LOCK;
            assert_eq!(locked, Err(Refusal::StaffLoginLocked { retry_after }));
        }
    }
    let refused = bank
        .log
        .with(AuditEvent::LoginRefused, AuditOutcome::Refused);
    assert_eq!(refused.len(), 4 * 6);
    assert_eq!(refused[0].actor.as_deref(), Some("staff:nobody"));
    assert!(refused.iter().all(|record| record.contract.is_none()));
    bank.clock.advance_by(LOCK);
    assert_eq!(log_in(&bank, bank.login_form("maker")).await, Ok(()));
}

#[tokio::test]
async fn a_code_is_good_for_one_login_and_not_used_up_by_a_mistyped_password() {
    let bank = Bank::new();
    let form = bank.login_form("maker");
    assert_eq!(log_in(&bank, form.clone()).await, Ok(()));
    assert_eq!(log_in(&bank, form).await, Err(Refusal::StaffLoginRefused));
    let right = bank.login_form("maker");
    let slip = StaffLoginForm {
        login_password: "login-market".into(),
        ..right.clone()
    };
    assert_eq!(log_in(&bank, slip).await, Err(Refusal::StaffLoginRefused));
    assert_eq!(log_in(&bank, right).await, Ok(()));
}

#[tokio::test]
async fn an_outage_says_of_no_password_that_it_is_right() {
    let bank = Bank::new();
    *bank.codes.down.lock() = true;
    let wrong = StaffLoginForm {
        login_password: "login-market".into(),
        ..bank.login_form("maker")
    };
    for form in [wrong, bank.login_form("maker")] {
        let refused = log_in(&bank, form).await;
        assert!(
            matches!(refused, Err(Refusal::OtpUnavailable(_))),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn an_outage_is_no_attempt_and_no_free_guess() {
    let bank = Bank::new();
    *bank.codes.down.lock() = true;
    for _ in 0..12 {
        let refused = log_in(&bank, bank.login_form("maker")).await;
        assert!(
            matches!(refused, Err(Refusal::OtpUnavailable(_))),
            "{refused:?}"
        );
    }
    *bank.codes.down.lock() = false;
    // Left alone for a while after ten calls in vain; others are not.
    let refused = log_in(&bank, bank.login_form("maker")).await;
    assert!(
        matches!(refused, Err(Refusal::OtpUnavailable(_))),
        "{refused:?}"
    );
    assert_eq!(log_in(&bank, bank.login_form("checker")).await, Ok(()));
}

#[tokio::test]
async fn what_cannot_be_right_is_no_attempt() {
    let bank = Bank::new();
    let form = StaffLoginForm {
        staff_id: "b a d".to_owned(),
        login_password: "".into(),
        otp: "12".into(),
    };
    let Err(Refusal::Invalid(fields)) = log_in(&bank, form).await else {
        panic!("such entries are not judged by their shape");
    };
    assert_eq!(fields[0], InvalidField::StaffIdMalformed);
    assert_eq!(fields[1], InvalidField::LoginPasswordEmpty);
    assert!(matches!(fields[2], InvalidField::OtpMalformed(_)));
    assert!(
        bank.log
            .with(AuditEvent::LoginRefused, AuditOutcome::Refused)
            .is_empty()
    );
}

#[tokio::test]
async fn a_session_is_of_the_office_and_of_staff_only() {
    let bank = Bank::new();
    let form = bank.login_form("maker");
    let logged_in = bank
        .use_cases
        .office
        .log_in(bank.context(), form)
        .await
        .expect("a login");
    let token = logged_in.token.expose();
    for surface in [Surface::Office, Surface::Admin, Surface::SelfService] {
        let customers = &bank.use_cases.customers;
        let session = customers.session(bank.context(), surface, token).await;
        assert_eq!(session.map(|_| ()), Err(Refusal::SessionRequired));
    }
    let office = &bank.use_cases.office;
    let session = office
        .session(bank.context(), token)
        .await
        .expect("the session");
    let form_token = session.forms.token("/office/requests/new");
    assert!(
        session
            .forms
            .open("/office/requests/new", &form_token)
            .await
            .is_ok()
    );
    assert!(
        session
            .forms
            .open("/office/requests/new", &form_token)
            .await
            .is_err()
    );
    bank.staff.change("maker", |member| member.disabled = true);
    let gone = office.session(bank.context(), token).await;
    assert_eq!(gone.map(|_| ()), Err(Refusal::SessionRequired));
    bank.staff.change("maker", |member| member.disabled = false);
    let ended = office.session(bank.context(), token).await;
    assert_eq!(
        ended.map(|_| ()),
        Err(Refusal::SessionRequired),
        "the session has ended"
    );
}
