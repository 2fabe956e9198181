//! What is asked of the servers before they are trusted.

use warifu_redis_link::{Address, Link};

use crate::error::OpenError;
use crate::settings::RedisSettings;

/// The first major version whose scripts can say that they write.
const OLDEST_MAJOR_VERSION: u32 = 7;

/// Refuses servers that would lose what they are given.
pub(crate) async fn check(link: &Link, settings: &RedisSettings) -> Result<(), OpenError> {
    for (address, info) in link.primaries_info().await? {
        judge(&address, &info, settings)?;
    }
    Ok(())
}

fn judge(address: &Address, info: &str, settings: &RedisSettings) -> Result<(), OpenError> {
    let field = |name: &str| {
        info.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .map(str::trim)
    };
    let refuse = |words: String| Err(OpenError::refused(words));
    let version = field("redis_version").unwrap_or_default();
    let major: u32 = version
        .split('.')
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    if major < OLDEST_MAJOR_VERSION {
        return refuse(format!(
            "{address} is Redis {version:?}: use version {OLDEST_MAJOR_VERSION} or later"
        ));
    }
    let cluster = settings.link.servers.is_cluster();
    match (cluster, field("cluster_enabled") == Some("1")) {
        (false, true) => {
            return refuse(format!(
                "{address} is a node of a Cluster: list nodes in redis.cluster instead"
            ));
        }
        (true, false) => {
            return refuse(format!(
                "{address} is no node of a Cluster: give it as redis.url instead"
            ));
        }
        _ => {}
    }
    if field("role") != Some("master") {
        return refuse(format!(
            "{address} is a replica: give the address of the primary, or redis.sentinels and \
             redis.master_name"
        ));
    }
    let eviction = field("maxmemory_policy").unwrap_or("unknown");
    if eviction != "noeviction" {
        return refuse(format!(
            "{address} has maxmemory-policy {eviction}, which forgets locks when memory runs out: \
             set it to noeviction"
        ));
    }
    let persists = field("aof_enabled") == Some("1");
    if !persists && settings.production && !settings.allow_volatile {
        return refuse(format!(
            "{address} has appendonly off, so a restart would bring redeemed passwords and lifted \
             locks back: set appendonly yes, or redis.allow_volatile = true"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use warifu_redis_link::RedisServers;

    const GOOD: &str = "# Server\r\nredis_version:7.0.15\r\ncluster_enabled:0\r\nrole:master\r\n\
                        maxmemory_policy:noeviction\r\naof_enabled:1\r\n";

    fn judged(info: &str, change: impl FnOnce(&mut RedisSettings)) -> Result<(), String> {
        let mut settings = RedisSettings::new(RedisServers::Standalone("localhost".to_owned()));
        change(&mut settings);
        let address = Address::new("localhost", 6379);
        judge(&address, info, &settings).map_err(|error| error.to_string())
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
