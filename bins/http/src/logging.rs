//! The program's own log, on the standard error output.

use std::panic;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{fmt, registry};
use warifu_config::settings::{LogLevel, Settings};

/// Begins to log as `settings` say, panics included.
pub(crate) fn begin(settings: &Settings) {
    let filtered = registry().with(filter(settings.logging.level));
    let lines = fmt::layer().with_writer(std::io::stderr);
    // Fails only where logging has begun already.
    let _ = if settings.logs_json() {
        let lines = lines.json().flatten_event(true);
        filtered.with(lines).try_init()
    } else {
        let lines = lines.with_ansi(false).with_target(false);
        filtered.with(lines).try_init()
    };
    panic::set_hook(Box::new(|panic| {
        // Where, but not what: a panic's message can quote what somebody entered.
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place = place.as_deref().unwrap_or("unknown"), "a panic");
    }));
}

/// Debugging and tracing are for Warifu alone: what other libraries say then can hold requests.
fn filter(level: LogLevel) -> Targets {
    let (ours, others) = match level {
        LogLevel::Error => (LevelFilter::ERROR, LevelFilter::ERROR),
        LogLevel::Warn => (LevelFilter::WARN, LevelFilter::WARN),
        LogLevel::Info => (LevelFilter::INFO, LevelFilter::INFO),
        LogLevel::Debug => (LevelFilter::DEBUG, LevelFilter::INFO),
        LogLevel::Trace => (LevelFilter::TRACE, LevelFilter::INFO),
    };
    let crates = [
        "warifu_http",
        "warifu_config",
        "warifu_core",
        "warifu_inbound_http",
        "warifu_memory",
        "warifu_embedded",
        "warifu_totp",
        "warifu_argon2",
        "warifu_x509",
        "warifu_local_ca",
        "warifu_audit_file",
    ];
    Targets::new()
        .with_default(others)
        .with_targets(crates.map(|name| (name, ours)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_do_not_log_requests_whatever_the_level() {
        let shown = filter(LogLevel::Trace).to_string();
        assert!(
            shown.contains("warifu_core=trace") && shown.contains("info"),
            "{shown}"
        );
        assert!(
            !shown.split(',').any(|directive| directive == "trace"),
            "{shown}"
        );
        assert!(filter(LogLevel::Error).to_string().contains("error"));
    }
}
