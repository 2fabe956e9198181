//! [`OtpVerifier`]: a code is good once, for its owner, in its time.

use std::sync::Arc;

use async_trait::async_trait;
use warifu_core::domain::{OneTimePassword, Subject};
use warifu_core::ports::{Enrolment, OtpVerdict, OtpVerifier};

use crate::case::{CaseResult, Failure, at_once, ensure, ensure_eq, rounds, suite};
use crate::samples::{other_contract, user, user_id};

/// A verifier together with the cards that belong to it.
#[async_trait]
pub trait OtpKit: Send + Sync {
    /// The verifier of one server. Each call gives that of another server, or of the same one
    /// after a restart; all share what a verifier must remember.
    fn verifier(&self) -> Arc<dyn OtpVerifier>;

    /// Gives the user a card.
    async fn enrol(&self, subject: &Subject) -> CaseResult;

    /// Takes the user's card away.
    async fn withdraw(&self, subject: &Subject) -> CaseResult;

    /// The code that the user's card shows so many steps from now. Nothing where codes do not go
    /// by time and `steps` is not zero.
    async fn code(&self, subject: &Subject, steps: i64)
    -> Result<Option<OneTimePassword>, Failure>;

    /// Waits until every card shows another code.
    async fn next_code(&self) -> CaseResult;

    /// Lets what the verifier asks fail, or work again.
    async fn set_failing(&self, failing: bool) -> CaseResult;

    /// Whether codes go by time.
    fn is_time_based(&self) -> bool;
}

type Kit = Arc<dyn OtpKit>;

suite!($ otp_verifier_conformance, otp_verifier, Kit, [
    a_right_code_is_accepted_once,
    a_code_is_used_up_on_every_server_and_after_a_restart,
    a_wrong_code_is_refused_and_uses_nothing_up,
    the_next_code_is_accepted_after_the_first,
    a_code_is_its_owners_only,
    only_codes_of_this_step_and_the_one_before_are_accepted,
    no_code_older_than_the_last_accepted_is_accepted,
    the_enrolment_is_told_and_a_card_taken_away_is_useless,
    a_failing_back_end_gives_no_verdict_and_no_secret_away,
    the_lengths_of_codes_are_known,
    of_parallel_entries_of_one_code_one_is_accepted,
    parallel_entries_of_different_users_are_all_accepted,
]);

async fn code(kit: &Kit, subject: &Subject) -> Result<OneTimePassword, Failure> {
    let code = kit.code(subject, 0).await?;
    code.ok_or_else(|| Failure::new("the card shows no code"))
}

async fn verdict(kit: &Kit, subject: &Subject, code: &OneTimePassword) -> Verdict {
    Ok(kit.verifier().verify(subject, code).await?)
}

type Verdict = Result<OtpVerdict, Failure>;

/// A code of the right length that the card shows neither now nor soon.
async fn wrong_code(kit: &Kit, subject: &Subject) -> Result<OneTimePassword, Failure> {
    let mut shown = Vec::new();
    for steps in -3..=3 {
        shown.extend(
            kit.code(subject, steps)
                .await?
                .map(|code| code.expose().to_owned()),
        );
    }
    let length = shown.first().map_or(6, String::len);
    let wrong = (0..10).map(|digit| format!("{digit}").repeat(length));
    let wrong = wrong
        .into_iter()
        .find(|candidate| !shown.contains(candidate));
    let wrong = wrong.ok_or_else(|| Failure::new("the card shows ten codes at once"))?;
    Ok(OneTimePassword::parse(
        &wrong,
        &kit.verifier().code_lengths(),
    )?)
}

async fn a_right_code_is_accepted_once(kit: Kit) -> CaseResult {
    kit.enrol(&user(1)).await?;
    let code = code(&kit, &user(1)).await?;
    let verifier = kit.verifier();
    ensure_eq!(
        verifier.verify(&user(1), &code).await?,
        OtpVerdict::Accepted,
        "the first entry"
    );
    for _ in 0..3 {
        let again = verifier.verify(&user(1), &code).await?;
        ensure!(is_used(again), "the same code again: {again:?}");
    }
    Ok(())
}

/// Not every verifier can tell what was used from what is wrong.
fn is_used(verdict: OtpVerdict) -> bool {
    matches!(verdict, OtpVerdict::UsedBefore | OtpVerdict::Refused)
}

async fn a_code_is_used_up_on_every_server_and_after_a_restart(kit: Kit) -> CaseResult {
    kit.enrol(&user(1)).await?;
    let code = code(&kit, &user(1)).await?;
    ensure_eq!(
        verdict(&kit, &user(1), &code).await?,
        OtpVerdict::Accepted,
        "on one server"
    );
    let again = verdict(&kit, &user(1), &code).await?;
    ensure!(is_used(again), "on another server: {again:?}");
    Ok(())
}

async fn a_wrong_code_is_refused_and_uses_nothing_up(kit: Kit) -> CaseResult {
    kit.enrol(&user(1)).await?;
    let wrong = wrong_code(&kit, &user(1)).await?;
    for _ in 0..20 {
        let answer = verdict(&kit, &user(1), &wrong).await?;
        ensure_eq!(answer, OtpVerdict::Refused, "a wrong code");
    }
    let code = code(&kit, &user(1)).await?;
    let answer = verdict(&kit, &user(1), &code).await?;
    ensure_eq!(
        answer,
        OtpVerdict::Accepted,
        "the right code after many wrong ones"
    );
    Ok(())
}

async fn the_next_code_is_accepted_after_the_first(kit: Kit) -> CaseResult {
    kit.enrol(&user(1)).await?;
    for number in 1..=3 {
        let code = code(&kit, &user(1)).await?;
        let answer = verdict(&kit, &user(1), &code).await?;
        ensure_eq!(answer, OtpVerdict::Accepted, "code {number}");
        kit.next_code().await?;
        let answer = verdict(&kit, &user(1), &code).await?;
        ensure!(is_used(answer), "code {number} afterwards: {answer:?}");
    }
    Ok(())
}

async fn a_code_is_its_owners_only(kit: Kit) -> CaseResult {
    let namesake = Subject::new(other_contract(), user_id(1));
    for subject in [user(1), user(2), namesake.clone()] {
        kit.enrol(&subject).await?;
    }
    let code = code(&kit, &user(1)).await?;
    for subject in [user(2), namesake, user(3)] {
        let answer = verdict(&kit, &subject, &code).await?;
        ensure_eq!(
            answer,
            OtpVerdict::Refused,
            "the code of {} for {subject}",
            user(1)
        );
    }
    ensure_eq!(
        verdict(&kit, &user(1), &code).await?,
        OtpVerdict::Accepted,
        "for its owner"
    );
    Ok(())
}

async fn only_codes_of_this_step_and_the_one_before_are_accepted(kit: Kit) -> CaseResult {
    for (number, (steps, expected)) in [
        (-3, OtpVerdict::Refused),
        (-2, OtpVerdict::Refused),
        (-1, OtpVerdict::Accepted),
        (0, OtpVerdict::Accepted),
        (1, OtpVerdict::Refused),
        (2, OtpVerdict::Refused),
    ]
    .into_iter()
    .enumerate()
    {
        kit.enrol(&user(number)).await?;
        match kit.code(&user(number), steps).await? {
            Some(code) => {
                let answer = verdict(&kit, &user(number), &code).await?;
                ensure_eq!(answer, expected, "the code {steps} steps from now");
            }
            None => ensure!(!kit.is_time_based() && steps != 0, "a card shows no code"),
        }
    }
    Ok(())
}

async fn no_code_older_than_the_last_accepted_is_accepted(kit: Kit) -> CaseResult {
    kit.enrol(&user(1)).await?;
    let current = code(&kit, &user(1)).await?;
    let before = kit.code(&user(1), -1).await?;
    ensure_eq!(
        before.is_some(),
        kit.is_time_based(),
        "whether earlier codes are known"
    );
    ensure_eq!(
        verdict(&kit, &user(1), &current).await?,
        OtpVerdict::Accepted,
        "the code"
    );
    if let Some(before) = before {
        let answer = verdict(&kit, &user(1), &before).await?;
        ensure!(
            is_used(answer),
            "the code before the accepted one: {answer:?}"
        );
    }
    Ok(())
}

async fn the_enrolment_is_told_and_a_card_taken_away_is_useless(kit: Kit) -> CaseResult {
    let told = async |kit: &Kit| kit.verifier().enrolment(&user(1)).await;
    let fits = |told: Enrolment, truth: Enrolment| told == truth || told == Enrolment::Unknown;
    ensure!(
        fits(told(&kit).await?, Enrolment::NotEnrolled),
        "a user without a card has one"
    );
    kit.enrol(&user(1)).await?;
    ensure!(
        fits(told(&kit).await?, Enrolment::Enrolled),
        "a user with a card has none"
    );
    let code = code(&kit, &user(1)).await?;
    kit.withdraw(&user(1)).await?;
    ensure!(
        fits(told(&kit).await?, Enrolment::NotEnrolled),
        "a card taken away is still there"
    );
    let answer = verdict(&kit, &user(1), &code).await?;
    ensure_eq!(answer, OtpVerdict::Refused, "the code of a card taken away");
    Ok(())
}

async fn a_failing_back_end_gives_no_verdict_and_no_secret_away(kit: Kit) -> CaseResult {
    kit.enrol(&user(1)).await?;
    let right = code(&kit, &user(1)).await?;
    let wrong = wrong_code(&kit, &user(1)).await?;
    kit.set_failing(true).await?;
    for code in [&right, &wrong] {
        match kit.verifier().verify(&user(1), code).await {
            Ok(verdict) => {
                return Err(Failure::new(format!(
                    "a failing back end gave a verdict: {verdict:?}"
                )));
            }
            Err(error) => {
                let words = format!("{error} {error:?}");
                ensure!(
                    !words.contains(code.expose()),
                    "the error has the code: {words}"
                );
            }
        }
    }
    let told = kit.verifier().enrolment(&user(1)).await;
    ensure!(
        matches!(told, Err(_) | Ok(Enrolment::Unknown)),
        "a failing back end told an enrolment: {told:?}"
    );
    kit.set_failing(false).await?;
    kit.next_code().await?;
    let right = code(&kit, &user(1)).await?;
    let answer = verdict(&kit, &user(1), &right).await?;
    ensure_eq!(
        answer,
        OtpVerdict::Accepted,
        "the next code, when the back end works again"
    );
    Ok(())
}

async fn the_lengths_of_codes_are_known(kit: Kit) -> CaseResult {
    kit.enrol(&user(1)).await?;
    let code = code(&kit, &user(1)).await?;
    let lengths = kit.verifier().code_lengths();
    ensure!(
        lengths.allows(code.expose().len()),
        "a code is longer or shorter than {lengths:?}"
    );
    kit.verifier().check().await?;
    Ok(())
}

async fn of_parallel_entries_of_one_code_one_is_accepted(kit: Kit) -> CaseResult {
    kit.enrol(&user(1)).await?;
    for round in 0..rounds(20, 500) {
        let code = code(&kit, &user(1)).await?;
        let servers = [kit.verifier(), kit.verifier()];
        let one = |number: usize| {
            let (server, code) = (servers[number % 2].clone(), code.clone());
            async move { Ok(server.verify(&user(1), &code).await?) }
        };
        let verdicts = at_once(20, one).await?;
        let accepted = verdicts
            .iter()
            .filter(|verdict| **verdict == OtpVerdict::Accepted)
            .count();
        ensure_eq!(accepted, 1, "entries accepted in round {round}");
        kit.next_code().await?;
    }
    Ok(())
}

async fn parallel_entries_of_different_users_are_all_accepted(kit: Kit) -> CaseResult {
    let mut codes = Vec::new();
    for number in 0..20 {
        kit.enrol(&user(number)).await?;
        codes.push(code(&kit, &user(number)).await?);
    }
    let verifier = kit.verifier();
    let one = |number: usize| {
        let (verifier, code) = (verifier.clone(), codes[number].clone());
        async move { Ok(verifier.verify(&user(number), &code).await?) }
    };
    for (number, verdict) in at_once(20, one).await?.into_iter().enumerate() {
        ensure_eq!(
            verdict,
            OtpVerdict::Accepted,
            "the code of {}",
            user(number)
        );
    }
    Ok(())
}
