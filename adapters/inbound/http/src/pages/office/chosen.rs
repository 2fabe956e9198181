//! What lists and the steps with several of their requests have in common: addresses, the fields by
//! which requests are chosen, and the tabs.

use warifu_core::office::{NOTICES_IN_A_RUN, PaperTab};

/// The lists.
pub(super) const LIST: &str = "/office/requests";
/// Where notices are made.
pub(super) const PRINT: &str = "/office/requests/print";
/// Where they are said to be on paper.
pub(super) const PRINTED: &str = "/office/requests/printed";
/// Where they are said to be posted.
pub(super) const POSTED: &str = "/office/requests/posted";

/// The fields by which requests are chosen.
pub(in crate::pages) const NUMBERS: [&str; NOTICES_IN_A_RUN] = [
    "n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9", "n10", "n11", "n12", "n13", "n14", "n15",
    "n16", "n17", "n18", "n19", "n20",
];

/// What was not done with a request, and why.
pub(in crate::pages) struct NotDone {
    pub(in crate::pages) number: String,
    pub(in crate::pages) why: String,
}

/// The address of a tab.
pub(super) fn tab_address(tab: PaperTab) -> String {
    format!("{LIST}?tab={}", tab.name())
}

/// What a tab is called.
pub(super) const fn tab_label(tab: PaperTab) -> &'static str {
    label(tab).0
}

/// What a tab is called, and what its list is.
pub(super) const fn label(tab: PaperTab) -> (&'static str, &'static str) {
    match tab {
        PaperTab::ToDecide => ("office-tab-decide", "office-lead-decide"),
        PaperTab::Returned => ("office-tab-returned", "office-lead-returned"),
        PaperTab::ToPrint => ("office-tab-print", "office-lead-print"),
        PaperTab::ToPost => ("office-tab-post", "office-lead-post"),
        PaperTab::Undelivered => ("office-tab-undelivered", "office-lead-undelivered"),
        PaperTab::Waiting => ("office-tab-waiting", "office-lead-waiting"),
        PaperTab::Processed => ("office-tab-processed", "office-lead-processed"),
        PaperTab::All => ("office-tab-search", "office-lead-search"),
    }
}
