//! [`PasswordVerifier`]: a password is right for its owner, as the other system knows it now.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tokio::time::sleep;
use warifu_core::domain::{AllowedCharacters, PlainPassword, Subject};
use warifu_core::ports::PasswordVerifier;

use crate::case::{CaseResult, Failure, at_once, ensure, ensure_eq, rounds, suite};
use crate::samples::{other_contract, user, user_id};

/// How much later than promised an answer may come: for a machine that has much to do.
const SLACK: Duration = Duration::from_secs(2);

/// How long a back end that failed may be left alone, as the port promises.
const RECOVERY: Duration = Duration::from_secs(30);

/// A verifier together with the system that it asks.
#[async_trait]
pub trait PasswordKit: Send + Sync {
    /// The verifier. Each call gives that of another server.
    fn verifier(&self) -> Arc<dyn PasswordVerifier>;

    /// Gives the user a password, in the place of an earlier one.
    async fn set(&self, subject: &Subject, password: &PlainPassword) -> CaseResult;

    /// Takes the user out of the other system.
    async fn remove(&self, subject: &Subject) -> CaseResult;

    /// Lets the other system be gone, or be there again.
    async fn set_failing(&self, failing: bool) -> CaseResult;

    /// Lets the other system take requests without answering, or answer again.
    async fn set_silent(&self, silent: bool) -> CaseResult;

    /// How many requests reached the other system so far.
    fn requests(&self) -> usize;
}

type Kit = Arc<dyn PasswordKit>;

suite!($ password_verifier_conformance, password_verifier, Kit, [
    the_right_password_is_right_and_no_other,
    what_looks_like_a_query_is_a_password_like_any_other,
    a_password_is_its_owners_only,
    a_changed_password_is_wrong_at_once,
    a_user_who_is_not_there_is_a_wrong_password,
    a_decoy_costs_what_a_wrong_password_costs,
    a_failing_back_end_gives_no_verdict_and_no_password_away,
    a_silent_back_end_is_given_up_in_time,
    parallel_checks_are_kept_apart,
]);

#[expect(clippy::expect_used, reason = "the texts of this suite are passwords")]
fn password(text: &str) -> PlainPassword {
    PlainPassword::parse(text, AllowedCharacters::Any).expect("a password")
}

async fn expect(
    kit: &Kit,
    subject: &Subject,
    text: &str,
    expected: bool,
    words: &str,
) -> CaseResult {
    let found = kit.verifier().verify(subject, &password(text)).await?;
    ensure_eq!(found, expected, "{words}");
    Ok(())
}

async fn the_right_password_is_right_and_no_other(kit: Kit) -> CaseResult {
    let longest = format!("{}1", "x".repeat(255));
    for right in ["Sunflower-42", "p", "  with spaces  ", "合言葉", &longest] {
        kit.set(&user(1), &password(right)).await?;
        for _ in 0..2 {
            expect(&kit, &user(1), right, true, "the right password").await?;
        }
        let swapped: String = right
            .chars()
            .map(|letter| {
                if letter.is_lowercase() {
                    letter.to_ascii_uppercase()
                } else {
                    letter.to_ascii_lowercase()
                }
            })
            .collect();
        let all_but_last: String = right.chars().take(right.chars().count() - 1).collect();
        let longer = format!("{right}1");
        for wrong in [
            swapped.as_str(),
            &all_but_last,
            &longer,
            right.trim(),
            "other",
        ] {
            if wrong != right && !wrong.is_empty() && wrong.len() <= 256 {
                expect(&kit, &user(1), wrong, false, "another password").await?;
            }
        }
        expect(
            &kit,
            &user(1),
            right,
            true,
            "the right one after wrong ones",
        )
        .await?;
    }
    Ok(())
}

async fn what_looks_like_a_query_is_a_password_like_any_other(kit: Kit) -> CaseResult {
    kit.set(&user(1), &password("Sunflower-42")).await?;
    let queries = [
        "*",
        "*)(uid=*",
        "*)(|(uid=*",
        "\\2a",
        "Sunflower*",
        "' OR '1'='1",
        "{user}",
        "%00",
        "$(id)",
        "cn=admin,dc=bank",
        "\"",
    ];
    for query in queries {
        expect(&kit, &user(1), query, false, query).await?;
    }
    for query in queries {
        kit.set(&user(1), &password(query)).await?;
        expect(&kit, &user(1), query, true, query).await?;
        expect(&kit, &user(1), "Sunflower-42", false, query).await?;
    }
    Ok(())
}

async fn a_password_is_its_owners_only(kit: Kit) -> CaseResult {
    let namesake = Subject::new(other_contract(), user_id(1));
    kit.set(&user(1), &password("of the first")).await?;
    kit.set(&user(2), &password("of the second")).await?;
    kit.set(&namesake, &password("of the namesake")).await?;
    for (subject, own) in [
        (user(1), "of the first"),
        (user(2), "of the second"),
        (namesake, "of the namesake"),
    ] {
        for text in ["of the first", "of the second", "of the namesake"] {
            let words = format!("the password {text} for {subject}");
            expect(&kit, &subject, text, text == own, &words).await?;
        }
    }
    Ok(())
}

async fn a_changed_password_is_wrong_at_once(kit: Kit) -> CaseResult {
    let verifier = kit.verifier();
    let verdict = async |text: &str| verifier.verify(&user(1), &password(text)).await;
    kit.set(&user(1), &password("the old one")).await?;
    ensure!(verdict("the old one").await?, "wrong before the change");
    kit.set(&user(1), &password("the new one")).await?;
    ensure!(!verdict("the old one").await?, "the old one is still right");
    ensure!(verdict("the new one").await?, "the new one is wrong");
    Ok(())
}

async fn a_user_who_is_not_there_is_a_wrong_password(kit: Kit) -> CaseResult {
    kit.set(&user(1), &password("Sunflower-42")).await?;
    let elsewhere = Subject::new(other_contract(), user_id(1));
    for nobody in [user(2), elsewhere] {
        expect(&kit, &nobody, "Sunflower-42", false, "of nobody").await?;
    }
    expect(&kit, &user(1), "Sunflower-42", true, "while there").await?;
    kit.remove(&user(1)).await?;
    expect(&kit, &user(1), "Sunflower-42", false, "taken away").await
}

async fn a_decoy_costs_what_a_wrong_password_costs(kit: Kit) -> CaseResult {
    kit.set(&user(1), &password("Sunflower-42")).await?;
    let verifier = kit.verifier();
    // What is done once, such as connecting, is done now.
    expect_asked(&kit, &verifier, &user(1), false).await?;
    expect_asked(&kit, &verifier, &user(1), true).await?;
    let wrong = expect_asked(&kit, &verifier, &user(1), false).await?;
    ensure!(wrong > 0, "a wrong password was not asked about");
    for (subject, decoy) in [(user(1), true), (user(2), true), (user(2), false)] {
        let asked = expect_asked(&kit, &verifier, &subject, decoy).await?;
        ensure_eq!(asked, wrong, "requests for {subject}, decoy: {decoy}");
    }
    expect(&kit, &user(1), "Sunflower-42", true, "after decoys").await
}

/// How many requests a wrong password, or a decoy with the right one, costs.
async fn expect_asked(
    kit: &Kit,
    verifier: &Arc<dyn PasswordVerifier>,
    subject: &Subject,
    decoy: bool,
) -> Result<usize, Failure> {
    let before = kit.requests();
    if decoy {
        verifier.decoy(subject, &password("Sunflower-42")).await?;
    } else {
        let found = verifier.verify(subject, &password("wrong")).await?;
        ensure_eq!(found, false, "a wrong password");
    }
    Ok(kit.requests() - before)
}

async fn a_failing_back_end_gives_no_verdict_and_no_password_away(kit: Kit) -> CaseResult {
    kit.set(&user(1), &password("Sunflower-42")).await?;
    let verifier = kit.verifier();
    verifier.check().await?;
    ensure!(
        verifier.verify(&user(1), &password("Sunflower-42")).await?,
        "the right password, while all is well"
    );
    kit.set_failing(true).await?;
    for text in ["Sunflower-42", "Hollyhock-17"] {
        for subject in [user(1), user(2)] {
            let verdict = verifier.verify(&subject, &password(text)).await;
            let decoy = verifier.decoy(&subject, &password(text)).await;
            ensure!(decoy.is_err(), "a decoy does not fail when a check does");
            match verdict {
                Ok(verdict) => {
                    let words = format!("a failing back end gave a verdict: {verdict}");
                    return Err(Failure::new(words));
                }
                Err(error) => {
                    let words = format!("{error} {error:?}");
                    ensure!(!words.contains(text), "the error has the password: {words}");
                }
            }
        }
    }
    ensure!(
        verifier.check().await.is_err(),
        "a failing back end is well"
    );
    kit.set_failing(false).await?;
    let patience = Instant::now() + RECOVERY;
    while let Err(error) = verifier.check().await {
        ensure!(
            Instant::now() < patience,
            "a back end that is well again is not used: {error}"
        );
        sleep(Duration::from_millis(20)).await;
    }
    ensure!(
        verifier.verify(&user(1), &password("Sunflower-42")).await?,
        "the right password, when all is well again"
    );
    Ok(())
}

async fn a_silent_back_end_is_given_up_in_time(kit: Kit) -> CaseResult {
    kit.set(&user(1), &password("Sunflower-42")).await?;
    let verifier = kit.verifier();
    ensure!(
        verifier.verify(&user(1), &password("Sunflower-42")).await?,
        "the right password, while all is well"
    );
    kit.set_silent(true).await?;
    let patience = verifier.longest_check() + SLACK;
    for decoy in [false, true] {
        let start = Instant::now();
        let asking = async {
            if decoy {
                verifier.decoy(&user(1), &password("Sunflower-42")).await
            } else {
                let right = password("Sunflower-42");
                verifier.verify(&user(1), &right).await.map(|_| ())
            }
        };
        let Ok(answer) = tokio::time::timeout(patience, asking).await else {
            let words = format!("no answer after {:?}", start.elapsed());
            return Err(Failure::new(words));
        };
        ensure!(answer.is_err(), "silence was taken for an answer");
    }
    kit.set_silent(false).await?;
    ensure!(
        verifier.verify(&user(1), &password("Sunflower-42")).await?,
        "the right password, when there are answers again"
    );
    Ok(())
}

async fn parallel_checks_are_kept_apart(kit: Kit) -> CaseResult {
    const USERS: usize = 20;
    for number in 0..USERS {
        let own = format!("of number {number}");
        kit.set(&user(number), &password(&own)).await?;
    }
    for round in 0..rounds(5, 100) {
        let servers = [kit.verifier(), kit.verifier()];
        let one = |task: usize| {
            let server = servers[task % 2].clone();
            async move {
                let number = task / 2 % USERS;
                // Every other one enters the password of a neighbour.
                let own = task % 4 < 2;
                let entered = if own { number } else { (number + 1) % USERS };
                let entered = password(&format!("of number {entered}"));
                let verdict = server.verify(&user(number), &entered).await?;
                Ok((own, verdict))
            }
        };
        for (task, (own, verdict)) in at_once(2 * USERS, one).await?.into_iter().enumerate() {
            ensure_eq!(verdict, own, "task {task} of round {round}");
        }
    }
    Ok(())
}
