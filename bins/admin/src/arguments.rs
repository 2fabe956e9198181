use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum, value_parser};
use clap_complete::Shell;
use warifu_config::Override;
use warifu_core::domain::Timestamp;
use warifu_terminal::{Format, TerminalOptions, exit};

/// For bank operators and administrators at a terminal.
#[derive(Parser)]
#[command(
    name = "warifu-admin",
    version,
    before_help = "Examples:\n  warifu-admin --config warifu.toml users list --contract 1234567890\n  \
                   warifu-admin --config warifu.toml reissue --contract 1234567890 --operator admin01 \
                   --user user01 --not-instructed-by-others",
    after_help = exit::HELP,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub(crate) struct Arguments {
    /// A configuration file; may be given several times, a later one wins
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Vec<PathBuf>,

    /// One setting, such as `policy.hashing.time=3`; wins over files and environment
    #[arg(long, value_name = "KEY.PATH=VALUE")]
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

    /// Print the hash of a password for a users file
    ///
    /// Asks for the password twice at a terminal; otherwise reads one line from the standard
    /// input.
    #[command(before_help = "Example:\n  warifu-admin hash-password")]
    HashPassword,

    /// Look into the audit log
    #[command(subcommand, arg_required_else_help = true)]
    Audit(AuditCommand),

    /// Measure how many passwords a second this machine can check
    ///
    /// Runs the configured hashing on all its threads and nothing else, to choose a machine by.
    #[command(before_help = "Example:\n  warifu-admin bench-hash --seconds 5")]
    BenchHash {
        /// For how long
        #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..=3600))]
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

    /// Paper requests
    #[command(hide = true)]
    Requests(Later),
    /// Stop everything of a contract
    #[command(hide = true)]
    Freeze(Later),
    /// Tell which contracts are about to be stranded
    #[command(hide = true)]
    Forecast(Later),
}

/// A command that is announced but not available yet: refused by name, whatever follows.
#[derive(Args)]
pub(crate) struct Later {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    _rest: Vec<OsString>,
}

#[derive(Subcommand)]
pub(crate) enum UsersCommand {
    /// List the users of a contract with the state of certificate, password and locks
    #[command(
        arg_required_else_help = true,
        before_help = "Example:\n  warifu-admin users list --contract 1234567890 --status expiring"
    )]
    List {
        /// The contract number
        #[arg(long, value_name = "N")]
        contract: String,

        /// Part of a user ID or name
        #[arg(long, value_name = "Q")]
        query: Option<String>,

        /// Only of this status: none, valid, expiring, expired, revoked or locked
        #[arg(long, value_name = "S")]
        status: Option<String>,

        #[command(flatten)]
        format: Format,
    },

    /// Show one user
    #[command(
        arg_required_else_help = true,
        before_help = "Example:\n  warifu-admin users show --contract 1234567890 --user user01"
    )]
    Show {
        /// The contract number
        #[arg(long, value_name = "N")]
        contract: String,

        /// The user ID
        #[arg(long, value_name = "ID")]
        user: String,

        #[command(flatten)]
        format: Format,
    },

    /// Bring users into the users file
    ///
    /// Of a CSV file with the columns `contract_number`, `user_id`, `name` and, where wanted,
    /// `service_administrator`, `permissions`, `mail`, `disabled`; or of another users file (TOML).
    /// What the file does not say of a user stays. Servers read it anew on SIGHUP.
    #[command(
        arg_required_else_help = true,
        before_help = "Example:\n  warifu-admin --config warifu.toml users import users.csv --dry-run"
    )]
    Import {
        /// The CSV or TOML file
        file: PathBuf,

        /// The users file [default: the one of the configuration]
        #[arg(long, value_name = "USERS.toml")]
        into: Option<PathBuf>,

        /// Only say what would be done
        #[arg(long)]
        dry_run: bool,

        /// Print `{"added": …, "changed": …, "unchanged": …}`
        #[arg(long)]
        json: bool,
    },

    /// Print the users of a contract as CSV, as `users import` reads it
    #[command(
        arg_required_else_help = true,
        before_help = "Example:\n  warifu-admin --config warifu.toml users export --contract 1234567890 \
                       > users.csv"
    )]
    Export {
        /// The contract number
        #[arg(long, value_name = "N")]
        contract: String,
    },
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

    /// A new HTML file with the sheet to hand over
    #[arg(long, value_name = "FILE.html")]
    pub(crate) sheet: Option<PathBuf>,

    /// Do not ask whether to go on
    #[arg(long)]
    pub(crate) yes: bool,

    /// Print the answer of the API as JSON (with --output FILE: without the password)
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
#[command(group = clap::ArgGroup::new("users").required(true))]
pub(crate) struct BulkArguments {
    #[command(flatten)]
    pub(crate) operator: OperatorArguments,

    /// For whom: a CSV file with the header `user_id`
    #[arg(long, value_name = "FILE", group = "users")]
    pub(crate) users_file: Option<PathBuf>,

    /// For whom: everybody whose certificate ends within so long, such as 28d
    #[arg(long, value_name = "DURATION", group = "users", value_parser = days_or_hours)]
    pub(crate) expiring_within: Option<Duration>,

    /// Confirm that nobody gave instructions for this by telephone, voice, mail or message
    #[arg(long)]
    pub(crate) not_instructed_by_others: bool,

    /// The folder for the sheets, one USERID.html each
    #[arg(long, value_name = "DIR")]
    pub(crate) sheets: PathBuf,

    /// What was done, to go on after an interruption [default: DIR.journal]
    #[arg(long, value_name = "FILE")]
    pub(crate) journal: Option<PathBuf>,

    /// A new CSV file with what became of each user, for the files
    #[arg(long, value_name = "FILE")]
    pub(crate) summary: Option<PathBuf>,

    /// For how many users, as you know it; asked for without
    #[arg(long, value_name = "COUNT", conflicts_with = "dry_run")]
    pub(crate) confirm: Option<usize>,

    /// Only say for whom it would reissue, and for whom it could not
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// The user ID of a second person who agrees
    #[arg(long, value_name = "ID")]
    pub(crate) approver: Option<String>,

    /// A file with that person's transaction password (`-`: the standard input); asked for without
    #[arg(long, value_name = "FILE", requires = "approver")]
    pub(crate) approver_password_file: Option<PathBuf>,

    /// Print what was done as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

impl BulkArguments {
    /// The journal given, or the one beside the sheets.
    pub(crate) fn journal_path(&self) -> PathBuf {
        self.journal.clone().unwrap_or_else(|| {
            // `sheets/` and `sheets` are one folder.
            let mut beside: OsString = self.sheets.components().as_path().into();
            beside.push(".journal");
            PathBuf::from(beside)
        })
    }
}

/// `28d`, `12h`.
fn days_or_hours(text: &str) -> Result<Duration, String> {
    let wrong = || "write it as 28d or 12h".to_owned();
    let (number, seconds) = match (text.strip_suffix('d'), text.strip_suffix('h')) {
        (Some(days), _) => (days, 86_400),
        (None, Some(hours)) => (hours, 3_600),
        (None, None) => return Err(wrong()),
    };
    let number: u32 = number.parse().map_err(|_| wrong())?;
    Ok(Duration::from_secs(u64::from(number) * seconds))
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

/// What can be unlocked.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum UnlockPurpose {
    /// ログインパスワード
    Login,
    /// 取引実行パスワード
    Transaction,
    /// ワンタイムパスワード
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
pub(crate) enum AuditCommand {
    /// Check that no record was changed, removed or moved
    #[command(before_help = "Example:\n  warifu-admin audit verify var/audit.jsonl")]
    ///
    /// Of a folder that `audit extract` made, checks that it is what the bank signed.
    Verify {
        /// The audit log, or the folder of an extract
        file: PathBuf,

        /// A checkpoint that was kept elsewhere: also finds records cut off the end
        #[arg(long, value_name = "FILE")]
        checkpoint: Option<PathBuf>,

        /// The public key (PEM) of who signed the checkpoint or the extract
        #[arg(long, value_name = "FILE")]
        public_key_file: Option<PathBuf>,
    },

    /// List the operation history of a contract, newest first
    #[command(
        arg_required_else_help = true,
        before_help = "Example:\n  warifu-admin audit list --contract 1234567890 --event lock.set"
    )]
    List(AuditListArguments),

    /// Hand a customer the records of their contract, signed
    ///
    /// Checks the whole log first. The customer checks the folder with the published key:
    /// `warifu-admin audit verify DIR --public-key-file KEY`.
    #[command(
        arg_required_else_help = true,
        before_help = "Example:\n  warifu-admin audit extract --contract 1234567890 \
                       --signing-key-file audit.key --out extract"
    )]
    Extract(AuditExtractArguments),

    /// Sign where the log stands, to be kept elsewhere
    ///
    /// With it `audit verify --checkpoint` finds what was cut off the end of the log.
    #[command(
        arg_required_else_help = true,
        before_help = "Example:\n  warifu-admin audit checkpoint --signing-key-file audit.key \
                       --out 2026-11-22.json"
    )]
    Checkpoint {
        /// The key to sign with: Ed25519, PKCS#8 in PEM
        #[arg(long, value_name = "FILE")]
        signing_key_file: PathBuf,

        /// A new file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

#[derive(Args)]
pub(crate) struct AuditListArguments {
    /// The contract number
    #[arg(long, value_name = "N")]
    pub(crate) contract: String,

    /// Not before (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) from: Option<Timestamp>,

    /// Before (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) to: Option<Timestamp>,

    /// Done by this user
    #[arg(long, value_name = "ID")]
    pub(crate) actor: Option<String>,

    /// Done on this user
    #[arg(long, value_name = "ID")]
    pub(crate) target: Option<String>,

    /// Of this kind, such as login.refused
    #[arg(long, value_name = "EVENT")]
    pub(crate) event: Option<String>,

    /// How many at most
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    pub(crate) limit: usize,

    #[command(flatten)]
    pub(crate) format: Format,
}

#[derive(Args)]
pub(crate) struct AuditExtractArguments {
    /// The contract number
    #[arg(long, value_name = "N")]
    pub(crate) contract: String,

    /// Not before (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) from: Option<Timestamp>,

    /// Before (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) to: Option<Timestamp>,

    /// The key to sign with: Ed25519, PKCS#8 in PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) signing_key_file: PathBuf,

    /// A new folder
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

fn moment(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse_rfc3339(text).ok_or_else(|| "write it as 2026-12-31T00:00:00Z".to_owned())
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
