//! From entries of the directory to users and contracts.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use ldap3::SearchEntry;
use warifu_core::domain::{
    Contract, ContractNumber, Edition, PasswordVersion, PersonIdentity, Subject, Timestamp, User,
    UserId,
};

/// Identities that are octets even where these happen to be text.
const BINARY: [&str; 2] = ["objectGUID", "objectSid"];

/// Which attributes hold what.
#[derive(Clone, Debug)]
pub(crate) struct Attributes {
    pub(crate) user_id: String,
    pub(crate) user_name: String,
    pub(crate) mail: String,
    pub(crate) certificate_not_after: Option<String>,
    pub(crate) identity: String,
    pub(crate) password_changed: String,
    pub(crate) contract_name: String,
    pub(crate) edition: String,
    pub(crate) registered_address: String,
}

impl Attributes {
    /// What to ask of a user's entry.
    pub(crate) fn of_user(&self) -> Vec<String> {
        let mut names = vec![
            self.user_id.clone(),
            self.user_name.clone(),
            self.mail.clone(),
            self.identity.clone(),
            self.password_changed.clone(),
        ];
        names.extend(self.certificate_not_after.clone());
        names
    }

    /// What to ask of a contract's entry.
    pub(crate) fn of_contract(&self) -> Vec<String> {
        vec![
            self.contract_name.clone(),
            self.edition.clone(),
            self.registered_address.clone(),
        ]
    }

    /// The user IDs of an entry; text that is no user ID is nobody's.
    pub(crate) fn user_ids<'a>(&self, entry: &'a SearchEntry) -> impl Iterator<Item = UserId> + 'a {
        values(entry, &self.user_id)
            .iter()
            .filter_map(|id| id.parse().ok())
    }

    /// The user that an entry describes, without rights.
    pub(crate) fn user(&self, subject: Subject, entry: &SearchEntry) -> User {
        let end = self.certificate_not_after.as_deref();
        let end = end.and_then(|attribute| first(entry, attribute));
        let certificate_not_after = end.and_then(|text| {
            let end = moment(text);
            if end.is_none() {
                tracing::warn!(%subject, "the end of a certificate in the directory is no moment");
            }
            end
        });
        User {
            name: first(entry, &self.user_name)
                .unwrap_or_else(|| subject.user.as_str())
                .to_owned(),
            mail: first(entry, &self.mail).map(str::to_owned),
            subject,
            service_administrator: false,
            permissions: BTreeSet::new(),
            disabled: false,
            certificate_not_after,
            identity: self.identity(entry),
        }
    }

    /// Who the entry's person is. Octets, such as Active Directory's `objectGUID`, are written in
    /// hexadecimal.
    fn identity(&self, entry: &SearchEntry) -> Option<PersonIdentity> {
        let octets = octets(entry, &self.identity)?;
        let is_binary = BINARY
            .iter()
            .any(|name| self.identity.eq_ignore_ascii_case(name));
        let text = std::str::from_utf8(octets).ok().filter(|_| !is_binary);
        let plain = text.and_then(PersonIdentity::parse);
        plain.or_else(|| PersonIdentity::parse(&HEXLOWER.encode(octets)))
    }

    /// Which password the entry's person has, as far as the time of its last change tells.
    pub(crate) fn password_version(&self, entry: &SearchEntry) -> Option<PasswordVersion> {
        octets(entry, &self.password_changed).map(PasswordVersion::of_mark)
    }

    /// The contract that an entry describes; `edition` where it names none.
    pub(crate) fn contract(
        &self,
        number: ContractNumber,
        edition: &Edition,
        entry: &SearchEntry,
    ) -> Contract {
        let named = first(entry, &self.edition).map(|text| {
            Edition::parse(text).unwrap_or_else(|| {
                tracing::warn!(contract = %number, "the edition in the directory is none");
                edition.clone()
            })
        });
        Contract {
            name: first(entry, &self.contract_name)
                .unwrap_or_else(|| number.as_str())
                .to_owned(),
            edition: named.unwrap_or_else(|| edition.clone()),
            registered_address: first(entry, &self.registered_address)
                .map(lines)
                .unwrap_or_default(),
            number,
        }
    }
}

/// The values of an attribute, whose name the server may write in another case.
fn values<'a>(entry: &'a SearchEntry, attribute: &str) -> &'a [String] {
    let found = entry
        .attrs
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(attribute));
    found.map_or(&[], |(_, values)| values)
}

/// The first value of an attribute, which may be no text.
fn octets<'a>(entry: &'a SearchEntry, attribute: &str) -> Option<&'a [u8]> {
    if let Some(text) = values(entry, attribute).first() {
        return Some(text.as_bytes()).filter(|octets| !octets.is_empty());
    }
    let mut found = entry.bin_attrs.iter();
    let found = found.find(|(name, _)| name.eq_ignore_ascii_case(attribute));
    found
        .and_then(|(_, values)| values.first())
        .map(Vec::as_slice)
}

fn first<'a>(entry: &'a SearchEntry, attribute: &str) -> Option<&'a str> {
    let value = values(entry, attribute).first()?;
    Some(value.trim()).filter(|value| !value.is_empty())
}

/// A postal address (RFC 4517 §3.3.28): lines between dollar signs.
fn lines(address: &str) -> String {
    let lines = address.split('$').map(|line| {
        line.trim()
            .replace("\\24", "$")
            .replace("\\5C", "\\")
            .replace("\\5c", "\\")
    });
    let lines: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
    lines.join(" ")
}

/// A moment as RFC 3339 or as LDAP (RFC 4517 §3.3.13) writes it, in UTC.
fn moment(text: &str) -> Option<Timestamp> {
    if let Some(moment) = Timestamp::parse_rfc3339(text) {
        return Some(moment);
    }
    let digits = text.strip_suffix('Z')?;
    let digits = digits
        .split_once(['.', ','])
        .map_or(digits, |(whole, _)| whole);
    let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    if digits.len() != 14 || !all_digits {
        return None;
    }
    let (date, time) = digits.split_at(8);
    let (year, month, day) = (&date[..4], &date[4..6], &date[6..]);
    let (hour, minute, second) = (&time[..2], &time[2..4], &time[4..]);
    Timestamp::parse_rfc3339(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn moments_are_read_as_ldap_and_as_the_web_writes_them() {
        let expected = Timestamp::parse_rfc3339("2026-12-31T08:09:10Z");
        assert!(expected.is_some());
        for text in [
            "2026-12-31T08:09:10Z",
            "20261231080910Z",
            "20261231080910.0Z",
        ] {
            assert_eq!(moment(text), expected, "{text}");
        }
        for text in [
            "",
            "20261231",
            "20261331080910Z",
            "2026123108091０Z",
            "soon",
            "20261231080910",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    fn identity(attribute: &str, octets: &[u8]) -> Option<String> {
        let mut entry = SearchEntry {
            dn: String::new(),
            attrs: HashMap::new(),
            bin_attrs: HashMap::new(),
        };
        // As the library puts it: what happens to be text is text.
        match String::from_utf8(octets.to_vec()) {
            Ok(text) => drop(entry.attrs.insert(attribute.to_lowercase(), vec![text])),
            Err(_) => drop(
                entry
                    .bin_attrs
                    .insert(attribute.to_owned(), vec![octets.to_vec()]),
            ),
        }
        let attributes = Attributes {
            user_id: "uid".to_owned(),
            user_name: "cn".to_owned(),
            mail: "mail".to_owned(),
            certificate_not_after: None,
            identity: attribute.to_owned(),
            password_changed: "pwdChangedTime".to_owned(),
            contract_name: "description".to_owned(),
            edition: "businessCategory".to_owned(),
            registered_address: "postalAddress".to_owned(),
        };
        let identity = attributes.identity(&entry);
        identity.map(|identity| identity.as_str().to_owned())
    }

    #[test]
    fn identities_are_read_as_the_directories_write_them() {
        let uuid = "1a2b3c4d-0000-103f-8000-00c04fd430c8";
        assert_eq!(
            identity("entryUUID", uuid.as_bytes()).as_deref(),
            Some(uuid)
        );
        let guid = [
            0x9e, 0xff, 0x00, 0x41, 0x7f, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
        ];
        let hex = "9eff00417f0102030405060708090a0b";
        assert_eq!(identity("objectGUID", &guid).as_deref(), Some(hex));
        // Octets that happen to be text are written alike.
        let text = identity("objectguid", b"ABCDEFGHIJKLMNOP");
        assert_eq!(text.as_deref(), Some("4142434445464748494a4b4c4d4e4f50"));
        assert_eq!(identity("entryUUID", b""), None);
    }

    #[test]
    fn postal_addresses_are_one_line() {
        assert_eq!(lines("〒100-0000 東京都"), "〒100-0000 東京都");
        assert_eq!(lines("1-2-3 Marunouchi$ Tokyo $"), "1-2-3 Marunouchi Tokyo");
        assert_eq!(lines("a \\24 b \\5C c"), "a $ b \\ c");
    }
}
