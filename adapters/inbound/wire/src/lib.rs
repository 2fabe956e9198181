//! What goes over the wire: the bodies and views of the JSON API, its problem documents, and the
//! names and words of what they tell. The server, the programs at a terminal and their tests use these
//! types, so that a member is named, and a state is judged, in one place.
//!
//! Nothing here knows how it is sent: there is no HTTP in this crate.

mod audit;
mod certificate;
mod document;
mod entries;
mod explanation;
mod invalid_field;
mod message;
mod names;
mod operations;
mod paper_requests;
mod problem;
mod problem_type;
mod refusal;
mod reissues;
mod sessions;
mod staff_session;
mod user_stream;
mod users;
mod words;

pub use audit::{AuditList, AuditQuery, AuditRecordView};
pub use certificate::{CertificateFetched, RedeemBody};
pub use document::{ProblemDocument, ProblemField, code_lengths, said, say};
pub use explanation::{Explanation, explain};
pub use invalid_field::field_error;
pub use message::{Argument, Message};
pub use names::{
    Acknowledged, CertificateStatusName, DecisionName, LaneName, MatterName, OutcomeName,
    PaperStateName, PermissionName, PurposeName, ReissueStatusName, RetrievalPasswordStatusName,
    RouteName, StaffRoleName, StatusFilterName, UnlockablePurposeName,
};
pub use operations::{OPERATIONS, Operation};
pub use paper_requests::{
    ChecksView, DecisionBody, HistoryEntryView, RequestBody, RequestDecided, RequestList,
    RequestRegistered, RequestView, RequestsQuery, SignatureView,
};
pub use problem::{FieldError, Problem};
pub use problem_type::ProblemType;
pub use reissues::{
    Empty, OtpBody, OtpVerified, ReissueBody, ReissueList, ReissueView, ReissuesQuery,
    RetrievalPasswordReissued,
};
pub use sessions::{LoginBody, SessionOpened, SessionUser};
pub use staff_session::{StaffLoginBody, StaffSessionOpened, StaffView};
pub use user_stream::UserStream;
pub use users::{
    CertificateView, RetrievalPasswordView, UnlockBody, UserList, UserView, UsersQuery,
};
pub use words::{
    PasswordStatus, action_name, certificate_words, hand_over_words, lane_words, lock_words,
    paper_check, paper_matter, paper_state, password_words, right_words,
};

/// `view` as JSON text. Views hold texts, numbers and lists only: nothing that JSON cannot say.
pub fn to_json(view: &impl serde::Serialize) -> String {
    serde_json::to_string(view).unwrap_or_default()
}
