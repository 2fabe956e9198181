use std::path::PathBuf;

use clap::{Args, Command, CommandFactory, FromArgMatches, Parser};
use warifu_config::Override;
use warifu_config::Program;

/// The name of the program where it has no other.
const OURS: &str = "warifu-http";
const EXAMPLES: &str = "Examples:\n  warifu-http --demo\n  warifu-http --config warifu.toml";

/// Serves Warifu's web pages, JSON API and operations endpoints.
#[derive(Parser)]
#[command(
    name = OURS,
    version,
    before_help = EXAMPLES,
    after_help = "Settings come from the built-in defaults, then each --config, then environment \
                  variables such as WARIFU__POLICY__OTP__MAX_FAILURES, then each --set.\n\n\
                  Signals: SIGTERM and SIGINT finish what was accepted and stop, a second one \
                  stops at once; SIGHUP reads the users file and the certificates again.\n\n\
                  Exit codes: 0 done · 1 unexpected · 2 wrong usage · 9 a back end is unavailable \
                  · 78 bad configuration · 130 stopped at once"
)]
pub(crate) struct Arguments {
    /// A configuration file; may be given several times, a later one wins
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Vec<PathBuf>,

    /// One setting, such as `policy.otp.max_failures=3`; wins over files and environment
    #[arg(long, value_name = "KEY.PATH=VALUE")]
    pub(crate) set: Vec<Override>,

    /// Try it out: people, certificates and passwords of a demonstration, all in memory
    #[cfg(feature = "demo")]
    #[arg(long)]
    pub(crate) demo: bool,

    #[command(flatten)]
    pub(crate) instead: Instead,
}

/// What to do instead of serving.
#[derive(Args)]
#[group(multiple = false)]
pub(crate) struct Instead {
    /// Check the configuration, reach every back end, and end
    #[arg(long)]
    pub(crate) check: bool,

    /// Print the settings in force as TOML, without secrets, and end
    #[arg(long)]
    pub(crate) print_config: bool,

    /// Print the JSON schema of configuration files and end
    #[arg(long)]
    pub(crate) print_schema: bool,
}

impl Arguments {
    /// Reads the arguments of `program`; ends where help is asked for or
    /// something is wrong.
    pub(crate) fn read(program: Option<Program>) -> Self {
        let matches = Self::of(program).get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }

    fn of(program: Option<Program>) -> Command {
        let command = Self::command();
        match program {
            None => command,
            Some(Program { name, version }) => command
                .name(name)
                .bin_name(name)
                .version(version)
                .before_help(EXAMPLES.replace(OURS, name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_fit_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn wrong_usage_has_its_own_exit_code() {
        for wrong in ["--sett", "--set=max_failures", "--check --print-config"] {
            let arguments = ["warifu-http"].into_iter().chain(wrong.split(' '));
            let error = Arguments::try_parse_from(arguments)
                .map(|_| ())
                .unwrap_err();
            assert_eq!(error.exit_code(), 2, "{wrong}");
        }
    }

    #[test]
    fn a_banks_own_program_bears_its_own_name() {
        let mut command = Arguments::of(Some(Program {
            name: "acme-http",
            version: "7.1",
        }));
        assert_eq!(command.render_version(), "acme-http 7.1\n");
        let help = command.render_long_help().to_string();
        assert!(
            help.contains("acme-http --demo") && help.contains("Usage: acme-http"),
            "{help}"
        );
        assert!(!help.contains(OURS), "{help}");
    }
}
