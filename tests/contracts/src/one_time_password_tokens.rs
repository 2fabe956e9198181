//! [`OneTimePasswordTokens`]: whose token has which secret.

use std::sync::Arc;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretSlice};
use warifu_core::domain::{CodeLengths, Subject};
use warifu_core::ports::{OneTimePasswordTokens, TotpAlgorithm, TotpToken};

use crate::case::{CaseResult, Failure, ensure_eq, suite};
use crate::samples::{contract, other_contract, user, user_id};
use crate::user_directory::{SampleContract, SampleUser, sample_contract, sample_user};

/// Tokens that a test can set.
#[async_trait]
pub trait TokensKit: Send + Sync {
    /// The tokens.
    fn tokens(&self) -> Arc<dyn OneTimePasswordTokens>;

    /// Puts the tokens of `contracts` in the place of all there was.
    async fn fill(&self, contracts: &[SampleContract]) -> CaseResult;
}

type Kit = Arc<dyn TokensKit>;

suite!($ one_time_password_tokens_conformance, one_time_password_tokens, Kit, [
    a_token_is_found_as_it_was_enrolled,
    a_token_is_its_owners_only,
    a_token_taken_away_is_gone_at_the_next_call,
    code_lengths_are_those_of_enrolled_tokens,
]);

const ALGORITHMS: [TotpAlgorithm; 3] = [
    TotpAlgorithm::Sha1,
    TotpAlgorithm::Sha256,
    TotpAlgorithm::Sha512,
];

/// The token with this number: every algorithm, 6 to 8 digits, half a minute and more.
fn token(number: u8) -> TotpToken {
    let kind = number % 3;
    TotpToken {
        secret: SecretSlice::from(vec![number; 20 + usize::from(number)]),
        digits: 6 + kind,
        period: 30 * (1 + u32::from(kind)),
        algorithm: ALGORITHMS[usize::from(kind)],
    }
}

fn holder(subject: Subject, number: u8) -> SampleUser {
    SampleUser {
        token: Some(token(number)),
        ..sample_user(subject)
    }
}

/// Whether the token of `subject` is the one with this number; nothing where there is none.
async fn has_token(kit: &Kit, subject: &Subject, number: u8) -> Result<Option<bool>, Failure> {
    let expected = token(number);
    Ok(kit.tokens().token(subject).await?.map(|found| {
        found.secret.expose_secret() == expected.secret.expose_secret()
            && (found.digits, found.period, found.algorithm)
                == (expected.digits, expected.period, expected.algorithm)
    }))
}

async fn a_token_is_found_as_it_was_enrolled(kit: Kit) -> CaseResult {
    let holders = (0..6)
        .map(|number| holder(user(number.into()), number))
        .collect();
    kit.fill(&[sample_contract(contract(), holders)]).await?;
    for number in 0..6 {
        let found = has_token(&kit, &user(number.into()), number).await?;
        ensure_eq!(found, Some(true), "token {number} is as enrolled");
    }
    Ok(())
}

async fn a_token_is_its_owners_only(kit: Kit) -> CaseResult {
    let namesake = |number| Subject::new(other_contract(), user_id(number));
    kit.fill(&[
        sample_contract(contract(), vec![holder(user(1), 1), sample_user(user(2))]),
        sample_contract(
            other_contract(),
            vec![holder(namesake(1), 2), holder(namesake(2), 3)],
        ),
    ])
    .await?;
    for (subject, number, expected) in [
        (user(1), 1, Some(true)),
        (user(2), 3, None),
        (user(3), 1, None),
        (namesake(1), 2, Some(true)),
        (namesake(2), 3, Some(true)),
    ] {
        let found = has_token(&kit, &subject, number).await?;
        ensure_eq!(found, expected, "{subject} has token {number}");
    }
    Ok(())
}

async fn a_token_taken_away_is_gone_at_the_next_call(kit: Kit) -> CaseResult {
    let with = |sample| [sample_contract(contract(), vec![sample])];
    kit.fill(&with(holder(user(1), 1))).await?;
    ensure_eq!(
        has_token(&kit, &user(1), 1).await?,
        Some(true),
        "the enrolled token"
    );
    kit.fill(&with(holder(user(1), 2))).await?;
    ensure_eq!(
        has_token(&kit, &user(1), 2).await?,
        Some(true),
        "the token in its place"
    );
    kit.fill(&with(sample_user(user(1)))).await?;
    ensure_eq!(
        has_token(&kit, &user(1), 2).await?,
        None,
        "the token taken away"
    );
    kit.fill(&[]).await?;
    ensure_eq!(
        has_token(&kit, &user(1), 2).await?,
        None,
        "the token of a user taken away"
    );
    Ok(())
}

async fn code_lengths_are_those_of_enrolled_tokens(kit: Kit) -> CaseResult {
    kit.fill(&[]).await?;
    ensure_eq!(
        kit.tokens().code_lengths(),
        CodeLengths::new([6]),
        "without any token"
    );
    let holders = vec![holder(user(1), 1), holder(user(2), 2), sample_user(user(3))];
    kit.fill(&[sample_contract(contract(), holders)]).await?;
    ensure_eq!(
        kit.tokens().code_lengths(),
        CodeLengths::new([7, 8]),
        "with two kinds"
    );
    Ok(())
}
