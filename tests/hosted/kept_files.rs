//! One server holds the file that a session was given. The others tell the truth, and give again what the
//! store has.

use hyper::Method;
use warifu_test_support::client::{Answer, Client};
use warifu_test_support::openssl::OpenSsl;
use warifu_test_support::people::{CONTRACT, LOGIN_PASSWORD};
use warifu_test_support::redis::RedisServer;

use crate::hosting::{Bank, HostedServer, administrator};

const RETRIEVE: &str = "/cert/retrieve";

/// The browser of somebody with a fresh session.
async fn browser(server: &HostedServer, user: &str) -> Client {
    let login = server
        .client
        .try_login("self", CONTRACT, user, LOGIN_PASSWORD);
    let token = login.await.expect(201, None).json()["token"].clone();
    let cookie = format!("warifu-self-service={}", token.as_str().expect("a token"));
    server
        .client
        .with_header("cookie", &cookie)
        .with_header("sec-fetch-site", "same-origin")
}

/// [取得], as a browser sends it, to be sent once more.
async fn form(pages: &Client, fields: &[(&str, &str)]) -> String {
    let page = pages.get("/cert").await.expect(200, None).text();
    let (_, form) = page.split_once(RETRIEVE).expect("the form");
    let (_, token) = form
        .split_once("name=\"form_token\" value=\"")
        .expect("a token");
    let token = token.split('"').next().expect("its end");
    let fields = [fields, &[("form_token", token)]].concat();
    serde_urlencoded::to_string(fields).expect("a form")
}

async fn send(pages: &Client, body: &str) -> Answer {
    let kind = Some("application/x-www-form-urlencoded");
    pages
        .send(Method::POST, RETRIEVE, kind, body.to_owned())
        .await
}

fn file(page: &str) -> Option<&str> {
    let (_, file) = page.split_once("href=\"data:")?;
    file.split('"').next()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_server_says_that_the_certificate_was_issued() {
    let redis = RedisServer::start();
    let bank = Bank::on_redis(2, &redis.servers(), 0);
    let (server, other) = (bank.server(), bank.server());
    let admin = administrator(&server).await;

    let user = bank.next_user();
    let password = admin.reissue(&user).await;
    let here = browser(&server, &user).await;
    let there = here.at(other.client.base());
    let body = form(&here, &[("code", &password)]).await;
    let first = send(&here, &body).await.expect(200, None).text();
    assert!(file(&first).is_some(), "{first}");
    for told in [
        send(&there, &body).await,
        there.get("/cert/retrieved").await,
    ] {
        let told = told.expect(409, None).text();
        assert!(told.contains("電子証明書は取得済みです"), "{told}");
        assert!(!told.contains("再発行は行われていません"), "{told}");
        assert_eq!(file(&told), None);
    }
    let entry = there.get("/cert").await.expect(200, None).text();
    assert!(entry.contains("電子証明書は取得済みです"), "{entry}");
    let again = send(&here, &body).await.expect(200, None).text();
    assert_eq!(file(&again), file(&first), "where it is, it is given again");

    // The certificate for a key that somebody has is in the store.
    let user = bank.next_user();
    let password = admin.reissue(&user).await;
    let here = browser(&server, &user).await;
    let there = here.at(other.client.base());
    let csr = OpenSsl::new().p256_request();
    let body = form(&here, &[("code", &password), ("csr", &csr)]).await;
    let first = send(&here, &body).await.expect(200, None).text();
    let again = send(&there, &body).await.expect(200, None).text();
    assert_eq!(file(&again), file(&first));
}
