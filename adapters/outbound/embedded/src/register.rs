use async_trait::async_trait;
use rusqlite::{OptionalExtension, Row, params};
use warifu_core::domain::{
    ContractNumber, IssuedCertificate, KnownCertificate, SerialNumber, Subject, Timestamp, UserId,
};
use warifu_core::ports::{CertificateRegister, Unavailable};

use crate::failure::Failure;
use crate::step::Step;
use crate::store::EmbeddedStore;

fn newest(step: &Step<'_>, subject: &Subject) -> Result<Option<KnownCertificate>, Failure> {
    let columns = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let newest: Option<(String, i64, bool)> = step
        .connection
        .prepare_cached(
            "SELECT serial, not_after, serial IN (SELECT serial FROM revoked_serials) AS revoked \
             FROM certificates WHERE subject = ?1 ORDER BY revoked, not_after DESC LIMIT 1",
        )?
        .query_row([step.keys.subject(subject)], columns)
        .optional()?;
    let Some((serial, not_after, revoked)) = newest else {
        return Ok(None);
    };
    let serial = serial
        .parse()
        .map_err(|_| Failure::Record("certificates"))?;
    Ok(Some(KnownCertificate {
        serial: Some(serial),
        not_after: Timestamp::from_unix_millis(not_after),
        revoked,
    }))
}

#[async_trait]
impl CertificateRegister for EmbeddedStore {
    async fn record(
        &self,
        subject: &Subject,
        certificate: &IssuedCertificate,
    ) -> Result<(), Unavailable> {
        let subject = subject.clone();
        let (serial, not_after) = (certificate.serial, certificate.not_after);
        self.write(move |step| {
            let sql = "INSERT INTO certificates (serial, subject, not_after) VALUES (?1, ?2, ?3) \
                       ON CONFLICT (serial) DO NOTHING";
            step.connection.prepare_cached(sql)?.execute(params![
                serial.to_string(),
                step.keys.subject(&subject),
                not_after.as_unix_millis(),
            ])?;
            Ok(())
        })
        .await
    }

    async fn revoke(&self, serial: SerialNumber) -> Result<(), Unavailable> {
        self.write(move |step| {
            let sql = "INSERT INTO revoked_serials (serial) VALUES (?1) \
                       ON CONFLICT (serial) DO NOTHING";
            let mut statement = step.connection.prepare_cached(sql)?;
            statement.execute([serial.to_string()])?;
            Ok(())
        })
        .await
    }

    async fn is_revoked(&self, serial: SerialNumber) -> Result<bool, Unavailable> {
        self.read(move |step| {
            let sql = "SELECT 1 FROM revoked_serials WHERE serial = ?1";
            let mut statement = step.connection.prepare_cached(sql)?;
            Ok(statement.exists([serial.to_string()])?)
        })
        .await
    }

    async fn newest(
        &self,
        contract: &ContractNumber,
        users: &[UserId],
    ) -> Result<Vec<Option<KnownCertificate>>, Unavailable> {
        let (contract, users) = (contract.clone(), users.to_vec());
        self.read(move |step| {
            let subject = |user| Subject::new(contract.clone(), user);
            let users = users.into_iter();
            users.map(|user| newest(step, &subject(user))).collect()
        })
        .await
    }
}
