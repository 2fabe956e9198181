//! Reissuing a retrieval password: for another user, or for oneself.

use super::operator::Operator;
use super::session::UserSession;
use crate::domain::attempts::Purpose;
use crate::domain::{IdempotencyKey, PlainPassword, ReissueId, RequestDigest, User};
use crate::entitlement::Reissue;
use crate::ports::QuotaKey;
use crate::wiring::{Entry, to_completion};
use crate::{InvalidField, Outcome, Refusal, Reissued, Secret, UserOverview};

/// The form with which an operator reissues for another user.
#[derive(Clone)]
pub struct ReissueForAnother {
    /// For whom.
    pub user_id: String,
    /// The operator's own 取引実行パスワード.
    pub transaction_password: Secret,
    /// The acknowledgement that nobody gave instructions by telephone or message.
    pub not_instructed_by_others: bool,
    /// Marks a repetition of the same request.
    pub idempotency_key: Option<IdempotencyKey>,
}

impl Operator {
    /// Reissues for another user of the operator's contract.
    pub async fn reissue_for_another(&self, form: ReissueForAnother) -> Outcome<Reissued> {
        let password = self.parse_transaction_password(&form.transaction_password);
        let acknowledged = if form.not_instructed_by_others {
            Ok(())
        } else {
            Err(InvalidField::NotInstructedByOthersMissing)
        };
        let password = match (password, acknowledged) {
            (Ok(password), Ok(())) => password,
            (password, acknowledged) => {
                return Err(Refusal::Invalid(
                    [acknowledged.err(), password.err()]
                        .into_iter()
                        .flatten()
                        .collect(),
                ));
            }
        };
        let operator = self.clone();
        to_completion(async move { operator.check_and_reissue(&form, &password).await }).await
    }

    /// A user whom the operator may reissue for, for the page that asks to confirm it.
    pub async fn user_to_reissue_for(&self, user_id: &str) -> Outcome<UserOverview> {
        self.require_reissue_right().await?;
        let target = self.reissuable(user_id).await?;
        self.wiring.overview(target).await
    }

    async fn check_and_reissue(
        &self,
        form: &ReissueForAnother,
        password: &PlainPassword,
    ) -> Outcome<Reissued> {
        let wiring = &self.wiring;
        self.require_reissue_right().await?;
        let target = self.reissuable(&form.user_id).await?;
        let repeats = self.marked_request(&target, form.idempotency_key.as_ref());
        wiring.refuse_repetition(&target, repeats).await?;
        let checker = wiring.password_checker(Purpose::Transaction, self.hash_claimant())?;
        let id = ReissueId::generate(wiring.randomness());
        let act = Reissue::for_another(target.clone(), id, repeats);
        let entitlement = self.entitle(act, &checker, password).await?;
        // A checker elsewhere is slow: no place in the hasher's queue was held meanwhile.
        let permit = match checker.into_hash_permit() {
            Some(permit) => permit,
            None => self.hash_permit_in_turn().await?,
        };
        let rules = &wiring.policy().reissue;
        let (by, to) = (
            QuotaKey::ReissuesBy(self.subject().clone()),
            QuotaKey::ReissuesFor(target.subject.clone()),
        );
        let quotas = [(by, rules.per_operator), (to, rules.per_target)];
        let denied = || self.quota_denied(&target);
        let taken = wiring.take_reissue_quotas(id, quotas, denied).await?;
        wiring.reissue(entitlement, &permit, taken).await
    }

    /// A record that a quota had none left for `target`.
    pub(crate) fn quota_denied(&self, target: &User) -> Entry {
        let denied = self.wiring.denied(&self.actor, "reissue-quota");
        denied.with("target", target.id())
    }

    fn marked_request(&self, target: &User, key: Option<&IdempotencyKey>) -> Option<RequestDigest> {
        key.map(|key| RequestDigest::of(self.subject(), &target.subject, key))
    }
}

impl UserSession {
    /// Reissues for oneself, with the one-time password that was entered in this session.
    pub async fn reissue_for_oneself(
        &self,
        idempotency_key: Option<IdempotencyKey>,
    ) -> Outcome<Reissued> {
        let session = self.clone();
        to_completion(async move {
            session.check_eligibility().await?;
            let (operator, wiring) = (&session.operator, &session.operator.wiring);
            let repeats = operator.marked_request(&operator.user, idempotency_key.as_ref());
            wiring.refuse_repetition(&operator.user, repeats).await?;
            if !session.has_otp_proof() {
                return Err(Refusal::OtpRequired);
            }
            let permit = operator.hash_permit_in_turn().await?;
            let quota = QuotaKey::ReissuesFor(operator.subject().clone());
            let limit = wiring.policy().reissue.per_target;
            let id = ReissueId::generate(wiring.randomness());
            let denied = || operator.quota_denied(&operator.user);
            let taken = wiring.take_reissue_quotas(id, [(quota, limit)], denied);
            let taken = taken.await?;
            match session.entitle(id, repeats).await {
                Ok(entitlement) => wiring.reissue(entitlement, &permit, taken).await,
                Err(refusal) => {
                    wiring.settle_quotas(taken, false).await;
                    Err(refusal)
                }
            }
        })
        .await
    }
}
