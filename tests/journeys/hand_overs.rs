//! 「渡しました」: noted on the page with the password or in the list, and seen until the password is used.

use hyper::Method;
use warifu_test_support::client::{Answer, Client};

use crate::support::{
    ADMIN, CONTRACT, LOGIN_PASSWORD, OTHER_CONTRACT, OpenSsl, TRANSACTION_PASSWORD, TestServer,
    USER,
};

const FORM: Option<&str> = Some("application/x-www-form-urlencoded");
const LIST: &str = "/admin/users/cert-password";

/// What a browser sends whose session is an administrator's.
async fn browser(server: &TestServer, contract: &str) -> Client {
    let login = server
        .client
        .try_login("admin", contract, ADMIN, LOGIN_PASSWORD);
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

/// A reissue for [`USER`] by the pages: where its hand-over is noted, and the page with the password.
async fn reissue(pages: &Client) -> (String, String) {
    let action = format!("{LIST}/{USER}");
    let confirm = pages.get(&action).await.text();
    let fields = [
        ("form_token", token(&confirm, &action)),
        ("confirm", "yes".to_owned()),
        ("txn", TRANSACTION_PASSWORD.to_owned()),
    ];
    let body = serde_urlencoded::to_string(fields).unwrap();
    let issued = send(pages, &action, body).await.expect(200, None).text();
    let (_, id) = issued.split_once("name=\"reissue\" value=\"").unwrap();
    let id = id.split('"').next().unwrap();
    (format!("/admin/reissues/{id}/handed-over"), issued)
}

fn password(issued: &str) -> String {
    let (_, value) = issued.split_once("class=\"secret__value\"").unwrap();
    let value = value.split_once("</p>").unwrap().0;
    let groups = value.split("class=\"secret__group\">").skip(1);
    groups.map(|group| &group[..4]).collect()
}

#[tokio::test]
async fn a_hand_over_is_written_down_and_listed_until_the_password_is_used() {
    let server = TestServer::start().await;
    let pages = browser(&server, CONTRACT).await;
    let (action, issued) = reissue(&pages).await;
    let shown = async || {
        let lists = [LIST, "/admin/reissues"].map(|path| pages.get(path));
        let mut shown = Vec::new();
        for list in lists {
            shown.push(
                list.await
                    .expect(200, None)
                    .text()
                    .contains("渡しました(手渡し)"),
            );
        }
        shown
    };
    assert_eq!(shown().await, [false, false]);
    let body = format!("form_token={}&way=in-person", token(&issued, &action));
    let sent = send(&pages, &action, body.clone()).await;
    assert_eq!(
        (sent.status.as_u16(), sent.header("location")),
        (303, Some("/admin/reissues"))
    );
    assert_eq!(shown().await, [true, true]);
    assert_eq!(send(&pages, &action, body).await.status, 409, "sent again");

    let noted = server.audit();
    let noted: Vec<_> = noted
        .iter()
        .filter(|record| record["event"] == "retrieval_password.handed_over")
        .collect();
    assert_eq!(noted.len(), 1);
    assert_eq!(noted[0]["actor"], ADMIN);
    assert_eq!(noted[0]["subject"], USER);
    assert_eq!(noted[0]["detail"]["way"], "in-person");
    assert!(action.contains(noted[0]["detail"]["reissue_id"].as_str().unwrap()));

    let user = server.client.login_self(USER).await;
    let csr = OpenSsl::new().p256_request();
    user.redeem_csr(&password(&issued), &csr)
        .await
        .expect(201, None);
    assert_eq!(shown().await, [false, false]);
    let over = pages.get(&action).await.expect(409, None).text();
    assert!(
        over.contains("使用されたか、使えなくなっています"),
        "{over}"
    );
}

#[tokio::test]
async fn it_can_be_noted_later_from_the_list() {
    let server = TestServer::start().await;
    let pages = browser(&server, CONTRACT).await;
    let (action, _) = reissue(&pages).await;
    let list = pages.get("/admin/reissues").await.text();
    assert!(list.contains(&format!("href=\"{action}\"")), "{list}");
    let form = pages.get(&action).await.expect(200, None).text();
    let body = |way: &str| format!("form_token={}&way={way}", token(&form, &action));
    for way in ["mail", ""] {
        let sent = send(&pages, &action, body(way)).await;
        assert_eq!(sent.status, 400, "{way}");
    }
    let sent = send(&pages, &action, body("telephone")).await;
    assert_eq!(sent.status, 303);
    let list = pages.get("/admin/reissues").await.text();
    assert!(list.contains("渡しました(電話)"), "{list}");
    assert!(!list.contains(&format!("href=\"{action}\"")), "it is noted");
}

#[tokio::test]
async fn nobody_notes_a_hand_over_of_another_contract() {
    let server = TestServer::start().await;
    let pages = browser(&server, CONTRACT).await;
    let (action, _) = reissue(&pages).await;
    let form = pages.get(&action).await.expect(200, None).text();
    let strangers = browser(&server, OTHER_CONTRACT).await;
    strangers.get(&action).await.expect(404, None);
    let body = format!("form_token={}&way=telephone", token(&form, &action));
    assert_eq!(send(&strangers, &action, body).await.status, 403);
    assert_eq!(server.count("retrieval_password.handed_over"), 0);
}
