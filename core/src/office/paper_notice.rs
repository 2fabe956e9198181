//! The sealed notice (通知書): its password is made here, goes to the printer in this one answer, and
//! is never seen by who registered or approved.
//!
//! The order of the steps decides what a crash costs:
//! 1. The request is marked as being printed, with the ID of a reissue that does not exist yet. Of
//!    any number of clerks who press at once, one gets past this.
//! 2. The reissue is announced in the audit log, stored, and written down with `notice.made`.
//! 3. The request says that its notice was made. Only then the password leaves, in the answer.
//!
//! So no notice leaves without its audit record, no password is shown whose request does not say so,
//! and never two of them. A program that dies before the last step leaves a request that
//! another clerk can print after [`crate::domain::paper_request::PRINTING_LEASE`]: the password
//! made before was seen by nobody and is replaced. One that dies after it, with the answer on its
//! way, leaves a notice that nobody says is on paper: a new one needs another's agreement.

use super::acting::ActingClerk;
use super::clerk::Clerk;
use crate::Outcome;
use crate::domain::paper_request::{PaperEvent, PaperRequest};
use crate::domain::retrieval_record::IssuedTimes;
use crate::domain::{
    AuditEvent, AuditOutcome, Contract, ReissueId, RetrievalPassword, StaffRole, Timestamp, User,
};
use crate::entitlement::{Entitlement, Reissue};
use crate::ports::{HashClaimant, QuotaKey};
use crate::reissuing::{FreshPassword, Stored};
use crate::wiring::to_completion;

/// What the sealed notice says. To be printed now: nobody gets it again.
pub struct PaperNotice {
    /// The request as it stands now.
    pub request: PaperRequest,
    /// The company, with the registered address the notice goes to.
    pub contract: Contract,
    /// For whom.
    pub user: User,
    /// The password.
    pub retrieval_password: RetrievalPassword,
    /// The reissue.
    pub reissue_id: ReissueId,
    /// When it was reissued: the hold and the validity are counted from here.
    pub issued_at: Timestamp,
    /// From when it can be redeemed.
    pub redeemable_from: Timestamp,
    /// The end of its validity; from then on it is refused.
    pub expires_at: Timestamp,
}

/// What was recorded of a notice that came back.
#[derive(Clone, Debug)]
pub struct ReturnedMail {
    /// The request as it stands now.
    pub request: PaperRequest,
    /// Whether somebody had redeemed the password by then: then the bank has to look into it.
    pub already_redeemed: bool,
}

impl Clerk {
    /// Makes the password of an approved request and gives what the notice says, once. For makers
    /// who did not approve it.
    pub async fn print_paper_notice(&self, number: &str) -> Outcome<PaperNotice> {
        let (clerk, number) = (self.clone(), number.to_owned());
        to_completion(async move {
            let maker = clerk.acting(&[StaffRole::Maker]).await?;
            maker.print_notice(&number).await
        })
        .await
    }

    /// Records that the notice came back (未着), and takes its password back. For makers.
    pub async fn record_returned_mail(&self, number: &str, version: u64) -> Outcome<ReturnedMail> {
        let (clerk, number) = (self.clone(), number.to_owned());
        to_completion(async move {
            let maker = clerk.acting(&[StaffRole::Maker]).await?;
            let event = PaperEvent::RecordReturnedMail;
            let made = maker.preview(&number, Some(version), event.clone()).await?;
            let already_redeemed = clerk.void_what_was_printed(&made).await?;
            let (request, _) = maker.step(&number, Some(version), event).await?;
            let returned = clerk
                .paper_entry(AuditEvent::NoticeReturned, &request)
                .with("already_redeemed", already_redeemed);
            clerk.wiring.write([returned]).await?;
            Ok(ReturnedMail {
                request,
                already_redeemed,
            })
        })
        .await
    }
}

impl ActingClerk {
    pub(super) async fn print_notice(&self, number: &str) -> Outcome<PaperNotice> {
        let (clerk, wiring) = (&self.clerk, &self.clerk.wiring);
        let id = ReissueId::generate(wiring.randomness());
        // What is refused anyway costs no hash and no quota.
        let trial = PaperEvent::BeginNotice(id);
        let approved = self.preview(number, None, trial).await?.current;
        let entry = clerk.person_of(&approved).await?;
        let permit = wiring.hash_permit(HashClaimant::Bank)?;
        wiring.hash_turn(&permit).await?;
        let rules = wiring.policy().reissue;
        let (by, to) = (
            QuotaKey::ReissuesBy(clerk.subject()),
            QuotaKey::ReissuesFor(entry.user.subject.clone()),
        );
        let quotas = [(by, rules.per_operator), (to, rules.per_target)];
        let denied = || {
            let denied = wiring.denied(&clerk.actor, "reissue-quota");
            denied.about(&approved)
        };
        let taken = wiring.take_reissue_quotas(id, quotas, denied).await?;
        let fresh = wiring.fresh_password(&permit).await;
        let target = entry.user.clone();
        let (begun, entitlement) = match self.entitle_by_request(number, id, target).await {
            Ok(entitled) => entitled,
            Err(refusal) => {
                wiring.settle_quotas(taken, false).await;
                return Err(refusal);
            }
        };
        let mut stored = Stored::No;
        let issued = self.issue_notice(&begun, entitlement, &fresh, &mut stored);
        let issued = issued.await;
        wiring.settle_stored(taken, stored).await;
        match issued {
            Ok((request, times)) => Ok(PaperNotice {
                request,
                contract: entry.contract,
                user: entry.user,
                retrieval_password: fresh.password,
                reissue_id: id,
                issued_at: times.issued_at,
                redeemable_from: times.redeemable_from,
                expires_at: times.expires_at,
            }),
            Err(refusal) => {
                self.abandon_notice(&begun, id).await;
                Err(refusal)
            }
        }
    }

    async fn issue_notice(
        &self,
        request: &PaperRequest,
        entitlement: Entitlement<Reissue>,
        fresh: &FreshPassword,
        stored: &mut Stored,
    ) -> Outcome<(PaperRequest, IssuedTimes)> {
        let (clerk, wiring) = (&self.clerk, &self.clerk.wiring);
        let (id, route) = (entitlement.act().id(), entitlement.act().route());
        let written = |event| {
            clerk
                .paper_entry(event, request)
                .with("reissue_id", id)
                .with("route", route.name())
        };
        wiring.write([written(AuditEvent::ReissueStarted)]).await?;
        let times = wiring.store_reissue(entitlement, fresh, stored).await?;
        wiring
            .write([
                written(AuditEvent::Reissued).with("expires_at", times.expires_at),
                written(AuditEvent::NoticeMade),
            ])
            .await?;
        let event = PaperEvent::FinishNotice(id);
        let number = request.number().as_str();
        let (request, _) = self.step(number, None, event).await?;
        Ok((request, times))
    }

    /// Lets another clerk print what this call could not, and makes sure that its password, which
    /// nobody saw, is nobody's. What fails here heals when the printing lease ends.
    async fn abandon_notice(&self, request: &PaperRequest, reissue: ReissueId) {
        let (clerk, wiring) = (&self.clerk, &self.clerk.wiring);
        let number = request.number();
        let failed = clerk
            .entry(AuditEvent::NoticeMade, AuditOutcome::Failed)
            .about(request)
            .with("reissue_id", reissue)
            .with("reason", "not-shown");
        if let Err(refusal) = wiring.write([failed]).await {
            tracing::warn!(%refusal, %number, "a notice that failed could not be written down");
        }
        if let Err(refusal) = clerk.void_paper_password(request, reissue).await {
            tracing::warn!(%refusal, %number, "the password of a failed notice was not taken back");
        }
        let event = PaperEvent::AbandonNotice(reissue);
        if let Err(refusal) = self.step(number.as_str(), None, event).await {
            tracing::warn!(%refusal, %number, "a failed notice is still marked as being printed");
        }
    }
}
