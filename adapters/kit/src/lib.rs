//! What an author of adapters needs, ours and a bank's own alike: the [`Adapter`] trait, what a
//! port's adapter is given, values that settings have, and files that hold secrets. There is no
//! adapter in here.

mod adapter;
pub mod address;
mod built;
mod chains;
mod context;
mod environment;
mod error;
mod guards;
#[cfg(feature = "http-client")]
pub mod http_client;
#[cfg(feature = "http-client")]
pub mod http_transport;
mod making;
pub mod secret_file;
pub mod template;
#[cfg(feature = "tls")]
pub mod tls;
pub mod values;

pub use adapter::{Adapter, NoSettings, Port};
pub use built::{Directory, Reload, Staff, Stores};
pub use chains::Chains;
pub use context::{
    AuditLogContext, AuthorityContext, DirectoryContext, OtpVerifierContext, PasswordCheckContext,
    Signing, StaffContext, StoresContext,
};
pub use environment::Environment;
pub use error::{AdapterError, SettingError};
pub use guards::Guards;
pub use making::would_make;

/// What [`text_value!`] writes out; not for other use.
#[doc(hidden)]
pub mod __private {
    pub use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
    pub use serde::{Deserialize, Deserializer};
}
