use std::ffi::OsString;
use std::io::{self, BufRead, ErrorKind, IsTerminal, Write};

use warifu_messages::Locale;

use crate::failure::{Failure, exit};
use crate::options::TerminalOptions;
use crate::texts::{language, text};
use crate::width::wrapped;

const RED: &str = "31;1";
const YELLOW: &str = "33;1";
const GREEN: &str = "32;1";

/// Whom the program speaks with: in which language, with colours or without, and whether anybody
/// is there to answer.
#[derive(Clone, Debug)]
pub struct Terminal {
    locale: Locale,
    colour: bool,
    streams: Streams,
}

/// What stands at the other end of the standard streams.
#[derive(Clone, Copy, Debug)]
struct Streams {
    /// Somebody who answers.
    answers: bool,
    /// A screen for data.
    shows_data: bool,
    /// A screen for messages, of which lines can be drawn anew.
    shows_messages: bool,
}

/// Which stream a page of text goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageTarget {
    /// The standard output.
    Data,
    /// The standard error.
    Messages,
}

impl Terminal {
    /// Looks at the three standard streams and, by `variable`, at the environment.
    pub fn new(options: &TerminalOptions, variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let filled = |name| variable(name).filter(|value| !value.is_empty());
        let dumb = filled("TERM").is_some_and(|term| term == "dumb");
        let shows_messages = io::stderr().is_terminal();
        Self {
            locale: options.lang.unwrap_or_else(|| language(&variable)),
            colour: shows_messages && !dumb && !options.no_color && filled("NO_COLOR").is_none(),
            streams: Streams {
                answers: io::stdin().is_terminal() && !options.no_input,
                shows_data: io::stdout().is_terminal(),
                shows_messages: shows_messages && !dumb,
            },
        }
    }

    /// The language of its messages.
    pub fn locale(&self) -> Locale {
        self.locale
    }

    /// Whether somebody answers questions.
    pub fn answers(&self) -> bool {
        self.streams.answers
    }

    /// Whether data is read by a person, as it is printed.
    pub fn shows_data(&self) -> bool {
        self.streams.shows_data
    }

    /// Whether a line of messages can be drawn over.
    pub(crate) fn draws(&self) -> bool {
        self.streams.shows_messages
    }

    /// How many columns data has room for; nothing where it goes to a file or a program.
    pub fn data_width(&self) -> Option<usize> {
        self.streams
            .shows_data
            .then(|| terminal_size::terminal_size_of(io::stdout()))
            .flatten()
            .map(|(width, _)| usize::from(width.0))
    }

    /// How many columns messages have room for.
    pub(crate) fn message_width(&self) -> Option<usize> {
        self.streams
            .shows_messages
            .then(|| terminal_size::terminal_size_of(io::stderr()))
            .flatten()
            .map(|(width, _)| usize::from(width.0).max(20))
    }

    /// How many columns a page of text has room for: at most 100, which are easy to read, and 80 where
    /// nobody says how many there are.
    pub(crate) fn page_width(&self, where_to: PageTarget) -> usize {
        let size = match where_to {
            PageTarget::Data => self.data_width(),
            PageTarget::Messages => self.message_width(),
        };
        size.unwrap_or(80).clamp(20, 100)
    }

    /// A text of the catalogue.
    pub fn text(&self, id: &str, args: &[(&str, &str)]) -> String {
        text(self.locale, id, args)
    }

    /// Prints data. Whoever stops reading is not an error.
    pub fn print(&self, data: &str) -> Result<(), Failure> {
        let mut output = io::stdout().lock();
        match output
            .write_all(data.as_bytes())
            .and_then(|()| output.flush())
        {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                let reason = error.to_string();
                let text = self.text("terminal-no-output", &[("reason", &reason)]);
                Err(Failure::unexpected(text))
            }
            _ => Ok(()),
        }
    }

    /// Says something.
    pub fn say(&self, message: &str) {
        let text = match self.message_width() {
            None => message.to_owned(),
            Some(width) => message
                .lines()
                .flat_map(|line| wrapped(line, width))
                .collect::<Vec<_>>()
                .join("\n"),
        };
        Self::write(&format!("{text}\n"));
    }

    /// Shows something to the letter, beside the data.
    pub fn show(&self, text: &str) {
        Self::write(text);
    }

    /// Says that it is done.
    pub fn done(&self, message: &str) {
        self.marked("terminal-done", GREEN, message);
    }

    /// Says what to be careful with.
    pub fn caution(&self, message: &str) {
        self.marked("terminal-caution", YELLOW, message);
    }

    /// Says why the program ends; nothing where that was said already.
    pub fn fail(&self, failure: &Failure) {
        let message = failure.to_string();
        if message.is_empty() {
            return;
        }
        if failure.code() == exit::CONFIGURATION {
            // One line a problem, each with its file and line: to the letter.
            Self::write(&format!("{message}\n"));
        } else {
            self.marked("M-UI-01", RED, &message);
        }
    }

    fn marked(&self, mark: &str, colour: &str, message: &str) {
        let mark = self.text(mark, &[]);
        let message = format!("{mark} {message}");
        let text = match self.message_width() {
            None => message,
            Some(width) => message
                .lines()
                .flat_map(|line| wrapped(line, width))
                .collect::<Vec<_>>()
                .join("\n"),
        };
        let text = match text.strip_prefix(&mark) {
            Some(rest) if self.colour => format!("\u{1b}[{colour}m{mark}\u{1b}[0m{rest}"),
            _ => text,
        };
        Self::write(&format!("{text}\n"));
    }

    /// Writes to the standard error; when nobody hears it, nothing can be done about that.
    pub(crate) fn write(text: &str) {
        let mut messages = io::stderr().lock();
        let _ = messages
            .write_all(text.as_bytes())
            .and_then(|()| messages.flush());
    }

    /// Asks whether to go on; the default is no. Where nobody answers, `flag` is what to give.
    pub fn confirm(&self, question: &str, flag: &str) -> Result<(), Failure> {
        let answer = self.ask(&format!("{question} [y/N] "), flag)?;
        if matches!(
            answer.trim().to_ascii_lowercase().as_str(),
            "y" | "yes" | "はい"
        ) {
            return Ok(());
        }
        Err(Failure::new(
            exit::CANCELLED,
            self.text("terminal-cancelled", &[]),
        ))
    }

    /// Asks for a line that may be seen. Where nobody answers, `flag` is what to give.
    pub fn ask(&self, prompt: &str, flag: &str) -> Result<String, Failure> {
        if !self.streams.answers {
            return Err(self.nobody_answers(flag));
        }
        Self::write(prompt);
        let mut line = String::new();
        match io::stdin().lock().read_line(&mut line) {
            Ok(0) => Err(self.interrupted()),
            Ok(_) => Ok(line.trim_end_matches(['\n', '\r']).to_owned()),
            Err(error) => Err(self.unreadable(&error)),
        }
    }

    /// The terminal is there, but nothing can be read from it.
    pub fn unreadable(&self, error: &io::Error) -> Failure {
        let reason = error.to_string();
        Failure::unexpected(self.text("terminal-unreadable", &[("reason", &reason)]))
    }

    pub(crate) fn nobody_answers(&self, flag: &str) -> Failure {
        Failure::usage(self.text("terminal-nobody-answers", &[("flag", flag)]))
    }

    pub(crate) fn interrupted(&self) -> Failure {
        Failure::new(
            exit::INTERRUPTED,
            self.text("terminal-interrupted-before", &[]),
        )
    }
}
