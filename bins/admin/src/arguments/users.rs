use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use warifu_terminal::Format;

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
    ///
    /// Where the configuration's user directory is one that servers share (`redis`), the file is a
    /// users file (TOML), and each contract in it takes the place of what the directory had of it.
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

        /// Print `{"added": …, "changed": …, "unchanged": …}`; for a shared directory also `removed`
        #[arg(long)]
        json: bool,
    },

    /// Print the users of a contract as CSV or TOML, as `users import` reads it
    #[command(
        arg_required_else_help = true,
        before_help = "Example:\n  warifu-admin --config warifu.toml users export --contract 1234567890 \
                       > users.csv"
    )]
    Export {
        /// The contract number
        #[arg(long, value_name = "N")]
        contract: String,

        /// How
        #[arg(long, value_enum, default_value_t)]
        format: ExportFormat,
    },
}

/// How users leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// For spreadsheets
    #[default]
    Csv,
    /// A users file, without passwords and cards
    Toml,
}
