//! The self-service entry: log in without a certificate, one-time password, reissue, certificate.

use serde_json::json;

use crate::support::{
    ADMIN, CARD_HOLDER, CONTRACT, OpenSsl, SECOND_ADMIN, TRANSACTION_PASSWORD, TestServer, USER,
    current_code,
};

#[tokio::test]
async fn the_whole_way_to_a_certificate() {
    let server = TestServer::start().await;
    let user = server.client.login_self(CARD_HOLDER).await;
    let show = || user.post("/api/v1/self/retrieval-password", json!({}));
    show().await.expect(409, Some("otp-required"));
    let code = current_code(CARD_HOLDER);
    let wide: String = code
        .chars()
        .map(|digit| char::from_u32(u32::from(digit) + 0xFEE0).unwrap())
        .collect();
    let verified = user
        .post("/api/v1/self/otp", json!({"otp": wide}))
        .await
        .expect(200, None)
        .json();
    assert!(verified["verified_until"].as_str().unwrap().ends_with('Z'));
    let password = show().await.expect(201, None).json();
    let password = password["retrieval_password"].as_str().unwrap();
    // One code is good for one reissue.
    show().await.expect(409, Some("otp-required"));
    let csr = OpenSsl::new().p256_request();
    user.redeem_csr(password, &csr).await.expect(201, None);
    let own = user
        .get("/api/v1/self/reissues")
        .await
        .expect(200, None)
        .json();
    assert_eq!(own["reissues"][0]["status"], "redeemed");
    assert_eq!(own["reissues"][0]["route"], "self-service");
    user.delete("/api/v1/self/sessions/current")
        .await
        .expect(204, None);
    show().await.expect(401, Some("session-required"));
}

#[tokio::test]
async fn a_code_works_once_for_all_sessions() {
    let server = TestServer::start().await;
    let first = server.client.login_self(CARD_HOLDER).await;
    let second = server.client.login_self(CARD_HOLDER).await;
    let code = json!({"otp": current_code(CARD_HOLDER)});
    first
        .post("/api/v1/self/otp", code.clone())
        .await
        .expect(200, None);
    for session in [&first, &second] {
        let again = session.post("/api/v1/self/otp", code.clone()).await;
        again.expect(401, Some("otp-refused"));
    }
}

#[tokio::test]
async fn without_the_right_or_without_a_card_nothing_is_counted() {
    let server = TestServer::start().await;
    for user in [USER, SECOND_ADMIN] {
        let session = server.client.login_self(user).await;
        for _ in 0..7 {
            let answer = session
                .post("/api/v1/self/otp", json!({"otp": "000000"}))
                .await;
            answer.expect(403, Some("not-eligible"));
        }
        let answer = session
            .post("/api/v1/self/retrieval-password", json!({}))
            .await;
        answer.expect(403, Some("not-eligible"));
    }
    assert_eq!(server.count("lock.set"), 0);
}

#[tokio::test]
async fn wrong_codes_lock_and_an_administrator_unlocks() {
    let server = TestServer::start().await;
    let user = server.client.login_self(CARD_HOLDER).await;
    let wrong = if current_code(CARD_HOLDER) == "000000" {
        "000001"
    } else {
        "000000"
    };
    for _ in 0..4 {
        let answer = user.post("/api/v1/self/otp", json!({"otp": wrong})).await;
        answer.expect(401, Some("otp-refused"));
    }
    let answer = user.post("/api/v1/self/otp", json!({"otp": wrong})).await;
    answer.expect(423, Some("otp-locked"));
    let right = json!({"otp": current_code(CARD_HOLDER)});
    user.post("/api/v1/self/otp", right)
        .await
        .expect(423, Some("otp-locked"));
    let admin = server.client.login_admin(ADMIN).await;
    let unlock = json!({"purpose": "otp", "transaction_password": TRANSACTION_PASSWORD});
    let path = format!("/api/v1/admin/users/{CARD_HOLDER}/unlock");
    admin.post(&path, unlock).await.expect(204, None);
    let right = json!({"otp": current_code(CARD_HOLDER)});
    user.post("/api/v1/self/otp", right).await.expect(200, None);
}

#[tokio::test]
async fn five_wrong_retrieval_passwords_lock_until_the_next_reissue() {
    let server = TestServer::start().await;
    let admin = server.client.login_admin(ADMIN).await;
    let password = admin.reissue(USER).await;
    let user = server.client.login_self(USER).await;
    let csr = OpenSsl::new().p256_request();
    let wrong = "2222-2222-2222-2222";
    for _ in 0..4 {
        user.redeem_csr(wrong, &csr)
            .await
            .expect(401, Some("retrieval-refused"));
    }
    user.redeem_csr(wrong, &csr)
        .await
        .expect(423, Some("retrieval-locked"));
    user.redeem_csr(&password, &csr)
        .await
        .expect(423, Some("retrieval-locked"));
    let password = admin.reissue(USER).await;
    user.redeem_csr(&password, &csr).await.expect(201, None);
    assert_eq!(server.count("retrieval.evaluated"), 6);
}

#[tokio::test]
async fn a_user_cancels_their_own_reissue_and_nobody_elses() {
    let server = TestServer::start().await;
    let admin = server.client.login_admin(ADMIN).await;
    let password = admin.reissue(USER).await;
    let user = server.client.login_self(USER).await;
    let stranger = server.client.login_self(CARD_HOLDER).await;
    let own = user.get("/api/v1/self/reissues").await.json();
    let id = own["reissues"][0]["reissue_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/api/v1/self/reissues/{id}/cancel");
    assert_eq!(stranger.post(&path, json!({})).await.status, 404);
    user.post(&path, json!({})).await.expect(204, None);
    let csr = OpenSsl::new().p256_request();
    user.redeem_csr(&password, &csr)
        .await
        .expect(401, Some("retrieval-refused"));
}

#[tokio::test]
async fn a_user_switched_off_loses_session_and_password_at_once() {
    let server = TestServer::start().await;
    let admin = server.client.login_admin(ADMIN).await;
    let password = admin.reissue(USER).await;
    let user = server.client.login_self(USER).await;
    let without = server.users().replace("\"user01\"", "\"user77\"");
    server.replace_users(&without);
    let csr = OpenSsl::new().p256_request();
    user.redeem_csr(&password, &csr)
        .await
        .expect(401, Some("session-required"));
    let again = server
        .client
        .try_login("self", CONTRACT, USER, "canary-login-7Hq2")
        .await;
    again.expect(401, Some("login-refused"));
}
