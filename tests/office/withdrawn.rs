//! Users whom the bank switches off or removes: nothing that knew them goes on.

use warifu_core::customers::LoginForm;
use warifu_core::domain::attempts::Purpose;
use warifu_core::domain::{DeviceToken, Surface};
use warifu_core::{Refusal, ShownAtLogin};

use crate::bank::{Bank, CONTRACT, login_password, user01};

const USER: &str = "user01";

/// Logs in, from a browser that shows `token`; the token of the next login.
async fn log_in(bank: &Bank, token: Option<&str>) -> Result<DeviceToken, Refusal> {
    let form = LoginForm {
        contract_number: CONTRACT.to_owned(),
        user_id: USER.to_owned(),
        login_password: login_password(USER).into(),
    };
    let shown = ShownAtLogin {
        device_token: token.and_then(DeviceToken::parse),
        own_certificate: false,
    };
    let customers = &bank.use_cases.customers;
    let context = bank.context();
    let logged_in = customers.log_in_showing(context, Surface::SelfService, form, shown);
    Ok(logged_in
        .await?
        .device_token
        .expect("no certificate was shown"))
}

#[tokio::test]
async fn a_browser_of_somebody_withdrawn_is_known_no_more() {
    let bank = Bank::new();
    let token = log_in(&bank, None).await.expect("a login");
    bank.lock(&user01(), Purpose::Login).await;
    let stranger = log_in(&bank, None).await.map(|_| ());
    assert!(matches!(stranger, Err(Refusal::LoginLocked { .. })));
    let known = log_in(&bank, Some(token.expose())).await;
    assert!(
        known.is_ok(),
        "a lock of strangers is none of a known browser"
    );

    let terminal = bank.terminal();
    let ended = terminal
        .end_sessions_of_withdrawn(bank.context(), &[user01()])
        .await;
    assert_eq!(ended, Ok(()));
    let known = log_in(&bank, Some(token.expose())).await.map(|_| ());
    assert!(matches!(known, Err(Refusal::LoginLocked { .. })));
}
