use async_trait::async_trait;

use super::Unavailable;
use crate::domain::attempts::AttemptPolicy;
use crate::domain::retrieval_record::{
    Cancellation, HandOverAnswer, HandOverWay, NewRetrievalPassword, RedeemingKey, Reissue,
    ReissueAnswer, RetrievalPasswordStatus, RetrievalReservation, RetrievalSettlement,
    RetrievalVerdict, StoredCertificate,
};
use crate::domain::{
    ContractNumber, IssuedCertificate, LeaseToken, ReissueId, RequestDigest, Subject, UserId,
};

/// The retrieval passwords: hashes only, one current record a user.
///
/// # Promises
/// - Each call behaves as the method of the same name of
///   [`crate::domain::retrieval_record::RetrievalState`], in one atomic step over all servers
///   that share the store, with the store's own clock.
/// - Of any number of reissues for one marked request, within the time that it is remembered,
///   exactly one is `Issued`: that it was carried out and the new password are one step.
/// - `reissue` is idempotent by its id, `reserve` and `settle` by the lease token,
///   `store_certificate` by record and key.
/// - One record yields at most one certificate: among any number of right settlements with
///   different keys, exactly one is `Won`.
/// - What was answered survives whatever the store is said to survive. Where the store
///   replicates, `reissue`, a `Won` settlement and `store_certificate` answer only after every
///   replica that may take over has acknowledged.
/// - No password is ever stored, only hashes.
/// - A password without a hold is never [`RetrievalSettlement::Held`], also where the store's clock is
///   turned back after it was made.
/// - `reissues` and `find` never cross contracts.
#[async_trait]
pub trait RetrievalPasswordStore: Send + Sync {
    /// Replaces the user's retrieval password.
    async fn reissue(
        &self,
        subject: &Subject,
        new: NewRetrievalPassword,
        policy: &AttemptPolicy,
    ) -> Result<ReissueAnswer, Unavailable>;

    /// Whether a marked request for a reissue for `subject` was carried out, as far as it is
    /// remembered.
    async fn carried_out(
        &self,
        subject: &Subject,
        request: RequestDigest,
    ) -> Result<bool, Unavailable>;

    /// Reserves an attempt to redeem.
    async fn reserve(
        &self,
        subject: &Subject,
        policy: &AttemptPolicy,
        lease: LeaseToken,
    ) -> Result<RetrievalReservation, Unavailable>;

    /// Settles a reserved attempt.
    async fn settle(
        &self,
        subject: &Subject,
        policy: &AttemptPolicy,
        lease: LeaseToken,
        verdict: RetrievalVerdict,
    ) -> Result<RetrievalSettlement, Unavailable>;

    /// Stores the certificate of the winning key.
    async fn store_certificate(
        &self,
        subject: &Subject,
        record: ReissueId,
        key: RedeemingKey,
        certificate: IssuedCertificate,
    ) -> Result<StoredCertificate, Unavailable>;

    /// Takes a password back.
    async fn cancel(
        &self,
        subject: &Subject,
        reissue: ReissueId,
    ) -> Result<Cancellation, Unavailable>;

    /// Notes that a password was handed over to its user.
    async fn hand_over(
        &self,
        subject: &Subject,
        reissue: ReissueId,
        way: HandOverWay,
    ) -> Result<HandOverAnswer, Unavailable>;

    /// Whose reissue it is, within the contract.
    async fn find(
        &self,
        contract: &ContractNumber,
        reissue: ReissueId,
    ) -> Result<Option<UserId>, Unavailable>;

    /// Reissues of a contract, newest first, at most `limit`; of one user where `user` is given.
    async fn reissues(
        &self,
        contract: &ContractNumber,
        user: Option<&UserId>,
        policy: &AttemptPolicy,
        limit: usize,
    ) -> Result<Vec<Reissue>, Unavailable>;

    /// The state of the current password of each of `users`, in order.
    async fn statuses(
        &self,
        contract: &ContractNumber,
        users: &[UserId],
        policy: &AttemptPolicy,
    ) -> Result<Vec<RetrievalPasswordStatus>, Unavailable>;

    /// Whether it can answer.
    async fn check(&self) -> Result<(), Unavailable>;
}
