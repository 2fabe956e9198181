//! Whoever tries wrong passwords locks strangers out, and nobody who is known.

use hyper::Method;

use crate::support::{
    ADMIN, Answer, CARD_HOLDER, CHECKER, CONTRACT, Client, LOGIN_PASSWORD, MAKER, SECOND_ADMIN,
    SECOND_CHECKER, SECOND_MAKER, Setup, TRANSACTION_PASSWORD, TestServer, USER, WRONG_PASSWORD,
};

const HEADER: &str = "warifu-device";

/// Enters a form of a page, as a browser that keeps `cookies`.
async fn log_in_by_page(server: &TestServer, user: &str, password: &str, cookies: &str) -> Answer {
    let form = [
        ("contract", CONTRACT),
        ("user", user),
        ("password", password),
    ];
    let body = form
        .map(|(name, value)| format!("{name}={value}"))
        .join("&");
    let origin = server.client.base();
    server
        .client
        .with_header("origin", origin)
        .with_header("cookie", cookies)
        .send(
            Method::POST,
            "/cert/login",
            Some("application/x-www-form-urlencoded"),
            body,
        )
        .await
}

fn device_cookie(answer: &Answer) -> Option<String> {
    answer
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|value| value.to_str().unwrap().to_owned())
        .find(|cookie| cookie.starts_with("warifu-device-"))
}

fn device_of(answer: &Answer) -> String {
    answer.json()["device_token"].as_str().unwrap().to_owned()
}

fn from_address(server: &TestServer, number: usize) -> Client {
    let address = format!("198.51.100.{}", 1 + number);
    server.client.with_header("x-forwarded-for", &address)
}

fn behind_a_proxy() -> Setup {
    Setup::with("policy.rate_limit.trusted_proxies = [\"127.0.0.1\"]")
        .and("policy.rate_limit.per_address = \"off\"")
}

/// More than two hundred wrong requests over everybody, from so many addresses.
async fn lock_everybody(server: &TestServer, addresses: usize) {
    let people = [USER, CARD_HOLDER, ADMIN, SECOND_ADMIN];
    let staff = [MAKER, CHECKER, SECOND_MAKER, SECOND_CHECKER];
    for number in 0..26 {
        let attacker = from_address(server, number % addresses);
        for person in people {
            let surface = ["self", "admin"][number % 2];
            let answer = attacker
                .try_login(surface, CONTRACT, person, WRONG_PASSWORD)
                .await;
            let expected = if number < 4 { 401 } else { 429 };
            assert_eq!(answer.status, expected, "{person}, entry {number}");
        }
        for person in staff {
            let answer = attacker.try_login_staff(person, WRONG_PASSWORD).await;
            let expected = if number < 4 { 401 } else { 429 };
            assert_eq!(answer.status, expected, "{person}, entry {number}");
        }
    }
}

async fn only_strangers_are_locked(addresses: usize) {
    let server = TestServer::start_with(behind_a_proxy()).await;
    let client = &server.client;
    // Who was here before: a browser, a program, a clerk who is logged in, and one who was.
    let page = log_in_by_page(&server, USER, LOGIN_PASSWORD, "").await;
    assert_eq!(page.status, 303, "{}", page.text());
    let cookie = device_cookie(&page).unwrap();
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=7776000"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let admin = client.try_login("admin", CONTRACT, ADMIN, LOGIN_PASSWORD);
    let admin_device = device_of(&admin.await.expect(201, None));
    let maker = client.try_login_staff(MAKER, LOGIN_PASSWORD).await;
    let maker = maker.expect(201, None);
    let maker_device = device_of(&maker);
    let maker = client.with_token(maker.json()["token"].as_str().unwrap());
    let number = maker.register_paper(USER).await;
    let checker = client.login_staff(CHECKER).await;

    lock_everybody(&server, addresses).await;

    for person in [USER, CARD_HOLDER, ADMIN, SECOND_ADMIN] {
        let stranger = client.try_login("self", CONTRACT, person, LOGIN_PASSWORD);
        stranger.await.expect(429, Some("login-locked"));
    }
    let page = log_in_by_page(&server, USER, LOGIN_PASSWORD, &cookie).await;
    assert_eq!(page.status, 303, "at the own browser");
    client
        .with_header(HEADER, &admin_device)
        .try_login("admin", CONTRACT, ADMIN, LOGIN_PASSWORD)
        .await
        .expect(201, None);
    let request = format!("/api/v1/office/requests/{number}");
    let version = checker.get(&request).await.json()["version"].as_u64();
    checker
        .decide(&number, "approve", version.unwrap())
        .await
        .expect(200, None);
    // A code is used once: the clerk's own browser gets as far as the code.
    client
        .with_header(HEADER, &maker_device)
        .try_login_staff(MAKER, WRONG_PASSWORD)
        .await
        .expect(401, Some("login-refused"));
    let locks = server.audit();
    let lanes = locks.iter().filter(|record| record["event"] == "lock.set");
    let lanes: Vec<_> = lanes.map(|record| &record["detail"]["lane"]).collect();
    assert_eq!(lanes.len(), 8, "{lanes:?}");
    assert!(lanes.iter().all(|lane| *lane == "stranger"), "{lanes:?}");
}

#[tokio::test]
async fn one_address_locks_strangers_only() {
    only_strangers_are_locked(1).await;
}

#[tokio::test]
async fn forty_addresses_lock_strangers_only() {
    only_strangers_are_locked(40).await;
}

#[tokio::test]
async fn a_device_token_helps_its_owner_alone_and_tells_nothing() {
    let server = TestServer::start().await;
    let client = &server.client;
    let login = client.try_login("self", CONTRACT, USER, LOGIN_PASSWORD);
    let device = device_of(&login.await.expect(201, None));
    let other = client.try_login("self", CONTRACT, CARD_HOLDER, LOGIN_PASSWORD);
    let foreign = device_of(&other.await.expect(201, None));
    let admin = client.try_login("admin", CONTRACT, ADMIN, LOGIN_PASSWORD);
    let elsewhere = device_of(&admin.await.expect(201, None));
    for user in [USER, ADMIN] {
        for _ in 0..5 {
            client
                .try_login("self", CONTRACT, user, WRONG_PASSWORD)
                .await;
        }
    }
    let invented = "A".repeat(43);
    for token in [foreign.as_str(), elsewhere.as_str(), &invented, "short", ""] {
        client
            .with_header(HEADER, token)
            .try_login("self", CONTRACT, USER, LOGIN_PASSWORD)
            .await
            .expect(429, Some("login-locked"));
    }
    // A token of one surface is nothing on another.
    client
        .with_header(HEADER, &elsewhere)
        .try_login("self", CONTRACT, ADMIN, LOGIN_PASSWORD)
        .await
        .expect(429, Some("login-locked"));
    let again = client
        .with_header(HEADER, &device)
        .try_login("self", CONTRACT, USER, LOGIN_PASSWORD)
        .await
        .expect(201, None);
    assert_eq!(device_of(&again), device, "it is kept");
    // For a name that nobody has it is as good as none.
    for attempt in 1..=5 {
        let answer = client
            .with_header(HEADER, &device)
            .try_login("self", CONTRACT, "nobody", WRONG_PASSWORD)
            .await;
        assert_eq!(answer.status, if attempt < 5 { 401 } else { 429 });
    }
}

#[tokio::test]
async fn a_lock_of_a_known_browser_is_its_own_and_is_told_with_its_lane() {
    let server = TestServer::start().await;
    let client = &server.client;
    let login = client.try_login("self", CONTRACT, USER, LOGIN_PASSWORD);
    let device = device_of(&login.await.expect(201, None));
    let known = client.with_header(HEADER, &device);
    for attempt in 1..=6 {
        let password = if attempt < 6 {
            WRONG_PASSWORD
        } else {
            LOGIN_PASSWORD
        };
        let answer = known.try_login("self", CONTRACT, USER, password).await;
        assert_eq!(answer.status, if attempt < 5 { 401 } else { 429 });
    }
    let admin = client.login_admin(SECOND_ADMIN).await;
    let listed = async || {
        let users = admin.get("/api/v1/admin/users?query=user01").await.json();
        let user = &users["users"][0];
        (user["locks"].clone(), user["login_lock_lanes"].clone())
    };
    let (locks, lanes) = listed().await;
    assert_eq!(locks, serde_json::json!(["login"]));
    assert_eq!(lanes, serde_json::json!(["known-browser"]));
    let stranger = client.try_login("self", CONTRACT, USER, LOGIN_PASSWORD);
    stranger.await.expect(201, None);
    let body = serde_json::json!({
        "purpose": "login", "transaction_password": TRANSACTION_PASSWORD,
    });
    let unlocked = admin.post("/api/v1/admin/users/user01/unlock", body).await;
    assert_eq!(unlocked.status, 204, "{}", unlocked.text());
    assert_eq!(listed().await.1, serde_json::json!([]));
    let again = known.try_login("self", CONTRACT, USER, LOGIN_PASSWORD);
    again.await.expect(201, None);
}

/// From a network that tries many names, strangers have fewer tries, whoever has the name.
#[tokio::test]
async fn spraying_is_told_and_tightens_the_limits_of_strangers_there() {
    let setup = behind_a_proxy()
        .and("policy.spraying.told_after = 5")
        .and("policy.spraying.tighter_after = 5")
        .and("policy.spraying.max_failures = 2");
    let server = TestServer::start_with(setup).await;
    let home = from_address(&server, 9);
    let login = home.try_login("self", CONTRACT, USER, LOGIN_PASSWORD);
    let device = device_of(&login.await.expect(201, None));
    let attacker = from_address(&server, 1);
    for number in 0..6 {
        let contract = format!("99999999{number}0");
        let answer = attacker.try_login("self", &contract, "nobody", WRONG_PASSWORD);
        answer.await.expect(401, Some("login-refused"));
    }
    for user in [USER, "nobody-else", "user03"] {
        let first = attacker.try_login("self", CONTRACT, user, WRONG_PASSWORD);
        first.await.expect(401, Some("login-refused"));
        let second = attacker.try_login("self", CONTRACT, user, WRONG_PASSWORD);
        second.await.expect(429, Some("login-locked"));
    }
    for attempt in 1..=4 {
        let elsewhere = from_address(&server, 2);
        let answer = elsewhere.try_login("self", CONTRACT, CARD_HOLDER, WRONG_PASSWORD);
        assert_eq!(answer.await.status, 401, "entry {attempt} from elsewhere");
        let known = attacker.with_header(HEADER, &device);
        let answer = known.try_login("self", CONTRACT, USER, WRONG_PASSWORD);
        assert_eq!(
            answer.await.status,
            401,
            "entry {attempt} of a known browser"
        );
    }
    let metrics = server.client.get("/metrics").await.text();
    assert!(
        metrics.contains("warifu_spraying_total{kind=\"network\"} 1"),
        "{metrics}"
    );
    let told = server.audit();
    let told = told
        .iter()
        .filter(|record| record["detail"]["reason"] == "spraying");
    assert_eq!(told.count(), 1);
}
