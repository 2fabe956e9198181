use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use warifu_core::domain::attempts::Purpose;
use warifu_core::domain::{
    Contract, ContractNumber, PasswordHash, Principal, Quota, QuotaVerdict, ReissueId, Session,
    SessionId, Subject, Timestamp, User, UserId,
};
use warifu_core::ports::{
    DirectoryEntry, OnceKey, OnceStore, OtpStepStore, QuotaKey, QuotaStore, SessionStore,
    Unavailable, UserDirectory, UserWalk,
};

use crate::samples::{contract, other_contract};

/// Remembers no accepted step.
pub struct ForgetfulSteps;

#[async_trait]
impl OtpStepStore for ForgetfulSteps {
    async fn advance(&self, _subject: &Subject, _step: u64) -> Result<bool, Unavailable> {
        Ok(true)
    }
}

/// Remembers claims for half of their time.
pub struct ForgetfulClaims(pub Arc<dyn OnceStore>);

#[async_trait]
impl OnceStore for ForgetfulClaims {
    async fn claim(&self, key: OnceKey, remember_for: Duration) -> Result<bool, Unavailable> {
        self.0.claim(key, remember_for / 2).await
    }

    async fn is_claimed(&self, key: OnceKey) -> Result<bool, Unavailable> {
        self.0.is_claimed(key).await
    }
}

/// Allows one more than the limit.
pub struct LavishQuotas(pub Arc<dyn QuotaStore>);

#[async_trait]
impl QuotaStore for LavishQuotas {
    async fn take(
        &self,
        key: &QuotaKey,
        quota: Quota,
        unit: ReissueId,
    ) -> Result<QuotaVerdict, Unavailable> {
        let limit = quota.limit.saturating_add(NonZeroU32::MIN.get());
        self.0.take(key, Quota { limit, ..quota }, unit).await
    }

    async fn settle(
        &self,
        key: &QuotaKey,
        unit: ReissueId,
        happened: bool,
    ) -> Result<(), Unavailable> {
        self.0.settle(key, unit, happened).await
    }
}

/// Counts what did not happen.
pub struct GrudgingQuotas(pub Arc<dyn QuotaStore>);

#[async_trait]
impl QuotaStore for GrudgingQuotas {
    async fn take(
        &self,
        key: &QuotaKey,
        quota: Quota,
        unit: ReissueId,
    ) -> Result<QuotaVerdict, Unavailable> {
        self.0.take(key, quota, unit).await
    }

    async fn settle(
        &self,
        key: &QuotaKey,
        unit: ReissueId,
        _happened: bool,
    ) -> Result<(), Unavailable> {
        self.0.settle(key, unit, true).await
    }
}

/// Knows no idle time.
pub struct ImmortalSessions(pub Arc<dyn SessionStore>);

/// Gives one proof as often as it is asked for.
pub struct ReusableProofs(pub Arc<dyn SessionStore>);

macro_rules! session_store {
    ($store:ident, $idle:ident => $used_idle:expr, $proof:ident => $after:expr) => {
        #[async_trait]
        impl SessionStore for $store {
            async fn create(&self, id: &SessionId, session: &Session) -> Result<(), Unavailable> {
                self.0.create(id, session).await
            }

            async fn touch(
                &self,
                id: &SessionId,
                $idle: Duration,
            ) -> Result<Option<Session>, Unavailable> {
                self.0.touch(id, $used_idle).await
            }

            async fn put_otp_proof(
                &self,
                id: &SessionId,
                good_for: Duration,
            ) -> Result<(), Unavailable> {
                self.0.put_otp_proof(id, good_for).await
            }

            async fn take_otp_proof(&self, id: &SessionId) -> Result<bool, Unavailable> {
                let $proof = self.0.touch(id, Duration::MAX).await?;
                let taken = self.0.take_otp_proof(id).await?;
                let put_back: Option<Timestamp> = $after;
                if put_back.is_some() {
                    self.0.put_otp_proof(id, Duration::from_mins(5)).await?;
                }
                Ok(taken)
            }

            async fn end(&self, id: &SessionId) -> Result<(), Unavailable> {
                self.0.end(id).await
            }

            async fn end_all(
                &self,
                principal: &Principal,
                except: Option<&SessionId>,
            ) -> Result<usize, Unavailable> {
                self.0.end_all(principal, except).await
            }

            async fn check(&self) -> Result<(), Unavailable> {
                self.0.check().await
            }
        }
    };
}

session_store!(ImmortalSessions, _idle => Duration::MAX, _session => None);
session_store!(ReusableProofs, idle => idle, session => {
    session.and_then(|session| session.otp_verified_until)
});

/// Looks a user up by the ID alone, wherever it is found first.
pub struct TenantBlindDirectory(pub Arc<dyn UserDirectory>);

impl TenantBlindDirectory {
    async fn anywhere(&self, subject: &Subject) -> Result<Option<DirectoryEntry>, Unavailable> {
        for contract in [contract(), other_contract()] {
            let subject = Subject::new(contract, subject.user.clone());
            if let Some(entry) = self.0.find(&subject).await? {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }
}

#[async_trait]
impl UserDirectory for TenantBlindDirectory {
    async fn find(&self, subject: &Subject) -> Result<Option<DirectoryEntry>, Unavailable> {
        self.anywhere(subject).await
    }

    async fn contract(&self, number: &ContractNumber) -> Result<Option<Contract>, Unavailable> {
        self.0.contract(number).await
    }

    async fn users(
        &self,
        contract: &ContractNumber,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<User>, Unavailable> {
        self.0.users(contract, after, limit).await
    }

    async fn imported_hash(
        &self,
        subject: &Subject,
        purpose: Purpose,
    ) -> Result<Option<PasswordHash>, Unavailable> {
        match self.anywhere(subject).await? {
            Some(entry) => self.0.imported_hash(&entry.user.subject, purpose).await,
            None => Ok(None),
        }
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.0.check().await
    }
}

/// Counts everybody anywhere, begins parts of a list one place late, and walks from the beginning
/// whoever it is to begin after.
pub struct MiscountingDirectory(pub Arc<dyn UserDirectory>);

#[async_trait]
impl UserDirectory for MiscountingDirectory {
    async fn find(&self, subject: &Subject) -> Result<Option<DirectoryEntry>, Unavailable> {
        self.0.find(subject).await
    }

    async fn contract(&self, number: &ContractNumber) -> Result<Option<Contract>, Unavailable> {
        self.0.contract(number).await
    }

    async fn users(
        &self,
        contract: &ContractNumber,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<User>, Unavailable> {
        self.0.users(contract, after, limit).await
    }

    async fn count(&self, _contract: &ContractNumber) -> Result<usize, Unavailable> {
        Ok(self.0.count(&contract()).await? + self.0.count(&other_contract()).await?)
    }

    async fn users_at(
        &self,
        contract: &ContractNumber,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<User>, Unavailable> {
        let skip = skip.saturating_add(1);
        self.0.users_at(contract, skip, limit).await
    }

    fn walk<'a>(
        &'a self,
        contract: &'a ContractNumber,
        _after: Option<&UserId>,
    ) -> Box<dyn UserWalk + 'a> {
        self.0.walk(contract, None)
    }

    async fn imported_hash(
        &self,
        subject: &Subject,
        purpose: Purpose,
    ) -> Result<Option<PasswordHash>, Unavailable> {
        self.0.imported_hash(subject, purpose).await
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.0.check().await
    }
}
