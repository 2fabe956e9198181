//! Texts with places for contract, user and the secret that is checked.

use thiserror::Error;
use zeroize::Zeroizing;

/// What stands in a place of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Contract,
    User,
    Secret,
}

/// How the place of the secret is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SecretName {
    Otp,
    Password,
}

impl SecretName {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Otp => "{otp}",
            Self::Password => "{password}",
        }
    }

    /// All places with their names.
    pub(crate) const fn places(self) -> [(&'static str, Place); 3] {
        [
            ("{contract}", Place::Contract),
            ("{user}", Place::User),
            (self.as_str(), Place::Secret),
        ]
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Place(Place),
}

/// Why a template is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TemplateError {
    /// A brace that belongs to no place.
    #[error("{text:?} has a brace that is none of {{contract}}, {{user}} and {secret}")]
    Brace {
        /// The template.
        text: String,
        /// The third place's name.
        secret: &'static str,
    },
    /// Contract and user without anything that keeps them apart.
    #[error(
        "{0:?}: put something that is no digit between {{contract}} and {{user}}, such as a \
         hyphen, so that no two users look the same"
    )]
    Ambiguous(String),
    /// A place that stands nowhere.
    #[error("{0} stands nowhere in the request")]
    Missing(&'static str),
    /// A form has texts only.
    #[error("{0:?} must be a text: a form has nothing else")]
    NotText(String),
}

/// A text with places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template(Vec<Piece>);

impl Template {
    pub(crate) fn parse(text: &str, secret: SecretName) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut rest = text;
        let mut literal = String::new();
        'text: while !rest.is_empty() {
            for (name, place) in secret.places() {
                if let Some(after) = rest.strip_prefix(name) {
                    if !literal.is_empty() {
                        pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                    }
                    pieces.push(Piece::Place(place));
                    rest = after;
                    continue 'text;
                }
            }
            let mut characters = rest.chars();
            match characters.next() {
                Some('{' | '}') => {
                    return Err(TemplateError::Brace {
                        text: text.to_owned(),
                        secret: secret.as_str(),
                    });
                }
                Some(character) => literal.push(character),
                None => {}
            }
            rest = characters.as_str();
        }
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        let template = Self(pieces);
        if template.is_ambiguous() {
            return Err(TemplateError::Ambiguous(text.to_owned()));
        }
        Ok(template)
    }

    /// A contract number is digits, a user ID may begin or end with some: without anything else
    /// between them, 123456 + 7abc and 1234567 + abc would be the same text.
    fn is_ambiguous(&self) -> bool {
        let identifies = |place: Place| matches!(place, Place::Contract | Place::User);
        let mut before = false;
        let mut apart = true;
        for piece in &self.0 {
            match piece {
                Piece::Place(place) => {
                    if before && !apart {
                        return true;
                    }
                    before |= identifies(*place);
                    apart = !identifies(*place);
                }
                Piece::Literal(text) => {
                    apart |= text.chars().any(|character| !character.is_ascii_digit());
                }
            }
        }
        false
    }

    pub(crate) fn render(&self, values: &Values<'_>) -> Zeroizing<String> {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Literal(text) => text.as_str(),
            Piece::Place(place) => values.of(*place),
        });
        // Sized beforehand: a text that grows leaves copies of the secret behind.
        let length = pieces.clone().map(str::len).sum();
        let mut text = Zeroizing::new(String::with_capacity(length));
        pieces.for_each(|piece| text.push_str(piece));
        text
    }

    pub(crate) fn places(&self) -> impl Iterator<Item = Place> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Place(place) => Some(*place),
            Piece::Literal(_) => None,
        })
    }
}

/// What the places stand for.
#[derive(Clone, Copy)]
pub(crate) struct Values<'a> {
    pub(crate) contract: &'a str,
    pub(crate) user: &'a str,
    pub(crate) secret: &'a str,
}

impl<'a> Values<'a> {
    const fn of(&self, place: Place) -> &'a str {
        match place {
            Place::Contract => self.contract,
            Place::User => self.user,
            Place::Secret => self.secret,
        }
    }
}
