use std::path::PathBuf;

use clap::{Args, Subcommand};
use warifu_terminal::Format;

#[derive(Subcommand)]
pub(crate) enum RequestsCommand {
    /// List requests; queues oldest first, the rest newest first
    #[command(
        arg_required_else_help = true,
        before_help = "Example:\n  warifu-admin requests list --staff checker1 --tab to-decide"
    )]
    List {
        #[command(flatten)]
        staff: StaffArguments,

        /// Which: to-decide, returned, to-print, to-post, undelivered, waiting (one's own), processed
        /// or all
        #[arg(long, value_name = "TAB", default_value = "all")]
        tab: String,

        /// Only in this state, such as pending or approved
        #[arg(long, value_name = "S")]
        state: Option<String>,

        /// Part of a reception number, contract number, user ID or name
        #[arg(long, value_name = "Q")]
        query: Option<String>,

        #[command(flatten)]
        format: Format,
    },

    /// Show one request with its history
    #[command(
        arg_required_else_help = true,
        before_help = "Example:\n  warifu-admin requests show KT7M-9XHW --staff checker1"
    )]
    Show {
        /// The reception number
        number: String,

        #[command(flatten)]
        staff: StaffArguments,

        #[command(flatten)]
        format: Format,
    },

    /// Take form 3 down and ask for approval
    #[command(
        arg_required_else_help = true,
        before_help = "Example:\n  warifu-admin requests register --staff maker1 --contract 1234567890 \
                       --user user01 --matter reissue-retrieval-password --received-on 2026-03-31 \
                       --scan-reference S-1 --seal-checked --identity-checked --address-checked"
    )]
    Register(Box<RegisterArguments>),

    /// Agree to a request that another registered
    #[command(
        arg_required_else_help = true,
        before_help = "Example:\n  warifu-admin requests approve KT7M-9XHW --staff checker1"
    )]
    Approve(StepArguments),

    /// Refuse a request for good
    #[command(
        arg_required_else_help = true,
        before_help = "Example:\n  warifu-admin requests reject KT7M-9XHW --staff checker1 \
                       --reason 'another seal'"
    )]
    Reject(ReasonedArguments),

    /// Give a request back to be corrected
    #[command(
        arg_required_else_help = true,
        before_help = "Example:\n  warifu-admin requests return KT7M-9XHW --staff checker1 \
                       --reason 'the date is missing'"
    )]
    Return(ReasonedArguments),

    /// Write the sealed notice of an approved request into a new file, once
    ///
    /// For makers who did not approve it. Writing it counts as printing it. The password shows only when the file is printed; delete the
    /// file then.
    #[command(
        arg_required_else_help = true,
        before_help = "Example:\n  warifu-admin requests print KT7M-9XHW --staff maker1 \
                       --sheet notice.html"
    )]
    Print {
        /// The reception number
        number: String,

        #[command(flatten)]
        staff: StaffArguments,

        /// A new HTML file with the notice
        #[arg(long, value_name = "FILE.html")]
        sheet: PathBuf,

        /// Print the request as JSON, without the password
        #[arg(long)]
        json: bool,
    },

    /// Report that a printed notice is no good, or came back, and ask for a new one
    ///
    /// Another decides, who neither registered the request nor printed the notice. The password of the
    /// first notice is void then.
    #[command(
        arg_required_else_help = true,
        before_help = "Example:\n  warifu-admin requests reprint KT7M-9XHW --staff maker1 \
                       --reason 'paper jam'"
    )]
    Reprint(ReasonedArguments),

    /// Record that a notice was given to the post
    #[command(
        arg_required_else_help = true,
        before_help = "Example:\n  warifu-admin requests posted KT7M-9XHW --staff maker1"
    )]
    Posted(StepArguments),

    /// Record that a notice came back undelivered; its password is taken back
    #[command(
        arg_required_else_help = true,
        before_help = "Example:\n  warifu-admin requests undelivered KT7M-9XHW --staff maker1"
    )]
    Undelivered(StepArguments),

    /// Record that everything is done
    #[command(
        arg_required_else_help = true,
        before_help = "Example:\n  warifu-admin requests complete KT7M-9XHW --staff maker1"
    )]
    Complete(StepArguments),

    /// Give a request up
    #[command(
        arg_required_else_help = true,
        before_help = "Example:\n  warifu-admin requests cancel KT7M-9XHW --staff maker1"
    )]
    Cancel(StepArguments),
}

/// Which member of staff acts.
#[derive(Args)]
pub(crate) struct StaffArguments {
    /// The staff ID of who acts
    #[arg(long, value_name = "ID")]
    pub(crate) staff: String,

    /// A file with their login password (`-`: the standard input); asked for without
    #[arg(long, value_name = "FILE")]
    pub(crate) login_password_file: Option<PathBuf>,

    /// A file with their one-time password (`-`: the standard input); asked for without
    #[arg(long, value_name = "FILE")]
    pub(crate) otp_file: Option<PathBuf>,
}

/// A step on one request.
#[derive(Args)]
pub(crate) struct StepArguments {
    /// The reception number
    pub(crate) number: String,

    #[command(flatten)]
    pub(crate) staff: StaffArguments,

    /// The version that was looked at; refused where it is another by now. Without: the current one
    #[arg(long, value_name = "N")]
    pub(crate) version: Option<u64>,

    /// Print the request as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// A step that needs a reason.
#[derive(Args)]
pub(crate) struct ReasonedArguments {
    #[command(flatten)]
    pub(crate) step: StepArguments,

    /// Why; shown to who registered the request
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

#[derive(Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of the command"
)]
pub(crate) struct RegisterArguments {
    #[command(flatten)]
    pub(crate) staff: StaffArguments,

    /// The contract number on the form
    #[arg(long, value_name = "N")]
    pub(crate) contract: String,

    /// The user ID on the form
    #[arg(long, value_name = "ID")]
    pub(crate) user: String,

    /// The user's name as written; without: as the directory knows it
    #[arg(long, value_name = "NAME", default_value = "")]
    pub(crate) user_name: String,

    /// The edition printed on the form
    #[arg(long, value_name = "KEY", default_value = "standard")]
    pub(crate) edition: String,

    /// What is asked for; may be given several times: reissue-retrieval-password, unlock-login,
    /// unlock-transaction, unlock-otp, rebind-otp
    #[arg(long, value_name = "MATTER", required = true)]
    pub(crate) matter: Vec<String>,

    /// When the form arrived, such as 2026-03-31
    #[arg(long, value_name = "DATE")]
    pub(crate) received_on: String,

    /// Where the picture of the form is kept
    #[arg(long, value_name = "TEXT")]
    pub(crate) scan_reference: String,

    /// The number of the new card, with rebind-otp
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) card_serial: String,

    /// 届出印の照合 is done
    #[arg(long)]
    pub(crate) seal_checked: bool,

    /// 本人確認 is done
    #[arg(long)]
    pub(crate) identity_checked: bool,

    /// 登録住所の確認 is done
    #[arg(long)]
    pub(crate) address_checked: bool,

    /// Keep a draft instead of asking for approval
    #[arg(long)]
    pub(crate) draft: bool,

    /// Print the request as JSON
    #[arg(long)]
    pub(crate) json: bool,
}
