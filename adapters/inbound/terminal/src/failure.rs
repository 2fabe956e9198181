//! How a program ends that did not do what it was asked.

use std::fmt;

/// The exit codes, the same for every program.
pub mod exit {
    use warifu_messages::Locale;

    /// Nobody expected that.
    pub const UNEXPECTED: u8 = 1;
    /// Entered wrongly.
    pub const USAGE: u8 = 2;
    /// A password was refused.
    pub const REFUSED: u8 = 3;
    /// A password is locked, or it is too early to try again.
    pub const LOCKED: u8 = 4;
    /// Not permitted.
    pub const NOT_PERMITTED: u8 = 5;
    /// Not found, or not selectable.
    pub const NOT_FOUND: u8 = 6;
    /// Done already, or in the way of something that is there.
    pub const CONFLICT: u8 = 7;
    /// The question was answered with no.
    pub const CANCELLED: u8 = 8;
    /// A back end or the server cannot answer.
    pub const UNAVAILABLE: u8 = 9;
    /// Some of it was done, some was not.
    pub const PARTIAL: u8 = 10;
    /// Bad configuration.
    pub const CONFIGURATION: u8 = 78;
    /// Broken off at the terminal.
    pub const INTERRUPTED: u8 = 130;

    /// The exit code for what the API answers with `status`.
    pub const fn of_status(status: u16) -> u8 {
        match status {
            400 | 422 => USAGE,
            401 => REFUSED,
            403 => NOT_PERMITTED,
            404 => NOT_FOUND,
            409 | 410 => CONFLICT,
            423 | 429 => LOCKED,
            502 | 503 => UNAVAILABLE,
            _ => UNEXPECTED,
        }
    }

    /// All of them, as help in English lists them.
    pub fn help() -> String {
        crate::texts::text(Locale::En, "arguments-exit-codes", &[])
    }
}

/// What a command ends with, unless all went well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    code: u8,
    message: String,
    lines: Vec<String>,
}

impl Failure {
    /// Ends with `code` and one sentence that says what to do.
    pub fn new(code: u8, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            lines: Vec::new(),
        }
    }

    /// Something that was entered wrongly.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(exit::USAGE, message)
    }

    /// Something nobody expected.
    pub fn unexpected(message: impl Into<String>) -> Self {
        Self::new(exit::UNEXPECTED, message)
    }

    /// What the API answers with `status`, and what it says of single entries.
    pub fn answered(status: u16, detail: impl Into<String>, entries: Vec<String>) -> Self {
        Self {
            code: exit::of_status(status),
            message: detail.into(),
            lines: entries,
        }
    }

    /// Ends with a message that has been shown already.
    pub fn shown(code: u8) -> Self {
        Self::new(code, "")
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        self.code
    }

    /// With another exit code.
    #[must_use]
    pub fn with_code(mut self, code: u8) -> Self {
        self.code = code;
        self
    }
}

/// One line, or one and one more an entry.
impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        for line in &self.lines {
            write!(formatter, "\n  {line}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_of_the_api_have_their_exit_codes() {
        for (status, code) in [
            (400, 2),
            (401, 3),
            (403, 5),
            (404, 6),
            (409, 7),
            (410, 7),
            (422, 2),
            (423, 4),
            (429, 4),
            (500, 1),
            (502, 9),
            (503, 9),
        ] {
            assert_eq!(exit::of_status(status), code, "{status}");
        }
    }
}
