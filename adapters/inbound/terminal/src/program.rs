//! What a program calls itself.

use clap::builder::{Resettable, StyledStr};
use clap::{Command, CommandFactory};

/// The name and the version of a program. A bank's own program is built from ours and has neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program {
    /// As people enter it.
    pub name: &'static str,
    /// As `--version` shows it.
    pub version: &'static str,
}

impl Program {
    /// The arguments `A` of a program of ours, under the name of this one wherever a person or a
    /// shell reads it: usage, examples, texts, version, manual pages, completion scripts.
    pub fn command<A: CommandFactory>(self) -> Command {
        let command = A::command();
        // The name itself stays: the texts in Japanese are found by it.
        let ours = command.get_name().to_owned();
        let command = command
            .bin_name(self.name)
            .display_name(self.name)
            .version(self.version);
        if ours == self.name {
            return command;
        }
        renamed(command, &|text| text.replace(&ours, self.name))
    }
}

fn renamed(command: Command, rename: &dyn Fn(String) -> String) -> Command {
    let said = |text: Option<&StyledStr>| {
        Resettable::from(text.map(|text| StyledStr::from(rename(text.to_string()))))
    };
    let (example, about) = (said(command.get_before_help()), said(command.get_about()));
    let long_about = said(command.get_long_about());
    command
        .before_help(example)
        .about(about)
        .long_about(long_about)
        .mut_args(|argument| {
            let (help, long) = (said(argument.get_help()), said(argument.get_long_help()));
            argument.help(help).long_help(long)
        })
        .mut_subcommands(|below| renamed(below, rename))
}

#[cfg(test)]
mod tests {
    use clap::{Parser, Subcommand};

    use super::*;

    /// Made by `ours`
    #[derive(Parser)]
    #[command(name = "ours", version, before_help = "Example:\n  ours paint")]
    struct Ours {
        /// See `ours paint`
        #[arg(long)]
        _flag: bool,
        #[command(subcommand)]
        _command: Option<Below>,
    }

    #[derive(Subcommand)]
    enum Below {
        /// As in `ours`
        #[command(before_help = "Example:\n  ours paint")]
        Paint,
    }

    #[test]
    fn a_banks_own_program_bears_its_own_name_everywhere() {
        let program = Program {
            name: "acme",
            version: "7.1",
        };
        for page in [&["acme", "--help"][..], &["acme", "paint", "--help"]] {
            let help = program.command::<Ours>().try_get_matches_from(page);
            let help = help.unwrap_err().to_string();
            assert!(help.contains("acme") && !help.contains("ours"), "{help}");
        }
        let command = program.command::<Ours>();
        assert_eq!(command.render_version(), "acme 7.1\n");
        assert_eq!(command.get_name(), "ours");
    }

    #[test]
    fn what_is_not_said_stays_unsaid() {
        let program = Program {
            name: "acme",
            version: "7.1",
        };
        let mut command = Command::new("ours").subcommand(Command::new("paint"));
        command = renamed(command, &|text| text.replace("ours", program.name));
        assert!(command.get_before_help().is_none() && command.get_about().is_none());
    }
}
