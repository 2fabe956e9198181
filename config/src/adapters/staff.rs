use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;
use warifu_core::ports::OtpVerifier;
use warifu_memory::{MemoryDirectory, MemoryStaff, UsersFileError};
use warifu_totp::TotpVerifier;

use super::memory::refuse_exposed;
use warifu_adapter_kit::{
    Adapter, AdapterError, NoSettings, OtpVerifierContext, Reload, Staff, StaffContext,
};

/// Staff of a users file, kept in memory.
pub(crate) struct MemoryStaffMembers;

/// Settings of [`MemoryStaffMembers`].
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemoryStaffSettings {
    /// The users file with the staff, where it is another than the one of the user directory.
    #[serde(default)]
    users_file: Option<PathBuf>,
}

#[async_trait]
impl Adapter for MemoryStaffMembers {
    type Port = Staff;
    type Settings = MemoryStaffSettings;

    async fn build(
        &self,
        settings: &MemoryStaffSettings,
        context: &StaffContext,
    ) -> Result<Staff, AdapterError> {
        let Some(path) = &settings.users_file else {
            return Ok(context.of_user_directory.clone().unwrap_or_else(nobody));
        };
        let staff = MemoryStaff::load(path).map_err(|error| match error.line() {
            Some(_) => AdapterError::Elsewhere(error.to_string()),
            None => AdapterError::setting("users_file", error.to_string()),
        })?;
        refuse_exposed(
            path,
            "staff_directory.memory.users_file",
            context.environment,
        )?;
        Ok(Staff {
            reload: Some(Arc::new(StaffFile(staff.clone()))),
            ..staff_of(staff)
        })
    }
}

/// Without a users file, nobody works in the back office, and nobody can log in there.
fn nobody() -> Staff {
    tracing::info!(
        "nobody can log in to the back office: staff_directory.memory.users_file names no file with \
         staff in it"
    );
    staff_of(MemoryStaff::of(Arc::new(MemoryDirectory::empty())))
}

/// The staff of a users file, with their cards.
pub(crate) fn staff_of(staff: MemoryStaff) -> Staff {
    Staff {
        members: Arc::new(staff.clone()),
        tokens: Some(Arc::new(staff)),
        reload: None,
    }
}

struct StaffFile(MemoryStaff);

impl Reload for StaffFile {
    fn reload(&self) -> Result<(), String> {
        self.0
            .reload()
            .map_err(|error: UsersFileError| error.to_string())
    }
}

/// Codes of staff, computed here from the secrets that the staff directory keeps.
pub(crate) struct StaffTotp;

#[async_trait]
impl Adapter for StaffTotp {
    type Port = Arc<dyn OtpVerifier>;
    type Settings = NoSettings;

    async fn build(
        &self,
        _: &NoSettings,
        context: &OtpVerifierContext,
    ) -> Result<Arc<dyn OtpVerifier>, AdapterError> {
        let steps = context.otp_steps.clone();
        Ok(Arc::new(TotpVerifier::new(
            context.tokens()?,
            steps,
            context.clock.clone(),
        )))
    }
}
