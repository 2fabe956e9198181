//! Recent reissues, and taking one back.

use super::context::RequestContext;
use super::sessions::Operator;
use super::warifu::Warifu;
use crate::domain::retrieval_record::{Cancellation, Reissue};
use crate::domain::{AuditEvent, AuditOutcome, ReissueId, Subject, UserId};
use crate::{Outcome, Refusal};

/// How many reissues a list shows.
const LISTED: usize = 100;

impl Warifu {
    /// Recent reissues of the operator's contract, newest first; of one user where given.
    pub async fn reissues(
        &self,
        context: RequestContext,
        operator: &Operator,
        user_id: Option<&str>,
    ) -> Outcome<Vec<Reissue>> {
        self.require_reissue_right(context, operator).await?;
        let user = match user_id {
            Some(user_id) => Some(
                self.selectable(context, operator, user_id)
                    .await?
                    .subject
                    .user,
            ),
            None => None,
        };
        self.list_reissues(operator, user.as_ref()).await
    }

    /// The operator's own reissues, newest first.
    pub async fn own_reissues(
        &self,
        _context: RequestContext,
        operator: &Operator,
    ) -> Outcome<Vec<Reissue>> {
        self.list_reissues(operator, Some(operator.user.id())).await
    }

    async fn list_reissues(
        &self,
        operator: &Operator,
        user: Option<&UserId>,
    ) -> Outcome<Vec<Reissue>> {
        let (contract, policy) = (&operator.contract.number, &self.policy().retrieval);
        let store = &self.ports().retrieval_passwords;
        Ok(store.reissues(contract, user, policy, LISTED).await?)
    }

    /// Takes back a password of the operator's contract. What can no longer be redeemed anyway is
    /// fine.
    pub async fn cancel_reissue(
        &self,
        context: RequestContext,
        operator: &Operator,
        reissue_id: &str,
    ) -> Outcome<()> {
        self.require_reissue_right(context, operator).await?;
        self.cancel(context, operator, reissue_id, None).await
    }

    /// Takes back one's own password.
    pub async fn cancel_own_reissue(
        &self,
        context: RequestContext,
        operator: &Operator,
        reissue_id: &str,
    ) -> Outcome<()> {
        let own = operator.user.id().clone();
        self.cancel(context, operator, reissue_id, Some(own)).await
    }

    async fn cancel(
        &self,
        context: RequestContext,
        operator: &Operator,
        reissue_id: &str,
        only_of: Option<UserId>,
    ) -> Outcome<()> {
        let id: ReissueId = reissue_id.parse().map_err(|_| Refusal::ReissueNotFound)?;
        let operator = operator.clone();
        self.to_completion(move |warifu| async move {
            let contract = &operator.contract.number;
            let store = &warifu.ports().retrieval_passwords;
            let owner = store.find(contract, id).await?;
            let owner = owner.filter(|owner| only_of.as_ref().is_none_or(|only| only == owner));
            let Some(owner) = owner else {
                warifu
                    .write_denied(context, &operator, "reissue-not-found", None)
                    .await?;
                return Err(Refusal::ReissueNotFound);
            };
            let subject = Subject::new(contract.clone(), owner);
            let cancelled = warifu
                .entry(context, AuditEvent::ReissueCancelled, AuditOutcome::Success)
                .by(&operator)
                .on(&subject)
                .with("reissue_id", id);
            match store.cancel(&subject, id).await? {
                Cancellation::Cancelled => warifu.write([cancelled]).await,
                // Perhaps an earlier request did it, and ended before it was written down.
                Cancellation::AlreadyVoid => {
                    warifu.write([cancelled.with("already_void", true)]).await
                }
                Cancellation::AlreadyRedeemed => Err(Refusal::AlreadyRedeemed),
                Cancellation::Unknown => Err(Refusal::ReissueNotFound),
            }
        })
        .await
    }
}
