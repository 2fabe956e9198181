//! What is found in audit logs, in words.

use std::path::Path;

use warifu_config::audit_tools::{
    AuditFault, AuditToolError, Checkpoint, CheckpointError, Extract, ExtractError, Fault,
    SigningError, Summary, VerificationError,
};
use warifu_terminal::{Terminal, visible};

/// What a good log holds, with the checkpoint it was checked against.
pub(crate) fn good_log(
    file: &Path,
    summary: &Summary,
    checkpoint: Option<&Checkpoint>,
    terminal: &Terminal,
) -> String {
    let file = file.display().to_string();
    let (records, chains) = (summary.records.to_string(), summary.chains.to_string());
    let mut args = vec![
        ("file", file.as_str()),
        ("records", &records),
        ("chains", &chains),
    ];
    let Some(checkpoint) = checkpoint else {
        return terminal.text("audit-log-good", &args);
    };
    let (seen, time) = (checkpoint.records.to_string(), visible(&checkpoint.time));
    args.extend([("seen", seen.as_str()), ("time", &time)]);
    terminal.text("audit-log-good-since", &args)
}

/// What a good extract holds.
pub(crate) fn good_extract(folder: &Path, extract: &Extract, terminal: &Terminal) -> String {
    let folder = folder.display().to_string();
    let records = extract.records.to_string();
    let beginning = terminal.text("audit-beginning", &[]);
    let args = [
        ("file", folder.as_str()),
        ("records", &records),
        ("contract", extract.contract.as_str()),
        ("from", extract.from.as_deref().unwrap_or(&beginning)),
        ("until", extract.until.as_deref().unwrap_or(&extract.time)),
        ("time", &extract.time),
    ];
    terminal.text("audit-extract-good", &args)
}

/// What is wrong with which file, in one sentence.
pub(crate) fn told(error: &AuditToolError, terminal: &Terminal) -> String {
    let file = error.path.display().to_string();
    let words = Words {
        terminal,
        file: &visible(&file),
    };
    match &error.what {
        AuditFault::Exposed { mode } => words.say(
            "terminal-secret-exposed",
            &[("mode", &format!("{mode:04o}"))],
        ),
        AuditFault::Unreadable(error) => {
            words.say("audit-unreadable", &[("reason", &error.to_string())])
        }
        AuditFault::Unwritten(error) => {
            words.say("terminal-not-written", &[("reason", &error.to_string())])
        }
        AuditFault::Uncopied(error) => {
            words.say("audit-uncopied", &[("reason", &error.to_string())])
        }
        AuditFault::Empty => words.say("audit-empty", &[]),
        AuditFault::Signing(error) => words.signing(*error),
        AuditFault::Log(error) => words.log(error),
        AuditFault::Checkpoint(error) => words.checkpoint(error),
        AuditFault::Extract(error) => words.extract(error),
    }
}

struct Words<'a> {
    terminal: &'a Terminal,
    file: &'a str,
}

impl Words<'_> {
    fn say(&self, id: &str, more: &[(&str, &str)]) -> String {
        let args = [&[("file", self.file)], more].concat();
        self.terminal.text(id, &args)
    }

    /// Where in a file: its line, and the record that the line says to be.
    fn place(&self, line: u64, record: Option<(&str, u64)>) -> String {
        let line = line.to_string();
        match record {
            Some((chain, seq)) => {
                let (chain, seq) = (visible(chain), seq.to_string());
                let args = [("line", line.as_str()), ("chain", &chain), ("seq", &seq)];
                self.terminal.text("audit-at-record", &args)
            }
            None => self.terminal.text("audit-at-line", &[("line", &line)]),
        }
    }

    fn log(&self, error: &VerificationError) -> String {
        let place = self.place(error.line, error.chain.as_deref().zip(error.seq));
        let place = ("place", place.as_str());
        match &error.what {
            Fault::Unreadable(reason) => self.say(
                "audit-line-unreadable",
                &[place, ("reason", &reason.to_string())],
            ),
            Fault::Malformed => self.say("audit-line-malformed", &[place]),
            Fault::CutOff => self.say("audit-line-cut-off", &[place]),
            Fault::Changed => self.say("audit-line-changed", &[place]),
            Fault::OutOfSequence { expected } => self.say(
                "audit-line-out-of-sequence",
                &[place, ("expected", &expected.to_string())],
            ),
            Fault::Unlinked => self.say("audit-line-unlinked", &[place]),
            Fault::Unfounded { records } => self.say(
                "audit-line-unfounded",
                &[place, ("n", &records.to_string())],
            ),
            Fault::Forged => self.say("audit-line-forged", &[place]),
            Fault::BeginsLater { former } => {
                self.say("audit-begins-later", &[("former", &visible(former))])
            }
        }
    }

    fn checkpoint(&self, error: &CheckpointError) -> String {
        let (id, chain, seq, time) = match error {
            CheckpointError::Log(error) => return self.log(error),
            CheckpointError::Missing { chain, seq, time } => ("audit-missing", chain, seq, time),
            CheckpointError::Another { chain, seq, time } => ("audit-rewritten", chain, seq, time),
            CheckpointError::Cut {
                records,
                found,
                time,
            } => {
                let (records, found) = (records.to_string(), found.to_string());
                let args = [
                    ("n", records.as_str()),
                    ("found", &found),
                    ("time", &visible(time)),
                ];
                return self.say("audit-cut", &args);
            }
            CheckpointError::Rewritten { records, time } => {
                let (records, time) = (records.to_string(), visible(time));
                let args = [("n", records.as_str()), ("time", &time)];
                return self.say("audit-rewritten-since", &args);
            }
        };
        let (chain, seq, time) = (visible(chain), seq.to_string(), visible(time));
        self.say(id, &[("chain", &chain), ("seq", &seq), ("time", &time)])
    }

    fn extract(&self, error: &ExtractError) -> String {
        let at = |id, line, record| {
            let place = self.place(line, record);
            self.say(id, &[("place", &place)])
        };
        match error {
            ExtractError::Log(error) => self.log(error),
            ExtractError::Io(error) => {
                self.say("audit-unreadable", &[("reason", &error.to_string())])
            }
            ExtractError::Statement(error) => self.signing(*error),
            ExtractError::Changed(line) => at("audit-line-changed", *line, None),
            ExtractError::Foreign(line) => at("audit-line-foreign", *line, None),
            ExtractError::OutOfSequence(line, chain, seq) => {
                at("audit-line-misplaced", *line, Some((chain, *seq)))
            }
            ExtractError::Count { signed, found } => {
                let (signed, found) = (signed.to_string(), found.to_string());
                self.say("audit-count", &[("signed", &signed), ("found", &found)])
            }
            ExtractError::Another => self.say("audit-another", &[]),
        }
    }

    fn signing(&self, error: SigningError) -> String {
        let id = match error {
            SigningError::PrivateKey => "audit-no-private-key",
            SigningError::PublicKey => "audit-no-public-key",
            SigningError::Malformed => "audit-no-signed-document",
            SigningError::Signature => "audit-bad-signature",
        };
        self.say(id, &[])
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::path::PathBuf;

    use warifu_terminal::TerminalOptions;

    use super::*;

    fn log(what: Fault) -> VerificationError {
        VerificationError {
            line: 7,
            chain: Some("c0ffee".to_owned()),
            seq: Some(5),
            what,
        }
    }

    fn gone() -> io::Error {
        io::ErrorKind::NotFound.into()
    }

    /// Every fault with what a sentence about it names, in whatever language.
    fn faults() -> Vec<(AuditFault, &'static [&'static str])> {
        let record: &[&str] = &["7", "chain c0ffee", "seq 5"];
        let seen: &[&str] = &["chain c0ffee", "seq 5", "2026-11-22T18:49:45Z"];
        let (chain, time) = ("c0ffee".to_owned(), "2026-11-22T18:49:45Z".to_owned());
        let missing = CheckpointError::Missing {
            chain: chain.clone(),
            seq: 5,
            time: time.clone(),
        };
        let another = CheckpointError::Another {
            chain: chain.clone(),
            seq: 5,
            time,
        };
        let count = ExtractError::Count {
            signed: 11,
            found: 12,
        };
        vec![
            (AuditFault::Exposed { mode: 0o644 }, &["0644", "chmod 600"]),
            (AuditFault::Unreadable(gone()), &["not found"]),
            (AuditFault::Unwritten(gone()), &["not found"]),
            (SigningError::PrivateKey.into(), &["openssl genpkey"]),
            (SigningError::PublicKey.into(), &["openssl pkey -pubout"]),
            (SigningError::Malformed.into(), &[]),
            (SigningError::Signature.into(), &[]),
            (log(Fault::Unreadable(gone())).into(), record),
            (log(Fault::Malformed).into(), record),
            (log(Fault::CutOff).into(), record),
            (log(Fault::Changed).into(), record),
            (log(Fault::OutOfSequence { expected: 4 }).into(), &["4"]),
            (log(Fault::Unlinked).into(), record),
            (CheckpointError::Log(log(Fault::Changed)).into(), record),
            (missing.into(), seen),
            (another.into(), seen),
            (ExtractError::Log(log(Fault::Changed)).into(), record),
            (ExtractError::Io(gone()).into(), &["not found"]),
            (ExtractError::Statement(SigningError::Signature).into(), &[]),
            (ExtractError::Changed(7).into(), &["7"]),
            (ExtractError::Foreign(7).into(), &["7"]),
            (ExtractError::OutOfSequence(7, chain, 5).into(), record),
            (count.into(), &["11", "12"]),
            (ExtractError::Another.into(), &[]),
        ]
    }

    #[test]
    fn every_fault_is_one_sentence_that_names_its_place() {
        for locale in ["ja", "en"] {
            let options = TerminalOptions {
                lang: locale.parse().ok(),
                ..TerminalOptions::default()
            };
            let terminal = Terminal::new(&options, |_| None);
            for (what, named) in faults() {
                let path = PathBuf::from("log.jsonl");
                let text = told(&AuditToolError { path, what }, &terminal);
                assert!(text.contains("log.jsonl"), "{text}");
                assert!(!text.contains('⟦') && !text.contains("{ $"), "{text}");
                assert_eq!(text.lines().count(), 1, "{text}");
                for name in named {
                    assert!(text.contains(name), "{name}: {text}");
                }
                let is_japanese = text.chars().any(|character| character > '\u{3000}');
                assert_eq!(is_japanese, locale == "ja", "{text}");
            }
        }
    }
}
