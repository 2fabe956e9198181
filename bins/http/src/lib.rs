//! The hosted deployment of Warifu: arguments, logging, assembly, signals, exit code.
//!
//! A bank's own program is this one with more adapters, under a name of its own:
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! use warifu_config::Registry;
//!
//! fn main() -> ExitCode {
//!     warifu_http::run(Registry::standard().for_program("acme-http", env!("CARGO_PKG_VERSION")))
//! }
//! ```

mod arguments;
mod check;
#[cfg(feature = "demo")]
mod demo;
#[cfg(not(feature = "demo"))]
#[path = "no_demo.rs"]
mod demo;
mod logging;
mod serve;
mod settings;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use warifu_config::{ConfigError, Configuration, Layers, Registry, schema};
use warifu_inbound_http::StartError;

use crate::arguments::Arguments;
use crate::demo::Demo;

pub use settings::http_settings;

/// Threads for everything but hashing, which has its own.
const WORKER_THREADS: usize = 2;

/// What the program ends with, unless all went well.
pub(crate) struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    /// Something nobody expected.
    pub(crate) fn unexpected(message: impl Into<String>) -> Self {
        Self {
            code: 1,
            message: message.into(),
        }
    }

    /// A back end cannot be reached.
    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self {
            code: 9,
            message: message.into(),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self {
            code: error.exit_code(),
            message: error.to_string(),
        }
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        let code = match error {
            StartError::Bind { .. } => 1,
            StartError::File { .. }
            | StartError::Authorities { .. }
            | StartError::Header { .. }
            | StartError::RateLimit => 78,
        };
        Self {
            code,
            message: error.to_string(),
        }
    }
}

/// The whole program: reads the arguments, does what they say with the adapters of `registry`, and
/// tells how it ended. The demonstration has adapters of its own.
pub fn run(registry: Registry) -> ExitCode {
    match act(Arguments::read(registry.program()), registry) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{}", failure.message);
            ExitCode::from(failure.code)
        }
    }
}

fn act(arguments: Arguments, registry: Registry) -> Result<(), Failure> {
    let demo = demo::wanted(&arguments)?;
    let registry = demo.as_ref().map_or(registry, Demo::registry);
    if arguments.instead.print_schema {
        return print(&format!("{:#}\n", schema(&registry)));
    }
    let layers = demo
        .as_ref()
        .map_or_else(Layers::new, |demo| demo.layers())
        .files(arguments.config)
        .environment(std::env::vars_os())
        .overrides(arguments.set);
    let configuration = Configuration::load(&layers, &registry)?;
    if arguments.instead.print_config {
        return print(&configuration.to_toml());
    }
    logging::begin(configuration.settings());
    for warning in configuration.warnings() {
        tracing::warn!("{warning}");
    }
    forbid_core_dumps();
    allow_many_connections();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKER_THREADS)
        .enable_all()
        .build()
        .map_err(|error| Failure::unexpected(format!("cannot start: {error}")))?;
    runtime.block_on(async {
        if arguments.instead.check {
            check::run(&configuration).await
        } else {
            serve::run(&configuration, demo).await
        }
    })
}

/// Memory holds secrets; it is not written to a file when the program crashes.
fn forbid_core_dumps() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "core dumps could not be switched off");
    }
}

/// Each connection is an open file: takes as many as the system lets this process have.
fn allow_many_connections() {
    let limit = getrlimit(Resource::Nofile);
    let all = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, all) {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
}

/// Prints to the standard output. Whoever stops reading is not an error.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    match output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
    {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::unexpected(
            format!("the standard output cannot be written: {error}"),
        )),
        _ => Ok(()),
    }
}

/// The demonstration, if this is it.
pub(crate) type MaybeDemo = Option<Arc<Demo>>;
