//! What a page is made of: headings, paragraphs, tables and lists, drawn and tagged.

use std::num::NonZeroU16;

use krilla::tagging::{ListNumbering, Node, TableHeaderScope, Tag, TagGroup};

use crate::canvas::{Canvas, Drawn, Position, Style, at, line_height};

impl Canvas<'_> {
    /// A heading.
    pub(crate) fn heading(&mut self, level: u16, place: Position, style: Style, text: &str) -> f32 {
        let drawn = self.fitted(place, style, text, 2);
        self.push_heading(level, text, drawn)
    }

    /// A heading that was drawn.
    pub(crate) fn push_heading(&mut self, level: u16, text: &str, drawn: Drawn) -> f32 {
        let level = NonZeroU16::new(level).unwrap_or(NonZeroU16::MIN);
        let tag = Tag::Hn(level, Some(text.to_owned()));
        self.push(TagGroup::with_children(tag, drawn.parts));
        drawn.bottom
    }

    /// A paragraph.
    pub(crate) fn paragraph(&mut self, place: Position, style: Style, text: &str) -> f32 {
        let drawn = self.text(place, style, text);
        self.push_paragraph(drawn)
    }

    /// A paragraph that was drawn.
    pub(crate) fn push_paragraph(&mut self, drawn: Drawn) -> f32 {
        self.push(TagGroup::with_children(Tag::P, drawn.parts));
        drawn.bottom
    }

    /// What is called what: names on the left, `label` millimetres wide, values on the right in at
    /// most two lines.
    pub(crate) fn facts(
        &mut self,
        place: Position,
        label: f32,
        size: f32,
        rows: &[(String, String)],
    ) -> f32 {
        let mut table = TagGroup::new(Tag::Table);
        let mut y = place.y;
        for (name, value) in rows {
            let name_at = at(place.x, y, label - 3.0);
            let name = self.fitted(name_at, Style::regular(size).soft(), name, 1);
            let value_at = at(place.x + label, y, place.width - label);
            let value = self.fitted(value_at, Style::regular(size), value, 2);
            let mut row = TagGroup::new(Tag::TR);
            row.push(header_cell(TableHeaderScope::Row, name.parts));
            row.push(TagGroup::with_children(Tag::TD, value.parts));
            table.push(row);
            y = value.bottom.max(y + line_height(size));
        }
        self.push(table);
        y
    }

    /// A numbered list.
    pub(crate) fn numbered(&mut self, place: Position, style: Style, items: &[String]) -> f32 {
        const INDENT: f32 = 6.0;
        let mut list = TagGroup::new(Tag::L(ListNumbering::Decimal));
        let mut y = place.y;
        for (number, item) in (1..).zip(items) {
            let number = self.text(at(place.x, y, INDENT), style, &format!("{number}."));
            let body_at = at(place.x + INDENT, y, place.width - INDENT);
            let body = self.text(body_at, style, item);
            let mut entry = TagGroup::new(Tag::LI);
            entry.push(TagGroup::with_children(Tag::Lbl, number.parts));
            entry.push(TagGroup::with_children(Tag::LBody, body.parts));
            list.push(entry);
            y = body.bottom;
        }
        self.push(list);
        y
    }
}

/// The cell of a table that says what the others of its row or column are.
pub(crate) fn header_cell(scope: TableHeaderScope, parts: Vec<Node>) -> TagGroup {
    TagGroup::with_children(Tag::TH(scope), parts)
}
