use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::files::Destination;
use crate::terminal::Terminal;

/// Room for a document, so that it does not move while it is written.
const ROOM: usize = 4096;

/// A retrieval password as it is handed over, once.
pub struct HandOver {
    /// As displayed.
    pub retrieval_password: SecretString,
    /// Until when it can be redeemed, RFC 3339.
    pub expires_at: String,
    /// From when it can be redeemed, RFC 3339.
    pub redeemable_from: String,
    /// Names the reissue.
    pub reissue_id: String,
}

/// The answer of the API; without the password where that went elsewhere.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    retrieval_password: Option<&'a str>,
    expires_at: &'a str,
    redeemable_from: &'a str,
    reissue_id: &'a str,
}

impl HandOver {
    /// Prints the password alone on a line, or writes it to its file. With `json` prints the answer
    /// of the API, without the password where a file has that.
    pub fn deliver(
        &self,
        destination: &Destination,
        json: bool,
        terminal: &Terminal,
    ) -> Result<(), Failure> {
        let password = self.retrieval_password.expose_secret();
        let printed = *destination == Destination::Stdout;
        if !(json && printed) {
            destination.deliver(&Zeroizing::new(format!("{password}\n")), terminal)?;
        }
        if json {
            let document = Document {
                retrieval_password: printed.then_some(password),
                expires_at: &self.expires_at,
                redeemable_from: &self.redeemable_from,
                reissue_id: &self.reissue_id,
            };
            let mut text = Zeroizing::new(Vec::with_capacity(ROOM));
            serde_json::to_writer(&mut *text, &document)
                .map_err(|error| Failure::unexpected(error.to_string()))?;
            text.push(b'\n');
            let text = std::str::from_utf8(&text).unwrap_or_default();
            terminal.print(text)?;
        }
        Ok(())
    }
}
