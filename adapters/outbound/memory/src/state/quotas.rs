use warifu_core::domain::Timestamp;
use warifu_core::ports::QuotaKey;

use crate::expiring::Expiring;

/// What was allowed since a window began.
pub(crate) struct Window {
    pub(crate) allowed: u32,
    pub(crate) ends_at: Timestamp,
}

pub(crate) struct Windows(pub(crate) Expiring<QuotaKey, Window>);

impl Default for Windows {
    fn default() -> Self {
        Self(Expiring::new(|window| window.ends_at))
    }
}
