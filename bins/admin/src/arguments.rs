use std::path::PathBuf;

use clap::{Parser, Subcommand, value_parser};
use warifu_config::Override;

/// For bank operators and administrators at a terminal.
#[derive(Parser)]
#[command(
    name = "warifu-admin",
    version,
    before_help = "Example:\n  warifu-admin --config warifu.toml hash-password",
    after_help = "Exit codes: 0 done · 1 unexpected, or a bad audit log · 2 wrong usage · \
                  78 bad configuration · 130 interrupted",
    subcommand_required = true,
    disable_help_subcommand = true
)]
pub(crate) struct Arguments {
    /// A configuration file; may be given several times, a later one wins
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Vec<PathBuf>,

    /// One setting, such as `policy.hashing.time=3`; wins over files and environment
    #[arg(long, value_name = "KEY.PATH=VALUE")]
    pub(crate) set: Vec<Override>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Print the hash of a password for a users file
    ///
    /// Asks for the password twice at a terminal; otherwise reads one line from the standard
    /// input.
    HashPassword,

    /// Look into the audit log
    #[command(subcommand)]
    Audit(AuditCommand),

    /// Decide about the password store
    #[command(subcommand)]
    Store(StoreCommand),

    /// Measure how many passwords a second this machine can check
    ///
    /// Runs the configured hashing on all its threads and nothing else, to choose a machine by.
    BenchHash {
        /// For how long
        #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..=3600))]
        seconds: u64,

        /// Print it as JSON: `{"per_second": …}`
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
pub(crate) enum AuditCommand {
    /// Check that no record was changed, removed or moved
    Verify {
        /// The audit log
        file: PathBuf,
    },
}

#[derive(Subcommand)]
pub(crate) enum StoreCommand {
    /// Accept that the store has lost what it held, or is another one than before
    ///
    /// For when its data cannot be restored. Locks that were lost are open afterwards and retrieval
    /// passwords void; every program that uses the store must be restarted. Does nothing to a store
    /// that is well.
    Adopt,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_fit_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn what_is_not_there_is_wrong_usage() {
        for wrong in [
            &["freeze"][..],
            &[],
            &["audit"],
            &["bench-hash", "--seconds", "0"],
        ] {
            let arguments = ["warifu-admin"].into_iter().chain(wrong.iter().copied());
            let error = Arguments::try_parse_from(arguments)
                .map(|_| ())
                .unwrap_err();
            assert_eq!(error.exit_code(), 2, "{wrong:?}");
        }
    }
}
