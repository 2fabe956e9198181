//! Servers of one bank: processes of their own, with one users file, one authority and one store.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use warifu_redis::RedisServers;
use warifu_test_support::client::Client;
use warifu_test_support::people::{
    ADMIN, one_of_many, users_file_of_administrators, users_file_with,
};
use warifu_test_support::process::Process;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_warifu-http");

/// How long a server may take to start on a machine that is busy.
const START_WITHIN: Duration = Duration::from_secs(60);

/// What the servers of a bank share.
pub(crate) struct Bank {
    folder: TempDir,
    store: Vec<String>,
    users: AtomicUsize,
    many: usize,
}

impl Bank {
    /// A bank with `many` users on a store that `store` sets up.
    pub(crate) fn new(many: usize, store: Vec<String>) -> Self {
        let folder = tempfile::tempdir().expect("a folder is made");
        let users = folder.path().join("users.toml");
        std::fs::write(users, users_file_with(many)).expect("the users file is written");
        Self {
            folder,
            store,
            users: AtomicUsize::new(0),
            many,
        }
    }

    /// A bank on Redis.
    pub(crate) fn on_redis(many: usize, servers: &RedisServers, replicas_required: usize) -> Self {
        let store = on_redis("password_store", servers, replicas_required);
        Self::new(many, store)
    }

    /// With one audit log of all its servers, on Redis.
    pub(crate) fn with_log_on(mut self, servers: &RedisServers, replicas_required: usize) -> Self {
        let log = on_redis("audit_log", servers, replicas_required);
        self.store.extend(log);
        self
    }

    /// A bank with the embedded store.
    pub(crate) fn on_one_machine(many: usize) -> Self {
        let mut bank = Self::new(many, Vec::new());
        let path = bank.folder.path().join("store/warifu.db");
        bank.store = vec![
            "password_store.adapter = \"embedded\"".to_owned(),
            format!("password_store.embedded.path = {:?}", text(&path)),
        ];
        bank
    }

    /// Where every user administers the contract.
    pub(crate) fn of_administrators(self) -> Self {
        self.replace_users(&users_file_of_administrators(self.many));
        self
    }

    /// With one more setting.
    pub(crate) fn with(mut self, line: &str) -> Self {
        self.store.push(line.to_owned());
        self
    }

    /// A server that runs, with an audit log of its own.
    pub(crate) fn server(&self) -> HostedServer {
        self.server_under(&[])
    }

    /// As [`Self::server`], started through another program, such as one that shifts its clock.
    pub(crate) fn server_under(&self, wrapper: &[&str]) -> HostedServer {
        let folder = tempfile::tempdir().expect("a folder is made").keep();
        let settings = folder.join("warifu.toml");
        std::fs::write(&settings, self.settings(&folder)).expect("the settings are written");
        let mut command: Vec<String> = wrapper.iter().map(|&word| word.to_owned()).collect();
        command.extend([PROGRAM, "--config"].map(str::to_owned));
        command.push(text(&settings));
        let mut server = HostedServer {
            folder,
            command,
            process: None,
            base: String::new(),
            client: Client::new(""),
        };
        server.start();
        server
    }

    /// Where everything that its servers share lies.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The users file in force.
    pub(crate) fn users(&self) -> String {
        let path = self.folder.path().join("users.toml");
        std::fs::read_to_string(path).expect("the users file is there")
    }

    /// Replaces the users file, for servers that read it again.
    pub(crate) fn replace_users(&self, content: &str) {
        let path = self.folder.path().join("users.toml");
        std::fs::write(path, content).expect("the users file is written");
    }

    /// A user whom nobody has had before.
    pub(crate) fn next_user(&self) -> String {
        let number = self.users.fetch_add(1, Ordering::Relaxed);
        assert!(number < self.many, "the bank has users enough");
        one_of_many(number)
    }

    fn settings(&self, own: &Path) -> String {
        let shared = text(self.folder.path());
        let own = text(own);
        let mut lines = vec![
            format!("user_directory.memory.users_file = \"{shared}/users.toml\""),
            format!("certificate_authority.local.directory = \"{shared}/ca\""),
            format!("audit_log.file.path = \"{own}/audit.jsonl\""),
            "policy.rate_limit.per_address = \"off\"".to_owned(),
            "policy.reissue.max_per_target_per_hour = 100000".to_owned(),
            "policy.reissue.max_per_operator_per_hour = 100000".to_owned(),
        ];
        lines.extend(self.store.iter().cloned());
        lines.push(
            "[[http.listeners]]\nbind = \"127.0.0.1:0\"\n\
             surfaces = [\"self-service\", \"admin\", \"office\", \"ops\"]"
                .to_owned(),
        );
        lines.join("\n") + "\n"
    }
}

/// The settings that put a section of the configuration on Redis.
fn on_redis(section: &str, servers: &RedisServers, replicas_required: usize) -> Vec<String> {
    let list = |addresses: &[String]| format!("{addresses:?}");
    let mut lines = vec![format!("{section}.adapter = \"redis\"")];
    lines.extend(match servers {
        RedisServers::Standalone(url) => vec![format!("{section}.redis.url = {url:?}")],
        RedisServers::Sentinel {
            sentinels,
            master_name,
        } => vec![
            format!("{section}.redis.sentinels = {}", list(sentinels)),
            format!("{section}.redis.master_name = {master_name:?}"),
        ],
        RedisServers::Cluster(nodes) => {
            vec![format!("{section}.redis.cluster = {}", list(nodes))]
        }
    });
    lines.push(format!(
        "{section}.redis.replicas_required = {replicas_required}"
    ));
    lines
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// One server.
pub(crate) struct HostedServer {
    folder: PathBuf,
    command: Vec<String>,
    process: Option<Process>,
    base: String,
    /// Nobody's session yet.
    pub(crate) client: Client,
}

impl HostedServer {
    /// Starts it, again after [`Self::kill`].
    pub(crate) fn start(&mut self) {
        if let Err(words) = self.try_start() {
            panic!("the server starts: {words}");
        }
    }

    /// Starts it; what it says instead where it does not serve.
    pub(crate) fn try_start(&mut self) -> Result<(), String> {
        assert!(self.process.is_none(), "the server does not run");
        // What it printed before names a port that it no longer has.
        let _ = std::fs::remove_file(self.folder.join("output"));
        let process = Process::start(&self.command[0], &self.folder, &self.command[1..]);
        let deadline = Instant::now() + START_WITHIN;
        loop {
            let said = self.output();
            let line = said.lines().find(|line| line.starts_with("listening on "));
            if let Some(address) = line.and_then(|line| line.split(' ').nth(2)) {
                address.clone_into(&mut self.base);
                self.client = Client::new(address);
                self.process = Some(process);
                return Ok(());
            }
            if process.has_ended() || Instant::now() > deadline {
                process.kill();
                return Err(self.output());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// kill -9.
    pub(crate) fn kill(&mut self) {
        self.process.take().expect("the server runs").kill();
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) fn stop(&mut self) {
        let process = self.process.take().expect("the server runs");
        process.signal("-TERM");
        let deadline = Instant::now() + START_WITHIN;
        while !process.has_ended() {
            assert!(Instant::now() < deadline, "the server stops");
            std::thread::sleep(Duration::from_millis(5));
        }
        process.kill();
    }

    /// Sends it a signal, by `kill`'s name for it.
    pub(crate) fn signal(&self, name: &str) {
        self.process.as_ref().expect("the server runs").signal(name);
    }

    /// Waits until it has ended by itself, and gives it up: it can be started again.
    pub(crate) fn await_end(&mut self) {
        let deadline = Instant::now() + START_WITHIN;
        let process = self.process.take().expect("the server runs");
        while !process.has_ended() {
            assert!(Instant::now() < deadline, "the server ends");
            std::thread::sleep(Duration::from_millis(5));
        }
        process.kill();
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.process.as_ref().expect("the server runs").pid()
    }

    /// Its settings.
    pub(crate) fn settings(&self) -> PathBuf {
        self.folder.join("warifu.toml")
    }

    /// Where everything of its own lies.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What it has printed since its start.
    pub(crate) fn output(&self) -> String {
        std::fs::read_to_string(self.folder.join("output")).unwrap_or_default()
    }

    /// A client without connections.
    pub(crate) fn fresh_client(&self) -> Client {
        Client::new(&self.base)
    }

    /// The session of another server's client, at this one.
    pub(crate) fn with(&self, client: &Client) -> Client {
        client.at(&self.base)
    }

    /// Where its audit log is.
    pub(crate) fn audit_path(&self) -> PathBuf {
        self.folder.join("audit.jsonl")
    }

    /// Its audit log as it stands; a line that a kill cut off is none.
    pub(crate) fn audit_text(&self) -> String {
        let mut text = std::fs::read_to_string(self.audit_path()).unwrap_or_default();
        text.truncate(text.rfind('\n').map_or(0, |end| end + 1));
        text
    }
}

impl Drop for HostedServer {
    fn drop(&mut self) {
        if self.process.is_none() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// An administrator's session.
pub(crate) async fn administrator(server: &HostedServer) -> Client {
    server.client.login_admin(ADMIN).await
}

/// What several servers wrote down.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// How many entries were checked and answered, by user. The right password again, after it was
    /// redeemed, is no guess.
    pub(crate) evaluated: BTreeMap<String, usize>,
    /// Which certificates were issued, by user. A server that dies between storing one and writing
    /// so leaves it to the next to write that it was delivered.
    pub(crate) issued: BTreeMap<String, BTreeSet<String>>,
    /// Which reissues were answered.
    pub(crate) reissued: BTreeSet<String>,
    /// Which reissues were begun.
    pub(crate) started: BTreeSet<String>,
    /// How often something was locked, by user.
    pub(crate) locks: BTreeMap<String, usize>,
}

impl Written {
    /// Reads the logs of all servers.
    pub(crate) fn by(servers: &[HostedServer]) -> Self {
        let logs: String = servers.iter().map(HostedServer::audit_text).collect();
        Self::of(&logs)
    }

    /// Reads one log.
    pub(crate) fn of(log: &str) -> Self {
        let mut written = Self::default();
        for line in log.lines() {
            let record: Value = serde_json::from_str(line).expect("a record is JSON");
            written.take(&record);
        }
        written
    }

    fn take(&mut self, record: &Value) {
        let user = record["subject"].as_str().unwrap_or_default().to_owned();
        let detail = |name: &str| {
            let value = record["detail"][name].as_str();
            value.unwrap_or_default().to_owned()
        };
        match record["event"].as_str().unwrap_or_default() {
            "retrieval.evaluated"
                if matches!(
                    detail("result").as_str(),
                    "same-key" | "consumed" | "unanswered" | "lost"
                ) => {}
            "retrieval.evaluated" => *self.evaluated.entry(user).or_default() += 1,
            "certificate.issued" | "certificate.delivered_again" => {
                self.issued
                    .entry(user)
                    .or_default()
                    .insert(detail("serial"));
            }
            "retrieval_password.reissue_started" => {
                self.started.insert(detail("reissue_id"));
            }
            "retrieval_password.reissued" => {
                self.reissued.insert(detail("reissue_id"));
            }
            "lock.set" => *self.locks.entry(user).or_default() += 1,
            _ => {}
        }
    }
}
