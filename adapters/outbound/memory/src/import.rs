//! Bringing users into a users file: of another users file, or of a CSV file. What the import does
//! not say of a user stays as it is; the same import twice changes nothing.

mod csv_rows;

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item, Table};
use warifu_core::domain::{ContractNumber, StaffId, UserId};
use warifu_core::ports::HashJudge;

use crate::users_file::Users;
use crate::users_file::document::{about, names, tables, turn, write_whole};

use csv_rows::Row;

/// What an import would do, or has done.
pub struct Import {
    /// Users who were not there.
    pub added: usize,
    /// Users of whom something is different now.
    pub changed: usize,
    /// Users who were there already, as they are.
    pub unchanged: usize,
    target: PathBuf,
    text: String,
    /// What the file said when this was planned.
    before: String,
}

impl Import {
    /// Works out what importing `source` into the users file `target` means. Every problem that can
    /// be found is told, in one line with its place.
    /// Hashes that `hashes` can never check are among them.
    pub fn plan(source: &Path, target: &Path, hashes: &dyn HashJudge) -> Result<Self, Vec<String>> {
        let judge = |text: &str, file: &Path| {
            let judged = Users::parse(text, &file.display().to_string(), Some(hashes));
            judged.map(|_| ()).map_err(|error| vec![error.to_string()])
        };
        let text = read(target)?.unwrap_or_default();
        let mut file: DocumentMut = text
            .parse()
            .map_err(|error| vec![about(target, &error_line(&error))])?;
        let incoming = fs::read_to_string(source)
            .map_err(|error| vec![about(source, &format!("cannot be read: {error}"))])?;
        let mut import = Self {
            added: 0,
            changed: 0,
            unchanged: 0,
            target: target.to_owned(),
            text: String::new(),
            before: text.clone(),
        };
        if source
            .extension()
            .is_some_and(|extension| extension == "csv")
        {
            let rows = csv_rows::read(&incoming, source, &file)?;
            for row in rows {
                import.merge_row(&mut file, row)?;
            }
        } else {
            judge(&incoming, source)?;
            let incoming: DocumentMut = incoming
                .parse()
                .map_err(|error| vec![about(source, &error_line(&error))])?;
            import.merge_file(&mut file, &incoming, source)?;
        }
        import.text = file.to_string();
        judge(&import.text, target)?;
        Ok(import)
    }

    /// Writes the users file: whole, or not at all. Nothing where nothing is different, and where
    /// somebody else changed it since this was planned.
    pub fn write(&self) -> io::Result<()> {
        if self.added + self.changed == 0 {
            return Ok(());
        }
        let _turn = turn(&self.target)?;
        let now = match fs::read_to_string(&self.target) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            read => read?,
        };
        if now != self.before {
            return Err(io::Error::other(
                "it was changed by somebody else meanwhile: import again",
            ));
        }
        write_whole(&self.target, &self.text)
    }

    fn merge_row(&mut self, file: &mut DocumentMut, row: Row) -> Result<(), Vec<String>> {
        let target = self.target.clone();
        let contracts = tables(file.as_table_mut(), "contracts", &target)?;
        let contract = contracts
            .iter_mut()
            .find(|contract| names(contract, "number", &row.contract));
        let Some(contract) = contract else {
            return Err(vec![about(&target, "the contract is not there")]);
        };
        let users = tables(contract, "users", &target)?;
        let found = users.iter_mut().find(|user| names(user, "id", &row.user));
        if let Some(user) = found {
            let mut different = false;
            for (key, value) in row.values {
                different |= set(user, &key, value);
            }
            self.count(different);
        } else {
            let mut user = Table::new();
            user.insert("id", toml_edit::value(row.user.as_str()));
            for (key, value) in row.values {
                set(&mut user, &key, value);
            }
            users.push(user);
            self.added += 1;
        }
        Ok(())
    }

    fn merge_file(
        &mut self,
        file: &mut DocumentMut,
        incoming: &DocumentMut,
        source: &Path,
    ) -> Result<(), Vec<String>> {
        let target = self.target.clone();
        let mut incoming = incoming.clone();
        for contract in tables(incoming.as_table_mut(), "contracts", source)?.iter() {
            let number: ContractNumber = id_of(contract, "number", source)?;
            let contracts = tables(file.as_table_mut(), "contracts", &target)?;
            let at = contracts
                .iter()
                .position(|known| names(known, "number", &number));
            let mut users = contract.clone();
            let users = tables(&mut users, "users", source)?.clone();
            let at = at.unwrap_or_else(|| {
                let mut new = Table::new();
                new.insert("number", toml_edit::value(number.as_str()));
                contracts.push(new);
                contracts.len() - 1
            });
            let Some(known) = contracts.get_mut(at) else {
                continue;
            };
            for (key, value) in contract
                .iter()
                .filter(|(key, _)| !matches!(*key, "users" | "number"))
            {
                set(known, key, Some(value.clone()));
            }
            for user in &users {
                let id: UserId = id_of(user, "id", source)?;
                let row = Row {
                    contract: number.clone(),
                    user: id,
                    values: values_of(user),
                };
                self.merge_row(file, row)?;
            }
        }
        for member in tables(incoming.as_table_mut(), "staff", source)?.iter() {
            let id: StaffId = id_of(member, "id", source)?;
            let staff = tables(file.as_table_mut(), "staff", &target)?;
            if let Some(known) = staff.iter_mut().find(|known| names(known, "id", &id)) {
                let mut different = false;
                for (key, value) in values_of(member) {
                    different |= set(known, &key, value);
                }
                self.count(different);
            } else {
                staff.push(member.clone());
                self.added += 1;
            }
        }
        for name in ["contracts", "staff"] {
            let empty = tables(file.as_table_mut(), name, &target)?.is_empty();
            if empty {
                file.remove(name);
            }
        }
        Ok(())
    }

    fn count(&mut self, different: bool) {
        if different {
            self.changed += 1;
        } else {
            self.unchanged += 1;
        }
    }
}

fn values_of(user: &Table) -> Vec<(String, Option<Item>)> {
    user.iter()
        .filter(|(key, _)| *key != "id")
        .map(|(key, value)| (key.to_owned(), Some(value.clone())))
        .collect()
}

/// Sets or removes a key; says whether that made a difference.
fn set(table: &mut Table, key: &str, value: Option<Item>) -> bool {
    // Without the white space and comments around it.
    let plain = |item: &Item| match item {
        Item::Value(value) => value.clone().decorated("", "").to_string(),
        other => other.to_string(),
    };
    match (table.get(key), value) {
        (Some(before), Some(after)) if plain(before) == plain(&after) => false,
        (None, None) => false,
        (None, Some(after)) if says_nothing(&after) => false,
        (before, Some(after)) => {
            // Around it stays what stood there, not what stood where it came from.
            let around = before
                .and_then(Item::as_value)
                .map(|value| value.decor().clone());
            let after = match after {
                Item::Value(value) => {
                    let mut value = value.decorated(" ", "");
                    if let Some(around) = around {
                        *value.decor_mut() = around;
                    }
                    Item::Value(value)
                }
                other => other,
            };
            table.insert(key, after);
            true
        }
        (Some(_), None) => table.remove(key).is_some(),
    }
}

/// Whether a value is what holds where the key is missing.
fn says_nothing(value: &Item) -> bool {
    value.as_bool() == Some(false) || value.as_array().is_some_and(toml_edit::Array::is_empty)
}

fn id_of<T: std::str::FromStr>(table: &Table, key: &str, file: &Path) -> Result<T, Vec<String>> {
    table
        .get(key)
        .and_then(Item::as_str)
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| vec![about(file, &format!("{key} cannot be used"))])
}

fn read(path: &Path) -> Result<Option<String>, Vec<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(vec![about(path, &format!("cannot be read: {error}"))]),
    }
}

fn error_line(error: &toml_edit::TomlError) -> String {
    error
        .message()
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use warifu_core::domain::PasswordHash;
    use warifu_core::ports::UncheckableHash;

    use super::*;
    use crate::users_file::AnyHash;

    /// Judges no hash to be good.
    struct NoHash;

    impl HashJudge for NoHash {
        fn judge(&self, _: &PasswordHash) -> Result<(), UncheckableHash> {
            Err(UncheckableHash("it asks for too much".to_owned()))
        }
    }

    #[test]
    fn a_hash_that_is_never_checked_is_refused_where_it_stands() {
        let hash = "$argon2id$v=19$m=2097152,t=1,p=4$c29tZXNhbHQ$\
                    nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        let toml = format!(
            "[[contracts]]\nnumber = \"1234567890\"\nname = \"A\"\n[[contracts.users]]\n\
             id = \"user01\"\nname = \"One\"\nlogin_password = \"{hash}\"\n"
        );
        let folder = tempfile::tempdir().unwrap();
        let (source, target) = (
            folder.path().join("more.toml"),
            folder.path().join("users.toml"),
        );
        fs::write(&source, &toml).unwrap();
        let problems = Import::plan(&source, &target, &NoHash).err().unwrap();
        assert!(problems[0].contains("more.toml:7: "), "{problems:?}");
        assert!(problems[0].contains("can never be checked"), "{problems:?}");
        assert!(!problems[0].contains("$argon2id"), "{problems:?}");
        assert!(Import::plan(&source, &target, &AnyHash).is_ok());
        // Neither is one that stands in the file already.
        fs::write(&target, &toml).unwrap();
        fs::write(folder.path().join("new.csv"), CSV).unwrap();
        let problems = Import::plan(&folder.path().join("new.csv"), &target, &NoHash);
        let problems = problems.err().unwrap();
        assert!(problems[0].contains("users.toml:7: "), "{problems:?}");
    }

    const BEFORE: &str = "# kept\n[[contracts]]\nnumber = \"1234567890\"\nname = \"A\"\n\n\
        [[contracts.users]]\nid = \"user01\"\nname = \"One\" # also kept\n\
        certificate_not_after = \"2026-12-31T00:00:00Z\"\n";

    fn import(name: &str, content: &str) -> (tempfile::TempDir, Result<Import, Vec<String>>) {
        let folder = tempfile::tempdir().unwrap();
        let (source, target) = (folder.path().join(name), folder.path().join("users.toml"));
        fs::write(&source, content).unwrap();
        fs::write(&target, BEFORE).unwrap();
        let import = Import::plan(&source, &target, &AnyHash);
        (folder, import)
    }

    fn counts(import: &Import) -> (usize, usize, usize) {
        (import.added, import.changed, import.unchanged)
    }

    const CSV: &str = "contract_number,user_id,name,service_administrator,permissions,mail,disabled\n\
        1234567890,USER01,Uno,,,uno@example.jp,\n\
        1234567890,user02,Two,true,reissue-retrieval-password,,false\n";

    #[test]
    fn what_somebody_else_changed_meanwhile_is_not_lost() {
        let (folder, planned) = import("new.csv", CSV);
        let planned = planned.unwrap();
        let target = folder.path().join("users.toml");
        let theirs = format!("{BEFORE}mail = \"one@example.jp\"\n");
        fs::write(&target, &theirs).unwrap();
        let error = planned.write().unwrap_err();
        assert!(error.to_string().contains("import again"), "{error}");
        assert_eq!(fs::read_to_string(&target).unwrap(), theirs);
    }

    #[test]
    fn a_csv_file_adds_and_changes_and_keeps_what_it_does_not_say() {
        let (folder, planned) = import("new.csv", CSV);
        let planned = planned.unwrap();
        assert_eq!(counts(&planned), (1, 1, 0));
        planned.write().unwrap();
        let target = folder.path().join("users.toml");
        let text = fs::read_to_string(&target).unwrap();
        assert!(
            text.starts_with("# kept") && text.contains("2026-12-31"),
            "{text}"
        );
        assert!(
            text.contains("name = \"Uno\"") && text.contains("id = \"user02\""),
            "{text}"
        );
        assert!(text.contains("\"Uno\" # also kept"), "{text}");
        let again = Import::plan(&folder.path().join("new.csv"), &target, &AnyHash).unwrap();
        assert_eq!(counts(&again), (0, 0, 2));
    }

    #[test]
    fn every_wrong_line_of_a_csv_file_is_named() {
        let csv = "contract_number,user_id,name,disabled\n\
            999999,user01,One,\n1234567890,no one,X,\n1234567890,user03,,\n\
            1234567890,user04,Four,maybe\n1234567890,user05,Five,\n1234567890,user05,Five,\n";
        let (_folder, planned) = import("bad.csv", csv);
        let problems = planned.err().unwrap();
        let lines: Vec<String> = problems
            .iter()
            .filter_map(|problem| problem.split(':').nth(1).map(str::to_owned))
            .collect();
        assert_eq!(lines, ["2", "3", "4", "5", "7"], "{problems:?}");
    }

    #[test]
    fn a_users_file_is_merged_key_by_key() {
        let toml = "[[contracts]]\nnumber = \"1234567890\"\nname = \"B\"\n\
            [[contracts.users]]\nid = \"user01\"\nname = \"One\"\ndisabled = true\n\
            [[contracts]]\nnumber = \"222222\"\nname = \"C\"\n\
            [[contracts.users]]\nid = \"user01\"\nname = \"Other\"\n\
            [[staff]]\nid = \"clerk01\"\nname = \"Clerk\"\nroles = [\"maker\"]\n";
        let (folder, planned) = import("more.toml", toml);
        let planned = planned.unwrap();
        assert_eq!(counts(&planned), (2, 1, 0));
        planned.write().unwrap();
        let target = folder.path().join("users.toml");
        let text = fs::read_to_string(&target).unwrap();
        assert!(
            text.contains("disabled = true") && text.contains("2026-12-31"),
            "{text}"
        );
        let again = Import::plan(&folder.path().join("more.toml"), &target, &AnyHash).unwrap();
        assert_eq!(counts(&again), (0, 0, 3));
        let wrong = toml.replacen("222222", "2", 1);
        fs::write(folder.path().join("more.toml"), wrong).unwrap();
        let problems = Import::plan(&folder.path().join("more.toml"), &target, &AnyHash)
            .err()
            .unwrap();
        assert!(problems[0].contains("more.toml:9:"), "{problems:?}");
    }
}
