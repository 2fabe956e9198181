//! A contract's users leave as a users file.

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, value};
use warifu_core::domain::{Contract, Permission, User};

/// What stands above, for whoever opens the file.
const HEAD: &str = "\
# Users as the directory knows them. Passwords and one-time-password cards are not in it: nobody gets
# them out. Imported into a users file, whatever that says besides stays as it is.

";

/// The contract and its users as a users file, without any secret. Importing it into the file that
/// the users came from changes nothing.
pub fn users_file_text(contract: &Contract, users: &[User]) -> String {
    let mut tables = ArrayOfTables::new();
    for user in users {
        let mut table = Table::new();
        let permissions = user.permissions.iter();
        let permissions: Array = permissions.map(|right| Permission::name(*right)).collect();
        table.insert("id", value(user.id().as_str()));
        table.insert("name", value(&user.name));
        table.insert("service_administrator", value(user.service_administrator));
        table.insert("permissions", value(permissions));
        if let Some(mail) = &user.mail {
            table.insert("mail", value(mail));
        }
        table.insert("disabled", value(user.disabled));
        if let Some(end) = user.certificate_not_after {
            table.insert("certificate_not_after", value(end.to_string()));
        }
        if let Some(identity) = &user.identity {
            table.insert("uid", value(identity.as_str()));
        }
        tables.push(table);
    }
    let mut table = Table::new();
    table.insert("number", value(contract.number.as_str()));
    table.insert("name", value(&contract.name));
    table.insert("edition", value(contract.edition.as_str()));
    table.insert("registered_address", value(&contract.registered_address));
    table.insert("users", Item::ArrayOfTables(tables));
    let mut contracts = ArrayOfTables::new();
    contracts.push(table);
    let mut file = DocumentMut::new();
    file.insert("contracts", Item::ArrayOfTables(contracts));
    format!("{HEAD}{file}")
}

#[cfg(test)]
mod tests {
    use warifu_core::domain::{ContractNumber, UserId};
    use warifu_core::ports::UserDirectory;

    use super::*;
    use crate::directory::MemoryDirectory;
    use crate::import::Import;
    use crate::users_file::AnyHash;

    const FILE: &str = r#"
[[contracts]]
number = "1234567890"
name = "株式会社\"サンプル\""
edition = "standard"
registered_address = "〒100-0000 東京都"

[[contracts.users]]
id = "admin01"
name = "山田 太郎"
service_administrator = true
mail = "taro@example.jp"
uid = "person-1"

[[contracts.users]]
id = "user02"
name = "=HYPERLINK(1)"
permissions = ["reissue-retrieval-password"]
disabled = true
certificate_not_after = "2026-12-31T00:00:00Z"
"#;

    async fn exported() -> String {
        let directory = MemoryDirectory::from_toml(FILE, "users.toml").unwrap();
        let number: ContractNumber = "1234567890".parse().unwrap();
        let contract = directory.contract(&number).await.unwrap().unwrap();
        let users = directory.users(&number, None::<&UserId>, 10).await.unwrap();
        users_file_text(&contract, &users)
    }

    #[tokio::test]
    async fn what_leaves_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let (source, target) = (
            folder.path().join("out.toml"),
            folder.path().join("in.toml"),
        );
        std::fs::write(&source, exported().await).unwrap();
        std::fs::write(&target, FILE).unwrap();
        let import = Import::plan(&source, &target, &AnyHash).unwrap();
        assert_eq!(
            (import.added, import.changed, import.unchanged),
            (0, 0, 2),
            "into the file that it came from"
        );
        std::fs::remove_file(&target).unwrap();
        let import = Import::plan(&source, &target, &AnyHash).unwrap();
        assert_eq!((import.added, import.changed, import.unchanged), (2, 0, 0));
    }

    #[tokio::test]
    async fn what_is_off_there_is_off_here() {
        let folder = tempfile::tempdir().unwrap();
        let (source, target) = (
            folder.path().join("out.toml"),
            folder.path().join("in.toml"),
        );
        std::fs::write(&source, exported().await).unwrap();
        let other = FILE.replace("mail =", "disabled = true\nmail =");
        std::fs::write(&target, other).unwrap();
        let import = Import::plan(&source, &target, &AnyHash).unwrap();
        assert_eq!((import.added, import.changed, import.unchanged), (0, 1, 1));
        import.write().unwrap();
        let text = std::fs::read_to_string(&target).unwrap();
        assert!(text.contains("disabled = false"), "{text}");
    }
}
