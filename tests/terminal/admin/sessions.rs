//! Logging users out at the terminal: by name, and by an import that switches them off.

use serde_json::Value;
use warifu_core::RequestContext;
use warifu_core::customers::LoginForm;
use warifu_core::domain::Surface;
use warifu_terminal_tests::{BankFolder, CONTRACT, RunningServer, Tls, login_password};
use warifu_test_support::redis::RedisServer;

use super::admin;

fn context(server: &RunningServer) -> RequestContext {
    RequestContext {
        request_id: server.use_cases.service.new_request_id(),
        source: None,
    }
}

/// A session of `user`, by its token.
fn log_in(server: &RunningServer, user: &str) -> String {
    let form = LoginForm {
        contract_number: CONTRACT.to_owned(),
        user_id: user.to_owned(),
        login_password: login_password(user).into(),
    };
    let customers = &server.use_cases.customers;
    let logged_in = customers.log_in(context(server), Surface::SelfService, form);
    let logged_in = server.block_on(logged_in).map(|logged_in| logged_in.token);
    logged_in.expect("a login").expose().to_owned()
}

fn goes_on(server: &RunningServer, token: &str) -> bool {
    let customers = &server.use_cases.customers;
    let session = customers.session(context(server), Surface::SelfService, token);
    server.block_on(session).is_ok()
}

#[test]
fn a_user_is_logged_out_everywhere() {
    let bank = BankFolder::new();
    let server = RunningServer::start(&bank, Tls::No);
    let (one, other) = (log_in(&server, "user01"), log_in(&server, "user01"));
    let neighbour = log_in(&server, "user02");
    let end = |user: &str| {
        let end = ["sessions", "end", "--contract", CONTRACT, "--user", user];
        admin(&bank).run(&[&end[..], &["--json"]].concat())
    };
    let ended = end("user01").expect(0);
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(document, serde_json::json!({"user_id": "user01"}));
    assert!(ended.stderr.contains("logged out"), "{}", ended.stderr);
    assert!(!goes_on(&server, &one) && !goes_on(&server, &other));
    assert!(goes_on(&server, &neighbour));
    let written = bank.audit();
    let record = written
        .iter()
        .find(|record| record["event"] == "session.ended");
    let record = record.expect("it is written down");
    assert_eq!(record["subject"], "user01");
    assert_eq!(record["detail"]["at"], "terminal");
    assert_eq!(record["detail"]["sessions"], "2");

    let _ = end("nobody").expect(6);
    let unknown = [
        "sessions",
        "end",
        "--contract",
        "999999",
        "--user",
        "user01",
    ];
    let _ = admin(&bank).run(&unknown).expect(6);
    let _ = admin(&bank).run(&["sessions"]).expect(2);
}

#[test]
fn an_import_that_switches_off_or_removes_ends_sessions() {
    let redis = RedisServer::start();
    let bank = BankFolder::new();
    let at = bank.folder().display().to_string();
    let settings = bank.read("warifu.toml").replace(
        &format!("adapter = \"memory\", memory.users_file = \"{at}/users.toml\""),
        &format!(
            "adapter = \"redis\", redis.url = \"redis://127.0.0.1:{}\"",
            redis.port
        ),
    );
    bank.write("warifu.toml", &settings);
    let users = bank.path("users.toml").display().to_string();
    let import = || admin(&bank).run(&["users", "import", &users]).expect(0);
    let _ = import();
    let server = RunningServer::start(&bank, Tls::No);
    let off = log_in(&server, "user01");
    let gone = log_in(&server, "user02");
    let stays = log_in(&server, "admin01");

    let good = bank.read("users.toml");
    let changed = good
        .replacen("id = \"user01\"\n", "id = \"user01\"\ndisabled = true\n", 1)
        .replacen("id = \"user02\"\n", "id = \"user09\"\n", 1);
    bank.write("users.toml", &changed);
    let dry = ["users", "import", users.as_str(), "--dry-run"];
    let _ = admin(&bank).run(&dry).expect(0);
    assert!(goes_on(&server, &off) && goes_on(&server, &gone));
    let _ = import();
    // On again before anybody looked.
    bank.write("users.toml", &good);
    let _ = import();
    assert!(!goes_on(&server, &off) && !goes_on(&server, &gone));
    assert!(goes_on(&server, &stays));
    assert_eq!(bank.count("session.ended"), 2);
}
