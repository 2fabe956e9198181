//! The audit log verifies link by link and holds no secret.

use crate::support::{
    ADMIN, CARD_HOLDER, CONTRACT, LOGIN_PASSWORD, OpenSsl, TRANSACTION_PASSWORD, TestServer, USER,
    WRONG_PASSWORD, current_code,
};
use serde_json::json;

#[tokio::test]
async fn a_day_in_the_log() {
    let server = TestServer::start().await;
    let mut secrets: Vec<String> = [LOGIN_PASSWORD, TRANSACTION_PASSWORD, WRONG_PASSWORD]
        .map(str::to_owned)
        .to_vec();
    let wrong = server
        .client
        .try_login("self", CONTRACT, USER, WRONG_PASSWORD)
        .await;
    wrong.expect(401, Some("login-refused"));
    let admin = server.client.login_admin(ADMIN).await;
    admin
        .try_reissue(USER, WRONG_PASSWORD)
        .await
        .expect(401, Some("transaction-refused"));
    let password = admin.reissue(USER).await;
    let user = server.client.login_self(USER).await;
    user.redeem_csr("2222-3333-4444-5555", &OpenSsl::new().p256_request())
        .await;
    let redeemed = user
        .redeem_pkcs12(&password, "canary passphrase")
        .await
        .expect(201, None);
    let serial = redeemed.json()["serial"].as_str().unwrap().to_owned();
    let holder = server.client.login_self(CARD_HOLDER).await;
    let code = current_code(CARD_HOLDER);
    holder
        .post("/api/v1/self/otp", json!({"otp": code}))
        .await
        .expect(200, None);
    let own = holder
        .post("/api/v1/self/retrieval-password", json!({}))
        .await
        .json();
    let own = own["retrieval_password"].as_str().unwrap().to_owned();
    secrets.extend([
        "canary passphrase".to_owned(),
        password,
        own,
        "2222-3333-4444-5555".into(),
    ]);

    let text = server.audit_text();
    let summary = warifu_audit_file::verify(text.as_bytes()).unwrap();
    assert_eq!(summary.records, text.lines().count() as u64);

    let events: Vec<String> = server
        .audit()
        .iter()
        .map(|line| line["event"].as_str().unwrap().to_owned())
        .collect();
    let expected = [
        "login.refused",
        "login.succeeded",
        "transaction.refused",
        "transaction.verified",
        "retrieval_password.reissue_started",
        "retrieval_password.reissued",
        "login.succeeded",
        "retrieval.evaluated",
        "retrieval.evaluated",
        "retrieval_password.redeemed",
        "certificate.issued",
        "login.succeeded",
        "otp.verified",
        "retrieval_password.reissue_started",
        "retrieval_password.reissued",
    ];
    assert_eq!(events, expected);
    assert!(text.contains(&serial));

    let tokens = text.lines().filter(|line| line.contains("$argon2")).count();
    assert_eq!(tokens, 0, "a hash in the log");
    for secret in &secrets {
        let bare = secret.replace('-', "");
        for form in [
            secret.clone(),
            bare.clone(),
            bare.to_lowercase(),
            data_encoding::BASE64.encode(secret.as_bytes()),
            data_encoding::BASE64.encode(bare.as_bytes()),
            data_encoding::HEXLOWER.encode(secret.as_bytes()),
        ] {
            assert!(!text.contains(&form), "a secret in the log");
        }
    }
    assert!(!text.contains(&format!("\"{code}\"")), "a code in the log");
}

#[tokio::test]
async fn a_log_that_cannot_be_written_stops_everything() {
    let server = TestServer::start().await;
    let admin = server.client.login_admin(ADMIN).await;
    server.break_audit_log();
    let answer = admin.try_reissue(USER, TRANSACTION_PASSWORD).await;
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert!(answer.header("retry-after").is_some());
    let login = server
        .client
        .try_login("self", CONTRACT, USER, LOGIN_PASSWORD)
        .await;
    assert_eq!(login.status, 503);
    let ready = server.client.get("/readyz").await;
    assert_eq!(ready.status, 503);
    assert_eq!(ready.json()["failing"], json!(["audit_log"]));
}
