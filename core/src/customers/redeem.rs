//! Redeeming a retrieval password for one certificate.

use std::sync::Arc;

use secrecy::SecretString;
use tokio::runtime::{Handle, RuntimeFlavor};
use zeroize::Zeroizing;

use super::operator::Operator;
use super::session::UserSession;
use crate::domain::attempts::{Charge, LaneKind, Purpose};
use crate::domain::retrieval_record::{
    CandidateRecord, KeyOrigin, RedeemingKey, ReissueRoute, RetrievalReservation,
    RetrievalSettlement, RetrievalVerdict, StoredCertificate,
};
use crate::domain::{
    AuditEvent, AuditOutcome, CertificateSubject, IssuedCertificate, KeyFingerprint, LeaseToken,
    ParseRetrievalPasswordError, Permission, PersonIdentity, ReissueId, RetrievalPassword,
    SerialNumber, Subject,
};
use crate::ports::{
    CertificateRequest, Enrolment, GeneratedKey, HashPermit, PrivateKey, PublicKey, Unavailable,
};
use crate::redeemed::{AskedFor, KeyChoice, Redeemed, RedeemedKey};
use crate::wiring::{Keeping, suspended, to_completion};
use crate::{InvalidField, Outcome, Refusal, Secret};

/// The key of this redemption, with what is needed to hand it out.
enum Key {
    Client(PublicKey),
    Server(GeneratedKey, Passphrase),
}

/// What protects the file of a key made here.
enum Passphrase {
    Entered(Secret),
    Made(RetrievalPassword),
}

impl Passphrase {
    /// As displayed, where it was made here: what people copy from the page opens the file.
    fn reveal(&self) -> SecretString {
        match self {
            Self::Entered(entered) => SecretString::from(entered.expose()),
            Self::Made(made) => made.expose_display(),
        }
    }

    fn into_made(self) -> Option<Arc<RetrievalPassword>> {
        match self {
            Self::Entered(_) => None,
            Self::Made(made) => Some(Arc::new(made)),
        }
    }
}

impl Key {
    fn public(&self) -> &PublicKey {
        match self {
            Self::Client(public) => public,
            Self::Server(generated, _) => &generated.public,
        }
    }

    fn redeeming(&self) -> RedeemingKey {
        let origin = match self {
            Self::Client(_) => KeyOrigin::Client,
            Self::Server(..) => KeyOrigin::Server,
        };
        RedeemingKey {
            fingerprint: self.public().fingerprint(),
            origin,
        }
    }
}

/// The right to one certificate.
struct Won {
    record: ReissueId,
    abandoned: Option<KeyFingerprint>,
    stored: Option<Box<IssuedCertificate>>,
}

impl UserSession {
    /// Redeems one's own retrieval password. The very same asked for again in this session, as by whom the
    /// answer did not reach, is given again as long as it is kept here.
    pub async fn redeem(&self, retrieval_password: Secret, key: KeyChoice) -> Outcome<Redeemed> {
        let session = self.clone();
        let length = self.operator.wiring.policy().retrieval_password.length;
        let password = RetrievalPassword::parse(retrieval_password.expose(), length);
        let password = password.map_err(|error| match error {
            ParseRetrievalPasswordError::Empty => InvalidField::RetrievalPasswordEmpty,
            ParseRetrievalPasswordError::Length => InvalidField::RetrievalPasswordLength {
                expected: length.get(),
            },
            ParseRetrievalPasswordError::Alphabet => InvalidField::RetrievalPasswordAlphabet,
        });
        let passphrase_fits = match &key {
            KeyChoice::Csr(_) | KeyChoice::Pkcs12WithNewPassphrase => true,
            KeyChoice::Pkcs12 { passphrase } => fits_pkcs12(passphrase.expose()),
        };
        let password = match (password, passphrase_fits) {
            (Ok(password), true) => password,
            (password, fits) => {
                let passphrase = (!fits).then_some(InvalidField::PassphraseMalformed);
                return Err(Refusal::Invalid(
                    password.err().into_iter().chain(passphrase).collect(),
                ));
            }
        };
        to_completion(async move {
            let asked = AskedFor::new(&password, &key);
            // Whoever has the key is given its certificate by the store, from any server.
            let is_made_here = !matches!(key, KeyChoice::Csr(_));
            if is_made_here && let Some(redeemed) = session.given_for(&asked).await? {
                return Ok(redeemed);
            }
            let operator = &session.operator;
            let key = operator.redeeming_key(key).await?;
            let permit = operator.hash_permit()?;
            let won = operator.check_redemption(&permit, &password, &key).await?;
            drop(permit);
            let keeping = Keeping {
                session: *session.forms.session_id(),
                session_ends: session.session.expires_at,
                owner: operator.subject().clone(),
                asked,
            };
            let redeemed = operator.deliver(won, key, keeping).await?;
            session.note_retrieved().await;
            Ok(redeemed)
        })
        .await
    }
}

impl Operator {
    async fn redeeming_key(&self, choice: KeyChoice) -> Outcome<Key> {
        let keys = Arc::clone(&self.wiring.ports().client_keys);
        Ok(match choice {
            KeyChoice::Csr(pem) => {
                // Judging a key takes about as long as using it.
                Key::Client(beside(move || keys.read_request(&pem)).await??)
            }
            KeyChoice::Pkcs12 { passphrase } => {
                Key::Server(keys.generate()?, Passphrase::Entered(passphrase))
            }
            KeyChoice::Pkcs12WithNewPassphrase => {
                let length = self.wiring.policy().retrieval_password.length;
                let made = RetrievalPassword::generate(length, self.wiring.randomness());
                Key::Server(keys.generate()?, Passphrase::Made(made))
            }
        })
    }

    /// Reserve, verify, settle.
    async fn check_redemption(
        &self,
        permit: &HashPermit,
        password: &RetrievalPassword,
        key: &Key,
    ) -> Outcome<Won> {
        self.wiring.log_takes_records().await?;
        let store = &self.wiring.ports().retrieval_passwords;
        let policy = &self.wiring.policy().retrieval;
        let subject = self.subject();
        let lease = LeaseToken::generate(self.wiring.randomness());
        let candidate = self.reserve_redemption(permit, lease).await?;
        let redeemable = match candidate {
            Some(candidate) => match self.still_redeemable(&candidate).await {
                Ok(redeemable) => redeemable.then_some(candidate),
                Err(refusal) => {
                    // The password was not looked at.
                    self.settle_redemption_later(lease, RetrievalVerdict::NotAsked, false);
                    return Err(refusal);
                }
            },
            None => None,
        };
        let hash = redeemable.as_ref().map(|candidate| &candidate.hash);
        let bytes = Zeroizing::new(password.expose().to_vec());
        let check = self.wiring.ports().hasher.check(permit, hash, bytes).await;
        let right = redeemable.filter(|_| check.matches);
        let verdict = match &right {
            Some(candidate) => RetrievalVerdict::Right {
                record: candidate.id,
                key: key.redeeming(),
            },
            None => RetrievalVerdict::Wrong,
        };
        let settlement = match store.settle(subject, policy, lease, verdict).await {
            Ok(settlement) => settlement,
            Err(unavailable) => {
                self.settle_redemption_later(lease, RetrievalVerdict::Withdrawn, false);
                self.write_unanswered_evaluation().await?;
                return Err(unavailable.into());
            }
        };
        let written = self.write_evaluation(right.as_ref(), &settlement).await;
        if let Err(refusal) = written {
            // Nothing is answered, so nothing stays booked; what was won stays this key's.
            let locks = settlement.lock().is_some_and(|lock| lock.just_set);
            self.settle_redemption_later(lease, RetrievalVerdict::Withdrawn, locks);
            return Err(refusal);
        }
        match (settlement, right) {
            (RetrievalSettlement::Won { abandoned }, Some(candidate)) => Ok(Won {
                record: candidate.id,
                abandoned,
                stored: None,
            }),
            (RetrievalSettlement::SameKey { certificate }, Some(candidate)) => Ok(Won {
                record: candidate.id,
                abandoned: None,
                stored: certificate,
            }),
            (RetrievalSettlement::Held { redeemable_from }, _) => {
                let retry_after = redeemable_from.since(self.wiring.now());
                Err(Refusal::RetrievalHeld { retry_after })
            }
            (
                RetrievalSettlement::Refused { failures_left }
                | RetrievalSettlement::NotRedeemable {
                    charge: Charge::Counted { failures_left },
                    ..
                },
                _,
            ) => Err(Refusal::RetrievalRefused { failures_left }),
            (
                RetrievalSettlement::Locked(_)
                | RetrievalSettlement::NotRedeemable {
                    charge: Charge::Locked(_),
                    ..
                },
                _,
            ) => Err(Refusal::RetrievalLocked),
            // The reservation ran out: nobody is told whether the entry was right.
            (RetrievalSettlement::Lost | RetrievalSettlement::Released, _) => {
                Err(Refusal::Overloaded)
            }
            // Only what is right is won.
            (RetrievalSettlement::Won { .. } | RetrievalSettlement::SameKey { .. }, None) => {
                Err(Refusal::Unexpected)
            }
        }
    }

    /// What the entry is checked against; nothing where the user has no password.
    async fn reserve_redemption(
        &self,
        permit: &HashPermit,
        lease: LeaseToken,
    ) -> Outcome<Option<CandidateRecord>> {
        let store = &self.wiring.ports().retrieval_passwords;
        let (policy, subject) = (&self.wiring.policy().retrieval, self.subject());
        self.wiring.hash_turn(permit).await?;
        let reservation = match store.reserve(subject, policy, lease).await {
            Ok(reservation) => reservation,
            Err(unavailable) => {
                // The store may have reserved it all the same.
                self.settle_redemption_later(lease, RetrievalVerdict::NotAsked, false);
                return Err(unavailable.into());
            }
        };
        match reservation {
            RetrievalReservation::Granted(candidate) => Ok(candidate),
            RetrievalReservation::Busy => Err(Refusal::Busy),
            RetrievalReservation::Suspended { .. } => Err(suspended("password_store").into()),
            RetrievalReservation::Locked(lock) => {
                self.write_retrieval_lock([], lock).await?;
                Err(Refusal::RetrievalLocked)
            }
        }
    }

    /// Settles in the background, until the store has it. `locks` tells that the reservation was settled
    /// before, and set a lock that the log hears of.
    fn settle_redemption_later(&self, lease: LeaseToken, verdict: RetrievalVerdict, locks: bool) {
        let operator = self.clone();
        self.wiring.until_kept(move || {
            let operator = operator.clone();
            async move {
                let wiring = &operator.wiring;
                let (store, policy) = (
                    &wiring.ports().retrieval_passwords,
                    &wiring.policy().retrieval,
                );
                let subject = operator.subject();
                let settled = store.settle(subject, policy, lease, verdict).await?;
                if locks && settled == RetrievalSettlement::Released {
                    let (purpose, lane) = (Purpose::Retrieval, LaneKind::Stranger);
                    wiring.write_taken_back(subject, purpose, lane).await;
                }
                Ok(())
            }
        });
    }

    /// A password is for the person whom it was issued for, whoever has the user ID now. One that
    /// somebody reissued for themselves dies with the right and the card that entitled them; one
    /// that an operator reissued, with the operator, where the bank wants it so.
    async fn still_redeemable(&self, candidate: &CandidateRecord) -> Outcome<bool> {
        let identity = self.user.identity.as_ref();
        if !PersonIdentity::admits(candidate.identity.as_ref(), identity) {
            return Ok(false);
        }
        match candidate.route {
            ReissueRoute::SelfService => self.still_entitled().await,
            ReissueRoute::Administrator => self.operator_stands(&candidate.operator).await,
            ReissueRoute::Paper => Ok(true),
        }
    }

    /// Whether the operator who reissued may still act, or the bank does not mind.
    async fn operator_stands(&self, operator: &str) -> Outcome<bool> {
        if !self.wiring.policy().reissue.void_with_operator {
            return Ok(true);
        }
        let Ok(operator) = operator.parse() else {
            return Ok(false);
        };
        let operator = Subject::new(self.contract.number.clone(), operator);
        let found = self.wiring.ports().directory.find(&operator).await?;
        Ok(found.is_some_and(|entry| !entry.user.disabled))
    }

    async fn still_entitled(&self) -> Outcome<bool> {
        if !self.user.holds(Permission::ReissueRetrievalPassword) {
            return Ok(false);
        }
        let enrolment = self
            .wiring
            .ports()
            .otp_verifier
            .enrolment(self.subject())
            .await
            .map_err(Refusal::OtpUnavailable)?;
        Ok(enrolment != Enrolment::NotEnrolled)
    }

    /// Hands out the certificate that was won: issues it, stores it once, delivers what is stored.
    async fn deliver(&self, won: Won, key: Key, keeping: Keeping) -> Outcome<Redeemed> {
        let subject = CertificateSubject {
            organisation: self.contract.name.clone(),
            contract: self.contract.number.clone(),
            user: self.user.id().clone(),
        };
        if let Some(abandoned) = won.abandoned {
            self.revoke(SerialNumber::bound_to(won.record, abandoned))
                .await?;
        }
        if let Some(certificate) = won.stored {
            self.wiring
                .ports()
                .register
                .record(self.subject(), &certificate)
                .await?;
            let delivered = AuditEvent::CertificateDeliveredAgain;
            let redeemed = Redeemed::new(*certificate, subject, won.record, RedeemedKey::Client);
            return self.hand_out(delivered, redeemed, keeping).await;
        }
        let request = CertificateRequest {
            subject: subject.clone(),
            public_key: key.public().clone(),
            serial: SerialNumber::bound_to(won.record, key.public().fingerprint()),
        };
        let issued = self
            .wiring
            .ports()
            .certificate_authority
            .issue(&request)
            .await;
        let issued = issued.map_err(not_issued)?;
        let redeeming = key.redeeming();
        let (handed_out, passphrase) = match key {
            Key::Client(_) => (RedeemedKey::Client, None),
            Key::Server(generated, passphrase) => {
                let revealed = passphrase.reveal();
                let file = self.pack(generated.private, issued.clone(), &subject, revealed);
                let file = Arc::new(Zeroizing::new(file.await?));
                (RedeemedKey::Pkcs12(file), passphrase.into_made())
            }
        };
        self.wiring
            .ports()
            .register
            .record(self.subject(), &issued)
            .await?;
        let serial = issued.serial;
        let stored = self
            .wiring
            .ports()
            .retrieval_passwords
            .store_certificate(self.subject(), won.record, redeeming, issued)
            .await?;
        let StoredCertificate::Deliver(certificate) = stored else {
            self.revoke(serial).await?;
            let failures_left = self.wiring.policy().retrieval.max_failures.get();
            return Err(Refusal::RetrievalRefused { failures_left });
        };
        let redeemed = Redeemed {
            passphrase,
            ..Redeemed::new(*certificate, subject, won.record, handed_out)
        };
        self.hand_out(AuditEvent::CertificateIssued, redeemed, keeping)
            .await
    }

    /// Keeps what is handed out, and writes down that it is: what cannot be written in time is not answered,
    /// and is there when it is asked for again.
    async fn hand_out(
        &self,
        event: AuditEvent,
        mut redeemed: Redeemed,
        keeping: Keeping,
    ) -> Outcome<Redeemed> {
        redeemed.kept_until = self.wiring.keep_file(keeping, &redeemed);
        self.write_certificate(event, redeemed.reissue, &redeemed.certificate)
            .await?;
        Ok(redeemed)
    }

    /// Makes the PKCS#12 file, away from the threads that answer: stretching the passphrase is
    /// meant to be slow. At most once for each password won.
    async fn pack(
        &self,
        key: PrivateKey,
        certificate: IssuedCertificate,
        subject: &CertificateSubject,
        passphrase: SecretString,
    ) -> Outcome<Vec<u8>> {
        let keys = Arc::clone(&self.wiring.ports().client_keys);
        let name = format!("{}/{}", subject.contract, subject.user);
        let packing = move || keys.pkcs12(&key, &certificate, &name, &passphrase);
        match tokio::task::spawn_blocking(packing).await {
            Ok(packed) => packed.map_err(not_issued),
            Err(_) => Err(Refusal::Unexpected),
        }
    }

    async fn revoke(&self, serial: SerialNumber) -> Outcome<()> {
        self.wiring
            .ports()
            .certificate_authority
            .revoke(serial)
            .await?;
        self.wiring.ports().register.revoke(serial).await?;
        let revoked = self
            .entry(AuditEvent::CertificateRevoked, AuditOutcome::Success)
            .on(self.subject())
            .with("serial", serial);
        self.wiring.write([revoked]).await
    }

    pub(super) async fn write_certificate(
        &self,
        event: AuditEvent,
        reissue: ReissueId,
        certificate: &IssuedCertificate,
    ) -> Outcome<()> {
        let entry = self
            .entry(event, AuditOutcome::Success)
            .on(self.subject())
            .with("reissue_id", reissue)
            .with("serial", certificate.serial)
            .with("not_after", certificate.not_after);
        self.wiring.write([entry]).await
    }
}

/// Does what takes long away from the threads that answer. Where there is but one thread for everything, nobody
/// is answered beside it, and the order of things stays what it is.
async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Outcome<T> {
    if Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread {
        return Ok(work());
    }
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Refusal::Unexpected)
}

fn not_issued(unavailable: Unavailable) -> Refusal {
    tracing::error!(%unavailable, "a certificate could not be issued");
    Refusal::CertificateNotIssued(unavailable)
}

/// Whether a PKCS#12 file can have the passphrase: 8 to 128 characters that a `BMPString` holds
/// (RFC 7292, appendix B.1).
pub fn fits_pkcs12(passphrase: &str) -> bool {
    (8..=128).contains(&passphrase.chars().count())
        && passphrase
            .chars()
            .all(|character| !character.is_control() && character <= '\u{FFFF}')
}
