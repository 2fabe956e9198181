//! Looks at the servers while they are used. A start says nothing about what an operator, a full
//! memory or a failover does a minute later.

use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep, timeout_at};

use crate::address::Address;
use crate::connection::Connection;
use crate::error::NoAnswer;
use crate::failure::Failure;
use crate::link::Link;
use crate::slot::slot;
use crate::watch::{Fault, Inspector, text_of};

/// How long after one look the next one begins.
const PERIOD: Duration = Duration::from_millis(600);

/// The sections of `INFO` that an [`Inspector`] is given.
const SECTIONS: [&str; 6] = [
    "server",
    "replication",
    "persistence",
    "memory",
    "stats",
    "cluster",
];

impl Link {
    /// From now on, uses servers only as long as `inspector` and their identity keys find nothing
    /// wrong with any of them: what is wrong is noticed within two seconds, and all calls are
    /// refused from then on until it is right again. Looks as long as this link is in use; call it on
    /// the Tokio runtime that the link is used on.
    pub fn watch(self: &Arc<Self>, inspector: impl Inspector + 'static) {
        if self.watch.inspector.set(Box::new(inspector)).is_ok() {
            tokio::spawn(keep_looking(Arc::downgrade(self)));
        }
    }

    /// Takes the identity of the data away on every primary, so that no program uses it until an operator
    /// has decided what becomes of it.
    pub async fn give_up(&self, reason: &str) -> Result<(), NoAnswer> {
        tracing::error!(reason, "the store is given up");
        let deadline = Instant::now() + self.deadline;
        let given_up = async {
            for (address, _) in self.router.primaries().await? {
                let key = self.identity_key_on(&address).await;
                let connection = self.nodes.shared(&address, key).await?;
                self.forget_identity(&connection, &address, deadline)
                    .await?;
                self.watch
                    .note(&address, Instant::now(), Some(reason.to_owned()));
            }
            Ok(())
        };
        match timeout_at(deadline, given_up).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err::<(), Failure>(failure)) => Err(NoAnswer::new(failure.into_reason())),
            Err(_) => Err(NoAnswer::new("no answer in time".to_owned())),
        }
    }

    /// Makes sure that nothing was wrong with any server a moment ago, as far as is known, and that
    /// this one was looked at.
    pub(crate) async fn vouch_for(
        &self,
        address: &Address,
        deadline: Instant,
    ) -> Result<(), Failure> {
        if self.watch.inspector.get().is_none() {
            return Ok(());
        }
        if !self.watch.is_recent(address) {
            let _turn = self.watch.looking.lock().await;
            if !self.watch.is_recent(address) {
                self.look_at(address, deadline).await?;
            }
        }
        self.watch
            .fault()
            .map_or(Ok(()), |reason| Err(Failure::Refused(reason)))
    }

    /// Notes that a script found the store gone on this server.
    pub(crate) fn note_fault(&self, address: &Address, reason: &str) {
        if self.watch.inspector.get().is_some() {
            let fault = Some(reason.to_owned());
            self.watch.note(address, Instant::now(), fault);
        }
    }

    /// Looks at every primary. Which these are is asked anew: one that is cut off from the others
    /// does not know that it is none any more.
    async fn look_around(&self) {
        let deadline = Instant::now() + self.deadline;
        let asking = async {
            self.router.refresh().await;
            self.router.primaries().await
        };
        // Whom nobody knows, nobody can look at; whoever asks a server looks at it first.
        let Ok(Ok(primaries)) = timeout_at(deadline, asking).await else {
            return;
        };
        self.watch.keep(&primaries);
        let looks = primaries.iter().map(async |(address, _)| {
            if let Err(failure) = self.look_at(address, deadline).await {
                let reason = failure.into_reason();
                tracing::debug!(%address, reason, "could not be looked at");
            }
        });
        join_all(looks).await;
    }

    /// Looks at a server and notes what was found. Fails where nothing can be seen.
    async fn look_at(&self, address: &Address, deadline: Instant) -> Result<(), Failure> {
        let at = Instant::now();
        let key = self.identity_key_on(address).await;
        let connection = match self.nodes.shared(address, key).await {
            Ok(connection) => connection,
            Err(failure) => {
                if let Failure::Refused(reason) = &failure {
                    self.watch.note(address, at, Some(reason.clone()));
                }
                return Err(failure);
            }
        };
        let fault = self.fault_of(&connection, address, deadline).await?;
        self.watch.note(address, at, fault);
        Ok(())
    }

    async fn fault_of(
        &self,
        connection: &Connection,
        address: &Address,
        deadline: Instant,
    ) -> Result<Option<String>, Failure> {
        let mut command = redis::cmd("INFO");
        command.arg(&SECTIONS);
        let answer = self
            .exchange(connection, address, &command, deadline)
            .await?;
        let info = text_of(answer, address)?;
        let is_primary = info.lines().any(|line| line.trim_end() == "role:master");
        if !is_primary {
            // Sentinels and nodes know who is one; and behind an address that was handed over, the next
            // connection leads to it. A former primary closes none.
            self.nodes.discard(address, connection).await;
            return Err(Failure::NotRun(format!("{address} is a replica now")));
        }
        let Some(inspector) = self.watch.inspector.get() else {
            return Ok(None);
        };
        match inspector.inspect(address, &info) {
            Err(Fault::Present(reason)) => return Ok(Some(reason)),
            Err(Fault::Loss(reason)) => {
                if let Err(failure) = self.forget_identity(connection, address, deadline).await {
                    let reason = failure.into_reason();
                    tracing::warn!(%address, reason, "the loss could not be marked yet");
                }
                return Ok(Some(reason));
            }
            Ok(()) => {}
        }
        self.identity_fault(connection, address, deadline).await
    }

    /// Whether the data is still what it was, in each part that this server holds.
    async fn identity_fault(
        &self,
        connection: &Connection,
        address: &Address,
        deadline: Instant,
    ) -> Result<Option<String>, Failure> {
        let keys = self.identity_keys_on(address).await;
        let readings = keys.into_iter().map(async |key| {
            let command = self.nodes.reading(key);
            let answer = self.exchange(connection, address, &command, deadline).await;
            match answer {
                Ok(value) => self.nodes.judge(address, value),
                // It is somewhere else, or on its way there: seen where it is.
                Err(Failure::Moved { .. } | Failure::Ask(_)) => Ok(()),
                Err(failure) => Err(failure),
            }
        });
        let mut fault = None;
        for reading in join_all(readings).await {
            match reading {
                Ok(()) => {}
                Err(Failure::Refused(reason)) => fault = Some(reason),
                Err(failure) => return Err(failure),
            }
        }
        Ok(fault)
    }

    /// Takes the identity of a server's data away, so that no program uses it or takes it for whole.
    /// Removing is possible also where memory has run out.
    async fn forget_identity(
        &self,
        connection: &Connection,
        address: &Address,
        deadline: Instant,
    ) -> Result<(), Failure> {
        for key in self.identity_keys_on(address).await {
            let command = self.nodes.forgetting(key);
            self.exchange(connection, address, &command, deadline)
                .await?;
        }
        Ok(())
    }

    async fn identity_keys_on(&self, address: &Address) -> Vec<&str> {
        let mut found = Vec::new();
        for key in self.nodes.identity_keys() {
            let owner = self.router.locate(slot(key)).await;
            if owner.is_ok_and(|owner| owner == *address) {
                found.push(key.as_str());
            }
        }
        found
    }
}

async fn keep_looking(link: Weak<Link>) {
    while let Some(link) = link.upgrade() {
        link.look_around().await;
        drop(link);
        sleep(PERIOD).await;
    }
}
