//! A bounded number of connections, one deadline a call.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use ldap3::Scope;
use parking_lot::Mutex;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};
use warifu_adapter_kit::SettingError;
use warifu_core::ports::Unavailable;

use crate::connection::{Connection, NO_ATTRIBUTES, Search};
use crate::failure::Failure;
use crate::server::{LdapServer, Target};

/// A connection that was not used for longer is closed: something on the way may have forgotten it
/// without telling.
const LONGEST_IDLE: Duration = Duration::from_secs(60);

/// Connections of one kind.
pub(crate) struct Pool {
    port: &'static str,
    target: Target,
    timeout: Duration,
    free: Semaphore,
    idle: Mutex<Vec<(Connection, Instant)>>,
}

/// What a connection is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// To search, as the account that may.
    Search,
    /// To bind as users.
    Bind,
}

impl Pool {
    /// Connections to `server`; `port` is the section of the configuration that errors name.
    pub(crate) fn new(server: &LdapServer, port: &'static str) -> Result<Self, SettingError> {
        Ok(Self {
            port,
            target: server.prepare()?,
            timeout: server.timeout,
            free: Semaphore::new(server.connections.max(1)),
            idle: Mutex::default(),
        })
    }

    /// The deadline of a call that begins now.
    pub(crate) fn deadline(&self) -> Instant {
        Instant::now() + self.timeout
    }

    /// Gives `exchange` a connection of its own until `deadline`. One that was idle and turns out
    /// to be broken is replaced once, where `exchange` may be repeated.
    pub(crate) async fn run<T, F>(
        &self,
        kind: Kind,
        deadline: Instant,
        exchange: impl Fn(Connection) -> F,
    ) -> Result<T, Unavailable>
    where
        F: Future<Output = (Connection, Result<T, Failure>)>,
    {
        let whole = self.connected(kind, deadline, exchange);
        // The library panics where a server's answer is no LDAP.
        let guarded = AssertUnwindSafe(whole).catch_unwind();
        let failure = match timeout_at(deadline, guarded).await {
            Ok(Ok(Ok(answer))) => return Ok(answer),
            Ok(Ok(Err(failure))) => failure,
            Ok(Err(_)) => Failure::Unusable("the server's answer is malformed".to_owned()),
            Err(_) => Failure::Broken(format!("no answer within {:?}", self.timeout)),
        };
        let unavailable = failure.to_unavailable(self.port, &self.target.url);
        tracing::warn!(%unavailable, "the directory gave no answer");
        Err(unavailable)
    }

    async fn connected<T, F>(
        &self,
        kind: Kind,
        deadline: Instant,
        exchange: impl Fn(Connection) -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = (Connection, Result<T, Failure>)>,
    {
        let Ok(Ok(_place)) = timeout_at(deadline, self.free.acquire()).await else {
            return Err(Failure::Busy);
        };
        if let Some(connection) = self.take_idle() {
            let (connection, result) = exchange(connection).await;
            match result {
                Err(Failure::Broken(_)) if kind == Kind::Search => {}
                result => {
                    self.give_back(connection, &result);
                    return result;
                }
            }
        }
        let connection = match kind {
            Kind::Search => Connection::open_to_search(&self.target).await?,
            Kind::Bind => Connection::open(&self.target).await?,
        };
        let (connection, result) = exchange(connection).await;
        self.give_back(connection, &result);
        result
    }

    fn take_idle(&self) -> Option<Connection> {
        let mut idle = self.idle.lock();
        idle.retain(|(_, since)| since.elapsed() < LONGEST_IDLE);
        while let Some((mut connection, _)) = idle.pop() {
            if !connection.is_closed() {
                return Some(connection);
            }
        }
        None
    }

    fn give_back<T>(&self, connection: Connection, result: &Result<T, Failure>) {
        if !matches!(result, Err(Failure::Broken(_))) {
            self.idle.lock().push((connection, Instant::now()));
        }
    }
}

impl Pool {
    /// Finds out whether the server answers and has something at `base`.
    pub(crate) async fn check(&self, base: &str) -> Result<(), Unavailable> {
        let search = Search {
            base: base.to_owned(),
            scope: Scope::Base,
            filter: "(objectClass=*)".to_owned(),
            attributes: NO_ATTRIBUTES.iter().map(|&name| name.to_owned()).collect(),
            limit: 1,
            base_may_be_missing: false,
        };
        let search = &search;
        self.run(Kind::Search, self.deadline(), |connection| async move {
            let found = connection.search(search).await.and_then(|entries| {
                if entries.is_empty() {
                    let reason = format!("the account of bind_dn may not see {base}");
                    return Err(Failure::Unusable(reason));
                }
                Ok(())
            });
            (connection, found)
        })
        .await
    }
}
