use async_trait::async_trait;
use warifu_core::domain::{
    ContractNumber, IssuedCertificate, KnownCertificate, SerialNumber, Subject, UserId,
};
use warifu_core::ports::{CertificateRegister, Unavailable};

use crate::store::MemoryStore;

#[async_trait]
impl CertificateRegister for MemoryStore {
    async fn record(
        &self,
        subject: &Subject,
        certificate: &IssuedCertificate,
    ) -> Result<(), Unavailable> {
        let mut register = self.register.lock();
        if register.serials.insert(certificate.serial) {
            let entry = (certificate.serial, certificate.not_after);
            register
                .issued
                .entry(subject.clone())
                .or_default()
                .push(entry);
        }
        Ok(())
    }

    async fn revoke(&self, serial: SerialNumber) -> Result<(), Unavailable> {
        self.register.lock().revoked.insert(serial);
        Ok(())
    }

    async fn is_revoked(&self, serial: SerialNumber) -> Result<bool, Unavailable> {
        Ok(self.register.lock().revoked.contains(&serial))
    }

    async fn newest(
        &self,
        contract: &ContractNumber,
        users: &[UserId],
    ) -> Result<Vec<Option<KnownCertificate>>, Unavailable> {
        let register = self.register.lock();
        let subject = |user: &UserId| Subject::new(contract.clone(), user.clone());
        Ok(users
            .iter()
            .map(|user| register.newest(&subject(user)))
            .collect())
    }
}
