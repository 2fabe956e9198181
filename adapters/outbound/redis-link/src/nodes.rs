//! The connections to the servers, by address.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;
use redis::{Cmd, RedisError, Value};
use tokio::time::{Instant, timeout};

use crate::address::Address;
use crate::connection::{CONNECT_TIMEOUT, Connection, Dialer};
use crate::failure::Failure;
use crate::script::{ANOTHER, LOST};

/// How many unused connections of one's own are kept a server.
const IDLE_CONNECTIONS: usize = 8;

/// A server that could not be reached is not tried again for so long: a crowd of callers does not
/// queue up behind one attempt after the other.
const QUIET_AFTER_FAILURE: Duration = Duration::from_millis(40);

#[derive(Default)]
struct Node {
    /// For everything that does not block.
    shared: tokio::sync::Mutex<Option<Connection>>,
    /// For what blocks a connection or depends on what it did before: one user at a time.
    idle: Mutex<Vec<Connection>>,
    failed: Mutex<Option<(Instant, String)>>,
}

/// What servers are recognised by: keys whose values tell that the data is still what it was.
#[derive(Clone, Debug)]
pub struct Identity {
    /// One key a part of the data that can be lost on its own: one in all, or for a Cluster, so many
    /// that every primary has some. Each is a hash.
    pub keys: Vec<String>,
    /// The field of each key that holds what all have in common.
    pub field: &'static str,
    /// What an operator can do about a server that has lost its key; part of a sentence.
    pub if_lost: &'static str,
}

/// Connections to servers, each checked to hold the data that is expected.
pub(crate) struct Nodes {
    dialer: Dialer,
    identity: Identity,
    by_address: Mutex<HashMap<Address, Arc<Node>>>,
    expected: OnceLock<String>,
}

impl Nodes {
    pub(crate) fn new(dialer: Dialer, identity: Identity) -> Self {
        Self {
            dialer,
            identity,
            by_address: Mutex::default(),
            expected: OnceLock::new(),
        }
    }

    pub(crate) fn identity_keys(&self) -> &[String] {
        &self.identity.keys
    }

    /// From now on, connects only to servers whose identity key has this value.
    pub(crate) fn expect(&self, value: &str) {
        if self.expected.set(value.to_owned()).is_ok() {
            self.by_address.lock().clear();
        }
    }

    /// The value that identity keys are to have, once it is known.
    pub(crate) fn expected(&self) -> Option<&str> {
        self.expected.get().map(String::as_str)
    }

    /// The connection that everybody shares.
    pub(crate) async fn shared(
        &self,
        address: &Address,
        identity_key: Option<&str>,
    ) -> Result<Connection, Failure> {
        let node = self.node(address);
        let mut shared = node.shared.lock().await;
        if let Some(connection) = shared.as_ref().filter(|connection| !connection.is_closed()) {
            return Ok(connection.clone());
        }
        *shared = None;
        let connection = self.connect(&node, address, identity_key).await?;
        *shared = Some(connection.clone());
        Ok(connection)
    }

    /// A connection for one user at a time.
    pub(crate) async fn own(
        &self,
        address: &Address,
        identity_key: Option<&str>,
    ) -> Result<Connection, Failure> {
        let node = self.node(address);
        loop {
            let idle = node.idle.lock().pop();
            match idle {
                Some(connection) if connection.is_closed() => {}
                Some(connection) => return Ok(connection),
                None => return self.connect(&node, address, identity_key).await,
            }
        }
    }

    /// Gives a connection of one's own back. Only after its last command was answered.
    pub(crate) fn give_back(&self, address: &Address, connection: Connection) {
        let node = self.node(address);
        let mut idle = node.idle.lock();
        if idle.len() < IDLE_CONNECTIONS && !connection.is_closed() {
            idle.push(connection);
        }
    }

    /// Stops using a connection that fell silent or leads to the wrong server.
    pub(crate) async fn discard(&self, address: &Address, connection: &Connection) {
        let node = self.node(address);
        node.idle.lock().clear();
        let mut shared = node.shared.lock().await;
        if shared.as_ref().is_some_and(|known| known.is(connection)) {
            *shared = None;
        }
    }

    fn node(&self, address: &Address) -> Arc<Node> {
        self.by_address
            .lock()
            .entry(address.clone())
            .or_default()
            .clone()
    }

    async fn connect(
        &self,
        node: &Node,
        address: &Address,
        identity_key: Option<&str>,
    ) -> Result<Connection, Failure> {
        if let Some((at, reason)) = node.failed.lock().as_ref()
            && at.elapsed() < QUIET_AFTER_FAILURE
        {
            return Err(Failure::NotRun(reason.clone()));
        }
        let connected = self.connect_now(address, identity_key).await;
        *node.failed.lock() = match &connected {
            Err(Failure::NotRun(reason)) => Some((Instant::now(), reason.clone())),
            _ => None,
        };
        connected
    }

    async fn connect_now(
        &self,
        address: &Address,
        identity_key: Option<&str>,
    ) -> Result<Connection, Failure> {
        let connection = self
            .dialer
            .dial(address)
            .await
            .map_err(|error| Failure::connecting(&error, address))?;
        if let (Some(_), Some(key)) = (self.expected(), identity_key) {
            self.recognise(&connection, address, key).await?;
        }
        Ok(connection)
    }

    async fn recognise(
        &self,
        connection: &Connection,
        address: &Address,
        key: &str,
    ) -> Result<(), Failure> {
        let command = self.reading(key);
        let answer = timeout(CONNECT_TIMEOUT, connection.send(&command))
            .await
            .map_err(|_| Failure::NotRun(format!("{address} does not answer")))?
            // Nothing but this reading was sent.
            .map_err(|error| match Failure::of(&error, address) {
                Failure::Unknown(reason) => Failure::NotRun(reason),
                Failure::Moved { .. } | Failure::Ask(_) => {
                    Failure::NotRun(format!("{address} is no longer the one to ask"))
                }
                failure => failure,
            })?;
        self.judge(address, answer)
    }

    /// Reads the value of an identity key.
    pub(crate) fn reading(&self, key: &str) -> Cmd {
        let mut command = redis::cmd("HGET");
        command.arg(key).arg(self.identity.field);
        command
    }

    /// Removes the value of an identity key.
    pub(crate) fn forgetting(&self, key: &str) -> Cmd {
        let mut command = redis::cmd("HDEL");
        command.arg(key).arg(self.identity.field);
        command
    }

    /// Judges a server by the value of an identity key on it.
    pub(crate) fn judge(&self, address: &Address, value: Value) -> Result<(), Failure> {
        let found: Option<String> = redis::from_redis_value(value)
            .map_err(|error| Failure::Refused(format!("{address}: {error}")))?;
        match (found, self.expected()) {
            (_, None) => Ok(()),
            (Some(value), Some(expected)) if value == expected => Ok(()),
            (Some(_), Some(_)) => Err(Failure::Refused(another_store(address))),
            (None, Some(_)) => Err(Failure::Refused(self.lost(address))),
        }
    }

    /// What a guarded script says that found another value than the expected one.
    pub(crate) fn refusal_of(&self, error: &RedisError, address: &Address) -> Option<String> {
        match error.code()? {
            LOST => Some(self.lost(address)),
            ANOTHER => Some(another_store(address)),
            _ => None,
        }
    }

    fn lost(&self, address: &Address) -> String {
        format!("{address} has lost what it held: {}", self.identity.if_lost)
    }
}

fn another_store(address: &Address) -> String {
    format!(
        "{address} holds another store than at the start: restore the former one, or restart this \
         program"
    )
}
