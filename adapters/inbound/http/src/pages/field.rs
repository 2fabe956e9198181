//! A field of a form as the template shows it.

use warifu_core::Secret;

/// A text field with its label, hint and error.
#[derive(Clone)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) label: String,
    pub(super) hint: Option<String>,
    pub(super) error: Option<String>,
    pub(super) kind: &'static str,
    pub(super) width: &'static str,
    pub(super) attributes: Vec<(&'static str, String)>,
    pub(super) required: bool,
    /// Perhaps a mistyped secret.
    pub(super) value: Secret,
    pub(super) lines: usize,
}

impl Field {
    fn new(name: &'static str, label: String, kind: &'static str) -> Self {
        Self {
            name,
            label,
            hint: None,
            error: None,
            kind,
            width: "medium",
            attributes: Vec::new(),
            required: true,
            value: Secret::from(""),
            lines: 1,
        }
    }

    /// For text that is not kept from view.
    pub(super) fn text(name: &'static str, label: String) -> Self {
        Self::new(name, label, "text")
            .with("autocapitalize", "none")
            .with("spellcheck", "false")
    }

    /// For a password. It is never filled in by us.
    pub(super) fn password(name: &'static str, label: String, autocomplete: &str) -> Self {
        Self::new(name, label, "password")
            .with("autocomplete", autocomplete)
            .with("autocapitalize", "none")
            .with("spellcheck", "false")
    }

    /// For a date.
    pub(super) fn date(name: &'static str, label: String) -> Self {
        Self::new(name, label, "date").optional()
    }

    /// For a file.
    pub(super) fn file(name: &'static str, label: String) -> Self {
        Self::new(name, label, "file").optional()
    }

    /// For several lines of text.
    pub(super) fn lines(name: &'static str, label: String, lines: usize) -> Self {
        let mut field = Self::new(name, label, "text").optional();
        field.lines = lines;
        field
    }

    /// With an attribute.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// With a hint above the field.
    pub(super) fn hint(mut self, hint: String) -> Self {
        self.hint = Some(hint);
        self
    }

    /// For a code in capitals.
    pub(super) fn capitals(mut self) -> Self {
        self.attributes
            .retain(|(name, _)| *name != "autocapitalize");
        self.with("autocapitalize", "characters")
    }

    /// As wide as what is expected.
    pub(super) fn width(mut self, width: &'static str) -> Self {
        self.width = width;
        self
    }

    /// Filled in.
    pub(super) fn value(mut self, value: impl AsRef<str>) -> Self {
        self.value = Secret::from(value.as_ref());
        self
    }

    /// May stay empty.
    pub(super) fn optional(mut self) -> Self {
        self.required = false;
        self
    }

    /// What describes the field: its error, then its hint.
    pub(super) fn described_by(&self) -> Option<String> {
        let error = self.error.as_ref().map(|_| format!("{}-error", self.name));
        let hint = self.hint.as_ref().map(|_| format!("{}-hint", self.name));
        let ids: Vec<String> = error.into_iter().chain(hint).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_described_by_its_error_before_its_hint() {
        let mut field = Field::text("otp", "OTP".to_owned());
        assert_eq!(field.described_by(), None);
        field = field.hint("digits".to_owned());
        assert_eq!(field.described_by().as_deref(), Some("otp-hint"));
        field.error = Some("wrong".to_owned());
        assert_eq!(field.described_by().as_deref(), Some("otp-error otp-hint"));
    }
}
