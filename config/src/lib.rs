//! Settings in, wired use cases out. The only crate that names adapters.
//!
//! [`Layers`] says where settings come from, [`Registry`] which adapters there are;
//! [`Configuration::load`] reads and checks them, [`assemble`] builds what they choose.

mod adapters;
mod assembly;
pub mod audit_tools;
mod chosen;
mod configuration;
pub mod demo;
mod guards;
mod later;
mod layers;
mod problem;
mod production;
mod registry;
mod schema;
pub mod settings;
mod strict;
#[cfg(test)]
mod tests;
mod toml_text;
pub mod tools;
mod tree;
mod users_export;
mod users_file_cards;
mod users_import;
pub mod values;

pub use assembly::{Adoption, Assembled, adopt_store, assemble, assemble_terminal, import_users};
pub use configuration::Configuration;
pub use layers::{DEFAULT_SETTINGS, Layers, Override};
pub use problem::{ConfigError, Problem};
pub use registry::{Program, Registry};
pub use schema::schema;
pub use users_export::users_file_text;
pub use users_file_cards::UsersFileCards;
pub use users_import::Import;
pub use warifu_adapter_kit::Reload;
pub use warifu_decorators::Meters;
