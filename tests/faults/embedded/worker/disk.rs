//! Lets the store meet a disk that takes no more, and takes some again.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use warifu_core::ports::{AttemptStore, OtpStepStore, RetrievalPasswordStore, Unavailable};
use warifu_embedded::EmbeddedStore;

use super::Outcome;
use super::samples::{new_password, policy, subject};

/// More writes than any file of a test has room for.
const MANY: u64 = 100_000;

/// Fills the disk that the store is on.
pub(crate) async fn fill(store: &EmbeddedStore, path: &Path) -> Outcome {
    let ballast = path.with_file_name("ballast");
    let full = || {
        let mut file = File::options().create(true).append(true).open(&ballast)?;
        // Small pieces at the end, so that nothing is left.
        for size in [16_384, 512, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        Ok(())
    };
    meet(store, full, || Ok(fs::remove_file(&ballast)?)).await
}

/// Lets no file be written beyond its first byte. The caller has the signal ignored that would end the process.
pub(crate) async fn limit(store: &EmbeddedStore) -> Outcome {
    let limits = getrlimit(Resource::Fsize);
    let limit_to = |current| {
        let maximum = limits.maximum;
        setrlimit(Resource::Fsize, Rlimit { current, maximum })
    };
    meet(
        store,
        || Ok(limit_to(Some(1))?),
        || Ok(limit_to(limits.current)?),
    )
    .await
}

async fn meet(
    store: &EmbeddedStore,
    mut take_room: impl FnMut() -> Outcome,
    give_room: impl FnOnce() -> Outcome,
) -> Outcome {
    let user = subject("a")?;
    let mut last = 0;
    store.reissue(&user, new_password(), &policy()).await?;
    while last < 20 {
        last += 1;
        store.advance(&user, last).await?;
    }

    take_room()?;
    let failure = loop {
        if last > MANY {
            return Err("the disk took everything".into());
        }
        match store.advance(&user, last + 1).await {
            Ok(true) => last += 1,
            Ok(false) => return Err(format!("step {} was used before", last + 1).into()),
            Err(Unavailable { port, reason, .. }) => break format!("{port}: {reason}"),
        }
    };
    println!("unavailable {failure}");
    // Again and again: no failure wears the store out.
    for _ in 0..50 {
        take_room()?;
        if store.advance(&user, last + 1).await.is_ok() {
            return Err("the disk took something after all".into());
        }
    }
    take_room()?;
    match AttemptStore::check(store).await {
        Ok(()) => return Err("the check saw no failure".into()),
        Err(error) => println!("check {error}"),
    }
    let listed = store.reissues(&user.contract, None, &policy(), 10).await?;
    println!("readable {}", listed.len());

    give_room()?;
    AttemptStore::check(store).await?;
    if store.advance(&user, last).await? {
        return Err(format!("step {last} was forgotten").into());
    }
    if !store.advance(&user, last + 1).await? {
        return Err(format!("step {} was written without an answer", last + 1).into());
    }
    println!("recovered");
    Ok(())
}
