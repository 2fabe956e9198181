use krilla::tagging::{ListNumbering, TableHeaderScope, Tag, TagGroup};
use warifu_messages::Locale;

use crate::SheetError;
use crate::blocks::header_cell;
use crate::canvas::{Canvas, Drawn, Style, at, line_height, sheet};
use crate::words::Words;

const LEFT: f32 = 18.0;
const WIDTH: f32 = 174.0;
/// The column of what is asked.
const LABEL: f32 = 53.0;
/// The side of the square that a seal is put in.
const SEAL: f32 = 22.0;
/// The most digits that a contract number has.
const DIGITS: u8 = 12;

/// What form 3 can ask for.
const MATTERS: [&str; 5] = [
    "sheet3-matter-reissue",
    "sheet3-matter-login",
    "sheet3-matter-transaction",
    "sheet3-matter-otp",
    "sheet3-matter-card",
];

/// 書式3, パスワードに関する諸届, of an edition, to be filled in by hand.
#[derive(Clone, Copy, Debug)]
pub struct Form3<'a> {
    /// The form's language.
    pub locale: Locale,
    /// The name of the bank.
    pub bank_name: &'a str,
    /// The edition's name.
    pub edition_name: &'a str,
    /// Where the form is posted to.
    pub postal_address: &'a str,
    /// How long the paper procedure takes.
    pub processing_time: &'a str,
    /// What has to be at hand.
    pub needed_items: &'a [&'a str],
    /// The help desk's number.
    pub help_desk_phone: &'a str,
    /// When it answers.
    pub help_desk_hours: &'a str,
}

impl Form3<'_> {
    /// The form, a PDF of one page.
    pub fn pdf(&self) -> Result<Vec<u8>, SheetError> {
        // Nothing on the form is a moment.
        let words = Words::new(self.locale, 0);
        let title = words.t1("sheet3-title", "edition", self.edition_name);
        let mut bytes = sheet(&title, self.locale, |canvas| {
            self.head(canvas, words);
            let y = boxes(canvas, words);
            self.instructions(canvas, words, y + 3.0);
            bank_box(canvas, words);
            self.foot(canvas, words);
        })?;
        Ok(std::mem::take(&mut *bytes))
    }

    fn head(&self, canvas: &mut Canvas<'_>, words: Words) {
        let number = words.t("sheet3-number");
        let number = canvas.centred(at(LEFT, 14.9, 22.0), Style::regular(10.0), &number);
        canvas.push_paragraph(number);
        canvas.frame((LEFT, 14.0), (22.0, 7.3), 0.8);
        let heading = words.t("sheet3-heading");
        let drawn = canvas.centred(
            at(LEFT + 25.0, 12.5, WIDTH - 50.0),
            Style::bold(17.0),
            &heading,
        );
        canvas.push_heading(1, &heading, drawn);
        let edition = at(LEFT + WIDTH - 40.0, 15.2, 40.0);
        let edition = canvas.right(edition, Style::regular(10.0), self.edition_name);
        canvas.push_paragraph(edition);
        canvas.rule((LEFT, 24.0), (LEFT + WIDTH, 24.0), 1.2);

        let to = words.t1("sheet3-to", "bank", self.bank_name);
        let to = canvas.fitted(at(LEFT, 26.5, WIDTH), Style::regular(13.0), &to, 1);
        let y = canvas.push_paragraph(to);
        let fill_in = words.t("sheet3-fill-in");
        canvas.paragraph(at(LEFT, y, WIDTH), Style::regular(9.5), &fill_in);
    }

    fn instructions(&self, canvas: &mut Canvas<'_>, words: Words, y: f32) {
        let between = match self.locale {
            Locale::Ja => "、",
            Locale::En => "; ",
        };
        let facts = [
            (words.t("forms-post-to"), self.postal_address.to_owned()),
            (words.t("forms-needed"), self.needed_items.join(between)),
            (words.t("forms-processing"), self.processing_time.to_owned()),
            (
                words.t("forms-contact"),
                format!("{} {}", self.help_desk_phone, self.help_desk_hours),
            ),
        ];
        canvas.facts(at(LEFT, y, WIDTH), LABEL, 9.5, &facts);
    }

    fn foot(&self, canvas: &mut Canvas<'_>, words: Words) {
        let style = Style::regular(8.5).soft();
        let title = words.t1("sheet3-title", "edition", self.edition_name);
        let title = canvas.fitted(at(LEFT, 280.0, WIDTH - 30.0), style, &title, 1);
        canvas.push_paragraph(title);
        let page = at(LEFT + WIDTH - 30.0, 280.0, 30.0);
        let page = canvas.right(page, style, &words.t("sheet3-page"));
        canvas.push_paragraph(page);
    }
}

/// The boxes to fill in. Returns the lower edge.
fn boxes(canvas: &mut Canvas<'_>, words: Words) -> f32 {
    const TOP: f32 = 41.0;
    let mut grid = Grid {
        canvas,
        words,
        table: TagGroup::new(Tag::Table),
        y: TOP,
    };
    let right = LEFT + WIDTH;

    let y = grid.row("sheet3-date", 11.0);
    grid.value(|canvas, words| date(canvas, words, y));
    let y = grid.row("sheet3-contract", 11.0);
    let mut x = LEFT + LABEL;
    for _ in 1..DIGITS {
        x += 8.0;
        grid.canvas.rule((x, y), (x, y + 11.0), 0.4);
    }
    grid.canvas.rule((x + 8.0, y), (x + 8.0, y + 11.0), 0.4);
    grid.empty();
    grid.row("sheet3-company", 13.0);
    grid.empty();
    let y = grid.row("sheet3-representative", SEAL + 4.0);
    grid.canvas
        .frame((right - SEAL - 2.0, y + 2.0), (SEAL, SEAL), 0.8);
    grid.value(|canvas, words| {
        let place = at(right - SEAL - 2.0, y + 2.0 + SEAL - 5.5, SEAL);
        canvas.centred(place, Style::regular(7.5).soft(), &words.t("sheet3-seal"))
    });
    grid.row("sheet3-user-id", 11.0);
    grid.empty();
    grid.row("sheet3-user-name", 11.0);
    grid.empty();
    let y = grid.row("sheet3-matters", 38.0);
    grid.matters(y + 1.7);
    let y = grid.row("sheet3-address", 11.0);
    grid.value(|canvas, words| {
        let place = at(LEFT + LABEL + 3.0, y + 2.77, WIDTH - LABEL - 5.0);
        canvas.fitted(
            place,
            Style::regular(10.0),
            &words.t("sheet3-address-text"),
            1,
        )
    });
    grid.row("sheet3-contact", 11.0);
    grid.empty();
    grid.row("sheet3-phone", 11.0);
    grid.empty();

    let Grid { table, y, .. } = grid;
    canvas.push(table);
    canvas.rule((LEFT + LABEL, TOP), (LEFT + LABEL, y), 0.4);
    canvas.frame((LEFT, TOP), (WIDTH, y - TOP), 1.8);
    y
}

/// Year, month and day, each after room for its number.
fn date(canvas: &mut Canvas<'_>, words: Words, y: f32) -> Drawn {
    let mut parts = Vec::new();
    let mut right = LEFT + LABEL + 4.0;
    for id in ["sheet3-year", "sheet3-month", "sheet3-day"] {
        right += 27.0;
        let place = at(right - 27.0, y + 2.77, 27.0);
        parts.extend(
            canvas
                .right(place, Style::regular(10.0).soft(), &words.t(id))
                .parts,
        );
    }
    Drawn { parts, bottom: y }
}

/// The rows of boxes.
struct Grid<'c, 'a> {
    canvas: &'c mut Canvas<'a>,
    words: Words,
    table: TagGroup,
    y: f32,
}

impl Grid<'_, '_> {
    /// Begins a row; returns its upper edge.
    fn row(&mut self, label: &str, height: f32) -> f32 {
        let top = self.y;
        let style = Style::regular(10.0);
        let middle = top + (height - line_height(style.size)) / 2.0;
        let place = at(LEFT + 3.0, middle, LABEL - 5.0);
        let label = self.canvas.fitted(place, style, &self.words.t(label), 1);
        let mut row = TagGroup::new(Tag::TR);
        row.push(header_cell(TableHeaderScope::Row, label.parts));
        self.table.push(row);
        self.y += height;
        self.canvas
            .rule((LEFT, self.y), (LEFT + WIDTH, self.y), 0.4);
        top
    }

    fn cell(&mut self, cell: TagGroup) {
        use krilla::tagging::Node;

        if let Some(Node::Group(row)) = self.table.children.last_mut() {
            row.push(cell);
        }
    }

    /// The row's cell is for writing in.
    fn empty(&mut self) {
        let blank = self.canvas.blank(LEFT + LABEL + 3.0, self.y - 6.0);
        self.cell(TagGroup::with_children(Tag::TD, blank));
    }

    /// What stands in the row's cell.
    fn value(&mut self, draw: impl FnOnce(&mut Canvas<'_>, Words) -> Drawn) {
        let drawn = draw(self.canvas, self.words);
        self.cell(TagGroup::with_children(Tag::TD, drawn.parts));
    }

    fn matters(&mut self, top: f32) {
        let mut list = TagGroup::new(Tag::L(ListNumbering::None));
        let mut y = top;
        for id in MATTERS {
            self.canvas
                .frame((LEFT + LABEL + 4.0, y + 1.5), (4.0, 4.0), 0.8);
            let place = at(LEFT + LABEL + 11.0, y + 0.8, WIDTH - LABEL - 13.0);
            let style = Style::regular(10.5);
            let drawn = self.canvas.fitted(place, style, &self.words.t(id), 1);
            let mut entry = TagGroup::new(Tag::LI);
            entry.push(TagGroup::with_children(Tag::LBody, drawn.parts));
            list.push(entry);
            y += 6.95;
        }
        let mut cell = TagGroup::new(Tag::TD);
        cell.push(list);
        self.cell(cell);
    }
}

/// What the bank fills in.
fn bank_box(canvas: &mut Canvas<'_>, words: Words) {
    const TOP: f32 = 242.0;
    const HEAD: f32 = 6.0;
    let columns = [
        "sheet3-bank-received",
        "sheet3-bank-checked",
        "sheet3-bank-done",
    ];
    let mut left = LEFT + WIDTH - 3.0 * 26.0;
    let caption = at(LEFT, TOP + 0.4, left - LEFT - 4.0);
    let caption = canvas.right(caption, Style::regular(9.5), &words.t("sheet3-bank"));
    let mut table = TagGroup::new(Tag::Table);
    table.push(TagGroup::with_children(Tag::Caption, caption.parts));
    let mut heads = TagGroup::new(Tag::TR);
    let mut blanks = TagGroup::new(Tag::TR);
    for id in columns {
        let place = at(left, TOP + 0.5, 26.0);
        let drawn = canvas.centred(place, Style::regular(9.0), &words.t(id));
        heads.push(header_cell(TableHeaderScope::Column, drawn.parts));
        let blank = canvas.blank(left + 3.0, TOP + HEAD + 10.0);
        blanks.push(TagGroup::with_children(Tag::TD, blank));
        canvas.frame((left, TOP), (26.0, HEAD), 0.5);
        canvas.frame((left, TOP + HEAD), (26.0, 26.0), 0.5);
        left += 26.0;
    }
    table.push(heads);
    table.push(blanks);
    canvas.push(table);
}
