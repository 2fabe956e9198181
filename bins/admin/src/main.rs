//! Warifu for bank operators and administrators at a terminal.

mod arguments;
mod hash_password;

use std::process::ExitCode;

use clap::Parser;
use warifu_config::{ConfigError, Configuration, Layers, Registry, adopt_store, tools};

use crate::arguments::{Arguments, AuditCommand, Command, StoreCommand};

/// What a command ends with, unless all went well.
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

    /// Something that was entered wrongly.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self {
            code: 2,
            message: message.into(),
        }
    }

    /// Broken off at the terminal.
    pub(crate) fn interrupted() -> Self {
        Self {
            code: 130,
            message: "interrupted".to_owned(),
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

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(output) => {
            println!("{output}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("{}", failure.message);
            ExitCode::from(failure.code)
        }
    }
}

fn run(arguments: Arguments) -> Result<String, Failure> {
    let layers = Layers::new()
        .files(arguments.config)
        .environment(std::env::vars_os())
        .overrides(arguments.set);
    match arguments.command {
        Command::HashPassword => hash_password::run(&tools::settings(&layers)?),
        Command::Audit(AuditCommand::Verify { file }) => {
            tools::verify_audit(&file).map_err(Failure::unexpected)
        }
        Command::Store(StoreCommand::Adopt) => {
            let configuration = Configuration::load(&layers, &Registry::standard())?;
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|error| Failure::unexpected(format!("cannot start: {error}")))?;
            Ok(runtime.block_on(adopt_store(&configuration))?)
        }
        Command::BenchHash { seconds, json } => {
            let rate = tools::bench_hash(&tools::settings(&layers)?, seconds)?;
            Ok(if json {
                serde_json::json!({ "per_second": rate }).to_string()
            } else {
                format!("{rate:.1} password hashes a second")
            })
        }
    }
}
