//! The paper procedure: form 3 from its arrival to a certificate, with four eyes.

mod sessions;

use hyper::Method;
use serde_json::json;

use crate::support::{
    ADMIN, AUDITOR, Answer, CARD_HOLDER, CHECKER, CONTRACT, Client, LOGIN_PASSWORD, MAKER, OpenSsl,
    SECOND_CHECKER, SECOND_MAKER, Setup, TestServer, USER, WRONG_PASSWORD, current_staff_code,
    form_3,
};

/// A member of staff with a browser: the pages, by the session of the API.
struct StaffBrowser {
    api: Client,
    pages: Client,
}

impl StaffBrowser {
    async fn of(server: &TestServer, staff: &str) -> Self {
        let answer = server.client.try_login_staff(staff, LOGIN_PASSWORD).await;
        let body = answer.expect(201, None).json();
        let token = body["token"].as_str().unwrap();
        assert_eq!(body["staff"]["staff_id"], staff);
        let cookie = format!("warifu-office={token}");
        Self {
            api: server.client.with_token(token),
            pages: server
                .client
                .with_header("cookie", &cookie)
                .with_header("sec-fetch-site", "same-origin"),
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.pages.get(path).await
    }

    /// Sends the form that stands on `page` to `path`, with what is entered.
    async fn send(&self, page: &str, path: &str, entered: &[(&str, &str)]) -> Answer {
        let shown = self.get(page).await.expect(200, None).text();
        self.send_again(&shown, path, entered).await
    }

    /// Sends the form of a page that was shown before.
    async fn send_again(&self, shown: &str, path: &str, entered: &[(&str, &str)]) -> Answer {
        let start = format!("action=\"{path}\"");
        let (_, form) = shown
            .split_once(&start)
            .unwrap_or_else(|| panic!("no form for {path}: {shown}"));
        let mut fields = entered.to_vec();
        for name in ["form_token", "version"] {
            let hidden = format!("name=\"{name}\" value=\"");
            let (form, _) = form.split_once("</form>").unwrap();
            if let Some((_, value)) = form.split_once(&hidden) {
                fields.push((name, value.split('"').next().unwrap()));
            }
        }
        let body = serde_urlencoded::to_string(&fields).unwrap();
        let kind = Some("application/x-www-form-urlencoded");
        self.pages.send(Method::POST, path, kind, body).await
    }

    async fn state(&self, number: &str) -> serde_json::Value {
        let path = format!("/api/v1/office/requests/{number}");
        self.api.get(&path).await.expect(200, None).json()
    }

    async fn version(&self, number: &str) -> u64 {
        self.state(number).await["version"].as_u64().unwrap()
    }

    async fn approve(&self, number: &str) -> Answer {
        let version = self.version(number).await;
        self.api.decide(number, "approve", version).await
    }
}

/// Where a page leads to.
fn location(answer: &Answer) -> &str {
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("location").unwrap()
}

/// The password on a notice.
fn password_on(notice: &str) -> String {
    let (_, value) = notice.split_once("class=\"sheet__value\"").unwrap();
    let (value, _) = value.split_once("</p>").unwrap();
    let groups = value.split("secret__group\">").skip(1);
    groups
        .map(|group| group.split('<').next().unwrap())
        .collect()
}

#[tokio::test]
async fn a_form_is_registered_approved_printed_and_redeemed() {
    let server = TestServer::start().await;
    let (maker, checker) = (
        StaffBrowser::of(&server, MAKER).await,
        StaffBrowser::of(&server, CHECKER).await,
    );
    let number = maker.api.register_paper(USER).await;
    let waiting = checker
        .api
        .get("/api/v1/office/requests?state=pending")
        .await;
    let waiting = waiting.expect(200, None).json();
    assert_eq!(waiting["requests"][0]["request_id"], number);
    assert_eq!(waiting["next_cursor"], json!(null));

    let too_early = maker.api.print_notice(&number).await;
    too_early.expect(409, Some("not-approved"));
    let decided = checker.approve(&number).await.expect(200, None).json();
    assert_eq!(decided["state"], "approved");
    let other = maker.api.register_paper(CARD_HOLDER).await;
    checker.approve(&other).await.expect(200, None);
    let for_printers = maker.api.with_header("accept", "application/pdf");
    let pdf = for_printers.print_notice(&other).await.expect(200, None);
    assert_eq!(pdf.header("content-type"), Some("application/pdf"));
    assert!(pdf.body.starts_with(b"%PDF-"));
    let by_approver = checker.api.print_notice(&number).await;
    by_approver.expect(403, Some("approver"));

    let notice = maker.api.print_notice(&number).await.expect(200, None);
    assert_eq!(
        notice.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(notice.header("cache-control"), Some("no-store"));
    let text = notice.text();
    let password = password_on(&text);
    assert_eq!(password.len(), 19, "{password}");
    assert!(text.contains("東京都千代田区") && text.contains("佐藤 一郎"));
    assert!(!text.contains(CONTRACT), "the contract number is on it");
    for desk in [&maker, &checker] {
        let refused = desk.api.print_notice(&number).await;
        let slug = refused.problem().unwrap();
        assert!(matches!(slug.as_str(), "already-printed" | "approver"));
        let shown = desk.get(&format!("/office/requests/{number}")).await.text();
        assert!(!shown.contains(&password));
    }

    let user = server.client.login_self(USER).await;
    let csr = OpenSsl::new().p256_request();
    user.redeem_csr(&password, &csr).await.expect(201, None);
    let reissues = user.get("/api/v1/self/reissues").await.json();
    assert_eq!(reissues["reissues"][0]["route"], "paper");

    let confirm = format!("/office/requests/{number}/complete");
    let done = maker.send(&confirm, &confirm, &[]).await;
    assert_eq!(location(&done), format!("/office/requests/{number}"));
    let request = maker.state(&number).await;
    assert_eq!(request["state"], "completed");
    let actions: Vec<&str> = request["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        [
            "registered",
            "asked-for-approval",
            "approved",
            "notice-begun",
            "notice-made",
            "notice-printed",
            "completed"
        ]
    );
    for event in ["paper.registered", "paper.approved", "notice.printed"] {
        assert_eq!(server.count(event), 2, "{event}");
    }
    assert!(!server.audit_text().contains(&password));
}

#[tokio::test]
async fn the_pages_lead_through_the_whole_case_and_show_the_notice_once() {
    let server = TestServer::start().await;
    let maker = StaffBrowser::of(&server, MAKER).await;
    let new = "/office/requests/new";
    let refused = maker.send(new, new, &[("contract", CONTRACT)]).await;
    assert_eq!(refused.status, 422);
    let text = refused.text();
    for words in [
        "利用者IDを入力してください。",
        "届出内容を選択してください。",
    ] {
        assert!(text.contains(words), "{words}");
    }
    let entered = [
        ("edition", "standard"),
        ("received_on", "2026-03-31"),
        ("contract", CONTRACT),
        ("user", USER),
        ("user_name", ""),
        ("matter-reissue", "yes"),
        ("scan_reference", "scan-0002"),
        ("seal", "open"),
        ("identity", "done"),
        ("registered_address", "done"),
    ];
    let registered = maker.send(new, new, &entered).await;
    let check = location(&registered).to_owned();
    let refused = maker.send(&check, &check, &[]).await;
    assert_eq!(refused.status, 422);
    let words = "「届出印の照合」が「未」のため、承認を依頼できません。";
    assert!(refused.text().contains(words), "{}", refused.text());
    let edit = check.replace("/check", "/edit");
    let mut corrected = entered;
    corrected[7].1 = "done";
    let edited = maker.send(&edit, &edit, &corrected).await;
    assert_eq!(location(&edited), check);
    let asked = maker.send(&check, &check, &[]).await;
    let page = location(&asked).to_owned();
    let notice = asked.header("set-cookie").unwrap().split(';').next();
    let told = maker.pages.with_header("cookie", notice.unwrap());
    let shown = told.get(&page).await.expect(200, None).text();
    assert!(shown.contains("を登録し、承認を依頼しました。"), "{shown}");
    let request = page;

    let checker = StaffBrowser::of(&server, SECOND_CHECKER).await;
    let list = checker.get("/office/requests").await.text();
    assert!(list.contains(&request) && list.contains("1件"), "{list}");
    let decide = format!("{request}/decision");
    let undecided = checker
        .send(&request, &decide, &[("password", WRONG_PASSWORD)])
        .await;
    assert_eq!(undecided.status, 422);
    assert!(
        undecided
            .text()
            .contains("承認または却下を選択してください。")
    );
    let approve = [("decision", "approve"), ("password", LOGIN_PASSWORD)];
    let approved = checker.send(&request, &decide, &approve).await;
    assert_eq!(location(&approved), request);

    let dispatch = format!("{request}/dispatch");
    let shown = maker.get(&dispatch).await.expect(200, None).text();
    let notice = maker.send_again(&shown, &dispatch, &[]).await;
    let notice = notice.expect(200, None).text();
    let password = password_on(&notice);
    assert!(notice.contains("class=\"sheet letter print-only\""));
    // Neither the same form again nor another way gives it once more.
    let again = maker.send_again(&shown, &dispatch, &[]).await;
    assert_eq!(again.status, 409);
    assert!(again.text().contains("通知書は作成済みです。"));
    assert_eq!(location(&maker.get(&dispatch).await), request);
    assert!(!maker.get(&request).await.text().contains(&password));

    let number = request.rsplit('/').next().unwrap();
    assert_eq!(server.count("notice.made"), 1);
    assert_eq!(server.count("notice.printed"), 0, "nobody said so");
    let printed = "/office/requests/printed";
    let done = maker.send_again(&notice, printed, &[("n1", number)]).await;
    assert_eq!(location(&done), "/office/requests?tab=to-post");
    assert_eq!(server.count("notice.printed"), 1);
    let posted = "/office/requests/posted";
    let done = maker.send(location(&done), posted, &[("n1", number)]).await;
    assert_eq!(location(&done), "/office/requests?tab=to-post");
    assert_eq!(maker.state(number).await["state"], "posted");

    let returned = format!("{request}/returned-mail");
    let done = maker.send(&returned, &returned, &[]).await;
    assert_eq!(location(&done), request);
    let user = server.client.login_self(USER).await;
    let csr = OpenSsl::new().p256_request();
    let void = user.redeem_csr(&password, &csr).await;
    void.expect(401, Some("retrieval-refused"));
    assert_eq!(server.count("notice.returned"), 1);
}

/// Insists on a refusal and on its very words.
#[track_caller]
fn expect_words(answer: Answer, status: u16, slug: &str, code: &str, words: &str) {
    let body = answer.expect(status, Some(slug)).json();
    assert_eq!(body["code"], code);
    let detail = body["detail"].as_str().unwrap();
    assert!(detail.contains(words), "{detail}");
}

#[tokio::test]
async fn who_had_a_hand_in_a_request_does_not_decide_on_it() {
    let server = TestServer::start().await;
    let (maker, checker) = (
        StaffBrowser::of(&server, MAKER).await,
        StaffBrowser::of(&server, CHECKER).await,
    );
    let own = checker.api.register_paper(USER).await;
    let refused = checker.approve(&own).await;
    let words = "ご自身が登録した依頼は承認できません。";
    expect_words(refused, 403, "own-request", "M-BO-02", words);
    let page = checker.get(&format!("/office/requests/{own}")).await.text();
    assert!(page.contains(words) && !page.contains("name=\"decision\""));

    let number = maker.api.register_paper(USER).await;
    let second = StaffBrowser::of(&server, SECOND_CHECKER).await;
    let version = second.version(&number).await;
    let returned = second.api.decide(&number, "return", version).await;
    assert_eq!(returned.expect(200, None).json()["state"], "returned");
    let edit = format!("/office/requests/{number}/edit");
    let entered = [
        ("edition", "standard"),
        ("received_on", "2026-03-30"),
        ("contract", CONTRACT),
        ("user", USER),
        ("matter-reissue", "yes"),
        ("scan_reference", "scan-0003"),
        ("seal", "done"),
        ("identity", "done"),
        ("registered_address", "done"),
    ];
    let edited = checker.send(&edit, &edit, &entered).await;
    let check = location(&edited).to_owned();
    location(&maker.send(&check, &check, &[]).await);
    let refused = checker.approve(&number).await;
    let words = "ご自身が変更した依頼は承認できません。";
    expect_words(refused, 403, "edited-request", "M-BO-03", words);
    second.approve(&number).await.expect(200, None);
    // The approver of the one is the editor: the other maker prints.
    assert_eq!(server.count("access.denied"), 2);
}

#[tokio::test]
async fn what_is_handled_changed_or_expired_is_refused_with_the_right_words() {
    let server = TestServer::start().await;
    let maker = StaffBrowser::of(&server, MAKER).await;
    let checker = StaffBrowser::of(&server, CHECKER).await;
    let number = maker.api.register_paper(USER).await;
    let version = checker.version(&number).await;
    let stale = checker.api.decide(&number, "approve", version + 1).await;
    let words = "表示中に内容が変更されました。";
    expect_words(stale, 409, "version-conflict", "M-BO-06", words);
    let rejected = checker.api.decide(&number, "reject", version).await;
    assert_eq!(rejected.expect(200, None).json()["state"], "rejected");
    let late = checker.approve(&number).await;
    let words = "この依頼はすでに処理されています(却下、事務 checker1、";
    expect_words(late, 409, "already-decided", "M-BO-04", words);
    let printed = maker.api.print_notice(&number).await;
    printed.expect(409, Some("not-approved"));

    let mut open = form_3(USER);
    open["checks"]["identity"] = json!(false);
    let refused = maker.api.post("/api/v1/office/requests", open).await;
    let body = refused.expect(422, Some("invalid-field")).json();
    assert_eq!(body["errors"][0]["pointer"], "/checks/identity");
    assert_eq!(body["errors"][0]["code"], "M-BO-07");
    let mut unknown = form_3("nobody");
    unknown["matters"] = json!(["lift-freeze"]);
    let refused = maker.api.post("/api/v1/office/requests", unknown).await;
    let body = refused.expect(422, Some("invalid-field")).json();
    let codes: Vec<&str> = body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["M-F-35", "M-F-31"]);
    let missing = maker.api.get("/api/v1/office/requests/2222-2222").await;
    missing.expect(404, Some("request-not-found"));
}

#[tokio::test]
async fn nobody_decides_on_what_has_expired() {
    let setup = Setup::with("policy.paper.undecided_for = \"1s\"");
    let server = TestServer::start_with(setup).await;
    let maker = StaffBrowser::of(&server, MAKER).await;
    let checker = StaffBrowser::of(&server, CHECKER).await;
    let number = maker.api.register_paper(USER).await;
    let version = maker.version(&number).await;
    while maker.state(&number).await["state"] == "pending" {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let late = checker.api.decide(&number, "approve", version).await;
    let words = "この依頼は期限が切れたため、承認も却下もできません。";
    expect_words(late, 410, "expired", "M-BO-05", words);
    assert_eq!(server.count("paper.expired"), 1);
}

#[tokio::test]
async fn a_role_that_is_taken_away_has_no_effect_any_more() {
    let server = TestServer::start().await;
    let maker = StaffBrowser::of(&server, MAKER).await;
    let checker = StaffBrowser::of(&server, SECOND_CHECKER).await;
    let auditor = StaffBrowser::of(&server, AUDITOR).await;
    let number = maker.api.register_paper(USER).await;
    let users = server.users();
    let without = users.replace("roles = [\"checker\"]", "roles = [\"auditor\"]");
    assert_ne!(users, without);
    server.replace_users(&without);
    let refused = checker.approve(&number).await;
    let words = "この操作を行う権限がありません。";
    expect_words(refused, 403, "not-permitted", "M-BO-11", words);
    let page = auditor.get("/office/requests/new").await;
    assert_eq!(page.status, 403);
    assert!(page.text().contains(words));
    let registered = auditor
        .api
        .post("/api/v1/office/requests", form_3(USER))
        .await;
    registered.expect(403, Some("not-permitted"));
    let page = maker.get("/office/audit").await;
    assert_eq!(page.status, 403);
    let history = auditor.get("/office/audit").await.expect(200, None).text();
    assert!(history.contains("事務センター(maker1)") && history.contains(CONTRACT));
    let file = auditor.get("/office/audit.csv").await.expect(200, None);
    assert!(file.text().contains("paper.registered"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twenty_approvals_at_once_one_has_an_effect() {
    let server = TestServer::start().await;
    let maker = StaffBrowser::of(&server, MAKER).await;
    let checkers = [
        StaffBrowser::of(&server, CHECKER).await.api,
        StaffBrowser::of(&server, SECOND_CHECKER).await.api,
    ];
    let number = maker.api.register_paper(USER).await;
    let version = maker.version(&number).await;
    let approvals = (0..20).map(|index| {
        let (checker, number) = (checkers[index % 2].clone(), number.clone());
        tokio::spawn(async move {
            let answer = checker.decide(&number, "approve", version).await;
            answer.status.as_u16()
        })
    });
    let approvals: Vec<_> = approvals.collect();
    let mut statuses = Vec::new();
    for approval in approvals {
        statuses.push(approval.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200, "{statuses:?}");
    let refused = statuses[1..].iter();
    assert!(
        refused
            .into_iter()
            .all(|status| matches!(status, 409 | 429 | 503)),
        "{statuses:?}"
    );
    assert_eq!(server.count("paper.approved"), 1);
}
