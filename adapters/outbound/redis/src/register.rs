use std::collections::BTreeMap;

use async_trait::async_trait;
use futures_util::future::try_join_all;
use warifu_core::domain::{
    ContractNumber, IssuedCertificate, KnownCertificate, SerialNumber, Subject, Timestamp, UserId,
};
use warifu_core::ports::{CertificateRegister, Unavailable};
use warifu_redis_link::{Call, Reply};

use crate::reply::Fields as _;
use crate::store::RedisStore;

#[async_trait]
impl CertificateRegister for RedisStore {
    /// A serial and its holder may lie on different servers of a Cluster, so this takes two
    /// steps; each can be repeated, and revoking meets recording in either order.
    async fn record(
        &self,
        subject: &Subject,
        certificate: &IssuedCertificate,
    ) -> Result<(), Unavailable> {
        let holder = self.keys.user(subject);
        let call = Call::new(&self.scripts.serial_record)
            .key(self.keys.serial(certificate.serial))
            .arg(self.keys.write_tag(&holder));
        let noted = self.run_lasting(call, |_| true).await?;
        if !noted.flag(0) {
            return Ok(());
        }
        let call = Call::new(&self.scripts.holder_record)
            .key(holder.key("c"))
            .arg(certificate.serial)
            .arg(certificate.not_after.as_unix_millis())
            .arg(&self.keep_for)
            .arg(noted.text(1));
        self.run_lasting(call, |_| true).await?;
        Ok(())
    }

    async fn revoke(&self, serial: SerialNumber) -> Result<(), Unavailable> {
        let call = Call::new(&self.scripts.serial_revoke).key(self.keys.serial(serial));
        let noted = self.run_lasting(call, |_| true).await?;
        if noted.text(0).is_empty() {
            return Ok(());
        }
        let holder = self.keys.tag_written(noted.text(0));
        let call = Call::new(&self.scripts.holder_revoke)
            .key(holder.key("c"))
            .arg(serial);
        self.run_lasting(call, |_| true).await?;
        Ok(())
    }

    async fn is_revoked(&self, serial: SerialNumber) -> Result<bool, Unavailable> {
        let call = Call::new(&self.scripts.serial_is_revoked).key(self.keys.serial(serial));
        Ok(self.run(call).await?.flag(0))
    }

    async fn newest(
        &self,
        contract: &ContractNumber,
        users: &[UserId],
    ) -> Result<Vec<Option<KnownCertificate>>, Unavailable> {
        let newest = async |user: &UserId| {
            let holder = self
                .keys
                .user(&Subject::new(contract.clone(), user.clone()));
            let call = Call::new(&self.scripts.holder_certificates).key(holder.key("c"));
            newest_of(&self.run(call).await?)
        };
        try_join_all(users.iter().map(newest)).await
    }
}

/// The certificate of the latest end that is not revoked, else a revoked one.
fn newest_of(reply: &Reply) -> Result<Option<KnownCertificate>, Unavailable> {
    let fields: BTreeMap<&str, &str> = reply
        .texts()
        .chunks_exact(2)
        .map(|pair| (pair[0].as_str(), pair[1].as_str()))
        .collect();
    let mut certificates = Vec::new();
    for (serial, end) in fields.iter().filter(|(field, _)| !field.starts_with('!')) {
        let revoked = fields.contains_key(format!("!{serial}").as_str());
        let (Ok(serial), Ok(end)) = (serial.parse(), end.parse()) else {
            return Err(reply.unexpected());
        };
        let not_after = Timestamp::from_unix_millis(end);
        certificates.push(KnownCertificate {
            serial: Some(serial),
            not_after,
            revoked,
        });
    }
    Ok(certificates
        .into_iter()
        .max_by_key(|certificate| (!certificate.revoked, certificate.not_after)))
}
