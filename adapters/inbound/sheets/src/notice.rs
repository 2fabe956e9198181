use warifu_core::domain::{RetrievalPassword, Timestamp};
use warifu_messages::Locale;
use zeroize::Zeroizing;

use crate::SheetError;
use crate::canvas::{Canvas, Style, at, sheet};
use crate::description::{Block, Measure, draw, use_of};
pub use crate::fold::Envelope;
use crate::fold::FOLDS;
use crate::words::{Words, masked_user_id};

const LEFT: f32 = 20.0;
const WIDTH: f32 = 170.0;
/// Where the bank says who it is: beside every window.
const SENDER: f32 = 116.0;

/// The sealed notice of the paper procedure: what is posted to the registered address of a company.
///
/// It never names the contract number, which would make the password usable for whoever opens the
/// letter. Only the address and the company's name are in the envelope's window; the password lies
/// behind the first fold.
#[derive(Clone, Copy)]
pub struct Notice<'a> {
    /// The notice's language.
    pub locale: Locale,
    /// The bank's distance from UTC.
    pub utc_offset_minutes: i32,
    /// The envelope that it is posted in.
    pub envelope: Envelope,
    /// The name of the bank.
    pub bank_name: &'a str,
    /// The name of the service.
    pub service_name: &'a str,
    /// Where the bank's letters come from, in lines of its own where it has some.
    pub sender_address: &'a str,
    /// The help desk's number.
    pub help_desk_phone: &'a str,
    /// When it answers.
    pub help_desk_hours: &'a str,
    /// 会社名.
    pub company_name: &'a str,
    /// The company's registered address, in lines of its own where it has some.
    pub registered_address: &'a str,
    /// 利用者名.
    pub user_name: &'a str,
    /// 利用者ID; its last three characters are shown.
    pub user_id: &'a str,
    /// Where the user enters the password, as far as it is known.
    pub page_address: Option<&'a str>,
    /// The password.
    pub retrieval_password: &'a RetrievalPassword,
    /// When the notice was made.
    pub issued_at: Timestamp,
    /// From when the password can be used.
    pub redeemable_from: Timestamp,
    /// Until when the password can be used.
    pub expires_at: Timestamp,
    /// 受付番号, under which the bank finds the request.
    pub reference: &'a str,
}

impl Notice<'_> {
    /// The notice, a PDF of one page. Holds the password.
    pub fn pdf(&self) -> Result<Zeroizing<Vec<u8>>, SheetError> {
        let words = self.words();
        sheet(&words.t("sheet-title"), self.locale, |canvas| {
            self.address(canvas, words);
            self.sender(canvas);
            self.letter(canvas, words);
            for fold in FOLDS {
                canvas.rule((4.0, fold), (8.0, fold), 0.4);
            }
        })
    }

    /// What the window shows.
    fn address(&self, canvas: &mut Canvas<'_>, words: Words) {
        let (place, height) = self.envelope.window();
        let address = self.registered_address.trim();
        // The postal code has a line of its own.
        let address = match address.split_once([' ', '\u{3000}']) {
            Some((code, rest)) if code.starts_with('〒') => {
                format!("{code}\n{}", rest.trim_start())
            }
            _ => address.to_owned(),
        };
        let address = canvas.fitted(place, Style::regular(9.5), &address, 3);
        let y = canvas.push_paragraph(address);
        let company = words.t1("notice-to", "company", self.company_name);
        // What is left of the window below the address holds one line, or two smaller ones.
        let (size, most) = if place.y + height - y > 11.0 {
            (11.0, 2)
        } else {
            (9.5, 1)
        };
        let company = canvas.fitted(
            at(place.x, y, place.width),
            Style::regular(size),
            &company,
            most,
        );
        canvas.push_paragraph(company);
    }

    fn sender(&self, canvas: &mut Canvas<'_>) {
        let width = LEFT + WIDTH - SENDER;
        let line = |y| at(SENDER, y, width);
        let y = canvas.facts(line(13.0), 33.0, 9.5, &self.dates()) + 2.0;
        let mut lines = self.sender_lines().into_iter();
        let bank = lines.next().unwrap_or_default();
        let bank = canvas.fitted(line(y), Style::bold(12.0), &bank, 2);
        let mut y = canvas.push_paragraph(bank);
        for text in lines {
            let drawn = canvas.fitted(line(y), Style::regular(9.5), &text, 2);
            y = canvas.push_paragraph(drawn);
        }
    }

    /// Under which number the bank finds the request, and the day of issue, which is that of posting.
    pub fn dates(&self) -> Vec<(String, String)> {
        let words = self.words();
        vec![
            (words.t("notice-reference"), self.reference.to_owned()),
            (words.t("notice-date"), words.date(self.issued_at)),
        ]
    }

    /// Who writes: the bank first, then where it is and how it is called.
    pub fn sender_lines(&self) -> Vec<String> {
        let words = self.words();
        let phone = words.t1("notice-phone", "phone", self.help_desk_phone);
        let parts = [self.bank_name, self.service_name, self.sender_address];
        let mut lines: Vec<String> = parts.map(str::to_owned).into_iter().collect();
        lines.push(phone);
        lines.retain(|line| !line.trim().is_empty());
        lines
    }

    /// What the letter says, below the fold.
    pub fn blocks(&self) -> Vec<Block> {
        let words = self.words();
        let mut facts = vec![
            (words.t("select-column-name"), self.user_name.to_owned()),
            (words.t("sheet-user"), masked_user_id(self.user_id)),
        ];
        if self.redeemable_from > self.issued_at {
            let from = words.date_time(self.redeemable_from);
            facts.push((words.t("issued-from"), from));
        }
        facts.push((words.t("issued-until"), words.date_time(self.expires_at)));
        let notes = [
            "sheet-note-1",
            "sheet-note-2",
            "sheet-note-3",
            "notice-opened",
        ];
        let desk = format!("{} {}", self.help_desk_phone, self.help_desk_hours);
        vec![
            Block::Text(words.t("notice-greeting")),
            Block::Text(words.t("notice-what")),
            Block::Password,
            Block::Facts(facts),
            Block::Heading(words.t("notice-use")),
            use_of(words, self.page_address),
            Block::Heading(words.t("form-caution")),
            Block::Notes(notes.map(|id| words.t(id)).into_iter().collect()),
            Block::Facts(vec![(words.t("forms-contact"), desk)]),
        ]
    }

    fn words(&self) -> Words {
        Words::new(self.locale, self.utc_offset_minutes)
    }

    fn letter(&self, canvas: &mut Canvas<'_>, words: Words) {
        let title = words.t("sheet-title");
        let place = at(LEFT, 103.0, WIDTH);
        let y = canvas.heading(1, place, Style::bold(15.0), &title) + 0.5;
        canvas.rule((LEFT, y), (LEFT + WIDTH, y), 1.2);
        let measure = Measure {
            left: LEFT,
            width: WIDTH,
            text: 9.2,
            notes: 8.8,
            heading: 10.5,
            gap: 0.8,
        };
        let content = (self.blocks(), self.retrieval_password);
        draw(canvas, measure, y + 2.0, words, (&content.0, content.1));
    }
}
