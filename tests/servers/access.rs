//! Passwords, access control and TLS.

use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use secrecy::{SecretSlice, SecretString};
use warifu_contracts::samples::SeededRandomness;
use warifu_redis::{RedisServers, RedisSettings, RedisStore};

use crate::topologies::play_all;
use warifu_test_support::redis::{RedisServer, open, settings};

/// What docs/operations.md tells operators to allow, and nothing else.
const ALLOWED: &str = include_str!("../../docs/redis-acl.txt");

fn as_documented(server: &RedisServer, mut settings: RedisSettings) -> RedisSettings {
    let rule = ALLOWED
        .lines()
        .find(|line| line.starts_with("user "))
        .expect("a rule");
    let rule = rule.replace("~warifu:*", &format!("~{}:*", settings.key_prefix));
    let rule = rule.replace("<password>", "correct-horse");
    let words: Vec<&str> = rule.split_ascii_whitespace().skip(1).collect();
    assert_eq!(
        server.cli(&[&["ACL", "SETUSER"], words.as_slice()].concat()),
        "OK"
    );
    settings.link.credentials.username = Some(words[0].to_owned());
    settings.link.credentials.password = Some(SecretString::from("correct-horse"));
    settings
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documented_rights_are_enough_for_everything() {
    let server = RedisServer::start_quick();
    let _replica = RedisServer::replica_of(&server, &[]);
    play_all(|| {
        let mut settings = as_documented(&server, settings(server.servers()));
        settings.link.replicas_required = 1;
        settings
    })
    .await;
    let log = server.cli(&["ACL", "LOG"]);
    assert!(log.is_empty(), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_documented_right_is_needed() {
    let server = RedisServer::start();
    let settings = as_documented(&server, settings(server.servers()));
    assert_eq!(server.cli(&["ACL", "SETUSER", "default", "off"]), "OK");
    open(&settings).await;
    for wrong in [Some("wrong"), None] {
        let mut settings = settings.clone();
        settings.link.credentials.password = wrong.map(SecretString::from);
        let error = RedisStore::open(&settings, &SeededRandomness::new(2)).await;
        let words = error.err().expect("the password is refused").to_string();
        assert!(
            !words.contains("correct-horse") && !words.contains("wrong"),
            "{words}"
        );
    }
}

struct Authority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut parameters = CertificateParams::new(Vec::new()).expect("parameters");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // A name of its own: a certificate with its issuer's name passes for self-signed.
        parameters
            .distinguished_name
            .push(rcgen::DnType::CommonName, "authority");
        let key = KeyPair::generate().expect("a key");
        let certificate = parameters.self_signed(&key).expect("a certificate").pem();
        Self {
            certificate,
            issuer: Issuer::new(parameters, key),
        }
    }

    fn certify(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().expect("a key");
        let parameters = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        let certificate = parameters
            .signed_by(&key, &self.issuer)
            .expect("a certificate");
        (certificate.pem(), key.serialize_pem())
    }

    /// A server with TLS on its own port, with a certificate for `name`.
    fn server_for(&self, folder: &Path, name: &str, clients: &str) -> (RedisServer, u16) {
        let (certificate, key) = self.certify(name);
        let file = |file: &str, text: &str| {
            let path = folder.join(file);
            std::fs::write(&path, text).expect("a file is written");
            path.display().to_string()
        };
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a port is free")
            .port();
        let server = RedisServer::start_with(&[
            "--appendonly",
            "yes",
            "--tls-port",
            &port.to_string(),
            "--tls-cert-file",
            &file("server.pem", &certificate),
            "--tls-key-file",
            &file("server.key", &key),
            "--tls-ca-cert-file",
            &file("ca.pem", &self.certificate),
            "--tls-auth-clients",
            clients,
        ]);
        (server, port)
    }

    fn settings(&self, port: u16) -> RedisSettings {
        let mut settings = settings(RedisServers::Standalone(format!(
            "rediss://127.0.0.1:{port}"
        )));
        settings.link.ca = Some(self.certificate.clone().into_bytes());
        settings
    }
}

async fn refused(settings: &RedisSettings) {
    let opened = RedisStore::open(settings, &SeededRandomness::new(2)).await;
    let error = opened.err().expect("the server is refused");
    assert!(
        error.to_string().contains("password_store is unavailable"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_prove_who_they_are() {
    let folder = tempfile::tempdir().expect("a folder is made");
    let authority = Authority::new();
    let (_server, port) = authority.server_for(folder.path(), "127.0.0.1", "no");
    open(&authority.settings(port)).await;
    let mut stranger = authority.settings(port);
    stranger.link.ca = Some(Authority::new().certificate.into_bytes());
    refused(&stranger).await;
    // Without an authority of one's own, those of the operating system count.
    stranger.link.ca = None;
    refused(&stranger).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_for_another_name_is_refused() {
    let folder = tempfile::tempdir().expect("a folder is made");
    let authority = Authority::new();
    let (_server, port) = authority.server_for(folder.path(), "other.bank.example", "no");
    refused(&authority.settings(port)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_asks_for_a_certificate_gets_one() {
    let folder = tempfile::tempdir().expect("a folder is made");
    let authority = Authority::new();
    let (_server, port) = authority.server_for(folder.path(), "127.0.0.1", "yes");
    let mut settings = authority.settings(port);
    refused(&settings).await;
    let (certificate, key) = authority.certify("warifu");
    settings.link.client_certificate = Some((
        certificate.into_bytes(),
        SecretSlice::from(key.into_bytes()),
    ));
    open(&settings).await;
}
