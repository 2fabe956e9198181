//! Recent reissues, and taking one back.

use std::collections::{BTreeMap, BTreeSet};

use super::operator::Operator;
use super::session::UserSession;
use crate::domain::retrieval_record::{Cancellation, Reissue};
use crate::domain::{AuditEvent, AuditOutcome, ReissueId, Subject, User, UserId};
use crate::wiring::to_completion;
use crate::{Outcome, Refusal};

/// How many reissues a list shows.
const LISTED: usize = 100;

impl Operator {
    /// Recent reissues of the operator's contract, newest first; of one user where given.
    pub async fn reissues(&self, user_id: Option<&str>) -> Outcome<Vec<Reissue>> {
        self.require_reissue_right().await?;
        let user = match user_id {
            Some(user_id) => Some(self.selectable(user_id).await?.subject.user),
            None => None,
        };
        self.list_reissues(user.as_ref(), LISTED).await
    }

    /// The names of the people of the operator's contract who are in `reissues`. Who is not in the
    /// directory any more has none.
    pub async fn names_in(&self, reissues: &[Reissue]) -> Outcome<BTreeMap<UserId, String>> {
        let people =
            |reissue: &Reissue| [Some(reissue.user.clone()), reissue.operator.parse().ok()];
        let ids: BTreeSet<UserId> = reissues.iter().flat_map(people).flatten().collect();
        let directory = &self.wiring.ports().directory;
        let users = directory.users_of(&self.contract.number, &ids).await?;
        let named = |user: User| (user.subject.user, user.name);
        Ok(users.into_iter().map(named).collect())
    }

    pub(super) async fn list_reissues(
        &self,
        user: Option<&UserId>,
        limit: usize,
    ) -> Outcome<Vec<Reissue>> {
        let policy = &self.wiring.policy().retrieval;
        let store = &self.wiring.ports().retrieval_passwords;
        let contract = &self.contract.number;
        Ok(store.reissues(contract, user, policy, limit).await?)
    }

    /// Whose reissue it is, within the operator's contract; `only_of` one user, where given.
    pub(super) async fn owner_of(
        &self,
        reissue_id: &str,
        only_of: Option<&UserId>,
    ) -> Outcome<(ReissueId, Subject)> {
        let id: ReissueId = reissue_id.parse().map_err(|_| Refusal::ReissueNotFound)?;
        let contract = &self.contract.number;
        let store = &self.wiring.ports().retrieval_passwords;
        let owner = store.find(contract, id).await?;
        let Some(owner) = owner.filter(|owner| only_of.is_none_or(|only| only == owner)) else {
            self.write_denied("reissue-not-found", None).await?;
            return Err(Refusal::ReissueNotFound);
        };
        Ok((id, Subject::new(contract.clone(), owner)))
    }

    /// Takes back a password of the operator's contract. What can no longer be redeemed anyway is
    /// fine.
    pub async fn cancel_reissue(&self, reissue_id: &str) -> Outcome<()> {
        self.require_reissue_right().await?;
        self.cancel(reissue_id, None).await
    }

    async fn cancel(&self, reissue_id: &str, only_of: Option<UserId>) -> Outcome<()> {
        let (operator, reissue_id) = (self.clone(), reissue_id.to_owned());
        to_completion(async move {
            let owner = operator.owner_of(&reissue_id, only_of.as_ref());
            let (id, subject) = owner.await?;
            let store = &operator.wiring.ports().retrieval_passwords;
            let cancelled = operator
                .entry(AuditEvent::ReissueCancelled, AuditOutcome::Success)
                .on(&subject)
                .with("reissue_id", id);
            match store.cancel(&subject, id).await? {
                Cancellation::Cancelled => operator.wiring.write([cancelled]).await,
                // Perhaps an earlier request did it, and ended before it was written down.
                Cancellation::AlreadyVoid => {
                    let cancelled = cancelled.with("already_void", true);
                    operator.wiring.write([cancelled]).await
                }
                Cancellation::AlreadyRedeemed => Err(Refusal::AlreadyRedeemed),
                Cancellation::Unknown => Err(Refusal::ReissueNotFound),
            }
        })
        .await
    }
}

impl UserSession {
    /// One's own reissues, newest first.
    pub async fn own_reissues(&self) -> Outcome<Vec<Reissue>> {
        let operator = &self.operator;
        operator
            .list_reissues(Some(operator.user.id()), LISTED)
            .await
    }

    /// One's own reissue that is in force, or was last.
    pub(super) async fn newest_own_reissue(&self) -> Outcome<Option<Reissue>> {
        let operator = &self.operator;
        let newest = operator.list_reissues(Some(operator.user.id()), 1);
        Ok(newest.await?.into_iter().next())
    }

    /// Takes back one's own password.
    pub async fn cancel_own_reissue(&self, reissue_id: &str) -> Outcome<()> {
        let own = self.operator.user.id().clone();
        self.operator.cancel(reissue_id, Some(own)).await
    }
}
