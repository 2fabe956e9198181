//! The administrators' entry: list, reissue for another, unlock, recent reissues, history.

use serde_json::{Value, json};

use crate::support::{
    ADMIN, CARD_HOLDER, CONTRACT, DISABLED, OpenSsl, SECOND_ADMIN, Setup, TRANSACTION_PASSWORD,
    TestServer, USER, WRONG_PASSWORD,
};

#[tokio::test]
async fn a_reissued_password_has_the_documented_shape_and_redeems() {
    let server = TestServer::start().await;
    let admin = server.client.login_admin(ADMIN).await;
    let answer = admin
        .try_reissue(USER, TRANSACTION_PASSWORD)
        .await
        .expect(201, None);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let body = answer.json();
    let password = body["retrieval_password"].as_str().unwrap();
    assert_eq!(password.len(), 19);
    assert!(password.split('-').all(|group| {
        group.len() == 4
            && group
                .bytes()
                .all(|byte| b"23456789ACEFHJKMPRTWXY".contains(&byte))
    }));
    for moment in ["expires_at", "redeemable_from"] {
        assert!(body[moment].as_str().unwrap().ends_with('Z'), "{body}");
    }
    let user = server.client.login_self(USER).await;
    let csr = OpenSsl::new().p256_request();
    let typed = format!(" {} ", password.to_lowercase().replace('-', "ー"));
    user.redeem_csr(&typed, &csr).await.expect(201, None);
}

#[tokio::test]
async fn the_list_shows_every_status_and_pages_through_all_users() {
    let server = TestServer::start().await;
    let admin = server.client.login_admin(ADMIN).await;
    admin.reissue(USER).await;
    let body = admin
        .get("/api/v1/admin/users")
        .await
        .expect(200, None)
        .json();
    let users = body["users"].as_array().unwrap();
    let ids: Vec<&str> = users
        .iter()
        .map(|user| user["user_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, [ADMIN, SECOND_ADMIN, USER, CARD_HOLDER, DISABLED]);
    assert_eq!(body["next_cursor"], Value::Null);
    assert_eq!(users[0]["service_administrator"], true);
    assert_eq!(
        users[0]["permissions"],
        json!(["reissue-retrieval-password"])
    );
    assert_eq!(users[2]["retrieval_password"]["status"], "issued");
    assert_eq!(
        users[2]["certificate"],
        json!({"status": "none", "not_after": null})
    );
    assert_eq!(
        users[3]["certificate"],
        json!({"status": "expired", "not_after": "2025-03-31T00:00:00Z"})
    );
    assert_eq!(users[3]["locks"], json!([]));

    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = admin
            .get(&format!("/api/v1/admin/users?limit=2{cursor}"))
            .await
            .json();
        let users = page["users"].as_array().unwrap();
        assert!(users.len() <= 2);
        seen.extend(
            users
                .iter()
                .map(|user| user["user_id"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next_cursor"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, ids);

    let found = admin
        .get("/api/v1/admin/users?query=%E9%AB%98%E6%A9%8B")
        .await
        .json();
    assert_eq!(found["users"][0]["user_id"], CARD_HOLDER);
    let found = admin.get("/api/v1/admin/users?status=expired").await.json();
    assert_eq!(found["users"].as_array().unwrap().len(), 1);
    admin
        .get("/api/v1/admin/users?status=nonsense")
        .await
        .expect(422, Some("invalid-field"));
    for limit in ["0", "101", "-1"] {
        let answer = admin
            .get(&format!("/api/v1/admin/users?limit={limit}"))
            .await;
        answer.expect(422, Some("invalid-field"));
    }
    let answer = admin.get("/api/v1/admin/users?cursor=*%00*").await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn a_wrong_transaction_password_is_the_operators_attempt_and_locks_after_five() {
    let server = TestServer::start().await;
    let admin = server.client.login_admin(ADMIN).await;
    for _ in 0..4 {
        let answer = admin.try_reissue(USER, WRONG_PASSWORD).await;
        answer.expect(401, Some("transaction-refused"));
    }
    admin
        .try_reissue(USER, WRONG_PASSWORD)
        .await
        .expect(423, Some("transaction-locked"));
    admin
        .try_reissue(USER, TRANSACTION_PASSWORD)
        .await
        .expect(423, Some("transaction-locked"));

    let other = server.client.login_admin(SECOND_ADMIN).await;
    let users = other.get("/api/v1/admin/users?status=locked").await.json();
    assert_eq!(users["users"].as_array().unwrap().len(), 1);
    assert_eq!(users["users"][0]["user_id"], ADMIN);
    assert_eq!(users["users"][0]["locks"], json!(["transaction"]));
    let unlock = json!({"purpose": "transaction", "transaction_password": TRANSACTION_PASSWORD});
    let path = format!("/api/v1/admin/users/{ADMIN}/unlock");
    other.post(&path, unlock).await.expect(204, None);
    admin.reissue(USER).await;
    assert_eq!(server.count("lock.set"), 1);
    assert_eq!(server.count("lock.cleared"), 1);
}

#[tokio::test]
async fn unlocking_is_for_service_administrators_and_never_for_oneself() {
    let server = TestServer::start().await;
    let body =
        |purpose: &str| json!({"purpose": purpose, "transaction_password": TRANSACTION_PASSWORD});
    let path = |user: &str| format!("/api/v1/admin/users/{user}/unlock");
    let holder = server.client.login_admin(CARD_HOLDER).await;
    holder
        .post(&path(USER), body("login"))
        .await
        .expect(403, Some("not-permitted"));
    let admin = server.client.login_admin(ADMIN).await;
    admin
        .post(&path(ADMIN), body("login"))
        .await
        .expect(403, Some("not-permitted"));
    admin
        .post(&path(USER), body("retrieval"))
        .await
        .expect(422, Some("invalid-field"));
    admin
        .post(&path("nobody"), body("login"))
        .await
        .expect(404, Some("user-not-selectable"));
    admin
        .post(&path(USER), body("login"))
        .await
        .expect(204, None);
}

#[tokio::test]
async fn who_may_not_reissue_is_refused_and_written_down() {
    let server = TestServer::start().await;
    let user = server.client.login_admin(USER).await;
    let refused = Some("not-permitted");
    user.try_reissue(CARD_HOLDER, TRANSACTION_PASSWORD)
        .await
        .expect(403, refused);
    user.get("/api/v1/admin/users").await.expect(403, refused);
    user.get("/api/v1/admin/audit").await.expect(403, refused);
    user.get("/api/v1/admin/reissues")
        .await
        .expect(403, refused);
    let admin = server.client.login_admin(ADMIN).await;
    let own = admin.try_reissue(ADMIN, TRANSACTION_PASSWORD).await;
    own.expect(403, Some("use-self-service"));
    let disabled = admin.try_reissue(DISABLED, TRANSACTION_PASSWORD).await;
    disabled.expect(409, Some("user-disabled"));
    let unknown = admin.try_reissue("nobody", TRANSACTION_PASSWORD).await;
    unknown.expect(404, Some("user-not-selectable"));
    assert_eq!(server.count("access.denied"), 6);
    assert_eq!(server.count("retrieval_password.reissued"), 0);
}

#[tokio::test]
async fn the_acknowledgement_must_be_given() {
    let server = TestServer::start().await;
    let admin = server.client.login_admin(ADMIN).await;
    let path = format!("/api/v1/admin/users/{USER}/retrieval-password");
    let body = json!({
        "transaction_password": TRANSACTION_PASSWORD, "not_instructed_by_others": false,
    });
    let answer = admin
        .post(&path, body)
        .await
        .expect(422, Some("invalid-field"))
        .json();
    assert_eq!(answer["errors"][0]["pointer"], "/not_instructed_by_others");
    assert_eq!(answer["errors"][0]["code"], "M-F-08");
}

#[tokio::test]
async fn a_reissue_replaces_the_earlier_password_and_a_cancelled_one_is_void() {
    let server = TestServer::start().await;
    let admin = server.client.login_admin(ADMIN).await;
    let first = admin.reissue(USER).await;
    let second = admin.reissue(USER).await;
    let user = server.client.login_self(USER).await;
    let csr = OpenSsl::new().p256_request();
    user.redeem_csr(&first, &csr)
        .await
        .expect(401, Some("retrieval-refused"));

    let list = admin
        .get(&format!("/api/v1/admin/reissues?user_id={USER}"))
        .await
        .json();
    let reissues = list["reissues"].as_array().unwrap();
    let statuses: Vec<&str> = reissues
        .iter()
        .map(|reissue| reissue["status"].as_str().unwrap())
        .collect();
    assert_eq!(statuses, ["issued", "superseded"]);
    assert_eq!(reissues[0]["operator"], ADMIN);
    assert_eq!(reissues[0]["route"], "administrator");
    let cancel = |index: usize| {
        format!(
            "/api/v1/admin/reissues/{}/cancel",
            reissues[index]["reissue_id"].as_str().unwrap()
        )
    };
    admin.post(&cancel(0), json!({})).await.expect(204, None);
    user.redeem_csr(&second, &csr)
        .await
        .expect(401, Some("retrieval-refused"));

    let third = admin.reissue(USER).await;
    user.redeem_csr(&third, &csr).await.expect(201, None);
    let list = admin.get("/api/v1/admin/reissues").await.json();
    let newest = list["reissues"][0]["reissue_id"].as_str().unwrap();
    let path = format!("/api/v1/admin/reissues/{newest}/cancel");
    admin
        .post(&path, json!({}))
        .await
        .expect(409, Some("already-redeemed"));
    let path = format!("/api/v1/admin/reissues/{}/cancel", "0".repeat(32));
    assert_eq!(admin.post(&path, json!({})).await.status, 404);
}

#[tokio::test]
async fn a_repeated_request_is_recognised_and_never_shows_the_password_again() {
    let server = TestServer::start().await;
    let admin = server.client.login_admin(ADMIN).await;
    let once = admin.with_header("idempotency-key", "order-1");
    once.try_reissue(USER, WRONG_PASSWORD)
        .await
        .expect(401, Some("transaction-refused"));
    once.try_reissue(USER, TRANSACTION_PASSWORD)
        .await
        .expect(201, None);
    let again = once.try_reissue(USER, TRANSACTION_PASSWORD).await;
    let again = again.expect(409, Some("already-reissued"));
    assert!(!again.text().contains("retrieval_password\":"));
    let other = server.client.login_admin(SECOND_ADMIN).await;
    let other = other.with_header("idempotency-key", "order-1");
    other
        .try_reissue(USER, TRANSACTION_PASSWORD)
        .await
        .expect(201, None);
}

#[tokio::test]
async fn too_many_reissues_for_one_user_are_refused_for_a_while() {
    let server =
        TestServer::start_with(Setup::with("policy.reissue.max_per_target_per_hour = 2")).await;
    let admin = server.client.login_admin(ADMIN).await;
    admin.reissue(USER).await;
    admin.reissue(USER).await;
    let answer = admin.try_reissue(USER, TRANSACTION_PASSWORD).await;
    let answer = answer.expect(429, Some("reissue-quota"));
    let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=3600).contains(&seconds));
    admin.reissue(CARD_HOLDER).await;
}

#[tokio::test]
async fn a_session_belongs_to_one_surface_and_ends_with_logout() {
    let server = TestServer::start().await;
    let admin = server.client.login_admin(ADMIN).await;
    let body = json!({"otp": "123456"});
    admin
        .post("/api/v1/self/otp", body)
        .await
        .expect(401, Some("session-required"));
    admin
        .delete("/api/v1/admin/sessions/current")
        .await
        .expect(204, None);
    let answer = admin
        .get("/api/v1/admin/users")
        .await
        .expect(401, Some("session-required"));
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    server
        .client
        .get("/api/v1/admin/users")
        .await
        .expect(401, Some("session-required"));
}

#[tokio::test]
async fn the_history_is_filtered_and_its_reading_is_written_down() {
    let server = TestServer::start().await;
    let admin = server.client.login_admin(ADMIN).await;
    admin.reissue(USER).await;
    let path = "/api/v1/admin/audit?event=retrieval_password.reissued";
    let page = admin.get(path).await.expect(200, None).json();
    let records = page["records"].as_array().unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0]["actor"], ADMIN);
    assert_eq!(records[0]["subject"], USER);
    assert_eq!(records[0]["contract"], CONTRACT);
    assert_eq!(records[0]["source"], "127.0.0.1");
    let all = admin.get("/api/v1/admin/audit?limit=2").await.json();
    assert_eq!(all["records"].as_array().unwrap().len(), 2);
    let cursor = all["next_cursor"].as_str().unwrap();
    let next = admin
        .get(&format!("/api/v1/admin/audit?limit=2&cursor={cursor}"))
        .await
        .json();
    assert_ne!(next["records"][0], all["records"][0]);
    admin
        .get("/api/v1/admin/audit?from=2030-01-01T00:00:00Z&to=2029-01-01T00:00:00Z")
        .await
        .expect(422, Some("invalid-field"));
    admin
        .get("/api/v1/admin/audit?event=no.such")
        .await
        .expect(422, Some("invalid-field"));
    assert_eq!(
        admin.get("/api/v1/admin/audit?cursor=zzz").await.status,
        400
    );
    assert!(server.count("audit.read") >= 3);
}
