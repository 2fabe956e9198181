use std::collections::{BTreeMap, HashMap};

use warifu_core::domain::LeaseToken;
use warifu_core::domain::paper_request::{PaperPosition, PaperRequest, ReceptionNumber};

/// A request, and the change that made it what it is.
pub(crate) struct Kept {
    pub(crate) request: PaperRequest,
    pub(crate) change: LeaseToken,
}

/// All paper requests, and their order.
#[derive(Default)]
pub(crate) struct PaperBook {
    pub(crate) requests: HashMap<ReceptionNumber, Kept>,
    pub(crate) order: BTreeMap<PaperPosition, ReceptionNumber>,
}
