//! The adapter trait.

use std::sync::Arc;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use warifu_core::ports::{AuditLog, CertificateAuthority, OtpVerifier, PasswordCheck};

use crate::built::{Directory, Staff, Stores};
use crate::context::{
    AuditLogContext, AuthorityContext, DirectoryContext, OtpVerifierContext, PasswordCheckContext,
    StaffContext, StoresContext,
};
use crate::error::AdapterError;

/// What a section of the configuration chooses an adapter for.
pub trait Port: Send + Sync + 'static {
    /// What its adapters are given besides their settings. Everything in it is there when they are
    /// built.
    type Context: Send + Sync;
}

impl Port for Stores {
    type Context = StoresContext;
}

impl Port for Directory {
    type Context = DirectoryContext;
}

impl Port for Staff {
    type Context = StaffContext;
}

impl Port for Arc<dyn OtpVerifier> {
    type Context = OtpVerifierContext;
}

impl Port for PasswordCheck {
    type Context = PasswordCheckContext;
}

impl Port for Arc<dyn CertificateAuthority> {
    type Context = AuthorityContext;
}

impl Port for Arc<dyn AuditLog> {
    type Context = AuditLogContext;
}

/// Builds one adapter of a port out of its settings.
#[async_trait]
pub trait Adapter: Send + Sync + 'static {
    /// What it builds: [`Stores`], [`Directory`], [`Staff`] or the port itself.
    type Port: Port;
    /// Its own table of settings. Use `#[serde(deny_unknown_fields)]`.
    type Settings: DeserializeOwned + JsonSchema + Send + Sync + 'static;

    /// Builds it. Reaches its back end where it has one.
    async fn build(
        &self,
        settings: &Self::Settings,
        context: &<Self::Port as Port>::Context,
    ) -> Result<Self::Port, AdapterError>;

    /// Why it must not be used in production, if so.
    fn refused_in_production(&self) -> Option<&'static str> {
        None
    }
}

/// Settings of an adapter that has none.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoSettings {}
