//! Nothing crosses a contract, by whatever trick with identifiers.

use serde_json::json;

use crate::support::{
    ADMIN, CONTRACT, OTHER_CONTRACT, OpenSsl, TRANSACTION_PASSWORD, TestServer, USER,
};

#[tokio::test]
async fn another_contracts_users_cannot_be_seen_or_reissued() {
    let server = TestServer::start().await;
    let admin = server.client.login_admin(ADMIN).await;
    let tricks = [
        format!("{OTHER_CONTRACT}%2F{USER}"),
        format!("..%2F{OTHER_CONTRACT}%2F{USER}"),
        format!("{OTHER_CONTRACT}:{USER}"),
        format!("{USER}%00{OTHER_CONTRACT}"),
        format!("{USER}%20{OTHER_CONTRACT}"),
        "*".to_owned(),
        "%7D%7B".to_owned(),
    ];
    for trick in tricks {
        let answer = admin.try_reissue(&trick, TRANSACTION_PASSWORD).await;
        assert_eq!(answer.status, 404, "{trick}: {}", answer.text());
    }
    let list = admin.get("/api/v1/admin/users?limit=100").await.text();
    assert!(!list.contains("別会社"));
    assert_eq!(server.count("retrieval_password.reissued"), 0);
}

#[tokio::test]
async fn a_password_redeems_only_for_its_own_user_of_its_own_contract() {
    let server = TestServer::start().await;
    let admin = server.client.login_admin(ADMIN).await;
    let password = admin.reissue(USER).await;
    let namesake = server.client.login("self", OTHER_CONTRACT, USER).await;
    let csr = OpenSsl::new().p256_request();
    namesake
        .redeem_csr(&password, &csr)
        .await
        .expect(401, Some("retrieval-refused"));
    let user = server.client.login("self", CONTRACT, USER).await;
    user.redeem_csr(&password, &csr).await.expect(201, None);
}

#[tokio::test]
async fn another_contracts_history_and_reissues_stay_its_own() {
    let server = TestServer::start().await;
    let admin = server.client.login_admin(ADMIN).await;
    admin.reissue(USER).await;
    let own = admin.get("/api/v1/admin/reissues").await.json();
    let id = own["reissues"][0]["reissue_id"].as_str().unwrap();
    let stranger = server.client.login("admin", OTHER_CONTRACT, ADMIN).await;
    let seen = stranger.get("/api/v1/admin/reissues").await.json();
    assert_eq!(seen["reissues"], json!([]));
    let path = format!("/api/v1/admin/reissues/{id}/cancel");
    assert_eq!(stranger.post(&path, json!({})).await.status, 404);
    let history = stranger.get("/api/v1/admin/audit?limit=100").await.text();
    assert!(!history.contains(&format!("\"{CONTRACT}\"")), "{history}");
    assert!(!history.contains(id), "{history}");
    let own = admin.get("/api/v1/admin/reissues").await.json();
    assert_eq!(own["reissues"][0]["status"], "issued");
}
