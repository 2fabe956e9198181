//! What cannot be right is refused with a sentence that helps, and changes nothing.

use hyper::Method;
use serde_json::json;

use crate::support::{ADMIN, CARD_HOLDER, CONTRACT, LOGIN_PASSWORD, OpenSsl, TestServer, USER};

#[tokio::test]
async fn what_is_not_the_documented_json_is_malformed() {
    let server = TestServer::start().await;
    let path = "/api/v1/self/sessions";
    let good = format!(
        "{{\"contract_number\":\"{CONTRACT}\",\"user_id\":\"{USER}\",\
         \"login_password\":\"{LOGIN_PASSWORD}\""
    );
    let bodies = [
        String::new(),
        "not json".to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        good.clone(),
        format!("{good},\"more\":1}}"),
        format!("{good},\"user_id\":\"admin01\"}}"),
        format!("{good}}}{{}}"),
        good.replace(&format!("\"{USER}\""), "7") + "}",
        "{\"contract_number\":\"1234567890\"}".to_owned(),
        "[".repeat(60_000),
    ];
    for body in bodies {
        let shown: String = body.chars().take(80).collect();
        let answer = server
            .client
            .send(Method::POST, path, Some("application/json"), body)
            .await;
        assert_eq!(answer.status, 400, "{shown}");
        assert_eq!(
            answer.problem().as_deref(),
            Some("malformed-request"),
            "{shown}"
        );
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json")
        );
    }
    let typed = server
        .client
        .send(Method::POST, path, Some("text/plain"), format!("{good}}}"))
        .await;
    typed.expect(400, Some("malformed-request"));
    let large = format!("{good},\"more\":\"{}\"}}", "x".repeat(2_000_000));
    let answer = server
        .client
        .send(Method::POST, path, Some("application/json"), large)
        .await;
    assert_eq!(answer.status, 413);
    assert_eq!(server.count("login.refused"), 0);
}

#[tokio::test]
async fn impossible_values_name_their_field_and_cost_no_attempt() {
    let server = TestServer::start().await;
    let login = |contract: &str, user: &str, password: &str| json!({"contract_number": contract, "user_id": user, "login_password": password});
    let cases = [
        (login("", USER, "x"), "/contract_number", "M-F-01"),
        (login("12345", USER, "x"), "/contract_number", "M-F-02"),
        (login(CONTRACT, "", "x"), "/user_id", "M-F-03"),
        (login(CONTRACT, "*)(uid=*", "x"), "/user_id", "M-F-04"),
        (login(CONTRACT, USER, ""), "/login_password", "M-F-05"),
        (
            login(CONTRACT, USER, "ｐａｓｓｗｏｒｄ"),
            "/login_password",
            "M-F-06",
        ),
    ];
    for _ in 0..2 {
        for (body, pointer, code) in &cases {
            let answer = server
                .client
                .post("/api/v1/self/sessions", body.clone())
                .await;
            let answer = answer.expect(422, Some("invalid-field")).json();
            assert_eq!(answer["errors"][0]["pointer"], *pointer, "{answer}");
            assert_eq!(answer["errors"][0]["code"], *code);
            assert!(!answer["errors"][0]["detail"].as_str().unwrap().is_empty());
        }
    }
    let all = server
        .client
        .post("/api/v1/self/sessions", login("", "", ""))
        .await
        .json();
    assert_eq!(all["errors"].as_array().unwrap().len(), 3);
    let user = server.client.login_self(CARD_HOLDER).await;
    for otp in ["", "12345", "1234567", "12345a"] {
        let answer = user.post("/api/v1/self/otp", json!({"otp": otp})).await;
        answer.expect(422, Some("invalid-field"));
    }
    let csr = OpenSsl::new().p256_request();
    for password in ["", "KT7M", "KT7M-9XHW-4PAE-R2C0", "KT7M-9XHW-4PAE-R2C!"] {
        user.redeem_csr(password, &csr)
            .await
            .expect(422, Some("invalid-field"));
    }
    assert_eq!(server.count("otp.refused"), 0);
    assert_eq!(server.count("retrieval.evaluated"), 0);
}

#[tokio::test]
async fn long_passwords_are_told_apart_to_the_last_byte() {
    let server = TestServer::start().await;
    for length in [72, 73, 256] {
        let answer = server
            .client
            .try_login("self", CONTRACT, USER, &"x".repeat(length))
            .await;
        answer.expect(401, Some("login-refused"));
    }
    let answer = server
        .client
        .try_login("self", CONTRACT, USER, &"x".repeat(257))
        .await;
    answer.expect(422, Some("invalid-field"));
}

#[tokio::test]
async fn the_language_of_a_problem_follows_the_client() {
    let server = TestServer::start().await;
    let answer = server
        .client
        .try_login("self", CONTRACT, USER, "")
        .await
        .json();
    assert!(
        answer["errors"][0]["detail"]
            .as_str()
            .unwrap()
            .contains("ログインパスワード")
    );
    let english = server
        .client
        .with_header("accept-language", "en-GB,en;q=0.9,ja;q=0.1");
    let answer = english.try_login("self", CONTRACT, USER, "").await.json();
    assert_eq!(answer["errors"][0]["detail"], "Enter your login password.");
}

#[tokio::test]
async fn unknown_paths_and_methods_are_refused_politely() {
    let server = TestServer::start().await;
    for path in ["/api/v1/none", "/api/v1/self/sessions/", "/api/v1/%2e%2e/x"] {
        let answer = server.client.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json"),
            "{path}"
        );
    }
    let answer = server.client.get("/api/v1/self/sessions").await;
    assert_eq!(answer.status, 405);
    assert!(answer.header("allow").unwrap().contains("POST"));
    let answer = server.client.send(Method::TRACE, "/", None, "").await;
    assert_eq!(answer.status, 405);
}

#[tokio::test]
async fn a_foreign_origin_is_refused_even_with_a_token() {
    let server = TestServer::start().await;
    let admin = server.client.login_admin(ADMIN).await;
    let foreign = admin.with_header("origin", "https://evil.example");
    let answer = foreign.get("/api/v1/admin/users").await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.header("access-control-allow-origin"), None);
    let spoofed = server.client.with_header("x-forwarded-for", "203.0.113.9");
    spoofed
        .try_login("self", CONTRACT, USER, "wrong-password")
        .await;
    let lines = server.audit();
    assert!(
        lines.iter().all(|line| line["source"] == "127.0.0.1"),
        "{lines:?}"
    );
}
