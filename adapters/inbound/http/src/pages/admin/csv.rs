//! 操作履歴 as a file for spreadsheets.

use warifu_core::ports::StoredAuditRecord;
use warifu_messages::harmless_line;

use super::history::Scope;
use super::records::RecordRow;
use crate::pages::frame::Frame;

/// Spreadsheets take a file for UTF-8 only if it begins so.
const BYTE_ORDER_MARK: &str = "\u{FEFF}";

/// A cell of one line in which everything can be seen. One that a spreadsheet would take for a formula
/// is marked as text.
pub(in crate::pages) fn cell(text: &str) -> String {
    let text = harmless_line(text);
    let marks = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    let begins = text.trim_start_matches(|character: char| {
        character.is_whitespace() || character == char::REPLACEMENT_CHARACTER
    });
    let formula = begins.starts_with(marks);
    if formula {
        format!("'{text}")
    } else {
        text.into_owned()
    }
}

/// The file, with a heading in the language of the page.
pub(in crate::pages) fn file(
    frame: &Frame,
    scope: Scope,
    records: &[StoredAuditRecord],
) -> Result<Vec<u8>, csv::Error> {
    let mut bytes = BYTE_ORDER_MARK.as_bytes().to_vec();
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(&mut bytes);
    let heading = [
        frame.t1("audit-column-time", "zone", frame.zone()),
        frame.t("audit-event-time-utc"),
        frame.t("audit-column-level"),
        frame.t("audit-column-actor"),
        frame.t("audit-column-event"),
        frame.t("audit-event-code"),
        frame.t("audit-column-target"),
        frame.t("audit-column-result"),
        frame.t("audit-column-source"),
        frame.t("audit-column-reference"),
        frame.t("audit-event-chain"),
        frame.t("audit-event-seq"),
        frame.t("audit-event-detail"),
    ];
    let of_contract = |text: String| scope.is_of_all().then_some(text);
    let contract = of_contract(frame.t("label-contract-number"));
    writer.write_record(heading.into_iter().chain(contract))?;
    for stored in records {
        let row = RecordRow::new(frame, scope.path(), stored);
        let detail: Vec<String> = row
            .detail
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let cells = [
            frame.date_time_seconds(&row.time),
            row.time.to_string(),
            frame.t(row.level),
            row.actor,
            frame.t(row.event),
            row.code.to_owned(),
            row.target,
            frame.t(row.outcome),
            row.source,
            row.reference,
            row.chain,
            row.seq.to_string(),
            detail.join("; "),
        ];
        let cells = cells.into_iter().chain(of_contract(row.contract));
        writer.write_record(cells.map(|text| cell(&text)))?;
    }
    writer.flush()?;
    drop(writer);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_formula_becomes_text() {
        for text in ["=1+1", "+81", "-1", "@SUM(A1)", " =1", "　=1", "＝1"] {
            assert_eq!(cell(text), format!("'{text}"));
        }
        assert_eq!(cell("\t=1"), "'\u{FFFD}=1");
        assert_eq!(cell("\u{200B}=1"), "'\u{FFFD}=1");
        assert_eq!(cell("user=1"), "user=1");
        assert_eq!(cell(""), "");
    }

    #[test]
    fn a_cell_is_one_line_in_which_everything_can_be_seen() {
        for unseen in [
            '\0', '\t', '\n', '\r', '\u{1b}', '\u{7f}', '\u{85}', '\u{202e}', '\u{2028}',
        ] {
            assert_eq!(cell(&format!("a{unseen}b")), "a\u{FFFD}b", "{unseen:?}");
        }
    }
}
