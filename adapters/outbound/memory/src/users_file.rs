//! The users file: what it may say, and what is said of it when it is wrong.

pub(crate) mod document;
mod entries;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use thiserror::Error;
use toml::Spanned;
use warifu_core::domain::paper_request::PaperLine;
use warifu_core::domain::{
    CodeLengths, Contract, ContractNumber, Edition, ParseIdentifierError, PasswordHash, Permission,
    PersonIdentity, StaffId, StaffMember, StaffRole, Subject, Timestamp, User, UserId,
};
use warifu_core::ports::{HashJudge, TotpAlgorithm, TotpToken};

use entries::{ContractEntry, FileEntry, StaffEntry, TotpEntry, UserEntry};
use values::{decode_secret, is_argon2id, is_mail_address};

/// Why a users file cannot be used: where, what, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct UsersFileError {
    origin: String,
    line: Option<usize>,
    problem: String,
}

impl UsersFileError {
    pub(crate) fn unreadable(origin: &str, cause: &std::io::Error) -> Self {
        Self {
            origin: origin.to_owned(),
            line: None,
            problem: format!("cannot be read ({cause}): check the path and its permissions"),
        }
    }

    /// The line that is wrong, from 1, where one can be told.
    pub fn line(&self) -> Option<usize> {
        self.line
    }
}

impl fmt::Display for UsersFileError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "{}:{line}: {}", self.origin, self.problem),
            None => write!(formatter, "{}: {}", self.origin, self.problem),
        }
    }
}

/// A member of the bank's staff with the secrets that the file gives.
pub(crate) struct StaffAccount {
    pub(crate) member: StaffMember,
    pub(crate) login_password: Option<PasswordHash>,
    pub(crate) totp: Option<TotpToken>,
}

/// A user with the secrets that the file gives.
pub(crate) struct Account {
    pub(crate) user: User,
    pub(crate) login_password: Option<PasswordHash>,
    pub(crate) transaction_password: Option<PasswordHash>,
    pub(crate) totp: Option<TotpToken>,
}

/// A contract with its users, by ID.
pub(crate) struct Tenant {
    pub(crate) contract: Contract,
    pub(crate) accounts: BTreeMap<UserId, Account>,
}

/// A whole users file, checked.
pub(crate) struct Users {
    pub(crate) tenants: BTreeMap<ContractNumber, Tenant>,
    pub(crate) staff: BTreeMap<StaffId, StaffAccount>,
    /// How many digits the users' tokens have, worked out once: it is asked for at every entry.
    pub(crate) code_lengths: CodeLengths,
    /// How many digits the staff's tokens have.
    pub(crate) staff_code_lengths: CodeLengths,
}

impl Users {
    /// Reads a users file; `origin` is its name in messages.
    /// Hashes are judged by `hashes`, where there is somebody to judge them.
    pub(crate) fn parse(
        text: &str,
        origin: &str,
        hashes: Option<&dyn HashJudge>,
    ) -> Result<Self, UsersFileError> {
        let reader = Reader {
            text,
            origin,
            hashes,
        };
        reader.users()
    }

    pub(crate) fn account(&self, subject: &Subject) -> Option<(&Tenant, &Account)> {
        let tenant = self.tenants.get(&subject.contract)?;
        Some((tenant, tenant.accounts.get(&subject.user)?))
    }

    fn note_code_lengths(&mut self) {
        let accounts = self
            .tenants
            .values()
            .flat_map(|tenant| tenant.accounts.values());
        let tokens = accounts.filter_map(|account| account.totp.as_ref());
        self.code_lengths = CodeLengths::new(tokens.map(|token| token.digits.into()));
        let tokens = self
            .staff
            .values()
            .filter_map(|account| account.totp.as_ref());
        self.staff_code_lengths = CodeLengths::new(tokens.map(|token| token.digits.into()));
    }
}

impl Default for Users {
    fn default() -> Self {
        Self {
            tenants: BTreeMap::new(),
            staff: BTreeMap::new(),
            code_lengths: CodeLengths::new([]),
            staff_code_lengths: CodeLengths::new([]),
        }
    }
}

/// Takes every hash for one that can be checked.
#[cfg(test)]
pub(crate) struct AnyHash;

#[cfg(test)]
impl HashJudge for AnyHash {
    fn judge(&self, _: &PasswordHash) -> Result<(), warifu_core::ports::UncheckableHash> {
        Ok(())
    }
}

struct Reader<'a> {
    text: &'a str,
    origin: &'a str,
    hashes: Option<&'a dyn HashJudge>,
}

impl Reader<'_> {
    fn users(&self) -> Result<Users, UsersFileError> {
        let file: FileEntry = toml::from_str(self.text).map_err(|error| self.not_toml(&error))?;
        let mut users = Users::default();
        let mut places = BTreeMap::new();
        let mut cards = BTreeMap::new();
        for entry in file.contracts {
            let span = entry.number.span();
            for serial in entry
                .users
                .iter()
                .filter_map(|user| user.card_serial.as_ref())
            {
                self.note_card(&mut cards, serial)?;
            }
            let tenant = self.tenant(entry)?;
            let number = tenant.contract.number.clone();
            if let Some(first) = places.insert(number.clone(), span.clone()) {
                let first = self.line(&first);
                return Err(self.error(
                    &span,
                    format!("contract {number} already stands on line {first}: merge the two"),
                ));
            }
            users.tenants.insert(number, tenant);
        }
        let mut places = BTreeMap::new();
        for entry in file.staff {
            let span = entry.id.span();
            let account = self.staff_account(entry)?;
            let id = account.member.id.clone();
            self.note_unique(&mut places, &id, &span, "staff ID")?;
            users.staff.insert(id, account);
        }
        for card in file.cards {
            self.note_card(&mut cards, &card.serial)?;
            self.token(Some(card.totp))?;
        }
        users.note_code_lengths();
        Ok(users)
    }

    /// A card has one owner, or none.
    fn note_card(
        &self,
        places: &mut BTreeMap<PaperLine, Range<usize>>,
        serial: &Spanned<String>,
    ) -> Result<(), UsersFileError> {
        let line = PaperLine::parse(serial.get_ref()).ok_or_else(|| {
            let problem = "the card's serial number is empty or too long: write it on one line";
            self.error(&serial.span(), problem.to_owned())
        })?;
        self.note_unique(places, &line, &serial.span(), "card")
    }

    fn tenant(&self, entry: ContractEntry) -> Result<Tenant, UsersFileError> {
        let number = self.parse(&entry.number, |error: ParseIdentifierError| {
            format!("the contract number cannot be used ({error}): write 6 to 12 digits")
        })?;
        let edition = match &entry.edition {
            None => Edition::parse("standard"),
            Some(edition) => Edition::parse(edition.get_ref()),
        };
        let edition = edition.ok_or_else(|| {
            let span = entry
                .edition
                .as_ref()
                .map_or_else(|| entry.number.span(), Spanned::span);
            let problem = "the edition cannot be used: write 1 to 32 of a-z, 0-9 and -";
            self.error(&span, problem.to_owned())
        })?;
        let contract = Contract {
            number,
            name: self.name(entry.name)?,
            edition,
            registered_address: entry.registered_address,
        };
        let mut accounts = BTreeMap::new();
        let mut places = BTreeMap::new();
        for user in entry.users {
            let span = user.id.span();
            let account = self.account(&contract.number, user)?;
            let id = account.user.id().clone();
            self.note_unique(&mut places, &id, &span, "user ID")?;
            accounts.insert(id, account);
        }
        Ok(Tenant { contract, accounts })
    }

    fn account(
        &self,
        contract: &ContractNumber,
        entry: UserEntry,
    ) -> Result<Account, UsersFileError> {
        let id = self.parse(&entry.id, |error: ParseIdentifierError| {
            unusable_id("user", error)
        })?;
        let mut permissions = BTreeSet::new();
        for permission in &entry.permissions {
            permissions.insert(self.parse(permission, |()| {
                let known = Permission::ALL.map(Permission::name).join(", ");
                format!("there is no such permission: choose from {known}")
            })?);
        }
        if let Some(mail) = &entry.mail
            && !is_mail_address(mail.get_ref())
        {
            let problem = "the mail address cannot be used: write one name@domain, or leave it out";
            return Err(self.error(&mail.span(), problem.to_owned()));
        }
        let certificate_not_after = entry
            .certificate_not_after
            .map(|moment| {
                Timestamp::parse_rfc3339(moment.get_ref()).ok_or_else(|| {
                    let problem = "the date cannot be read: write it as \"2026-12-31T00:00:00Z\"";
                    self.error(&moment.span(), problem.to_owned())
                })
            })
            .transpose()?;
        let identity = entry
            .uid
            .map(|uid| {
                PersonIdentity::parse(uid.get_ref()).ok_or_else(|| {
                    let problem = "the uid cannot be used: write 1 to 128 visible ASCII characters \
                                   that stay with the person";
                    self.error(&uid.span(), problem.to_owned())
                })
            })
            .transpose()?;
        Ok(Account {
            user: User {
                subject: Subject::new(contract.clone(), id),
                name: self.name(entry.name)?,
                service_administrator: entry.service_administrator,
                permissions,
                mail: entry.mail.map(Spanned::into_inner),
                disabled: entry.disabled,
                certificate_not_after,
                identity,
            },
            login_password: self.hash(entry.login_password)?,
            transaction_password: self.hash(entry.transaction_password)?,
            totp: self.token(entry.totp)?,
        })
    }

    fn staff_account(&self, entry: StaffEntry) -> Result<StaffAccount, UsersFileError> {
        let id = self.parse(&entry.id, |error: ParseIdentifierError| {
            unusable_id("staff", error)
        })?;
        let known = StaffRole::ALL.map(StaffRole::name).join(", ");
        let mut roles = BTreeSet::new();
        for role in entry.roles.get_ref() {
            roles.insert(self.parse(role, |()| {
                format!("there is no such role: choose from {known}")
            })?);
        }
        if roles.is_empty() {
            let problem = format!("a member of staff needs a role: choose from {known}");
            return Err(self.error(&entry.roles.span(), problem));
        }
        Ok(StaffAccount {
            member: StaffMember {
                id,
                name: self.name(entry.name)?,
                roles,
                disabled: entry.disabled,
            },
            login_password: self.hash(entry.login_password)?,
            totp: self.token(entry.totp)?,
        })
    }

    /// Names end up in certificates, on paper and in lists: they are there, and on one line.
    fn name(&self, name: Spanned<String>) -> Result<String, UsersFileError> {
        if name.get_ref().trim().is_empty() || name.get_ref().chars().any(char::is_control) {
            let problem = "the name is empty or has control characters: write it on one line";
            return Err(self.error(&name.span(), problem.to_owned()));
        }
        Ok(name.into_inner())
    }

    fn hash(&self, phc: Option<Spanned<String>>) -> Result<Option<PasswordHash>, UsersFileError> {
        let Some(phc) = phc else {
            return Ok(None);
        };
        if !is_argon2id(phc.get_ref()) {
            let problem = "the password hash is no Argon2id PHC string: make one with `warifu-admin hash-password`";
            return Err(self.error(&phc.span(), problem.to_owned()));
        }
        let span = phc.span();
        let hash = PasswordHash::from_phc(phc.into_inner());
        match self.hashes.map_or(Ok(()), |hashes| hashes.judge(&hash)) {
            Ok(()) => Ok(Some(hash)),
            Err(uncheckable) => Err(self.error(
                &span,
                format!(
                    "the password hash can never be checked ({uncheckable}): make one with \
                     `warifu-admin hash-password`"
                ),
            )),
        }
    }

    fn token(&self, entry: Option<TotpEntry>) -> Result<Option<TotpToken>, UsersFileError> {
        let Some(entry) = entry else {
            return Ok(None);
        };
        let secret = decode_secret(entry.secret.get_ref())
            .map_err(|problem| self.error(&entry.secret.span(), problem.to_owned()))?;
        let digits = self.number(entry.digits, 6, 6..=8, "digits")?;
        let period = self.number(entry.period, 30, 15..=120, "period")?;
        let algorithm = match entry.algorithm {
            None => TotpAlgorithm::Sha1,
            Some(name) => match name.get_ref().as_str() {
                "SHA1" => TotpAlgorithm::Sha1,
                "SHA256" => TotpAlgorithm::Sha256,
                "SHA512" => TotpAlgorithm::Sha512,
                _ => {
                    let problem = "there is no such algorithm: choose from SHA1, SHA256, SHA512";
                    return Err(self.error(&name.span(), problem.to_owned()));
                }
            },
        };
        Ok(Some(TotpToken {
            secret,
            digits,
            period,
            algorithm,
        }))
    }

    fn number<T: TryFrom<i64>>(
        &self,
        entry: Option<Spanned<i64>>,
        default: T,
        allowed: std::ops::RangeInclusive<i64>,
        key: &str,
    ) -> Result<T, UsersFileError> {
        let Some(entry) = entry else {
            return Ok(default);
        };
        let number = Some(*entry.get_ref()).filter(|number| allowed.contains(number));
        number
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| {
                let (least, most) = (allowed.start(), allowed.end());
                self.error(
                    &entry.span(),
                    format!("`{key}` must be a number from {least} to {most}"),
                )
            })
    }

    fn parse<T: FromStr>(
        &self,
        text: &Spanned<String>,
        problem: impl FnOnce(T::Err) -> String,
    ) -> Result<T, UsersFileError> {
        text.get_ref()
            .parse()
            .map_err(|error| self.error(&text.span(), problem(error)))
    }

    fn note_unique<Id: Clone + Ord + fmt::Display>(
        &self,
        places: &mut BTreeMap<Id, Range<usize>>,
        id: &Id,
        span: &Range<usize>,
        what: &str,
    ) -> Result<(), UsersFileError> {
        // Lines are counted only where something is wrong: a file can have many users.
        match places.insert(id.clone(), span.clone()) {
            None => Ok(()),
            Some(first) => Err(self.error(
                span,
                format!(
                    "{what} {id} already stands on line {} (case and width make no difference): remove one",
                    self.line(&first)
                ),
            )),
        }
    }

    /// What the TOML reader found wrong, without the value it found: that may be a secret.
    fn not_toml(&self, error: &toml::de::Error) -> UsersFileError {
        let message = error.message();
        let problem = match message.split_once(", expected ") {
            Some((found, expected))
                if found.starts_with("invalid type") || found.starts_with("invalid value") =>
            {
                format!("another kind of value stands here than {expected}")
            }
            _ => message.lines().collect::<Vec<_>>().join(", "),
        };
        UsersFileError {
            origin: self.origin.to_owned(),
            line: error.span().map(|span| self.line(&span)),
            problem,
        }
    }

    fn error(&self, span: &Range<usize>, problem: String) -> UsersFileError {
        UsersFileError {
            origin: self.origin.to_owned(),
            line: Some(self.line(span)),
            problem,
        }
    }

    fn line(&self, span: &Range<usize>) -> usize {
        let before = self.text.as_bytes().iter().take(span.start);
        before.filter(|byte| **byte == b'\n').count() + 1
    }
}

fn unusable_id(kind: &str, error: ParseIdentifierError) -> String {
    format!("the {kind} ID cannot be used ({error}): write 1 to 32 of A-Z, a-z, 0-9 and . _ -")
}

#[cfg(test)]
mod tests;
