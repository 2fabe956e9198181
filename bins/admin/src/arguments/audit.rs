use std::path::PathBuf;

use clap::{Args, Subcommand};
use warifu_core::domain::Timestamp;
use warifu_terminal::{Format, WrongValue};

#[derive(Subcommand)]
pub(crate) enum AuditCommand {
    /// Check that no record was changed, removed or moved
    #[command(before_help = "Example:\n  warifu-admin audit verify var/audit.jsonl")]
    ///
    /// A log is all its files: those that were closed lie beside the one that is written, and are
    /// checked with it. Of a folder that `audit extract` made, checks that it is what the bank signed.
    Verify {
        /// The audit log, its files or its folder, or that of an extract; else the configuration's log
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,

        /// Checkpoints that were kept elsewhere, a line each: also finds records cut off the end
        #[arg(long, value_name = "FILE")]
        checkpoint: Option<PathBuf>,

        /// Check a log that begins with a later file: the earlier ones are kept elsewhere
        #[arg(long, requires = "files")]
        earlier_elsewhere: bool,

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

    /// Close the file of the log and begin a new one, also beside a server at work
    ///
    /// The file that is closed stays in its folder, under a name with a number and the time. The new
    /// one begins with what stood before it.
    #[command(before_help = "Example:\n  warifu-admin audit rotate")]
    Rotate {
        /// Print what was closed as JSON
        #[arg(long)]
        json: bool,
    },

    /// Copy the log of the configuration into a file, to be kept elsewhere
    #[command(
        arg_required_else_help = true,
        before_help = "Example:\n  warifu-admin audit export --out 2026-11-22.jsonl"
    )]
    Export {
        /// A new file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },

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

fn moment(text: &str) -> Result<Timestamp, WrongValue> {
    Timestamp::parse_rfc3339(text).ok_or(WrongValue("value-moment"))
}
