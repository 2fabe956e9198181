//! What becomes of notices: several made in one run, said to be on paper, no good, posted.

use std::collections::BTreeSet;
use std::time::Duration;

use super::acting::ActingClerk;
use super::clerk::Clerk;
use super::paper_notice::PaperNotice;
use crate::domain::paper_request::{PaperEvent, PaperLine, PaperRequest, PaperState};
use crate::domain::{AuditEvent, StaffRole};
use crate::wiring::to_completion;
use crate::{InvalidField, Outcome, Refusal};

/// The most notices of one run. Whoever prints more begins another.
pub const NOTICES_IN_A_RUN: usize = 20;
/// No notice is begun later in a run: what was made must leave before anybody tires of waiting.
const RUN_FOR: Duration = Duration::from_secs(15);

/// What became of a run of notices. Nothing of it is lost by a failure in the middle: what was made
/// is here, and the rest waits as before.
#[derive(Default)]
pub struct PaperNotices {
    /// What was made, each to be printed now.
    pub made: Vec<PaperNotice>,
    /// What was not, by the number that was given, and why.
    pub refused: Vec<(String, Refusal)>,
    /// What was not begun: the next run takes it.
    pub left: Vec<String>,
}

/// What became of a step with several requests.
#[derive(Default)]
pub struct PaperSteps {
    /// Those that made it, as they stand now.
    pub done: Vec<PaperRequest>,
    /// Those that did not, by the number that was given, and why.
    pub refused: Vec<(String, Refusal)>,
}

impl Clerk {
    /// Makes the notices of several approved requests, one after another, and gives them once. For
    /// makers who approved none of them.
    pub async fn print_paper_notices(&self, numbers: Vec<String>) -> Outcome<PaperNotices> {
        let clerk = self.clone();
        to_completion(async move {
            let maker = clerk.acting(&[StaffRole::Maker]).await?;
            let begun = clerk.wiring.now();
            let mut notices = PaperNotices::default();
            let mut goes_on = true;
            for number in each_once(numbers) {
                let made = notices.made.len();
                goes_on &= made < NOTICES_IN_A_RUN && clerk.wiring.now().since(begun) < RUN_FOR;
                if !goes_on {
                    notices.left.push(number);
                    continue;
                }
                match maker.print_notice(&number).await {
                    Ok(notice) => notices.made.push(notice),
                    Err(refusal) => {
                        // What is out of order stays so for the others, too.
                        goes_on = !matches!(
                            refusal,
                            Refusal::Unavailable(_) | Refusal::ReissueQuota { .. }
                        );
                        notices.refused.push((number, refusal));
                    }
                }
            }
            Ok(notices)
        })
        .await
    }

    /// Makes the notice of an approved request for a program that prints, once: taking it is
    /// printing it. For makers who did not approve it.
    pub async fn take_paper_notice(&self, number: &str) -> Outcome<PaperNotice> {
        let (clerk, number) = (self.clone(), number.to_owned());
        to_completion(async move {
            let maker = clerk.acting(&[StaffRole::Maker]).await?;
            let mut notice = maker.print_notice(&number).await?;
            match maker.confirm_printed(&number).await {
                Ok(request) => notice.request = request,
                // It is made, and given to nobody else: somebody confirms it later.
                Err(refusal) => tracing::warn!(%refusal, %number, "not said to be printed yet"),
            }
            Ok(notice)
        })
        .await
    }

    /// Records that notices are on paper, and whole. For makers who approved none of them.
    pub async fn confirm_printed_notices(&self, numbers: Vec<String>) -> Outcome<PaperSteps> {
        let clerk = self.clone();
        to_completion(async move {
            let maker = clerk.acting(&[StaffRole::Maker]).await?;
            let mut steps = PaperSteps::default();
            for number in each_once(numbers) {
                let step = maker.confirm_printed(&number).await;
                steps.note(number, step)?;
            }
            Ok(steps)
        })
        .await
    }

    /// Records that notices were given to the post; what approval could not bring about then, it does
    /// now. For makers.
    pub async fn record_posted_notices(&self, numbers: Vec<String>) -> Outcome<PaperSteps> {
        let clerk = self.clone();
        to_completion(async move {
            let maker = clerk.acting(&[StaffRole::Maker]).await?;
            let mut steps = PaperSteps::default();
            for number in each_once(numbers) {
                let step = maker.record_posted(&number, None).await;
                steps.note(number, step)?;
            }
            Ok(steps)
        })
        .await
    }

    /// Records that one notice, as the clerk saw its request, was given to the post. For makers.
    pub async fn record_posted_notice(&self, number: &str, version: u64) -> Outcome<PaperRequest> {
        let (clerk, number) = (self.clone(), number.to_owned());
        to_completion(async move {
            let maker = clerk.acting(&[StaffRole::Maker]).await?;
            maker.record_posted(&number, Some(version)).await
        })
        .await
    }

    /// Records that a notice is no good (紙づまり), or came back, and asks for a new one, on which
    /// another has to decide. For makers.
    pub async fn ask_for_reprint(
        &self,
        number: &str,
        version: u64,
        reason: &str,
    ) -> Outcome<PaperRequest> {
        let (clerk, number) = (self.clone(), number.to_owned());
        let reason = PaperLine::parse(reason).ok_or(InvalidField::Reason)?;
        to_completion(async move {
            let maker = clerk.acting(&[StaffRole::Maker]).await?;
            let event = PaperEvent::AskForReprint { reason };
            let (request, _) = maker.step(&number, Some(version), event).await?;
            let asked = clerk.paper_entry(AuditEvent::NoticeReprintRequested, &request);
            clerk.wiring.write([asked]).await?;
            Ok(request)
        })
        .await
    }
}

impl PaperSteps {
    /// A back end that is out of order before anything was done is the answer to all; afterwards, what
    /// was done must be told, and each of the others has its own.
    fn note(&mut self, number: String, step: Outcome<PaperRequest>) -> Outcome<()> {
        match step {
            Ok(request) => self.done.push(request),
            Err(Refusal::Unavailable(unavailable)) if self.done.is_empty() => {
                return Err(Refusal::Unavailable(unavailable));
            }
            Err(refusal) => self.refused.push((number, refusal)),
        }
        Ok(())
    }
}

impl ActingClerk {
    async fn confirm_printed(&self, number: &str) -> Outcome<PaperRequest> {
        let event = PaperEvent::ConfirmPrinted;
        let (request, _) = self.step(number, None, event).await?;
        let printed = self.clerk.paper_entry(AuditEvent::NoticePrinted, &request);
        let printed = match request.notice_reissue() {
            Some(reissue) => printed.with("reissue_id", reissue),
            None => printed,
        };
        self.clerk.wiring.write([printed]).await?;
        Ok(request)
    }

    async fn record_posted(&self, number: &str, version: Option<u64>) -> Outcome<PaperRequest> {
        let mut request = self.clerk.load_paper_request(number).await?;
        let mut seen = version;
        let as_seen = version.is_none_or(|seen| seen == request.version());
        if as_seen && request.state() == PaperState::Issued {
            request = self.carry_out_outstanding(request).await?;
            seen = version.map(|_| request.version());
        }
        let event = PaperEvent::RecordPosted;
        let (request, _) = self.step(number, seen, event).await?;
        let posted = self.clerk.paper_entry(AuditEvent::NoticePosted, &request);
        self.clerk.wiring.write([posted]).await?;
        Ok(request)
    }
}

/// In the order given; a number that was typed in another way is refused by what the first did.
fn each_once(numbers: Vec<String>) -> impl Iterator<Item = String> {
    let mut seen = BTreeSet::new();
    numbers
        .into_iter()
        .filter(move |number| seen.insert(number.clone()))
}
