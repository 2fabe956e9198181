//! A message of the catalogue, before it is put into words.

use std::borrow::Cow;

use warifu_core::domain::Timestamp;
use warifu_messages::{Locale, Messages, Moments};

/// A message of the catalogue with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id, such as `M-AUTH-01`.
    pub id: &'static str,
    /// Its arguments by name. The argument `ref` (the request's reference) is added where it is put
    /// into words.
    pub arguments: Vec<(&'static str, Argument)>,
}

/// An argument of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// The same in every language.
    Text(String),
    /// Another message, such as the label of a field.
    Label(&'static str),
    /// A moment, as people of the language write it.
    Moment(Timestamp),
}

impl Message {
    /// A message without arguments.
    pub const fn plain(id: &'static str) -> Self {
        Self {
            id,
            arguments: Vec::new(),
        }
    }

    /// A message with the argument `n`.
    pub fn counted(id: &'static str, n: &impl ToString) -> Self {
        Self::plain(id).with("n", n)
    }

    /// With one more argument.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &impl ToString) -> Self {
        self.arguments
            .push((name, Argument::Text(value.to_string())));
        self
    }

    /// With one more argument that is a moment.
    #[must_use]
    pub fn with_moment(mut self, name: &'static str, moment: Timestamp) -> Self {
        self.arguments.push((name, Argument::Moment(moment)));
        self
    }

    /// With one more argument that is itself a message.
    #[must_use]
    pub fn with_label(mut self, name: &'static str, id: &'static str) -> Self {
        self.arguments.push((name, Argument::Label(id)));
        self
    }

    /// The arguments in words.
    pub(crate) fn arguments(
        &self,
        messages: &Messages,
        locale: Locale,
        moments: Moments,
    ) -> Vec<(&'static str, Cow<'_, str>)> {
        let worded = |(name, argument): &'_ (&'static str, Argument)| {
            let text = match argument {
                Argument::Text(text) => text.clone(),
                Argument::Label(id) => messages.text(locale, id, &[]),
                Argument::Moment(moment) => moments.date_time(*moment),
            };
            (*name, Cow::Owned(text))
        };
        self.arguments.iter().map(worded).collect()
    }

    /// Its text, where it speaks of no request.
    pub fn text(&self, messages: &Messages, locale: Locale, moments: Moments) -> String {
        messages.text(locale, self.id, &self.arguments(messages, locale, moments))
    }
}
