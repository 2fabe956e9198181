use warifu_core::customers::{LoginForm, UserSession};
use warifu_core::domain::Surface;
use warifu_core::office::StaffLoginForm;
use warifu_core::{Refusal, RequestContext, UseCases};

use super::*;
use crate::{Configuration, assemble};

async fn start() -> (Arc<Demo>, UseCases) {
    let demo = Demo::new().unwrap();
    let configuration = Configuration::load(&demo.layers(), &demo.registry()).unwrap();
    let use_cases = assemble(&configuration).await.unwrap().use_cases;
    (demo, use_cases)
}

fn context(use_cases: &UseCases) -> RequestContext {
    RequestContext {
        request_id: use_cases.service.new_request_id(),
        source: None,
    }
}

async fn log_in(use_cases: &UseCases, account: &DemoAccount) -> UserSession {
    let form = LoginForm {
        contract_number: account.contract_number.clone(),
        user_id: account.user_id.clone(),
        login_password: account.login_password.as_str().into(),
    };
    let logged_in = use_cases
        .customers
        .log_in(context(use_cases), Surface::SelfService, form)
        .await
        .unwrap();
    logged_in.session
}

#[tokio::test]
async fn every_account_that_is_shown_can_log_in_and_use_its_card() {
    let (demo, use_cases) = start().await;
    let mut holders = 0;
    for (index, account) in demo.accounts().iter().enumerate() {
        let session = log_in(&use_cases, account).await;
        let code = demo.current_code(index);
        assert_eq!(code.is_some(), account.has_card);
        let Some((code, seconds)) = code else {
            continue;
        };
        assert!((1..=PERIOD).contains(&seconds), "{seconds}");
        let verified = session.verify_otp(code.as_str().into()).await;
        if account.transaction_password.is_some() {
            assert!(verified.is_ok(), "{}: {verified:?}", account.user_id);
            holders += 1;
        } else {
            assert_eq!(verified, Err(Refusal::NotEligible), "{}", account.user_id);
        }
    }
    assert_eq!(holders, 4);
    assert_eq!(demo.current_code(99), None);
}

#[tokio::test]
async fn every_member_of_staff_can_log_in_with_the_code_shown() {
    let (demo, use_cases) = start().await;
    let staff = demo.staff();
    assert_eq!(staff.len(), 3);
    for (index, member) in staff.iter().enumerate() {
        let (code, _) = demo.current_staff_code(index).unwrap();
        let form = StaffLoginForm {
            staff_id: member.staff_id.clone(),
            login_password: member.login_password.as_str().into(),
            otp: code.as_str().into(),
        };
        let again = form.clone();
        assert!(
            use_cases
                .office
                .log_in(context(&use_cases), form)
                .await
                .is_ok()
        );
        // A code is good once, also here.
        let second = use_cases.office.log_in(context(&use_cases), again).await;
        assert_eq!(second.map(|_| ()), Err(Refusal::StaffLoginRefused));
    }
    assert_eq!(demo.current_staff_code(99), None);
}

#[tokio::test]
async fn the_demonstration_writes_its_audit_log_where_it_says() {
    let (demo, use_cases) = start().await;
    let accounts = demo.accounts();
    log_in(&use_cases, &accounts[0]).await;
    let log = std::fs::read_to_string(demo.audit_file()).unwrap();
    assert!(log.contains("login.succeeded"), "{log}");
    let folder = demo.audit_file().parent().unwrap().to_owned();
    drop((demo, use_cases));
    assert!(!folder.exists());
}

#[test]
fn the_demonstration_is_refused_in_production() {
    let demo = Demo::new().unwrap();
    let layers = demo
        .layers()
        .overrides(["environment=production".parse().unwrap()]);
    let error = Configuration::load(&layers, &demo.registry())
        .map(|_| ())
        .unwrap_err();
    let lines = error.to_string();
    for section in ["user_directory", "password_store", "certificate_authority"] {
        assert!(lines.contains(&format!("{section}.adapter: ")), "{lines}");
    }
}

#[test]
fn the_demonstration_says_that_it_can_be_reached_from_elsewhere() {
    let demo = Demo::new().unwrap();
    let warnings = |settings: &[&str]| -> Vec<String> {
        let overrides = settings.iter().map(|text| text.parse().unwrap());
        let layers = demo.layers().overrides(overrides);
        let configuration = Configuration::load(&layers, &demo.registry()).unwrap();
        let warnings = configuration.warnings().iter();
        warnings.map(ToString::to_string).collect()
    };
    let open = "http.listeners=[{ bind = \"0.0.0.0:0\", surfaces = [\"admin\"] }]";
    let told = warnings(&[open]);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("demo-off-loopback"), "{}", told[0]);
    assert!(warnings(&[open, "accept_risks=[\"demo-off-loopback\"]"]).is_empty());
    assert!(warnings(&[]).is_empty());
}
