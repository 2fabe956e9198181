use clap::Args;
use warifu_messages::Locale;

use crate::wrong_value::WrongValue;

/// How a program speaks with people.
#[derive(Args, Clone, Debug, Default)]
pub struct TerminalOptions {
    /// The language of messages: ja or en [default: `WARIFU_LANG`, the system's, or ja]
    #[arg(long, global = true, value_name = "LANGUAGE", value_parser = language)]
    pub lang: Option<Locale>,

    /// Ask nothing: what is not given is wrong usage
    #[arg(long, global = true)]
    pub no_input: bool,

    /// No colours; `NO_COLOR` and `TERM=dumb` say the same
    #[arg(long, global = true)]
    pub no_color: bool,
}

fn language(text: &str) -> Result<Locale, WrongValue> {
    text.parse().map_err(|_| WrongValue("value-language"))
}

/// In which form data is printed.
#[derive(Args, Clone, Copy, Debug, Default)]
#[group(multiple = false)]
pub struct Format {
    /// Print one JSON object, with the names of the API
    #[arg(long)]
    pub json: bool,

    /// Print one record a line, separated by tabs
    #[arg(long)]
    pub plain: bool,
}
