//! A retrieval password as it stands on paper: in groups, with the words to read it out.

use krilla::tagging::{ListNumbering, Tag, TagGroup};
use secrecy::ExposeSecret;
use warifu_core::domain::RetrievalPassword;
use warifu_messages::reading;

use crate::canvas::{Canvas, Position, Style, at, line_height};
use crate::words::Words;

const PADDING: f32 = 5.0;
/// In points; a password too long for the frame is set smaller.
const LARGEST: f32 = 28.0;
const READING: f32 = 10.5;

/// The framed password. Each group has its readings in a column of its own below.
pub(crate) fn password_box(
    canvas: &mut Canvas<'_>,
    place: Position,
    words: Words,
    password: &RetrievalPassword,
) -> f32 {
    let x = place.x + PADDING;
    let width = place.width - 2.0 * PADDING;
    let heading = words.t("secret-heading");
    let y = canvas.heading(2, at(x, place.y + 3.0, width), Style::bold(11.0), &heading);

    let shown = password.expose_display();
    let style = Style {
        spacing: 0.08,
        ..Style::mono(LARGEST)
    };
    let drawn = canvas.fitted(at(x, y, width), style, shown.expose_secret(), 1);
    let y = canvas.push_paragraph(drawn) + 2.0;

    let groups = password.expose_groups().count().max(1);
    #[expect(clippy::cast_precision_loss, reason = "six groups at most")]
    let column = width / groups.max(4) as f32;
    let mut list = TagGroup::new(Tag::L(ListNumbering::None));
    let mut left = x;
    let mut bottom = y;
    for group in password.expose_groups() {
        let mut top = y;
        for character in group.chars() {
            let mut bytes = [0; 4];
            let letter = character.encode_utf8(&mut bytes);
            let mut parts = canvas
                .text(at(left, top, 6.0), Style::mono(12.0), letter)
                .parts;
            let says = at(left + 5.5, top + 0.61, column - 6.5);
            let says = canvas.fitted(
                says,
                Style::regular(READING),
                reading(character, words.locale()),
                1,
            );
            parts.extend(says.parts);
            let mut entry = TagGroup::new(Tag::LI);
            entry.push(TagGroup::with_children(Tag::LBody, parts));
            list.push(entry);
            top += line_height(12.0);
        }
        left += column;
        bottom = top;
    }
    canvas.push(list);
    bottom += PADDING - 2.0;
    canvas.frame((place.x, place.y), (place.width, bottom - place.y), 1.6);
    bottom
}
