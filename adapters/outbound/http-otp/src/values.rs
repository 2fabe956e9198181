//! What the places of a request stand for.

use thiserror::Error;
use warifu_adapter_kit::template::{
    CONTRACT, NamedPlaceholder, OTP, PASSWORD, Placeholder, Template, TemplateError, USER,
};
use zeroize::Zeroizing;

/// How the place of the secret is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SecretName {
    Otp,
    Password,
}

impl SecretName {
    /// All places that a request has.
    pub(crate) const fn places(self) -> [NamedPlaceholder; 3] {
        let secret = match self {
            Self::Otp => OTP,
            Self::Password => PASSWORD,
        };
        [CONTRACT, USER, secret]
    }
}

/// Why a request is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum RequestError {
    /// A text of it is.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A place that stands nowhere.
    #[error("{0} stands nowhere in the request")]
    Missing(&'static str),
    /// A form has texts only.
    #[error("{0:?} must be a text: a form has nothing else")]
    NotText(String),
}

/// What the places stand for.
#[derive(Clone, Copy)]
pub(crate) struct Values<'a> {
    pub(crate) contract: &'a str,
    pub(crate) user: &'a str,
    pub(crate) secret: &'a str,
}

impl Values<'_> {
    pub(crate) fn fill(&self, template: &Template) -> Zeroizing<String> {
        template.fill(|place| match place {
            Placeholder::Contract => self.contract.into(),
            Placeholder::User => self.user.into(),
            Placeholder::Secret => self.secret.into(),
        })
    }
}
