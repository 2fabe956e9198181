use async_trait::async_trait;
use warifu_core::domain::{Quota, QuotaVerdict, QuotaWindow, ReissueId};
use warifu_core::ports::{QuotaKey, QuotaStore, Unavailable};

use crate::store::MemoryStore;

#[async_trait]
impl QuotaStore for MemoryStore {
    async fn take(
        &self,
        key: &QuotaKey,
        quota: Quota,
        unit: ReissueId,
    ) -> Result<QuotaVerdict, Unavailable> {
        let mut windows = self.quotas.lock();
        let now = self.now();
        let mut window = windows.0.get(key, now).cloned();
        let verdict = QuotaWindow::take(&mut window, quota, unit, now);
        if let Some(window) = window {
            windows.0.insert(key.clone(), window, now);
        }
        Ok(verdict)
    }

    async fn settle(
        &self,
        key: &QuotaKey,
        unit: ReissueId,
        happened: bool,
    ) -> Result<(), Unavailable> {
        let mut windows = self.quotas.lock();
        let now = self.now();
        if let Some(window) = windows.0.get_mut(key, now) {
            window.settle(unit, happened);
        }
        Ok(())
    }
}
