use std::io::{self, BufRead, BufReader, ErrorKind, IsTerminal, Read};

use warifu_config::settings::Settings;
use warifu_config::tools;
use warifu_core::domain::{AllowedCharacters, ParsePasswordError, PlainPassword};
use warifu_terminal::{Failure, Terminal, exit};
use zeroize::Zeroizing;

use crate::setup::refused;

/// Shorter passwords are hashed, since another system may demand them, but not without a word.
const SHORTEST_GOOD: usize = 8;
/// No entry is longer, so no more is read.
const LONGEST_LINE: u64 = 4096;

/// Reads a password and hashes it.
pub(crate) fn run(settings: &Settings, terminal: &Terminal) -> Result<String, Failure> {
    let entered = if io::stdin().is_terminal() {
        ask(terminal)?
    } else {
        read_line(io::stdin().lock(), terminal)?
    };
    let password = check(&entered, settings.to_policy().password_characters, terminal)?;
    if entered.chars().count() < SHORTEST_GOOD {
        let least = SHORTEST_GOOD.to_string();
        terminal.caution(&terminal.text("terminal-short-password", &[("n", &least)]));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| Failure::unexpected(format!("cannot start: {error}")))?;
    runtime
        .block_on(tools::hash_password(settings, password))
        .map_err(refused)
}

/// The bytes to hash, of an entry that a user could also log in with.
fn check(
    entered: &str,
    allowed: AllowedCharacters,
    terminal: &Terminal,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    PlainPassword::parse(entered, allowed)
        .map(|password| Zeroizing::new(password.to_hash().to_vec()))
        .map_err(|error| {
            let text = match error {
                ParsePasswordError::Empty => "hash-empty",
                ParsePasswordError::TooLong => "hash-too-long",
                ParsePasswordError::FullWidth => "hash-full-width",
                ParsePasswordError::ControlCharacters => "hash-control-characters",
            };
            Failure::usage(terminal.text(text, &[]))
        })
}

fn ask(terminal: &Terminal) -> Result<Zeroizing<String>, Failure> {
    let ask = |prompt: &str| {
        rpassword::prompt_password(format!("{}: ", terminal.text(prompt, &[])))
            .map(Zeroizing::new)
            .map_err(|error| match error.kind() {
                ErrorKind::Interrupted | ErrorKind::UnexpectedEof => {
                    let text = terminal.text("terminal-interrupted-before", &[]);
                    Failure::new(exit::INTERRUPTED, text)
                }
                _ => terminal.unreadable(&error),
            })
    };
    let first = ask("hash-password")?;
    if ask("hash-password-again")? != first {
        return Err(Failure::usage(terminal.text("hash-differ", &[])));
    }
    Ok(first)
}

/// One line, without its end.
fn read_line(input: impl Read, terminal: &Terminal) -> Result<Zeroizing<String>, Failure> {
    let mut line = Zeroizing::new(String::new());
    BufReader::new(input.take(LONGEST_LINE))
        .read_line(&mut line)
        .map_err(|error| {
            let reason = error.to_string();
            Failure::usage(terminal.text("hash-unreadable", &[("reason", &reason)]))
        })?;
    let end = line
        .strip_suffix('\n')
        .map(|rest| rest.strip_suffix('\r').unwrap_or(rest));
    Ok(Zeroizing::new(end.unwrap_or(&line).to_owned()))
}

#[cfg(test)]
mod tests {
    use warifu_terminal::TerminalOptions;

    use super::*;

    fn terminal() -> Terminal {
        Terminal::new(&TerminalOptions::default(), |_| None)
    }

    #[test]
    fn one_line_is_read_to_the_letter() {
        for (input, expected) in [
            ("abc\n", "abc"),
            ("abc\r\n", "abc"),
            (" a b ", " a b "),
            ("a\nb\n", "a"),
            ("", ""),
        ] {
            let line = read_line(input.as_bytes(), &terminal())
                .map_err(|failure| failure.to_string())
                .unwrap();
            assert_eq!(line.as_str(), expected);
        }
    }

    #[test]
    fn what_nobody_could_log_in_with_is_wrong_usage() {
        for entered in ["", "割符の暗証番号", "tab\there", &"x".repeat(257)] {
            let failure = check(entered, AllowedCharacters::Ascii, &terminal())
                .map(|_| ())
                .unwrap_err();
            assert_eq!(failure.code(), 2);
            assert!(entered.is_empty() || !failure.to_string().contains(entered));
        }
        assert!(check("割符の暗証番号", AllowedCharacters::Any, &terminal()).is_ok());
    }
}
