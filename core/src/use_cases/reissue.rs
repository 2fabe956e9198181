//! Reissuing a retrieval password: for another user, or for oneself. The password leaves here
//! once, in the answer.

use zeroize::Zeroizing;

use super::bulk_reissue::BulkReissue;
use super::context::{RequestContext, Secret};
use super::paper_notice::NoticeBegun;
use super::sessions::Operator;
use super::verify_otp::OtpVerified;
use super::verify_transaction::{Act, TransactionVerified};
use super::warifu::Warifu;
use crate::domain::attempts::Purpose;
use crate::domain::retrieval_record::{IssuedTimes, NewRetrievalPassword, ReissueRoute};
use crate::domain::{
    AuditEvent, AuditOutcome, BulkId, IdempotencyKey, PasswordHash, PlainPassword, Quota,
    ReissueId, RetrievalPassword, Subject, Timestamp, User, UserId,
};
use crate::ports::{HashPermit, OnceKey, QuotaKey, QuotaVerdict, Unavailable};
use crate::{InvalidField, Outcome, Refusal};

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

/// A reissued password, to be shown once.
pub struct Reissued {
    /// The password.
    pub retrieval_password: RetrievalPassword,
    /// The reissue.
    pub reissue_id: ReissueId,
    /// When.
    pub issued_at: Timestamp,
    /// From when it can be redeemed.
    pub redeemable_from: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
    /// For whom.
    pub user: User,
}

/// What entitles to a reissue. There is no other way to one.
pub(super) enum Proof {
    Transaction(TransactionVerified),
    OneTimePassword(OtpVerified),
    /// A run for many users, for which the transaction password was entered once.
    Bulk(BulkReissue),
    /// A request on paper that another clerk approved.
    Paper(NoticeBegun),
}

/// A password that nobody has seen and no store knows yet.
pub(super) struct FreshPassword {
    pub(super) password: RetrievalPassword,
    pub(super) id: ReissueId,
    hash: PasswordHash,
}

impl Proof {
    const fn route(&self) -> ReissueRoute {
        match self {
            Self::Transaction(TransactionVerified { .. }) | Self::Bulk(_) => {
                ReissueRoute::Administrator
            }
            Self::OneTimePassword(OtpVerified { .. }) => ReissueRoute::SelfService,
            Self::Paper(NoticeBegun { .. }) => ReissueRoute::Paper,
        }
    }

    fn bulk(&self) -> Option<BulkId> {
        match self {
            Self::Bulk(bulk) => Some(bulk.id()),
            Self::Transaction(_) | Self::OneTimePassword(_) | Self::Paper(_) => None,
        }
    }
}

impl Warifu {
    /// Reissues for another user of the operator's contract.
    pub async fn reissue_for_another(
        &self,
        context: RequestContext,
        operator: &Operator,
        form: ReissueForAnother,
    ) -> Outcome<Reissued> {
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
        let operator = operator.clone();
        self.to_completion(move |warifu| async move {
            warifu
                .check_and_reissue(context, &operator, &form, &password)
                .await
        })
        .await
    }

    async fn check_and_reissue(
        &self,
        context: RequestContext,
        operator: &Operator,
        form: &ReissueForAnother,
        password: &PlainPassword,
    ) -> Outcome<Reissued> {
        self.require_reissue_right(context, operator).await?;
        let repeated = request_key(operator, form.idempotency_key.as_ref());
        self.refuse_repetition(repeated).await?;
        let target = self.reissuable(context, operator, &form.user_id).await?;
        let checker = self.password_checker(Purpose::Transaction)?;
        let proof = self
            .verify_transaction(
                context,
                operator,
                &checker,
                password,
                Act::Reissue,
                &target.subject,
            )
            .await?;
        // A checker elsewhere is slow: no place in the hasher's queue was held meanwhile.
        let permit = checker
            .into_hash_permit()
            .map_or_else(|| self.hash_permit(), Ok)?;
        let rules = &self.policy().reissue;
        let by = QuotaKey::ReissuesBy(operator.subject().clone());
        self.take_quota(context, operator, by, rules.per_operator, &target)
            .await?;
        let to = QuotaKey::ReissuesFor(target.subject.clone());
        self.take_quota(context, operator, to, rules.per_target, &target)
            .await?;
        let proof = Proof::Transaction(proof);
        self.reissue(context, operator, target, proof, repeated, &permit)
            .await
    }

    /// Finds a user whom the operator may reissue for.
    pub(super) async fn reissuable(
        &self,
        context: RequestContext,
        operator: &Operator,
        user_id: &str,
    ) -> Outcome<User> {
        let target = self.selectable(context, operator, user_id).await?;
        if target.subject == *operator.subject() && !self.policy().reissue.own_through_admin {
            self.write_denied(context, operator, "own-through-admin", None)
                .await?;
            return Err(Refusal::UseSelfService);
        }
        if target.disabled {
            return Err(Refusal::UserDisabled);
        }
        Ok(target)
    }

    /// Reissues for the operator, who has entered a one-time password in this session.
    pub async fn reissue_for_oneself(
        &self,
        context: RequestContext,
        operator: &Operator,
        idempotency_key: Option<IdempotencyKey>,
    ) -> Outcome<Reissued> {
        let operator = operator.clone();
        self.to_completion(move |warifu| async move {
            warifu.check_eligibility(context, &operator).await?;
            let repeated = request_key(&operator, idempotency_key.as_ref());
            warifu.refuse_repetition(repeated).await?;
            if !warifu.has_otp_proof(&operator) {
                return Err(Refusal::OtpRequired);
            }
            let permit = warifu.hash_permit()?;
            let target = operator.user.clone();
            let quota = QuotaKey::ReissuesFor(target.subject.clone());
            let limit = warifu.policy().reissue.per_target;
            warifu
                .take_quota(context, &operator, quota, limit, &target)
                .await?;
            let proof = Proof::OneTimePassword(warifu.take_otp_proof(&operator).await?);
            warifu
                .reissue(context, &operator, target, proof, repeated, &permit)
                .await
        })
        .await
    }

    pub(super) async fn reissue(
        &self,
        context: RequestContext,
        operator: &Operator,
        target: User,
        proof: Proof,
        repeated: Option<OnceKey>,
        permit: &HashPermit,
    ) -> Outcome<Reissued> {
        if let Some(key) = repeated
            && !self
                .ports()
                .once
                .claim(key, self.policy().idempotency.remember_for)
                .await?
        {
            return Err(Refusal::AlreadyReissued);
        }
        let (route, bulk) = (proof.route(), proof.bulk());
        let fresh = self.fresh_password(permit).await;
        let id = fresh.id;
        let written = |event| {
            let entry = self
                .entry(context, event, AuditOutcome::Success)
                .by(operator)
                .on(&target.subject)
                .with("reissue_id", id)
                .with("route", route.name());
            let entry = match bulk {
                Some(bulk) => entry.with("bulk", bulk),
                None => entry,
            };
            match route {
                ReissueRoute::Administrator => entry.with("not_instructed_by_others", true),
                ReissueRoute::SelfService | ReissueRoute::Paper => entry,
            }
        };
        self.write([written(AuditEvent::ReissueStarted)]).await?;
        let by = operator.user.id().to_string();
        let times = self
            .keep_fresh_password(&target.subject, &fresh, &proof, by)
            .await?;
        self.write([written(AuditEvent::Reissued).with("expires_at", times.expires_at)])
            .await?;
        Ok(Reissued {
            retrieval_password: fresh.password,
            reissue_id: id,
            issued_at: times.issued_at,
            redeemable_from: times.redeemable_from,
            expires_at: times.expires_at,
            user: target,
        })
    }

    /// Makes a password.
    pub(super) async fn fresh_password(&self, permit: &HashPermit) -> FreshPassword {
        let length = self.policy().retrieval_password.length;
        let password = RetrievalPassword::generate(length, self.randomness());
        let bytes = Zeroizing::new(password.expose().to_vec());
        FreshPassword {
            id: ReissueId::generate(self.randomness()),
            hash: self.ports().hasher.hash(permit, bytes).await,
            password,
        }
    }

    /// Lets a fresh password take the place of the one before. Audit records go around it.
    pub(super) async fn keep_fresh_password(
        &self,
        subject: &Subject,
        fresh: &FreshPassword,
        proof: &Proof,
        operator: String,
    ) -> Result<IssuedTimes, Unavailable> {
        let rules = self.policy().retrieval_password;
        let new = NewRetrievalPassword {
            id: fresh.id,
            hash: fresh.hash.clone(),
            operator,
            route: proof.route(),
            valid_for: rules.valid_for,
            hold_for: rules.hold_for,
        };
        let store = &self.ports().retrieval_passwords;
        store.reissue(subject, new, &self.policy().retrieval).await
    }

    /// Finds a user of the operator's contract. Malformed, unknown and of another contract are one
    /// and the same.
    pub(super) async fn selectable(
        &self,
        context: RequestContext,
        operator: &Operator,
        user_id: &str,
    ) -> Outcome<User> {
        if let Ok(user) = user_id.parse::<UserId>() {
            let subject = Subject::new(operator.contract.number.clone(), user);
            if let Some(entry) = self.ports().directory.find(&subject).await? {
                return Ok(entry.user);
            }
        }
        let target: String = user_id.chars().take(64).collect();
        self.write_denied(context, operator, "user-not-selectable", Some(&target))
            .await?;
        Err(Refusal::UserNotSelectable)
    }

    async fn refuse_repetition(&self, key: Option<OnceKey>) -> Outcome<()> {
        match key {
            Some(key) if self.ports().once.is_claimed(key).await? => Err(Refusal::AlreadyReissued),
            _ => Ok(()),
        }
    }

    pub(super) async fn take_quota(
        &self,
        context: RequestContext,
        operator: &Operator,
        key: QuotaKey,
        quota: Quota,
        target: &User,
    ) -> Outcome<()> {
        match self.ports().quotas.take(&key, quota).await? {
            QuotaVerdict::Allowed => Ok(()),
            QuotaVerdict::Exceeded { retry_after } => {
                let target = target.id().as_str();
                self.write_denied(context, operator, "reissue-quota", Some(target))
                    .await?;
                Err(Refusal::ReissueQuota { retry_after })
            }
        }
    }
}

fn request_key(operator: &Operator, key: Option<&IdempotencyKey>) -> Option<OnceKey> {
    key.map(|key| OnceKey::of_request(operator.subject(), key))
}
