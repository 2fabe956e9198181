//! Reissuing for many users in one run, such as when a company gets new PCs: one transaction
//! password (and a second person's, if the policy says so), then one reissue after the other, each
//! with every rule of a single one but the operator's quota, which counts the run once.

use std::sync::Arc;
use std::time::Duration;

use super::handle::Terminal;
use crate::customers::Operator;
use crate::domain::attempts::Purpose;
use crate::domain::{
    AuditEvent, AuditOutcome, BulkId, CertificateStatus, Permission, PlainPassword, ReissueId,
    User, UserId,
};
use crate::entitlement::{BulkRun, Entitlement};
use crate::ports::QuotaKey;
use crate::user_list::{OverviewWalk, UserFilter};
use crate::wiring::to_completion;
use crate::{InvalidField, Outcome, Refusal, Reissued, RequestContext, Secret};

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
/// [`Terminal::begin_bulk_reissue`] makes one. Cheap to clone.
#[derive(Clone)]
pub struct BulkReissue(Arc<Run>);

struct Run {
    operator: Operator,
    entitlement: Entitlement<BulkRun>,
    /// Held, and not asked for anything: without it there is no run that the policy allows.
    _seconded: Option<Entitlement<BulkRun>>,
}

/// A second person of the contract who entered a password.
struct Second {
    operator: Operator,
    password: PlainPassword,
}

impl Terminal {
    /// Begins a run: checks shapes, rights and transaction passwords, and takes one of the
    /// operator's quota.
    pub async fn begin_bulk_reissue(
        &self,
        operator: &Operator,
        form: BulkReissueForm,
    ) -> Outcome<BulkReissue> {
        let most = self.wiring.policy().bulk.max_users.get();
        let size = match u32::try_from(form.users) {
            Ok(users) if users <= most => None,
            _ => Some(InvalidField::BulkSize { most }),
        };
        let acknowledged =
            (!form.not_instructed_by_others).then_some(InvalidField::NotInstructedByOthersMissing);
        let password = operator.parse_transaction_password(&form.transaction_password);
        let approver = form.approver.as_ref().map(|approver| {
            let password = operator.parse_transaction_password(&approver.transaction_password)?;
            Ok::<_, InvalidField>((approver.user_id.clone(), password))
        });
        match (password, approver.transpose(), size, acknowledged) {
            (Ok(password), Ok(approver), None, None) => {
                let (terminal, operator) = (self.clone(), operator.clone());
                to_completion(async move {
                    let second = terminal.second(&operator, approver).await?;
                    begin(operator, form.users, &password, second).await
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

    /// Finds the second person, where one is named or the policy wants one.
    async fn second(
        &self,
        operator: &Operator,
        approver: Option<(String, PlainPassword)>,
    ) -> Outcome<Option<Second>> {
        operator.require_reissue_right().await?;
        let Some((user_id, password)) = approver else {
            if self.wiring.policy().bulk.second_approver {
                return Err(Refusal::ApproverRequired);
            }
            return Ok(None);
        };
        let context = operator.actor.context();
        let contract = operator.contract.number.as_str();
        let second = self.operator(context, contract, &user_id).await?;
        if second.subject() == operator.subject() {
            return Err(Refusal::ApproverRequired);
        }
        second.require_reissue_right().await?;
        Ok(Some(Second {
            operator: second,
            password,
        }))
    }

    /// Whether a run could reissue for a user, as things stand. Changes nothing.
    pub async fn check_bulk_target(&self, operator: &Operator, user_id: &str) -> Outcome<User> {
        operator.reissuable(user_id).await
    }

    /// The users of the operator's contract who can be reissued for and whose certificate ends
    /// `within` so long from now, and has not ended yet, by user ID.
    pub async fn users_expiring_within(
        &self,
        operator: &Operator,
        within: Duration,
    ) -> Outcome<Vec<UserId>> {
        operator.require_reissue_right().await?;
        let contract = &operator.contract.number;
        let now = self.wiring.now();
        let mut expiring = Vec::new();
        let mut walk = OverviewWalk::new(&self.wiring, contract, UserFilter::default(), None);
        loop {
            let overviews = walk.next().await?;
            if overviews.is_empty() {
                return Ok(expiring);
            }
            for overview in overviews {
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

async fn begin(
    operator: Operator,
    users: usize,
    password: &PlainPassword,
    second: Option<Second>,
) -> Outcome<BulkReissue> {
    let wiring = &operator.wiring;
    let checker = wiring.password_checker(Purpose::Transaction, operator.hash_claimant())?;
    let id = BulkId::generate(wiring.randomness());
    let run = || BulkRun {
        operator: operator.subject().clone(),
        id,
    };
    let entitlement = operator.entitle(run(), &checker, password).await?;
    let seconded = match &second {
        None => None,
        Some(Second { operator, password }) => {
            Some(operator.entitle(run(), &checker, password).await?)
        }
    };
    let by = QuotaKey::ReissuesBy(operator.subject().clone());
    let limit = wiring.policy().reissue.per_operator;
    // The run is one unit: it happened once it is written down that it began.
    let unit = ReissueId::generate(wiring.randomness());
    let denied = || operator.quota_denied(&operator.user);
    let taken = wiring.take_reissue_quotas(unit, [(by, limit)], denied);
    let taken = taken.await?;
    let started = operator
        .entry(AuditEvent::BulkStarted, AuditOutcome::Success)
        .with("bulk", id)
        .with("users", users)
        .with("not_instructed_by_others", true);
    let started = match &second {
        Some(second) => started.with("approver", second.operator.user.id()),
        None => started,
    };
    let written = wiring.write([started]).await;
    wiring.settle_quotas(taken, written.is_ok()).await;
    written?;
    Ok(BulkReissue(Arc::new(Run {
        operator,
        entitlement,
        _seconded: seconded,
    })))
}

impl BulkReissue {
    /// Names the run in the audit log.
    pub fn id(&self) -> BulkId {
        self.0.entitlement.act().id
    }

    /// Reissues for one user of the run. Who lost the right meanwhile goes no further.
    pub async fn reissue(&self, context: RequestContext, user_id: &str) -> Outcome<Reissued> {
        let (bulk, user_id) = (self.clone(), user_id.to_owned());
        to_completion(async move {
            let operator = bulk.0.operator.in_request(context);
            let wiring = &operator.wiring;
            let now = wiring.ports().directory.find(operator.subject()).await?;
            let still = now.is_some_and(|entry| {
                !entry.user.disabled && entry.user.holds(Permission::ReissueRetrievalPassword)
            });
            if !still {
                operator.write_denied("no-reissue-right", None).await?;
                return Err(Refusal::NotPermitted);
            }
            let target = operator.reissuable(&user_id).await?;
            let permit = operator.hash_permit_in_turn().await?;
            let to = QuotaKey::ReissuesFor(target.subject.clone());
            let limit = wiring.policy().reissue.per_target;
            let id = ReissueId::generate(wiring.randomness());
            let run = &bulk.0.entitlement;
            let entitlement = run
                .reissue(&operator, target.clone(), id)
                .ok_or(Refusal::Unexpected)?;
            let denied = || operator.quota_denied(&target);
            let taken = wiring.take_reissue_quotas(id, [(to, limit)], denied);
            let taken = taken.await?;
            wiring.reissue(entitlement, &permit, taken).await
        })
        .await
    }

    /// Writes down how the run ended.
    pub async fn finish(
        &self,
        context: RequestContext,
        reissued: usize,
        failed: usize,
    ) -> Outcome<()> {
        let outcome = if failed == 0 {
            AuditOutcome::Success
        } else {
            AuditOutcome::Failed
        };
        let operator = self.0.operator.in_request(context);
        let finished = operator
            .entry(AuditEvent::BulkFinished, outcome)
            .with("bulk", self.id())
            .with("reissued", reissued)
            .with("failed", failed);
        operator.wiring.write([finished]).await
    }
}
