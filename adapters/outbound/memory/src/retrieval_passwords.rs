use std::cmp::Reverse;

use async_trait::async_trait;
use warifu_core::domain::attempts::AttemptPolicy;
use warifu_core::domain::retrieval_record::{
    Cancellation, HandOverAnswer, HandOverWay, KEEP_FOR, NewRetrievalPassword, RedeemingKey,
    Reissue, ReissueAnswer, RetrievalPasswordStatus, RetrievalReservation, RetrievalSettlement,
    RetrievalState, RetrievalVerdict, StoredCertificate,
};
use warifu_core::domain::{
    ContractNumber, IssuedCertificate, LeaseToken, ReissueId, RequestDigest, Subject, UserId,
};
use warifu_core::ports::{RetrievalPasswordStore, Unavailable};

use crate::store::MemoryStore;

#[async_trait]
impl RetrievalPasswordStore for MemoryStore {
    async fn reissue(
        &self,
        subject: &Subject,
        new: NewRetrievalPassword,
        policy: &AttemptPolicy,
    ) -> Result<ReissueAnswer, Unavailable> {
        let mut book = self.retrieval_passwords.lock();
        let now = self.now();
        let answer = book.entry(subject).reissue(&subject.user, new, policy, now);
        book.clean_up(|state| state.purge(policy, now, KEEP_FOR));
        Ok(answer)
    }

    async fn carried_out(
        &self,
        subject: &Subject,
        request: RequestDigest,
    ) -> Result<bool, Unavailable> {
        let book = self.retrieval_passwords.lock();
        let now = self.now();
        let state = book.get(&subject.contract, &subject.user);
        Ok(state.is_some_and(|state| state.carried_out(request, now)))
    }

    async fn reserve(
        &self,
        subject: &Subject,
        policy: &AttemptPolicy,
        lease: LeaseToken,
    ) -> Result<RetrievalReservation, Unavailable> {
        let mut book = self.retrieval_passwords.lock();
        let now = self.now();
        Ok(book.step(subject, |state| state.reserve(policy, now, lease)))
    }

    async fn settle(
        &self,
        subject: &Subject,
        policy: &AttemptPolicy,
        lease: LeaseToken,
        verdict: RetrievalVerdict,
    ) -> Result<RetrievalSettlement, Unavailable> {
        let mut book = self.retrieval_passwords.lock();
        let now = self.now();
        Ok(book.step(subject, |state| state.settle(policy, now, lease, verdict)))
    }

    async fn store_certificate(
        &self,
        subject: &Subject,
        record: ReissueId,
        key: RedeemingKey,
        certificate: IssuedCertificate,
    ) -> Result<StoredCertificate, Unavailable> {
        let mut book = self.retrieval_passwords.lock();
        Ok(book.step(subject, |state| {
            state.store_certificate(record, key, certificate)
        }))
    }

    async fn cancel(
        &self,
        subject: &Subject,
        reissue: ReissueId,
    ) -> Result<Cancellation, Unavailable> {
        let mut book = self.retrieval_passwords.lock();
        let now = self.now();
        Ok(book.step(subject, |state| state.cancel(reissue, now)))
    }

    async fn hand_over(
        &self,
        subject: &Subject,
        reissue: ReissueId,
        way: HandOverWay,
    ) -> Result<HandOverAnswer, Unavailable> {
        let mut book = self.retrieval_passwords.lock();
        let now = self.now();
        Ok(book.step(subject, |state| state.hand_over(reissue, way, now)))
    }

    async fn find(
        &self,
        contract: &ContractNumber,
        reissue: ReissueId,
    ) -> Result<Option<UserId>, Unavailable> {
        let book = self.retrieval_passwords.lock();
        let users = book.contracts.get(contract).into_iter().flatten();
        let mut holders = users.filter(|(_, state)| state.knows(reissue));
        Ok(holders.next().map(|(user, _)| user.clone()))
    }

    async fn reissues(
        &self,
        contract: &ContractNumber,
        user: Option<&UserId>,
        policy: &AttemptPolicy,
        limit: usize,
    ) -> Result<Vec<Reissue>, Unavailable> {
        let book = self.retrieval_passwords.lock();
        let now = self.now();
        let users = book.contracts.get(contract).into_iter().flatten();
        let mut reissues: Vec<Reissue> = users
            .filter(|(id, _)| user.is_none_or(|wanted| wanted == *id))
            .flat_map(|(id, state)| state.reissues(id, policy, now))
            .collect();
        reissues.sort_by_key(|reissue| Reverse(reissue.issued_at));
        reissues.truncate(limit);
        Ok(reissues)
    }

    async fn statuses(
        &self,
        contract: &ContractNumber,
        users: &[UserId],
        policy: &AttemptPolicy,
    ) -> Result<Vec<RetrievalPasswordStatus>, Unavailable> {
        let book = self.retrieval_passwords.lock();
        let now = self.now();
        let blank = RetrievalState::default();
        let status = |user| {
            book.get(contract, user)
                .unwrap_or(&blank)
                .status(policy, now)
        };
        Ok(users.iter().map(status).collect())
    }

    async fn check(&self) -> Result<(), Unavailable> {
        Ok(())
    }
}
