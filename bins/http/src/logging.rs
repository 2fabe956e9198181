//! The program's own log, on the standard error output.

use std::panic;

use tracing_subscriber::EnvFilter;
use warifu_config::settings::{LogLevel, Settings};

/// Begins to log as `settings` say, panics included.
pub(crate) fn begin(settings: &Settings) {
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(settings.logging.level))
        .with_writer(std::io::stderr);
    // Fails only where logging has begun already.
    let _ = if settings.logs_json() {
        builder.json().flatten_event(true).try_init()
    } else {
        builder.with_ansi(false).with_target(false).try_init()
    };
    panic::set_hook(Box::new(|panic| {
        // Where, but not what: a panic's message can quote what somebody entered.
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place = place.as_deref().unwrap_or("unknown"), "a panic");
    }));
}

/// Debugging and tracing are for Warifu alone: what other libraries say then can hold requests.
fn filter(level: LogLevel) -> EnvFilter {
    let others = match level {
        LogLevel::Debug | LogLevel::Trace => LogLevel::Info,
        level => level,
    };
    let crates = [
        "http",
        "config",
        "core",
        "inbound_http",
        "memory",
        "embedded",
        "totp",
        "argon2",
        "x509",
    ]
    .into_iter()
    .chain(["local_ca", "audit_file"]);
    crates.fold(EnvFilter::new(others.name()), |filter, name| match format!(
        "warifu_{name}={}",
        level.name()
    )
    .parse()
    {
        Ok(directive) => filter.add_directive(directive),
        Err(_) => filter,
    })
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
