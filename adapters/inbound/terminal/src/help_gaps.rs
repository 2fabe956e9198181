//! Whether every text of a program is there in Japanese, and no other.

use std::collections::BTreeMap;

use clap::{ArgAction, Command};
use warifu_messages::{CommandTexts, Locale};

use crate::help_words::{SHARED, Words, english_about, english_of, value_part};

/// What is wrong with the Japanese texts of a program, one line each; nothing where all is well. For
/// the tests of programs: each command, argument and explained value has a text of its own and with
/// as many paragraphs as the English, and no text is left over.
pub fn help_gaps(program: &Command) -> Vec<String> {
    let mut root = program.clone();
    root.build();
    let mut gaps = Gaps::default();
    gaps.look(&root, &Words::of_program(&root, Locale::Ja));
    let prefix = format!("{}-", root.get_name());
    let left_over = CommandTexts::standard().names().into_iter().filter(|name| {
        let command = name.split('.').next().unwrap_or_default();
        let own = command == root.get_name() || command.starts_with(&prefix);
        (own || command == SHARED) && name != SHARED && !gaps.used.contains_key(name)
    });
    let left_over: Vec<String> = left_over.collect();
    let mut found = gaps.found;
    found.extend(left_over.iter().map(|name| format!("{name} is left over")));
    found
}

#[derive(Default)]
struct Gaps {
    found: Vec<String>,
    /// Each text with the English it stands for.
    used: BTreeMap<String, String>,
}

impl Gaps {
    fn look(&mut self, command: &Command, words: &Words) {
        self.compare(words, None, &english_about(command));
        for argument in command.get_arguments() {
            let is_claps = matches!(argument.get_action(), ArgAction::Help | ArgAction::Version);
            let id = argument.get_id().as_str();
            if argument.is_hide_set() {
                // Perhaps another build of the program shows it.
                let found = words.japanese(Some(id));
                self.used
                    .extend(found.map(|(name, _)| (name, english_of(argument))));
                continue;
            }
            if is_claps {
                continue;
            }
            self.compare(words, Some(id), &english_of(argument));
            for value in argument.get_possible_values() {
                if let Some(help) = value.get_help() {
                    let part = value_part(argument, value.get_name());
                    self.compare(words, Some(&part), &help.to_string());
                }
            }
        }
        for below in command.get_subcommands() {
            self.look(below, &words.below(below.get_name()));
        }
    }

    fn compare(&mut self, words: &Words, part: Option<&str>, english: &str) {
        let id = words.id();
        let wanted = part.map_or_else(|| id.to_owned(), |part| format!("{id}.{part}"));
        let Some((name, japanese)) = words.japanese(part) else {
            self.found.push(format!("{wanted} has no text"));
            return;
        };
        if english.is_empty() {
            self.found.push(format!("{wanted} has no English text"));
        }
        let paragraphs = |text: &str| text.split("\n\n").count();
        if paragraphs(english) != paragraphs(&japanese) {
            self.found
                .push(format!("{name} has not the paragraphs of {english:?}"));
        }
        let earlier = self
            .used
            .entry(name.clone())
            .or_insert_with(|| english.to_owned());
        if earlier != english {
            self.found
                .push(format!("{name} stands for {earlier:?} and for {english:?}"));
        }
    }
}
