//! A bank's own back ends, all at once, as config/providers.example.toml sets them up: users and
//! passwords in a real LDAP directory, one-time passwords behind a real RADIUS server or checked by
//! a real privacyIDEA.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;
use warifu_test_support::certificates::Authority;
use warifu_test_support::ldap::{ACCOUNT, ACCOUNT_PASSWORD, SUFFIX, Slapd, line};
use warifu_test_support::privacyidea::PrivacyIdea;
use warifu_test_support::radius::{FreeRadius, SECRET};

use crate::support::{CONTRACT, OTHER_CONTRACT, OpenSsl, Setup, TestServer};

pub(crate) const LOGIN: &str = "canary-login-bind-4Kd7";
const TRANSACTION: &str = "canary-transaction-bind-6Pz1";

/// The secret of RFC 4226, appendix D, and the first code that it gives.
const TOKEN_SECRET: &str = "3132333435363738393031323334353637383930";
const FIRST_CODE: &str = "755224";

/// The bank's servers, and a Warifu server that asks them.
pub(crate) struct Bank {
    slapd: Slapd,
    radius: FreeRadius,
    pub(crate) server: TestServer,
    _files: TempDir,
}

impl Bank {
    /// With one-time passwords behind RADIUS.
    async fn start() -> Self {
        Self::start_with("", &[]).await
    }

    /// That locks nobody.
    pub(crate) async fn lenient() -> Self {
        Self::start_with("", &["policy.login.max_failures = 1000000"]).await
    }

    /// With these settings of `otp_verifier`, and these others, besides.
    async fn start_with(more: &str, others: &[&str]) -> Self {
        let authority = Authority::generate();
        let slapd = Slapd::start_with(Some(&authority.identity(&["localhost"])));
        slapd.add(&entries());
        let radius = FreeRadius::start();
        let files = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = files.path().join(name);
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            path.display().to_string()
        };
        let directory = format!(
            "{{ ldap = {{ url = \"ldaps://localhost:{}\", ca_file = {:?}, bind_dn = {ACCOUNT:?}, \
             bind_password_file = {:?} }} }}",
            slapd.tls_port,
            write("directory-ca.pem", &authority.pem()),
            write("directory.password", ACCOUNT_PASSWORD),
        );
        let otp = format!(
            "{{ radius = {{ servers = [{:?}], secret_file = {:?} }}{more} }}",
            radius.address(),
            write("radius.secret", SECRET),
        );
        let setup = Setup::with(&format!("user_directory = {directory}"))
            .and(&format!("login_verifier = {directory}"))
            .and(&format!("transaction_verifier = {directory}"))
            .and(&format!("otp_verifier = {otp}"))
            .example("providers.example.toml");
        let setup = others.iter().fold(setup, |setup, line| setup.and(line));
        Self {
            slapd,
            radius,
            server: TestServer::start_with(setup).await,
            _files: files,
        }
    }

    /// One more user of [`CONTRACT`], who logs in with [`LOGIN`]; `kind` says more of the entry.
    pub(crate) fn add_person(&self, user: &str, kind: &str) {
        let (name, person) = (name_of(CONTRACT, user), attributes_of(CONTRACT, user));
        let password = line("userPassword", LOGIN);
        self.slapd
            .add(&format!("dn: {name}\n{person}{kind}{password}\n"));
    }

    /// Waits until all back ends are found to answer.
    async fn until_ready(&self) {
        let patience = Instant::now() + Duration::from_secs(60);
        while self.server.client.get("/readyz").await.status != 200 {
            assert!(Instant::now() < patience, "the servers are asked again");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Logs in, or fails the test.
    async fn log_in(&self, surface: &str, user: &str) -> crate::support::Client {
        let client = &self.server.client;
        let answer = client.try_login(surface, CONTRACT, user, LOGIN).await;
        let token = answer.expect(201, None).json();
        client.with_token(token["token"].as_str().unwrap())
    }
}

fn name_of(contract: &str, user: &str) -> String {
    format!("uid={user},o={contract},ou=customers,{SUFFIX}")
}

fn attributes_of(contract: &str, user: &str) -> String {
    format!(
        "objectClass: inetOrgPerson\nuid: {user}\no: {contract}\nsn: x\n{}",
        line("cn", format!("利用者 {user}"))
    )
}

/// Two contracts with users of the same names, each with an administrator, a holder of the reissue
/// right, a plain user and one who is switched off.
fn entries() -> String {
    let mut ldif = String::new();
    for unit in ["customers", "services", "groups", "transaction-passwords"] {
        write!(
            ldif,
            "dn: ou={unit},{SUFFIX}\nobjectClass: organizationalUnit\n\n"
        )
        .unwrap();
    }
    write!(
        ldif,
        "dn: cn=decoy,ou=services,{SUFFIX}\nobjectClass: organizationalRole\n\
         objectClass: simpleSecurityObject\ncn: decoy\nuserPassword: of nobody\n\n"
    )
    .unwrap();
    let mut group = format!(
        "dn: cn=reissue,ou=groups,{SUFFIX}\nobjectClass: groupOfNames\nmember: cn=nobody\n"
    );
    for (contract, company) in [(CONTRACT, "株式会社サンプル"), (OTHER_CONTRACT, "別会社")]
    {
        let own = contract == CONTRACT;
        write!(
            ldif,
            "dn: o={contract},ou=customers,{SUFFIX}\nobjectClass: organization\n{}{}\n",
            line("description", company),
            line("postalAddress", "100-0000$東京都千代田区"),
        )
        .unwrap();
        for (user, kind) in [
            ("admin01", "employeeType: administrator\n"),
            ("user01", ""),
            ("user02", ""),
            ("user03", "employeeType: disabled\n"),
        ] {
            let name = name_of(contract, user);
            let person = attributes_of(contract, user);
            let (login, transaction) = if own {
                (LOGIN, TRANSACTION)
            } else {
                ("of the other contract", "of the other contract")
            };
            write!(
                ldif,
                "dn: {name}\n{person}{kind}{}\n",
                line("userPassword", login)
            )
            .unwrap();
            write!(
                ldif,
                "dn: cn={contract}-{user},ou=transaction-passwords,{SUFFIX}\n{person}{}\n",
                line("userPassword", transaction)
            )
            .unwrap();
            if user == "user02" {
                writeln!(group, "member: {name}").unwrap();
            }
        }
    }
    ldif + &group
}

#[tokio::test]
async fn from_the_directory_over_radius_to_a_certificate() {
    let bank = Bank::start().await;
    let user = bank.log_in("self", "user02").await;
    let otp = |code: &str| user.post("/api/v1/self/otp", json!({ "otp": code }));

    bank.radius.show(&format!("{CONTRACT}-user02"), "314159");
    bank.radius
        .show(&format!("{OTHER_CONTRACT}-user02"), "271828");
    otp("000000").await.expect(401, Some("otp-refused"));
    otp("271828").await.expect(401, Some("otp-refused"));
    otp("314159").await.expect(200, None);
    // Used up, although the server would take it again.
    otp("314159").await.expect(401, Some("otp-refused"));
    assert_eq!(bank.radius.asked()[&format!("{CONTRACT}-user02")], 3);

    let shown = user.post("/api/v1/self/retrieval-password", json!({}));
    let shown = shown.await.expect(201, None).json();
    let password = shown["retrieval_password"].as_str().unwrap().to_owned();
    let csr = OpenSsl::new().p256_request();
    user.redeem_csr(&password, &csr).await.expect(201, None);
    let log = bank.server.audit_text();
    for secret in [LOGIN, "314159", &password, ACCOUNT_PASSWORD, SECRET] {
        assert!(!log.contains(secret), "the audit log has {secret}");
    }
}

/// The same file with another word for the adapter.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_directory_with_a_code_of_privacyidea_to_a_certificate() {
    let name = format!("{CONTRACT}-user02");
    let privacyidea = PrivacyIdea::start(&[&name]).await;
    privacyidea.enrol(&name, "hotp", TOKEN_SECRET).await;
    let files = tempfile::tempdir().unwrap();
    let ca_file = files.path().join("ca.pem");
    std::fs::write(&ca_file, Authority::generate().pem()).unwrap();
    let otp = format!(
        ", adapter = \"http\", http = {{ url = \"{}/validate/check\", timeout = \"20s\", \
         ca_file = \"{}\" }}",
        privacyidea.url,
        ca_file.display()
    );
    let bank = Bank::start_with(&otp, &[]).await;
    let user = bank.log_in("self", "user02").await;
    let otp = |code: &str| user.post("/api/v1/self/otp", json!({ "otp": code }));
    otp("000000").await.expect(401, Some("otp-refused"));
    otp(FIRST_CODE).await.expect(200, None);
    otp(FIRST_CODE).await.expect(401, Some("otp-refused"));
    assert_eq!(bank.radius.asked().len(), 0);
    let shown = user.post("/api/v1/self/retrieval-password", json!({}));
    let shown = shown.await.expect(201, None).json();
    let password = shown["retrieval_password"].as_str().unwrap();
    let csr = OpenSsl::new().p256_request();
    user.redeem_csr(password, &csr).await.expect(201, None);
}

#[tokio::test]
async fn an_administrator_of_the_directory_reissues_for_its_users() {
    let bank = Bank::start().await;
    let admin = bank.log_in("admin", "admin01").await;
    let list = admin.get("/api/v1/admin/users").await.expect(200, None);
    let list = list.json();
    let users: Vec<&str> = list["users"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["user_id"].as_str().unwrap())
        .collect();
    assert_eq!(users, ["admin01", "user01", "user02", "user03"]);
    assert_eq!(list["users"][1]["name"], "利用者 user01");
    assert_eq!(
        list["users"][2]["permissions"],
        json!(["reissue-retrieval-password"])
    );
    // The login password is another one.
    admin
        .try_reissue("user01", LOGIN)
        .await
        .expect(401, Some("transaction-refused"));
    let issued = admin.try_reissue("user01", TRANSACTION).await;
    issued.expect(201, None);
    admin
        .try_reissue("user03", TRANSACTION)
        .await
        .expect(409, Some("user-disabled"));
}

#[tokio::test]
async fn a_right_taken_away_in_the_directory_is_gone_at_once() {
    let bank = Bank::start().await;
    let user = bank.log_in("self", "user02").await;
    let plain = bank.log_in("self", "user01").await;
    let otp = json!({"otp": "000000"});
    let ask = |client: &crate::support::Client| {
        let (client, otp) = (client.clone(), otp.clone());
        async move { client.post("/api/v1/self/otp", otp).await }
    };
    ask(&plain).await.expect(403, Some("not-eligible"));
    ask(&user).await.expect(401, Some("otp-refused"));
    bank.slapd.change(&format!(
        "dn: cn=reissue,ou=groups,{SUFFIX}\nchangetype: modify\ndelete: member\n\
         member: uid=user02,o={CONTRACT},ou=customers,{SUFFIX}\n"
    ));
    ask(&user).await.expect(403, Some("not-eligible"));
    bank.slapd.change(&format!(
        "dn: uid=user02,o={CONTRACT},ou=customers,{SUFFIX}\nchangetype: modify\n\
         add: employeeType\nemployeeType: disabled\n"
    ));
    ask(&user).await.expect(401, Some("session-required"));
    let again = &bank.server.client;
    let again = again.try_login("self", CONTRACT, "user02", LOGIN).await;
    again.expect(401, Some("login-refused"));
}

#[tokio::test]
async fn entries_that_look_like_queries_find_nobody() {
    let bank = Bank::start().await;
    let client = &bank.server.client;
    for user in [
        "*",
        "*)(uid=*",
        "user01)(|(uid=*",
        "user01\u{0}",
        "user\\2a",
        "uid=user01,ou=customers",
        "(&)",
    ] {
        let answer = client.try_login("self", CONTRACT, user, LOGIN).await;
        answer.expect(422, Some("invalid-field"));
    }
    for contract in ["*", "1234567890)(o=*", "123456*"] {
        let answer = client.try_login("self", contract, "user01", LOGIN).await;
        answer.expect(422, Some("invalid-field"));
    }
    for password in ["*", "*)(uid=*", "of the other contract", "of nobody"] {
        for user in ["user02", "nobody"] {
            let answer = client.try_login("self", CONTRACT, user, password).await;
            answer.expect(401, Some("login-refused"));
        }
    }
    let admin = bank.log_in("admin", "admin01").await;
    for query in ["*)(uid=*", "%2A", "(uid=*)"] {
        let found = admin
            .get(&format!("/api/v1/admin/users?query={query}"))
            .await;
        assert_eq!(
            found.expect(200, None).json()["users"],
            json!([]),
            "{query}"
        );
    }
}

#[tokio::test]
async fn dead_back_ends_are_named_and_cost_nobody_an_attempt() {
    let mut bank = Bank::start().await;
    let ready = bank.server.client.get("/readyz").await;
    assert_eq!(ready.status, 200, "{}", ready.text());
    let user = bank.log_in("self", "user02").await;
    bank.radius.kill();
    for number in 0..6 {
        let otp = json!({"otp": format!("77777{number}")});
        let answer = user.post("/api/v1/self/otp", otp).await;
        answer.expect(503, Some("otp-unavailable"));
    }
    let ready = bank.server.client.get("/readyz").await;
    assert_eq!(ready.json()["failing"], json!(["otp_verifier"]));
    bank.radius.start_again();
    // Five failures in a row: it is left alone for a while, though it is there again.
    bank.until_ready().await;
    bank.radius.show(&format!("{CONTRACT}-user02"), "161803");
    let otp = json!({"otp": "161803"});
    user.post("/api/v1/self/otp", otp).await.expect(200, None);

    bank.slapd.kill();
    for _ in 0..6 {
        let answer = bank
            .server
            .client
            .try_login("self", CONTRACT, "user01", "wrong");
        answer.await.expect(503, Some("unavailable"));
    }
    let ready = bank.server.client.get("/readyz").await.json();
    let failing = ["user_directory", "login_verifier", "transaction_verifier"];
    assert_eq!(ready["failing"], json!(failing));
    bank.slapd.start_again();
    bank.until_ready().await;
    bank.log_in("self", "user01").await;
    assert_eq!(bank.server.count("lock.set"), 0);
}
