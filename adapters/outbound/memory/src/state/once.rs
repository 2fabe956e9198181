use warifu_core::domain::Timestamp;
use warifu_core::ports::OnceKey;

use crate::expiring::Expiring;

/// Until when each claim is remembered.
pub(crate) struct Claims(pub(crate) Expiring<OnceKey, Timestamp>);

impl Default for Claims {
    fn default() -> Self {
        Self(Expiring::new(|until| *until))
    }
}
