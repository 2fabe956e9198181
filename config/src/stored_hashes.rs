use async_trait::async_trait;
use warifu_core::ports::PasswordCheck;

use warifu_adapter_kit::{Adapter, AdapterError, NoSettings, PasswordCheckContext};

/// Passwords are checked here, against the hash in the store or the user directory.
pub(crate) struct StoredHashes;

#[async_trait]
impl Adapter for StoredHashes {
    type Port = PasswordCheck;
    type Settings = NoSettings;

    async fn build(
        &self,
        _: &NoSettings,
        _: &PasswordCheckContext,
    ) -> Result<PasswordCheck, AdapterError> {
        Ok(PasswordCheck::Hashes)
    }
}
