//! 書面の依頼: what waits for whom, what is done, and the search.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use warifu_core::domain::paper_request::{PaperRequest, PaperState};
use warifu_core::domain::{StaffId, StaffRole};
use warifu_core::office::{NOTICES_IN_A_RUN, PaperCounts, PaperFilter, PaperPage, PaperTab};

use super::chosen::{LIST, NUMBERS, POSTED, PRINT, label};
use super::page::OfficePage;
use super::words::RequestView;
use crate::pages::frame::Frame;
use crate::pages::login::Notice;
use crate::pages::page_request::Halt;
use warifu_wire::paper_state;

/// What is on a page can be printed in one run.
const ON_A_PAGE: usize = NOTICES_IN_A_RUN;

#[derive(Template)]
#[template(path = "office/list.html")]
pub(in crate::pages) struct ListPage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) notice: Option<Notice>,
    pub(in crate::pages) tabs: Vec<Tab>,
    pub(in crate::pages) tab: &'static str,
    pub(in crate::pages) lead: &'static str,
    pub(in crate::pages) search: bool,
    pub(in crate::pages) query: String,
    pub(in crate::pages) states: Vec<(&'static str, &'static str, bool)>,
    pub(in crate::pages) requests: Vec<RequestView>,
    pub(in crate::pages) run: Option<Run>,
    /// What leads to where the list begins, by its order.
    pub(in crate::pages) first_label: &'static str,
    pub(in crate::pages) more_label: &'static str,
    pub(in crate::pages) newest: Option<String>,
    pub(in crate::pages) older: Option<String>,
    pub(in crate::pages) may_register: bool,
}

/// A tab, which is a link.
pub(in crate::pages) struct Tab {
    pub(in crate::pages) label: &'static str,
    pub(in crate::pages) href: String,
    pub(in crate::pages) current: bool,
    pub(in crate::pages) count: Option<usize>,
}

/// A step that can be made with several requests of the list at once.
pub(in crate::pages) struct Run {
    pub(in crate::pages) action: &'static str,
    pub(in crate::pages) lead: &'static str,
    pub(in crate::pages) button: &'static str,
    pub(in crate::pages) form_token: String,
    of: PaperState,
    by: StaffId,
}

impl Run {
    /// What a maker does with what is in `tab`.
    fn of(office: &OfficePage, tab: PaperTab) -> Option<Self> {
        let of = |action, of, [lead, button]: [&'static str; 2]| Self {
            action,
            lead,
            button,
            form_token: office.form_token(action),
            of,
            by: office.clerk().member.id.clone(),
        };
        match tab {
            _ if !office.is(StaffRole::Maker) => None,
            PaperTab::ToPrint => Some(of(
                PRINT,
                PaperState::Approved,
                ["office-run-print", "office-run-print-button"],
            )),
            PaperTab::ToPost => Some(of(
                POSTED,
                PaperState::Issued,
                ["office-run-post", "office-run-post-button"],
            )),
            _ => None,
        }
    }

    fn takes(&self, request: &PaperRequest) -> bool {
        request.state() == self.of
            && (self.of != PaperState::Approved || request.may_print(&self.by).is_ok())
    }
}

/// What was done before the list is shown.
fn notice(office: &OfficePage, frame: &Frame) -> Option<Notice> {
    match office.page_request.told()? {
        "printed" => Some(Notice::done(frame.t("office-done-printed"))),
        "posted" => Some(Notice::done(frame.t("office-done-posted"))),
        "none" => Some(Notice::information(frame.t("office-run-none"))),
        _ => None,
    }
}

/// What the address asks for. What it asks for wrongly is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::pages) struct Request {
    tab: PaperTab,
    query: String,
    state: Option<PaperState>,
    /// Where the page begins: a place that an earlier one gave.
    page: Option<String>,
}

impl Request {
    /// `usual`: the tab where the address names none.
    fn read(usual: PaperTab, parameter: impl Fn(&str) -> Option<String>) -> Self {
        let named = parameter("tab").unwrap_or_default();
        let tab = PaperTab::ALL.into_iter().find(|tab| tab.name() == named);
        let tab = tab.unwrap_or(usual);
        let searches = tab == PaperTab::All;
        let of_search = |name: &str| parameter(name).filter(|_| searches);
        Self {
            tab,
            query: of_search("q").unwrap_or_default(),
            state: of_search("state").and_then(|state| state.parse().ok()),
            page: parameter("page").filter(|page| !page.is_empty()),
        }
    }

    fn address(&self, page: Option<&str>) -> String {
        let mut pairs = vec![
            ("tab", self.tab.name()),
            ("q", self.query.as_str()),
            ("state", self.state.map_or("", PaperState::name)),
            ("page", page.unwrap_or_default()),
        ];
        pairs.retain(|(_, value)| !value.is_empty());
        let query = serde_urlencoded::to_string(&pairs).unwrap_or_default();
        format!("{LIST}?{query}")
    }

    fn filter(&self) -> PaperFilter {
        PaperFilter {
            tab: self.tab,
            state: self.state.map(|state| state.name().to_owned()),
            search: Some(self.query.clone()).filter(|query| !query.is_empty()),
            cursor: self.page.clone(),
            limit: ON_A_PAGE,
        }
    }
}

impl ListPage {
    pub(in crate::pages) fn new(
        mut frame: Frame,
        request: &Request,
        counts: PaperCounts,
        listed: &PaperPage,
        (may_register, run): (bool, Option<Run>),
    ) -> Self {
        frame.address = Some(request.address(request.page.as_deref()));
        let tab = |tab| Tab {
            label: label(tab).0,
            href: format!("{LIST}?tab={}", tab.name()),
            current: tab == request.tab,
            count: counts.of(tab),
        };
        let mut picks = NUMBERS.into_iter();
        let view = |request: &PaperRequest| {
            let taken = run.as_ref().is_some_and(|run| run.takes(request));
            let pick = if taken { picks.next() } else { None };
            RequestView {
                pick,
                ..RequestView::new(&frame, request)
            }
        };
        let requests: Vec<RequestView> = listed.requests.iter().map(view).collect();
        let oldest_first = request.tab.is_oldest_first();
        let option =
            |one: &PaperState| (one.name(), paper_state(*one), request.state == Some(*one));
        Self {
            tabs: PaperTab::ALL.into_iter().map(tab).collect(),
            tab: request.tab.name(),
            lead: label(request.tab).1,
            search: request.tab == PaperTab::All,
            query: request.query.clone(),
            states: PaperState::ALL.iter().map(option).collect(),
            run: run.filter(|_| requests.iter().any(|request| request.pick.is_some())),
            requests,
            first_label: if oldest_first {
                "office-oldest"
            } else {
                "office-newest"
            },
            more_label: if oldest_first {
                "office-newer"
            } else {
                "office-older"
            },
            newest: request.page.as_ref().map(|_| request.address(None)),
            older: listed
                .next_cursor
                .as_deref()
                .map(|cursor| request.address(Some(cursor))),
            may_register,
            notice: None,
            frame,
        }
    }
}

/// Where there is work for the clerk.
fn usual(office: &OfficePage, counts: &PaperCounts) -> PaperTab {
    let (decides, makes) = (office.is(StaffRole::Checker), office.is(StaffRole::Maker));
    let mut work = Vec::new();
    if decides {
        work.push(PaperTab::ToDecide);
    }
    if makes {
        work.extend([
            PaperTab::ToPrint,
            PaperTab::ToPost,
            PaperTab::Returned,
            PaperTab::Undelivered,
        ]);
    }
    let waits = |tab: &PaperTab| counts.of(*tab).is_some_and(|count| count > 0);
    let without_work = match (decides, makes) {
        (true, _) => PaperTab::ToDecide,
        (false, true) => PaperTab::Waiting,
        (false, false) => PaperTab::All,
    };
    work.into_iter().find(waits).unwrap_or(without_work)
}

pub(in crate::pages) async fn show(office: OfficePage) -> Result<Response, Halt> {
    let counts = office.clerk().count_paper_requests().await;
    let counts = counts.map_err(|refusal| office.halt(refusal))?;
    let usual = usual(&office, &counts);
    let request = Request::read(usual, |name| office.page_request.parameter(name));
    let listed = office.clerk().paper_requests(request.filter()).await;
    let listed = listed.map_err(|refusal| office.halt(refusal))?;
    let frame = office.frame("office-list-title");
    let notice = notice(&office, &frame);
    let run = Run::of(&office, request.tab);
    let for_maker = (office.is(StaffRole::Maker), run);
    let page = ListPage {
        notice,
        ..ListPage::new(frame, &request, counts, &listed, for_maker)
    };
    Ok(office.page(StatusCode::OK, &page))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(query: &str) -> Request {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap();
        Request::read(PaperTab::Waiting, |name| {
            pairs
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone())
        })
    }

    #[test]
    fn an_address_says_what_is_asked_for_and_nothing_else() {
        assert_eq!(request("").address(None), format!("{LIST}?tab=waiting"));
        let search = request("tab=all&q=%E5%B1%B1+%26&state=issued&page=there");
        assert_eq!(
            search.address(search.page.as_deref()),
            format!("{LIST}?tab=all&q=%E5%B1%B1+%26&state=issued&page=there")
        );
    }

    #[test]
    fn what_is_asked_for_wrongly_is_left_out() {
        assert_eq!(request("tab=x&page="), request(""));
        assert_eq!(request("tab=all&state=x").state, None);
        // Only the search searches: a tab shows all it has.
        assert_eq!(
            request("tab=processed&q=a&state=issued"),
            request("tab=processed")
        );
    }
}
