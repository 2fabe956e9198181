//! One-time passwords checked by a real privacyIDEA.

use serde_json::json;
use totp_rs::{Algorithm, Builder};
use warifu_core::ports::Clock;
use warifu_system::SystemClock;
use warifu_test_support::privacyidea::PrivacyIdea;

use crate::support::{
    ADMIN, CARD_HOLDER, CONTRACT, Client, OTHER_CONTRACT, OpenSsl, SECOND_ADMIN, Setup, TestServer,
};

const SECRET: &str = "3132333435363738393031323334353637383930";

/// The code of a token with [`SECRET`] that goes by `counter` (RFC 4226).
fn hotp(counter: u64) -> String {
    let secret = data_encoding::HEXLOWER.decode(SECRET.as_bytes()).unwrap();
    let codes = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(1)
        .with_secret(secret)
        .build()
        .unwrap();
    codes.generate(counter).to_string()
}

/// The code of such a token that goes by time, so many steps from now.
fn totp(steps: i64) -> String {
    let step = SystemClock.now().as_unix_seconds() / 30 + steps;
    hotp(u64::try_from(step).unwrap())
}

/// A code that such a token does not show for a while, another for each number.
fn wrong(number: u64) -> String {
    let candidates = (0..).map(|count| format!("{:06}", 100 * number + count));
    let shown: Vec<String> = (-20..20).map(totp).chain((0..50).map(hotp)).collect();
    let mut wrong = candidates.filter(|candidate| !shown.contains(candidate));
    wrong.next().unwrap()
}

struct Person {
    session: Client,
}

impl Person {
    async fn of(server: &TestServer, contract: &str, user: &str) -> Self {
        let session = server.client.login("self", contract, user).await;
        Self { session }
    }

    #[track_caller]
    fn enter(&self, code: String) -> impl Future<Output = (u16, Option<String>)> {
        let session = self.session.clone();
        async move {
            let answer = session
                .post("/api/v1/self/otp", json!({ "otp": code }))
                .await;
            (answer.status.as_u16(), answer.problem())
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_of_privacyidea_open_the_self_service() {
    let name = |contract: &str, user: &str| format!("{contract}-{user}");
    let by_time = name(CONTRACT, CARD_HOLDER);
    let by_counter = name(CONTRACT, ADMIN);
    let disabled = name(CONTRACT, SECOND_ADMIN);
    let locked = name(OTHER_CONTRACT, CARD_HOLDER);
    let challenged = name(OTHER_CONTRACT, ADMIN);
    let users = [&by_time, &by_counter, &disabled, &locked, &challenged];
    let privacyidea = PrivacyIdea::start(&users.map(String::as_str)).await;
    for user in users {
        let kind = if *user == by_counter { "hotp" } else { "totp" };
        privacyidea.enrol(user, kind, SECRET).await;
    }
    privacyidea.disable(&disabled).await;
    privacyidea.set_max_fail(&locked, 2).await;
    privacyidea.set_pin(&challenged, "135791").await;
    privacyidea.begin_challenges().await;

    let server = TestServer::start_with(Setup::with(&format!(
        "otp_verifier = {{ adapter = \"http\", http = {{ preset = \"privacyidea\", \
         url = \"{}/validate/check\", timeout = \"20s\" }} }}",
        privacyidea.url
    )))
    .await;
    server.client.get("/readyz").await.expect(200, None);
    let refused = (401, Some("otp-refused".to_owned()));
    let unavailable = (503, Some("otp-unavailable".to_owned()));

    // By time: wrong, right, all the way to a certificate, and no code twice.
    let person = Person::of(&server, CONTRACT, CARD_HOLDER).await;
    assert_eq!(person.enter(wrong(1)).await, refused);
    let code = totp(0);
    assert_eq!(person.enter(code.clone()).await, (200, None));
    let shown = person
        .session
        .post("/api/v1/self/retrieval-password", json!({}))
        .await
        .expect(201, None)
        .json();
    let password = shown["retrieval_password"].as_str().unwrap();
    let csr = OpenSsl::new().p256_request();
    let redeemed = person.session.redeem_csr(password, &csr).await;
    redeemed.expect(201, None);
    assert_eq!(person.enter(code).await, refused);

    // By counter.
    let person = Person::of(&server, CONTRACT, ADMIN).await;
    assert_eq!(person.enter(hotp(0)).await, (200, None));
    assert_eq!(person.enter(hotp(0)).await, refused);
    assert_eq!(person.enter(hotp(2)).await, (200, None));
    assert_eq!(person.enter(hotp(1)).await, refused, "an older one");

    // Switched off, and locked by privacyIDEA itself.
    let person = Person::of(&server, CONTRACT, SECOND_ADMIN).await;
    assert_eq!(person.enter(totp(0)).await, refused);
    let person = Person::of(&server, OTHER_CONTRACT, CARD_HOLDER).await;
    for number in 2..4 {
        assert_eq!(person.enter(wrong(number)).await, refused);
    }
    assert_eq!(person.enter(totp(0)).await, refused, "locked there");

    // A challenge, and a user whom privacyIDEA does not know: neither yes nor no, and never
    // counted, however often. More often than a failing provider would be asked, too.
    let counted = server.count("otp.refused");
    let person = Person::of(&server, OTHER_CONTRACT, ADMIN).await;
    for _ in 0..7 {
        assert_eq!(person.enter("135791".to_owned()).await, unavailable);
    }
    let person = Person::of(&server, OTHER_CONTRACT, SECOND_ADMIN).await;
    for number in 10..17 {
        assert_eq!(person.enter(wrong(number)).await, unavailable);
    }
    assert_eq!(server.count("otp.refused"), counted);
    assert_eq!(server.count("lock.set"), 0);
    // Nobody else is held up by that.
    let person = Person::of(&server, CONTRACT, ADMIN).await;
    assert_eq!(person.enter(hotp(3)).await, (200, None));
}
