//! In the place of the demonstration, in programs that were built without the adapters it runs on.

use std::sync::Arc;

use warifu_config::{Layers, Registry};
use warifu_core::UseCases;
use warifu_inbound_http::{HttpSettings, Server, StartError};

use crate::Failure;
use crate::arguments::Arguments;

/// There is none.
pub(crate) enum Demo {}

impl Demo {
    pub(crate) fn registry(self: &Arc<Self>) -> Registry {
        match **self {}
    }

    pub(crate) fn layers(&self) -> Layers {
        match *self {}
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "where there is one, it may not come about"
)]
pub(crate) fn wanted(_: &Arguments) -> Result<Option<Arc<Demo>>, Failure> {
    Ok(None)
}

#[expect(clippy::unused_async, reason = "where there is one, it listens")]
pub(crate) async fn bind(
    _: HttpSettings,
    _: UseCases,
    demo: &Arc<Demo>,
) -> Result<Server, StartError> {
    match **demo {}
}

pub(crate) fn announcement(_: &[String], demo: &Demo) -> String {
    match *demo {}
}
