//! 書面の依頼: what waits for whom, what is done, and the search.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use warifu_core::domain::StaffRole;
use warifu_core::domain::paper_request::PaperState;
use warifu_core::office::{PaperCounts, PaperFilter, PaperPage, PaperTab};

use super::page::OfficePage;
use super::words::RequestView;
use crate::pages::frame::Frame;
use crate::pages::page_request::Halt;
use warifu_wire::paper_state;

const PATH: &str = "/office/requests";
const ON_A_PAGE: usize = 20;

#[derive(Template)]
#[template(path = "office/list.html")]
pub(in crate::pages) struct ListPage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) tabs: Vec<Tab>,
    pub(in crate::pages) tab: &'static str,
    pub(in crate::pages) lead: &'static str,
    pub(in crate::pages) search: bool,
    pub(in crate::pages) query: String,
    pub(in crate::pages) states: Vec<(&'static str, &'static str, bool)>,
    pub(in crate::pages) requests: Vec<RequestView>,
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
        format!("{PATH}?{query}")
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

const fn label(tab: PaperTab) -> (&'static str, &'static str) {
    match tab {
        PaperTab::ToDecide => ("office-tab-decide", "office-lead-decide"),
        PaperTab::Waiting => ("office-tab-waiting", "office-lead-waiting"),
        PaperTab::Processed => ("office-tab-processed", "office-lead-processed"),
        PaperTab::All => ("office-tab-search", "office-lead-search"),
    }
}

impl ListPage {
    pub(in crate::pages) fn new(
        mut frame: Frame,
        request: &Request,
        counts: PaperCounts,
        listed: &PaperPage,
        may_register: bool,
    ) -> Self {
        frame.address = Some(request.address(request.page.as_deref()));
        let tab = |tab| Tab {
            label: label(tab).0,
            href: format!("{PATH}?tab={}", tab.name()),
            current: tab == request.tab,
            count: match tab {
                PaperTab::ToDecide => Some(counts.to_decide),
                PaperTab::Waiting => Some(counts.waiting),
                PaperTab::Processed | PaperTab::All => None,
            },
        };
        let option =
            |one: &PaperState| (one.name(), paper_state(*one), request.state == Some(*one));
        Self {
            tabs: PaperTab::ALL.into_iter().map(tab).collect(),
            tab: request.tab.name(),
            lead: label(request.tab).1,
            search: request.tab == PaperTab::All,
            query: request.query.clone(),
            states: PaperState::ALL.iter().map(option).collect(),
            requests: listed
                .requests
                .iter()
                .map(|request| RequestView::new(&frame, request))
                .collect(),
            newest: request.page.as_ref().map(|_| request.address(None)),
            older: listed
                .next_cursor
                .as_deref()
                .map(|cursor| request.address(Some(cursor))),
            may_register,
            frame,
        }
    }
}

pub(in crate::pages) async fn show(office: OfficePage) -> Result<Response, Halt> {
    let usual = if office.is(StaffRole::Checker) {
        PaperTab::ToDecide
    } else if office.is(StaffRole::Maker) {
        PaperTab::Waiting
    } else {
        PaperTab::All
    };
    let request = Request::read(usual, |name| office.page_request.parameter(name));
    let counts = office.clerk().count_paper_requests().await;
    let counts = counts.map_err(|refusal| office.halt(refusal))?;
    let listed = office.clerk().paper_requests(request.filter()).await;
    let listed = listed.map_err(|refusal| office.halt(refusal))?;
    let frame = office.frame("office-list-title");
    let page = ListPage::new(
        frame,
        &request,
        counts,
        &listed,
        office.is(StaffRole::Maker),
    );
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
        assert_eq!(request("").address(None), format!("{PATH}?tab=waiting"));
        let search = request("tab=all&q=%E5%B1%B1+%26&state=issued&page=there");
        assert_eq!(
            search.address(search.page.as_deref()),
            format!("{PATH}?tab=all&q=%E5%B1%B1+%26&state=issued&page=there")
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
