//! Who gets in to the back office, and where.

use super::*;

#[tokio::test]
async fn wrong_passwords_stop_a_clerk() {
    let server = TestServer::start().await;
    let maker = StaffBrowser::of(&server, MAKER).await;
    let checker = StaffBrowser::of(&server, CHECKER).await;
    let number = maker.api.register_paper(USER).await;
    let version = checker.version(&number).await;
    let path = format!("/api/v1/office/requests/{number}/decision");
    let wrong =
        json!({"decision": "approve", "version": version, "login_password": WRONG_PASSWORD});
    for _ in 0..4 {
        let refused = checker.api.post(&path, wrong.clone()).await;
        refused.expect(401, Some("login-refused"));
    }
    let stopped = checker.api.post(&path, wrong).await;
    let stopped = stopped.expect(429, Some("login-locked"));
    assert!(stopped.header("retry-after").is_some());
    let right = checker.approve(&number).await;
    right.expect(429, Some("login-locked"));
    assert_eq!(server.count("lock.set"), 1);
    assert_eq!(server.count("paper.approved"), 0);

    // At the login unknown, wrong and a code used before are all the same.
    let unknown = json!({"staff_id": "nobody", "login_password": LOGIN_PASSWORD, "otp": "123456"});
    let unknown = server.client.post("/api/v1/office/sessions", unknown).await;
    let unknown = unknown.expect(401, Some("login-refused")).json();
    let wrong = server
        .client
        .try_login_staff(SECOND_MAKER, WRONG_PASSWORD)
        .await;
    let wrong = wrong.expect(401, Some("login-refused")).json();
    let otp = current_staff_code(SECOND_CHECKER);
    let entry = json!({"staff_id": SECOND_CHECKER, "login_password": LOGIN_PASSWORD, "otp": otp});
    let first = server
        .client
        .post("/api/v1/office/sessions", entry.clone())
        .await;
    first.expect(201, None);
    let used = server.client.post("/api/v1/office/sessions", entry).await;
    let used = used.expect(401, Some("login-refused")).json();
    for member in ["type", "title", "status", "detail", "code"] {
        assert_eq!(unknown[member], wrong[member]);
        assert_eq!(unknown[member], used[member]);
    }
}

#[tokio::test]
async fn a_session_is_worth_nothing_on_another_surface() {
    let server = TestServer::start().await;
    let maker = StaffBrowser::of(&server, MAKER).await;
    for path in ["/api/v1/admin/users", "/api/v1/self/reissues"] {
        let refused = maker.api.get(path).await;
        refused.expect(401, Some("session-required"));
    }
    let answer = server.client.login_admin(ADMIN).await;
    let refused = answer.get("/api/v1/office/requests").await;
    refused.expect(401, Some("session-required"));
    let body = server.client.try_login_staff(SECOND_MAKER, LOGIN_PASSWORD);
    let body = body.await.expect(201, None).json();
    let staff = body["token"].as_str().unwrap();
    let login = server
        .client
        .try_login("admin", CONTRACT, ADMIN, LOGIN_PASSWORD)
        .await;
    let body = login.expect(201, None).json();
    let admin = body["token"].as_str().unwrap();
    for (cookie, path, login) in [
        (
            format!("warifu-office={admin}"),
            "/office/requests",
            "/office/login",
        ),
        (format!("warifu-admin={staff}"), "/admin", "/admin/login"),
        (
            format!("warifu-admin={admin}"),
            "/office/audit",
            "/office/login",
        ),
    ] {
        let answer = server.client.with_header("cookie", &cookie).get(path).await;
        assert!(location(&answer).starts_with(login), "{path}");
    }
}

#[tokio::test]
async fn the_back_office_can_have_a_listener_of_its_own() {
    let server = TestServer::start_with(Setup::surfaces(&["office"])).await;
    assert!(server.start_line.ends_with(" surfaces=office"));
    let home = server.client.get("/").await.expect(200, None).text();
    assert!(home.contains("href=\"/office/login\""));
    assert!(!home.contains("/admin/login") && !home.contains("/cert/login"));
    for path in ["/admin/login", "/cert/login", "/api/v1/admin/users"] {
        assert_eq!(server.client.get(path).await.status, 404, "{path}");
    }
    let login = server.client.get("/office").await;
    assert_eq!(location(&login), "/office/login");

    let customers = Setup::surfaces(&["self-service", "admin"]);
    let server = TestServer::start_with(customers).await;
    let home = server.client.get("/").await.expect(200, None).text();
    assert!(!home.contains("/office/login") && home.contains("/admin/login"));
    assert_eq!(server.client.get("/office/login").await.status, 404);
}

/// A user's pages, by a session of the API.
async fn pages_of(server: &TestServer, surface: &str, cookie: &str, user: &str) -> Client {
    let answer = server
        .client
        .try_login(surface, CONTRACT, user, LOGIN_PASSWORD)
        .await;
    let body = answer.expect(201, None).json();
    let cookie = format!("{cookie}={}", body["token"].as_str().unwrap());
    server.client.with_header("cookie", &cookie)
}

#[tokio::test]
async fn paper_is_offered_when_nobody_else_can_help_and_only_then() {
    let server = TestServer::start().await;
    let forms = "href=\"/forms/standard\"";
    let user = pages_of(&server, "self", "warifu-self-service", USER).await;
    let page = user.get("/cert/reissue").await;
    assert_eq!(page.status, 403);
    let text = page.text();
    assert!(text.contains("お手続きができる方にご依頼ください") && !text.contains(forms));
    // Who may not know the others is told no names.
    assert!(!text.contains("山田 太郎"), "{text}");
    let holder = pages_of(&server, "admin", "warifu-admin", CARD_HOLDER).await;
    let own = format!("/admin/users/cert-password/{CARD_HOLDER}");
    let text = holder.get(&own).await.text();
    assert!(text.contains("ご自身で再発行できます。") && !text.contains(forms));
    assert!(text.contains("山田 太郎(admin01)"), "{text}");

    // All who could help are switched off.
    let users = server.users();
    let gone = users
        .replace(
            "service_administrator = true",
            "service_administrator = true\ndisabled = true",
        )
        .replace(
            "permissions = [\"reissue-retrieval-password\"]",
            "permissions = []",
        );
    server.replace_users(&gone);
    let text = user.get("/cert/reissue").await.text();
    assert!(text.contains(forms), "{text}");
    assert!(text.contains("書面でのお手続きが必要です。"));
}
