use std::fs;
use std::path::{Path, PathBuf};

use async_trait::async_trait;

use super::Folder;
use crate::{Configuration, Layers, Registry};
use warifu_adapter_kit::{Adapter, AdapterError, NoSettings, Stores, StoresContext};
use warifu_memory::MemoryStores;

#[test]
fn the_memory_store_is_refused_in_production() {
    let folder = Folder::with("[password_store]\nadapter = \"memory\"\n");
    let expected = "warifu.toml:2: password_store.adapter: \"memory\" forgets every lock and \
                    password when the program ends and is refused unless environment = \
                    \"development\"";
    assert_eq!(folder.refusal(&[]), [expected]);
    assert!(folder.load(&["environment=development"]).is_ok());
}

/// The lines that a production configuration is refused with; nothing where it is accepted.
fn production_lines(text: &str) -> Vec<String> {
    Folder::with(text).problems(&[])
}

#[test]
fn production_is_encrypted_off_loopback() {
    let listener = |bind: &str, more: &str| {
        format!("{more}\n[[http.listeners]]\nbind = \"{bind}\"\nsurfaces = [\"self-service\"]\n")
    };
    let refused = "warifu.toml:3: http.listeners[0].bind: 0.0.0.0:8080 without tls is refused in \
                   production: set tls here, or http.public_origin to an https:// origin if a \
                   proxy ends TLS";
    assert_eq!(production_lines(&listener("0.0.0.0:8080", "")), [refused]);
    let none: [&str; 0] = [];
    for loopback in ["127.0.0.1:8080", "[::1]:8080"] {
        assert_eq!(production_lines(&listener(loopback, "")), none);
    }
    let proxied = "http.public_origin = \"https://certificate.bank.example\"";
    assert_eq!(production_lines(&listener("0.0.0.0:8080", proxied)), none);
    let plain = "http.public_origin = \"http://certificate.bank.example\"";
    assert_eq!(
        production_lines(&listener("127.0.0.1:8080", plain)),
        ["warifu.toml:1: http.public_origin: must be an https:// origin in production"]
    );
}

#[test]
fn every_public_origin_is_encrypted_in_production() {
    let listener = |bind: &str, surfaces: &str, more: &str| {
        format!("{more}\n[[http.listeners]]\nbind = \"{bind}\"\nsurfaces = [{surfaces}]\n")
    };
    let own = "http.public_origins.self-service = \"https://certificate.bank.example\"";
    let none: [&str; 0] = [];
    let proxied = listener("0.0.0.0:8080", "\"self-service\"", own);
    assert_eq!(production_lines(&proxied), none);
    // The address of one surface says nothing of another.
    let office = listener("0.0.0.0:8080", "\"office\"", own);
    assert!(production_lines(&office)[0].contains("without tls is refused in production"));
    let plain = own.replace("https", "http");
    assert_eq!(
        production_lines(&listener("127.0.0.1:8080", "\"self-service\"", &plain)),
        [
            "warifu.toml:1: http.public_origins.self-service: must be an https:// origin in \
             production"
        ]
    );
}

#[test]
fn public_origins_are_of_surfaces_with_pages_and_of_one_kind_a_listener() {
    let unknown = Folder::with("http.public_origins.administrators = \"https://a.example\"\n");
    let line = unknown.refusal(&[]).remove(0);
    assert!(line.contains("administrators"), "{line}");
    let path = Folder::with("http.public_origins.admin = \"https://a.example/path\"\n");
    let line = path.refusal(&[]).remove(0);
    assert!(line.contains("http.public_origins.admin"), "{line}");
    let mixed = "environment = \"development\"\n\
                 http.public_origin = \"http://localhost:8080\"\n\
                 http.public_origins.admin = \"https://administration.bank.example\"\n";
    let one =
        "[[http.listeners]]\nbind = \"127.0.0.1:0\"\nsurfaces = [\"self-service\", \"admin\"]\n";
    let lines = Folder::with(&format!("{mixed}{one}")).refusal(&[]);
    assert!(
        lines[0].contains("give them listeners of their own"),
        "{lines:?}"
    );
    let two = "[[http.listeners]]\nbind = \"127.0.0.1:0\"\nsurfaces = [\"self-service\"]\n\
               [[http.listeners]]\nbind = \"127.0.0.1:0\"\nsurfaces = [\"admin\"]\n";
    assert!(Folder::with(&format!("{mixed}{two}")).load(&[]).is_ok());
}

#[test]
fn production_demands_client_certificates_of_administrators_off_loopback() {
    let text = |tls: &str, more: &str| {
        format!(
            "{more}\n[[http.listeners]]\nbind = \"192.0.2.1:443\"\nsurfaces = [\"admin\"]\n\
             [http.listeners.tls]\ncertificate_file = \"a.pem\"\nkey_file = \"a.key\"\n{tls}\n"
        )
    };
    assert_eq!(
        production_lines(&text("", "")),
        [
            "warifu.toml:4: http.listeners[0].surfaces: the surface admin on 192.0.2.1:443 needs \
          tls.client_ca_file in production, or client_certificate_header behind a proxy, or \
          admin.client_certificate = \"not-required\""
        ]
    );
    let none: [&str; 0] = [];
    assert_eq!(
        production_lines(&text("client_ca_file = \"ca.pem\"", "")),
        none
    );
    assert_eq!(
        production_lines(&text("", "admin.client_certificate = \"not-required\"")),
        none
    );
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_is_refused_in_production() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::with("");
    let key = folder.path("server.key");
    fs::write(&key, "").unwrap();
    let text = format!(
        "[[http.listeners]]\nbind = \"127.0.0.1:0\"\nsurfaces = [\"ops\"]\n\
         [http.listeners.tls]\ncertificate_file = \"a.pem\"\nkey_file = \"{}\"\n",
        key.display()
    );
    fs::write(folder.path("warifu.toml"), text).unwrap();
    let about_the_key = |mode| {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        folder.problems(&[])
    };
    assert_eq!(
        about_the_key(0o644),
        [
            "warifu.toml:6: http.listeners[0].tls.key_file: server.key holds a secret and others \
          may read it (mode 0644): chmod 600 server.key"
        ]
    );
    assert!(about_the_key(0o600).is_empty());
}

#[tokio::test]
async fn the_users_file_example_is_refused_in_production() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("users.example.toml");
    let folder = Folder::with("[password_store]\nadapter = \"forgetful\"\n");
    let copy = folder.path("users.toml");
    let text = fs::read_to_string(example).unwrap();
    fs::write(&copy, text.replace("example.jp", "bank.example")).unwrap();
    let quoted = |path: PathBuf| format!("{:?}", path.display().to_string());
    let layers = Layers::new().files([folder.path("warifu.toml")]).overrides(
        [format!("user_directory.memory.users_file={}", quoted(copy))]
            .map(|text| text.parse().unwrap()),
    );
    let registry = Registry::standard().password_store("forgetful", Forgetful);
    let configuration = Configuration::load(&layers, &registry).unwrap();
    let line = crate::assemble(&configuration)
        .await
        .map(|_| ())
        .unwrap_err()
        .to_string();
    assert!(line.contains("published as an example"), "{line}");
}

/// A bank's own adapter: the memory store, for once allowed in production.
struct Forgetful;

#[async_trait]
impl Adapter for Forgetful {
    type Port = Stores;
    type Settings = NoSettings;

    async fn build(
        &self,
        settings: &NoSettings,
        context: &StoresContext,
    ) -> Result<Stores, AdapterError> {
        MemoryStores.build(settings, context).await
    }
}
