mod audit;
mod bulk;
mod requests;
mod users;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use warifu_config::Override;
use warifu_terminal::{SheetFormat, TerminalOptions, WrongValue, exit};

pub(crate) use audit::{AuditCommand, AuditExtractArguments, AuditListArguments};
pub(crate) use bulk::BulkArguments;
pub(crate) use requests::{
    ReasonedArguments, RegisterArguments, RequestsCommand, StaffArguments, StepArguments,
};
pub(crate) use users::{ExportFormat, UsersCommand};

/// For bank operators and administrators at a terminal.
#[derive(Parser)]
#[command(
    name = "warifu-admin",
    version,
    before_help = "Examples:\n  warifu-admin --config warifu.toml users list --contract 1234567890\n  \
                   warifu-admin --config warifu.toml reissue --contract 1234567890 --operator admin01 \
                   --user user01 --not-instructed-by-others",
    after_help = exit::help(),
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub(crate) struct Arguments {
    /// A configuration file; may be given several times, a later one wins
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Vec<PathBuf>,

    /// One setting, such as `policy.hashing.time=3`; wins over files and environment
    #[arg(long, value_name = "KEY.PATH=VALUE", value_parser = setting)]
    pub(crate) set: Vec<Override>,

    /// Check the configuration, reach every back end, and end
    #[arg(long, conflicts_with = "print_config")]
    pub(crate) check: bool,

    /// Print the settings in force as TOML, without secrets, and end
    #[arg(long)]
    pub(crate) print_config: bool,

    #[command(flatten)]
    pub(crate) terminal: TerminalOptions,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Look at the users of a contract
    #[command(subcommand, arg_required_else_help = true)]
    Users(UsersCommand),

    /// Reissue the certificate retrieval password of another user
    ///
    /// The operator's own transaction password is asked for. The new password goes to a new file, or
    /// to the standard output; the earlier one is void.
    #[command(
        arg_required_else_help = true,
        before_help = "Example:\n  warifu-admin --config warifu.toml reissue --contract 1234567890 \
                       --operator admin01 --user user01 --not-instructed-by-others --output user01.txt"
    )]
    Reissue(Box<ReissueArguments>),

    /// Reissue for many users in one run
    ///
    /// Writes one sheet a user to hand over. Can be interrupted: the same command goes on where it
    /// stopped. Wrong lines of the users file are all named, and nothing is done.
    #[command(
        arg_required_else_help = true,
        before_help = "Example:\n  warifu-admin --config warifu.toml bulk-reissue --contract 1234567890 \
                       --operator admin01 --users-file users.csv --not-instructed-by-others \
                       --sheets sheets --confirm 40"
    )]
    BulkReissue(Box<BulkArguments>),

    /// Lift a lock of another user
    ///
    /// For service administrators, never for oneself. The lock of a retrieval password goes only by
    /// reissue.
    #[command(
        arg_required_else_help = true,
        before_help = "Example:\n  warifu-admin --config warifu.toml unlock --contract 1234567890 \
                       --operator admin01 --user user01 --purpose login"
    )]
    Unlock(UnlockArguments),

    /// End the sessions of a user
    #[command(subcommand, arg_required_else_help = true)]
    Sessions(SessionsCommand),

    /// Print the hash of a password for a users file
    ///
    /// Asks for the password twice at a terminal; otherwise reads one line from the standard
    /// input.
    #[command(before_help = "Example:\n  warifu-admin hash-password")]
    HashPassword,

    /// Look into the audit log
    #[command(subcommand, arg_required_else_help = true)]
    Audit(AuditCommand),

    /// Decide about the password store
    #[command(subcommand)]
    Store(StoreCommand),

    /// Measure how many passwords a second this machine can check
    ///
    /// Runs the configured hashing on all its threads and nothing else, to choose a machine by.
    #[command(before_help = "Example:\n  warifu-admin bench-hash --seconds 5")]
    BenchHash {
        /// For how long
        #[arg(long, value_name = "N", value_parser = measured_seconds)]
        seconds: u64,

        /// Print it as JSON: `{"per_second": …}`
        #[arg(long)]
        json: bool,
    },

    /// Print a completion script for a shell
    #[command(before_help = "Example:\n  warifu-admin completions bash > \
                       ~/.local/share/bash-completion/completions/warifu-admin")]
    Completions {
        /// Which shell
        shell: Shell,
    },

    /// Write the manual pages into a folder
    #[command(before_help = "Example:\n  warifu-admin man share/man/man1")]
    Man {
        /// The folder
        folder: PathBuf,
    },

    /// Handle requests on paper, with four eyes
    ///
    /// Every command asks for the login password and a one-time password of the member of staff who
    /// acts, as the back office's pages do.
    #[command(subcommand, arg_required_else_help = true)]
    Requests(RequestsCommand),
    /// Stop everything of a contract: not available in this version
    #[command(hide = true)]
    Freeze(Later),
    /// Tell which contracts are about to be stranded: not available in this version
    #[command(hide = true)]
    Forecast(Later),
}

/// A command that is announced but not available yet: refused by name, whatever follows.
#[derive(Args)]
pub(crate) struct Later {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    _rest: Vec<OsString>,
}

/// Who acts, for the users of which contract.
#[derive(Args)]
pub(crate) struct OperatorArguments {
    /// The contract number
    #[arg(long, value_name = "N")]
    pub(crate) contract: String,

    /// The user ID of who acts
    #[arg(long, value_name = "ID")]
    pub(crate) operator: String,

    /// A file with the operator's transaction password (`-`: the standard input); asked for without
    #[arg(long, value_name = "FILE")]
    pub(crate) transaction_password_file: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct ReissueArguments {
    #[command(flatten)]
    pub(crate) operator: OperatorArguments,

    /// The user ID of whose password is reissued
    #[arg(long, value_name = "ID")]
    pub(crate) user: String,

    /// Confirm that nobody gave instructions for this by telephone, voice, mail or message
    #[arg(long)]
    pub(crate) not_instructed_by_others: bool,

    /// A new file for the password; `-` prints it
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// A new file with the sheet to hand over
    #[arg(long, value_name = "FILE")]
    pub(crate) sheet: Option<PathBuf>,

    /// What the sheet is [default: pdf for a FILE.pdf, otherwise html]; `both` writes FILE.html and
    /// FILE.pdf
    #[arg(long, value_name = "FORMAT", requires = "sheet")]
    pub(crate) sheet_format: Option<SheetFormat>,

    /// Do not ask whether to go on
    #[arg(long)]
    pub(crate) yes: bool,

    /// Print the answer of the API as JSON (with --output FILE: without the password)
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct UnlockArguments {
    #[command(flatten)]
    pub(crate) operator: OperatorArguments,

    /// The user ID of whose lock is lifted
    #[arg(long, value_name = "ID")]
    pub(crate) user: String,

    /// Which lock
    #[arg(long)]
    pub(crate) purpose: UnlockPurpose,

    /// Print `{"user_id": …, "purpose": …}`
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Subcommand)]
pub(crate) enum SessionsCommand {
    /// Log a user out everywhere
    ///
    /// On every surface and every server. Locks and passwords stay as they are: whoever knows the
    /// login password can log in again.
    #[command(
        arg_required_else_help = true,
        before_help = "Example:\n  warifu-admin --config warifu.toml sessions end --contract 1234567890 \
                       --user user01"
    )]
    End {
        /// The contract number
        #[arg(long, value_name = "N")]
        contract: String,

        /// The user ID of whose sessions end
        #[arg(long, value_name = "ID")]
        user: String,

        /// Print `{"user_id": …}`
        #[arg(long)]
        json: bool,
    },
}

/// What can be unlocked.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum UnlockPurpose {
    /// The login password
    Login,
    /// The transaction password
    Transaction,
    /// The one-time password
    Otp,
}

impl UnlockPurpose {
    /// The stable name, as in the API.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Transaction => "transaction",
            Self::Otp => "otp",
        }
    }
}

#[derive(Subcommand)]
pub(crate) enum StoreCommand {
    /// Accept that the store has lost what it held, or is another one than before
    ///
    /// For when its data cannot be restored. Locks that were lost are open afterwards and retrieval
    /// passwords void; every program that uses the store must be restarted. Does nothing to a store
    /// that is well.
    #[command(before_help = "Example:\n  warifu-admin --config warifu.toml store adopt")]
    Adopt,
}

fn measured_seconds(text: &str) -> Result<u64, WrongValue> {
    match text.parse() {
        Ok(seconds @ 1..=3600) => Ok(seconds),
        _ => Err(WrongValue("value-seconds")),
    }
}

fn setting(text: &str) -> Result<Override, WrongValue> {
    text.parse()
        .map_err(|_: String| WrongValue("value-setting"))
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
    fn all_of_it_is_told_in_japanese() {
        let gaps = warifu_terminal::help_gaps(&Arguments::command());
        assert!(gaps.is_empty(), "{gaps:#?}");
    }

    #[test]
    fn what_is_not_there_is_wrong_usage() {
        for wrong in [
            &["dance"][..],
            &[],
            &["audit"],
            &["users"],
            &["bench-hash", "--seconds", "0"],
            &["users", "list", "--contract", "1", "--json", "--plain"],
            &[
                "unlock",
                "--contract",
                "1",
                "--operator",
                "a",
                "--user",
                "b",
                "--purpose",
                "retrieval",
            ],
        ] {
            let arguments = ["warifu-admin"].into_iter().chain(wrong.iter().copied());
            let error = Arguments::try_parse_from(arguments)
                .map(|_| ())
                .unwrap_err();
            assert_eq!(error.exit_code(), 2, "{wrong:?}");
        }
    }

    /// An example first, on every page that people read.
    #[test]
    fn every_help_page_begins_with_an_example() {
        fn check(command: &clap::Command, path: &str) {
            let mut runs = true;
            for subcommand in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
                runs = false;
                check(subcommand, &format!("{path} {}", subcommand.get_name()));
            }
            if runs {
                let example = command.get_before_help().map(ToString::to_string);
                let example = example.unwrap_or_default();
                assert!(example.starts_with("Example"), "{path}");
                assert!(example.contains(command.get_name()), "{path}");
            }
        }
        check(&Arguments::command(), "warifu-admin");
    }
}
