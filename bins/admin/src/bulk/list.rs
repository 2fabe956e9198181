//! The users file of a run: CSV with the header `user_id`.

use std::collections::BTreeMap;
use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Trim};
use warifu_core::domain::UserId;
use warifu_terminal::{Failure, Terminal, exit};

const COLUMN: &str = "user_id";
/// More wrong lines than anybody reads at once.
const SHOWN: usize = 20;

/// Reads the file. Every wrong line is named, and one is enough to do nothing.
pub(crate) fn read(path: &Path, terminal: &Terminal) -> Result<Vec<UserId>, Failure> {
    let file = path.display().to_string();
    let text = std::fs::read(path).map_err(|error| {
        let reason = error.to_string();
        Failure::usage(terminal.text(
            "bulk-list-unreadable",
            &[("file", &file), ("reason", &reason)],
        ))
    })?;
    let (users, mut problems) = parse(&text, terminal);
    if problems.is_empty() {
        return Ok(users);
    }
    let more = problems.len().saturating_sub(SHOWN);
    problems.truncate(SHOWN);
    if more > 0 {
        let count = more.to_string();
        problems.push((0, terminal.text("bulk-list-more", &[("n", &count)])));
    }
    let lines = problems.into_iter().map(|(line, problem)| match line {
        0 => problem,
        line => format!("{file}:{line}: {problem}"),
    });
    let lines: Vec<String> = lines.collect();
    Err(Failure::new(
        exit::USAGE,
        format!(
            "{}\n  {}",
            terminal.text("bulk-list-wrong", &[]),
            lines.join("\n  ")
        ),
    ))
}

/// The users, and what is wrong in which line.
fn parse(text: &[u8], terminal: &Terminal) -> (Vec<UserId>, Vec<(u64, String)>) {
    let mut problems = Vec::new();
    let mut reader = ReaderBuilder::new()
        .trim(Trim::All)
        .flexible(true)
        .from_reader(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text));
    let column = match reader.headers() {
        Ok(head) => head.iter().position(|name| name == COLUMN),
        Err(_) => None,
    };
    let Some(column) = column else {
        return (
            Vec::new(),
            vec![(1, terminal.text("bulk-list-header", &[]))],
        );
    };
    let mut users = Vec::new();
    let mut seen: BTreeMap<UserId, u64> = BTreeMap::new();
    let mut record = StringRecord::new();
    loop {
        let line = reader.position().line();
        match reader.read_record(&mut record) {
            Ok(false) => return (users, problems),
            Ok(true) => {
                let line = record.position().map_or(line, csv::Position::line);
                match record.get(column).unwrap_or_default().parse::<UserId>() {
                    Err(_) => problems.push((line, terminal.text("bulk-list-id", &[]))),
                    Ok(user) => match seen.insert(user.clone(), line) {
                        None => users.push(user),
                        Some(first) => {
                            let first = first.to_string();
                            let twice = terminal.text("bulk-list-twice", &[("line", &first)]);
                            problems.push((line, twice));
                        }
                    },
                }
            }
            Err(_) => problems.push((line, terminal.text("bulk-list-csv", &[]))),
        }
    }
}

#[cfg(test)]
mod tests {
    use warifu_messages::Locale;
    use warifu_terminal::TerminalOptions;

    use super::*;

    fn parsed(text: &str) -> (Vec<String>, Vec<u64>) {
        let options = TerminalOptions {
            lang: Some(Locale::En),
            ..TerminalOptions::default()
        };
        let terminal = Terminal::new(&options, |_| None);
        let (users, problems) = parse(text.as_bytes(), &terminal);
        (
            users.iter().map(ToString::to_string).collect(),
            problems.into_iter().map(|(line, _)| line).collect(),
        )
    }

    #[test]
    fn one_user_a_row_whatever_the_spreadsheet_made_of_it() {
        let good = (vec!["user01".to_owned(), "user02".to_owned()], vec![]);
        for text in [
            "user_id\nuser01\nuser02\n",
            "\u{feff}user_id\r\nUSER01\r\n\r\nuser02",
            "name,user_id\n\"Sato, I.\",user01\nB,\" user02 \"\n",
        ] {
            assert_eq!(parsed(text), good, "{text:?}");
        }
    }

    #[test]
    fn wrong_lines_are_named() {
        assert_eq!(parsed(""), (vec![], vec![1]));
        assert_eq!(parsed("user\nuser01\n"), (vec![], vec![1]));
        let text = "user_id\nuser01\nno one\nUser01\n\n";
        assert_eq!(parsed(text), (vec!["user01".to_owned()], vec![3, 4]));
    }
}
