//! Where passwords have any script, one password is one, however its keyboard spells it.

use std::sync::Arc;

use async_trait::async_trait;
use warifu_adapter_kit::{Adapter, AdapterError, Directory, DirectoryContext, NoSettings};
use warifu_core::ports::HashClaimant;
use warifu_memory::{MemoryDirectory, MemoryStaff};
use warifu_test_support::people::users_file;
use zeroize::Zeroizing;

use crate::support::{CONTRACT, Setup, TestServer, USER};

/// Composed, with a plain space: the one form.
const COMPOSED: &str = "パスワード 山";
/// The same on a keyboard that writes marks apart and spaces in full width.
const TAKEN_APART: &str = "ハ\u{309A}スワート\u{3099}　山";

/// Knows the usual people; [`USER`] with the hash of another program, of these very bytes.
struct HashedElsewhere(&'static str);

#[async_trait]
impl Adapter for HashedElsewhere {
    type Port = Directory;
    type Settings = NoSettings;

    async fn build(
        &self,
        _: &NoSettings,
        context: &DirectoryContext,
    ) -> Result<Directory, AdapterError> {
        let permit = context.hasher.permit(HashClaimant::Bank).unwrap();
        let bytes = Zeroizing::new(self.0.as_bytes().to_vec());
        let hash = context.hasher.hash(&permit, bytes).await;
        let text = users_file();
        let (before, of_user) = text.split_once(&format!("id = \"{USER}\"")).unwrap();
        let (head, rest) = of_user.split_once("login_password = \"").unwrap();
        let (_, rest) = rest.split_once('"').unwrap();
        let hash = hash.expose_phc();
        let text = format!("{before}id = \"{USER}\"{head}login_password = \"{hash}\"{rest}");
        let directory = Arc::new(MemoryDirectory::from_toml(&text, "elsewhere").unwrap());
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

async fn server(hashed: &'static str) -> TestServer {
    let setup = Setup::with("user_directory = { adapter = \"elsewhere\" }")
        .and("policy.login.characters = \"any\"")
        .adapters(move |registry| registry.user_directory("elsewhere", HashedElsewhere(hashed)));
    TestServer::start_with(setup).await
}

async fn log_in(server: &TestServer, password: &str) -> u16 {
    let answer = server.client.try_login("self", CONTRACT, USER, password);
    answer.await.status.as_u16()
}

#[tokio::test]
async fn a_password_is_one_however_it_is_typed() {
    let server = server(COMPOSED).await;
    for spelling in [COMPOSED, TAKEN_APART, "パスワード\u{A0}山"] {
        assert_eq!(log_in(&server, spelling).await, 201, "{spelling:?}");
    }
    // Width and case are the password's own. Each wrong entry is one.
    for other in [
        "パスワード山",
        "ﾊﾟｽﾜｰﾄﾞ 山",
        "ハ\u{309A}スワート\u{3099} 川",
        "ハスワート 山",
    ] {
        assert_eq!(log_in(&server, other).await, 401, "{other:?}");
    }
    assert_eq!(log_in(&server, COMPOSED).await, 201);
}

#[tokio::test]
async fn a_hash_of_the_entry_itself_goes_on_to_match_and_is_renewed() {
    let server = server(TAKEN_APART).await;
    assert_eq!(
        log_in(&server, COMPOSED).await,
        401,
        "other bytes than were hashed"
    );
    assert_eq!(log_in(&server, TAKEN_APART).await, 201);
    // From the first login on the hash is of the one form.
    assert_eq!(log_in(&server, COMPOSED).await, 201);
    assert_eq!(log_in(&server, TAKEN_APART).await, 201);
}
