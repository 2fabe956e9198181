//! The administrators' pages.

pub(super) mod audit;
pub(super) mod csv;
pub(super) mod history;
pub(super) mod record_words;
pub(super) mod records;
pub(super) mod reissue;
pub(super) mod reissues;
pub(super) mod select;
pub(super) mod top;
pub(super) mod unlock;
pub(super) mod users;
