use std::net::TcpListener;
use std::path::PathBuf;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use warifu_config::{Configuration, Layers, Registry, assemble};
use warifu_core::UseCases;
use warifu_http::http_settings;
use warifu_inbound_http::Server;

use crate::bank::BankFolder;

/// Whether a server speaks TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Plain, on loopback.
    No,
    /// With a certificate for `localhost`, of an authority whose certificate is `server-ca.pem`.
    Yes,
    /// As [`Self::Yes`], but the certificate ended long ago.
    Expired,
    /// As [`Self::Yes`], but the certificate begins in the far future.
    NotValidYet,
    /// As [`Self::Yes`], but the certificate is for `bank.example`.
    OtherName,
}

/// A server on the folder of a bank; stops when dropped.
pub struct RunningServer {
    /// Where it listens, such as `https://localhost:4711`.
    pub url: String,
    /// Its use cases.
    pub use_cases: UseCases,
    runtime: Option<Runtime>,
    stop: Option<oneshot::Sender<()>>,
}

impl RunningServer {
    /// Starts a server on a free port.
    pub fn start(bank: &BankFolder, tls: Tls) -> Self {
        Self::start_with(bank, tls, &[])
    }

    /// As [`Self::start`], with more settings.
    pub fn start_with(bank: &BankFolder, tls: Tls, settings: &[&str]) -> Self {
        let mut listener =
            "bind = \"127.0.0.1:0\", surfaces = [\"self-service\", \"admin\", \"ops\"]".to_owned();
        if tls != Tls::No {
            let (certificate, key) = certificate(bank, tls);
            let files = format!(
                ", tls = {{ certificate_file = \"{}\", key_file = \"{}\" }}",
                certificate.display(),
                key.display()
            );
            listener.push_str(&files);
        }
        let listeners = format!("http.listeners=[{{ {listener} }}]");
        let overrides = std::iter::once(listeners.as_str()).chain(settings.iter().copied());
        let layers = Layers::new()
            .files([bank.path("warifu.toml")])
            .overrides(overrides.map(|text| text.parse().expect("a setting can be read")));
        let configuration = Configuration::load(&layers, &Registry::standard());
        let configuration = configuration.unwrap_or_else(|error| panic!("{error}"));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime starts");
        let (stop, stopped) = oneshot::channel::<()>();
        let (start_line, use_cases) = runtime.block_on(async {
            let assembled = assemble(&configuration).await;
            let assembled = assembled.unwrap_or_else(|error| panic!("{error}"));
            let use_cases = assembled.use_cases.clone();
            let http = http_settings(configuration.settings(), assembled.meters);
            let server = Server::bind(http, assembled.use_cases).await;
            let server = server.expect("the server listens");
            let start_line = server.start_lines().remove(0);
            tokio::spawn(async move {
                server
                    .run(async {
                        let _ = stopped.await;
                    })
                    .await;
            });
            (start_line, use_cases)
        });
        let url = start_line
            .split(' ')
            .nth(2)
            .expect("the line names the address");
        Self {
            url: url.replace("https://127.0.0.1", "https://localhost"),
            use_cases,
            runtime: Some(runtime),
            stop: Some(stop),
        }
    }

    /// Runs a piece of work on the server's runtime.
    pub fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime
            .as_ref()
            .expect("the server runs")
            .block_on(work)
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// An address where nobody listens.
pub fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("the port has a number");
    format!("http://{address}")
}

fn certificate(bank: &BankFolder, tls: Tls) -> (PathBuf, PathBuf) {
    let authority_key = KeyPair::generate().expect("a key can be made");
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    authority
        .distinguished_name
        .push(DnType::CommonName, format!("Authority of {tls:?}"));
    let root = authority
        .self_signed(&authority_key)
        .expect("a certificate can be made");
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().expect("a key can be made");
    let names: &[&str] = match tls {
        Tls::OtherName => &["bank.example"],
        _ => &["localhost", "127.0.0.1"],
    };
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut own = CertificateParams::new(names).expect("the names are good");
    match tls {
        Tls::Expired => own.not_after = date_time_ymd(2001, 1, 1),
        Tls::NotValidYet => own.not_before = date_time_ymd(4000, 1, 1),
        Tls::No | Tls::Yes | Tls::OtherName => {}
    }
    let own = own
        .signed_by(&key, &issuer)
        .expect("a certificate can be made");
    bank.write("server-ca.pem", &root.pem());
    let certificate = bank.write("server.pem", &own.pem());
    let key = bank.secret("server.key", key.serialize_pem().trim_end());
    (certificate, key)
}
