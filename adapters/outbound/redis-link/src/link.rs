//! Runs scripts: on the right server, within the deadline, and never twice where that matters.

use std::time::Duration;

use parking_lot::Mutex;
use redis::{Cmd, ErrorKind, ServerErrorKind, Value};
use tokio::time::{Instant, sleep, timeout_at};

use crate::address::Address;
use crate::connection::{Connection, Dialer};
use crate::error::{NoAnswer, SettingError};
use crate::failure::Failure;
use crate::nodes::{Identity, Nodes};
use crate::reply::Reply;
use crate::router::Router;
use crate::script::{Call, Repeat};
use crate::settings::LinkSettings;
use crate::slot::slot;
use crate::topology::Topology;
use crate::watch::{Watch, text_of};

/// How long to wait before asking again a store that is changing.
const PAUSE: Duration = Duration::from_millis(50);

/// A store that has been down for so long is asked only once, so that refusing is quick.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is kept back of the deadline when waiting for replicas, for their answer to come home.
const WAY_BACK: Duration = Duration::from_millis(100);

/// How long a step may take beyond its deadline to part from a connection that fell silent.
const CLEAN_UP: Duration = Duration::from_millis(50);

const NO_ANSWER: &str = "no answer in time";

/// So many redirections are followed at once; of more, a slot is changing hands, and its servers do
/// not agree yet on whose it is.
const AT_ONCE: u32 = 4;

/// Where the last answer pointed to. Followed itself: what the map says of the slot may be older.
struct Pointed {
    to: Address,
    /// Whether the server is still taking the slot over, and has to be asked to answer.
    asking: bool,
}

/// Whether the answer must be safe with the replicas before it is given.
pub type MustLast = fn(&Reply) -> bool;

/// The servers that hold the data, however they are arranged.
pub struct Link {
    pub(crate) router: Router,
    pub(crate) nodes: Nodes,
    pub(crate) watch: Watch,
    replicas_required: u32,
    pub(crate) deadline: Duration,
    down_since: Mutex<Option<Instant>>,
}

impl Link {
    /// Reads the settings. Connects to nobody yet; refuses addresses and certificates that cannot be
    /// used.
    pub fn new(settings: &LinkSettings, identity: Identity) -> Result<Self, SettingError> {
        let topology = Topology::of(settings)?;
        let servers = Dialer::to_servers(settings, &topology)?;
        let sentinels = Dialer::to_sentinels(settings, &topology)?;
        Ok(Self {
            router: Router::new(topology, servers.clone(), sentinels),
            nodes: Nodes::new(servers, identity),
            watch: Watch::default(),
            replicas_required: settings.replicas_required,
            deadline: settings.deadline,
            down_since: Mutex::default(),
        })
    }

    /// The keys that servers are recognised by, as they were given.
    pub fn identity_keys(&self) -> &[String] {
        self.nodes.identity_keys()
    }

    /// From now on, speaks only to servers whose identity key has this value.
    pub fn expect(&self, value: &str) {
        self.nodes.expect(value);
    }

    /// Runs a script.
    pub async fn run(&self, call: Call<'_>) -> Result<Reply, NoAnswer> {
        self.run_until(&call, None).await
    }

    /// Runs a script whose answer, where `must_last` says so, counts only when enough replicas
    /// have what was written.
    pub async fn run_lasting(
        &self,
        call: Call<'_>,
        must_last: MustLast,
    ) -> Result<Reply, NoAnswer> {
        let must_last = (self.replicas_required > 0).then_some(must_last);
        self.run_until(&call, must_last).await
    }

    /// What each primary tells about itself: the lines of `INFO everything`.
    pub async fn primaries_info(&self) -> Result<Vec<(Address, String)>, NoAnswer> {
        let mut command = redis::cmd("INFO");
        command.arg("everything");
        let deadline = Instant::now() + self.deadline;
        let asking = async {
            let mut told = Vec::new();
            for (address, _) in self.primaries(deadline).await? {
                let connection = self.nodes.shared(&address, None).await?;
                let answer = self
                    .exchange(&connection, &address, &command, deadline)
                    .await?;
                let text = text_of(answer, &address)?;
                told.push((address, text));
            }
            Ok(told)
        };
        match timeout_at(deadline, asking).await {
            Ok(Ok(told)) => Ok(told),
            Ok(Err(failure)) => Err(NoAnswer::new(Failure::into_reason(failure))),
            Err(_) => Err(NoAnswer::new(NO_ANSWER)),
        }
    }

    /// Every primary, each with a slot that it serves. The map is asked for anew.
    async fn primaries(&self, deadline: Instant) -> Result<Vec<(Address, u16)>, Failure> {
        loop {
            self.router.refresh().await;
            match self.router.primaries().await {
                Err(Failure::NotRun(_)) if self.may_wait(deadline) => sleep(PAUSE).await,
                found => return found,
            }
        }
    }

    /// One identity key on each primary, to try them all.
    pub async fn identity_key_of_each_primary(&self) -> Result<Vec<String>, NoAnswer> {
        let deadline = Instant::now() + self.deadline;
        let primaries = match timeout_at(deadline, self.primaries(deadline)).await {
            Ok(Ok(primaries)) => primaries,
            Ok(Err(failure)) => return Err(NoAnswer::new(failure.into_reason())),
            Err(_) => return Err(NoAnswer::new(NO_ANSWER)),
        };
        let mut keys = Vec::new();
        for (address, _) in primaries {
            keys.extend(self.identity_key_on(&address).await.map(str::to_owned));
        }
        Ok(keys)
    }

    pub(crate) async fn identity_key_on(&self, address: &Address) -> Option<&str> {
        let keys = self.nodes.identity_keys();
        if !self.router.is_cluster() {
            return keys.first().map(String::as_str);
        }
        for key in keys {
            if self
                .router
                .locate(slot(key))
                .await
                .is_ok_and(|owner| owner == *address)
            {
                return Some(key);
            }
        }
        None
    }

    async fn run_until(
        &self,
        call: &Call<'_>,
        must_last: Option<MustLast>,
    ) -> Result<Reply, NoAnswer> {
        let deadline = Instant::now() + self.deadline;
        let slot = slot(call.first_key());
        let mut pointed = None;
        let mut redirections = 0;
        let mut last_reason = None;
        loop {
            let attempt = self.attempt(call, slot, pointed.take(), must_last, deadline);
            let failure = match timeout_at(deadline + CLEAN_UP, attempt).await {
                Ok(Ok(reply)) => {
                    *self.down_since.lock() = None;
                    return Ok(reply);
                }
                Ok(Err(failure)) => failure,
                Err(_) => Failure::Refused(last_reason.unwrap_or_else(|| NO_ANSWER.to_owned())),
            };
            let retry = match &failure {
                Failure::Moved { slot, to } => {
                    self.router.refresh().await;
                    self.router.moved(*slot, to.clone());
                    pointed = Some(Pointed {
                        to: to.clone(),
                        asking: false,
                    });
                    redirections += 1;
                    redirections <= AT_ONCE || self.wait(deadline).await
                }
                Failure::Ask(to) => {
                    pointed = Some(Pointed {
                        to: to.clone(),
                        asking: true,
                    });
                    redirections += 1;
                    redirections <= AT_ONCE || self.wait(deadline).await
                }
                Failure::NotRun(_) => self.wait(deadline).await,
                Failure::Unknown(_) if call.script.repeat == Repeat::Safe => {
                    self.wait(deadline).await
                }
                Failure::Unknown(_) | Failure::Refused(_) => false,
            };
            if !retry {
                self.down_since.lock().get_or_insert_with(Instant::now);
                let reason = failure.into_reason();
                tracing::debug!(
                    script = call.script.name,
                    reason,
                    "the store did not answer"
                );
                return Err(NoAnswer::new(reason));
            }
            last_reason = failure.reason().map(str::to_owned);
        }
    }

    /// Whether it is worth waiting: not where the store has long been down.
    fn may_wait(&self, deadline: Instant) -> bool {
        let mut down_since = self.down_since.lock();
        let since = *down_since.get_or_insert_with(Instant::now);
        since.elapsed() < PATIENCE && Instant::now() + PAUSE < deadline
    }

    async fn wait(&self, deadline: Instant) -> bool {
        if !self.may_wait(deadline) {
            // The next caller finds the way that was missed here.
            let _ = timeout_at(deadline, self.router.refresh()).await;
            return false;
        }
        let _ = timeout_at(deadline, async {
            sleep(PAUSE).await;
            self.router.refresh().await;
        })
        .await;
        true
    }

    async fn attempt(
        &self,
        call: &Call<'_>,
        slot: u16,
        pointed: Option<Pointed>,
        must_last: Option<MustLast>,
        deadline: Instant,
    ) -> Result<Reply, Failure> {
        let (address, asking) = match pointed {
            Some(Pointed { to, asking }) => (to, asking),
            None => (self.router.locate(slot).await?, false),
        };
        self.vouch_for(&address, deadline).await?;
        let identity_key = self.identity_key_on(&address).await;
        if must_last.is_none() && !asking {
            let connection = self.nodes.shared(&address, identity_key).await?;
            return self
                .evaluate(&connection, &address, call, false, deadline)
                .await;
        }
        let connection = self.nodes.own(&address, identity_key).await?;
        let reply = self
            .evaluate(&connection, &address, call, asking, deadline)
            .await?;
        if must_last.is_some_and(|must_last| must_last(&reply)) {
            self.await_replicas(&connection, &address, deadline).await?;
        }
        self.nodes.give_back(&address, connection);
        Ok(reply)
    }

    /// What a guarded script is to find before it does anything: the key, and its value.
    fn guard_of(&self, call: &Call<'_>) -> Result<Option<(&str, &str)>, Failure> {
        if !call.script.guarded {
            return Ok(None);
        }
        match (self.nodes.identity_keys(), self.nodes.expected()) {
            ([key], Some(value)) => Ok(Some((key, value))),
            _ => Err(Failure::Refused(format!(
                "{} is guarded by an identity that is spread or not known yet",
                call.script.name
            ))),
        }
    }

    /// Runs the script by its digest, and with its text where the server does not know it.
    async fn evaluate(
        &self,
        connection: &Connection,
        address: &Address,
        call: &Call<'_>,
        asking: bool,
        deadline: Instant,
    ) -> Result<Reply, Failure> {
        let guard = self.guard_of(call)?;
        let mut command = call.by_digest(guard);
        let mut has_text = false;
        loop {
            if asking {
                self.exchange(connection, address, &redis::cmd("ASKING"), deadline)
                    .await?;
            }
            let sent = timeout_at(deadline, connection.send(&command)).await;
            match sent {
                Ok(Ok(value)) => {
                    return Reply::read(call.script.name, value).map_err(Failure::Refused);
                }
                Ok(Err(error))
                    if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
                        && !has_text =>
                {
                    command = call.by_source(guard);
                    has_text = true;
                }
                Ok(Err(error)) => return Err(self.failed(connection, address, &error).await),
                Err(_) => return Err(self.fell_silent(connection, address).await),
            }
        }
    }

    async fn await_replicas(
        &self,
        connection: &Connection,
        address: &Address,
        deadline: Instant,
    ) -> Result<(), Failure> {
        let left = deadline.saturating_duration_since(Instant::now() + WAY_BACK);
        let mut command = redis::cmd("WAIT");
        command
            .arg(self.replicas_required)
            .arg(left.as_millis().max(1).to_string());
        let answer = self
            .exchange(connection, address, &command, deadline)
            .await?;
        let acknowledged: u32 = redis::from_redis_value(answer)
            .map_err(|error| Failure::Refused(format!("{address} answers to WAIT: {error}")))?;
        if acknowledged < self.replicas_required {
            return Err(Failure::Refused(format!(
                "only {acknowledged} of {} replicas have acknowledged in time",
                self.replicas_required
            )));
        }
        Ok(())
    }

    pub(crate) async fn exchange(
        &self,
        connection: &Connection,
        address: &Address,
        command: &Cmd,
        deadline: Instant,
    ) -> Result<Value, Failure> {
        match timeout_at(deadline, connection.send(command)).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(self.failed(connection, address, &error).await),
            Err(_) => Err(self.fell_silent(connection, address).await),
        }
    }

    async fn failed(
        &self,
        connection: &Connection,
        address: &Address,
        error: &redis::RedisError,
    ) -> Failure {
        if let Some(reason) = self.nodes.refusal_of(error, address) {
            self.note_fault(address, &reason);
            return Failure::Refused(reason);
        }
        let failure = Failure::of(error, address);
        if matches!(failure, Failure::NotRun(_) | Failure::Unknown(_)) {
            self.nodes.discard(address, connection).await;
        }
        failure
    }

    async fn fell_silent(&self, connection: &Connection, address: &Address) -> Failure {
        self.nodes.discard(address, connection).await;
        Failure::Refused(format!("{address} did not answer in time"))
    }
}
