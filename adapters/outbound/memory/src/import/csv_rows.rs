//! Users as a spreadsheet gives them.

use std::collections::BTreeMap;
use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Trim};
use toml_edit::{Array, DocumentMut, Item, value};
use warifu_core::domain::{ContractNumber, Permission, UserId};

use crate::users_file::document::names;

/// What is brought in of one user.
pub(super) struct Row {
    pub(super) contract: ContractNumber,
    pub(super) user: UserId,
    /// Keys of the users file with their values; nothing: the key goes.
    pub(super) values: Vec<(String, Option<Item>)>,
}

const COLUMNS: [&str; 7] = [
    "contract_number",
    "user_id",
    "name",
    "service_administrator",
    "permissions",
    "mail",
    "disabled",
];

/// Where each column stands.
struct Columns(Vec<(&'static str, usize)>);

impl Columns {
    fn of(head: &StringRecord) -> Result<Self, String> {
        let mut columns = Vec::new();
        for (index, name) in head.iter().enumerate() {
            let known = COLUMNS.into_iter().find(|known| *known == name);
            let known = known.ok_or_else(|| {
                format!("there is no column {name:?}; known: {}", COLUMNS.join(", "))
            })?;
            columns.push((known, index));
        }
        for needed in &COLUMNS[..3] {
            if !columns.iter().any(|(name, _)| name == needed) {
                return Err(format!("the column {needed} is missing"));
            }
        }
        Ok(Self(columns))
    }

    /// The cell of a column; nothing where the file has no such column.
    fn cell<'a>(&self, record: &'a StringRecord, name: &str) -> Option<&'a str> {
        let (_, index) = self.0.iter().find(|(known, _)| *known == name)?;
        let cell = record.get(*index).unwrap_or_default();
        // Written so by an export, so that a spreadsheet does not take it for a formula.
        let marked = cell.strip_prefix('\'').filter(|rest| is_formula(rest));
        Some(marked.unwrap_or(cell))
    }
}

/// Whether a spreadsheet would take a cell for a formula.
pub(super) fn is_formula(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

/// Reads all rows, or names every line that is wrong. Contracts are those of `file`.
pub(super) fn read(text: &str, source: &Path, file: &DocumentMut) -> Result<Vec<Row>, Vec<String>> {
    let at = |line: u64, problem: &str| format!("{}:{line}: {problem}", source.display());
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = ReaderBuilder::new()
        .trim(Trim::All)
        .flexible(true)
        .from_reader(text.as_bytes());
    let columns = reader
        .headers()
        .map_err(|error| error.to_string())
        .and_then(Columns::of)
        .map_err(|problem| vec![at(1, &problem)])?;
    let (mut rows, mut problems) = (Vec::new(), Vec::new());
    let mut seen: BTreeMap<(ContractNumber, UserId), u64> = BTreeMap::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                problems.push(at(line, "is no CSV"));
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        match row(&record, &columns) {
            Err(problem) => problems.push(at(line, &problem)),
            Ok(row) if !is_there(file, &row.contract) => {
                let contract = &row.contract;
                let problem = format!("contract {contract} is not in the users file: add it there");
                problems.push(at(line, &problem));
            }
            Ok(row) => {
                let key = (row.contract.clone(), row.user.clone());
                match seen.insert(key, line) {
                    None => rows.push(row),
                    Some(first) => {
                        problems.push(at(line, &format!("is the user of line {first} again")));
                    }
                }
            }
        }
    }
    if problems.is_empty() {
        Ok(rows)
    } else {
        Err(problems)
    }
}

fn is_there(file: &DocumentMut, contract: &ContractNumber) -> bool {
    let contracts = file.get("contracts").and_then(Item::as_array_of_tables);
    contracts.is_some_and(|contracts| {
        contracts
            .iter()
            .any(|known| names(known, "number", contract))
    })
}

fn row(record: &StringRecord, columns: &Columns) -> Result<Row, String> {
    let cell = |name| columns.cell(record, name);
    let contract = cell("contract_number").unwrap_or_default().parse();
    let contract = contract.map_err(|_| "the contract number cannot be used: 6 to 12 digits")?;
    let user = cell("user_id").unwrap_or_default().parse();
    let user =
        user.map_err(|_| "the user ID cannot be used: 1 to 32 of A-Z, a-z, 0-9, . _ and -")?;
    let name = cell("name").unwrap_or_default();
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err("the name is empty or has control characters".to_owned());
    }
    let mut values = vec![("name".to_owned(), Some(value(name)))];
    for key in ["service_administrator", "disabled"] {
        let truth = match cell(key) {
            None => continue,
            Some("" | "false") => None,
            Some("true") => Some(value(true)),
            Some(_) => return Err(format!("{key} must be true or false")),
        };
        values.push((key.to_owned(), truth));
    }
    if let Some(cell) = cell("permissions") {
        let mut permissions = Array::new();
        for name in cell.split([';', ',', ' ']).filter(|name| !name.is_empty()) {
            let permission: Permission = name.parse().map_err(|()| {
                let known = Permission::ALL.map(Permission::name).join(", ");
                format!("there is no permission {name:?}; known: {known}")
            })?;
            permissions.push(permission.name());
        }
        let permissions = (!permissions.is_empty()).then(|| value(permissions));
        values.push(("permissions".to_owned(), permissions));
    }
    if let Some(mail) = cell("mail") {
        let good = mail
            .split_once('@')
            .is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty());
        if !mail.is_empty() && (!good || mail.contains(char::is_whitespace)) {
            return Err("the mail address cannot be used: one name@domain".to_owned());
        }
        let mail = (!mail.is_empty()).then(|| value(mail));
        values.push(("mail".to_owned(), mail));
    }
    Ok(Row {
        contract,
        user,
        values,
    })
}
