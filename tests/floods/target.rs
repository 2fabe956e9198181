//! A server with default settings, and what its process takes.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use warifu_test_support::people::users_file;
use warifu_test_support::process::Process;

use crate::wire::{ask, get};

const START_WITHIN: Duration = Duration::from_secs(60);

/// How long memory may take to come back.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ticks of `/proc/*/stat` in a second.
const TICKS: f64 = 100.0;

/// A server with one listener for the public and one for operations.
pub(crate) struct Target {
    process: Process,
    folder: PathBuf,
    /// Where everybody comes in.
    pub(crate) public: SocketAddr,
    /// Where its health is asked for.
    pub(crate) ops: SocketAddr,
}

impl Target {
    /// With default settings.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// With default settings and those of `lines`.
    pub(crate) fn start_with(lines: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder is made").keep();
        fs::write(folder.join("users.toml"), users_file()).expect("the users file is written");
        let place = folder.display();
        let settings = format!(
            "{}\n\
             environment = \"development\"\n\
             user_directory.memory.users_file = \"{place}/users.toml\"\n\
             certificate_authority.local.directory = \"{place}/ca\"\n\
             audit_log.file.path = \"{place}/audit.jsonl\"\n\
             password_store.adapter = \"memory\"\n\
             [[http.listeners]]\nbind = \"127.0.0.1:0\"\n\
             surfaces = [\"self-service\", \"admin\"]\n\
             [[http.listeners]]\nbind = \"127.0.0.1:0\"\nsurfaces = [\"ops\"]\n",
            lines.join("\n")
        );
        let file = folder.join("warifu.toml");
        fs::write(&file, settings).expect("the settings are written");
        let arguments = ["--config".to_owned(), file.display().to_string()];
        let process = Process::start(env!("CARGO_BIN_EXE_warifu-http"), &folder, &arguments);
        let deadline = Instant::now() + START_WITHIN;
        loop {
            let said = fs::read_to_string(folder.join("output")).unwrap_or_default();
            let addresses: Vec<SocketAddr> = said
                .lines()
                .filter_map(|line| line.strip_prefix("listening on http://"))
                .filter_map(|line| line.split(' ').next()?.parse().ok())
                .collect();
            if let [public, ops] = addresses[..] {
                return Self {
                    process,
                    folder,
                    public,
                    ops,
                };
            }
            let alive = !process.has_ended() && Instant::now() < deadline;
            assert!(alive, "the server starts: {said}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn proc(&self, file: &str) -> String {
        let path = format!("/proc/{}/{file}", self.process.pid());
        fs::read_to_string(path).unwrap_or_else(|_| panic!("the server is gone: {}", self.said()))
    }

    fn said(&self) -> String {
        fs::read_to_string(self.folder.join("output")).unwrap_or_default()
    }

    /// CPU seconds of the whole process since its start.
    pub(crate) fn cpu(&self) -> f64 {
        let stat = self.proc("stat");
        let after_name = stat.rsplit(')').next().expect("a process has a name");
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        let ticks = |field: usize| fields[field].parse::<f64>().expect("ticks are numbers");
        (ticks(11) + ticks(12)) / TICKS
    }

    /// Resident memory of the whole process, in KiB.
    pub(crate) fn resident(&self) -> usize {
        let status = self.proc("status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let size = line.and_then(|line| line.split_whitespace().next());
        size.and_then(|size| size.parse().ok())
            .expect("a process has a size")
    }

    /// Waits until not more than `most` KiB are resident, while health is asked for as always.
    pub(crate) async fn await_resident(&self, most: usize) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let resident = self.resident();
            if resident <= most {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "memory comes back: {resident} KiB, not {most}"
            );
            let health = ask(HONEST, self.ops, get("/healthz").as_bytes()).await;
            assert_eq!(health.map(|health| health.status), Some(200));
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// The `number`th address of this machine that attacks.
pub(crate) fn hostile(number: usize) -> Ipv4Addr {
    let last = u8::try_from(number + 100).expect("there are not so many");
    Ipv4Addr::new(127, 0, 0, last)
}

/// An address that behaves.
pub(crate) const HONEST: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 5);
