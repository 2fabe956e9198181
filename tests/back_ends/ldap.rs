//! The LDAP adapters beyond their suites, on a real server and on forged ones.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use warifu_core::domain::{AllowedCharacters, Edition, PlainPassword, Subject, UserId};
use warifu_core::ports::{PasswordVerifier, UserDirectory};
use warifu_ldap::{
    LdapDirectory, LdapDirectorySettings, LdapPasswords, LdapPasswordsSettings, LdapServer, Right,
};
use warifu_test_support::certificates::Authority;
use warifu_test_support::ldap::{ACCOUNT, ACCOUNT_PASSWORD, SUFFIX, Slapd, line};

const CONTRACT: &str = "1234567890";
const PASSWORD: &str = "canary-ldap-8Rt5";

/// Two users of one contract.
fn people() -> String {
    let mut ldif =
        format!("dn: o={CONTRACT},{SUFFIX}\nobjectClass: organization\ndescription: Sample\n\n");
    for user in ["user01", "user02"] {
        writeln!(ldif, "{}", person(user)).expect("a text grows");
    }
    ldif
}

fn person(user: &str) -> String {
    let mut ldif = format!(
        "dn: uid={user},o={CONTRACT},{SUFFIX}\nobjectClass: inetOrgPerson\nuid: {user}\n\
         o: {CONTRACT}\nsn: x\ncn: {user}\n"
    );
    ldif += &line("userPassword", PASSWORD);
    ldif
}

fn subject(user: &str) -> Subject {
    Subject::new(
        CONTRACT.parse().expect("a contract number"),
        user.parse().expect("a user ID"),
    )
}

fn password(text: &str) -> PlainPassword {
    PlainPassword::parse(text, AllowedCharacters::Ascii).expect("a password")
}

fn server_at(url: String) -> LdapServer {
    LdapServer {
        bind_dn: Some(ACCOUNT.to_owned()),
        bind_password: Some(SecretString::from(ACCOUNT_PASSWORD)),
        timeout: Duration::from_secs(2),
        ..LdapServer::new(url)
    }
}

fn plain(slapd: &Slapd) -> LdapServer {
    server_at(format!("ldap://127.0.0.1:{}", slapd.port))
}

fn directory(server: LdapServer) -> LdapDirectory {
    LdapDirectory::new(&settings(server)).expect("good settings")
}

fn settings(server: LdapServer) -> LdapDirectorySettings {
    LdapDirectorySettings {
        server,
        base: SUFFIX.to_owned(),
        user_filter: "(&(objectClass=inetOrgPerson)(o={contract})(uid={user}))".to_owned(),
        user_id: "uid".to_owned(),
        user_name: "cn".to_owned(),
        mail: "mail".to_owned(),
        certificate_not_after: None,
        identity: "entryUUID".to_owned(),
        password_changed: "pwdChangedTime".to_owned(),
        disabled: Right::Nobody,
        service_administrator: Right::Nobody,
        reissue_right: Right::Nobody,
        contract_base: None,
        contract_filter: "(&(objectClass=organization)(o={contract}))".to_owned(),
        contract_name: "description".to_owned(),
        edition: "businessCategory".to_owned(),
        default_edition: Edition::parse("standard").expect("an edition"),
        registered_address: "postalAddress".to_owned(),
    }
}

fn passwords(server: LdapServer) -> LdapPasswords {
    let settings = LdapPasswordsSettings {
        server,
        base: SUFFIX.to_owned(),
        user_filter: "(&(objectClass=inetOrgPerson)(o={contract})(uid={user}))".to_owned(),
        decoy_dn: None,
    };
    LdapPasswords::new(&settings, "login_verifier").expect("good settings")
}

/// The user is found and the password is right.
async fn expect_good(server: LdapServer) {
    let found = directory(server.clone()).find(&subject("user01")).await;
    assert!(found.expect("the directory answers").is_some());
    let verifier = passwords(server);
    let right = verifier
        .verify(&subject("user01"), &password(PASSWORD))
        .await;
    assert_eq!(right, Ok(true));
    let wrong = verifier
        .verify(&subject("user01"), &password("wrong"))
        .await;
    assert_eq!(wrong, Ok(false));
    assert_eq!(verifier.check().await, Ok(()));
}

/// Neither is told anything, soon, and for a reason with `words` in it.
async fn expect_refusal(server: LdapServer, words: &str) {
    let start = Instant::now();
    let directory = directory(server.clone());
    let verifier = passwords(server);
    let found = directory.find(&subject("user01")).await.map(|_| ());
    let verdict = verifier
        .verify(&subject("user01"), &password(PASSWORD))
        .await;
    for refusal in [
        found.expect_err("nobody is found"),
        verdict.expect_err("no password is right"),
        directory.check().await.expect_err("the directory is unfit"),
        verifier.check().await.expect_err("the verifier is unfit"),
    ] {
        let refusal = refusal.to_string();
        assert!(refusal.contains(words), "{refusal}");
        assert!(!refusal.contains(PASSWORD) && !refusal.contains(ACCOUNT_PASSWORD));
    }
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "it took too long"
    );
}

#[tokio::test]
async fn who_gets_a_user_id_after_somebody_else_is_another_person() {
    let slapd = Slapd::start();
    slapd.add(&people());
    let directory = directory(plain(&slapd));
    let identity = async || {
        let found = directory.find(&subject("user01")).await;
        let found = found.expect("the directory answers").expect("a user");
        found.user.identity.expect("every entry has an entryUUID")
    };
    let first = identity().await;
    assert_eq!(identity().await, first, "the same person");
    let name = format!("uid=user01,o={CONTRACT},{SUFFIX}");
    slapd.change(&format!(
        "dn: {name}\nchangetype: modify\nreplace: cn\ncn: renamed\n"
    ));
    assert_eq!(identity().await, first, "the same person by another name");
    slapd.remove(&name);
    slapd.add(&person("user01"));
    assert_ne!(identity().await, first, "somebody else");
    let listed = directory.users(&subject("user01").contract, None, 10).await;
    let listed = listed.expect("the directory answers");
    assert!(listed.iter().all(|user| user.identity.is_some()));
}

/// What a server without password policies has instead: any attribute that changes with it.
#[tokio::test]
async fn the_time_of_a_changed_password_tells_it_from_the_one_before() {
    let slapd = Slapd::start();
    slapd.add(&people());
    let settings = LdapDirectorySettings {
        password_changed: "roomNumber".to_owned(),
        ..settings(plain(&slapd))
    };
    let directory = LdapDirectory::new(&settings).expect("good settings");
    let version = async || {
        let found = directory.find(&subject("user01")).await;
        let found = found.expect("the directory answers").expect("a user");
        found.login_password
    };
    assert_eq!(version().await, None);
    let change = |moment: &str| {
        slapd.change(&format!(
            "dn: uid=user01,o={CONTRACT},{SUFFIX}\nchangetype: modify\nreplace: roomNumber\n\
             roomNumber: {moment}\n"
        ));
    };
    change("20260101000000Z");
    let first = version().await;
    assert!(first.is_some());
    assert_eq!(version().await, first);
    change("20260102000000Z");
    assert_ne!(version().await, first);
}

#[tokio::test]
async fn encrypted_connections_trust_their_own_authority_and_no_other() {
    let (own, other) = (Authority::generate(), Authority::generate());
    let slapd = Slapd::start_with(Some(&own.identity(&["localhost"])));
    slapd.add(&people());
    let secure = |host: &str, authority: &Authority, start_tls: bool| LdapServer {
        start_tls,
        ca: Some(authority.pem().into_bytes()),
        ..server_at(if start_tls {
            format!("ldap://{host}:{}", slapd.port)
        } else {
            format!("ldaps://{host}:{}", slapd.tls_port)
        })
    };
    for start_tls in [false, true] {
        expect_good(secure("localhost", &own, start_tls)).await;
        expect_refusal(secure("localhost", &other, start_tls), "certificate").await;
        expect_refusal(secure("127.0.0.1", &own, start_tls), "certificate").await;
    }
    // TLS where none is spoken.
    let plain_port = LdapServer {
        ca: Some(own.pem().into_bytes()),
        ..server_at(format!("ldaps://localhost:{}", slapd.port))
    };
    expect_refusal(plain_port, "ldap:").await;
}

#[tokio::test]
async fn a_certificate_whose_time_is_over_is_refused() {
    let authority = Authority::generate();
    let slapd = Slapd::start_with(Some(&authority.expired_identity(&["localhost"])));
    slapd.add(&people());
    let server = LdapServer {
        ca: Some(authority.pem().into_bytes()),
        ..server_at(format!("ldaps://localhost:{}", slapd.tls_port))
    };
    expect_refusal(server, "certificate").await;
}

#[tokio::test]
async fn a_server_without_tls_is_not_spoken_to_in_the_clear_instead() {
    let slapd = Slapd::start();
    slapd.add(&people());
    let server = LdapServer {
        start_tls: true,
        ca: Some(Authority::generate().pem().into_bytes()),
        ..plain(&slapd)
    };
    expect_refusal(server, "ldap:").await;
}

/// Answers every request with the same bytes and keeps what it was sent.
struct Forger {
    port: u16,
    heard: Arc<Mutex<Vec<u8>>>,
    connections: Arc<AtomicUsize>,
}

impl Forger {
    async fn answering(answer: &'static [u8]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let connections = Arc::new(AtomicUsize::new(0));
        let (keeps, counts) = (heard.clone(), connections.clone());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counts.fetch_add(1, Ordering::SeqCst);
                let keeps = keeps.clone();
                tokio::spawn(async move {
                    let mut piece = vec![0; 4096];
                    while let Ok(length @ 1..) = stream.read(&mut piece).await {
                        keeps.lock().extend_from_slice(&piece[..length]);
                        if stream.write_all(answer).await.is_err() {
                            break;
                        }
                    }
                });
            }
        });
        Self {
            port,
            heard,
            connections,
        }
    }

    fn heard(&self, text: &str) -> bool {
        let heard = self.heard.lock();
        heard
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    }
}

/// Message 1, `ExtendedResponse`, success: what a server says before it speaks TLS.
const START_TLS_GRANTED: &[u8] = &[0x30, 0x0c, 2, 1, 1, 0x78, 7, 0x0a, 1, 0, 4, 0, 4, 0];

#[tokio::test]
async fn whoever_strips_tls_hears_no_password() {
    let forger = Forger::answering(START_TLS_GRANTED).await;
    let server = LdapServer {
        start_tls: true,
        ca: Some(Authority::generate().pem().into_bytes()),
        ..server_at(format!("ldap://localhost:{}", forger.port))
    };
    expect_refusal(server, "ldap:").await;
    assert!(forger.connections.load(Ordering::SeqCst) > 0);
    assert!(
        forger.heard("1.3.6.1.4.1.1466.20037"),
        "StartTLS was asked for"
    );
    assert!(!forger.heard(PASSWORD) && !forger.heard(ACCOUNT_PASSWORD));
}

/// Message 1, `BindResponse`, success: what a server says to a bind without a password, too.
const BIND_GRANTED: &[u8] = &[0x30, 0x0c, 2, 1, 1, 0x61, 7, 0x0a, 1, 0, 4, 0, 4, 0];

#[tokio::test]
async fn nobody_is_bound_with_an_empty_password() {
    let forger = Forger::answering(BIND_GRANTED).await;
    let server = LdapServer {
        bind_password: Some(SecretString::from("")),
        ..server_at(format!("ldap://127.0.0.1:{}", forger.port))
    };
    expect_refusal(server, "the server refuses the account").await;
    assert!(forger.connections.load(Ordering::SeqCst) > 0);
    assert!(forger.heard.lock().is_empty(), "nothing was sent");
}

#[tokio::test]
async fn nonsense_is_no_answer() {
    for answer in [
        &b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"[..],
        b"\x00\x00\x00\x00\x00\x00\x00\x00",
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x00",
        b"\x30\x03\x02\x01\x01",
        b"\x30\x05\x04\x01\x01\x61\x00",
        // Bind responses for message 1 with less in them than there must be.
        b"\x30\x05\x02\x01\x01\x61\x00",
        b"\x30\x08\x02\x01\x01\x61\x03\x0a\x01\x00",
        // The end of a search in place of the answer to a bind, for another message.
        b"\x30\x0c\x02\x01\x07\x65\x07\x0a\x01\x00\x04\x00\x04\x00",
    ] {
        let forger = Forger::answering(answer).await;
        let server = LdapServer {
            timeout: Duration::from_millis(500),
            ..server_at(format!("ldap://127.0.0.1:{}", forger.port))
        };
        expect_refusal(server, "ldap:").await;
    }
}

#[tokio::test]
async fn a_directory_that_goes_and_comes_is_never_nobody() {
    let mut slapd = Slapd::start();
    slapd.add(&people());
    let directory = directory(plain(&slapd));
    let found = directory.find(&subject("user01")).await;
    assert!(found.expect("it answers").is_some());
    slapd.kill();
    assert!(directory.find(&subject("user01")).await.is_err());
    assert!(
        directory
            .contract(&subject("user01").contract)
            .await
            .is_err()
    );
    let users = directory.users(&subject("user01").contract, None, 10).await;
    assert!(users.is_err());
    assert!(directory.check().await.is_err());
    slapd.start_again();
    let found = directory.find(&subject("user01")).await;
    assert!(found.expect("it answers again").is_some());
    assert_eq!(directory.check().await, Ok(()));
}

#[tokio::test]
async fn what_is_set_up_wrongly_is_said() {
    let slapd = Slapd::start();
    slapd.add(&people());
    let wrong_account = LdapServer {
        bind_password: Some(SecretString::from("no-longer-right")),
        ..plain(&slapd)
    };
    expect_refusal(wrong_account, "the server refuses the account").await;
    let mut nowhere = settings(plain(&slapd));
    nowhere.base = format!("ou=nowhere,{SUFFIX}");
    let directory = LdapDirectory::new(&nowhere).expect("good settings");
    let refusal = directory.check().await.expect_err("there is nothing");
    assert!(refusal.reason.contains("base"), "{refusal}");
    assert!(directory.find(&subject("user01")).await.is_err());
}

#[tokio::test]
async fn two_entries_of_one_user_are_nobody_in_particular() {
    let slapd = Slapd::start();
    slapd.add(&people());
    slapd.add(&format!(
        "dn: cn=twin,{SUFFIX}\nobjectClass: inetOrgPerson\nuid: USER01\no: {CONTRACT}\nsn: x\n\
         cn: twin\nuserPassword: other\n"
    ));
    let refusal = directory(plain(&slapd)).find(&subject("user01")).await;
    let refusal = refusal.expect_err("two entries").to_string();
    assert!(refusal.contains("several entries"), "{refusal}");
    let verifier = passwords(plain(&slapd));
    for text in [PASSWORD, "other"] {
        let verdict = verifier.verify(&subject("user01"), &password(text)).await;
        assert!(verdict.is_err());
    }
}

#[tokio::test]
async fn referrals_are_not_followed() {
    let forger = Forger::answering(b"").await;
    let slapd = Slapd::start();
    slapd.add(&people());
    slapd.add(&format!(
        "dn: ou=elsewhere,{SUFFIX}\nobjectClass: referral\nobjectClass: extensibleObject\n\
         ou: elsewhere\nref: ldap://127.0.0.1:{}/{SUFFIX}\n",
        forger.port
    ));
    expect_good(plain(&slapd)).await;
    assert_eq!(forger.connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn accounts_without_a_password_let_nobody_in() {
    let slapd = Slapd::start();
    slapd.add(&people());
    let entry = person("user03");
    let (without, _) = entry.split_once("userPassword").expect("it has one");
    slapd.add(without);
    let verifier = passwords(plain(&slapd));
    let verdict = verifier
        .verify(&subject("user03"), &password(PASSWORD))
        .await;
    assert_eq!(verdict, Ok(false));
}

#[tokio::test]
async fn more_users_than_a_server_gives_at_once_are_all_listed() {
    let slapd = Slapd::start();
    slapd.add(&people());
    let mut many = String::new();
    for number in 0..1_200 {
        writeln!(many, "{}", person(&format!("many{number:04}"))).expect("a text grows");
    }
    slapd.add(&many);
    let directory = directory(plain(&slapd));
    let contract = subject("user01").contract;
    let after: UserId = "many0999".parse().expect("a user ID");
    let users = directory.users(&contract, Some(&after), 500).await;
    let ids: Vec<String> = users
        .expect("it answers")
        .iter()
        .map(|user| user.id().to_string())
        .collect();
    assert_eq!(ids.len(), 202);
    assert_eq!(ids[0], "many1000");
    assert_eq!(ids[199..], ["many1199", "user01", "user02"]);
}
