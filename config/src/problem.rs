//! What is wrong with a configuration, in one line each.

use std::fmt;

use thiserror::Error;
use warifu_core::ports::Unavailable;

/// One thing that is wrong: where it was said, which key, what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where the value came from, such as `warifu.toml:12` or `--set policy.otp.max_failures`.
    pub origin: String,
    /// The key, such as `policy.otp.max_failures`; empty where it concerns the whole source.
    pub key: String,
    /// What is wrong.
    pub message: String,
}

impl Problem {
    /// `message` about `key`, which came from `origin`.
    pub fn new(
        origin: impl Into<String>,
        key: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            origin: origin.into(),
            key: key.into(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `--set policy.otp.max_failures` has said the key already.
        let said = self.origin.strip_prefix("--set ") == Some(self.key.as_str());
        let key = if said { "" } else { &self.key };
        let line = [self.origin.as_str(), key, &self.message]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(": ");
        // A file's name or a key can hold anything; a problem is one line whatever they hold.
        for character in line.chars() {
            if character.is_control() {
                write!(formatter, "{}", character.escape_default())?;
            } else {
                write!(formatter, "{character}")?;
            }
        }
        Ok(())
    }
}

/// Why there is no running service.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The configuration is refused. One line a problem.
    #[error("{}", lines(.0))]
    Refused(Vec<Problem>),
    /// The configuration is good, but a back end cannot be reached.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl ConfigError {
    /// One problem.
    pub(crate) fn one(problem: Problem) -> Self {
        Self::Refused(vec![problem])
    }

    /// The exit code of a program that ends for this reason.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Refused(_) => 78,
            Self::Unavailable(_) => 9,
        }
    }
}

fn lines(problems: &[Problem]) -> String {
    problems
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

/// A sentence's end that leads from a wrong name to a right one.
pub(crate) fn suggestion<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let nearest = known
        .iter()
        .map(|name| {
            (
                strsim::damerau_levenshtein(&wrong.to_lowercase(), name),
                *name,
            )
        })
        .min()
        .filter(|(distance, name)| *distance <= name.chars().count().div_ceil(3).max(1));
    match nearest {
        Some((_, name)) => format!("did you mean {name:?}?"),
        None if known.is_empty() => "nothing can be set here".to_owned(),
        None => format!("known here: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_suggested_and_a_far_one_lists_all() {
        let known = ["max_failures", "lock_for"];
        assert_eq!(
            suggestion("max_failure", known),
            "did you mean \"max_failures\"?"
        );
        assert_eq!(suggestion("Lock_For", known), "did you mean \"lock_for\"?");
        assert_eq!(
            suggestion("colour", known),
            "known here: max_failures, lock_for"
        );
        assert_eq!(suggestion("colour", []), "nothing can be set here");
    }

    #[test]
    fn a_problem_is_one_line_whatever_was_entered() {
        let problem = Problem::new("a\nb.toml:1", "k\u{1b}[31m", "wrong");
        assert_eq!(problem.to_string(), "a\\nb.toml:1: k\\u{1b}[31m: wrong");
    }
}
