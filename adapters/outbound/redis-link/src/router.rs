//! Which server to ask.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use parking_lot::RwLock;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::address::Address;
use crate::connection::Dialer;
use crate::failure::Failure;
use crate::slot_map::SlotMap;
use crate::topology::{Entry, Topology, plaintext};

/// How long asking one server where the others are may take.
const LOOK_UP_TIMEOUT: Duration = Duration::from_millis(600);

/// What was found out so recently is not asked again.
const FRESH_FOR: Duration = Duration::from_millis(100);

/// Where everything is.
#[derive(Clone, Debug)]
enum Map {
    One(Address),
    Slots(SlotMap),
}

/// Finds the server that holds a slot: fixed, through Sentinels, or by the Cluster's own map.
pub(crate) struct Router {
    topology: Topology,
    servers: Dialer,
    sentinels: Dialer,
    map: RwLock<Option<Arc<Map>>>,
    looked_up: Mutex<Option<Instant>>,
}

impl Router {
    pub(crate) fn new(topology: Topology, servers: Dialer, sentinels: Dialer) -> Self {
        Self {
            topology,
            servers,
            sentinels,
            map: RwLock::new(None),
            looked_up: Mutex::new(None),
        }
    }

    pub(crate) fn is_cluster(&self) -> bool {
        matches!(self.topology.entry, Entry::Cluster(_))
    }

    /// The primary of `slot`, as far as is known.
    pub(crate) async fn locate(&self, slot: u16) -> Result<Address, Failure> {
        let known = self.map.read().clone();
        let map = match known {
            Some(map) => map,
            None => self.look_up().await?,
        };
        let address = match map.as_ref() {
            Map::One(address) => address.clone(),
            Map::Slots(slots) => match slots.owner(slot) {
                Some(address) => address.clone(),
                None => {
                    return Err(Failure::NotRun(format!(
                        "no node of the Cluster serves slot {slot}"
                    )));
                }
            },
        };
        self.allowed(address)
    }

    /// Every primary, each with a slot that it serves.
    pub(crate) async fn primaries(&self) -> Result<Vec<(Address, u16)>, Failure> {
        let known = self.map.read().clone();
        let map = match known {
            Some(map) => map,
            None => self.look_up().await?,
        };
        match map.as_ref() {
            Map::One(address) => Ok(vec![(self.allowed(address.clone())?, 0)]),
            Map::Slots(slots) if !slots.is_complete() => Err(Failure::NotRun(
                "not all slots of the Cluster are served".to_owned(),
            )),
            Map::Slots(slots) => slots
                .serving()
                .into_iter()
                .map(|(address, slot)| Ok((self.allowed(address.clone())?, slot)))
                .collect(),
        }
    }

    /// Notes that a node said where `slot` is.
    pub(crate) fn moved(&self, slot: u16, to: Address) {
        let mut map = self.map.write();
        if let Some(Map::Slots(slots)) = map.as_deref() {
            let mut slots = slots.clone();
            slots.moved(slot, to);
            *map = Some(Arc::new(Map::Slots(slots)));
        }
    }

    /// Asks anew where everything is, unless that was asked a moment ago.
    pub(crate) async fn refresh(&self) {
        // Whoever cannot be asked now is asked by the next attempt; until then the old map stands.
        let _ = self.look_up().await;
    }

    async fn look_up(&self) -> Result<Arc<Map>, Failure> {
        let mut looked_up = self.looked_up.lock().await;
        let known = self.map.read().clone();
        if let (Some(map), Some(at)) = (known, *looked_up)
            && at.elapsed() < FRESH_FOR
        {
            return Ok(map);
        }
        let found = match &self.topology.entry {
            Entry::Standalone(address) => Map::One(address.clone()),
            Entry::Sentinel {
                sentinels,
                master_name,
            } => Map::One(self.ask_sentinels(sentinels, master_name).await?),
            Entry::Cluster(seeds) => Map::Slots(self.ask_nodes(seeds).await?),
        };
        let found = Arc::new(found);
        *self.map.write() = Some(found.clone());
        *looked_up = Some(Instant::now());
        Ok(found)
    }

    fn allowed(&self, address: Address) -> Result<Address, Failure> {
        if self.topology.may_speak_to(&address) {
            Ok(address)
        } else {
            Err(Failure::Refused(plaintext(&address)))
        }
    }

    /// The primary that the best informed Sentinel names: after a failover or a partition, they
    /// differ for a while, and the latest configuration epoch is right.
    async fn ask_sentinels(
        &self,
        sentinels: &[Address],
        master_name: &str,
    ) -> Result<Address, Failure> {
        let answers = join_all(sentinels.iter().map(async |sentinel| {
            let asking = self.ask_sentinel(sentinel, master_name);
            timeout(LOOK_UP_TIMEOUT, asking)
                .await
                .unwrap_or_else(|_| Err(format!("Sentinel {sentinel} does not answer")))
        }))
        .await;
        let mut best: Option<(u64, Address)> = None;
        let mut reasons = BTreeSet::new();
        for answer in answers {
            match answer {
                Ok((epoch, address)) => {
                    if best.as_ref().is_none_or(|(known, _)| epoch > *known) {
                        best = Some((epoch, address));
                    }
                }
                Err(reason) => {
                    reasons.insert(reason);
                }
            }
        }
        match best {
            Some((_, address)) => Ok(address),
            None => Err(Failure::NotRun(join(reasons))),
        }
    }

    async fn ask_sentinel(
        &self,
        sentinel: &Address,
        master_name: &str,
    ) -> Result<(u64, Address), String> {
        let failed = |error: redis::RedisError| format!("Sentinel {sentinel}: {error}");
        let connection = self.sentinels.dial(sentinel).await.map_err(failed)?;
        let mut command = redis::cmd("SENTINEL");
        command.arg("MASTER").arg(master_name);
        let answer = connection.send(&command).await.map_err(failed)?;
        let fields: Vec<String> = redis::from_redis_value(answer)
            .map_err(|error| format!("Sentinel {sentinel}: {error}"))?;
        let field = |name: &str| {
            fields
                .chunks_exact(2)
                .find(|pair| pair[0] == name)
                .map(|pair| pair[1].as_str())
        };
        let epoch = field("config-epoch")
            .and_then(|epoch| epoch.parse().ok())
            .unwrap_or_default();
        // While a failover is under way, this names the new primary before SENTINEL MASTER does.
        let mut command = redis::cmd("SENTINEL");
        command.arg("GET-MASTER-ADDR-BY-NAME").arg(master_name);
        let answer = connection.send(&command).await.map_err(failed)?;
        let address: Option<(String, u16)> = redis::from_redis_value(answer)
            .map_err(|error| format!("Sentinel {sentinel}: {error}"))?;
        let (host, port) =
            address.ok_or_else(|| format!("Sentinel {sentinel} knows no {master_name:?}"))?;
        Ok((epoch, Address::new(host, port)))
    }

    async fn ask_nodes(&self, seeds: &[Address]) -> Result<SlotMap, Failure> {
        let mut addresses: BTreeSet<Address> = seeds.iter().cloned().collect();
        if let Some(Map::Slots(slots)) = self.map.read().as_deref() {
            addresses.extend(slots.known.iter().cloned());
        }
        let answers = join_all(addresses.iter().map(async |address| {
            let asking = self.ask_node(address);
            let answer = timeout(LOOK_UP_TIMEOUT, asking)
                .await
                .unwrap_or_else(|_| Err(format!("{address} does not answer")));
            (address, answer)
        }))
        .await;
        let mut slots = SlotMap::new();
        let mut reasons = BTreeSet::new();
        for (address, answer) in answers {
            match answer {
                Ok(answer) => slots.learn(&answer, address),
                Err(reason) => {
                    reasons.insert(reason);
                }
            }
        }
        if slots.primaries.is_empty() {
            if reasons.is_empty() {
                reasons.insert("no node of the Cluster serves any slot".to_owned());
            }
            return Err(Failure::NotRun(join(reasons)));
        }
        Ok(slots)
    }

    async fn ask_node(&self, address: &Address) -> Result<String, String> {
        if !self.topology.may_speak_to(address) {
            return Err(plaintext(address));
        }
        let failed = |error: redis::RedisError| format!("{address}: {error}");
        let connection = self.servers.dial(address).await.map_err(failed)?;
        let mut command = redis::cmd("CLUSTER");
        command.arg("NODES");
        let answer = connection.send(&command).await.map_err(failed)?;
        match answer {
            redis::Value::VerbatimString { text, .. } => Ok(text),
            other => redis::from_redis_value(other).map_err(|error| format!("{address}: {error}")),
        }
    }
}

fn join(reasons: BTreeSet<String>) -> String {
    reasons.into_iter().collect::<Vec<_>>().join("; ")
}
