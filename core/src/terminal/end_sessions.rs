//! Ending the sessions of a user of any contract.

use super::handle::Terminal;
use crate::domain::{Subject, UserId};
use crate::wiring::to_completion;
use crate::{Outcome, Refusal, RequestContext};

impl Terminal {
    /// Ends all sessions of a user, on every surface. One whom the directory no longer has may still
    /// have some, but is then no user who could be named; those end when they are used.
    pub async fn end_sessions(
        &self,
        context: RequestContext,
        contract_number: &str,
        user_id: &str,
    ) -> Outcome<()> {
        let contract = self.contract(contract_number).await?;
        let user: UserId = user_id.parse().map_err(|_| Refusal::UserNotSelectable)?;
        let subject = Subject::new(contract.number, user);
        let directory = &self.wiring.ports().directory;
        if directory.find(&subject).await?.is_none() {
            return Err(Refusal::UserNotSelectable);
        }
        let wiring = self.wiring.clone();
        to_completion(async move {
            let ended = wiring.ended_at_terminal(context);
            wiring.end_sessions(&subject, ended).await
        })
        .await
    }

    /// Ends all sessions of users whom an import switched off or removed.
    pub async fn end_sessions_of_withdrawn(
        &self,
        context: RequestContext,
        withdrawn: &[Subject],
    ) -> Outcome<()> {
        self.wiring
            .end_sessions_of_withdrawn(context, withdrawn)
            .await
    }
}
