//! What the connections of all listeners share.

use std::sync::Arc;

use warifu_core::UseCases;

use super::activity::Limits;
use crate::metrics::Metrics;

/// What the connections of all listeners share.
pub(super) struct Shared {
    pub(super) use_cases: UseCases,
    pub(super) metrics: Arc<Metrics>,
    pub(super) limits: Limits,
}
