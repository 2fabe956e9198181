//! What the commands and arguments of the programs at a terminal do, in Japanese. The English stands
//! in the programs, beside each argument.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use fluent_bundle::FluentResource;
use fluent_bundle::concurrent::FluentBundle;

use crate::Locale;
use crate::messages::bundle_of;

const SOURCE: &str = include_str!("../locales/ja/commands.ftl");

/// The Japanese texts of commands: each a message, its arguments the attributes of that.
pub struct CommandTexts(FluentBundle<FluentResource>);

impl CommandTexts {
    /// Those of the programs, loaded once.
    pub fn standard() -> &'static Self {
        static STANDARD: LazyLock<CommandTexts> =
            LazyLock::new(|| CommandTexts(bundle_of(Locale::Ja, [SOURCE])));
        &STANDARD
    }

    /// What the command does, or what `part` of it is for. A first paragraph is the short text, all
    /// of them are the long one.
    pub fn text(&self, command: &str, part: Option<&str>) -> Option<String> {
        let message = self.0.get_message(command)?;
        let pattern = match part {
            None => message.value()?,
            Some(part) => message.get_attribute(part)?.value(),
        };
        let mut errors = Vec::new();
        let text = self.0.format_pattern(pattern, None, &mut errors);
        Some(text.into_owned())
    }

    /// All there are, as `command` and `command.part`: the programs' tests look for what is left
    /// over.
    pub fn names(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        let mut command = "";
        for line in SOURCE.lines() {
            let Some((name, rest)) = line.split_once(" =") else {
                continue;
            };
            if let Some(part) = name.strip_prefix("    .") {
                names.insert(format!("{command}.{part}"));
            } else if name.starts_with(|first: char| first.is_ascii_alphabetic()) {
                command = name;
                if !rest.is_empty() || self.text(command, None).is_some() {
                    names.insert(command.to_owned());
                }
            }
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_sound_and_names_each_text_once() {
        let sound = FluentResource::try_new(SOURCE.to_owned());
        assert!(sound.is_ok(), "{:?}", sound.err().map(|(_, errors)| errors));
        let mut commands = BTreeSet::new();
        let mut parts = BTreeSet::new();
        for line in SOURCE.lines() {
            let Some((name, _)) = line.split_once(" =") else {
                continue;
            };
            if name.starts_with("    .") {
                assert!(parts.insert(name), "{name} twice in a command");
            } else if name.starts_with(|first: char| first.is_ascii_alphabetic()) {
                assert!(commands.insert(name), "{name} twice");
                parts.clear();
            }
        }
        assert!(commands.len() > 20);
    }

    #[test]
    fn every_name_has_its_text() {
        let texts = CommandTexts::standard();
        for name in texts.names() {
            let (command, part) = match name.split_once('.') {
                Some((command, part)) => (command, Some(part)),
                None => (name.as_str(), None),
            };
            let text = texts.text(command, part);
            assert!(text.is_some_and(|text| !text.is_empty()), "{name}");
        }
        assert_eq!(texts.text("no-such-command", None), None);
        assert_eq!(texts.text("warifu-admin", Some("no-such-part")), None);
    }
}
