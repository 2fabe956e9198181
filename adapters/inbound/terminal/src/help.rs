//! Help pages: the same structure in every language, in lines that fit the terminal. The pages that
//! clap writes have headings that cannot be translated, and break lines at spaces only.

use clap::{Arg, Command};
use warifu_messages::Locale;

use crate::help_words::Words;
use crate::width::{columns, filled, wrapped};

/// Between names and what they mean.
const GAP: usize = 2;
/// A column that is narrower than this is hard to read: texts go below the names instead.
const NARROWEST: usize = 30;

/// Between the exit codes of a text.
const BETWEEN_CODES: &str = " · ";

/// How much a page tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    /// One paragraph each.
    Short,
    /// Everything.
    Long,
}

/// The help page of a command.
pub(crate) struct Page {
    command: Command,
    words: Words,
    width: usize,
}

/// A name with what it means.
struct Entry {
    name: String,
    paragraphs: Vec<String>,
}

impl Page {
    /// The page of the command that `path` ("users list") leads to, from `root`.
    pub(crate) fn of(root: &Command, path: &str, locale: Locale, width: usize) -> Self {
        let mut command = root.clone();
        // Only then it knows its whole name, and the options that stand above it.
        command.build();
        let mut words = Words::of_program(&command, locale);
        for name in path.split_whitespace() {
            let Some(below) = command.find_subcommand(name) else {
                break;
            };
            words = words.below(name);
            command = below.clone();
        }
        Self {
            command,
            words,
            width,
        }
    }

    /// The whole page.
    pub(crate) fn text(mut self, length: Length) -> String {
        let usage = self.command.render_usage().to_string();
        let mut parts = Vec::new();
        if let Some(example) = self.command.get_before_help() {
            parts.push(self.example(&example.to_string()));
        }
        let about = self.words.about(&self.command);
        parts.push(self.paragraphs(&shortened(&about, length)));
        let usage = options_apart(&self.words.usage(&usage), self.width.saturating_sub(2));
        parts.push(usage.join("\n  ") + "\n");
        let commands: Vec<Entry> = self
            .command
            .get_subcommands()
            .filter(|below| !below.is_hide_set())
            .map(|below| Entry {
                name: below.get_name().to_owned(),
                paragraphs: shortened(
                    &self.words.below(below.get_name()).about(below),
                    Length::Short,
                ),
            })
            .collect();
        let arguments = |positional: bool| -> Vec<Entry> {
            self.command
                .get_arguments()
                .filter(|argument| !argument.is_hide_set())
                .filter(|argument| argument.is_positional() == positional)
                .map(|argument| self.entry(argument, length))
                .collect()
        };
        for (heading, entries, length) in [
            ("arguments-commands", commands, Length::Short),
            ("arguments-positional", arguments(true), length),
            ("arguments-options", arguments(false), length),
        ] {
            if !entries.is_empty() {
                parts.push(self.section(heading, &entries, length));
            }
        }
        if self.command.get_after_help().is_some() {
            let codes = self.words.own("arguments-exit-codes", &[]);
            parts.push(
                filled(codes.split(BETWEEN_CODES), BETWEEN_CODES, self.width).join("\n") + "\n",
            );
        }
        parts.join("\n")
    }

    /// An example under its heading, in lines that a shell takes.
    fn example(&self, text: &str) -> String {
        let mut lines = vec![self.words.own("arguments-example", &[])];
        for line in text.lines().skip(1) {
            let broken = options_apart(line.trim(), self.width.saturating_sub(6));
            lines.push(format!("  {}", broken.join(" \\\n    ")));
        }
        lines.join("\n") + "\n"
    }

    fn paragraphs(&self, paragraphs: &[String]) -> String {
        let lines: Vec<String> = paragraphs.iter().map(|text| self.line(text)).collect();
        lines.join("\n")
    }

    fn line(&self, text: &str) -> String {
        wrapped(text, self.width).join("\n") + "\n"
    }

    fn section(&self, heading: &str, entries: &[Entry], length: Length) -> String {
        let names = entries.iter().map(|entry| columns(&entry.name)).max();
        let beside = 2 * GAP + names.unwrap_or_default();
        let is_beside = length == Length::Short && beside + NARROWEST <= self.width;
        let indent = if is_beside { beside } else { 4 * GAP };
        let mut text = self.words.own(heading, &[]) + "\n";
        for (position, entry) in entries.iter().enumerate() {
            if position > 0 && length == Length::Long {
                text.push('\n');
            }
            let name = format!("{:GAP$}{}", "", entry.name);
            let mut lines = Vec::new();
            for (number, paragraph) in entry.paragraphs.iter().enumerate() {
                if number > 0 && length == Length::Long {
                    lines.push(String::new());
                }
                for line in paragraph.lines() {
                    lines.extend(wrapped(line, self.width.saturating_sub(indent)));
                }
            }
            let mut lines = lines.into_iter();
            if is_beside {
                let space = beside - columns(&name);
                let first = lines.next().unwrap_or_default();
                text.push_str(format!("{name}{:space$}{first}", "").trim_end());
            } else {
                text.push_str(&name);
            }
            text.push('\n');
            for line in lines {
                text.push_str(format!("{:indent$}{line}", "").trim_end());
                text.push('\n');
            }
        }
        text
    }

    fn entry(&self, argument: &Arg, length: Length) -> Entry {
        let short = argument.get_short();
        let name = match short {
            Some(short) => format!("-{short}, {argument}"),
            None if argument.is_positional() => argument.to_string(),
            None => format!("    {argument}"),
        };
        let mut paragraphs = shortened(&self.words.argument(argument), length);
        let mut notes = Vec::new();
        let defaults: Vec<_> = argument.get_default_values().iter().collect();
        if argument.get_action().takes_values() && !defaults.is_empty() {
            let values: Vec<_> = defaults
                .iter()
                .map(|value| value.to_string_lossy())
                .collect();
            notes.push(
                self.words
                    .own("arguments-default", &[("value", &values.join(" "))]),
            );
        }
        let possible = if argument.get_action().takes_values() {
            argument.get_possible_values()
        } else {
            Vec::new()
        };
        let possible: Vec<_> = possible
            .iter()
            .filter(|value| !value.is_hide_set())
            .collect();
        let explained: Vec<String> = possible
            .iter()
            .filter_map(|value| {
                let english = value.get_help()?.to_string();
                let meaning = self.words.value(argument, value.get_name(), &english);
                Some(format!("- {}: {meaning}", value.get_name()))
            })
            .collect();
        if length == Length::Long && !explained.is_empty() {
            let mut list = self.words.own("arguments-possible-list", &[]);
            for value in explained {
                list.push('\n');
                list.push_str(&value);
            }
            paragraphs.extend(notes);
            paragraphs.push(list);
            return Entry { name, paragraphs };
        }
        if !possible.is_empty() {
            let between = self.words.own("arguments-between", &[]);
            let values: Vec<&str> = possible.iter().map(|value| value.get_name()).collect();
            let values = values.join(&between);
            notes.push(self.words.own("arguments-possible", &[("values", &values)]));
        }
        match (length, paragraphs.first_mut()) {
            (Length::Short, Some(first)) => {
                for note in notes {
                    first.push(' ');
                    first.push_str(&note);
                }
            }
            _ => paragraphs.extend(notes),
        }
        Entry { name, paragraphs }
    }
}

/// A command in lines that begin with an option, its values beside it.
fn options_apart(command: &str, width: usize) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for word in command.split(' ') {
        let begins = ["--", "<--", "["].iter().any(|mark| word.starts_with(mark));
        match pieces.last_mut() {
            Some(piece) if !begins => {
                piece.push(' ');
                piece.push_str(word);
            }
            _ => pieces.push(word.to_owned()),
        }
    }
    filled(pieces.iter().map(String::as_str), " ", width)
}

/// The first paragraph, or all.
fn shortened(text: &str, length: Length) -> Vec<String> {
    let paragraphs = text.split("\n\n").map(|text| text.replace('\n', " "));
    match length {
        Length::Short => paragraphs.take(1).collect(),
        Length::Long => paragraphs.collect(),
    }
}

#[cfg(test)]
mod tests {
    use clap::{Parser, ValueEnum};

    use super::*;

    /// Paints walls
    ///
    /// And nothing else.
    #[derive(Parser)]
    #[command(
        name = "program",
        before_help = "Example:\n  program --colour red wall"
    )]
    struct Program {
        /// In which colour
        #[arg(long, value_name = "COLOUR", default_value = "red")]
        _colour: Colour,
        /// What
        _wall: String,
    }

    #[derive(Clone, Copy, ValueEnum)]
    enum Colour {
        /// Like the sun
        Red,
        Blue,
    }

    fn page(locale: Locale, width: usize, length: Length) -> String {
        let command = <Program as clap::CommandFactory>::command();
        Page::of(&command, "", locale, width).text(length)
    }

    #[test]
    fn a_page_has_names_and_texts_side_by_side() {
        let expected = "\
Example:
  program --colour red wall

Paints walls

Usage: program [OPTIONS] <WALL>

Arguments:
  <WALL>  What

Options:
      --colour <COLOUR>  In which colour [default: red] [possible values:
                         red, blue]
  -h, --help             Print help (-h in short, --help in full)
";
        assert_eq!(page(Locale::En, 76, Length::Short), expected);
    }

    #[test]
    fn everything_is_told_below_the_names() {
        let expected = "\
例:
  program \\
    --colour red wall

Paints walls

And nothing else.

使い方: program
  [オプション] <WALL>

引数:
  <WALL>
        What

オプション:
      --colour <COLOUR>
        In which colour

        [既定値: red]

        指定できる値:
        - red: Like the
        sun

  -h, --help
        ヘルプを表示する
        (-h は短く、
        --help は詳しく)
";
        assert_eq!(page(Locale::Ja, 24, Length::Long), expected);
    }
}
