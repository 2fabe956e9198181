//! Reissuing for many users in one run, such as when a company gets new PCs: one transaction
//! password (and a second person's, if the policy says so), then one reissue after the other, each
//! with every rule of a single one but the operator's quota, which counts the run once.

use std::sync::Arc;
use std::time::Duration;

use super::context::{RequestContext, Secret};
use super::reissue::{Proof, Reissued};
use super::sessions::Operator;
use super::verify_transaction::{Act, TransactionVerified};
use super::warifu::Warifu;
use crate::domain::attempts::Purpose;
use crate::domain::{
    AuditEvent, AuditOutcome, BulkId, CertificateStatus, Permission, PlainPassword, User, UserId,
};
use crate::ports::QuotaKey;
use crate::{InvalidField, Outcome, Refusal};

/// How many users are looked up at a time.
const BATCH: usize = 1_000;

/// The form with which an operator begins a run.
#[derive(Clone)]
pub struct BulkReissueForm {
    /// For how many users.
    pub users: usize,
    /// The operator's own 取引実行パスワード.
    pub transaction_password: Secret,
    /// The acknowledgement that nobody gave instructions by telephone or message.
    pub not_instructed_by_others: bool,
    /// A second person of the contract who agrees.
    pub approver: Option<Approver>,
}

/// A second person of the contract, as entered.
#[derive(Clone)]
pub struct Approver {
    /// 利用者ID.
    pub user_id: String,
    /// Their own 取引実行パスワード.
    pub transaction_password: Secret,
}

/// A run that may go on: what entitles to each of its reissues. Only
/// [`Warifu::begin_bulk_reissue`] makes one. Cheap to clone.
#[derive(Clone)]
pub struct BulkReissue(Arc<Run>);

struct Run {
    id: BulkId,
    operator: Operator,
    _operator_verified: TransactionVerified,
    _approver_verified: Option<TransactionVerified>,
}

impl BulkReissue {
    /// Names the run in the audit log.
    pub fn id(&self) -> BulkId {
        self.0.id
    }
}

impl Warifu {
    /// Begins a run: checks shapes, rights and transaction passwords, and takes one of the
    /// operator's quota.
    pub async fn begin_bulk_reissue(
        &self,
        context: RequestContext,
        operator: &Operator,
        form: BulkReissueForm,
    ) -> Outcome<BulkReissue> {
        let most = self.policy().bulk.max_users.get();
        let size = match u32::try_from(form.users) {
            Ok(users) if users <= most => None,
            _ => Some(InvalidField::BulkSize { most }),
        };
        let acknowledged =
            (!form.not_instructed_by_others).then_some(InvalidField::NotInstructedByOthersMissing);
        let password = self.parse_transaction_password(&form.transaction_password);
        let approver = form.approver.as_ref().map(|approver| {
            let password = self.parse_transaction_password(&approver.transaction_password)?;
            Ok::<_, InvalidField>((approver.user_id.clone(), password))
        });
        match (password, approver.transpose(), size, acknowledged) {
            (Ok(password), Ok(approver), None, None) => {
                let operator = operator.clone();
                let users = form.users;
                self.to_completion(move |warifu| async move {
                    warifu
                        .check_and_begin(context, operator, users, &password, approver)
                        .await
                })
                .await
            }
            (password, approver, size, acknowledged) => Err(Refusal::Invalid(
                [acknowledged, size, password.err(), approver.err()]
                    .into_iter()
                    .flatten()
                    .collect(),
            )),
        }
    }

    async fn check_and_begin(
        &self,
        context: RequestContext,
        operator: Operator,
        users: usize,
        password: &PlainPassword,
        approver: Option<(String, PlainPassword)>,
    ) -> Outcome<BulkReissue> {
        self.require_reissue_right(context, &operator).await?;
        if approver.is_none() && self.policy().bulk.second_approver {
            return Err(Refusal::ApproverRequired);
        }
        let approver = match approver {
            None => None,
            Some((user_id, password)) => {
                let contract = operator.contract.number.as_str();
                let approver = self
                    .operator_at_terminal(context, contract, &user_id)
                    .await?;
                if approver.subject() == operator.subject() {
                    return Err(Refusal::ApproverRequired);
                }
                self.require_reissue_right(context, &approver).await?;
                Some((approver, password))
            }
        };
        let checker = self.password_checker(Purpose::Transaction)?;
        let verified = self
            .verify_transaction(
                context,
                &operator,
                &checker,
                password,
                Act::Reissue,
                operator.subject(),
            )
            .await?;
        let seconded = match &approver {
            None => None,
            Some((approver, password)) => Some(
                self.verify_transaction(
                    context,
                    approver,
                    &checker,
                    password,
                    Act::Reissue,
                    operator.subject(),
                )
                .await?,
            ),
        };
        let by = QuotaKey::ReissuesBy(operator.subject().clone());
        let limit = self.policy().reissue.per_operator;
        self.take_quota(context, &operator, by, limit, &operator.user)
            .await?;
        let id = BulkId::generate(self.randomness());
        let started = self
            .entry(context, AuditEvent::BulkStarted, AuditOutcome::Success)
            .by(&operator)
            .with("bulk", id)
            .with("users", users)
            .with("not_instructed_by_others", true);
        let started = match &approver {
            Some((approver, _)) => started.with("approver", approver.user.id()),
            None => started,
        };
        self.write([started]).await?;
        Ok(BulkReissue(Arc::new(Run {
            id,
            operator,
            _operator_verified: verified,
            _approver_verified: seconded,
        })))
    }

    /// Reissues for one user of a run. Who lost the right meanwhile goes no further.
    pub async fn reissue_in_bulk(
        &self,
        context: RequestContext,
        bulk: &BulkReissue,
        user_id: &str,
    ) -> Outcome<Reissued> {
        let (bulk, user_id) = (bulk.clone(), user_id.to_owned());
        self.to_completion(move |warifu| async move {
            let operator = &bulk.0.operator;
            let now = warifu.ports().directory.find(operator.subject()).await?;
            let still = now.is_some_and(|entry| {
                !entry.user.disabled && entry.user.holds(Permission::ReissueRetrievalPassword)
            });
            if !still {
                warifu
                    .write_denied(context, operator, "no-reissue-right", None)
                    .await?;
                return Err(Refusal::NotPermitted);
            }
            let target = warifu.reissuable(context, operator, &user_id).await?;
            let permit = warifu.hash_permit()?;
            let to = QuotaKey::ReissuesFor(target.subject.clone());
            let limit = warifu.policy().reissue.per_target;
            warifu
                .take_quota(context, operator, to, limit, &target)
                .await?;
            let proof = Proof::Bulk(bulk.clone());
            warifu
                .reissue(context, operator, target, proof, None, &permit)
                .await
        })
        .await
    }

    /// Whether a run could reissue for a user, as things stand. Changes nothing.
    pub async fn check_bulk_target(
        &self,
        context: RequestContext,
        operator: &Operator,
        user_id: &str,
    ) -> Outcome<User> {
        self.reissuable(context, operator, user_id).await
    }

    /// Writes down how a run ended.
    pub async fn finish_bulk_reissue(
        &self,
        context: RequestContext,
        bulk: &BulkReissue,
        reissued: usize,
        failed: usize,
    ) -> Outcome<()> {
        let outcome = if failed == 0 {
            AuditOutcome::Success
        } else {
            AuditOutcome::Failed
        };
        let finished = self
            .entry(context, AuditEvent::BulkFinished, outcome)
            .by(&bulk.0.operator)
            .with("bulk", bulk.id())
            .with("reissued", reissued)
            .with("failed", failed);
        self.write([finished]).await
    }

    /// The users of the operator's contract who can be reissued for and whose certificate ends
    /// `within` so long from now, and has not ended yet, by user ID.
    pub async fn users_expiring_within(
        &self,
        context: RequestContext,
        operator: &Operator,
        within: Duration,
    ) -> Outcome<Vec<UserId>> {
        self.require_reissue_right(context, operator).await?;
        let contract = &operator.contract.number;
        let (directory, now) = (&self.ports().directory, self.now());
        let mut expiring = Vec::new();
        let mut after: Option<UserId> = None;
        loop {
            let batch = directory.users(contract, after.as_ref(), BATCH).await?;
            let Some(last) = batch.last() else {
                return Ok(expiring);
            };
            after = Some(last.id().clone());
            for overview in self.overviews(contract, batch).await? {
                let user = &overview.user;
                let alive = matches!(
                    overview.certificate,
                    CertificateStatus::Valid | CertificateStatus::Expiring
                );
                let soon = overview
                    .certificate_not_after
                    .is_some_and(|end| end <= now.plus(within));
                if alive && soon && !user.disabled && user.subject != *operator.subject() {
                    expiring.push(user.id().clone());
                }
            }
        }
    }
}
