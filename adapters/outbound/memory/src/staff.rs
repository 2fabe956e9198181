use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use warifu_adapter_kit::Staff;
use warifu_core::domain::{CodeLengths, PasswordHash, StaffId, StaffMember, Subject};
use warifu_core::ports::{
    HashJudge, OneTimePasswordTokens, StaffDirectory, TotpToken, Unavailable,
};

use crate::directory::MemoryDirectory;
use crate::users_file::UsersFileError;

/// The bank's staff of a users file, with their tokens. Shares the file with the users in it.
#[derive(Clone)]
pub struct MemoryStaff(Arc<MemoryDirectory>);

impl MemoryStaff {
    /// The staff of the file at `path`, as [`MemoryDirectory::load_judged`] reads it.
    pub fn load_judged(
        path: impl Into<PathBuf>,
        hashes: Arc<dyn HashJudge>,
    ) -> Result<Self, UsersFileError> {
        MemoryDirectory::load_judged(path, hashes).map(|directory| Self(Arc::new(directory)))
    }

    /// The staff of the users file that `directory` reads.
    pub fn of(directory: Arc<MemoryDirectory>) -> Self {
        Self(directory)
    }

    /// Reads the file again, as [`MemoryDirectory::reload`] does.
    pub fn reload(&self) -> Result<(), UsersFileError> {
        self.0.reload()
    }
}

impl From<MemoryStaff> for Staff {
    /// The staff with their cards.
    fn from(staff: MemoryStaff) -> Self {
        Self {
            members: Arc::new(staff.clone()),
            tokens: Some(Arc::new(staff)),
            reload: None,
        }
    }
}

#[async_trait]
impl StaffDirectory for MemoryStaff {
    async fn find(&self, id: &StaffId) -> Result<Option<StaffMember>, Unavailable> {
        let users = self.0.snapshot();
        Ok(users.staff.get(id).map(|account| account.member.clone()))
    }

    async fn imported_hash(&self, id: &StaffId) -> Result<Option<PasswordHash>, Unavailable> {
        let users = self.0.snapshot();
        let account = users.staff.get(id);
        Ok(account.and_then(|account| account.login_password.clone()))
    }

    async fn check(&self) -> Result<(), Unavailable> {
        Ok(())
    }
}

/// Knows the cards of staff only: never a user's.
#[async_trait]
impl OneTimePasswordTokens for MemoryStaff {
    async fn token(&self, subject: &Subject) -> Result<Option<TotpToken>, Unavailable> {
        let users = self.0.snapshot();
        let mut staff = users.staff.values();
        let account = staff.find(|account| Subject::of_staff(&account.member.id) == *subject);
        Ok(account.and_then(|account| account.totp.clone()))
    }

    fn code_lengths(&self) -> CodeLengths {
        self.0.snapshot().staff_code_lengths.clone()
    }
}
