//! What is wrong with the arguments of a program, in the language of the terminal.

use std::error::Error;
use std::num::ParseIntError;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::help_words;
use crate::terminal::Terminal;
use crate::width::visible;
use crate::wrong_value::WrongValue;

/// What is wrong, what may have been meant, and how the command is used: a line each.
pub(crate) fn told(error: &clap::Error, terminal: &Terminal) -> String {
    let mut lines = vec![Wrong { error, terminal }.sentence()];
    for kind in [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ] {
        if let Some(similar) = value(error, kind).filter(|text| !text.is_empty()) {
            lines.push(terminal.text("arguments-similar", &[("similar", &similar)]));
        }
    }
    if let Some(ContextValue::StyledStrs(elsewhere)) = error.get(ContextKind::Suggested) {
        for place in elsewhere {
            let place = place.to_string();
            let quoted = place.strip_prefix('\'');
            if let Some(similar) = quoted.and_then(|rest| rest.strip_suffix("' exists")) {
                lines.push(terminal.text("arguments-similar", &[("similar", similar)]));
            }
        }
    }
    if let Some(usage) = value(error, ContextKind::Usage) {
        lines.push(help_words::usage(&usage, terminal.locale()));
    }
    lines.push(terminal.text("arguments-more", &[]));
    lines.join("\n")
}

/// A thing that an error tells about itself, safe to show.
fn value(error: &clap::Error, kind: ContextKind) -> Option<String> {
    let text = error.get(kind)?.to_string();
    Some(visible(&text).into_owned())
}

struct Wrong<'a> {
    error: &'a clap::Error,
    terminal: &'a Terminal,
}

impl Wrong<'_> {
    fn sentence(&self) -> String {
        let get = |kind| value(self.error, kind).unwrap_or_default();
        let argument = get(ContextKind::InvalidArg);
        let entered = get(ContextKind::InvalidValue);
        let command = get(ContextKind::InvalidSubcommand);
        let (argument, entered, command) = (&*argument, &*entered, &*command);
        match self.error.kind() {
            ErrorKind::UnknownArgument => self.say("arguments-unknown", &[("given", argument)]),
            ErrorKind::InvalidSubcommand => {
                self.say("arguments-unknown-command", &[("given", command)])
            }
            ErrorKind::ArgumentConflict => {
                let given = if argument.is_empty() {
                    command
                } else {
                    argument
                };
                self.conflict(given, &get(ContextKind::PriorArg))
            }
            ErrorKind::MissingRequiredArgument => {
                self.say("arguments-missing", &[("missing", argument)])
            }
            ErrorKind::MissingSubcommand => {
                let known = get(ContextKind::ValidSubcommand);
                let known = [("given", command), ("known", &known)];
                self.say("arguments-missing-command", &known)
            }
            ErrorKind::InvalidValue | ErrorKind::NoEquals if entered.is_empty() => {
                self.say("arguments-no-value", &[("argument", argument)])
            }
            ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
                let reason = self.reason(&get(ContextKind::ValidValue));
                self.say(
                    "arguments-wrong-value",
                    &[
                        ("argument", argument),
                        ("given", entered),
                        ("reason", &reason),
                    ],
                )
            }
            ErrorKind::TooManyValues => self.say(
                "arguments-superfluous",
                &[("argument", argument), ("given", entered)],
            ),
            ErrorKind::InvalidUtf8 => self.say("arguments-not-text", &[]),
            _ => self.say("arguments-unreadable", &[]),
        }
    }

    fn conflict(&self, given: &str, other: &str) -> String {
        if other.is_empty() {
            self.say("arguments-conflict-any", &[("given", given)])
        } else if other == given {
            self.say("arguments-repeated", &[("given", given)])
        } else {
            self.say("arguments-conflict", &[("given", given), ("other", other)])
        }
    }

    /// Why a value is not taken.
    fn reason(&self, known: &str) -> String {
        let source = self.error.source();
        if let Some(WrongValue(id)) = source.and_then(|source| source.downcast_ref()) {
            return self.say(id, &[]);
        }
        if source.is_some_and(<dyn Error>::is::<ParseIntError>) {
            return self.say("value-number", &[]);
        }
        if !known.is_empty() {
            return self.say("value-one-of", &[("values", known)]);
        }
        source.map_or_else(String::new, |source| {
            visible(&source.to_string()).into_owned()
        })
    }

    fn say(&self, id: &str, args: &[(&str, &str)]) -> String {
        self.terminal.text(id, args)
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args, Parser, Subcommand, ValueEnum};

    use super::*;
    use crate::options::TerminalOptions;
    use warifu_messages::Locale;

    #[derive(Parser)]
    #[command(name = "program", subcommand_required = true)]
    struct Program {
        #[command(flatten)]
        terminal: TerminalOptions,
        #[command(subcommand)]
        _command: Option<Below>,
    }

    #[derive(Subcommand)]
    enum Below {
        Paint(Paint),
        #[command(subcommand)]
        Wall(Wall),
    }

    #[derive(Subcommand)]
    enum Wall {
        Build,
    }

    #[derive(Args)]
    struct Paint {
        #[arg(long, value_name = "COLOUR")]
        colour: Colour,
        #[arg(long, conflicts_with = "dry")]
        count: Option<u32>,
        #[arg(long)]
        dry: bool,
    }

    #[derive(Clone, Copy, ValueEnum)]
    enum Colour {
        Red,
        Blue,
    }

    fn wrong(locale: Locale, words: &str) -> String {
        let words = ["program"].into_iter().chain(words.split_whitespace());
        let error = Program::try_parse_from(words).map(|_| ()).unwrap_err();
        let options = TerminalOptions {
            lang: Some(locale),
            ..TerminalOptions::default()
        };
        told(&error, &Terminal::new(&options, |_| None))
    }

    #[test]
    fn every_kind_of_mistake_is_told_in_both_languages() {
        for (words, japanese, english) in [
            (
                "paint --colour red --dri",
                "--dri という引数はありません。\nヒント: --dry ではありませんか。",
                "There is no argument --dri.\nHint: did you mean --dry?",
            ),
            (
                "pant",
                "pant というコマンドはありません。\nヒント: paint ではありませんか。",
                "There is no command pant.\nHint: did you mean paint?",
            ),
            (
                "--dry paint",
                "--dry という引数はありません。\nヒント: paint --dry ではありませんか。",
                "There is no argument --dry.\nHint: did you mean paint --dry?",
            ),
            (
                "paint",
                "次の指定が必要です: --colour <COLOUR>",
                "This is needed, too: --colour <COLOUR>",
            ),
            (
                "paint --colour",
                "--colour <COLOUR> に値を指定してください。",
                "Give a value to --colour <COLOUR>.",
            ),
            (
                "paint --colour read",
                "--colour <COLOUR> に read は指定できません。指定できる値は red, blue です。\nヒント: red",
                "read is no value for --colour <COLOUR>. There are red, blue.\nHint: did you mean red?",
            ),
            (
                "paint --colour red --count x",
                "--count <COUNT> に x は指定できません。数字で書いてください。",
                "x is no value for --count <COUNT>. Write a number.",
            ),
            (
                "--lang fr paint --colour red",
                "--lang <LANGUAGE> に fr は指定できません。ja または en を指定してください。",
                "fr is no value for --lang <LANGUAGE>. There are ja and en.",
            ),
            (
                "paint --colour red --count 1 --dry",
                "--count <COUNT> と --dry は同時に指定できません。",
                "--count <COUNT> cannot be used with --dry.",
            ),
            (
                "paint --dry --dry",
                "--dry は1回だけ指定してください。",
                "Give --dry only once.",
            ),
            (
                "paint --dry=yes",
                "--dry に値 yes は指定できません。",
                "--dry takes no value yes.",
            ),
            (
                "wall --no-input",
                "wall には、続けてコマンドを指定してください(指定できるコマンド: build",
                "Give a command after program wall (there are: build",
            ),
        ] {
            let told = wrong(Locale::Ja, words);
            assert!(told.contains(japanese), "{words}: {told}");
            assert!(told.ends_with("詳しくは --help をご覧ください。"), "{told}");
            let told = wrong(Locale::En, words);
            assert!(told.contains(english), "{words}: {told}");
        }
    }

    #[test]
    fn the_usage_is_in_the_language_and_nothing_moves_the_cursor() {
        let told = wrong(Locale::Ja, "paint --colour red --\u{1b}[31m");
        assert!(told.contains("使い方: program paint"), "{told}");
        assert!(
            !told.contains('\u{1b}') && !told.contains("Usage"),
            "{told}"
        );
    }
}
