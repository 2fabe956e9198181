//! Reads the pages' own HTML, strictly: every element that is opened is closed, in order.

use std::collections::BTreeSet;

const VOID: [&str; 5] = ["meta", "link", "input", "img", "br"];

type Attributes = Vec<(String, String)>;

/// A page that was read.
pub(super) struct Html<'a> {
    name: &'a str,
    source: &'a str,
    elements: Vec<(String, Attributes)>,
}

impl<'a> Html<'a> {
    pub(super) fn read(name: &'a str, source: &'a str) -> Self {
        let mut elements = Vec::new();
        let mut open: Vec<String> = Vec::new();
        let mut rest = source
            .strip_prefix("<!doctype html>")
            .expect("a document type");
        while let Some((_, after)) = rest.split_once('<') {
            let (tag, after) = split_tag(after).unwrap_or_else(|| panic!("{name}: {after:.80}"));
            rest = after;
            if let Some(closed) = tag.strip_prefix('/') {
                let last = open.pop();
                assert_eq!(
                    last.as_deref(),
                    Some(closed.trim()),
                    "{name}: before {rest:.80}"
                );
                continue;
            }
            let (element, attributes) = parse_tag(name, tag);
            if !VOID.contains(&element.as_str()) {
                open.push(element.clone());
            }
            elements.push((element, attributes));
        }
        assert!(open.is_empty(), "{name}: {open:?} stay open");
        Self {
            name,
            source,
            elements,
        }
    }

    pub(super) fn elements(&self) -> &[(String, Attributes)] {
        &self.elements
    }

    pub(super) fn count(&self, tag: &str) -> usize {
        self.elements
            .iter()
            .filter(|(element, _)| element == tag)
            .count()
    }

    pub(super) fn attribute(&self, tag: &str, name: &str) -> Option<&str> {
        let (_, attributes) = self.elements.iter().find(|(element, _)| element == tag)?;
        attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn text_of(&self, tag: &str) -> &str {
        let start = format!("<{tag}>");
        let after = self
            .source
            .split_once(start.as_str())
            .map_or("", |(_, after)| after);
        after.split('<').next().unwrap_or_default()
    }

    fn values(&self, wanted: &str) -> impl Iterator<Item = &str> {
        let attributes = self.elements.iter().flat_map(|(_, attributes)| attributes);
        attributes
            .filter(move |(name, _)| name == wanted)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn expect_unique_ids(&self) {
        let mut seen = BTreeSet::new();
        for id in self.values("id") {
            assert!(seen.insert(id), "{}: the id {id} is there twice", self.name);
        }
    }

    pub(super) fn expect_references_resolve(&self) {
        let ids: BTreeSet<&str> = self.values("id").collect();
        let lists = [
            "for",
            "aria-describedby",
            "aria-labelledby",
            "data-reveal",
            "data-copy",
        ];
        let listed = lists.into_iter().flat_map(|name| self.values(name));
        let linked = self
            .values("href")
            .filter_map(|href| href.strip_prefix('#'));
        for id in listed.flat_map(str::split_whitespace).chain(linked) {
            assert!(ids.contains(id), "{}: nothing has the id {id}", self.name);
        }
    }
}

/// The text up to the `>` that ends a tag, leaving out those within quotes.
fn split_tag(source: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    for (at, character) in source.char_indices() {
        match character {
            '"' => quoted = !quoted,
            '>' if !quoted => return Some((&source[..at], &source[at + 1..])),
            '<' if !quoted => return None,
            _ => {}
        }
    }
    None
}

fn parse_tag(page: &str, tag: &str) -> (String, Attributes) {
    let (element, mut rest) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return (element.to_owned(), attributes);
        }
        let end = rest
            .find(|c: char| c == '=' || c.is_whitespace())
            .unwrap_or(rest.len());
        let name = rest[..end].to_owned();
        rest = &rest[end..];
        let mut value = String::new();
        if let Some(quoted) = rest.strip_prefix("=\"") {
            let (text, after) = quoted
                .split_once('"')
                .unwrap_or_else(|| panic!("{page}: {tag}"));
            value = text.to_owned();
            rest = after;
            let separate = rest.is_empty() || rest.starts_with(char::is_whitespace);
            assert!(separate, "{page}: no space after {name} in <{tag}>");
        }
        let twice = attributes
            .iter()
            .any(|(known, _): &(String, String)| *known == name);
        assert!(!twice, "{page}: {name} twice in <{tag}>");
        attributes.push((name, value));
    }
}
