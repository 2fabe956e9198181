//! Texts with places for contract, user and the secret that is checked: what a back end is asked.
//!
//! A contract number is 6 to 12 digits; a user ID may begin and end with digits, too. Where nothing
//! but digits stands between the two, `123456` + `7abc` and `1234567` + `abc` are one text, and a
//! user of one company is taken for one of another. With anything else between them the digits that
//! belong to the contract end, or begin, at a known place: so this is the one rule, for every
//! template of every adapter.

use std::borrow::Cow;

use thiserror::Error;
use zeroize::Zeroizing;

/// What stands in a place of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Placeholder {
    /// The contract number.
    Contract,
    /// The user ID.
    User,
    /// The secret that is checked.
    Secret,
}

/// A place that a template may have, and what it is called.
pub type NamedPlaceholder = (&'static str, Placeholder);

/// `{contract}`.
pub const CONTRACT: NamedPlaceholder = ("{contract}", Placeholder::Contract);
/// `{user}`.
pub const USER: NamedPlaceholder = ("{user}", Placeholder::User);
/// `{otp}`: the secret, where one-time passwords are checked.
pub const OTP: NamedPlaceholder = ("{otp}", Placeholder::Secret);
/// `{password}`: the secret, where passwords are checked.
pub const PASSWORD: NamedPlaceholder = ("{password}", Placeholder::Secret);

/// Why a template is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TemplateError {
    /// A brace that belongs to no place.
    #[error("{text:?} has a brace that is none of {known}")]
    Brace {
        /// The template.
        text: String,
        /// The places that it may have.
        known: String,
    },
    /// Contract and user without anything that keeps them apart.
    #[error(
        "{0:?}: put something that is no digit between {{contract}} and {{user}}, such as a \
         hyphen, so that no two users look the same"
    )]
    Ambiguous(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Placeholder(Placeholder),
}

/// A text with places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

impl Template {
    /// Reads a text that may have `places`. There is no way to write a brace that is none.
    pub fn parse(text: &str, places: &[NamedPlaceholder]) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (literal, found) = rest.split_at(at);
            if !literal.is_empty() {
                pieces.push(Piece::Literal(literal.to_owned()));
            }
            let place = places.iter().find(|(name, _)| found.starts_with(name));
            let Some((name, place)) = place else {
                return Err(TemplateError::Brace {
                    text: text.to_owned(),
                    known: listed(places),
                });
            };
            pieces.push(Piece::Placeholder(*place));
            rest = &found[name.len()..];
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.to_owned()));
        }
        let template = Self(pieces);
        if template.is_ambiguous() {
            return Err(TemplateError::Ambiguous(text.to_owned()));
        }
        Ok(template)
    }

    /// Whether contract and user stand somewhere with only digits, or what may be digits, between
    /// them.
    fn is_ambiguous(&self) -> bool {
        // Of the last name before here: nothing where something else stands in between.
        let mut touching = false;
        for piece in &self.0 {
            match piece {
                Piece::Placeholder(Placeholder::Contract | Placeholder::User) if touching => {
                    return true;
                }
                Piece::Placeholder(Placeholder::Contract | Placeholder::User) => touching = true,
                // A secret may be digits: it keeps nothing apart.
                Piece::Placeholder(Placeholder::Secret) => {}
                Piece::Literal(text) => {
                    touching &= text.bytes().all(|byte| byte.is_ascii_digit());
                }
            }
        }
        false
    }

    /// Whether `place` stands in it.
    pub fn has(&self, place: Placeholder) -> bool {
        self.places().any(|found| found == place)
    }

    /// The places, in order.
    pub fn places(&self) -> impl Iterator<Item = Placeholder> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Placeholder(place) => Some(*place),
            Piece::Literal(_) => None,
        })
    }

    /// How many bytes stand in it beside the places.
    pub fn literal_length(&self) -> usize {
        let literals = self.0.iter().map(|piece| match piece {
            Piece::Literal(text) => text.len(),
            Piece::Placeholder(_) => 0,
        });
        literals.sum()
    }

    /// The text with every place filled in. It may hold a secret: it is erased when dropped, and
    /// never grows, which would leave copies behind.
    pub fn fill<'v>(&self, value: impl Fn(Placeholder) -> Cow<'v, str>) -> Zeroizing<String> {
        let values: Vec<Cow<'v, str>> = self.places().map(value).collect();
        let length = values.iter().map(|value| value.len()).sum::<usize>();
        let mut text = Zeroizing::new(String::with_capacity(self.literal_length() + length));
        let mut values = values.iter();
        for piece in &self.0 {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Placeholder(_) => text.push_str(values.next().map_or("", AsRef::as_ref)),
            }
        }
        text
    }
}

fn listed(places: &[NamedPlaceholder]) -> String {
    let names: Vec<&str> = places.iter().map(|(name, _)| *name).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => "the places it may have".to_owned(),
    }
}

#[cfg(test)]
mod tests;
