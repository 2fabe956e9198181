//! A server assembled from configuration, as the binary does it, in this process.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use warifu_adapter_kit::{Adapter, AdapterError, AuditLogContext, NoSettings, Reload};
use warifu_audit_file::FileAuditLog;
use warifu_config::{Assembled, Configuration, Layers, Registry, assemble};
use warifu_core::domain::AuditRecord;
use warifu_core::ports::{AuditLog, AuditPage, AuditQuery, AuditQueryError, Unavailable};
use warifu_http::http_settings;
use warifu_inbound_http::Server;

use warifu_test_support::client::Client;
use warifu_test_support::people::users_file;

/// Adds adapters of a test's own.
type Extension = Box<dyn FnOnce(Registry) -> Registry + Send>;

/// What differs from the usual.
#[derive(Default)]
pub(crate) struct Setup {
    lines: Vec<String>,
    surfaces: Option<String>,
    extension: Option<Extension>,
    example: Option<PathBuf>,
    listener: String,
    more_listeners: Vec<String>,
    files: Vec<(String, String)>,
}

impl Setup {
    /// One more setting, as `key.path = value`.
    pub(crate) fn with(line: &str) -> Self {
        Self {
            lines: vec![line.to_owned()],
            ..Self::default()
        }
    }

    /// And another one.
    pub(crate) fn and(mut self, line: &str) -> Self {
        self.lines.push(line.to_owned());
        self
    }

    /// Only these surfaces.
    pub(crate) fn surfaces(surfaces: &[&str]) -> Self {
        Self {
            surfaces: Some(format!("{surfaces:?}")),
            ..Self::default()
        }
    }

    /// With more settings of the listener, as lines. `{folder}` stands for the server's folder.
    pub(crate) fn listener(mut self, lines: &str) -> Self {
        lines.clone_into(&mut self.listener);
        self
    }

    /// With one more listener, which offers only these surfaces.
    pub(crate) fn and_listener(mut self, surfaces: &[&str]) -> Self {
        self.more_listeners.push(format!("{surfaces:?}"));
        self
    }

    /// And only these surfaces on the first listener.
    pub(crate) fn first(mut self, surfaces: &[&str]) -> Self {
        self.surfaces = Some(format!("{surfaces:?}"));
        self
    }

    /// With one more file in the server's folder.
    pub(crate) fn file(mut self, name: &str, text: &str) -> Self {
        self.files.push((name.to_owned(), text.to_owned()));
        self
    }

    /// On top of an example that comes with Warifu.
    pub(crate) fn example(mut self, name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config");
        self.example = Some(folder.join(name));
        self
    }

    /// With adapters of the test's own.
    pub(crate) fn adapters(
        mut self,
        extension: impl FnOnce(Registry) -> Registry + Send + 'static,
    ) -> Self {
        self.extension = Some(Box::new(extension));
        self
    }
}

/// A running server; stops when dropped.
pub(crate) struct TestServer {
    pub(crate) client: Client,
    /// Of the other listeners, in order.
    pub(crate) more_clients: Vec<Client>,
    pub(crate) start_line: String,
    directory: TempDir,
    audit_log_broken: Arc<AtomicBool>,
    reload: Vec<Arc<dyn Reload>>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl TestServer {
    pub(crate) async fn start() -> Self {
        Self::start_with(Setup::default()).await
    }

    pub(crate) async fn start_with(mut setup: Setup) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let users = directory.path().join("users.toml");
        std::fs::write(&users, users_file()).unwrap();
        for (name, text) in &setup.files {
            std::fs::write(directory.path().join(name), text).unwrap();
        }
        let settings = directory.path().join("warifu.toml");
        std::fs::write(&settings, configuration(directory.path(), &setup)).unwrap();

        let audit_log_broken = Arc::new(AtomicBool::new(false));
        let breakable = BreakableAuditLog {
            path: directory.path().join("audit.jsonl"),
            broken: Arc::clone(&audit_log_broken),
        };
        let registry = Registry::standard().audit_log("breakable", breakable);
        let registry = match setup.extension.take() {
            Some(extend) => extend(registry),
            None => registry,
        };
        let layers = Layers::new().files(setup.example.take().into_iter().chain([settings]));
        let configuration =
            Configuration::load(&layers, &registry).unwrap_or_else(|error| panic!("{error}"));
        let assembled = assemble(&configuration).await;
        let Assembled {
            use_cases,
            meters,
            reload,
            ..
        } = assembled.unwrap_or_else(|error| panic!("{error}"));
        let http = http_settings(configuration.settings(), meters);
        let server = Server::bind(http, use_cases).await.unwrap();
        let mut start_lines = server.start_lines();
        let client_of = |line: &String| Client::new(line.split(' ').nth(2).unwrap());
        let mut clients: Vec<Client> = start_lines.iter().map(client_of).collect();
        let (client, start_line) = (clients.remove(0), start_lines.remove(0));
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            server
                .run(async {
                    let _ = stopped.await;
                })
                .await;
        });
        Self {
            client,
            more_clients: clients,
            start_line,
            directory,
            audit_log_broken,
            reload,
            stop: Some(stop),
            task,
        }
    }

    /// The users file in force.
    pub(crate) fn users(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("users.toml")).unwrap()
    }

    /// Replaces the users file and has it read again.
    pub(crate) fn replace_users(&self, content: &str) {
        std::fs::write(self.directory.path().join("users.toml"), content).unwrap();
        for reload in &self.reload {
            reload.reload().unwrap();
        }
    }

    /// From now on the audit log cannot be written.
    pub(crate) fn break_audit_log(&self) {
        self.audit_log_broken.store(true, Ordering::SeqCst);
    }

    /// From now on it can be written again.
    pub(crate) fn repair_audit_log(&self) {
        self.audit_log_broken.store(false, Ordering::SeqCst);
    }

    /// A file in the server's folder.
    pub(crate) fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.directory.path().join(name)).unwrap()
    }

    /// The audit log as it stands.
    pub(crate) fn audit_text(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("audit.jsonl")).unwrap()
    }

    /// The records of the audit log.
    pub(crate) fn audit(&self) -> Vec<Value> {
        self.audit_text()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// How many records of a kind there are.
    pub(crate) fn count(&self, event: &str) -> usize {
        self.audit()
            .iter()
            .filter(|record| record["event"] == event)
            .count()
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        self.task.abort();
    }
}

fn configuration(directory: &Path, setup: &Setup) -> String {
    let surfaces = setup
        .surfaces
        .as_deref()
        .unwrap_or("[\"self-service\", \"admin\", \"office\", \"ops\"]");
    let directory = directory.display();
    // What a test sets comes first, as dotted keys, and goes before the usual.
    let mut usual = vec![
        "environment = \"development\"".to_owned(),
        format!(
            "user_directory = {{ adapter = \"memory\", memory.users_file = \"{directory}/users.toml\" }}"
        ),
        "otp_verifier.adapter = \"totp\"".to_owned(),
        "password_store.adapter = \"memory\"".to_owned(),
        format!(
            "certificate_authority = {{ adapter = \"local\", local.directory = \"{directory}/ca\" }}"
        ),
        "audit_log.adapter = \"breakable\"".to_owned(),
        "policy.rate_limit.per_address = \"off\"".to_owned(),
        "policy.reissue.max_per_target_per_hour = 100000".to_owned(),
        "policy.reissue.max_per_operator_per_hour = 100000".to_owned(),
    ];
    for line in &setup.lines {
        let key = line.split(" =").next().unwrap().to_owned();
        usual.retain(|usual| !usual.starts_with(&key));
        usual.push(line.clone());
    }
    usual.push(format!(
        "[[http.listeners]]\nbind = \"127.0.0.1:0\"\nsurfaces = {surfaces}\n{}\n",
        setup.listener.replace("{folder}", &directory.to_string())
    ));
    for surfaces in &setup.more_listeners {
        usual.push(format!(
            "[[http.listeners]]\nbind = \"127.0.0.1:0\"\nsurfaces = {surfaces}\n"
        ));
    }
    usual.join("\n")
}

/// The file adapter, with a switch that breaks it: a full disk, as far as anybody can tell.
struct BreakableAuditLog {
    path: PathBuf,
    broken: Arc<AtomicBool>,
}

struct Breakable {
    log: FileAuditLog,
    broken: Arc<AtomicBool>,
}

#[async_trait]
impl Adapter for BreakableAuditLog {
    type Port = Arc<dyn AuditLog>;
    type Settings = NoSettings;

    async fn build(
        &self,
        _settings: &NoSettings,
        context: &AuditLogContext,
    ) -> Result<Arc<dyn AuditLog>, AdapterError> {
        let log = FileAuditLog::open(&self.path, context.randomness.clone())
            .map_err(|error| AdapterError::setting("path", error.to_string()))?;
        Ok(Arc::new(Breakable {
            log,
            broken: Arc::clone(&self.broken),
        }))
    }
}

impl Breakable {
    fn usable(&self) -> Result<(), Unavailable> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(Unavailable::new("audit_log", "no space left on device"));
        }
        Ok(())
    }
}

#[async_trait]
impl AuditLog for Breakable {
    async fn append(&self, records: Vec<AuditRecord>) -> Result<(), Unavailable> {
        self.usable()?;
        self.log.append(records).await
    }

    async fn query(&self, query: &AuditQuery) -> Result<AuditPage, AuditQueryError> {
        self.log.query(query).await
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.usable()?;
        self.log.check().await
    }
}
