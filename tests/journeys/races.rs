//! Many at the same time: never more than the limit, never more than one.

use serde_json::json;

use crate::support::{ADMIN, CARD_HOLDER, Client, OpenSsl, TestServer, USER, current_code};

/// Short by default; the full number when all rounds are asked for.
fn rounds(full: usize) -> usize {
    if std::env::var("WARIFU_TESTS").is_ok_and(|value| value == "all") {
        full
    } else {
        3
    }
}

async fn statuses(
    requests: impl IntoIterator<Item = impl Future<Output = u16> + Send + 'static>,
) -> Vec<u16> {
    let tasks: Vec<_> = requests.into_iter().map(tokio::spawn).collect();
    let mut statuses = Vec::new();
    for task in tasks {
        statuses.push(task.await.unwrap());
    }
    statuses
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_hundred_guesses_at_most_five_are_evaluated() {
    let server = TestServer::start().await;
    let admin = server.client.login_admin(ADMIN).await;
    let user = server.client.login_self(USER).await;
    let csr = OpenSsl::new().p256_request();
    let mut evaluated_before = 0;
    for round in 0..rounds(60) {
        let right = admin.reissue(USER).await;
        let place = (round * 67) % 200;
        let guesses = (0..200).map(|index| {
            let (user, csr, right) = (user.clone(), csr.clone(), right.clone());
            async move {
                let guess = if index == place {
                    right
                } else {
                    format!("2222-2222-{index:0>4}-2222")
                        .replace('0', "A")
                        .replace('1', "C")
                };
                user.redeem_csr(&guess, &csr).await.status.as_u16()
            }
        });
        let statuses = statuses(guesses).await;
        let of = |wanted: u16| statuses.iter().filter(|status| **status == wanted).count();
        let evaluated = server.count("retrieval.evaluated") - evaluated_before;
        evaluated_before += evaluated;
        assert!(evaluated <= 5, "{evaluated} evaluated");
        assert!(of(201) <= 1);
        assert_eq!(
            of(201) + of(401) + of(423) + of(429) + of(503),
            200,
            "{statuses:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_right_redemptions_exactly_one_wins_and_nothing_locks() {
    let server = TestServer::start().await;
    let admin = server.client.login_admin(ADMIN).await;
    let user = server.client.login_self(USER).await;
    let requests: Vec<String> = (0..50).map(|_| OpenSsl::new().p256_request()).collect();
    for _ in 0..rounds(60) {
        let password = admin.reissue(USER).await;
        let redemptions = requests.iter().map(|csr| {
            let (user, csr, password): (Client, String, String) =
                (user.clone(), csr.clone(), password.clone());
            async move { user.redeem_csr(&password, &csr).await.status.as_u16() }
        });
        let statuses = statuses(redemptions).await;
        let won = statuses.iter().filter(|status| **status == 201).count();
        assert_eq!(won, 1, "{statuses:?}");
        assert!(!statuses.contains(&423), "{statuses:?}");
    }
    assert_eq!(server.count("certificate.issued"), rounds(60));
    assert_eq!(server.count("lock.set"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twenty_submissions_of_one_code_exactly_one_is_accepted() {
    let server = TestServer::start().await;
    let user = server.client.login_self(CARD_HOLDER).await;
    let code = current_code(CARD_HOLDER);
    let submissions = (0..20).map(|_| {
        let (user, code) = (user.clone(), code.clone());
        async move {
            user.post("/api/v1/self/otp", json!({"otp": code}))
                .await
                .status
                .as_u16()
        }
    });
    let statuses = statuses(submissions).await;
    let accepted = statuses.iter().filter(|status| **status == 200).count();
    assert_eq!(accepted, 1, "{statuses:?}");
    // Whoever presses often is charged nothing: four slips do not lock, and the fifth does.
    for _ in 0..20 {
        let again = user.post("/api/v1/self/otp", json!({"otp": code}));
        again.await.expect(401, Some("otp-refused"));
    }
    let wrong = if code == "000000" { "111111" } else { "000000" };
    for slip in 1..=5 {
        let answer = user.post("/api/v1/self/otp", json!({"otp": wrong})).await;
        let expected = if slip < 5 { 401 } else { 423 };
        assert_eq!(answer.status, expected, "slip {slip}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_verified_code_yields_one_reissue() {
    let server = TestServer::start().await;
    let user = server.client.login_self(CARD_HOLDER).await;
    let code = json!({"otp": current_code(CARD_HOLDER)});
    user.post("/api/v1/self/otp", code).await.expect(200, None);
    let reissues = (0..20).map(|_| {
        let user = user.clone();
        async move {
            user.post("/api/v1/self/retrieval-password", json!({}))
                .await
                .status
                .as_u16()
        }
    });
    let statuses = statuses(reissues).await;
    let shown = statuses.iter().filter(|status| **status == 201).count();
    assert_eq!(shown, 1, "{statuses:?}");
}
