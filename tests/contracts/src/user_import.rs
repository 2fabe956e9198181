//! [`UserImport`]: contracts with their users, brought into a directory as a whole.

use std::sync::Arc;

use async_trait::async_trait;
use warifu_core::domain::{ContractNumber, Subject, User};
use warifu_core::ports::{
    ImportSummary, ImportedContract, ImportedUser, UserDirectory, UserImport,
};

use crate::case::{CaseResult, Failure, ensure, ensure_eq, rounds, suite};
use crate::samples::{contract, hash, other_contract, user_id};
use crate::user_directory::{sample_contract, sample_user};

/// A directory with nobody in it, and the way into it.
#[async_trait]
pub trait ImportKit: Send + Sync {
    /// The way in.
    fn import(&self) -> Arc<dyn UserImport>;

    /// The directory.
    fn directory(&self) -> Arc<dyn UserDirectory>;
}

type Kit = Arc<dyn ImportKit>;

suite!($ user_import_conformance, user_import, Kit, [
    what_is_imported_is_found,
    an_import_takes_the_place_of_all_there_was,
    a_repeated_import_changes_nothing,
    a_preview_tells_what_an_import_would_and_changes_nothing,
    every_difference_counts,
    other_contracts_stay_as_they_are,
    a_removed_contract_is_gone_with_its_users,
    nobody_sees_a_part_of_an_import,
]);

/// A contract with the users of these numbers, all called `name`.
fn with_users(
    number: ContractNumber,
    users: impl IntoIterator<Item = usize>,
    name: &str,
) -> ImportedContract {
    let users = users.into_iter().map(|user| {
        let sample = sample_user(Subject::new(number.clone(), user_id(user)));
        ImportedUser {
            user: User {
                name: name.to_owned(),
                ..sample.user
            },
            login_password: Some(hash(1)),
            transaction_password: None,
            token: None,
        }
    });
    let users = users.collect();
    ImportedContract {
        contract: sample_contract(number, Vec::new()).contract,
        users,
    }
}

async fn names(kit: &Kit, number: &ContractNumber) -> Result<Vec<(String, String)>, Failure> {
    let users = kit.directory().users(number, None, 10_000).await?;
    let named = |user: User| (user.id().to_string(), user.name);
    Ok(users.into_iter().map(named).collect())
}

async fn how_many(kit: &Kit, number: &ContractNumber) -> Result<usize, Failure> {
    Ok(names(kit, number).await?.len())
}

async fn what_is_imported_is_found(kit: Kit) -> CaseResult {
    let summary = kit
        .import()
        .import(&with_users(contract(), 1..=3, "一"))
        .await?;
    let added = ImportSummary {
        added: 3,
        ..ImportSummary::default()
    };
    ensure_eq!(summary, added, "what the first import says");
    ensure_eq!(how_many(&kit, &contract()).await?, 3, "users");
    let subject = Subject::new(contract(), user_id(2));
    let purpose = warifu_core::domain::attempts::Purpose::Login;
    let found = kit.directory().imported_hash(&subject, purpose).await?;
    ensure!(found == Some(hash(1)), "the hash of the login password");
    Ok(())
}

async fn an_import_takes_the_place_of_all_there_was(kit: Kit) -> CaseResult {
    let import = kit.import();
    import.import(&with_users(contract(), 1..=3, "一")).await?;
    let summary = import.import(&with_users(contract(), 3..=5, "二")).await?;
    let expected = ImportSummary {
        added: 2,
        changed: 1,
        removed: 2,
        unchanged: 0,
    };
    ensure_eq!(summary, expected, "what the second import says");
    let found = names(&kit, &contract()).await?;
    ensure!(
        found.len() == 3 && found.iter().all(|(_, name)| name == "二"),
        "{found:?}"
    );
    let gone = Subject::new(contract(), user_id(1));
    let found = kit.directory().find(&gone).await?;
    ensure!(found.is_none(), "a user who is not in the second import");
    Ok(())
}

async fn a_repeated_import_changes_nothing(kit: Kit) -> CaseResult {
    let whole = with_users(contract(), 1..=3, "一");
    kit.import().import(&whole).await?;
    let again = kit.import().import(&whole).await?;
    let unchanged = ImportSummary {
        unchanged: 3,
        ..ImportSummary::default()
    };
    ensure_eq!(again, unchanged, "what the same import says");
    Ok(())
}

async fn a_preview_tells_what_an_import_would_and_changes_nothing(kit: Kit) -> CaseResult {
    let import = kit.import();
    import.import(&with_users(contract(), 1..=3, "一")).await?;
    let before = names(&kit, &contract()).await?;
    let next = with_users(contract(), 2..=6, "二");
    let told = import.preview(&next).await?;
    ensure_eq!(names(&kit, &contract()).await?, before, "the users");
    ensure_eq!(import.import(&next).await?, told, "what the import says");
    Ok(())
}

async fn every_difference_counts(kit: Kit) -> CaseResult {
    let whole = with_users(contract(), 1..=1, "一");
    kit.import().import(&whole).await?;
    let changes: [fn(&mut ImportedUser); 4] = [
        |user| user.login_password = Some(hash(2)),
        |user| user.transaction_password = Some(hash(3)),
        |user| user.user.disabled = true,
        |user| user.user.service_administrator = true,
    ];
    for change in changes {
        let mut next = whole.clone();
        change(&mut next.users[0]);
        let told = kit.import().preview(&next).await?;
        ensure_eq!(told.changed, 1, "users who change");
    }
    Ok(())
}

async fn other_contracts_stay_as_they_are(kit: Kit) -> CaseResult {
    let import = kit.import();
    import
        .import(&with_users(other_contract(), 1..=4, "他"))
        .await?;
    import.import(&with_users(contract(), 1..=2, "一")).await?;
    import.import(&with_users(contract(), [], "一")).await?;
    ensure_eq!(how_many(&kit, &other_contract()).await?, 4, "users there");
    ensure_eq!(how_many(&kit, &contract()).await?, 0, "users here");
    let found = kit.directory().contract(&contract()).await?;
    ensure!(found.is_some(), "a contract without users is a contract");
    Ok(())
}

async fn a_removed_contract_is_gone_with_its_users(kit: Kit) -> CaseResult {
    let import = kit.import();
    import.import(&with_users(contract(), 1..=2, "一")).await?;
    ensure!(import.remove(&contract()).await?, "it was there");
    ensure!(!import.remove(&contract()).await?, "it is gone");
    let found = kit.directory().contract(&contract()).await?;
    ensure!(found.is_none(), "the contract");
    ensure_eq!(how_many(&kit, &contract()).await?, 0, "its users");
    Ok(())
}

async fn nobody_sees_a_part_of_an_import(kit: Kit) -> CaseResult {
    kit.import()
        .import(&with_users(contract(), 1..=50, "0"))
        .await?;
    let rounds = rounds(20, 200);
    let writer = {
        let kit = kit.clone();
        tokio::spawn(async move {
            for round in 1..=rounds {
                let users = with_users(contract(), round..round + 50, &round.to_string());
                kit.import().import(&users).await?;
            }
            Ok::<(), Failure>(())
        })
    };
    loop {
        let ended = writer.is_finished();
        let found = names(&kit, &contract()).await?;
        let first = found.first().map(|(_, name)| name.clone());
        let of_one = found.iter().all(|(_, name)| Some(name) == first.as_ref());
        ensure!(found.len() == 50 && of_one, "{found:?}");
        if ended {
            writer.await??;
            return Ok(());
        }
    }
}
