//! A form is carried out for what it was shown for, and its address says nothing that was entered.

use hyper::Method;
use serde_json::json;
use warifu_test_support::client::{Answer, Client};

use crate::support::{ADMIN, CARD_HOLDER, CONTRACT, LOGIN_PASSWORD, TestServer, USER};

const FORM: Option<&str> = Some("application/x-www-form-urlencoded");

/// What a browser sends whose session is `token`.
async fn browser(server: &TestServer) -> Client {
    let login = server
        .client
        .try_login("admin", CONTRACT, ADMIN, LOGIN_PASSWORD);
    let token = login.await.expect(201, None).json()["token"].clone();
    let cookie = format!("warifu-admin={}", token.as_str().unwrap());
    server
        .client
        .with_header("cookie", &cookie)
        .with_header("sec-fetch-site", "same-origin")
}

/// The token of the form for `action` in a page.
fn token(page: &str, action: &str) -> String {
    let (_, form) = page
        .split_once(&format!("action=\"{action}\""))
        .unwrap_or_else(|| panic!("no form for {action}: {page}"));
    let (_, value) = form.split_once("name=\"form_token\" value=\"").unwrap();
    value.split('"').next().unwrap().to_owned()
}

async fn send(pages: &Client, action: &str, body: String) -> Answer {
    pages.send(Method::POST, action, FORM, body).await
}

#[tokio::test]
async fn a_token_is_good_for_its_form_and_its_user_alone() {
    let server = TestServer::start().await;
    let pages = browser(&server).await;
    let list = pages.get("/admin/users/cert-password").await.text();
    let top = pages.get("/admin").await.text();
    let of_user = format!("/admin/users/sessions/{USER}");
    let of_another = format!("/admin/users/sessions/{CARD_HOLDER}");
    let reissue = format!("/admin/users/cert-password/{USER}");
    let confirm = pages.get(&reissue).await.text();
    let others = "/admin/sessions/others".to_owned();
    let logout = "/admin/logout".to_owned();
    let tokens = [
        (&of_user, token(&list, &of_user)),
        (&of_another, token(&list, &of_another)),
        (&others, token(&top, &others)),
        (&reissue, token(&confirm, &reissue)),
        (&logout, token(&top, &logout)),
    ];
    for (shown_for, token) in &tokens {
        for (action, _) in &tokens {
            if action != shown_for {
                let sent = send(&pages, action, format!("form_token={token}")).await;
                assert_eq!(sent.status, 403, "{shown_for} at {action}");
            }
        }
    }
    assert_eq!(server.count("retrieval_password.reissue_started"), 0);
    // None of them was used up by that.
    for (action, token) in &tokens[..3] {
        let sent = send(&pages, action, format!("form_token={token}")).await;
        assert_eq!(sent.status, 303, "{action}: {}", sent.text());
    }
}

#[tokio::test]
async fn a_printed_password_is_noted_for_its_own_reissue() {
    let server = TestServer::start().await;
    let pages = browser(&server).await;
    let reissue = async |user: &str| {
        let action = format!("/admin/users/cert-password/{user}");
        let confirm = pages.get(&action).await.text();
        let fields = [
            ("form_token", token(&confirm, &action)),
            ("confirm", "yes".to_owned()),
            (
                "txn",
                warifu_test_support::people::TRANSACTION_PASSWORD.to_owned(),
            ),
        ];
        let body = serde_urlencoded::to_string(fields).unwrap();
        let issued = send(&pages, &action, body).await.expect(200, None).text();
        let (_, id) = issued.split_once("name=\"reissue\" value=\"").unwrap();
        let id = id.split('"').next().unwrap().to_owned();
        (token(&issued, "/admin/print-requested"), id)
    };
    let (one, of_one) = reissue(USER).await;
    let (_, of_other) = reissue(CARD_HOLDER).await;
    let print = async |token: &str, reissue: &str| {
        let body = format!("form_token={token}&reissue={reissue}");
        send(&pages, "/admin/print-requested", body).await.status
    };
    assert_eq!(print(&one, &of_other).await, 403);
    assert_eq!(print(&one, &of_one).await, 204);
}

#[tokio::test]
async fn nothing_is_entered_by_an_address() {
    let server = TestServer::start().await;
    let entered = format!("contract={CONTRACT}&user={USER}&password={LOGIN_PASSWORD}");
    let pages = server.client.with_header("sec-fetch-site", "same-origin");
    for path in ["/cert/login", "/admin/login", "/office/login"] {
        for body in [String::new(), entered.clone()] {
            let sent = send(&pages, &format!("{path}?{entered}"), body).await;
            assert_eq!(sent.status, 400, "{path}");
        }
    }
    let login = json!({
        "contract_number": CONTRACT, "user_id": USER, "login_password": LOGIN_PASSWORD
    });
    let call = server.client.post("/api/v1/self/sessions?user_id=x", login);
    call.await.expect(400, Some("malformed-request"));
    assert_eq!(server.count("login.succeeded"), 0);
    let sent = send(&pages, "/cert/login", entered).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
}

#[tokio::test]
async fn a_login_leads_on_to_where_it_was_asked_for() {
    let server = TestServer::start().await;
    let pages = server.client.with_header("sec-fetch-site", "same-origin");
    let away = pages.get(&format!("/admin/users/unlock/{USER}")).await;
    let login = away.header("location").unwrap().to_owned();
    let page = pages.get(&login).await.text();
    let (_, return_to) = page.split_once("name=\"return_to\" value=\"").unwrap();
    let return_to = return_to.split('"').next().unwrap();
    let return_to = return_to.replace("&#38;", "&").replace("&amp;", "&");
    let enter = async |password: &str| {
        let fields = [
            ("contract", CONTRACT),
            ("user", ADMIN),
            ("password", password),
            ("return_to", &return_to),
        ];
        let body = serde_urlencoded::to_string(fields).unwrap();
        send(&pages, "/admin/login", body).await
    };
    let again = enter("not the password").await.text();
    assert!(
        again.contains("name=\"return_to\" value=\"next=unlock"),
        "{again}"
    );
    let sent = enter(LOGIN_PASSWORD).await;
    let target = sent.header("location").map(str::to_owned);
    assert_eq!(target, Some(format!("/admin/users/unlock/{USER}")));
}
