use std::ffi::OsStr;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A program with what stands before its command.
#[derive(Clone, Debug)]
pub struct Program {
    path: PathBuf,
    before: Vec<String>,
    variables: Vec<(String, String)>,
}

/// What a program left behind.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; nothing where a signal ended it.
    pub code: Option<i32>,
    /// The standard output.
    pub stdout: String,
    /// The standard error.
    pub stderr: String,
}

impl Program {
    /// The program at `path`.
    pub fn new(path: &str) -> Self {
        Self {
            path: path.into(),
            before: Vec::new(),
            variables: Vec::new(),
        }
    }

    /// With these arguments before all others.
    #[must_use]
    pub fn before(mut self, arguments: &[&str]) -> Self {
        self.before
            .extend(arguments.iter().map(|&text| text.to_owned()));
        self
    }

    /// With a variable of the environment.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Runs it with nothing to read.
    pub fn run<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Ended {
        self.run_reading(arguments, "")
    }

    /// Runs it with `input` as its standard input.
    pub fn run_reading<A: AsRef<OsStr>>(&self, arguments: &[A], input: &str) -> Ended {
        let mut child = self.start(arguments);
        let mut stdin = child.stdin.take().expect("the input is piped");
        // A program that does not read its input closes it.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        ended(child)
    }

    /// Starts it with all three streams piped.
    pub fn start<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Child {
        self.command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts")
    }

    /// The command, in an environment of its own.
    pub fn command<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        let mut command = Command::new(&self.path);
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .args(&self.before)
            .args(arguments);
        command
    }

    pub(crate) fn line<A: AsRef<OsStr>>(&self, arguments: &[A]) -> String {
        let quoted = |text: &OsStr| format!("'{}'", text.to_string_lossy().replace('\'', "'\\''"));
        let own = std::iter::once(self.path.as_os_str())
            .chain(self.before.iter().map(OsStr::new))
            .chain(arguments.iter().map(AsRef::as_ref));
        own.map(quoted).collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn variables(&self) -> &[(String, String)] {
        &self.variables
    }
}

/// Waits for the end of a started program.
pub(crate) fn ended(child: Child) -> Ended {
    let output = child.wait_with_output().expect("the program ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the output is UTF-8");
    Ended {
        code: output.status.code(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

impl Ended {
    /// What a started program leaves behind.
    pub fn of(child: Child) -> Self {
        ended(child)
    }

    /// Insists on an exit code; shows everything when it is another.
    #[track_caller]
    #[must_use]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }
}
