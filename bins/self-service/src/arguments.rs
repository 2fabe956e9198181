use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
#[cfg(feature = "in-process")]
use warifu_config::Override;
#[cfg(feature = "in-process")]
use warifu_terminal::WrongValue;
use warifu_terminal::{TerminalOptions, exit};

/// Your own certificate, at a terminal: a new retrieval password, and the certificate it fetches.
#[derive(Parser)]
#[command(
    name = "warifu-self-service",
    version,
    before_help = "Example:\n  warifu-self-service --server https://certificate.bank.example renew \
                   --contract 1234567890 --user user01 --out user01.p12",
    after_help = exit::help(),
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub(crate) struct Arguments {
    /// The bank's server; http:// on this machine only [default: the one of last time]
    #[arg(long, value_name = "URL", conflicts_with_all = ["config", "set", "print_config"])]
    pub(crate) server: Option<String>,

    /// Authorities (PEM) that the server's certificate may be of, instead of the system's
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,

    /// Check that the service answers, and end
    #[arg(long, conflicts_with = "print_config")]
    pub(crate) check: bool,

    #[command(flatten)]
    pub(crate) in_process: InProcessArguments,

    #[command(flatten)]
    pub(crate) terminal: TerminalOptions,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// One setting, as text where nobody is there to read it.
#[cfg(not(feature = "in-process"))]
type Override = String;

/// Instead of a server. A program that is built without the feature `in-process` knows of it only to
/// say so.
#[derive(Args)]
pub(crate) struct InProcessArguments {
    /// For development: no server, but a configuration file, in this process
    #[arg(long, value_name = "FILE", hide = cfg!(not(feature = "in-process")))]
    pub(crate) config: Vec<PathBuf>,

    /// For development: one setting, such as `policy.otp.max_failures=3`
    #[arg(long, value_name = "KEY.PATH=VALUE", hide = cfg!(not(feature = "in-process")))]
    #[cfg_attr(feature = "in-process", arg(value_parser = setting))]
    pub(crate) set: Vec<Override>,

    /// Print the settings of --config in force as TOML, without secrets, and end
    #[arg(long, hide = cfg!(not(feature = "in-process")))]
    pub(crate) print_config: bool,
}

impl InProcessArguments {
    /// The first option given of those that stand for a server.
    pub(crate) fn given(&self) -> Option<&'static str> {
        [
            ("--config", !self.config.is_empty()),
            ("--set", !self.set.is_empty()),
            ("--print-config", self.print_config),
        ]
        .into_iter()
        .find_map(|(option, given)| given.then_some(option))
    }
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Reissue your own certificate retrieval password
    ///
    /// Asks for the login password and a one-time password. The earlier retrieval password is void.
    #[command(
        before_help = "Example:\n  warifu-self-service --server https://certificate.bank.example \
                       reissue --contract 1234567890 --user user01"
    )]
    Reissue(ReissueArguments),

    /// Fetch your certificate with a retrieval password
    ///
    /// The key is made on this machine and never leaves it. If the connection breaks, run the same
    /// command again: the key is kept until its certificate is here.
    #[command(
        before_help = "Example:\n  warifu-self-service --server https://certificate.bank.example \
                       retrieve --contract 1234567890 --user user01 --out user01.p12"
    )]
    Retrieve(RetrieveArguments),

    /// Reissue and fetch in one go
    ///
    /// Asks for the login password and a one-time password; the retrieval password is not shown.
    #[command(
        before_help = "Example:\n  warifu-self-service --server https://certificate.bank.example \
                       renew --contract 1234567890 --user user01 --out user01.p12"
    )]
    Renew(RenewArguments),

    /// Forget the server, contract and user of last time, and by what servers know this machine
    #[command(before_help = "Example:\n  warifu-self-service forget")]
    Forget,

    /// Print a completion script for a shell
    #[command(before_help = "Example:\n  warifu-self-service completions bash > \
                       ~/.local/share/bash-completion/completions/warifu-self-service")]
    Completions {
        /// Which shell
        shell: Shell,
    },

    /// Write the manual pages into a folder
    #[command(before_help = "Example:\n  warifu-self-service man share/man/man1")]
    Man {
        /// The folder
        folder: PathBuf,
    },
}

/// Who you are.
#[derive(Args)]
pub(crate) struct Identity {
    /// The contract number [default: the one of last time]
    #[arg(long, value_name = "N")]
    pub(crate) contract: Option<String>,

    /// The user ID [default: the one of last time]
    #[arg(long, value_name = "ID")]
    pub(crate) user: Option<String>,

    /// A file with the login password (`-`: the standard input); asked for without
    #[arg(long, value_name = "FILE")]
    pub(crate) login_password_file: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct ReissueArguments {
    #[command(flatten)]
    pub(crate) identity: Identity,

    /// A file with the one-time password (`-`: the standard input); asked for without
    #[arg(long, value_name = "FILE")]
    pub(crate) otp_file: Option<PathBuf>,

    /// A new file for the password; `-` prints it
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Print the answer of the API as JSON (with --output FILE: without the password)
    #[arg(long)]
    pub(crate) json: bool,
}

/// Where key and certificate go.
#[derive(Args)]
pub(crate) struct CertificateFiles {
    /// A new PKCS#12 file for key and certificate
    #[arg(long, value_name = "FILE.p12", required_unless_present = "key_out", conflicts_with_all = ["key_out", "cert_out"])]
    pub(crate) out: Option<PathBuf>,

    /// A new file for the key (PEM, not encrypted)
    #[arg(long, value_name = "FILE", requires = "cert_out")]
    pub(crate) key_out: Option<PathBuf>,

    /// A new file for the certificate and its chain (PEM)
    #[arg(long, value_name = "FILE", requires = "key_out")]
    pub(crate) cert_out: Option<PathBuf>,

    /// A file with the passphrase of the PKCS#12 file (`-`: the standard input); asked for without
    #[arg(long, value_name = "FILE", conflicts_with = "key_out")]
    pub(crate) passphrase_file: Option<PathBuf>,

    /// Print `{"serial": …, "not_after": …}`
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct RetrieveArguments {
    #[command(flatten)]
    pub(crate) identity: Identity,

    /// A file with the retrieval password (`-`: the standard input); asked for without
    #[arg(long, value_name = "FILE")]
    pub(crate) retrieval_password_file: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) files: CertificateFiles,
}

#[derive(Args)]
pub(crate) struct RenewArguments {
    #[command(flatten)]
    pub(crate) identity: Identity,

    /// A file with the one-time password (`-`: the standard input); asked for without
    #[arg(long, value_name = "FILE")]
    pub(crate) otp_file: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) files: CertificateFiles,
}

#[cfg(feature = "in-process")]
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
    fn key_and_certificate_have_one_place() {
        for wrong in [
            "retrieve",
            "retrieve --key-out k",
            "retrieve --out a.p12 --key-out k --cert-out c",
            "retrieve --key-out k --cert-out c --passphrase-file p",
            "--server https://a.example --config b renew --out a.p12",
        ] {
            let arguments = ["warifu-self-service"].into_iter().chain(wrong.split(' '));
            let error = Arguments::try_parse_from(arguments)
                .map(|_| ())
                .unwrap_err();
            assert_eq!(error.exit_code(), 2, "{wrong}");
        }
        let good = "warifu-self-service retrieve --key-out k --cert-out c";
        assert!(Arguments::try_parse_from(good.split(' ')).is_ok());
    }
}
