//! Sessions can be ended: by who holds them, by an administrator, and by what happens to the user.

use std::time::Duration;

use serde_json::{Value, json};
use warifu_test_support::client::Client;

use crate::support::{
    ADMIN, Browser, CARD_HOLDER, CONTRACT, LOGIN_PASSWORD, OTHER_CONTRACT, SECOND_ADMIN,
    TRANSACTION_PASSWORD, TestServer, USER, WRONG_PASSWORD, current_code,
};

async fn goes_on(session: &Client) -> bool {
    let answer = session.get("/api/v1/self/reissues").await;
    match answer.status.as_u16() {
        200 => true,
        401 => false,
        other => panic!("answered {other}"),
    }
}

async fn admin_goes_on(session: &Client) -> bool {
    session.get("/api/v1/admin/users").await.status == 200
}

/// The records of ended sessions of `user`.
fn ended(server: &TestServer, user: &str) -> Vec<Value> {
    let records = server.audit().into_iter();
    let ended = records.filter(|record| record["event"] == "session.ended");
    ended.filter(|record| record["subject"] == user).collect()
}

/// The users file with another line in the part of `id`, of the first contract.
fn with_line(users: &str, id: &str, line: &str) -> String {
    let head = format!("id = \"{id}\"\n");
    let changed = users.replacen(&head, &format!("{head}{line}\n"), 1);
    assert_ne!(changed, users);
    changed
}

#[tokio::test]
async fn who_was_seen_switched_off_logs_in_anew_everywhere() {
    let server = TestServer::start().await;
    let users = server.users();
    let (one, other) = (
        server.client.login_self(USER).await,
        server.client.login_self(USER).await,
    );
    let neighbour = server.client.login_self(CARD_HOLDER).await;
    server.replace_users(&with_line(&users, USER, "disabled = true"));
    assert!(!goes_on(&one).await);
    server.replace_users(&users);
    assert!(!goes_on(&one).await && !goes_on(&other).await);
    assert!(goes_on(&neighbour).await);
    assert!(goes_on(&server.client.login_self(USER).await).await);
    let records = ended(&server, USER);
    assert_eq!(records.len(), 1, "{records:?}");
    assert_eq!(records[0]["detail"]["reason"], "disabled");
    assert_eq!(records[0]["detail"]["sessions"], "2");
}

#[tokio::test]
async fn another_login_password_ends_what_was_begun_with_the_one_before() {
    let server = TestServer::start().await;
    let users = server.users();
    let session = server.client.login_self(USER).await;
    let neighbour = server.client.login_self(CARD_HOLDER).await;

    // Another name changes nothing.
    let renamed = users.replacen("佐藤 一郎", "佐藤 二郎", 1);
    server.replace_users(&renamed);
    assert!(goes_on(&session).await);

    // The user's transaction password becomes the login password.
    let part = users.find(&format!("id = \"{USER}\"")).unwrap();
    let (before, after) = users.split_at(part);
    let quoted = |name: &str| {
        let start = after.find(&format!("\n{name} = ")).unwrap() + 1;
        after[start..].lines().next().unwrap()
    };
    let (login, transaction) = (quoted("login_password"), quoted("transaction_password"));
    let other = transaction.replacen("transaction_password", "login_password", 1);
    server.replace_users(&format!("{before}{}", after.replacen(login, &other, 1)));
    assert!(!goes_on(&session).await);
    assert!(goes_on(&neighbour).await);
    let again = server
        .client
        .try_login("self", CONTRACT, USER, LOGIN_PASSWORD);
    again.await.expect(401, Some("login-refused"));
    let again = server
        .client
        .try_login("self", CONTRACT, USER, TRANSACTION_PASSWORD);
    again.await.expect(201, None);
    let records = ended(&server, USER);
    assert_eq!(records[0]["detail"]["reason"], "password-or-person-changed");
}

#[tokio::test]
async fn an_administrator_logs_a_user_out_everywhere() {
    let server = TestServer::start().await;
    let admin = server.client.login_admin(ADMIN).await;
    let (one, other) = (
        server.client.login_admin(SECOND_ADMIN).await,
        server.client.login_self(SECOND_ADMIN).await,
    );
    let namesake = server
        .client
        .login("self", OTHER_CONTRACT, SECOND_ADMIN)
        .await;
    let end = |user: &str| format!("/api/v1/admin/users/{user}/sessions");
    admin.delete(&end(SECOND_ADMIN)).await.expect(204, None);
    assert!(!admin_goes_on(&one).await && !goes_on(&other).await);
    assert!(admin_goes_on(&admin).await && goes_on(&namesake).await);
    let records = ended(&server, SECOND_ADMIN);
    assert_eq!(records.len(), 1, "{records:?}");
    assert_eq!(records[0]["actor"], ADMIN);
    assert_eq!(records[0]["detail"]["sessions"], "2");

    admin
        .delete(&end("nobody"))
        .await
        .expect(404, Some("user-not-selectable"));
    admin
        .delete(&end(ADMIN))
        .await
        .expect(403, Some("not-permitted"));
    assert!(admin_goes_on(&admin).await);
    let holder = server.client.login_admin(CARD_HOLDER).await;
    holder
        .delete(&end(USER))
        .await
        .expect(403, Some("not-permitted"));
    server
        .client
        .delete(&end(USER))
        .await
        .expect(401, Some("session-required"));
}

#[tokio::test]
async fn a_user_logs_out_everywhere_else() {
    let server = TestServer::start().await;
    for surface in ["self", "admin"] {
        let here = server.client.login(surface, CONTRACT, ADMIN).await;
        let (phone, office) = (
            server.client.login_self(ADMIN).await,
            server.client.login_admin(ADMIN).await,
        );
        let neighbour = server.client.login_self(USER).await;
        let path = format!("/api/v1/{surface}/sessions/others");
        here.delete(&path).await.expect(204, None);
        assert!(!goes_on(&phone).await && !admin_goes_on(&office).await);
        assert!(goes_on(&neighbour).await);
        here.delete(&path).await.expect(204, None);
        here.delete(&format!("/api/v1/{surface}/sessions/current"))
            .await
            .expect(204, None);
    }
    let records = ended(&server, ADMIN);
    assert_eq!(records[0]["detail"]["others"], "true");
    assert_eq!(records[0]["detail"]["sessions"], "2");
}

#[tokio::test]
async fn a_login_lock_does_not_kick_out_who_is_working() {
    let server = TestServer::start().await;
    let session = server.client.login_self(USER).await;
    for _ in 0..5 {
        let wrong = server
            .client
            .try_login("self", CONTRACT, USER, WRONG_PASSWORD);
        wrong.await;
    }
    let locked = server.client.login_self_as_is(USER).await;
    locked.expect(429, Some("login-locked"));
    assert!(goes_on(&session).await);
}

#[tokio::test]
async fn a_reissue_by_an_administrator_voids_a_proof_in_hand() {
    let server = TestServer::start().await;
    let admin = server.client.login_admin(ADMIN).await;
    let user = server.client.login_self(CARD_HOLDER).await;
    let code = json!({"otp": current_code(CARD_HOLDER)});
    user.post("/api/v1/self/otp", code).await.expect(200, None);
    // Not in the same millisecond.
    tokio::time::sleep(Duration::from_millis(5)).await;
    admin.reissue(CARD_HOLDER).await;
    let show = || user.post("/api/v1/self/retrieval-password", json!({}));
    show().await.expect(409, Some("otp-required"));
    // Used up by that.
    show().await.expect(409, Some("otp-required"));
    assert_eq!(server.count("retrieval_password.reissued"), 1);
    assert!(goes_on(&user).await, "the session itself goes on");
}

/// The pages: what a browser sends when the buttons are pressed.
#[tokio::test]
async fn the_buttons_do_what_they_say() {
    let server = TestServer::start().await;
    let mut pages = Browser::of(&server.client, "admin", ADMIN).await;
    let press = async |pages: &mut Browser, page: &str, action: &str| {
        let answer = pages.send(page, action, &[]).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        let next = answer.header("location").unwrap().to_owned();
        pages.get(&next).await.text()
    };

    let user = server.client.login_self(USER).await;
    let list = "/admin/users/cert-password";
    let shown = press(&mut pages, list, &format!("/admin/users/sessions/{USER}")).await;
    assert!(
        shown.contains("利用者のログインをすべて終了しました"),
        "{shown}"
    );
    assert!(!goes_on(&user).await);
    let page = pages.get(list).await.text();
    let oneself = format!("/admin/users/sessions/{ADMIN}");
    assert!(!page.contains(&oneself), "nobody ends their own so");

    let elsewhere = server.client.login_self(ADMIN).await;
    let shown = press(&mut pages, "/admin", "/admin/sessions/others").await;
    assert!(
        shown.contains("ほかの端末やブラウザーでのログインを"),
        "{shown}"
    );
    assert!(!goes_on(&elsewhere).await);
}
