//! The texts of commands and arguments in a language: English stands in the arguments themselves,
//! Japanese is found by the path of the command and the id of the argument.

use clap::{Arg, ArgAction, Command};
use warifu_messages::{CommandTexts, Locale};

use crate::texts::text;

/// Texts that all programs share.
pub(crate) const SHARED: &str = "every";

/// The texts of a command in a language.
pub(crate) struct Words {
    locale: Locale,
    /// The id of the command, and of those above it: the nearest first.
    ids: Vec<String>,
    /// The name of the program, where that is not the id of its texts.
    own_name: Option<String>,
}

impl Words {
    /// Of the whole program.
    pub(crate) fn of_program(program: &Command, locale: Locale) -> Self {
        Self {
            locale,
            ids: vec![program.get_name().to_owned()],
            own_name: program
                .get_display_name()
                .filter(|name| *name != program.get_name())
                .map(str::to_owned),
        }
    }

    /// Of a command below.
    pub(crate) fn below(&self, name: &str) -> Self {
        let own = self.id();
        let mut ids = vec![format!("{own}-{name}")];
        ids.extend(self.ids.iter().cloned());
        Self {
            locale: self.locale,
            ids,
            own_name: self.own_name.clone(),
        }
    }

    /// The id of the command itself.
    pub(crate) fn id(&self) -> &str {
        self.ids.first().map_or("", String::as_str)
    }

    /// A text that is of no command.
    pub(crate) fn own(&self, id: &str, args: &[(&str, &str)]) -> String {
        text(self.locale, id, args)
    }

    /// What the command does.
    pub(crate) fn about(&self, command: &Command) -> String {
        let english = english_about(command);
        match self.locale {
            Locale::En => english,
            Locale::Ja => self
                .japanese(None)
                .map_or(english, |(_, japanese)| japanese),
        }
    }

    /// What the argument is for.
    pub(crate) fn argument(&self, argument: &Arg) -> String {
        match argument.get_action() {
            ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong => {
                return self.own("arguments-help", &[]);
            }
            ArgAction::Version => return self.own("arguments-version", &[]),
            _ => {}
        }
        let english = english_of(argument);
        match self.locale {
            Locale::En => english,
            Locale::Ja => self
                .japanese(Some(argument.get_id().as_str()))
                .map_or(english, |(_, japanese)| japanese),
        }
    }

    /// What a value of the argument means.
    pub(crate) fn value(&self, argument: &Arg, value: &str, english: &str) -> String {
        let found = match self.locale {
            Locale::En => None,
            Locale::Ja => self.japanese(Some(&value_part(argument, value))),
        };
        found.map_or_else(|| english.to_owned(), |(_, japanese)| japanese)
    }

    /// The usage that clap wrote, in its own words.
    pub(crate) fn usage(&self, written: &str) -> String {
        let written = written.trim();
        let written = written.strip_prefix("Usage:").unwrap_or(written).trim();
        let command = self.own("arguments-usage-command", &[]);
        let written = written
            .replace("[OPTIONS]", &self.own("arguments-usage-options", &[]))
            .replace("<COMMAND>", &format!("<{command}>"))
            .replace("[COMMAND]", &format!("[{command}]"));
        format!("{} {written}", self.own("arguments-usage", &[]))
    }

    /// The name of the text and the text, of the command itself or of a part: nearest first.
    pub(crate) fn japanese(&self, part: Option<&str>) -> Option<(String, String)> {
        let text = |id: &str, part| {
            let text = CommandTexts::standard().text(id, part)?;
            Some(match (&self.own_name, self.ids.last()) {
                (Some(own), Some(ours)) => text.replace(ours, own),
                _ => text,
            })
        };
        let Some(part) = part else {
            let id = self.ids.first()?;
            return Some((id.clone(), text(id, None)?));
        };
        let mut ids = self.ids.iter().map(String::as_str).chain([SHARED]);
        ids.find_map(|id| Some((format!("{id}.{part}"), text(id, Some(part))?)))
    }
}

/// What a usage that clap wrote says in `locale`.
pub(crate) fn usage(written: &str, locale: Locale) -> String {
    let words = Words {
        locale,
        ids: Vec::new(),
        own_name: None,
    };
    words.usage(written)
}

/// What the command itself says it does.
pub(crate) fn english_about(command: &Command) -> String {
    let english = command.get_long_about().or(command.get_about());
    english.map(ToString::to_string).unwrap_or_default()
}

/// What the argument itself says it is for.
pub(crate) fn english_of(argument: &Arg) -> String {
    let english = argument.get_long_help().or(argument.get_help());
    english.map(ToString::to_string).unwrap_or_default()
}

/// The part of a command that a value of an argument is.
pub(crate) fn value_part(argument: &Arg, value: &str) -> String {
    format!("{}-{value}", argument.get_id())
}
