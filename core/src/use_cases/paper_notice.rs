//! The sealed notice (通知書): its password is made here, goes to the printer in this one answer, and
//! is never seen by who registered or approved.
//!
//! The order of the steps decides what a crash costs:
//! 1. The request is marked as being printed, with the ID of a reissue that does not exist yet. Of
//!    any number of clerks who press at once, one gets past this.
//! 2. The reissue is announced in the audit log, stored, and written down with `notice.printed`.
//! 3. The request is marked as printed. Only then the password leaves, in the answer.
//!
//! So no request is marked as printed without its audit record, no password is shown whose request
//! is not, and never two of them. A program that dies before the last step leaves a request that
//! another clerk can print after [`crate::domain::paper_request::PRINTING_LEASE`]: the password
//! made before was seen by nobody and is replaced. One that dies after it, with the answer on its
//! way, costs a new request.

use super::clerk::Clerk;
use super::context::RequestContext;
use super::reissue::{FreshPassword, Proof};
use super::warifu::Warifu;
use crate::domain::paper_request::{PaperEffect, PaperEvent, PaperRequest};
use crate::domain::retrieval_record::{Cancellation, IssuedTimes, ReissueRoute};
use crate::domain::{
    AuditEvent, AuditOutcome, Contract, Quota, ReissueId, RetrievalPassword, StaffMember,
    StaffRole, Subject, Timestamp, User,
};
use crate::ports::{QuotaKey, QuotaVerdict};
use crate::{Outcome, Refusal};

/// Proof that a request approved by another is being printed by this call, and by no other. Only
/// [`Warifu::begin_notice`] makes one; the reissue uses it up.
pub(super) struct NoticeBegun(());

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
    /// When.
    pub issued_at: Timestamp,
    /// From when it can be redeemed.
    pub redeemable_from: Timestamp,
    /// Until when.
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

impl Warifu {
    /// Makes the password of an approved request and gives what the notice says, once. For makers
    /// who did not approve it.
    pub async fn print_paper_notice(
        &self,
        context: RequestContext,
        clerk: &Clerk,
        number: &str,
    ) -> Outcome<PaperNotice> {
        let (clerk, number) = (clerk.clone(), number.to_owned());
        self.to_completion(move |warifu| async move {
            let clerk = &clerk;
            let member = warifu.acting(context, clerk, &[StaffRole::Maker]).await?;
            // What is refused anyway costs no hash and no quota.
            let trial = PaperEvent::BeginNotice(ReissueId::generate(warifu.randomness()));
            let (request, ..) = warifu
                .preview_paper_step(context, clerk, &member, &number, None, trial)
                .await?;
            let entry = warifu.person_of(&request).await?;
            let permit = warifu.hash_permit()?;
            let rules = warifu.policy().reissue;
            for (key, quota) in [
                (QuotaKey::ReissuesBy(clerk.subject()), rules.per_operator),
                (
                    QuotaKey::ReissuesFor(entry.user.subject.clone()),
                    rules.per_target,
                ),
            ] {
                warifu
                    .take_paper_quota(context, clerk, &request, &key, quota)
                    .await?;
            }
            let fresh = warifu.fresh_password(&permit).await;
            let begun = warifu
                .begin_notice(context, clerk, &member, &number, fresh.id)
                .await?;
            let subject = entry.user.subject.clone();
            match warifu
                .issue_notice(context, clerk, &member, &subject, &fresh, begun)
                .await
            {
                Ok((request, times)) => Ok(PaperNotice {
                    request,
                    contract: entry.contract,
                    user: entry.user,
                    retrieval_password: fresh.password,
                    reissue_id: fresh.id,
                    issued_at: times.issued_at,
                    redeemable_from: times.redeemable_from,
                    expires_at: times.expires_at,
                }),
                Err(refusal) => {
                    warifu
                        .abandon_notice(context, clerk, &member, &request, fresh.id)
                        .await;
                    Err(refusal)
                }
            }
        })
        .await
    }

    async fn begin_notice(
        &self,
        context: RequestContext,
        clerk: &Clerk,
        member: &StaffMember,
        number: &str,
        reissue: ReissueId,
    ) -> Outcome<Begun> {
        let event = PaperEvent::BeginNotice(reissue);
        let (request, _) = self
            .paper_step(context, clerk, member, number, None, event)
            .await?;
        Ok(Begun {
            request,
            proof: NoticeBegun(()),
        })
    }

    async fn issue_notice(
        &self,
        context: RequestContext,
        clerk: &Clerk,
        member: &StaffMember,
        subject: &Subject,
        fresh: &FreshPassword,
        begun: Begun,
    ) -> Outcome<(PaperRequest, IssuedTimes)> {
        let Begun { request, proof } = begun;
        let written = |event| {
            self.paper_entry(context, clerk, event, &request)
                .with("reissue_id", fresh.id)
                .with("route", ReissueRoute::Paper.name())
        };
        self.write([written(AuditEvent::ReissueStarted)]).await?;
        let proof = Proof::Paper(proof);
        let by = clerk.as_ref().actor().to_owned();
        let times = self.keep_fresh_password(subject, fresh, &proof, by).await?;
        self.write([
            written(AuditEvent::Reissued).with("expires_at", times.expires_at),
            written(AuditEvent::NoticePrinted),
        ])
        .await?;
        let event = PaperEvent::FinishNotice(fresh.id);
        let number = request.number().as_str();
        let (request, _) = self
            .paper_step(context, clerk, member, number, None, event)
            .await?;
        Ok((request, times))
    }

    /// Lets another clerk print what this call could not, and makes sure that its password, which
    /// nobody saw, is nobody's. What fails here heals when the printing lease ends.
    async fn abandon_notice(
        &self,
        context: RequestContext,
        clerk: &Clerk,
        member: &StaffMember,
        request: &PaperRequest,
        reissue: ReissueId,
    ) {
        let number = request.number();
        let failed = self
            .entry(context, AuditEvent::NoticePrinted, AuditOutcome::Failed)
            .by_clerk(clerk)
            .about(request)
            .with("reissue_id", reissue)
            .with("reason", "not-shown");
        if let Err(refusal) = self.write([failed]).await {
            tracing::warn!(%refusal, %number, "a notice that failed could not be written down");
        }
        if let Err(refusal) = self
            .void_paper_password(context, clerk, request, reissue)
            .await
        {
            tracing::warn!(%refusal, %number, "the password of a failed notice was not taken back");
        }
        let event = PaperEvent::AbandonNotice(reissue);
        if let Err(refusal) = self
            .paper_step(context, clerk, member, number.as_str(), None, event)
            .await
        {
            tracing::warn!(%refusal, %number, "a failed notice is still marked as being printed");
        }
    }

    /// Records that the notice came back (未着), and takes its password back. For makers.
    pub async fn record_returned_mail(
        &self,
        context: RequestContext,
        clerk: &Clerk,
        number: &str,
        version: u64,
    ) -> Outcome<ReturnedMail> {
        let (clerk, number) = (clerk.clone(), number.to_owned());
        self.to_completion(move |warifu| async move {
            let clerk = &clerk;
            let member = warifu.acting(context, clerk, &[StaffRole::Maker]).await?;
            let event = PaperEvent::RecordReturnedMail;
            let (current, _, effects) = warifu
                .preview_paper_step(
                    context,
                    clerk,
                    &member,
                    &number,
                    Some(version),
                    event.clone(),
                )
                .await?;
            let mut already_redeemed = false;
            for effect in effects {
                // Before it is recorded: whoever reads that the notice came back may rely on it
                // that its password is void.
                if let PaperEffect::VoidPassword(reissue) = effect {
                    let cancellation = warifu
                        .void_paper_password(context, clerk, &current, reissue)
                        .await?;
                    already_redeemed |= cancellation == Cancellation::AlreadyRedeemed;
                }
            }
            let (request, _) = warifu
                .paper_step(context, clerk, &member, &number, Some(version), event)
                .await?;
            let returned = warifu
                .paper_entry(context, clerk, AuditEvent::NoticeReturned, &request)
                .with("already_redeemed", already_redeemed);
            warifu.write([returned]).await?;
            Ok(ReturnedMail {
                request,
                already_redeemed,
            })
        })
        .await
    }

    async fn take_paper_quota(
        &self,
        context: RequestContext,
        clerk: &Clerk,
        request: &PaperRequest,
        key: &QuotaKey,
        quota: Quota,
    ) -> Outcome<()> {
        match self.ports().quotas.take(key, quota).await? {
            QuotaVerdict::Allowed => Ok(()),
            QuotaVerdict::Exceeded { retry_after } => {
                let denied = self
                    .entry(context, AuditEvent::AccessDenied, AuditOutcome::Refused)
                    .by_clerk(clerk)
                    .about(request)
                    .with("reason", "reissue-quota");
                self.write([denied]).await?;
                Err(Refusal::ReissueQuota { retry_after })
            }
        }
    }
}

/// A request that is being printed, with the proof of it.
struct Begun {
    request: PaperRequest,
    proof: NoticeBegun,
}
