//! Reissuing a retrieval password: for another user, or for oneself.

use super::operator::Operator;
use super::session::UserSession;
use crate::domain::attempts::Purpose;
use crate::domain::{IdempotencyKey, PlainPassword, ReissueId};
use crate::entitlement::Reissue;
use crate::ports::{OnceKey, QuotaKey};
use crate::wiring::to_completion;
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
        let repeats = self.request_key(form.idempotency_key.as_ref());
        wiring.refuse_repetition(repeats).await?;
        let target = self.reissuable(&form.user_id).await?;
        let checker = wiring.password_checker(Purpose::Transaction)?;
        let id = ReissueId::generate(wiring.randomness());
        let act = Reissue::for_another(target.clone(), id, repeats);
        let entitlement = self.entitle(act, &checker, password).await?;
        // A checker elsewhere is slow: no place in the hasher's queue was held meanwhile.
        let permit = checker
            .into_hash_permit()
            .map_or_else(|| wiring.hash_permit(), Ok)?;
        let rules = &wiring.policy().reissue;
        let (by, to) = (
            QuotaKey::ReissuesBy(self.subject().clone()),
            QuotaKey::ReissuesFor(target.subject.clone()),
        );
        for (key, quota) in [(by, rules.per_operator), (to, rules.per_target)] {
            wiring
                .take_reissue_quota(&self.actor, key, quota, &target)
                .await?;
        }
        wiring.reissue(entitlement, &permit).await
    }

    fn request_key(&self, key: Option<&IdempotencyKey>) -> Option<OnceKey> {
        key.map(|key| OnceKey::of_request(self.subject(), key))
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
            let repeats = operator.request_key(idempotency_key.as_ref());
            wiring.refuse_repetition(repeats).await?;
            if !session.has_otp_proof() {
                return Err(Refusal::OtpRequired);
            }
            let permit = wiring.hash_permit()?;
            let quota = QuotaKey::ReissuesFor(operator.subject().clone());
            let limit = wiring.policy().reissue.per_target;
            wiring
                .take_reissue_quota(&operator.actor, quota, limit, &operator.user)
                .await?;
            let entitlement = session.entitle(repeats).await?;
            wiring.reissue(entitlement, &permit).await
        })
        .await
    }
}
