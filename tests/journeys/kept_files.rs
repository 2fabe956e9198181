//! What a session was given is not lost by asking once more: the page with the password, and the file of
//! [取得].

use hyper::Method;
use serde_json::json;
use warifu_test_support::client::{Answer, Client};

use crate::support::{
    ADMIN, CARD_HOLDER, CONTRACT, LOGIN_PASSWORD, OpenSsl, TestServer, USER, current_code,
};

const FORM: Option<&str> = Some("application/x-www-form-urlencoded");
const RETRIEVE: &str = "/cert/retrieve";
const SHOW: &str = "/cert/reissue/show";

/// A browser of `user`, and the same session at the API.
async fn browser(server: &TestServer, user: &str) -> (Client, Client) {
    let login = server
        .client
        .try_login("self", CONTRACT, user, LOGIN_PASSWORD);
    let token = login.await.expect(201, None).json()["token"].clone();
    let token = token.as_str().unwrap();
    let pages = server
        .client
        .with_header("cookie", &format!("warifu-self-service={token}"))
        .with_header("sec-fetch-site", "same-origin");
    (pages, server.client.with_token(token))
}

/// The token of the form for `action` in a page.
fn token(page: &str, action: &str) -> String {
    let (_, form) = page
        .split_once(&format!("action=\"{action}\""))
        .unwrap_or_else(|| panic!("no form for {action}: {page}"));
    let (_, value) = form.split_once("name=\"form_token\" value=\"").unwrap();
    value.split('"').next().unwrap().to_owned()
}

/// What the page offers to download, if it does.
fn file(page: &str) -> Option<&str> {
    let (_, file) = page.split_once("href=\"data:")?;
    file.split('"').next()
}

fn passphrase(page: &str) -> Option<&str> {
    let (_, shown) = page.split_once("id=\"pass\"")?;
    shown.split_once("</p>").map(|(shown, _)| shown)
}

async fn send(pages: &Client, action: &str, body: &str) -> Answer {
    let body = body.to_owned();
    pages.send(Method::POST, action, FORM, body).await
}

/// [取得], as a browser sends it: the body and the answer.
async fn retrieve(pages: &Client, code: &str) -> (String, Answer) {
    let form = pages.get("/cert").await.text();
    let body = format!("form_token={}&code={code}", token(&form, RETRIEVE));
    let answer = send(pages, RETRIEVE, &body).await;
    (body, answer)
}

fn expect_no_denial(page: &str) {
    assert!(!page.contains("再発行は行われていません"), "{page}");
    assert!(page.contains("電子証明書は取得済みです"), "{page}");
}

#[tokio::test]
async fn the_form_of_retrieval_sent_again_gives_the_file_again() {
    let server = TestServer::start().await;
    let code = server.client.login_admin(ADMIN).await.reissue(USER).await;
    let (pages, _) = browser(&server, USER).await;
    let (body, answer) = retrieve(&pages, &code).await;
    let first = answer.expect(200, None).text();
    assert!(file(&first).is_some() && passphrase(&first).is_some());
    assert!(first.contains("電子証明書を取得しました"), "{first}");

    let again = send(&pages, RETRIEVE, &body).await.expect(200, None).text();
    expect_no_denial(&again);
    assert_eq!(file(&again), file(&first));
    assert_eq!(passphrase(&again), passphrase(&first));
    // Whoever goes back is led to it.
    let form = pages.get("/cert").await.expect(200, None).text();
    expect_no_denial(&form);
    assert!(form.contains("href=\"/cert/retrieved\""), "{form}");
    let shown = pages.get("/cert/retrieved").await.expect(200, None).text();
    assert_eq!(file(&shown), file(&first));
    assert_eq!(server.count("retrieval.evaluated"), 1);
    assert_eq!(server.count("certificate.issued"), 1);
    assert_eq!(server.count("certificate.delivered_again"), 2);

    // Another session of the same person has nothing of it.
    let (other, _) = browser(&server, USER).await;
    let form = other.get("/cert").await.text();
    assert!(!form.contains("/cert/retrieved"), "{form}");
    let shown = other.get("/cert/retrieved").await.text();
    assert_eq!(file(&shown), None);
    let sent = send(&other, RETRIEVE, &body).await;
    assert_eq!(sent.status, 403, "a form of another session");

    // Saved: it is gone, and what happened is still told.
    let saved = "/cert/retrieved/saved";
    let foreign = send(&pages, saved, "form_token=x").await;
    assert_eq!(foreign.status, 403);
    let confirmed = format!("form_token={}", token(&again, saved));
    for _ in 0..2 {
        send(&pages, saved, &confirmed).await.expect(200, None);
    }
    for page in [
        pages.get("/cert/retrieved").await,
        send(&pages, RETRIEVE, &body).await,
    ] {
        let page = page.expect(409, None).text();
        expect_no_denial(&page);
        assert_eq!(file(&page), None);
        assert_eq!(passphrase(&page), None);
    }
    let form = pages.get("/cert").await.text();
    expect_no_denial(&form);
    assert!(!form.contains("href=\"/cert/retrieved\""), "{form}");
}

#[tokio::test]
async fn a_wrong_entry_sent_again_is_charged_once_and_said_to_be_out_of_order() {
    let server = TestServer::start().await;
    server.client.login_admin(ADMIN).await.reissue(USER).await;
    let (pages, _) = browser(&server, USER).await;
    let (body, answer) = retrieve(&pages, "2222-2222-2222-2222").await;
    assert_eq!(answer.status, 422);
    let again = send(&pages, RETRIEVE, &body).await.expect(409, None).text();
    assert!(!again.contains("電子証明書は取得済みです"), "{again}");
    assert_eq!(server.count("retrieval.evaluated"), 1);
}

#[tokio::test]
async fn who_has_the_key_gets_its_certificate_again_when_the_form_is_sent_again() {
    let server = TestServer::start().await;
    let code = server.client.login_admin(ADMIN).await.reissue(USER).await;
    let (pages, _) = browser(&server, USER).await;
    let form = pages.get("/cert").await.text();
    let csr = OpenSsl::new().p256_request();
    let fields = [
        ("form_token", token(&form, RETRIEVE)),
        ("code", code),
        ("csr", csr),
    ];
    let body = serde_urlencoded::to_string(fields).unwrap();
    let first = send(&pages, RETRIEVE, &body).await.expect(200, None).text();
    let again = send(&pages, RETRIEVE, &body).await.expect(200, None).text();
    assert_eq!(file(&again), file(&first));
    let saved = "/cert/retrieved/saved";
    assert!(!again.contains(saved), "the store has it: {again}");
    assert_eq!(server.count("certificate.issued"), 1);
}

#[tokio::test]
async fn a_lost_answer_is_repeated_in_its_session_and_in_no_other() {
    let server = TestServer::start().await;
    let code = server.client.login_admin(ADMIN).await.reissue(USER).await;
    let (_, user) = browser(&server, USER).await;
    let (_, elsewhere) = browser(&server, USER).await;
    let redeem =
        async |client: &Client, passphrase: &str| client.redeem_pkcs12(&code, passphrase).await;
    let first = redeem(&user, "a passphrase").await.expect(201, None).json();
    let again = redeem(&user, "a passphrase").await.expect(201, None).json();
    assert_eq!(again, first);
    assert_eq!(server.count("retrieval.evaluated"), 1);
    for (client, passphrase) in [(&user, "another passphrase"), (&elsewhere, "a passphrase")] {
        let refused = redeem(client, passphrase).await;
        refused.expect(401, Some("retrieval-refused"));
    }
    user.delete("/api/v1/self/sessions/current")
        .await
        .expect(204, None);
    let gone = redeem(&user, "a passphrase").await;
    gone.expect(401, Some("session-required"));
}

#[tokio::test]
async fn a_second_press_changes_nothing_and_says_so() {
    let server = TestServer::start().await;
    let (pages, user) = browser(&server, CARD_HOLDER).await;
    let otp = json!({"otp": current_code(CARD_HOLDER)});
    user.post("/api/v1/self/otp", otp).await.expect(200, None);
    let ready = pages
        .get("/cert/reissue/ready")
        .await
        .expect(200, None)
        .text();
    let body = format!("form_token={}", token(&ready, SHOW));
    let shown = send(&pages, SHOW, &body).await.expect(200, None).text();
    let (_, value) = shown.split_once("class=\"secret__value\"").unwrap();
    let value = value.split_once("</p>").unwrap().0;
    let groups = value.split("class=\"secret__group\">").skip(1);
    let password: String = groups.map(|group| &group[..4]).collect();
    for left_out in ["<header", "<nav", "<footer", "<form"] {
        assert!(!shown.contains(left_out), "{left_out} in {shown}");
    }

    let said = "すでに表示しています。別ウィンドウをご確認ください。";
    let again = send(&pages, SHOW, &body).await.expect(409, None).text();
    assert!(again.contains(said), "{again}");
    let ready = pages.get("/cert/reissue/ready").await;
    assert!(ready.expect(409, None).text().contains(said));
    assert_eq!(server.count("retrieval_password.reissued"), 1);

    let (_, answer) = retrieve(&pages, &password).await;
    answer.expect(200, None);
    let done = send(&pages, SHOW, &body).await.expect(409, None).text();
    assert!(!done.contains(said), "there is nothing to look for: {done}");
}
