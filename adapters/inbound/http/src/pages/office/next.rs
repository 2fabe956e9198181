//! 次へ: from one request to the next of the queue that is being worked off.

use warifu_core::domain::StaffRole;
use warifu_core::domain::paper_request::{PaperQueue, PaperRequest};
use warifu_core::office::PaperTab;

use super::chosen::{tab_address, tab_label};
use super::page::OfficePage;
use crate::pages::page_request::Halt;

/// Where the clerk goes on.
pub(in crate::pages) struct NextLink {
    pub(in crate::pages) href: String,
    pub(in crate::pages) label: String,
}

/// The next request of the queue that the clerk works off with this one; the list where there is no
/// other. Nothing for who has no part in that queue.
pub(super) async fn next(
    office: &OfficePage,
    request: &PaperRequest,
) -> Result<Option<NextLink>, Halt> {
    let clerk = office.clerk();
    let Some(queue) = request.worked_off_in(&clerk.member.id) else {
        return Ok(intake(office, request));
    };
    let role = match queue {
        PaperQueue::Decision => StaffRole::Checker,
        PaperQueue::Correction
        | PaperQueue::Printing
        | PaperQueue::Posting
        | PaperQueue::ReturnedMail => StaffRole::Maker,
    };
    if !office.is(role) {
        return Ok(None);
    }
    let found = clerk.next_paper_request(queue, request).await;
    let found = found.map_err(|refusal| office.halt(refusal))?;
    let frame = office.frame("office-list-title");
    let tab = PaperTab::of(queue);
    let name = frame.t(tab_label(tab));
    Ok(Some(match found {
        Some(number) => NextLink {
            href: format!("/office/requests/{number}"),
            label: frame.t1("office-next", "queue", name),
        },
        None => NextLink {
            href: tab_address(tab),
            label: frame.t1("office-next-none", "queue", name),
        },
    }))
}

/// After a form of one's own comes the next form.
fn intake(office: &OfficePage, request: &PaperRequest) -> Option<NextLink> {
    let own = request.registered_by().id == office.clerk().member.id;
    let goes_on = own && office.is(StaffRole::Maker) && request.state().is_undecided();
    goes_on.then(|| NextLink {
        href: "/office/requests/new".to_owned(),
        label: office.frame("office-list-title").t("office-next-form"),
    })
}
