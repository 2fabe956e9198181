//! No file takes from a file that, by whatever way, takes from it: what is read can be read from
//! the bottom up. Names are followed through re-exports to the file that defines them.

use std::collections::{BTreeMap, BTreeSet};

use super::expect_none;
use super::workspace::{SourceFile, shipped_rust};

/// Circles that a decision record explains, each by one of its files.
const EXPLAINED: &[&str] = &[];

/// Where a file stands: the `src` folder of its crate, and its module within.
type Module = (String, Vec<String>);

#[test]
fn files_take_from_each_other_in_no_circle() {
    let files = shipped_rust();
    let arrows = arrows(&files);
    let violations: Vec<String> = circles(&arrows)
        .into_iter()
        .filter(|circle| !circle.iter().any(|file| EXPLAINED.contains(file)))
        .map(|circle| circle.join(" ↔ "))
        .collect();
    expect_none(
        &violations,
        "Move what both need into a file of its own, below both. (A child module that takes from \
         its parent, which takes from it, is a circle, too.)",
    );
}

/// Who takes from whom, by path.
fn arrows(files: &[SourceFile]) -> BTreeMap<&str, BTreeSet<&str>> {
    let modules: BTreeMap<Module, &SourceFile> = files
        .iter()
        .filter_map(|file| Some((module_of(&file.path)?, file)))
        .collect();
    let mut arrows = BTreeMap::new();
    for ((krate, module), file) in &modules {
        let mut targets = BTreeSet::new();
        for path in paths(&shipped_text(file)) {
            let target = resolve(&modules, krate, module, &path, 0);
            if let Some(target) = target.filter(|target| target.path != file.path) {
                targets.insert(target.path.as_str());
            }
        }
        arrows.insert(file.path.as_str(), targets);
    }
    arrows
}

fn shipped_text(file: &SourceFile) -> String {
    let lines: Vec<&str> = file.shipped_lines().map(|(_, line)| line).collect();
    lines.join("\n")
}

fn module_of(path: &str) -> Option<Module> {
    let (krate, inner) = path.split_once("/src/")?;
    let mut segments: Vec<String> = inner
        .trim_end_matches(".rs")
        .split('/')
        .map(str::to_owned)
        .collect();
    if matches!(segments.last()?.as_str(), "mod" | "lib" | "main") {
        segments.pop();
    }
    Some((krate.to_owned(), segments))
}

/// Every path that begins with `crate`, `self` or `super`, groups written out.
fn paths(text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for start in ["crate::", "self::", "super::"] {
        for (at, _) in text.match_indices(start) {
            let before = text[..at].chars().next_back();
            if before.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '_' | ':' | '$')) {
                expand(&mut Vec::new(), &text[at..], &mut found);
            }
        }
    }
    found
}

/// Reads one path or group at the beginning of `text` after `prefix`; gives what follows it.
fn expand<'a>(prefix: &mut Vec<String>, text: &'a str, found: &mut Vec<Vec<String>>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start().trim_start_matches(',').trim_start();
            if let Some(after) = rest.strip_prefix('}') {
                return after;
            }
            let length = rest.len();
            rest = expand(prefix, rest, found);
            if rest.len() == length {
                return rest;
            }
        }
    }
    let word: String = text
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    if word.is_empty() {
        found.push(prefix.clone());
        return text;
    }
    let rest = &text[word.len()..];
    prefix.push(word);
    let rest = if let Some(rest) = rest.strip_prefix("::") {
        expand(prefix, rest, found)
    } else {
        found.push(prefix.clone());
        // `as` gives another name to what was found.
        match rest.trim_start().strip_prefix("as ") {
            Some(renamed) => renamed.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_'),
            None => rest,
        }
    };
    prefix.pop();
    rest
}

/// The file that defines what `path` names in `module`.
fn resolve<'a>(
    modules: &BTreeMap<Module, &'a SourceFile>,
    krate: &str,
    module: &[String],
    path: &[String],
    depth: usize,
) -> Option<&'a SourceFile> {
    let mut here = module.to_vec();
    let mut names = path;
    while let Some((first, rest)) = names.split_first() {
        match first.as_str() {
            "crate" => here.clear(),
            "self" => {}
            "super" => drop(here.pop()?),
            name => {
                let mut inner = here.clone();
                inner.push(name.to_owned());
                if modules.contains_key(&(krate.to_owned(), inner.clone())) {
                    here = inner;
                } else {
                    break;
                }
            }
        }
        names = rest;
    }
    let file = modules.get(&(krate.to_owned(), here.clone())).copied()?;
    if let (Some(name), true) = (names.first(), depth < 8)
        && let Some(exported) = exported(file, name)
    {
        let found = resolve(modules, krate, &here, &exported, depth + 1);
        return found.or(Some(file));
    }
    Some(file)
}

/// The path under which `file` re-exports `name`, where it does.
fn exported(file: &SourceFile, name: &str) -> Option<Vec<String>> {
    let text = shipped_text(file);
    for (at, _) in text.match_indices("use ") {
        let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        if !text[line..at].trim_start().starts_with("pub") {
            continue;
        }
        let mut found = Vec::new();
        expand(&mut Vec::new(), &text[at + "use ".len()..], &mut found);
        let path = found
            .into_iter()
            .find(|path| path.last().is_some_and(|last| last == name));
        if path.is_some() {
            return path;
        }
    }
    None
}

/// The groups of files that reach each other.
fn circles<'a>(arrows: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Vec<Vec<&'a str>> {
    let reach: BTreeMap<&str, BTreeSet<&str>> = arrows
        .keys()
        .map(|start| (*start, reached(arrows, start)))
        .collect();
    let mut circles: Vec<Vec<&str>> = Vec::new();
    for (file, targets) in &reach {
        if !targets.contains(file) || circles.iter().any(|circle| circle.contains(file)) {
            continue;
        }
        let circle = targets
            .iter()
            .filter(|target| reach[*target].contains(file))
            .copied();
        circles.push(circle.collect());
    }
    circles
}

fn reached<'a>(arrows: &BTreeMap<&'a str, BTreeSet<&'a str>>, start: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut waiting: Vec<&str> = arrows[start].iter().copied().collect();
    while let Some(file) = waiting.pop() {
        if reached.insert(file) {
            waiting.extend(arrows[file].iter().copied());
        }
    }
    reached
}

#[test]
fn circles_are_found_through_re_exports() {
    let file = |path: &str, text: &str| SourceFile {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    let files = [
        file(
            "x/src/lib.rs",
            "mod a;\nmod b;\npub use a::{First, Second as Other};\n",
        ),
        file("x/src/a.rs", "use crate::b::Third;\npub struct First;\n"),
        file(
            "x/src/b.rs",
            "use crate::{\n    First,\n};\npub struct Third;\n",
        ),
        file("x/src/c.rs", "use super::b::{Third, Fourth};\n"),
    ];
    let arrows = arrows(&files);
    assert_eq!(circles(&arrows), [["x/src/a.rs", "x/src/b.rs"]]);
    assert!(arrows["x/src/c.rs"].contains("x/src/b.rs"));
}
