//! Programs that tests start: each ends with its test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a server may take to answer, or a state to be reached.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// A program that ends, together with its folder, when this value is dropped or when the test's
/// process ends in whatever way: a shell waits for its input to close.
pub struct Process {
    shell: Child,
    pid: u32,
}

const SUPERVISOR: &str = r#"
folder=$1; shift
"$@" >"$folder/output" 2>&1 &
echo $!
cat >/dev/null
kill -9 $! 2>/dev/null
rm -rf "$folder"
"#;

impl Process {
    /// Starts `program` in `folder`.
    pub fn start(program: &str, folder: &Path, arguments: &[String]) -> Self {
        let mut shell = Command::new("sh")
            .args(["-c", SUPERVISOR, "sh"])
            .arg(folder)
            .arg(find(program))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell starts");
        let mut line = String::new();
        let output = shell.stdout.take().expect("the shell's output is piped");
        BufReader::new(output)
            .read_line(&mut line)
            .expect("the shell tells a process");
        let pid = line.trim().parse().expect("the shell tells a process");
        Self { shell, pid }
    }

    /// The program's process.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Sends a signal to the program itself.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([name, &self.pid.to_string()])
            .status();
        assert!(
            status.expect("kill runs").success(),
            "process {} takes {name}",
            self.pid
        );
    }

    /// Ends the program at once, and keeps its folder.
    pub fn kill(mut self) {
        if !self.has_ended() {
            self.signal("-KILL");
        }
        // The shell, too, so that it does not remove the folder.
        self.shell.kill().expect("the shell is killed");
        self.shell.wait().expect("the shell ends");
        let deadline = Instant::now() + PATIENCE;
        while !self.has_ended() {
            assert!(Instant::now() < deadline, "process {} ends", self.pid);
            sleep(Duration::from_millis(2));
        }
    }

    /// Whether the program has ended by itself.
    pub fn has_ended(&self) -> bool {
        !Path::new(&format!("/proc/{}", self.pid)).exists() || self.is_zombie()
    }

    fn is_zombie(&self) -> bool {
        let status = std::fs::read_to_string(format!("/proc/{}/stat", self.pid));
        status.is_ok_and(|status| status.contains(") Z "))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // It may be dead already, after `kill`.
        let _ = self.shell.wait();
    }
}

/// The program in one of the usual places.
pub fn find(program: &str) -> String {
    if program.contains('/') {
        return program.to_owned();
    }
    let mut places: Vec<String> = std::env::var("PATH")
        .unwrap_or_default()
        .split(':')
        .map(|folder| format!("{folder}/{program}"))
        .collect();
    // What is for administrators is not on everybody's path.
    places.extend(["/usr/bin", "/usr/sbin"].map(|folder| format!("{folder}/{program}")));
    places
        .into_iter()
        .find(|place| Path::new(place).exists())
        .unwrap_or_else(|| {
            panic!("{program} is missing: tests/run installs what is needed (Debian)")
        })
}

/// A port that is free now.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener
        .local_addr()
        .expect("the listener has an address")
        .port()
}

/// Waits until the server on `port` answers to PING.
pub(crate) fn await_pong(port: u16, folder: &Path) {
    await_state(
        "the server answers",
        || answers(port).unwrap_or(false),
        || std::fs::read_to_string(folder.join("output")).unwrap_or_default(),
    );
}

fn answers(port: u16) -> std::io::Result<bool> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_millis(200))?;
    stream.set_read_timeout(Some(Duration::from_millis(500)))?;
    stream.write_all(b"PING\r\n")?;
    let mut answer = [0; 5];
    stream.read_exact(&mut answer)?;
    Ok(&answer == b"+PONG" || &answer == b"-NOAU")
}

/// Waits until `reached` is true; fails with what `details` tells.
pub(crate) fn await_state(
    name: &str,
    mut reached: impl FnMut() -> bool,
    details: impl Fn() -> String,
) {
    let deadline = Instant::now() + PATIENCE;
    while !reached() {
        assert!(Instant::now() <= deadline, "{name} in time; {}", details());
        sleep(Duration::from_millis(10));
    }
}

/// Runs `redis-cli` against `port` and gives its output.
pub(crate) fn cli(port: u16, arguments: &[&str]) -> String {
    let output = Command::new(find("redis-cli"))
        .args(["-h", "127.0.0.1", "-p", &port.to_string()])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("redis-cli runs");
    String::from_utf8_lossy(&output.stdout)
        .trim_end()
        .to_owned()
}
