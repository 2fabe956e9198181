use warifu_core::domain::{RetrievalPassword, Timestamp};
use warifu_messages::Locale;
use zeroize::Zeroizing;

use crate::SheetError;
use crate::canvas::{Canvas, Style, at, sheet};
use crate::description::{Block, Measure, draw, use_of};
use crate::words::{Words, masked_user_id};

const LEFT: f32 = 20.0;
const WIDTH: f32 = 170.0;

/// The sheet that is handed to a user: their password, and nothing that somebody else could use it
/// with.
#[derive(Clone, Copy)]
pub struct PasswordSheet<'a> {
    /// The sheet's language.
    pub locale: Locale,
    /// The bank's distance from UTC.
    pub utc_offset_minutes: i32,
    /// The name of the bank.
    pub bank_name: &'a str,
    /// The name of the service.
    pub service_name: &'a str,
    /// The help desk's number.
    pub help_desk_phone: &'a str,
    /// When it answers.
    pub help_desk_hours: &'a str,
    /// 会社名.
    pub company_name: &'a str,
    /// 利用者名.
    pub user_name: &'a str,
    /// 利用者ID; its last three characters are shown.
    pub user_id: &'a str,
    /// Where the user enters the password, as far as it is known.
    pub page_address: Option<&'a str>,
    /// The password.
    pub retrieval_password: &'a RetrievalPassword,
    /// Until when it can be used.
    pub expires_at: Timestamp,
    /// When it was made.
    pub issued_at: Timestamp,
    /// The name of who made it.
    pub issued_by: &'a str,
}

impl PasswordSheet<'_> {
    /// The sheet, a PDF of one page. Holds the password.
    pub fn pdf(&self) -> Result<Zeroizing<Vec<u8>>, SheetError> {
        let words = Words::new(self.locale, self.utc_offset_minutes);
        sheet(&words.t("sheet-title"), self.locale, |canvas| {
            self.draw(canvas, words);
        })
    }

    fn draw(&self, canvas: &mut Canvas<'_>, words: Words) {
        let line = |y| at(LEFT, y, WIDTH);
        let service = canvas.fitted(
            line(18.0),
            Style::regular(10.5).soft(),
            self.service_name,
            1,
        );
        let y = canvas.push_paragraph(service) + 2.0;
        let y = canvas.heading(1, line(y), Style::bold(21.0), &words.t("sheet-title")) + 1.5;
        canvas.rule((LEFT, y), (LEFT + WIDTH, y), 1.6);

        let to = words.t1("sheet-to", "name", self.user_name);
        let to = canvas.fitted(line(y + 7.0), Style::regular(17.0), &to, 2);
        let y = canvas.push_paragraph(to) + 1.5;
        let measure = Measure {
            left: LEFT,
            width: WIDTH,
            text: 10.5,
            notes: 10.0,
            heading: 12.5,
            gap: 3.5,
        };
        let content = (self.blocks(), self.retrieval_password);
        draw(canvas, measure, y, words, (&content.0, content.1));
    }

    /// What the sheet says, below whose it is.
    pub fn blocks(&self) -> Vec<Block> {
        let words = Words::new(self.locale, self.utc_offset_minutes);
        let whose = vec![
            (words.t("sheet-bank"), self.bank_name.to_owned()),
            (words.t("sheet-company"), self.company_name.to_owned()),
            (words.t("sheet-user"), masked_user_id(self.user_id)),
        ];
        let facts = vec![
            (words.t("issued-until"), words.date_time(self.expires_at)),
            (
                words.t1("sheet-issued-at", "zone", &words.zone()),
                words.date_time(self.issued_at),
            ),
            (words.t("issued-by"), self.issued_by.to_owned()),
        ];
        let notes = ["sheet-note-1", "sheet-note-2", "sheet-note-3"];
        let desk = format!("{} {}", self.help_desk_phone, self.help_desk_hours);
        vec![
            Block::Facts(whose),
            Block::Password,
            Block::Facts(facts),
            Block::Heading(words.t("notice-use")),
            use_of(words, self.page_address),
            Block::Heading(words.t("form-caution")),
            Block::Notes(notes.map(|id| words.t(id)).into_iter().collect()),
            Block::Boxed(words.t("sheet-hand-over")),
            Block::Facts(vec![(words.t("forms-contact"), desk)]),
        ]
    }
}
