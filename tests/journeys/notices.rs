//! What was done is told once, on the page that comes next, and nobody else can make a page say it.

use crate::support::{
    ADMIN, Browser, CONTRACT, LOGIN_PASSWORD, SECOND_ADMIN, Setup, TestServer, USER, location,
};

const CANCELLED: &str = "取り消しました。";

/// Reissues for a user and takes that back, on the pages.
async fn cancel_a_reissue(server: &TestServer, browser: &mut Browser) {
    let admin = server.client.login_admin(ADMIN).await;
    admin.reissue(USER).await;
    let list = browser.get("/admin/reissues").await.text();
    let (_, path) = list
        .split_once("<form method=\"post\" action=\"/admin/reissues/")
        .unwrap();
    let path = format!("/admin/reissues/{}", path.split('"').next().unwrap());
    let done = browser.send("/admin/reissues", &path, &[]).await;
    assert_eq!(location(&done), "/admin/reissues");
}

#[tokio::test]
async fn what_was_done_is_told_once() {
    let server = TestServer::start().await;
    let mut browser = Browser::of(&server.client, "admin", ADMIN).await;
    cancel_a_reissue(&server, &mut browser).await;
    // Another page does not take it.
    assert!(!browser.get("/admin").await.text().contains(CANCELLED));
    let kept = browser.cookies.clone();
    let told = browser.get("/admin/reissues").await.text();
    assert!(told.contains(CANCELLED), "{told}");
    assert!(
        !browser
            .get("/admin/reissues")
            .await
            .text()
            .contains(CANCELLED)
    );
    // Whoever kept the cookie has nothing of it.
    browser.cookies = kept;
    assert!(
        !browser
            .get("/admin/reissues")
            .await
            .text()
            .contains(CANCELLED)
    );
}

#[tokio::test]
async fn a_change_of_language_on_the_way_loses_no_notice() {
    let server = TestServer::start().await;
    let mut browser = Browser::of(&server.client, "admin", ADMIN).await;
    cancel_a_reissue(&server, &mut browser).await;
    let changed = browser.get("/admin/reissues?lang=en").await;
    assert_eq!(location(&changed), "/admin/reissues");
    let told = browser.get("/admin/reissues").await.text();
    assert!(told.contains("has been cancelled"), "{told}");
}

#[tokio::test]
async fn a_notice_means_nothing_in_another_session_and_no_address_makes_one() {
    let server = TestServer::start().await;
    let mut browser = Browser::of(&server.client, "admin", ADMIN).await;
    cancel_a_reissue(&server, &mut browser).await;
    let is_notice = |(name, _): &&(String, String)| name == "warifu-admin-notice";
    let notice = browser.cookies.iter().find(is_notice).cloned().unwrap();
    assert!(
        !notice.1.contains("session") && notice.1.contains('.'),
        "{notice:?}"
    );
    for user in [SECOND_ADMIN, ADMIN] {
        let mut other = Browser::of(&server.client, "admin", user).await;
        other.cookies.push(notice.clone());
        assert!(
            !other
                .get("/admin/reissues")
                .await
                .text()
                .contains(CANCELLED)
        );
        other
            .cookies
            .push((notice.0.clone(), "cancelled".to_owned()));
        assert!(
            !other
                .get("/admin/reissues")
                .await
                .text()
                .contains(CANCELLED)
        );
    }
    let mut other = Browser::of(&server.client, "admin", ADMIN).await;
    for (path, words) in [
        ("/admin/reissues?notice=cancelled", CANCELLED),
        (
            "/admin/users/cert-password?notice=unlocked",
            "ロックを解除しました。",
        ),
        (
            "/admin/users/cert-password?notice=sessions-ended",
            "すべて終了しました。",
        ),
        ("/admin?notice=others-ended", "すべて終了しました。"),
        ("/admin/login?notice=logged-out", "ログアウトしました。"),
        ("/cert/login?notice=ended", "ログインが終了しています。"),
        ("/office/login?notice=logged-out", "ログアウトしました。"),
    ] {
        let page = other.get(path).await.text();
        assert!(!page.contains(words), "{path}: {page}");
    }
    // The right one still has it.
    assert!(
        browser
            .get("/admin/reissues")
            .await
            .text()
            .contains(CANCELLED)
    );
}

#[tokio::test]
async fn a_notice_is_told_by_whichever_listener_shows_the_page() {
    let setup = Setup::default().and_listener(&["self-service", "admin"]);
    let server = TestServer::start_with(setup).await;
    let mut browser = Browser::of(&server.client, "admin", ADMIN).await;
    cancel_a_reissue(&server, &mut browser).await;
    let mut elsewhere = browser.at(&server.more_clients[0]);
    assert!(
        elsewhere
            .get("/admin/reissues")
            .await
            .text()
            .contains(CANCELLED)
    );
    assert!(
        !browser
            .get("/admin/reissues")
            .await
            .text()
            .contains(CANCELLED)
    );
}

#[tokio::test]
async fn who_logged_out_is_told_so_once_and_who_must_log_in_comes_back_to_the_same_list() {
    let server = TestServer::start().await;
    let mut browser = Browser::of(&server.client, "admin", ADMIN).await;
    let out = browser.send("/admin", "/admin/logout", &[]).await;
    assert_eq!(location(&out), "/admin/login");
    assert!(
        browser
            .get("/admin/login")
            .await
            .text()
            .contains("ログアウトしました。")
    );
    assert!(
        !browser
            .get("/admin/login")
            .await
            .text()
            .contains("ログアウトしました。")
    );

    let list = "/admin/users/cert-password?q=user0&page=1";
    let away = browser.get(list).await;
    let login = location(&away).to_owned();
    assert!(login.starts_with("/admin/login?next=selection"), "{login}");
    let page = browser.get(&login).await.text();
    assert!(page.contains("ログインが必要です。"), "{page}");
    let (_, return_to) = page.split_once("name=\"return_to\" value=\"").unwrap();
    let return_to = return_to.split('"').next().unwrap().replace("&#38;", "&");
    let fields = [
        ("contract", CONTRACT),
        ("user", ADMIN),
        ("password", LOGIN_PASSWORD),
        ("return_to", &return_to),
    ];
    let back = browser.post("/admin/login", &fields).await;
    assert_eq!(location(&back), list);
}
