//! What stands on a sheet, one below the other: one description, drawn here for paper and written by
//! templates as a page.

use warifu_core::domain::RetrievalPassword;

use crate::canvas::{Canvas, Style, at};
use crate::code::Code;
use crate::secret::password_box;
use crate::words::Words;

/// A part of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Text(String),
    /// The password, with the words to read it out.
    Password,
    /// What is called what.
    Facts(Vec<(String, String)>),
    /// What the following is about.
    Heading(String),
    /// What to do, in this order, beside the address to do it at.
    Steps(Vec<String>, Option<Code>),
    /// What to bear in mind.
    Notes(Vec<String>),
    /// What must not be missed.
    Boxed(String),
}

/// この用紙の使い方: what to do with the password, at `address` where it is known.
pub(crate) fn use_of(words: Words, address: Option<&str>) -> Block {
    let first = address.map_or_else(
        || words.t("notice-use-1"),
        |address| words.t1("notice-use-1-at", "address", address),
    );
    let steps = vec![first, words.t("notice-use-2"), words.t("notice-use-3")];
    Block::Steps(steps, address.and_then(Code::of))
}

/// Where the blocks stand, and how large.
#[derive(Clone, Copy)]
pub(crate) struct Measure {
    pub(crate) left: f32,
    pub(crate) width: f32,
    /// In points.
    pub(crate) text: f32,
    pub(crate) notes: f32,
    pub(crate) heading: f32,
    /// Between one block and the next, in millimetres.
    pub(crate) gap: f32,
}

/// Draws the blocks from `y` down; where they end.
pub(crate) fn draw(
    canvas: &mut Canvas<'_>,
    measure: Measure,
    y: f32,
    words: Words,
    (blocks, password): (&[Block], &RetrievalPassword),
) -> f32 {
    const LABEL: f32 = 58.0;
    /// Every module is larger than half a millimetre.
    const CODE: f32 = 21.0;
    const CODE_GAP: f32 = 5.0;
    /// Beside the heading, too.
    const CODE_RISE: f32 = 4.0;
    let mut y = y;
    for block in blocks {
        let place = at(measure.left, y, measure.width);
        let regular = Style::regular(measure.text);
        y = match block {
            Block::Text(text) => canvas.paragraph(place, regular, text) + measure.gap,
            Block::Password => password_box(canvas, place, words, password) + measure.gap + 1.0,
            Block::Facts(rows) => canvas.facts(place, LABEL, measure.text, rows) + measure.gap,
            Block::Heading(text) => {
                canvas.heading(2, place, Style::bold(measure.heading), text) + 0.5
            }
            Block::Steps(items, code) => {
                let beside = code.as_ref().map_or(0.0, |_| CODE + CODE_GAP);
                let place = at(measure.left, y, measure.width - beside);
                let bottom = canvas.numbered(place, regular, items);
                let bottom = code.as_ref().map_or(bottom, |code| {
                    let corner = (measure.left + measure.width - CODE, y - CODE_RISE);
                    canvas.squares(corner, CODE, code);
                    bottom.max(corner.1 + CODE)
                });
                bottom + measure.gap
            }
            Block::Notes(items) => {
                canvas.numbered(place, Style::regular(measure.notes), items) + measure.gap
            }
            Block::Boxed(text) => {
                let inside = at(measure.left + 4.0, y + 2.5, measure.width - 8.0);
                let bottom = canvas.paragraph(inside, Style::bold(measure.text), text) + 2.5;
                canvas.frame((measure.left, y), (measure.width, bottom - y), 0.8);
                bottom + measure.gap
            }
        };
    }
    y
}
