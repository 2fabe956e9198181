use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use warifu_terminal::SheetFormat;

use super::OperatorArguments;

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

    /// The folder for the sheets, one USERID.html or USERID.pdf each
    #[arg(long, value_name = "DIR")]
    pub(crate) sheets: PathBuf,

    /// What the sheets are
    #[arg(long, value_name = "FORMAT", default_value = "html")]
    pub(crate) sheet_format: SheetFormat,

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
