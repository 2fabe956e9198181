//! Who acts for a contract: a user, as the directory knows them at this very request. What
//! operators do stands in the files beside this one.

use crate::context::RequestContext;
use crate::domain::{
    AuditEvent, AuditOutcome, Contract, Permission, ReissueId, Subject, User, UserId,
};
use crate::ports::{HashClaimant, HashPermit};
use crate::wiring::{Actor, Entry, Wiring};
use crate::{Outcome, Refusal};

/// A user who acts, in one request, from one place: in a session or at a terminal of the bank.
/// Made by a session or by the terminal, for one request; rights are those of this moment.
#[derive(Clone)]
pub struct Operator {
    /// The tenant. Nothing that an operator does leaves it.
    pub contract: Contract,
    /// The user.
    pub user: User,
    pub(crate) wiring: Wiring,
    pub(crate) actor: Actor,
}

impl Operator {
    pub(crate) fn in_session(
        wiring: &Wiring,
        context: RequestContext,
        contract: Contract,
        user: User,
    ) -> Self {
        let (name, number) = (user.id().to_string(), contract.number.clone());
        let actor = Actor::in_session(context, name, Some(number));
        Self::new(wiring, actor, contract, user)
    }

    pub(crate) fn at_terminal(
        wiring: &Wiring,
        context: RequestContext,
        contract: Contract,
        user: User,
    ) -> Self {
        let (name, number) = (user.id().to_string(), contract.number.clone());
        let actor = Actor::at_terminal(context, name, Some(number));
        Self::new(wiring, actor, contract, user)
    }

    fn new(wiring: &Wiring, actor: Actor, contract: Contract, user: User) -> Self {
        Self {
            contract,
            user,
            wiring: wiring.clone(),
            actor,
        }
    }

    /// What is hashed for an operator is the contract's share of the hasher.
    pub(crate) fn hash_claimant(&self) -> HashClaimant {
        HashClaimant::Contract(self.contract.number.clone())
    }

    pub(crate) fn hash_permit(&self) -> Outcome<HashPermit> {
        self.wiring.hash_permit(self.hash_claimant())
    }

    /// A place in the hasher's queue that is not taken away any more.
    pub(crate) async fn hash_permit_in_turn(&self) -> Outcome<HashPermit> {
        let permit = self.hash_permit()?;
        self.wiring.hash_turn(&permit).await?;
        Ok(permit)
    }

    /// The same operator, in another request.
    pub(crate) fn in_request(&self, context: RequestContext) -> Self {
        Self {
            actor: self.actor.in_request(context),
            ..self.clone()
        }
    }

    /// Contract and user ID.
    pub fn subject(&self) -> &Subject {
        &self.user.subject
    }

    /// Refuses who does not hold the reissue right, and writes that down.
    pub async fn require_reissue_right(&self) -> Outcome<()> {
        if self.user.holds(Permission::ReissueRetrievalPassword) {
            return Ok(());
        }
        self.write_denied("no-reissue-right", None).await?;
        Err(Refusal::NotPermitted)
    }

    /// Writes down that the print button of a password sheet was pressed.
    pub async fn note_print_requested(&self, reissue_id: &str) -> Outcome<()> {
        let reissue: ReissueId = reissue_id.parse().map_err(|_| Refusal::ReissueNotFound)?;
        let entry = self
            .entry(AuditEvent::SecretPrintRequested, AuditOutcome::Success)
            .with("reissue_id", reissue);
        self.wiring.write([entry]).await
    }

    /// Why the operator, whatever their rights, does not reissue for `target`: oneself is helped at the
    /// self-service, and who is switched off not at all.
    pub fn reissue_barred(&self, target: &User) -> Option<Refusal> {
        let oneself = target.subject == *self.subject();
        if oneself && !self.wiring.policy().reissue.own_through_admin {
            Some(Refusal::UseSelfService)
        } else if target.disabled {
            Some(Refusal::UserDisabled)
        } else {
            None
        }
    }

    /// Finds a user whom the operator may reissue for.
    pub(crate) async fn reissuable(&self, user_id: &str) -> Outcome<User> {
        let target = self.selectable(user_id).await?;
        if let Some(refusal) = self.reissue_barred(&target) {
            if refusal == Refusal::UseSelfService {
                self.write_denied("own-through-admin", None).await?;
            }
            return Err(refusal);
        }
        Ok(target)
    }

    /// Finds a user of the operator's contract. Malformed, unknown and of another contract are one
    /// and the same.
    pub(crate) async fn selectable(&self, user_id: &str) -> Outcome<User> {
        if let Ok(user) = user_id.parse::<UserId>() {
            let subject = Subject::new(self.contract.number.clone(), user);
            if let Some(entry) = self.wiring.ports().directory.find(&subject).await? {
                return Ok(entry.user);
            }
        }
        let target: String = user_id.chars().take(64).collect();
        self.write_denied("user-not-selectable", Some(&target))
            .await?;
        Err(Refusal::UserNotSelectable)
    }

    /// A record of what the operator did.
    pub(crate) fn entry(&self, event: AuditEvent, outcome: AuditOutcome) -> Entry {
        self.wiring.entry_by(&self.actor, event, outcome)
    }

    /// Writes down that the operator asked for what they may not have.
    pub(crate) async fn write_denied(&self, reason: &str, target: Option<&str>) -> Outcome<()> {
        let mut entry = self.wiring.denied(&self.actor, reason);
        if let Some(target) = target {
            entry = entry.with("target", target);
        }
        self.wiring.write([entry]).await
    }
}
