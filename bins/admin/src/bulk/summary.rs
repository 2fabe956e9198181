//! The summary of a run, for the files: CSV without any secret.

use csv::{Terminator, WriterBuilder};
use warifu_terminal::{Failure, Terminal};

use super::run::Results;

/// Spreadsheets take a file for UTF-8 only if it begins so.
const BYTE_ORDER_MARK: &str = "\u{FEFF}";

/// One row a user.
pub(crate) fn csv(results: &Results, terminal: &Terminal) -> Result<Vec<u8>, Failure> {
    let mut bytes = BYTE_ORDER_MARK.as_bytes().to_vec();
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(&mut bytes);
    let failed = |error: csv::Error| Failure::unexpected(error.to_string());
    writer
        .write_record(["user_id", "result", "reissue_id", "expires_at", "detail"])
        .map_err(failed)?;
    for (user, entry) in results {
        let Some(entry) = entry else { continue };
        let result = if entry.failure.is_none() {
            "bulk-result-done"
        } else {
            "bulk-result-failed"
        };
        let cells = [
            cell(user.as_str()),
            terminal.text(result, &[]),
            entry.reissue_id.clone().unwrap_or_default(),
            entry.expires_at.clone().unwrap_or_default(),
            entry.failure.clone().unwrap_or_default(),
        ];
        writer.write_record(&cells).map_err(failed)?;
    }
    writer
        .flush()
        .map_err(|error| Failure::unexpected(error.to_string()))?;
    drop(writer);
    Ok(bytes)
}

/// An ID that a spreadsheet would take for a formula is marked as text.
fn cell(id: &str) -> String {
    if id.starts_with('-') {
        format!("'{id}")
    } else {
        id.to_owned()
    }
}
