//! One-time-password cards of a users file: a stock in `[[cards]]`, from which users get theirs.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use toml_edit::{DocumentMut, Table, value};
use warifu_core::domain::Subject;
use warifu_core::domain::paper_request::PaperLine;
use warifu_core::ports::{OtpCards, Rebinding, Unavailable};
use zeroize::Zeroizing;

use crate::directory::MemoryDirectory;
use crate::users_file::document::{names, tables, turn, write_whole};

/// Binds cards in a users file, which is replaced as a whole and read again. Other programs that
/// use the file read it again when they are told to (SIGHUP).
#[derive(Clone)]
pub struct UsersFileCards {
    path: PathBuf,
    directory: Arc<MemoryDirectory>,
}

impl UsersFileCards {
    /// Of the file at `path`, which `directory` was loaded from.
    pub fn new(path: impl Into<PathBuf>, directory: Arc<MemoryDirectory>) -> Self {
        Self {
            path: path.into(),
            directory,
        }
    }

    fn rebind_in_file(&self, subject: &Subject, serial: &PaperLine) -> Result<Rebinding, String> {
        let path = &self.path;
        let problem = |what: &str| format!("{}: {what}", path.display());
        let failed = |error: std::io::Error| problem(&error.to_string());
        let _turn = turn(path).map_err(failed)?;
        let text = std::fs::read_to_string(path).map(Zeroizing::new);
        let mut file: DocumentMut = text
            .map_err(failed)?
            .parse()
            .map_err(|_| problem("is no TOML any more"))?;
        let lines = |lines: Vec<String>| lines.join("; ");
        if has_card(&mut file, self, subject, serial).map_err(lines)? {
            return Ok(Rebinding::Bound);
        }
        let stock = tables(file.as_table_mut(), "cards", path).map_err(lines)?;
        let place = stock
            .iter()
            .position(|card| is_card(card, "serial", serial));
        let Some(card) = place.and_then(|place| stock.get(place)?.get("totp").cloned()) else {
            return Ok(Rebinding::NoSuchCard);
        };
        if let Some(place) = place {
            stock.remove(place);
        }
        if stock.is_empty() {
            file.remove("cards");
        }
        let Some(user) = user_in(&mut file, self, subject).map_err(lines)? else {
            return Ok(Rebinding::NoSuchCard);
        };
        user.insert("totp", card);
        user.insert("card_serial", value(serial.as_str()));
        let text = Zeroizing::new(file.to_string());
        MemoryDirectory::from_toml(&text, &path.display().to_string())
            .map_err(|error| error.to_string())?;
        write_whole(path, &text).map_err(failed)?;
        self.directory.reload().map_err(|error| error.to_string())?;
        Ok(Rebinding::Bound)
    }
}

fn is_card(table: &Table, key: &str, serial: &PaperLine) -> bool {
    let found = table.get(key).and_then(|item| item.as_str());
    found.and_then(PaperLine::parse).as_ref() == Some(serial)
}

fn user_in<'a>(
    file: &'a mut DocumentMut,
    cards: &UsersFileCards,
    subject: &Subject,
) -> Result<Option<&'a mut Table>, Vec<String>> {
    let contracts = tables(file.as_table_mut(), "contracts", &cards.path)?;
    let contract = contracts
        .iter_mut()
        .find(|contract| names(contract, "number", &subject.contract));
    let Some(contract) = contract else {
        return Ok(None);
    };
    let users = tables(contract, "users", &cards.path)?;
    Ok(users
        .iter_mut()
        .find(|user| names(user, "id", &subject.user)))
}

fn has_card(
    file: &mut DocumentMut,
    cards: &UsersFileCards,
    subject: &Subject,
    serial: &PaperLine,
) -> Result<bool, Vec<String>> {
    let user = user_in(file, cards, subject)?;
    Ok(user.is_some_and(|user| is_card(user, "card_serial", serial)))
}

#[async_trait]
impl OtpCards for UsersFileCards {
    async fn rebind(
        &self,
        subject: &Subject,
        serial: &PaperLine,
    ) -> Result<Rebinding, Unavailable> {
        let unavailable = |reason: String| Unavailable::new("user_directory", reason);
        let (cards, subject, serial) = (self.clone(), subject.clone(), serial.clone());
        let bound = tokio::task::spawn_blocking(move || cards.rebind_in_file(&subject, &serial));
        bound
            .await
            .map_err(|error| unavailable(error.to_string()))?
            .map_err(unavailable)
    }
}
