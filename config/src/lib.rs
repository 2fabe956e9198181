//! Settings in, wired use cases out. The only crate that names adapters.
//!
//! [`Layers`] says where settings come from, [`Registry`] which adapters there are;
//! [`Configuration::load`] reads and checks them, [`assemble`] builds what they choose.

mod assembly;
mod audit_log;
mod audit_log_section;
pub mod audit_tools;
mod check;
mod chosen;
mod configuration;
#[cfg(feature = "demo")]
pub mod demo;
mod guards;
mod later;
mod layers;
mod materials;
mod past_watch;
mod problem;
mod production;
mod recognition;
mod registry;
mod risks;
mod schema;
pub mod settings;
mod stored_hashes;
mod strict;
#[cfg(test)]
mod tests;
mod toml_text;
pub mod tools;
mod tree;
#[cfg(feature = "memory")]
mod user_import;
pub mod values;

pub use assembly::{Assembled, adopt_store, assemble, assemble_terminal};
pub use check::{Checked, check};
pub use configuration::Configuration;
pub use layers::{DEFAULT_SETTINGS, Layers, Override};
pub use problem::{ConfigError, Problem};
pub use recognition::Adoption;
pub use registry::{Program, Registry};
pub use risks::looks_for_proxies;
pub use schema::schema;
#[cfg(feature = "memory")]
pub use user_import::{ImportedUsers, import_users};
pub use warifu_adapter_kit::Reload;
pub use warifu_decorators::Meters;
#[cfg(feature = "memory")]
pub use warifu_memory::{Import, UsersFileCards, users_file_text};
