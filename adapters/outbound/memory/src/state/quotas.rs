use warifu_core::domain::QuotaWindow;
use warifu_core::ports::QuotaKey;

use crate::expiring::Expiring;

pub(crate) struct Windows(pub(crate) Expiring<QuotaKey, QuotaWindow>);

impl Default for Windows {
    fn default() -> Self {
        Self(Expiring::new(QuotaWindow::ends_at))
    }
}
