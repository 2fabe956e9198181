//! What stands in the place of back ends.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::sync::Notify;
use warifu_contracts::samples;
use warifu_core::domain::paper_request::{
    PaperLine, PaperRequest, PaperRequestQuery, ReceptionNumber,
};
use warifu_core::domain::{
    AuditEvent, AuditOutcome, AuditRecord, CodeLengths, IssuedCertificate, LeaseToken,
    OneTimePassword, PasswordHash, SerialNumber, StaffId, StaffMember, Subject, Timestamp,
};
use warifu_core::ports::{
    AuditLog, AuditPage, AuditQuery, AuditQueryError, CertificateAuthority, CertificateRequest,
    Enrolment, HashCheck, HashClaimant, HashJudge, HashPermit, OtpCards, OtpVerdict, OtpVerifier,
    Overloaded, PaperRequestStore, PasswordHasher, Rebinding, StaffDirectory, StoredAuditRecord,
    Unavailable, UncheckableHash,
};
use warifu_memory::MemoryStore;
use zeroize::Zeroizing;

/// Knows the passwords that its hashes stand for.
#[derive(Default)]
pub(crate) struct QuickHasher {
    passwords: Mutex<HashMap<String, Vec<u8>>>,
    made: AtomicUsize,
}

impl QuickHasher {
    pub(crate) fn hash_of(&self, password: &[u8]) -> PasswordHash {
        let hash = samples::hash(self.made.fetch_add(1, Ordering::SeqCst));
        let phc = hash.expose_phc().to_owned();
        self.passwords.lock().insert(phc, password.to_vec());
        hash
    }

    pub(crate) fn is(&self, hash: &PasswordHash, password: &[u8]) -> bool {
        let passwords = self.passwords.lock();
        passwords
            .get(hash.expose_phc())
            .is_some_and(|known| known == password)
    }
}

impl HashJudge for QuickHasher {
    fn judge(&self, _: &PasswordHash) -> Result<(), UncheckableHash> {
        Ok(())
    }
}

#[async_trait]
impl PasswordHasher for QuickHasher {
    fn permit(&self, _: HashClaimant) -> Result<HashPermit, Overloaded> {
        Ok(HashPermit::new(()))
    }

    async fn turn(&self, _: &HashPermit) -> Result<(), Overloaded> {
        Ok(())
    }

    async fn check(
        &self,
        _permit: &HashPermit,
        hash: Option<&PasswordHash>,
        password: Zeroizing<Vec<u8>>,
    ) -> HashCheck {
        HashCheck {
            matches: hash.is_some_and(|hash| self.is(hash, &password)),
            outdated: false,
        }
    }

    async fn hash(&self, _permit: &HashPermit, password: Zeroizing<Vec<u8>>) -> PasswordHash {
        self.hash_of(&password)
    }
}

/// The staff, whose roles a test can change.
#[derive(Default)]
pub(crate) struct Register {
    pub(crate) staff: Mutex<Vec<(StaffMember, PasswordHash)>>,
}

impl Register {
    pub(crate) fn change(&self, id: &str, change: impl FnOnce(&mut StaffMember)) {
        let mut staff = self.staff.lock();
        let found = staff
            .iter_mut()
            .find(|(member, _)| member.id.as_str() == id);
        change(&mut found.expect("a member of staff").0);
    }
}

#[async_trait]
impl StaffDirectory for Register {
    async fn find(&self, id: &StaffId) -> Result<Option<StaffMember>, Unavailable> {
        let staff = self.staff.lock();
        let found = staff.iter().find(|(member, _)| member.id == *id);
        Ok(found.map(|(member, _)| member.clone()))
    }

    async fn imported_hash(&self, id: &StaffId) -> Result<Option<PasswordHash>, Unavailable> {
        let staff = self.staff.lock();
        let found = staff.iter().find(|(member, _)| member.id == *id);
        Ok(found.map(|(_, hash)| hash.clone()))
    }

    async fn check(&self) -> Result<(), Unavailable> {
        Ok(())
    }
}

/// Every code that begins with 1 is right, once. Those whom `without` names have no card.
#[derive(Default)]
pub(crate) struct Codes {
    used: Mutex<HashSet<(Subject, String)>>,
    pub(crate) without: Mutex<HashSet<Subject>>,
    pub(crate) down: Mutex<bool>,
}

#[async_trait]
impl OtpVerifier for Codes {
    async fn verify(
        &self,
        subject: &Subject,
        code: &OneTimePassword,
    ) -> Result<OtpVerdict, Unavailable> {
        if *self.down.lock() {
            return Err(Unavailable::new("staff_otp_verifier", "gone"));
        }
        let unused = self
            .used
            .lock()
            .insert((subject.clone(), code.expose().to_owned()));
        Ok(if unused && code.expose().starts_with('1') {
            OtpVerdict::Accepted
        } else {
            OtpVerdict::Refused
        })
    }

    async fn enrolment(&self, subject: &Subject) -> Result<Enrolment, Unavailable> {
        Ok(if self.without.lock().contains(subject) {
            Enrolment::NotEnrolled
        } else {
            Enrolment::Enrolled
        })
    }

    fn code_lengths(&self) -> CodeLengths {
        CodeLengths::new([6])
    }

    async fn check(&self) -> Result<(), Unavailable> {
        if *self.down.lock() {
            return Err(Unavailable::new("staff_otp_verifier", "gone"));
        }
        Ok(())
    }
}

/// Cards by serial number; `C-1` is there, others are not.
#[derive(Default)]
pub(crate) struct Cards {
    pub(crate) bound: Mutex<Vec<Subject>>,
}

#[async_trait]
impl OtpCards for Cards {
    async fn rebind(
        &self,
        subject: &Subject,
        serial: &PaperLine,
    ) -> Result<Rebinding, Unavailable> {
        if serial.as_str() != "C-1" {
            return Ok(Rebinding::NoSuchCard);
        }
        self.bound.lock().push(subject.clone());
        Ok(Rebinding::Bound)
    }
}

/// A log in memory that fails, or hangs, where a test wants it to.
#[derive(Default)]
pub(crate) struct Log {
    records: Mutex<Vec<AuditRecord>>,
    pub(crate) fails_at: Mutex<Option<AuditEvent>>,
    pub(crate) hangs_at: Mutex<Option<(AuditEvent, Arc<Notify>)>>,
}

impl Log {
    /// The records of an event that succeeded.
    pub(crate) fn of(&self, event: AuditEvent) -> Vec<AuditRecord> {
        self.with(event, AuditOutcome::Success)
    }

    pub(crate) fn with(&self, event: AuditEvent, outcome: AuditOutcome) -> Vec<AuditRecord> {
        let records = self.records.lock();
        let found = records.iter();
        found
            .filter(|record| record.event == event && record.outcome == outcome)
            .cloned()
            .collect()
    }

    /// Whether `text` stands in any record.
    pub(crate) fn says(&self, text: &str) -> bool {
        format!("{:?}", self.records.lock()).contains(text)
    }
}

#[async_trait]
impl AuditLog for Log {
    async fn append(&self, records: Vec<AuditRecord>) -> Result<(), Unavailable> {
        let speaks_of = |event: AuditEvent| {
            let succeeded = |record: &AuditRecord| {
                record.event == event && record.outcome == AuditOutcome::Success
            };
            records.iter().any(succeeded)
        };
        let hang = self.hangs_at.lock().clone();
        if let Some((event, released)) = hang
            && speaks_of(event)
        {
            *self.hangs_at.lock() = None;
            released.notified().await;
        }
        if self.fails_at.lock().is_some_and(speaks_of) {
            return Err(Unavailable::new("audit_log", "full"));
        }
        self.records.lock().extend(records);
        Ok(())
    }

    async fn query(&self, query: &AuditQuery) -> Result<AuditPage, AuditQueryError> {
        let records = self.records.lock();
        let wanted =
            |record: &&AuditRecord| query.contract.is_none() || record.contract == query.contract;
        let found = records.iter().filter(wanted).take(query.limit);
        let stored = |record: &AuditRecord| StoredAuditRecord {
            chain: "test".to_owned(),
            seq: 1,
            record: record.clone(),
        };
        Ok(AuditPage {
            records: found.map(stored).collect(),
            next_cursor: None,
        })
    }

    async fn check(&self) -> Result<(), Unavailable> {
        Ok(())
    }
}

/// Signs nothing: no test here retrieves a certificate.
pub(crate) struct ClosedAuthority;

#[async_trait]
impl CertificateAuthority for ClosedAuthority {
    async fn issue(&self, _: &CertificateRequest) -> Result<IssuedCertificate, Unavailable> {
        Err(Unavailable::new("certificate_authority", "closed"))
    }

    async fn revoke(&self, _: SerialNumber) -> Result<(), Unavailable> {
        Ok(())
    }

    async fn trust_anchors(&self) -> Result<String, Unavailable> {
        Ok(String::new())
    }

    async fn check(&self) -> Result<(), Unavailable> {
        Ok(())
    }
}

/// A store of requests that lets others go first between looking and keeping, as one over a network
/// does.
pub(crate) struct Unhurried(pub(crate) Arc<MemoryStore>);

#[async_trait]
impl PaperRequestStore for Unhurried {
    async fn create(
        &self,
        request: &PaperRequest,
        change: LeaseToken,
    ) -> Result<bool, Unavailable> {
        self.0.create(request, change).await
    }

    async fn replace(
        &self,
        request: &PaperRequest,
        expected: u64,
        change: LeaseToken,
    ) -> Result<bool, Unavailable> {
        self.0.replace(request, expected, change).await
    }

    async fn find(&self, number: &ReceptionNumber) -> Result<Option<PaperRequest>, Unavailable> {
        let store: &dyn PaperRequestStore = self.0.as_ref();
        let found = store.find(number).await;
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        found
    }

    async fn list(&self, query: &PaperRequestQuery) -> Result<Vec<PaperRequest>, Unavailable> {
        self.0.list(query).await
    }

    async fn total(&self) -> Result<usize, Unavailable> {
        self.0.total().await
    }

    async fn overdue(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<PaperRequest>, Unavailable> {
        self.0.overdue(now, limit).await
    }

    async fn check(&self) -> Result<(), Unavailable> {
        Ok(())
    }
}
