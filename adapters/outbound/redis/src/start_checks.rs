//! What is asked of the servers before they are trusted.

use std::collections::HashMap;

use warifu_redis_link::{Address, Link};

use crate::error::OpenError;
use crate::settings::RedisSettings;

/// The first major version whose scripts can say that they write.
const OLDEST_MAJOR_VERSION: u32 = 7;

/// What a store demands of its servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Demands {
    /// They are nodes of a Cluster.
    pub(crate) cluster: bool,
    /// They keep what they are given over a restart.
    pub(crate) persistence: bool,
}

impl Demands {
    pub(crate) fn of(settings: &RedisSettings) -> Self {
        Self {
            cluster: settings.link.servers.is_cluster(),
            persistence: settings.production && !settings.allow_volatile,
        }
    }
}

/// What a server tells about itself: the lines of `INFO`.
#[derive(Clone, Copy)]
pub(crate) struct Told<'a>(pub(crate) &'a str);

impl<'a> Told<'a> {
    fn field(self, name: &str) -> Option<&'a str> {
        let mut lines = self.0.lines();
        lines
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .map(str::trim)
    }

    /// Its run, and how many keys it has evicted in it.
    pub(crate) fn evictions(self) -> (String, u64) {
        let run = self.field("run_id").unwrap_or_default().to_owned();
        let evicted = self
            .field("evicted_keys")
            .and_then(|text| text.parse().ok());
        (run, evicted.unwrap_or_default())
    }
}

/// Refuses servers that would lose what they are given. Says how many keys each had evicted before, by
/// its run.
pub(crate) async fn check(
    link: &Link,
    settings: &RedisSettings,
) -> Result<HashMap<String, u64>, OpenError> {
    let mut evicted = HashMap::new();
    for (address, info) in link.primaries_info().await? {
        judge(&address, &info, Demands::of(settings)).map_err(OpenError::Refused)?;
        evicted.extend([Told(&info).evictions()]);
    }
    Ok(evicted)
}

/// Says what is wrong with a server, and what to do.
pub(crate) fn judge(address: &Address, info: &str, demands: Demands) -> Result<(), String> {
    let field = |name| Told(info).field(name);
    let version = field("redis_version").unwrap_or_default();
    let major: u32 = version
        .split('.')
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    if major < OLDEST_MAJOR_VERSION {
        return Err(format!(
            "{address} is Redis {version:?}: use version {OLDEST_MAJOR_VERSION} or later"
        ));
    }
    match (demands.cluster, field("cluster_enabled") == Some("1")) {
        (false, true) => {
            return Err(format!(
                "{address} is a node of a Cluster: list nodes in redis.cluster instead"
            ));
        }
        (true, false) => {
            return Err(format!(
                "{address} is no node of a Cluster: give it as redis.url instead"
            ));
        }
        _ => {}
    }
    if field("role") != Some("master") {
        return Err(format!(
            "{address} is a replica: give the address of the primary, or redis.sentinels and \
             redis.master_name"
        ));
    }
    let eviction = field("maxmemory_policy").unwrap_or("unknown");
    if eviction != "noeviction" {
        return Err(format!(
            "{address} has maxmemory-policy {eviction}, which forgets locks when memory runs out: \
             set it to noeviction"
        ));
    }
    if demands.persistence {
        check_persistence(address, Told(info))?;
    }
    Ok(())
}

fn check_persistence(address: &Address, told: Told<'_>) -> Result<(), String> {
    if told.field("aof_enabled") != Some("1") {
        return Err(format!(
            "{address} has appendonly off, so a restart would bring redeemed passwords and lifted \
             locks back: set appendonly yes, or redis.allow_volatile = true"
        ));
    }
    // A snapshot that fails loses nothing beside an append-only file; whether a server takes writes
    // then is its own setting.
    let written = told.field("aof_last_write_status").unwrap_or("unknown");
    if written != "ok" {
        return Err(format!(
            "{address} cannot write its append-only file ({written}): make room on its disk, or \
             repair it"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use warifu_redis_link::RedisServers;

    const GOOD: &str = "# Server\r\nredis_version:7.0.15\r\ncluster_enabled:0\r\nrole:master\r\n\
                        maxmemory_policy:noeviction\r\naof_enabled:1\r\n\
                        aof_last_write_status:ok\r\n";

    fn judged(info: &str, change: impl FnOnce(&mut RedisSettings)) -> Result<(), String> {
        let mut settings = RedisSettings::new(RedisServers::Standalone("localhost".to_owned()));
        change(&mut settings);
        let address = Address::new("localhost", 6379);
        judge(&address, info, Demands::of(&settings))
    }

    #[test]
    fn a_server_that_keeps_everything_is_accepted() {
        assert_eq!(judged(GOOD, |_| {}), Ok(()));
    }

    #[test]
    fn a_server_that_would_lose_something_is_refused() {
        let cases = [
            ("noeviction", "allkeys-lru", "noeviction"),
            ("noeviction", "volatile-ttl", "noeviction"),
            ("aof_enabled:1", "aof_enabled:0", "appendonly yes"),
            ("version:7.0.15", "version:6.2.1", "version 7"),
            ("status:ok", "status:err", "append-only file"),
            ("role:master", "role:slave", "replica"),
            ("cluster_enabled:0", "cluster_enabled:1", "redis.cluster"),
        ];
        for (good, bad, words) in cases {
            let refusal = judged(&GOOD.replace(good, bad), |_| {}).unwrap_err();
            assert!(refusal.contains(words), "{refusal}");
        }
    }

    #[test]
    fn a_volatile_server_can_be_allowed_and_is_in_development() {
        let info = GOOD.replace("aof_enabled:1", "aof_enabled:0");
        assert_eq!(
            judged(&info, |settings| settings.allow_volatile = true),
            Ok(())
        );
        assert_eq!(
            judged(&info, |settings| settings.production = false),
            Ok(())
        );
    }
}
