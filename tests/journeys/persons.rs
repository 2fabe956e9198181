//! Passwords and sessions belong to people: a user ID that is given to somebody else takes nothing
//! along, and what an operator reissued is worth what the operator is.

use warifu_test_support::client::Client;

use crate::support::{ADMIN, OpenSsl, SECOND_ADMIN, Setup, TestServer, USER};

/// Of the right shape, and nobody's.
const WRONG_RETRIEVAL_PASSWORD: &str = "2222-2222-2222-2222";

/// The users file with a `uid` of `id`, of the first contract.
fn with_uid(users: &str, id: &str, uid: &str) -> String {
    let line = format!("id = \"{id}\"\n");
    let known = users.replacen(&line, &format!("{line}uid = \"{uid}\"\n"), 1);
    assert_ne!(known, users);
    known
}

fn without(users: &str, lines: &str, instead: &str) -> String {
    let changed = users.replacen(lines, instead, 1);
    assert_ne!(changed, users);
    changed
}

async fn redeem(session: &Client, password: &str) -> (u16, String) {
    let csr = OpenSsl::new().p256_request();
    let answer = session.redeem_csr(password, &csr).await;
    let words = answer.json()["detail"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    (answer.status.as_u16(), words)
}

#[tokio::test]
async fn a_password_is_for_the_person_whom_it_was_issued_for() {
    let server = TestServer::start().await;
    let nobody_known = server.users();
    let first = with_uid(&nobody_known, USER, "person-1");
    let second = with_uid(&nobody_known, USER, "person-2");
    server.replace_users(&first);
    let admin = server.client.login_admin(ADMIN).await;
    let password = admin.reissue(USER).await;

    // The user ID is given to somebody else, or to somebody who cannot be told from others.
    for other in [&second, &nobody_known] {
        server.replace_users(other);
        let session = server.client.login_self(USER).await;
        let wrong = redeem(&session, WRONG_RETRIEVAL_PASSWORD).await;
        let inherited = redeem(&session, &password).await;
        assert_eq!(inherited.0, 401);
        assert_eq!(
            inherited.1.replace('3', "4").replace('1', "2"),
            wrong.1.replace('3', "4").replace('1', "2"),
            "in the words of a wrong entry but for how many are left"
        );
    }
    assert_eq!(server.count("retrieval_password.redeemed"), 0);
    assert_eq!(
        server.count("retrieval.evaluated"),
        4,
        "all of them counted"
    );

    server.replace_users(&first);
    let session = server.client.login_self(USER).await;
    assert_eq!(
        redeem(&session, &password).await.0,
        201,
        "the person has it"
    );
}

#[tokio::test]
async fn where_nobody_could_tell_people_apart_the_user_id_is_the_person() {
    let server = TestServer::start().await;
    let admin = server.client.login_admin(ADMIN).await;
    let password = admin.reissue(USER).await;
    server.replace_users(&with_uid(&server.users(), USER, "person-1"));
    let session = server.client.login_self(USER).await;
    assert_eq!(redeem(&session, &password).await.0, 201);
}

#[tokio::test]
async fn a_session_does_not_outlive_its_person() {
    let server = TestServer::start().await;
    let users = server.users();
    server.replace_users(&with_uid(&users, USER, "person-1"));
    let session = server.client.login_self(USER).await;
    session.get("/api/v1/self/reissues").await.expect(200, None);
    server.replace_users(&with_uid(&users, USER, "person-2"));
    let answer = session.get("/api/v1/self/reissues").await;
    answer.expect(401, Some("session-required"));
}

fn switched_off(users: &str, id: &str) -> String {
    let line = format!("id = \"{id}\"\n");
    without(users, &line, &format!("{line}disabled = true\n"))
}

#[tokio::test]
async fn what_an_operator_reissued_dies_with_the_operator() {
    let server = TestServer::start().await;
    let users = server.users();
    let admin = server.client.login_admin(SECOND_ADMIN).await;
    let password = admin.reissue(USER).await;
    let session = server.client.login_self(USER).await;

    server.replace_users(&switched_off(&users, SECOND_ADMIN));
    assert_eq!(redeem(&session, &password).await.0, 401);
    let line = format!("id = \"{SECOND_ADMIN}\"\n");
    server.replace_users(&without(&users, &line, "id = \"admin99\"\n"));
    assert_eq!(redeem(&session, &password).await.0, 401);

    // Somebody else's reissue is another matter, and so is an operator who is back.
    server.replace_users(&users);
    assert_eq!(redeem(&session, &password).await.0, 201);
}

#[tokio::test]
async fn a_bank_may_let_passwords_outlive_their_operator() {
    let keep = Setup::with("policy.reissue.when_operator_disabled = \"keep\"");
    let server = TestServer::start_with(keep).await;
    let admin = server.client.login_admin(SECOND_ADMIN).await;
    let password = admin.reissue(USER).await;
    let session = server.client.login_self(USER).await;
    server.replace_users(&switched_off(&server.users(), SECOND_ADMIN));
    assert_eq!(redeem(&session, &password).await.0, 201);
}
