//! Unknown, wrong, disabled: one answer.

use crate::support::{
    Answer, CONTRACT, DISABLED, LOGIN_PASSWORD, Setup, TestServer, USER, WRONG_PASSWORD,
};

/// Everything of an answer that may not differ.
fn visible(answer: &Answer) -> (u16, Vec<(String, String)>, serde_json::Value) {
    let mut headers: Vec<(String, String)> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    let mut body = answer.json();
    let reference = body.as_object_mut().unwrap().remove("ref");
    assert!(reference.is_some());
    (answer.status.as_u16(), headers, body)
}

#[tokio::test]
async fn the_answer_is_the_same_at_each_attempt_up_to_and_beyond_the_lock() {
    let server = TestServer::start().await;
    let who = [
        (CONTRACT, USER, WRONG_PASSWORD),
        (CONTRACT, "nobody", WRONG_PASSWORD),
        ("999999999999", USER, WRONG_PASSWORD),
        (CONTRACT, DISABLED, LOGIN_PASSWORD),
    ];
    for attempt in 1..=7 {
        let mut answers = Vec::new();
        for (contract, user, password) in who {
            answers.push(
                server
                    .client
                    .try_login("self", contract, user, password)
                    .await,
            );
        }
        let expected = if attempt < 5 { 401 } else { 429 };
        assert_eq!(answers[0].status, expected, "attempt {attempt}");
        let first = visible(&answers[0]);
        for answer in &answers[1..] {
            let mut other = visible(answer);
            // Locks of one and the same second end in one and the same second, or the next.
            for header in &mut other.1 {
                if header.0 == "retry-after" {
                    let seconds: u64 = header.1.parse().unwrap();
                    assert!((1790..=1800).contains(&seconds));
                    header.1 = first
                        .1
                        .iter()
                        .find(|(name, _)| name == "retry-after")
                        .map(|(_, value)| value.clone())
                        .unwrap();
                }
            }
            assert_eq!(other, first, "attempt {attempt}");
        }
    }
    // The lock wins over what is right.
    let locked = server
        .client
        .try_login("self", CONTRACT, USER, LOGIN_PASSWORD)
        .await;
    locked.expect(429, Some("login-locked"));
}

#[tokio::test]
async fn one_counter_however_the_name_is_written() {
    let server = TestServer::start().await;
    let spellings = ["User01", "USER01", " user01", "ｕｓｅｒ０１"];
    for spelling in spellings {
        let answer = server
            .client
            .try_login("self", CONTRACT, spelling, WRONG_PASSWORD)
            .await;
        answer.expect(401, Some("login-refused"));
    }
    let fifth = server
        .client
        .try_login("admin", "１２３４-５６７８９０", USER, WRONG_PASSWORD)
        .await;
    fifth.expect(429, Some("login-locked"));
}

#[tokio::test]
async fn a_lock_without_end_looks_like_half_an_hour() {
    let setup = Setup::with("policy.login.lock_for = \"until-unlocked\"");
    let server = TestServer::start_with(setup).await;
    for _ in 0..4 {
        let answer = server
            .client
            .try_login("self", CONTRACT, USER, WRONG_PASSWORD)
            .await;
        answer.expect(401, Some("login-refused"));
    }
    let answer = server
        .client
        .try_login("self", CONTRACT, USER, WRONG_PASSWORD)
        .await;
    let answer = answer.expect(429, Some("login-locked"));
    let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1790..=1800).contains(&seconds));
}
