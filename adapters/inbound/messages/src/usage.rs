//! The languages agree with each other, and with what the workspace uses.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::messages::files;
use crate::{Locale, Messages};

/// Each text of a language with the names of its arguments.
fn texts(locale: Locale) -> BTreeMap<String, BTreeSet<String>> {
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current = None;
    for line in files(locale).iter().flat_map(|(_, source)| source.lines()) {
        if line.starts_with(|character: char| character.is_ascii_alphabetic()) {
            let id = line.split_whitespace().next().unwrap().to_owned();
            texts.insert(id.clone(), BTreeSet::new());
            current = Some(id);
        }
        let Some(arguments) = current.as_ref().and_then(|id| texts.get_mut(id)) else {
            continue;
        };
        for after in line.split('$').skip(1) {
            arguments.insert(name_at(after).to_owned());
        }
    }
    texts
}

/// The identifier that `text` begins with.
fn name_at(text: &str) -> &str {
    let end = text
        .find(|character: char| !is_name(character))
        .unwrap_or(text.len());
    &text[..end]
}

fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_')
}

/// Templates and Rust sources of the workspace, without this crate.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let mut found = Vec::new();
    for part in ["adapters", "bins", "config", "core", "tests"] {
        collect(&root.join(part), &mut found);
    }
    assert!(found.len() > 40, "only {} sources found", found.len());
    found
}

fn collect(directory: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let name = path.file_name().unwrap();
            if name != "target" && name != "node_modules" && name != "messages" {
                collect(&path, found);
            }
        } else if path
            .extension()
            .is_some_and(|end| end == "rs" || end == "html" || end == "txt")
        {
            found.push((
                path.clone(),
                std::fs::read_to_string(&path).unwrap_or_default(),
            ));
        }
    }
}

/// What stands between double quotes.
fn quoted(source: &str) -> impl Iterator<Item = &str> {
    source
        .split('"')
        .filter(|text| !text.is_empty() && text.chars().all(is_name))
}

/// The first arguments of the calls by which pages ask for texts: `t("…")`, `t1("…"` and so on.
fn asked_for(source: &str) -> impl Iterator<Item = &str> {
    ["t(\"", "t1(\"", "t2(\""]
        .into_iter()
        .flat_map(move |call| {
            source.match_indices(call).filter_map(move |(at, _)| {
                let before = source[..at].chars().next_back();
                let id = name_at(&source[at + call.len()..]);
                (!before.is_some_and(is_name) && !id.is_empty()).then_some(id)
            })
        })
}

#[test]
fn both_languages_have_the_same_texts_with_the_same_arguments() {
    let (japanese, english) = (texts(Locale::Ja), texts(Locale::En));
    assert!(japanese.len() > 80);
    for (id, arguments) in &japanese {
        assert_eq!(english.get(id), Some(arguments), "{id} in English");
    }
    for id in english.keys() {
        assert!(japanese.contains_key(id), "{id} in Japanese");
    }
}

#[test]
fn every_text_that_is_asked_for_exists() {
    let mut missing = BTreeSet::new();
    for (path, source) in sources() {
        let numbered =
            quoted(&source).filter(|text| text.starts_with("M-") && !text.starts_with("M-NONE"));
        for id in numbered.chain(asked_for(&source)) {
            if !Messages::standard().has(id) {
                missing.insert(format!("{id} in {}", path.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// The numbered messages are an interface and complete, used already or not.
#[test]
fn every_text_without_a_number_is_used() {
    let sources = sources();
    let used: BTreeSet<&str> = sources
        .iter()
        .flat_map(|(_, source)| quoted(source))
        .collect();
    let texts = texts(Locale::Ja);
    let unused: Vec<&String> = texts
        .keys()
        .filter(|id| !id.starts_with("M-") && !used.contains(id.as_str()))
        .collect();
    assert!(unused.is_empty(), "{unused:#?}");
}
