//! What no source file holds.

use super::expect_none;
use super::workspace::{SourceFile, files, shipped_rust};

/// Where reading the clock and drawing random numbers is the whole point.
const AMBIENT: &str = "adapters/outbound/system/";

fn places(files: &[SourceFile], words: &[&str], except: &str) -> Vec<String> {
    let mut violations = Vec::new();
    for file in files
        .iter()
        .filter(|file| except.is_empty() || !file.path.starts_with(except))
    {
        for (number, line) in file.shipped_lines() {
            for word in words.iter().filter(|word| line.contains(*word)) {
                violations.push(format!("{}:{number} has {word}", file.path));
            }
        }
    }
    violations
}

#[test]
fn time_and_randomness_are_passed_in() {
    let words = [
        "SystemTime::now",
        "OffsetDateTime::now",
        "UtcDateTime::now",
        "rand::rng(",
        "thread_rng(",
        "rand::random",
        "OsRng",
        "SysRng",
        "getrandom::",
        "clippy::disallowed_methods",
    ];
    expect_none(
        &places(&shipped_rust(), &words, AMBIENT),
        "Take a core::ports::Clock or core::ports::Randomness; only adapters/outbound/system asks \
         the machine.",
    );
}

#[test]
fn nothing_panics_on_purpose() {
    let words = [
        ".unwrap()",
        "panic!(",
        "todo!(",
        "unimplemented!(",
        "dbg!(",
        "clippy::unwrap_used",
        "clippy::panic",
    ];
    expect_none(
        &places(&shipped_rust(), &words, ""),
        "Return an error that says what to do, or make the impossible case a type.",
    );
}

#[test]
fn no_test_is_switched_off() {
    let mut violations = Vec::new();
    let folders = ["core", "adapters", "config", "bins", "tests"];
    for file in folders
        .iter()
        .flat_map(|folder| files(folder, &["rs", "js", "ts", "mjs"]))
    {
        if file.path.ends_with("architecture/sources.rs") {
            continue;
        }
        for (number, line) in (1..).zip(file.text.lines()) {
            let words = [
                "#[ignore",
                "test.skip",
                "test.fixme",
                "test.only",
                "describe.skip",
            ];
            for word in words.iter().filter(|word| line.contains(*word)) {
                violations.push(format!("{}:{number} has {word}", file.path));
            }
        }
    }
    expect_none(
        &violations,
        "Repair the test or remove it: a skipped test passes for ever.",
    );
}

/// A structure with what it holds and what it derives.
struct Structure {
    name: String,
    derives: String,
    body: String,
}

fn structures(text: &str) -> Vec<Structure> {
    let mut found = Vec::new();
    let mut derives = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let trimmed = line.trim_start();
        if trimmed.starts_with("#[derive(") {
            derives.push_str(trimmed);
            continue;
        }
        if trimmed.starts_with("#[") || trimmed.starts_with("//") {
            continue;
        }
        let words: Vec<&str> = trimmed.split_whitespace().collect();
        if let Some(position) = words.iter().position(|word| *word == "struct") {
            let name: String = words
                .get(position + 1)
                .map(|word| word.chars().take_while(|c| c.is_alphanumeric()).collect())
                .unwrap_or_default();
            let mut body = trimmed.to_owned();
            while !body.ends_with([';', '}']) {
                let Some(next) = lines.next() else { break };
                body.push('\n');
                body.push_str(next.trim());
                if next.starts_with('}') {
                    break;
                }
            }
            found.push(Structure {
                name,
                derives: std::mem::take(&mut derives),
                body,
            });
        } else {
            derives.clear();
        }
    }
    found
}

/// Why `structure` would give its secret away.
fn leak(structure: &Structure) -> Option<&'static str> {
    let wiped = structure.body.contains("Zeroizing<");
    let guarded = structure.body.contains("SecretString") || structure.body.contains("SecretBox");
    if wiped && structure.derives.contains("Debug") {
        Some("derives Debug, which prints what Zeroizing holds")
    } else if (wiped || guarded) && structure.derives.contains("Serialize") {
        Some("derives Serialize")
    } else if (wiped || guarded) && structure.derives.contains("PartialEq") {
        Some("derives PartialEq, which does not compare in constant time")
    } else {
        None
    }
}

#[test]
fn secrets_cannot_be_printed() {
    let sources = shipped_rust();
    let mut violations = Vec::new();
    let mut secrets = Vec::new();
    for file in &sources {
        for structure in structures(&file.text) {
            if let Some(reason) = leak(&structure) {
                violations.push(format!("{}: {} {reason}", file.path, structure.name));
            }
            let body = &structure.body;
            // A type that is nothing but a secret is one that nobody may print.
            if body.contains("(SecretString)") || body.contains("(Zeroizing<") {
                secrets.push(structure.name);
            }
        }
    }
    assert!(
        secrets.len() >= 5,
        "the secrets of core are recognised, found {secrets:?}"
    );
    for file in &sources {
        for (number, line) in file.shipped_lines() {
            for name in &secrets {
                if line.contains(&format!("Display for {name} ")) {
                    violations.push(format!("{}:{number} prints {name}", file.path));
                }
            }
        }
    }
    expect_none(
        &violations,
        "Write Debug by hand without the secret, give it an `expose…` method, and compare in \
         constant time.",
    );
}

#[test]
fn leaks_are_recognised() {
    let leaks = |text: &str| {
        structures(text)
            .iter()
            .any(|structure| leak(structure).is_some())
    };
    assert!(leaks(
        "#[derive(Clone, Debug)]\nstruct Key(Zeroizing<Vec<u8>>);"
    ));
    assert!(leaks(
        "#[derive(Serialize)]\npub struct Token {\n    text: SecretString,\n}"
    ));
    assert!(leaks(
        "#[derive(PartialEq)]\n/// A word.\npub struct Word(SecretString);"
    ));
    assert!(!leaks("#[derive(Clone)]\nstruct Key(Zeroizing<Vec<u8>>);"));
    assert!(!leaks(
        "#[derive(Debug)]\nstruct Plain(String);\nstruct Key(Zeroizing<Vec<u8>>);"
    ));
}

#[test]
fn no_machine_is_spoken_of() {
    let mut violations = Vec::new();
    let extensions = [
        "rs", "toml", "md", "html", "css", "js", "ts", "mjs", "ftl", "json",
    ];
    for file in files(".", &extensions) {
        if file.path.ends_with("architecture/sources.rs") {
            continue;
        }
        for (number, line) in (1..).zip(file.text.lines()) {
            for word in [
                "/root/",
                "/home/",
                concat!("/wor", "k/"),
                "/Users/",
                "C:\\Users",
            ] {
                if line.contains(word) {
                    violations.push(format!("{}:{number} has {word}", file.path));
                }
            }
        }
    }
    expect_none(
        &violations,
        "Name no folder of one machine: use a path relative to the repository.",
    );
}
