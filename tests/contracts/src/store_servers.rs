//! [`StoreServers`]: who holds the data is known, and data that is given up is used by nobody.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use warifu_core::ports::{RetrievalPasswordStore, StoreServers};

use crate::case::{CaseResult, Failure, ensure, ensure_eq, suite};

/// What a program notices within: see the port.
const NOTICED_WITHIN: Duration = Duration::from_secs(2);
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How long servers that were started again may need until they answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program that uses a store.
pub struct Program {
    /// The servers of its store.
    pub servers: Arc<dyn StoreServers>,
    /// The store.
    pub store: Arc<dyn RetrievalPasswordStore>,
}

/// Servers that a test can start again.
#[async_trait]
pub trait ServersKit: Send + Sync {
    /// A program of its own that uses the store: always the same store.
    async fn program(&self) -> Result<Program, Failure>;

    /// Starts the servers again, with what they hold.
    async fn start_again(&self);
}

type Kit = Arc<dyn ServersKit>;

suite!($ store_servers_conformance, store_servers, Kit, [
    a_server_that_was_started_again_has_begun,
    while_nothing_happens_nobody_has_begun,
    what_is_given_up_is_used_by_no_program,
]);

async fn a_server_that_was_started_again_has_begun(kit: Kit) -> CaseResult {
    let program = kit.program().await?;
    let before = program.servers.begun();
    kit.start_again().await;
    let answers_again = Instant::now() + PATIENCE;
    while program.store.check().await.is_err() {
        ensure!(Instant::now() < answers_again, "it does not answer again");
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let noticed = Instant::now() + NOTICED_WITHIN;
    while program.servers.begun() == before {
        ensure!(Instant::now() < noticed, "nobody has begun");
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(())
}

async fn while_nothing_happens_nobody_has_begun(kit: Kit) -> CaseResult {
    let program = kit.program().await?;
    let before = program.servers.begun();
    let over = Instant::now() + NOTICED_WITHIN;
    while Instant::now() < over {
        program.store.check().await?;
        tokio::time::sleep(LOOK_EVERY).await;
    }
    ensure_eq!(program.servers.begun(), before, "who has begun");
    Ok(())
}

async fn what_is_given_up_is_used_by_no_program(kit: Kit) -> CaseResult {
    let (program, other) = (kit.program().await?, kit.program().await?);
    for each in [&program, &other] {
        each.store.check().await?;
    }
    program.servers.give_up("a test wants it so").await?;
    let noticed = Instant::now() + NOTICED_WITHIN;
    for each in [&program, &other] {
        while each.store.check().await.is_ok() {
            ensure!(Instant::now() < noticed, "a program goes on");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
    ensure!(
        kit.program().await.is_err(),
        "another program begins with it"
    );
    Ok(())
}
