use std::process::Command;

use warifu_redis::RedisServers;

use super::server::RedisServer;
use crate::process::{await_state, find, free_port};

/// Three primaries with a replica each.
pub struct RedisCluster {
    /// All of them.
    pub nodes: Vec<RedisServer>,
}

impl RedisCluster {
    /// Starts them and waits until every node finds the Cluster well.
    pub fn start() -> Self {
        let nodes: Vec<RedisServer> = (0..6).map(|_| start_node()).collect();
        let mut command = Command::new(find("redis-cli"));
        command.args(["--cluster", "create"]);
        command.args(nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)));
        command.args(["--cluster-replicas", "1", "--cluster-yes"]);
        let output = command.output().expect("redis-cli runs");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stdout)
        );
        let cluster = Self { nodes };
        cluster.await_well();
        cluster
    }

    /// As the settings of a store take it: two of the nodes, from which the others are found.
    pub fn servers(&self) -> RedisServers {
        let seeds = self.nodes.iter().step_by(3);
        RedisServers::Cluster(
            seeds
                .map(|node| format!("127.0.0.1:{}", node.port))
                .collect(),
        )
    }

    /// Waits until every node that runs finds all slots served, and every primary that replicates
    /// has its replica in sync.
    pub fn await_well(&self) {
        for node in self.nodes.iter().filter(|node| node.runs()) {
            await_state(
                "the Cluster is well",
                || {
                    let info = node.cli(&["CLUSTER", "INFO"]);
                    let replication = node.cli(&["INFO", "replication"]);
                    info.contains("cluster_state:ok")
                        && info.contains("cluster_slots_ok:16384")
                        && !replication.contains("master_link_status:down")
                },
                || node.cli(&["CLUSTER", "NODES"]),
            );
        }
    }

    /// Waits until another node than the one that was killed serves the slot of `key`.
    pub fn await_other_primary_of(&self, key: &str) {
        let served = || {
            let node = self
                .nodes
                .iter()
                .find(|node| node.runs())
                .expect("a node runs");
            node.cli(&["CLUSTER", "INFO"]).contains("cluster_state:ok")
                && self.find_primary_of(key).is_some()
        };
        await_state("another node serves the slot", served, || key.to_owned());
    }

    /// Hands `count` slots over from one primary to another.
    pub fn move_slots(&self, from: usize, to: usize, count: usize) {
        let id = |place: usize| self.nodes[place].cli(&["CLUSTER", "MYID"]);
        let output = Command::new(find("redis-cli"))
            .args([
                "--cluster",
                "reshard",
                &format!("127.0.0.1:{}", self.nodes[from].port),
            ])
            .args(["--cluster-from", &id(from), "--cluster-to", &id(to)])
            .args(["--cluster-slots", &count.to_string(), "--cluster-yes"])
            .output()
            .expect("redis-cli runs");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stdout)
        );
    }

    /// The place of the primary of the slot of `key`.
    pub fn primary_of(&self, key: &str) -> usize {
        self.find_primary_of(key).expect("the slot is served")
    }

    fn find_primary_of(&self, key: &str) -> Option<usize> {
        let node = self
            .nodes
            .iter()
            .find(|node| node.runs())
            .expect("a node runs");
        let slot = node.cli(&["CLUSTER", "KEYSLOT", key]);
        let slot: u16 = slot.parse().expect("a slot");
        let served = |place: &usize| {
            let nodes = self.nodes[*place].cli(&["CLUSTER", "NODES"]);
            let own = nodes.lines().find(|line| line.contains("myself,master"));
            own.is_some_and(|line| {
                line.split_ascii_whitespace().skip(8).any(|range| {
                    let (first, last) = range.split_once('-').unwrap_or((range, range));
                    let bounds = (first.parse::<u16>(), last.parse::<u16>());
                    matches!(bounds, (Ok(first), Ok(last)) if (first..=last).contains(&slot))
                })
            })
        };
        (0..self.nodes.len())
            .filter(|place| self.nodes[*place].runs())
            .find(served)
    }
}

fn start_node() -> RedisServer {
    RedisServer::start_with(&[
        "--appendonly",
        "yes",
        "--appendfsync",
        "no",
        "--cluster-enabled",
        "yes",
        "--cluster-config-file",
        "nodes.conf",
        "--cluster-node-timeout",
        "1500",
        "--cluster-port",
        &free_port().to_string(),
        "--repl-diskless-sync-delay",
        "0",
    ])
}
