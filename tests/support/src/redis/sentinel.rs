use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

use warifu_redis::RedisServers;

use super::server::RedisServer;
use crate::process::{Process, await_pong, await_state, cli, free_port};

const NAME: &str = "warifu-primary";

/// A primary, two replicas and three Sentinels.
pub struct SentinelGroup {
    /// The servers; which of them is the primary changes.
    pub servers: Vec<RedisServer>,
    sentinels: Vec<(u16, Process)>,
}

impl SentinelGroup {
    /// Starts them and waits until everybody knows everybody.
    pub fn start() -> Self {
        let primary = RedisServer::start_quick();
        let replicas =
            [(); 2].map(|()| RedisServer::replica_of(&primary, &["--appendfsync", "no"]));
        let sentinels = (0..3).map(|_| start_sentinel(primary.port)).collect();
        let mut servers = vec![primary];
        servers.extend(replicas);
        let group = Self { servers, sentinels };
        group.await_well();
        group
    }

    /// Waits until every Sentinel finds the primary well and knows two replicas that follow it.
    pub fn await_well(&self) {
        for (port, _) in &self.sentinels {
            await_state(
                "the Sentinel knows the others",
                || {
                    let told = cli(*port, &["SENTINEL", "MASTER", NAME]);
                    let field = |name: &str| {
                        let mut lines = told.lines().skip_while(|line| *line != name);
                        lines.nth(1).unwrap_or_default().to_owned()
                    };
                    field("num-slaves") == "2"
                        && field("num-other-sentinels") == "2"
                        && field("flags") == "master"
                },
                || cli(*port, &["SENTINEL", "MASTER", NAME]),
            );
        }
        await_state(
            "the Sentinels agree on the primary",
            || {
                let mut named = self.sentinels.iter().map(|(port, _)| address_from(*port));
                let first = named.next();
                named.all(|address| Some(&address) == first.as_ref())
            },
            || {
                self.sentinels
                    .iter()
                    .map(|(port, _)| address_from(*port))
                    .collect()
            },
        );
        await_state(
            "both replicas follow the primary",
            || {
                let told = self.servers[self.primary()].cli(&["INFO", "replication"]);
                told.matches("state=online").count() == 2
            },
            || self.servers[self.primary()].cli(&["INFO", "replication"]),
        );
    }

    /// As the settings of a store take it.
    pub fn servers(&self) -> RedisServers {
        let sentinels = self
            .sentinels
            .iter()
            .map(|(port, _)| format!("127.0.0.1:{port}"));
        RedisServers::Sentinel {
            sentinels: sentinels.collect(),
            master_name: NAME.to_owned(),
        }
    }

    /// Which of the servers the Sentinels take for the primary.
    pub fn primary(&self) -> usize {
        let (port, _) = &self.sentinels[0];
        let told = address_from(*port);
        let port = told.lines().nth(1).unwrap_or_default().to_owned();
        let found = self
            .servers
            .iter()
            .position(|server| server.port.to_string() == port);
        found.unwrap_or_else(|| panic!("the primary is one of the servers, not {told:?}"))
    }

    /// Waits until another server than `former` is the primary.
    pub fn await_other_primary(&self, former: usize) {
        await_state(
            "another server is the primary",
            || self.primary() != former,
            || cli(self.sentinels[0].0, &["SENTINEL", "MASTER", NAME]),
        );
    }

    /// Asks a Sentinel for a failover of a primary that is well, again where it finds no replica fit
    /// at the moment, until another server is the primary.
    pub fn fail_over(&self) {
        let (port, _) = &self.sentinels[0];
        let former = self.primary();
        await_state(
            "the Sentinels make another server the primary",
            || {
                // The answer is OK, or tells that it is under way or not possible just now: what a
                // Sentinel knows of replicas can be ten seconds old.
                cli(*port, &["SENTINEL", "FAILOVER", NAME]);
                sleep(Duration::from_millis(250));
                self.primary() != former
            },
            || cli(*port, &["SENTINEL", "MASTER", NAME]),
        );
    }
}

/// Which address the Sentinel on `port` names.
fn address_from(port: u16) -> String {
    cli(port, &["SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME])
}

fn start_sentinel(primary: u16) -> (u16, Process) {
    let folder: PathBuf = tempfile::tempdir().expect("a folder is made").keep();
    let port = free_port();
    let file = folder.join("sentinel.conf");
    let text = format!(
        "port {port}\nbind 127.0.0.1\ndir {}\nsentinel monitor {NAME} 127.0.0.1 {primary} 2\n\
         sentinel down-after-milliseconds {NAME} 1000\nsentinel failover-timeout {NAME} 5000\n\
         sentinel parallel-syncs {NAME} 2\n",
        folder.display()
    );
    std::fs::write(&file, text).expect("the configuration is written");
    let process = Process::start("redis-sentinel", &folder, &[file.display().to_string()]);
    await_pong(port, &folder);
    (port, process)
}
