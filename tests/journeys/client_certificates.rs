//! The administrators' entry where a client certificate is demanded: shown over TLS, or to a proxy in
//! front that passes it on. It lets in whom it names, and nobody else.

use std::sync::Arc;

use data_encoding::BASE64;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use warifu_test_support::haproxy::HaProxy;

use crate::support::{
    ADMIN, Answer, CONTRACT, LOGIN_PASSWORD, OpenSsl, SECOND_ADMIN, Setup, TestServer,
};

/// An authority with `openssl`, which writes into a subject whatever it is told.
struct Authority(OpenSsl);

/// PEM.
struct Shown {
    certificate: String,
    key: String,
}

const CLIENT: &str = "extendedKeyUsage=clientAuth\nbasicConstraints=critical,CA:FALSE\n";
const SERVER: &str = "extendedKeyUsage=serverAuth\nsubjectAltName=IP:127.0.0.1\n";

impl Authority {
    fn new() -> Self {
        let openssl = OpenSsl::new();
        let mut arguments = vec!["req", "-x509", "-nodes", "-days", "10", "-subj", "/CN=CA"];
        arguments.extend(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
        openssl.succeed(&[&arguments[..], &["-keyout", "ca.key", "-out", "ca.pem"]].concat());
        Self(openssl)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.path().join(name)).unwrap()
    }

    fn pem(&self) -> String {
        self.read("ca.pem")
    }

    /// For a client of this subject, as `openssl -subj` has it.
    fn client(&self, subject: &str) -> Shown {
        self.issue(subject, CLIENT, "10")
    }

    fn issue(&self, subject: &str, extensions: &str, days: &str) -> Shown {
        let new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
        let files = ["-keyout", "one.key", "-out", "one.csr"];
        let request = ["req", "-nodes", "-utf8", "-subj", subject];
        self.0.succeed(&[&request[..], &new_key, &files].concat());
        self.0.write("extensions", extensions);
        let authority = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"];
        let files = [
            "-in",
            "one.csr",
            "-extfile",
            "extensions",
            "-out",
            "one.pem",
        ];
        self.0
            .succeed(&[&["x509", "-req", "-days", days][..], &authority, &files].concat());
        Shown {
            certificate: self.read("one.pem"),
            key: self.read("one.key"),
        }
    }
}

impl Shown {
    /// As a header of RFC 9440 holds it.
    fn header(&self) -> String {
        let der = CertificateDer::from_pem_slice(self.certificate.as_bytes()).unwrap();
        format!(":{}:", BASE64.encode(&der))
    }
}

fn own(user: &str) -> String {
    format!("/O=Example/OU={CONTRACT}/CN={user}")
}

/// Subjects that name nobody, or not exactly the administrator who logs in.
fn of_others() -> Vec<String> {
    let contract = CONTRACT;
    vec![
        "/CN=printer-42".to_owned(),
        format!("/CN={ADMIN}"),
        format!("/OU={contract}"),
        format!("/O={contract}/CN={ADMIN}"),
        format!("/OU={contract}/CN={SECOND_ADMIN}"),
        format!("/OU=999999/CN={ADMIN}"),
        format!("/OU={contract}/CN={ADMIN}/CN={SECOND_ADMIN}"),
        format!("/OU={contract}/CN={SECOND_ADMIN}/CN={ADMIN}"),
        format!("/OU={contract}/OU=Users/CN={ADMIN}"),
        format!("/OU={contract}+CN={ADMIN}/CN={ADMIN}"),
        format!("/OU={contract}/CN={}", ADMIN.to_uppercase()),
        format!("/OU={contract}/CN= {ADMIN}"),
        format!("/OU={contract}/UID={ADMIN}"),
    ]
}

/// Logs in as [`ADMIN`] over TLS on `port`, with the right password, and gives status and problem.
async fn log_in_over_tls(port: u16, authority: &Authority, shown: Option<&Shown>) -> (u16, String) {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(authority.pem().as_bytes()).unwrap())
        .unwrap();
    let builder = ClientConfig::builder().with_root_certificates(roots);
    let config = match shown {
        None => builder.with_no_client_auth(),
        Some(shown) => {
            let chain = vec![CertificateDer::from_pem_slice(shown.certificate.as_bytes()).unwrap()];
            let key = PrivateKeyDer::from_pem_slice(shown.key.as_bytes()).unwrap();
            builder.with_client_auth_cert(chain, key).unwrap()
        }
    };
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    let mut stream = connector.connect(name, stream).await.unwrap();
    let body = json!({
        "contract_number": CONTRACT, "user_id": ADMIN, "login_password": LOGIN_PASSWORD,
    });
    let body = body.to_string();
    let request = format!(
        "POST /api/v1/admin/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // The end may come without a goodbye.
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).unwrap_or_default().parse();
    (status.unwrap_or_else(|_| panic!("{answer}")), answer)
}

fn port_of(server: &TestServer) -> u16 {
    let address = server.start_line.split(' ').nth(2).unwrap();
    address.rsplit(':').next().unwrap().parse().unwrap()
}

/// With a listener that ends TLS itself.
async fn server_with_tls(authority: &Authority, setup: Setup) -> TestServer {
    let identity = authority.issue("/CN=server", SERVER, "10");
    let setup = setup
        .file("server.pem", &identity.certificate)
        .file("server.key", &identity.key)
        .file("clients.pem", &authority.pem())
        .listener(
            "tls = { certificate_file = \"{folder}/server.pem\", \
             key_file = \"{folder}/server.key\", client_ca_file = \"{folder}/clients.pem\" }",
        );
    TestServer::start_with(setup).await
}

const REFUSED: &str = "urn:warifu:problem:client-certificate-required";

#[tokio::test]
async fn a_certificate_over_tls_lets_in_whom_it_names_and_nobody_else() {
    let authority = Authority::new();
    let server = server_with_tls(&authority, Setup::default()).await;
    let port = port_of(&server);
    let admin = authority.client(&own(ADMIN));
    let (status, answer) = log_in_over_tls(port, &authority, Some(&admin)).await;
    assert_eq!(status, 201, "{answer}");
    for subject in of_others() {
        let other = authority.client(&subject);
        let (status, answer) = log_in_over_tls(port, &authority, Some(&other)).await;
        assert!(
            status == 403 && answer.contains(REFUSED),
            "{subject}: {answer}"
        );
    }
    let (status, _) = log_in_over_tls(port, &authority, None).await;
    assert_eq!(status, 403);
}

#[tokio::test]
async fn which_parts_of_a_subject_name_its_holder_is_configured() {
    let authority = Authority::new();
    let setup = Setup::with(
        "admin.client_certificate_subject = { contract = \"serialNumber\", user = \"UID\" }",
    );
    let server = server_with_tls(&authority, setup).await;
    let port = port_of(&server);
    let mapped = authority.client(&format!(
        "/OU=A/OU=B/CN=Yamada Taro/serialNumber={CONTRACT}/UID={ADMIN}"
    ));
    let (status, answer) = log_in_over_tls(port, &authority, Some(&mapped)).await;
    assert_eq!(status, 201, "{answer}");
    let (status, _) = log_in_over_tls(port, &authority, Some(&authority.client(&own(ADMIN)))).await;
    assert_eq!(status, 403);
}

const HEADER: &str = "client_certificate_header = \"Client-Cert\"";
const AUTHORITIES: &str = "client_certificate_ca_file = \"{folder}/clients.pem\"";

/// With a listener that takes certificates from the proxy at `trusted`.
async fn server_behind_proxy(authority: &Authority, trusted: &str) -> TestServer {
    let trusted = format!("policy.rate_limit.trusted_proxies = [\"{trusted}\"]");
    let setup = Setup::with(&trusted)
        .file("clients.pem", &authority.pem())
        .listener(&format!("{HEADER}\n{AUTHORITIES}"));
    TestServer::start_with(setup).await
}

async fn log_in(server: &TestServer, headers: &[(&str, &str)]) -> Answer {
    let client = headers
        .iter()
        .fold(server.client.clone(), |client, (name, value)| {
            client.with_header(name, value)
        });
    client
        .try_login("admin", CONTRACT, ADMIN, LOGIN_PASSWORD)
        .await
}

#[tokio::test]
async fn a_trusted_proxy_passes_certificates_on_and_they_are_judged_here() {
    let authority = Authority::new();
    let server = server_behind_proxy(&authority, "127.0.0.0/8").await;
    let admin = authority.client(&own(ADMIN));
    let answer = log_in(&server, &[("client-cert", &admin.header())]).await;
    let token = answer.expect(201, None).json()["token"].clone();
    // The session is worth something with that certificate alone.
    let session = server.client.with_token(token.as_str().unwrap());
    let with = |shown: &Shown| session.with_header("client-cert", &shown.header());
    let users = "/api/v1/admin/users";
    with(&admin).get(users).await.expect(200, None);
    let second = authority.client(&own(SECOND_ADMIN));
    for client in [&session, &with(&second)] {
        let answer = client.get(users).await;
        answer.expect(403, Some("client-certificate-required"));
    }

    let required = Some("client-certificate-required");
    for subject in of_others() {
        let other = authority.client(&subject).header();
        let answer = log_in(&server, &[("client-cert", &other)]).await;
        answer.expect(403, required);
    }
    let expired = authority.issue(&own(ADMIN), CLIENT, "-1");
    let of_server = authority.issue(&own(ADMIN), SERVER, "10");
    let foreign = Authority::new().client(&own(ADMIN));
    for shown in [expired, of_server, foreign] {
        let answer = log_in(&server, &[("client-cert", &shown.header())]).await;
        answer.expect(403, required);
    }
    log_in(&server, &[]).await.expect(403, required);
}

#[tokio::test]
async fn a_header_that_is_malformed_or_repeated_is_refused() {
    let authority = Authority::new();
    let server = server_behind_proxy(&authority, "127.0.0.1").await;
    let good = authority.client(&own(ADMIN)).header();
    let der = good.trim_matches(':');
    let percent = good.replace('+', "%2B");
    let doubled = format!(
        ":{}:",
        BASE64.encode(&BASE64.decode(der.as_bytes()).unwrap().repeat(2))
    );
    for value in [
        "",
        "::",
        ":AAAA:",
        ":no base64!:",
        der,
        &format!("\"{der}\""),
        &format!("{good}, {good}"),
        &format!("{good};a=1"),
        &format!(":{percent}"),
        &doubled,
    ] {
        let answer = log_in(&server, &[("client-cert", value)]).await;
        answer.expect(400, Some("malformed-request"));
    }
    for headers in [
        [("client-cert", good.as_str()), ("client-cert", &good)],
        [("client-cert", &good), ("client-cert-chain", "nonsense!")],
        [("client-cert-chain", &good), ("accept", "*/*")],
    ] {
        let answer = log_in(&server, &headers).await;
        answer.expect(400, Some("malformed-request"));
    }
    let chain = authority.pem();
    let chain = CertificateDer::from_pem_slice(chain.as_bytes()).unwrap();
    let chain = format!(":{}:", BASE64.encode(&chain));
    let headers = [
        ("client-cert", good.as_str()),
        ("client-cert-chain", &chain),
    ];
    log_in(&server, &headers).await.expect(201, None);
}

#[tokio::test]
async fn nobody_but_a_trusted_proxy_may_send_the_header() {
    let authority = Authority::new();
    let server = server_behind_proxy(&authority, "192.0.2.1").await;
    let admin = authority.client(&own(ADMIN)).header();
    let claims = [
        ("client-cert", admin.as_str()),
        ("x-forwarded-for", "192.0.2.1"),
    ];
    let answer = log_in(&server, &claims).await;
    answer.expect(400, Some("malformed-request"));
    let answer = server
        .client
        .with_header("client-cert", &admin)
        .get("/")
        .await;
    assert_eq!(answer.status, 400);
    // Where nobody said that there is such a header, it says nothing.
    let server = TestServer::start().await;
    log_in(&server, &claims).await.expect(201, None);
}

#[tokio::test]
async fn a_certificate_that_was_issued_here_counts_without_naming_any_authority() {
    let setup = Setup::with("policy.rate_limit.trusted_proxies = [\"127.0.0.1\"]");
    let server = TestServer::start_with(setup.listener(HEADER)).await;
    let authority = Authority(OpenSsl::new());
    for name in ["ca.pem", "ca.key"] {
        authority.0.write(name, server.file(&format!("ca/{name}")));
    }
    let shown = authority.client(&own(ADMIN));
    let header = shown.header();
    log_in(&server, &[("client-cert", &header)])
        .await
        .expect(201, None);
}

#[tokio::test]
async fn haproxy_ends_mutual_tls_and_passes_the_certificate_on() {
    let authority = Authority::new();
    let server = server_behind_proxy(&authority, "127.0.0.1").await;
    let identity = authority.issue("/CN=proxy", SERVER, "10");
    let identity = format!("{}{}", identity.certificate, identity.key);
    let proxy = HaProxy::passing_certificates_on(&identity, &authority.pem(), port_of(&server));
    let admin = authority.client(&own(ADMIN));
    let (status, answer) = log_in_over_tls(proxy.port, &authority, Some(&admin)).await;
    assert_eq!(status, 201, "{answer}");
    let expired = authority.issue(&own(ADMIN), CLIENT, "-1");
    let other = authority.client("/CN=printer-42");
    for shown in [None, Some(&other), Some(&expired)] {
        let (status, answer) = log_in_over_tls(proxy.port, &authority, shown).await;
        assert!(status == 403 && answer.contains(REFUSED), "{answer}");
    }
}

/// Strangers who know the ID lock strangers out, from wherever; the holder of the certificate comes in.
#[tokio::test]
async fn strangers_do_not_lock_out_who_shows_the_own_certificate() {
    let authority = Authority::new();
    let server = server_behind_proxy(&authority, "127.0.0.1").await;
    for entry in 0..8 {
        let stranger = server.client.try_login("self", CONTRACT, ADMIN, "a guess");
        let expected = if entry < 4 { 401 } else { 429 };
        assert_eq!(stranger.await.status, expected, "entry {entry}");
    }
    let right = server
        .client
        .try_login("self", CONTRACT, ADMIN, LOGIN_PASSWORD);
    right.await.expect(429, Some("login-locked"));
    let admin = authority.client(&own(ADMIN)).header();
    let shown = [("client-cert", admin.as_str())];
    log_in(&server, &shown).await.expect(201, None);
    // Slips with the certificate lock that way alone.
    let by_certificate = server.client.with_header("client-cert", &admin);
    for entry in 0..5 {
        let slip = by_certificate.try_login("admin", CONTRACT, ADMIN, "a slip");
        let expected = if entry < 4 { 401 } else { 429 };
        assert_eq!(slip.await.status, expected, "slip {entry}");
    }
    let locked = log_in(&server, &shown).await;
    locked.expect(429, Some("login-locked"));
}
