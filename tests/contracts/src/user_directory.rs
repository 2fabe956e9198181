//! [`UserDirectory`]: who exists, in which contract, with which rights.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use warifu_core::domain::attempts::Purpose;
use warifu_core::domain::{
    Contract, ContractNumber, Edition, PasswordHash, PasswordVersion, Permission, PersonIdentity,
    Subject, User, UserId,
};
use warifu_core::ports::{DirectoryEntry, TotpToken, UserDirectory};

use crate::case::{CaseResult, Failure, ensure, ensure_eq, suite};
use crate::samples::{START, contract, hash, other_contract, user, user_id};

/// A contract to put into a directory.
#[derive(Clone, Debug)]
pub struct SampleContract {
    /// The contract.
    pub contract: Contract,
    /// Its users.
    pub users: Vec<SampleUser>,
}

/// A user to put into a directory.
#[derive(Clone, Debug)]
pub struct SampleUser {
    /// The user.
    pub user: User,
    /// The imported hash of the login password.
    pub login_password: Option<PasswordHash>,
    /// The imported hash of the transaction password.
    pub transaction_password: Option<PasswordHash>,
    /// The user's token.
    pub token: Option<TotpToken>,
}

/// A directory whose content a test can set.
#[async_trait]
pub trait DirectoryKit: Send + Sync {
    /// The directory.
    fn directory(&self) -> Arc<dyn UserDirectory>;

    /// Puts `contracts` in the place of all there was.
    async fn fill(&self, contracts: &[SampleContract]) -> CaseResult;

    /// Whether it gives the hashes it was filled with; a directory that keeps none gives none.
    fn keeps_hashes(&self) -> bool;
}

type Kit = Arc<dyn DirectoryKit>;

suite!($ user_directory_conformance, user_directory, Kit, [
    a_user_is_found_with_the_contract,
    a_contract_is_found_by_its_number,
    what_is_not_there_is_none,
    namesakes_of_another_contract_are_other_users,
    users_are_listed_once_and_in_order,
    users_are_listed_page_by_page,
    users_are_counted,
    users_are_found_by_their_place,
    a_walk_meets_everybody_once_and_in_order,
    hashes_are_those_that_were_imported,
    every_call_answers_with_what_is_true_now,
    a_user_id_given_to_somebody_else_is_another_person,
    the_version_of_a_login_password_changes_with_it,
]);

/// A contract without users.
pub fn sample_contract(number: ContractNumber, users: Vec<SampleUser>) -> SampleContract {
    let name = format!("株式会社サンプル {number}");
    let edition = Edition::parse("light");
    let registered_address = "〒100-0000 東京都".to_owned();
    #[expect(clippy::expect_used, reason = "the key is a constant")]
    let edition = edition.expect("letters are an edition");
    SampleContract {
        contract: Contract {
            number,
            name,
            edition,
            registered_address,
        },
        users,
    }
}

/// A user with nothing special.
pub fn sample_user(subject: Subject) -> SampleUser {
    let user = User {
        name: format!("利用者 {}", subject.user),
        subject,
        service_administrator: false,
        permissions: BTreeSet::new(),
        mail: None,
        disabled: false,
        certificate_not_after: None,
        identity: None,
    };
    SampleUser {
        user,
        login_password: None,
        transaction_password: None,
        token: None,
    }
}

/// An administrator with everything that a directory can know.
fn administrator(subject: Subject) -> SampleUser {
    let mut sample = sample_user(subject);
    sample.user.service_administrator = true;
    sample.user.permissions = BTreeSet::from(Permission::ALL);
    sample.user.mail = Some("taro@example.jp".to_owned());
    sample.user.certificate_not_after = Some(START);
    sample.user.identity = PersonIdentity::parse("5f0c2a9e-person");
    sample.login_password = Some(hash(1));
    sample.transaction_password = Some(hash(2));
    sample
}

fn of_other_contract(number: usize) -> Subject {
    Subject::new(other_contract(), user_id(number))
}

/// An administrator and a plain user here, a disabled namesake of the first there.
fn two_contracts() -> [SampleContract; 2] {
    let mut namesake = sample_user(of_other_contract(1));
    namesake.user = User {
        name: "別人".to_owned(),
        disabled: true,
        ..namesake.user
    };
    [
        sample_contract(
            contract(),
            vec![administrator(user(1)), sample_user(user(2))],
        ),
        sample_contract(other_contract(), vec![namesake]),
    ]
}

async fn find(kit: &Kit, subject: &Subject) -> Result<Option<DirectoryEntry>, Failure> {
    Ok(kit.directory().find(subject).await?)
}

async fn a_user_is_found_with_the_contract(kit: Kit) -> CaseResult {
    let contracts = two_contracts();
    kit.fill(&contracts).await?;
    for sample in &contracts {
        for SampleUser { user, .. } in &sample.users {
            let found = find(&kit, &user.subject).await?;
            ensure_eq!(
                found.map(|entry| (entry.contract, entry.user)),
                Some((sample.contract.clone(), user.clone())),
                "{}",
                user.subject
            );
            let ids = BTreeSet::from([user.id().clone(), user_id(9)]);
            let directory = kit.directory();
            let of_ids = directory.users_of(&user.subject.contract, &ids).await?;
            let expected = std::slice::from_ref(user);
            ensure_eq!(of_ids.as_slice(), expected, "those of some IDs");
        }
    }
    Ok(())
}

async fn a_contract_is_found_by_its_number(kit: Kit) -> CaseResult {
    let contracts = two_contracts();
    kit.fill(&contracts).await?;
    for SampleContract { contract, .. } in contracts {
        let found = kit.directory().contract(&contract.number).await?;
        ensure_eq!(found, Some(contract), "the contract");
    }
    Ok(())
}

async fn what_is_not_there_is_none(kit: Kit) -> CaseResult {
    for content in [Vec::new(), two_contracts()[..1].to_vec()] {
        kit.fill(&content).await?;
        let directory = kit.directory();
        for subject in [user(9), of_other_contract(1)] {
            ensure_eq!(find(&kit, &subject).await?, None, "{subject}");
            for purpose in Purpose::ALL {
                let found = directory.imported_hash(&subject, purpose).await?;
                ensure_eq!(found, None, "the {purpose} hash of {subject}");
            }
        }
        ensure_eq!(
            directory.contract(&other_contract()).await?,
            None,
            "another contract"
        );
        let users = directory.users(&other_contract(), None, 10).await?;
        ensure_eq!(users, [], "the users of a contract that is not there");
    }
    Ok(())
}

async fn namesakes_of_another_contract_are_other_users(kit: Kit) -> CaseResult {
    kit.fill(&two_contracts()).await?;
    let one = find(&kit, &user(1))
        .await?
        .map(|entry| (entry.contract.number, entry.user.name));
    ensure_eq!(
        one,
        Some((contract(), "利用者 user00001".to_owned())),
        "the user here"
    );
    let other = find(&kit, &of_other_contract(1)).await?;
    let other = other.map(|entry| (entry.contract.number, entry.user.name));
    ensure_eq!(
        other,
        Some((other_contract(), "別人".to_owned())),
        "the namesake there"
    );
    let users = kit.directory().users(&other_contract(), None, 10).await?;
    let subjects: Vec<_> = users.into_iter().map(|user| user.subject).collect();
    ensure_eq!(subjects, [of_other_contract(1)], "the users there");
    Ok(())
}

/// Thirty users whose order by ID is neither that of the file nor that of the numbers.
fn thirty_users() -> Vec<SampleUser> {
    let scrambled = (0..30).map(|number| number * 7 % 30);
    #[expect(clippy::expect_used, reason = "letters and digits are a user ID")]
    let id = |number: usize| -> UserId { format!("u{number}").parse().expect("short") };
    scrambled
        .map(|number| sample_user(Subject::new(contract(), id(number))))
        .collect()
}

async fn users_are_listed_once_and_in_order(kit: Kit) -> CaseResult {
    let users = thirty_users();
    kit.fill(&[sample_contract(contract(), users.clone())])
        .await?;
    let mut expected: Vec<User> = users.into_iter().map(|sample| sample.user).collect();
    expected.sort_by(|one, other| one.id().cmp(other.id()));
    for limit in [30, 31, 1000] {
        let found = kit.directory().users(&contract(), None, limit).await?;
        ensure_eq!(found, expected, "up to {limit} users");
    }
    ensure_eq!(
        kit.directory().users(&contract(), None, 0).await?,
        [],
        "up to 0 users"
    );
    Ok(())
}

async fn users_are_listed_page_by_page(kit: Kit) -> CaseResult {
    let users = thirty_users();
    kit.fill(&[sample_contract(contract(), users.clone())])
        .await?;
    let mut expected: Vec<UserId> = users
        .iter()
        .map(|sample| sample.user.id().clone())
        .collect();
    expected.sort();
    for limit in [1, 7, 29] {
        let mut found: Vec<UserId> = Vec::new();
        loop {
            let page = kit
                .directory()
                .users(&contract(), found.last(), limit)
                .await?;
            ensure_eq!(
                page.len(),
                limit.min(30 - found.len()),
                "after {} users",
                found.len()
            );
            if page.is_empty() {
                break;
            }
            found.extend(page.iter().map(|user| user.id().clone()));
        }
        ensure_eq!(found, expected, "all pages of {limit}");
    }
    let between = "u10-not-there".parse::<UserId>()?;
    let page = kit
        .directory()
        .users(&contract(), Some(&between), 1)
        .await?;
    let ids: Vec<_> = page.iter().map(|user| user.id().as_str()).collect();
    ensure_eq!(ids, ["u11"], "the first after an ID that nobody has");
    Ok(())
}

/// The IDs of [`thirty_users`] in order, who are all there are in the directory besides a namesake
/// in another contract.
async fn thirty_in_order(kit: &Kit) -> Result<Vec<UserId>, Failure> {
    let users = thirty_users();
    let mut ids: Vec<UserId> = users
        .iter()
        .map(|sample| sample.user.id().clone())
        .collect();
    ids.sort();
    let namesake = sample_user(Subject::new(other_contract(), ids[0].clone()));
    kit.fill(&[
        sample_contract(contract(), users),
        sample_contract(other_contract(), vec![namesake]),
    ])
    .await?;
    Ok(ids)
}

fn ids_of(users: &[User]) -> Vec<UserId> {
    users.iter().map(|user| user.id().clone()).collect()
}

async fn users_are_counted(kit: Kit) -> CaseResult {
    kit.fill(&[sample_contract(contract(), Vec::new())]).await?;
    let directory = kit.directory();
    ensure_eq!(directory.count(&contract()).await?, 0, "users of none");
    thirty_in_order(&kit).await?;
    ensure_eq!(directory.count(&contract()).await?, 30, "the users here");
    let there = directory.count(&other_contract()).await?;
    ensure_eq!(there, 1, "the users there");
    kit.fill(&two_contracts()[..1]).await?;
    ensure_eq!(directory.count(&contract()).await?, 2, "those left");
    let gone = directory.count(&other_contract()).await?;
    ensure_eq!(gone, 0, "the users of a contract that is not there");
    Ok(())
}

async fn users_are_found_by_their_place(kit: Kit) -> CaseResult {
    let ids = thirty_in_order(&kit).await?;
    let directory = kit.directory();
    for skip in [0, 1, 7, 29, 30, 31, 1_000, usize::MAX] {
        for limit in [0, 1, 7, 30, 1_000] {
            let found = directory.users_at(&contract(), skip, limit).await?;
            let expected: Vec<UserId> = ids.iter().skip(skip).take(limit).cloned().collect();
            ensure_eq!(
                ids_of(&found),
                expected,
                "{limit} users after the first {skip}"
            );
        }
    }
    let there = directory.users_at(&other_contract(), 0, 10).await?;
    ensure_eq!(ids_of(&there), ids[..1], "the users there");
    Ok(())
}

async fn a_walk_meets_everybody_once_and_in_order(kit: Kit) -> CaseResult {
    let ids = thirty_in_order(&kit).await?;
    let directory = kit.directory();
    let (here, there) = (contract(), other_contract());
    for limit in [1, 7, 15, 29, 30, 1_000] {
        for begin in [0_usize, 1, 20, 30] {
            let after = begin.checked_sub(1).map(|last| &ids[last]);
            let mut walk = directory.walk(&here, after);
            let mut met = Vec::new();
            loop {
                let users = walk.next(limit).await?;
                ensure!(users.len() <= limit, "{} users at once", users.len());
                if users.is_empty() {
                    break;
                }
                met.extend(ids_of(&users));
            }
            ensure_eq!(
                met,
                ids[begin..],
                "{limit} at a time after the first {begin}"
            );
            let more = walk.next(limit).await?;
            ensure_eq!(more, [], "what comes after the end");
        }
    }
    let met = directory.walk(&there, None).next(10).await?;
    ensure_eq!(ids_of(&met), ids[..1], "a walk over the users there");
    kit.fill(&[]).await?;
    let met = directory.walk(&here, None).next(10).await?;
    ensure_eq!(
        met,
        [],
        "a walk over the users of a contract that is not there"
    );
    Ok(())
}

async fn hashes_are_those_that_were_imported(kit: Kit) -> CaseResult {
    kit.fill(&two_contracts()).await?;
    let keeps = kit.keeps_hashes();
    for (subject, purpose, expected) in [
        (user(1), Purpose::Login, Some(hash(1))),
        (user(1), Purpose::Transaction, Some(hash(2))),
        (user(1), Purpose::Otp, None),
        (user(1), Purpose::Retrieval, None),
        (user(2), Purpose::Login, None),
        (user(2), Purpose::Transaction, None),
        (of_other_contract(1), Purpose::Login, None),
        (of_other_contract(1), Purpose::Transaction, None),
    ] {
        let found = kit.directory().imported_hash(&subject, purpose).await?;
        // Compared without printing: a hash is nobody's to read.
        let is_right = found == expected.filter(|_| keeps);
        ensure_eq!(
            is_right,
            true,
            "the {purpose} hash of {subject} is the imported one"
        );
    }
    Ok(())
}

async fn every_call_answers_with_what_is_true_now(kit: Kit) -> CaseResult {
    let [mut here, there] = two_contracts();
    kit.fill(&[here.clone(), there]).await?;
    let directory = kit.directory();
    let holds = |entry: Option<DirectoryEntry>| {
        entry.map(|entry| entry.user.holds(Permission::ReissueRetrievalPassword))
    };
    ensure_eq!(
        holds(directory.find(&user(1)).await?),
        Some(true),
        "the right, while held"
    );

    here.users[0].user.service_administrator = false;
    here.users[0].user.permissions.clear();
    here.users[0].login_password = Some(hash(3));
    here.users[1].user.disabled = true;
    kit.fill(&[here.clone()]).await?;
    ensure_eq!(
        holds(directory.find(&user(1)).await?),
        Some(false),
        "the right, taken away"
    );
    let disabled = directory
        .find(&user(2))
        .await?
        .map(|entry| entry.user.disabled);
    ensure_eq!(disabled, Some(true), "a user switched off");
    let found = directory.imported_hash(&user(1), Purpose::Login).await?;
    let is_new = found == Some(hash(3)).filter(|_| kit.keeps_hashes());
    ensure_eq!(is_new, true, "a new hash is known");
    ensure_eq!(
        directory.contract(&other_contract()).await?,
        None,
        "a contract taken away"
    );

    here.users.remove(0);
    kit.fill(&[here]).await?;
    ensure_eq!(directory.find(&user(1)).await?, None, "a user taken away");
    ensure_eq!(
        directory.users(&contract(), None, 10).await?.len(),
        1,
        "users left"
    );
    Ok(())
}

async fn a_user_id_given_to_somebody_else_is_another_person(kit: Kit) -> CaseResult {
    for identity in [Some("person-1"), Some("person-2"), None] {
        let mut sample = sample_user(user(1));
        sample.user.identity = identity.and_then(PersonIdentity::parse);
        let expected = sample.user.identity.clone();
        kit.fill(&[sample_contract(contract(), vec![sample])])
            .await?;
        let found = find(&kit, &user(1)).await?;
        let found = found.and_then(|entry| entry.user.identity);
        ensure_eq!(found, expected, "who the user is");
        let listed = kit.directory().users(&contract(), None, 1).await?;
        let listed = listed.into_iter().find_map(|user| user.identity);
        ensure_eq!(listed, expected, "who the user is, in a list");
    }
    Ok(())
}

async fn the_version_of_a_login_password_changes_with_it(kit: Kit) -> CaseResult {
    let version = async |login: Option<usize>, transaction: usize, name: &str| {
        let mut sample = sample_user(user(1));
        sample.user.name = name.to_owned();
        sample.login_password = login.map(hash);
        sample.transaction_password = Some(hash(transaction));
        kit.fill(&[sample_contract(contract(), vec![sample])])
            .await?;
        let found = find(&kit, &user(1)).await?;
        Ok::<_, Failure>(found.and_then(|entry| entry.login_password))
    };
    let first = version(Some(1), 1, "a").await?;
    if !kit.keeps_hashes() {
        return Ok(());
    }
    ensure_eq!(
        first,
        Some(PasswordVersion::of_hash(&hash(1))),
        "the version of a password"
    );
    ensure_eq!(version(Some(1), 2, "b").await?, first, "another user name");
    let second = version(Some(2), 2, "b").await?;
    ensure!(second.is_some() && second != first, "another password");
    ensure_eq!(version(None, 2, "b").await?, None, "no password");
    Ok(())
}
