//! What can never be checked is nobody's wrong entry: a directory can hold, by other ways than an
//! import here, a hash or a card with which no entry is ever right.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::json;
use warifu_adapter_kit::{Adapter, AdapterError, Directory, DirectoryContext, NoSettings};
use warifu_memory::{MemoryDirectory, MemoryStaff};
use warifu_test_support::people::users_file;

use crate::support::{ADMIN, CONTRACT, LOGIN_PASSWORD, Setup, TestServer, USER, WRONG_PASSWORD};

/// Knows the usual people, with a hash of [`USER`] that is dearer than what is checked here.
struct Careless;

#[async_trait]
impl Adapter for Careless {
    type Port = Directory;
    type Settings = NoSettings;

    async fn build(&self, _: &NoSettings, _: &DirectoryContext) -> Result<Directory, AdapterError> {
        let text = users_file();
        let (before, of_user) = text.split_once(&format!("id = \"{USER}\"")).unwrap();
        let dearer = of_user
            .replacen("$m=", "$m=1", 1)
            .replacen("$m=1", "$m=1000", 1);
        let text = format!("{before}id = \"{USER}\"{dearer}");
        let directory = Arc::new(MemoryDirectory::from_toml(&text, "careless").unwrap());
        Ok(Directory {
            users: directory.clone(),
            tokens: Some(directory.clone()),
            staff: Some(MemoryStaff::of(directory).into()),
            cards: None,
            reload: None,
            import: None,
        })
    }
}

#[tokio::test]
async fn a_hash_that_is_never_checked_locks_nobody_out() {
    let setup = Setup::with("user_directory = { adapter = \"careless\" }")
        .adapters(|registry| registry.user_directory("careless", Careless));
    let server = TestServer::start_with(setup).await;
    for password in [LOGIN_PASSWORD, WRONG_PASSWORD].repeat(4) {
        let answer = server.client.try_login("self", CONTRACT, USER, password);
        let answer = answer.await.expect(503, Some("unavailable"));
        assert!(answer.header("retry-after").is_some());
    }
    assert_eq!(server.count("lock.set"), 0);
    let admin = server.client.login_admin(ADMIN).await;
    let users = admin.get("/api/v1/admin/users?query=user01").await.json();
    assert_eq!(users["users"][0]["locks"], json!([]));
}
