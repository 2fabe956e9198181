//! [`StaffDirectory`]: who works in the bank's back office, as of now.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretSlice};
use warifu_core::domain::{PasswordHash, StaffId, StaffMember, StaffRole, Subject};
use warifu_core::ports::{OneTimePasswordTokens, StaffDirectory, TotpAlgorithm, TotpToken};

use crate::case::{CaseResult, Failure, ensure, ensure_eq, suite};
use crate::samples::{contract, hash};

/// A member of staff with the secrets that come with an import.
#[derive(Clone)]
pub struct SampleStaff {
    /// The member.
    pub member: StaffMember,
    /// The hash of the login password.
    pub login_password: Option<PasswordHash>,
    /// The token.
    pub token: Option<TotpToken>,
}

/// A directory of staff that a test can fill.
#[async_trait]
pub trait StaffKit: Send + Sync {
    /// The directory.
    fn directory(&self) -> Arc<dyn StaffDirectory>;

    /// Where it keeps the staff's tokens, if it does.
    fn tokens(&self) -> Option<Arc<dyn OneTimePasswordTokens>>;

    /// Puts `staff` in the place of all there was.
    async fn fill(&self, staff: &[SampleStaff]) -> CaseResult;
}

type Kit = Arc<dyn StaffKit>;

suite!($ staff_directory_conformance, staff_directory, Kit, [
    a_member_is_found_as_registered,
    who_does_not_work_there_is_nobody,
    a_role_taken_away_is_gone_at_the_next_call,
    a_card_is_its_owners_only_and_never_a_users,
]);

fn id(text: &str) -> Result<StaffId, Failure> {
    Ok(text.parse()?)
}

fn sample(text: &str, roles: &[StaffRole]) -> Result<SampleStaff, Failure> {
    Ok(SampleStaff {
        member: StaffMember {
            id: id(text)?,
            name: format!("{text} 名"),
            roles: roles.iter().copied().collect(),
            disabled: false,
        },
        login_password: None,
        token: None,
    })
}

async fn a_member_is_found_as_registered(kit: Kit) -> CaseResult {
    let mut maker = sample("maker", &[StaffRole::Maker, StaffRole::Checker])?;
    maker.login_password = Some(hash(1));
    let mut auditor = sample("auditor", &[StaffRole::Auditor])?;
    auditor.member.disabled = true;
    kit.fill(&[maker.clone(), auditor.clone()]).await?;
    for expected in [maker, auditor] {
        let id = &expected.member.id;
        let found = kit.directory().find(id).await?;
        ensure_eq!(found, Some(expected.member.clone()), "{id}");
        let hash = kit.directory().imported_hash(id).await?;
        ensure_eq!(hash, expected.login_password, "the hash of {id}");
    }
    Ok(kit.directory().check().await?)
}

async fn who_does_not_work_there_is_nobody(kit: Kit) -> CaseResult {
    kit.fill(&[sample("maker", &[StaffRole::Maker])?]).await?;
    for nobody in ["make", "maker1", "nobody"] {
        let nobody = id(nobody)?;
        ensure_eq!(kit.directory().find(&nobody).await?, None, "{nobody}");
        let hash = kit.directory().imported_hash(&nobody).await?;
        ensure_eq!(hash, None, "the hash of {nobody}");
    }
    Ok(())
}

async fn a_role_taken_away_is_gone_at_the_next_call(kit: Kit) -> CaseResult {
    let both = sample("clerk", &[StaffRole::Maker, StaffRole::Checker])?;
    kit.fill(std::slice::from_ref(&both)).await?;
    ensure!(
        kit.directory().find(&both.member.id).await?.is_some(),
        "the clerk is there"
    );
    let one = sample("clerk", &[StaffRole::Maker])?;
    kit.fill(&[one]).await?;
    let found = kit.directory().find(&both.member.id).await?;
    let roles = found.map(|member| member.roles);
    ensure_eq!(roles, Some(BTreeSet::from([StaffRole::Maker])), "the roles");
    kit.fill(&[]).await?;
    ensure_eq!(
        kit.directory().find(&both.member.id).await?,
        None,
        "who has left"
    );
    Ok(())
}

async fn a_card_is_its_owners_only_and_never_a_users(kit: Kit) -> CaseResult {
    let Some(tokens) = kit.tokens() else {
        return Ok(());
    };
    let mut first = sample("first", &[StaffRole::Maker])?;
    first.token = Some(TotpToken {
        secret: SecretSlice::from(vec![7; 20]),
        digits: 8,
        period: 60,
        algorithm: TotpAlgorithm::Sha256,
    });
    let second = sample("second", &[StaffRole::Maker])?;
    kit.fill(&[first.clone(), second.clone()]).await?;
    let token = tokens.token(&Subject::of_staff(&first.member.id)).await?;
    let token = token.ok_or_else(|| Failure::new("the card is not found"))?;
    ensure_eq!(token.secret.expose_secret(), &[7u8; 20][..], "the secret");
    ensure_eq!((token.digits, token.period), (8, 60), "the card");
    let none = tokens.token(&Subject::of_staff(&second.member.id)).await?;
    ensure!(none.is_none(), "who has no card");
    let user = Subject::new(contract(), "first".parse()?);
    ensure!(
        tokens.token(&user).await?.is_none(),
        "a user of the same name"
    );
    ensure!(tokens.code_lengths().allows(8), "the length of its codes");
    Ok(())
}
