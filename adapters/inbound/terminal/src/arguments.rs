//! The arguments of a program, read in the language that they ask for.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Command, Parser};
use warifu_messages::Locale;

use crate::failure::{Failure, exit};
use crate::help::{Length, Page};
use crate::options::TerminalOptions;
use crate::program::Program;
use crate::terminal::{PageTarget, Terminal};
use crate::texts::language;
use crate::wrong_usage;

/// Reads the arguments `given` to `program`, its own name first. Help, version and what is wrong with
/// them are told at once, in the language of `--lang` or of the environment (by `variable`): then
/// there is nothing to run, and the exit code comes back.
pub fn read_arguments<A: Parser>(
    program: Program,
    given: impl IntoIterator<Item = OsString>,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<A, u8> {
    let given: Vec<OsString> = given.into_iter().collect();
    let asked = Asked::by(&given);
    let options = TerminalOptions {
        lang: Some(asked.language.unwrap_or_else(|| language(&variable))),
        no_input: true,
        no_color: asked.no_color,
    };
    let terminal = Terminal::new(&options, variable);
    naming_pages(program.command::<A>(), "")
        .try_get_matches_from(&given)
        .and_then(|matches| A::from_arg_matches(&matches))
        .map_err(|error| tell(&error, &program.command::<A>(), asked.length, &terminal))
}

/// Shows the short help of the whole program beside the data, where there is nothing else to do.
pub fn show_help<A: Parser>(program: Program, terminal: &Terminal) {
    let width = terminal.page_width(PageTarget::Messages);
    let page = Page::of(&program.command::<A>(), "", terminal.locale(), width);
    terminal.show(&page.text(Length::Short));
}

/// What has to be known of arguments before they are read.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    language: Option<Locale>,
    no_color: bool,
    length: Length,
}

impl Asked {
    /// Looks for it wherever it may stand; what is not text asks for none of it.
    fn by(given: &[OsString]) -> Self {
        let mut asked = Self {
            language: None,
            no_color: false,
            length: Length::Short,
        };
        let mut words = given.iter().skip(1).map(|word| word.to_str());
        while let Some(word) = words.next() {
            let value = match word {
                Some("--") => break,
                Some("--lang") => words.next().flatten(),
                Some("--no-color") => {
                    asked.no_color = true;
                    None
                }
                Some("--help") => {
                    asked.length = Length::Long;
                    None
                }
                Some(word) => word.strip_prefix("--lang="),
                None => None,
            };
            if let Some(locale) = value.and_then(|value| value.parse().ok()) {
                asked.language = Some(locale);
            }
        }
        asked
    }
}

/// The command, with the name of each help page in place of the page: whoever asks for a page gets
/// to know which it is.
fn naming_pages(command: Command, name: &str) -> Command {
    command
        .override_help(name.to_owned())
        .mut_subcommands(|below| {
            let name = format!("{name} {}", below.get_name());
            naming_pages(below, &name)
        })
}

/// Tells why nothing is run, and with which exit code the program ends.
fn tell(error: &clap::Error, command: &Command, length: Length, terminal: &Terminal) -> u8 {
    let page = |target| {
        let asked_for = error.render().to_string();
        Page::of(
            command,
            asked_for.trim(),
            terminal.locale(),
            terminal.page_width(target),
        )
    };
    let told = match error.kind() {
        ErrorKind::DisplayHelp => terminal.print(&page(PageTarget::Data).text(length)),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            terminal.show(&page(PageTarget::Messages).text(Length::Short));
            Err(Failure::shown(exit::USAGE))
        }
        ErrorKind::DisplayVersion => terminal.print(&error.render().to_string()),
        _ => Err(Failure::usage(wrong_usage::told(error, terminal))),
    };
    match told {
        Ok(()) => 0,
        Err(failure) => {
            terminal.fail(&failure);
            failure.code()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    fn asked(words: &[&str]) -> Asked {
        let given: Vec<OsString> = ["program"]
            .iter()
            .chain(words)
            .map(|&word| OsString::from(word))
            .collect();
        Asked::by(&given)
    }

    #[test]
    fn the_language_is_found_wherever_it_stands() {
        for words in [
            &["--lang", "en"][..],
            &["--lang=en", "users"],
            &["users", "list", "--lang", "en", "--wrong"],
            &["--lang", "fr", "--lang", "en"],
        ] {
            assert_eq!(asked(words).language, Some(Locale::En), "{words:?}");
        }
        for words in [
            &[][..],
            &["--lang"],
            &["--lang", "fr"],
            &["--", "--lang", "en"],
            &["en"],
            &["--language", "en"],
        ] {
            assert_eq!(asked(words).language, None, "{words:?}");
        }
        assert_eq!(asked(&["users", "--help"]).length, Length::Long);
        assert_eq!(asked(&["users", "-h"]).length, Length::Short);
    }

    #[test]
    fn what_is_not_text_asks_for_nothing() {
        let broken = || OsString::from_vec(vec![b'-', b'-', 0xff]);
        let given = [
            OsString::from("program"),
            broken(),
            OsString::from("--lang"),
            broken(),
            OsString::from("--lang=en"),
        ];
        assert_eq!(Asked::by(&given).language, Some(Locale::En));
    }
}
