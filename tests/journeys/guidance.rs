//! What pages say to the person in front of them is so: the language is theirs, an entry to be corrected
//! stays, the steps are those of their way, and what is offered can succeed.

use crate::support::{
    ADMIN, Answer, Browser, CARD_HOLDER, DISABLED, SECOND_ADMIN, Setup, TestServer, USER,
    WRONG_PASSWORD, current_code, location,
};

#[tokio::test]
async fn the_browser_chooses_the_language_until_somebody_does() {
    let server = TestServer::start().await;
    let asked = |accept: &str| server.client.with_header("accept-language", accept);
    let language = |answer: Answer| {
        let text = answer.text();
        let (_, rest) = text.split_once("<html lang=\"").unwrap();
        rest[..2].to_owned()
    };
    for (accept, expected) in [
        ("en-GB,en;q=0.9", "en"),
        ("en;q=0.3, ja;q=0.9", "ja"),
        ("fr, *;q=0.1", "ja"),
        ("", "ja"),
    ] {
        let page = asked(accept).get("/cert/login").await;
        assert_eq!(language(page), expected, "{accept}");
        let missing = asked(accept).get("/nothing").await;
        assert_eq!(language(missing), expected, "{accept}");
    }
    let mut browser = Browser::new(&asked("en-GB"));
    assert_eq!(language(browser.get("/").await), "en");
    assert_eq!(location(&browser.get("/?lang=ja").await), "/");
    assert_eq!(language(browser.get("/").await), "ja");
}

#[tokio::test]
async fn an_entry_that_cannot_be_right_stays_to_be_corrected_and_a_secret_does_not() {
    let server = TestServer::start().await;
    let mut browser = Browser::of(&server.client, "cert", CARD_HOLDER).await;
    let refused = browser
        .send("/cert/reissue", "/cert/reissue", &[("otp", "12345")])
        .await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.text().contains("value=\"12345\""),
        "{}",
        refused.text()
    );
    let wrong = browser
        .send("/cert/reissue", "/cert/reissue", &[("otp", "000000")])
        .await;
    assert!(!wrong.text().contains("value=\"000000\""));
    let code = |entry: &'static str| [("code", entry)];
    let short = browser
        .send("/cert", "/cert/retrieve", &code("2345-2345-2345"))
        .await;
    assert_eq!(short.status, 422);
    assert!(
        short.text().contains("value=\"2345-2345-2345\""),
        "{}",
        short.text()
    );
    let wrong = browser
        .send("/cert", "/cert/retrieve", &code("2345-2345-2345-2345"))
        .await;
    assert!(!wrong.text().contains("value=\"2345-2345-2345-2345\""));
}

/// The steps as the page shows them, and the current one.
fn steps(page: &str) -> Option<(usize, usize)> {
    let total = page.matches("class=\"step__number\"").count();
    let (_, rest) = page.split_once("aria-current=\"step\"")?;
    let (_, number) = rest.split_once("aria-hidden=\"true\">")?;
    Some((total, number.split('<').next()?.parse().ok()?))
}

#[tokio::test]
async fn the_steps_are_those_of_the_way_that_somebody_is_on() {
    let server = TestServer::start().await;
    let mut browser = Browser::of(&server.client, "cert", CARD_HOLDER).await;
    let entry = browser.get("/cert").await.text();
    assert_eq!(steps(&entry), Some((2, 2)));
    assert!(
        entry.contains("証明書取得用パスワードをお持ちですか"),
        "{entry}"
    );
    // The card holder's certificate of the bank ended long ago.
    assert!(entry.contains("有効期限が切れました。"), "{entry}");
    let otp = browser.get("/cert/reissue").await.text();
    assert_eq!(steps(&otp), Some((4, 2)));
    let code = current_code(CARD_HOLDER);
    let ready = browser
        .send("/cert/reissue", "/cert/reissue", &[("otp", &code)])
        .await;
    assert_eq!(location(&ready), "/cert/reissue/ready");
    let shown = browser
        .send("/cert/reissue/ready", "/cert/reissue/show", &[])
        .await;
    assert_eq!(shown.status, 200);
    let entry = browser.get("/cert").await.text();
    assert_eq!(steps(&entry), Some((4, 4)));
    assert!(!entry.contains("お持ちですか"), "{entry}");
    // In another session it came another way.
    let mut other = Browser::of(&server.client, "cert", CARD_HOLDER).await;
    assert_eq!(steps(&other.get("/cert").await.text()), Some((2, 2)));
    let none = Browser::of(&server.client, "cert", USER)
        .await
        .get("/cert")
        .await
        .text();
    assert!(
        none.contains("お持ちの電子証明書:</strong> ありません。"),
        "{none}"
    );
    let login = Browser::new(&server.client).get("/cert/login").await.text();
    assert_eq!(steps(&login), None);
}

#[tokio::test]
async fn a_locked_administrator_who_can_help_oneself_is_told_so() {
    let server = TestServer::start().await;
    let mut browser = Browser::of(&server.client, "cert", ADMIN).await;
    let other = server.client.login_admin(SECOND_ADMIN).await;
    other.reissue(ADMIN).await;
    let mut last = None;
    for _ in 0..5 {
        let code = [("code", "2345-2345-2345-2345")];
        last = Some(browser.send("/cert", "/cert/retrieve", &code).await);
    }
    let locked = last.unwrap();
    assert_eq!(locked.status, 403);
    let page = locked.text();
    assert!(
        page.contains("証明書取得用パスワードにロックがかかりました。"),
        "{page}"
    );
    assert!(page.contains("ご自身で再発行できます。"), "{page}");
    assert!(page.contains("<a href=\"/cert/reissue\">"), "{page}");
    for paper in [
        "書面",
        "/forms",
        "サービス管理責任者に再発行をご依頼ください",
    ] {
        assert!(!page.contains(paper), "{paper}: {page}");
    }
}

#[tokio::test]
async fn paper_is_named_on_no_page_of_somebody_whom_others_can_help() {
    let server = TestServer::start().await;
    let mut browser = Browser::of(&server.client, "cert", CARD_HOLDER).await;
    let otp = browser.get("/cert/reissue").await.text();
    assert!(
        otp.contains("href=\"/cert/reissue/no-card\"") && !otp.contains("/forms"),
        "{otp}"
    );
    let no_card = browser.get("/cert/reissue/no-card").await;
    assert_eq!(no_card.status, 200);
    let page = no_card.text();
    assert!(
        page.contains("お手続きができる方にご依頼ください"),
        "{page}"
    );
    assert!(
        !page.contains("ご自身で再発行できます。") && !page.contains("書面で"),
        "{page}"
    );
    let mut locked = None;
    for _ in 0..5 {
        let wrong = [("otp", "000000")];
        locked = Some(browser.send("/cert/reissue", "/cert/reissue", &wrong).await);
    }
    let page = locked.unwrap().text();
    assert!(
        page.contains("ワンタイムパスワードにロックがかかりました。"),
        "{page}"
    );
    assert!(!page.contains("書面で"), "{page}");
    let mut admin = Browser::of(&server.client, "admin", SECOND_ADMIN).await;
    let path = format!("/admin/users/cert-password/{USER}");
    let entry = [("confirm", "yes"), ("txn", WRONG_PASSWORD)];
    let mut last = None;
    for _ in 0..5 {
        last = Some(admin.send(&path, &path, &entry).await);
    }
    let page = last.unwrap().text();
    assert!(
        page.contains("取引実行パスワードにロックがかかりました。"),
        "{page}"
    );
    assert!(
        page.contains("山田 太郎(admin01)") && !page.contains("書面で"),
        "{page}"
    );

    // Nobody else is left: then it is named, and leads to the forms of the contract's edition.
    let users = server.users();
    let gone = users.replace(
        "service_administrator = true",
        "service_administrator = true\ndisabled = true",
    );
    server.replace_users(&gone);
    let page = browser.get("/cert/reissue/no-card").await.text();
    assert!(
        page.contains("書面で") && page.contains("href=\"/forms/standard\""),
        "{page}"
    );
}

#[tokio::test]
async fn nobody_is_offered_a_choice_that_can_only_fail() {
    let server = TestServer::start().await;
    let mut browser = Browser::of(&server.client, "admin", ADMIN).await;
    let list = browser.get("/admin/users/cert-password").await.text();
    let select = |user: &str| format!("action=\"/admin/users/cert-password/{user}\"");
    assert!(
        list.contains(&select(USER)) && list.contains(&select(SECOND_ADMIN)),
        "{list}"
    );
    for user in [ADMIN, DISABLED] {
        assert!(!list.contains(&select(user)), "{user}: {list}");
    }
    assert!(
        list.contains("利用停止中のため、再発行できません。"),
        "{list}"
    );
    assert!(
        list.contains("ご自身の分は、この画面では再発行できません。"),
        "{list}"
    );
    assert!(list.contains("href=\"/cert/login?next=otp\""), "{list}");

    let setup = Setup::with("policy.reissue.own_through_admin = true");
    let server = TestServer::start_with(setup).await;
    let mut browser = Browser::of(&server.client, "admin", ADMIN).await;
    let list = browser.get("/admin/users/cert-password").await.text();
    assert!(list.contains(&select(ADMIN)), "{list}");
}
