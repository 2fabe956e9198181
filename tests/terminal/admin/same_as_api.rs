//! What the program writes as JSON is what the API of a server on the same store answers, member by
//! member.

use serde_json::{Value, json};
use warifu_terminal_tests::{
    BankFolder, CONTRACT, Ended, RunningServer, Tls, current_code, login_password, staff_code,
    transaction_password,
};
use warifu_test_support::client::{Answer, Client};

use super::{admin, reissue};

/// A server with every surface of the API on a bank, and somebody who is logged in.
struct Api<'a> {
    server: &'a RunningServer,
    client: Client,
}

const SURFACES: &str = "http.listeners=[{ bind = \"127.0.0.1:0\", surfaces = [\"self-service\", \"admin\", \"office\"] }]";

impl<'a> Api<'a> {
    fn log_in(server: &'a RunningServer, surface: &str, login: Value) -> Self {
        let client = Client::new(&server.url);
        let path = format!("/api/v1/{surface}/sessions");
        let session = server.block_on(client.post(&path, login)).expect(201, None);
        let token = session.json()["token"]
            .as_str()
            .expect("a token")
            .to_owned();
        let client = client.with_token(&token);
        Self { server, client }
    }

    fn of_user(server: &'a RunningServer, surface: &str, user: &str) -> Self {
        let login = json!({
            "contract_number": CONTRACT, "user_id": user, "login_password": login_password(user),
        });
        Self::log_in(server, surface, login)
    }

    fn get(&self, path: &str) -> Value {
        let answer = self.server.block_on(self.client.get(path));
        answer.expect(200, None).json()
    }

    fn post(&self, path: &str, body: Value) -> Answer {
        self.server.block_on(self.client.post(path, body))
    }
}

fn start(bank: &BankFolder) -> RunningServer {
    RunningServer::start_with(bank, Tls::No, &[SURFACES])
}

fn read(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).expect("the answer is JSON")
}

/// The names of all members, however deep, and what kind of value each has.
fn members(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(inner) => {
            for (name, value) in inner {
                members(value, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| members(item, at, found)),
        Value::String(_) => found.push(format!("{at}: text")),
        Value::Number(_) => found.push(format!("{at}: number")),
        Value::Bool(_) => found.push(format!("{at}: flag")),
        Value::Null => found.push(format!("{at}: null")),
    }
}

fn members_of(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    members(value, "", &mut found);
    found
}

#[test]
fn users_are_told_as_by_the_api() {
    let bank = BankFolder::new();
    let server = start(&bank);
    let _ = admin(&bank)
        .run(&reissue(&bank, "admin01", "user02", &["--output", "-"]))
        .expect(0);
    // A password that was taken back stays so, and the entry of passwords is locked besides.
    let oneself = Api::of_user(&server, "self", "user02");
    for _ in 0..5 {
        let guess = json!({
            "retrieval_password": "2222-2222-2222-2222", "pkcs12_passphrase": "a long passphrase",
        });
        let refused = oneself.post("/api/v1/self/certificate", guess);
        assert!([401, 423].contains(&refused.status.as_u16()), "{refused:?}");
    }
    let api = Api::of_user(&server, "admin", "admin01");
    let reissues = api.get("/api/v1/admin/reissues");
    assert_eq!(reissues["reissues"][0]["status"], "locked");
    let id = reissues["reissues"][0]["reissue_id"]
        .as_str()
        .expect("an ID");
    let cancelled = api.post(&format!("/api/v1/admin/reissues/{id}/cancel"), json!({}));
    let _ = cancelled.expect(204, None);

    let of_api = api.get("/api/v1/admin/users?limit=100");
    let list = ["users", "list", "--contract", CONTRACT, "--json"];
    let of_terminal = read(&admin(&bank).run(&list).expect(0));
    assert_eq!(of_terminal, of_api);
    let users = of_api["users"].as_array().expect("users");
    let user = users.iter().find(|user| user["user_id"] == "user02");
    let user = user.expect("the user is there");
    assert_eq!(user["retrieval_password"]["status"], "cancelled");
    assert_eq!(user["locks"], json!(["retrieval"]));

    let show = [
        "users",
        "show",
        "--contract",
        CONTRACT,
        "--user",
        "user02",
        "--json",
    ];
    assert_eq!(&read(&admin(&bank).run(&show).expect(0)), user);
}

#[test]
fn a_reissue_is_told_as_by_the_api() {
    let bank = BankFolder::new();
    let server = start(&bank);
    let api = Api::of_user(&server, "admin", "admin01");
    let body = json!({
        "transaction_password": transaction_password("admin01"), "not_instructed_by_others": true,
    });
    let of_api = api.post("/api/v1/admin/users/user01/retrieval-password", body);
    let of_api = of_api.expect(201, None).json();

    let more = ["--output", "-", "--json"];
    let of_terminal = admin(&bank).run(&reissue(&bank, "admin01", "user02", &more));
    let of_terminal = read(&of_terminal.expect(0));
    assert_eq!(members_of(&of_terminal), members_of(&of_api));
    // The ID is the one that lists name.
    let listed = api.get("/api/v1/admin/reissues?user_id=user02");
    let listed = &listed["reissues"][0];
    assert_eq!(of_terminal["reissue_id"], listed["reissue_id"]);
    assert_eq!(of_terminal["expires_at"], listed["expires_at"]);

    // For oneself, the answer has the same members.
    let oneself = Api::of_user(&server, "self", "user02");
    let otp = json!({"otp": current_code("user02")});
    let _ = oneself.post("/api/v1/self/otp", otp).expect(200, None);
    let reissued = oneself.post("/api/v1/self/retrieval-password", json!({}));
    let reissued = reissued.expect(201, None).json();
    assert_eq!(members_of(&of_terminal), members_of(&reissued));
}

fn requests(bank: &BankFolder, staff: &str, is_first: bool, arguments: &[&str]) -> Value {
    let password = bank.secret(&format!("{staff}.login"), &login_password(staff));
    let otp = bank.secret(&format!("{staff}.otp"), &staff_code(staff, is_first));
    let (password, otp) = (password.display().to_string(), otp.display().to_string());
    let who = [
        "--staff",
        staff,
        "--login-password-file",
        &password,
        "--otp-file",
        &otp,
        "--json",
    ];
    read(
        &admin(bank)
            .run(&[&["requests"], arguments, &who].concat())
            .expect(0),
    )
}

#[test]
fn paper_requests_are_told_as_by_the_api() {
    let bank = BankFolder::new();
    let server = start(&bank);
    let form = [
        "register",
        "--contract",
        CONTRACT,
        "--user",
        "user01",
        "--matter",
        "reissue-retrieval-password",
        "--matter",
        "unlock-login",
        "--received-on",
        "2026-03-31",
        "--scan-reference",
        "S-1",
        "--identity-checked",
        "--address-checked",
        "--seal-checked",
    ];
    let registered = requests(&bank, "maker1", true, &form);
    let number = registered["request_id"].as_str().expect("a number");
    let pending = requests(&bank, "auditor1", true, &["show", number]);
    assert_eq!(pending, registered);
    let approved = requests(&bank, "checker1", true, &["approve", number]);

    let login = json!({
        "staff_id": "checker1", "login_password": login_password("checker1"),
        "otp": staff_code("checker1", false),
    });
    let api = Api::log_in(&server, "office", login);
    let of_api = api.get(&format!("/api/v1/office/requests/{number}"));
    assert_eq!(approved, of_api);
    assert_eq!(of_api["approved_by"]["staff_id"], "checker1");
    assert_eq!(of_api["expires_at"], Value::Null);
    assert_eq!(of_api["history"][0]["by"]["staff_id"], "maker1");

    let shown = requests(&bank, "auditor1", false, &["show", number]);
    assert_eq!(shown, of_api);
    let listed = requests(&bank, "maker1", false, &["list", "--tab", "all"]);
    assert_eq!(listed, api.get("/api/v1/office/requests?limit=100"));
}

#[test]
fn the_operation_history_is_told_as_by_the_api() {
    let bank = BankFolder::new();
    let server = start(&bank);
    let _ = admin(&bank)
        .run(&reissue(&bank, "admin01", "user02", &["--output", "-"]))
        .expect(0);
    let api = Api::of_user(&server, "admin", "admin01");
    let list = ["audit", "list", "--contract", CONTRACT, "--json"];
    let of_api = without_readings(api.get("/api/v1/admin/audit?limit=100"));
    let of_terminal = without_readings(read(&admin(&bank).run(&list).expect(0)));
    assert_eq!(of_terminal, of_api);
    let records = of_api["records"].as_array().expect("records");
    assert!(records.len() > 3, "{records:?}");
}

/// The history without who read it: that reading is itself written down.
fn without_readings(mut history: Value) -> Value {
    let records = history["records"].as_array_mut().expect("records");
    records.retain(|record| record["event"] != "audit.read");
    history
}
