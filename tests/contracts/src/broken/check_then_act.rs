mod attempts;

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use warifu_core::domain::attempts::{AttemptPolicy, Attempts, Purpose};
use warifu_core::domain::retrieval_record::{
    Cancellation, HandOverAnswer, HandOverWay, NewRetrievalPassword, RedeemingKey, Reissue,
    ReissueAnswer, RetrievalPasswordStatus, RetrievalReservation, RetrievalSettlement,
    RetrievalState, RetrievalVerdict, StoredCertificate,
};
use warifu_core::domain::{
    ContractNumber, IssuedCertificate, KnownCertificate, LeaseToken, Principal, Quota,
    QuotaVerdict, QuotaWindow, ReissueId, RequestDigest, SerialNumber, Session, SessionId,
    StoredHash, Subject, Timestamp, UserId,
};
use warifu_core::ports::{
    AttemptKey, CertificateRegister, Clock, OnceKey, OnceStore, OtpStepStore, QuotaKey, QuotaStore,
    RetrievalPasswordStore, SessionStore, Unavailable,
};

/// Values that are read, changed outside and written back, with other tasks in between.
struct Cells<K, V>(Mutex<HashMap<K, V>>);

impl<K, V> Default for Cells<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone + Eq + Hash, V: Clone + Default> Cells<K, V> {
    fn get(&self, key: &K) -> V {
        self.0.lock().get(key).cloned().unwrap_or_default()
    }

    async fn change<T>(&self, key: &K, change: impl FnOnce(&mut V) -> T) -> T {
        let mut value = self.get(key);
        tokio::task::yield_now().await;
        let answer = change(&mut value);
        self.0.lock().insert(key.clone(), value);
        answer
    }
}

/// Every store port by the right rules, but not in one step: what happens between reading and
/// writing is lost. What a server does with a plain GET and SET.
pub struct CheckThenAct {
    clock: Arc<dyn Clock>,
    attempts: Cells<AttemptKey, Attempts>,
    hashes: Cells<(Subject, Purpose), Option<StoredHash>>,
    logins: Cells<Subject, Option<Timestamp>>,
    retrieval: Cells<Subject, RetrievalState>,
    claims: Cells<OnceKey, Option<Timestamp>>,
    steps: Cells<Subject, Option<u64>>,
    quotas: Cells<QuotaKey, Option<QuotaWindow>>,
    sessions: Cells<SessionId, Option<Session>>,
    issued: Cells<Subject, Vec<(SerialNumber, Timestamp)>>,
    revoked: Cells<SerialNumber, bool>,
}

impl CheckThenAct {
    /// An empty store.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            attempts: Cells::default(),
            hashes: Cells::default(),
            logins: Cells::default(),
            retrieval: Cells::default(),
            claims: Cells::default(),
            steps: Cells::default(),
            quotas: Cells::default(),
            sessions: Cells::default(),
            issued: Cells::default(),
            revoked: Cells::default(),
        }
    }
}

#[async_trait]
impl RetrievalPasswordStore for CheckThenAct {
    async fn reissue(
        &self,
        subject: &Subject,
        new: NewRetrievalPassword,
        policy: &AttemptPolicy,
    ) -> Result<ReissueAnswer, Unavailable> {
        let now = self.clock.now();
        let reissue = |state: &mut RetrievalState| state.reissue(&subject.user, new, policy, now);
        Ok(self.retrieval.change(subject, reissue).await)
    }

    async fn carried_out(
        &self,
        subject: &Subject,
        request: RequestDigest,
    ) -> Result<bool, Unavailable> {
        let now = self.clock.now();
        Ok(self.retrieval.get(subject).carried_out(request, now))
    }

    async fn reserve(
        &self,
        subject: &Subject,
        policy: &AttemptPolicy,
        lease: LeaseToken,
    ) -> Result<RetrievalReservation, Unavailable> {
        let now = self.clock.now();
        Ok(self
            .retrieval
            .change(subject, |state| state.reserve(policy, now, lease))
            .await)
    }

    async fn settle(
        &self,
        subject: &Subject,
        policy: &AttemptPolicy,
        lease: LeaseToken,
        verdict: RetrievalVerdict,
    ) -> Result<RetrievalSettlement, Unavailable> {
        let now = self.clock.now();
        Ok(self
            .retrieval
            .change(subject, |state| state.settle(policy, now, lease, verdict))
            .await)
    }

    async fn store_certificate(
        &self,
        subject: &Subject,
        record: ReissueId,
        key: RedeemingKey,
        certificate: IssuedCertificate,
    ) -> Result<StoredCertificate, Unavailable> {
        let store = |state: &mut RetrievalState| state.store_certificate(record, key, certificate);
        Ok(self.retrieval.change(subject, store).await)
    }

    async fn cancel(
        &self,
        subject: &Subject,
        reissue: ReissueId,
    ) -> Result<Cancellation, Unavailable> {
        let now = self.clock.now();
        Ok(self
            .retrieval
            .change(subject, |state| state.cancel(reissue, now))
            .await)
    }

    async fn hand_over(
        &self,
        subject: &Subject,
        reissue: ReissueId,
        way: HandOverWay,
    ) -> Result<HandOverAnswer, Unavailable> {
        let now = self.clock.now();
        let note = |state: &mut RetrievalState| state.hand_over(reissue, way, now);
        Ok(self.retrieval.change(subject, note).await)
    }

    async fn find(
        &self,
        contract: &ContractNumber,
        reissue: ReissueId,
    ) -> Result<Option<UserId>, Unavailable> {
        let states = self.retrieval.0.lock();
        let mut known = states
            .iter()
            .filter(|(subject, state)| subject.contract == *contract && state.knows(reissue));
        Ok(known.next().map(|(subject, _)| subject.user.clone()))
    }

    async fn reissues(
        &self,
        contract: &ContractNumber,
        user: Option<&UserId>,
        policy: &AttemptPolicy,
        limit: usize,
    ) -> Result<Vec<Reissue>, Unavailable> {
        let now = self.clock.now();
        let states = self.retrieval.0.lock();
        let mut reissues: Vec<_> = states
            .iter()
            .filter(|(subject, _)| subject.contract == *contract)
            .filter(|(subject, _)| user.is_none_or(|user| *user == subject.user))
            .flat_map(|(subject, state)| state.reissues(&subject.user, policy, now))
            .collect();
        reissues.sort_by_key(|reissue| std::cmp::Reverse(reissue.issued_at));
        reissues.truncate(limit);
        Ok(reissues)
    }

    async fn statuses(
        &self,
        contract: &ContractNumber,
        users: &[UserId],
        policy: &AttemptPolicy,
    ) -> Result<Vec<RetrievalPasswordStatus>, Unavailable> {
        let now = self.clock.now();
        let status = |user: &UserId| {
            let subject = Subject::new(contract.clone(), user.clone());
            self.retrieval.get(&subject).status(policy, now)
        };
        Ok(users.iter().map(status).collect())
    }

    async fn check(&self) -> Result<(), Unavailable> {
        Ok(())
    }
}

#[async_trait]
impl OnceStore for CheckThenAct {
    async fn claim(&self, key: OnceKey, remember_for: Duration) -> Result<bool, Unavailable> {
        let now = self.clock.now();
        let claim = |until: &mut Option<Timestamp>| {
            let is_free = until.is_none_or(|until| until <= now);
            if is_free {
                *until = Some(now.plus(remember_for));
            }
            is_free
        };
        Ok(self.claims.change(&key, claim).await)
    }

    async fn is_claimed(&self, key: OnceKey) -> Result<bool, Unavailable> {
        Ok(self
            .claims
            .get(&key)
            .is_some_and(|until| until > self.clock.now()))
    }
}

#[async_trait]
impl OtpStepStore for CheckThenAct {
    async fn advance(&self, subject: &Subject, step: u64) -> Result<bool, Unavailable> {
        let advance = |last: &mut Option<u64>| {
            let is_above = last.is_none_or(|last| last < step);
            if is_above {
                *last = Some(step);
            }
            is_above
        };
        Ok(self.steps.change(subject, advance).await)
    }
}

#[async_trait]
impl QuotaStore for CheckThenAct {
    async fn take(
        &self,
        key: &QuotaKey,
        quota: Quota,
        unit: ReissueId,
    ) -> Result<QuotaVerdict, Unavailable> {
        let now = self.clock.now();
        let take = |window: &mut Option<QuotaWindow>| QuotaWindow::take(window, quota, unit, now);
        Ok(self.quotas.change(key, take).await)
    }

    async fn settle(
        &self,
        key: &QuotaKey,
        unit: ReissueId,
        happened: bool,
    ) -> Result<(), Unavailable> {
        let settle = |window: &mut Option<QuotaWindow>| {
            if let Some(window) = window {
                window.settle(unit, happened);
            }
        };
        self.quotas.change(key, settle).await;
        Ok(())
    }
}

#[async_trait]
impl SessionStore for CheckThenAct {
    async fn create(&self, id: &SessionId, session: &Session) -> Result<(), Unavailable> {
        self.sessions
            .change(id, |kept| *kept = Some(session.clone()))
            .await;
        Ok(())
    }

    async fn touch(&self, id: &SessionId, idle: Duration) -> Result<Option<Session>, Unavailable> {
        let now = self.clock.now();
        let touch = |kept: &mut Option<Session>| {
            kept.take_if(|session| {
                session.expires_at <= now || session.last_used_at.plus(idle) <= now
            });
            if let Some(session) = kept {
                session.last_used_at = now;
            }
            kept.clone()
        };
        Ok(self.sessions.change(id, touch).await)
    }

    async fn put_otp_proof(&self, id: &SessionId, good_for: Duration) -> Result<(), Unavailable> {
        let until = self.clock.now().plus(good_for);
        let put = |kept: &mut Option<Session>| {
            if let Some(session) = kept {
                session.otp_verified_until = Some(until);
            }
        };
        self.sessions.change(id, put).await;
        Ok(())
    }

    async fn take_otp_proof(&self, id: &SessionId) -> Result<bool, Unavailable> {
        let now = self.clock.now();
        let take = |kept: &mut Option<Session>| {
            let session = kept.as_mut().filter(|session| session.expires_at > now);
            session.and_then(|session| session.otp_verified_until.take())
        };
        Ok(self
            .sessions
            .change(id, take)
            .await
            .is_some_and(|until| until > now))
    }

    async fn end(&self, id: &SessionId) -> Result<(), Unavailable> {
        self.sessions.change(id, |kept| *kept = None).await;
        Ok(())
    }

    async fn end_all(
        &self,
        principal: &Principal,
        except: Option<&SessionId>,
    ) -> Result<usize, Unavailable> {
        let is_theirs = |kept: &Option<Session>| {
            kept.as_ref()
                .is_some_and(|session| session.principal == *principal)
        };
        let mut sessions = self.sessions.0.lock();
        let before = sessions.len();
        sessions.retain(|id, kept| !is_theirs(kept) || Some(id) == except);
        Ok(before - sessions.len())
    }

    async fn check(&self) -> Result<(), Unavailable> {
        Ok(())
    }
}

#[async_trait]
impl CertificateRegister for CheckThenAct {
    async fn record(
        &self,
        subject: &Subject,
        certificate: &IssuedCertificate,
    ) -> Result<(), Unavailable> {
        let entry = (certificate.serial, certificate.not_after);
        let is_known = |issued: &Vec<(SerialNumber, Timestamp)>| {
            issued
                .iter()
                .any(|(serial, _)| *serial == certificate.serial)
        };
        if !self.issued.0.lock().values().any(is_known) {
            self.issued
                .change(subject, |issued| issued.push(entry))
                .await;
        }
        Ok(())
    }

    async fn revoke(&self, serial: SerialNumber) -> Result<(), Unavailable> {
        self.revoked
            .change(&serial, |revoked| *revoked = true)
            .await;
        Ok(())
    }

    async fn is_revoked(&self, serial: SerialNumber) -> Result<bool, Unavailable> {
        Ok(self.revoked.get(&serial))
    }

    async fn newest(
        &self,
        contract: &ContractNumber,
        users: &[UserId],
    ) -> Result<Vec<Option<KnownCertificate>>, Unavailable> {
        let newest = |user: &UserId| {
            let issued = self
                .issued
                .get(&Subject::new(contract.clone(), user.clone()));
            let known = issued.into_iter().map(|(serial, not_after)| {
                let revoked = self.revoked.get(&serial);
                KnownCertificate {
                    serial: Some(serial),
                    not_after,
                    revoked,
                }
            });
            known.max_by_key(|certificate| (!certificate.revoked, certificate.not_after))
        };
        Ok(users.iter().map(newest).collect())
    }
}
