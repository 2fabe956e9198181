//! What can be done with a request, what comes of it, and why not.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Matter, PaperCheck, PaperFacts, PaperLine, PaperState};
use crate::domain::{ReissueId, StaffSignature, Timestamp};

/// What a clerk, or the program on a clerk's behalf, does with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaperEvent {
    /// Corrects what was taken down.
    Edit(Box<PaperFacts>),
    /// Puts it forward; all three checks must be done.
    AskForApproval {
        /// How long it may stay undecided.
        undecided_for: Duration,
    },
    /// Agrees.
    Approve,
    /// Refuses for good.
    Reject {
        /// What the maker and the history are told.
        reason: PaperLine,
    },
    /// Gives it back to be corrected.
    Return {
        /// What is to be corrected, for the maker.
        reason: PaperLine,
    },
    /// Gives it up.
    Cancel,
    /// A matter other than the password was carried out.
    CarryOut(Matter),
    /// Begins to print the notice with the password of this reissue.
    BeginNotice(ReissueId),
    /// The printing failed before anything was shown: another may begin.
    AbandonNotice(ReissueId),
    /// The notice is about to be shown to the printer, and is never shown again.
    FinishNotice(ReissueId),
    /// The notice came out of the printer, and is whole.
    ConfirmPrinted,
    /// The notice is no good (紙づまり), or came back: a new one is asked for.
    AskForReprint {
        /// What happened, for who decides.
        reason: PaperLine,
    },
    /// The notice was given to the post.
    RecordPosted,
    /// 未着: the notice came back.
    RecordReturnedMail,
    /// Nothing is left to do.
    Complete,
}

/// What is to be done outside when a step was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaperEffect {
    /// Unlock a purpose or bind a card.
    CarryOut(Matter),
    /// Take the password of this reissue back.
    VoidPassword(ReissueId),
}

/// Why a step is not made.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PaperRefusal {
    /// Who registered it does not decide on it.
    #[error("the one who registered a request does not decide on it")]
    OwnRequest,
    /// Who edited it does not decide on it.
    #[error("the one who edited a request does not decide on it")]
    EditedRequest,
    /// Who approved it does not print its notice.
    #[error("the one who approved a request does not print its notice")]
    Approver,
    /// Who printed a notice, or asked for a new one, does not decide on the new one.
    #[error("the one who printed a notice does not decide on its reprint")]
    Printer,
    /// Somebody has dealt with it.
    #[error("the request is {state} already")]
    AlreadyHandled {
        /// How far it has come.
        state: PaperState,
        /// By whom last; nobody where its time ran out.
        by: Option<StaffSignature>,
        /// When that was.
        at: Timestamp,
    },
    /// Its time ran out.
    #[error("the request has expired")]
    Expired,
    /// It changed since it was looked at.
    #[error("the request has another version")]
    VersionConflict,
    /// A check is not done.
    #[error("a check is not done")]
    CheckMissing(PaperCheck),
    /// No notice before approval.
    #[error("the request is not approved")]
    NotApproved,
    /// It asks for no password, so that there is no notice.
    #[error("the request asks for no password")]
    NoNotice,
    /// The notice was printed.
    #[error("the notice has been printed")]
    AlreadyPrinted,
    /// The notice was made; whether it was printed is to be said, not made once more.
    #[error("the notice has been made")]
    AlreadyMade,
    /// Somebody is printing it.
    #[error("the notice is being printed")]
    BeingPrinted,
    /// The notice was not printed yet.
    #[error("the notice has not been printed")]
    NotPrinted,
    /// Something approved is still to be carried out.
    #[error("{0} is not carried out yet")]
    Outstanding(Matter),
}

/// A kind of step, for the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PaperAction {
    /// Taken down.
    Registered,
    /// Corrected.
    Edited,
    /// Put forward.
    AskedForApproval,
    /// Approved.
    Approved,
    /// Rejected.
    Rejected,
    /// Given back.
    Returned,
    /// Given up.
    Cancelled,
    /// A matter was carried out.
    CarriedOut(Matter),
    /// The notice began to be printed.
    NoticeBegun,
    /// The printing failed before anything was shown.
    NoticeAbandoned,
    /// The notice was made, and shown to the printer.
    NoticeMade,
    /// The notice was printed.
    NoticePrinted,
    /// The notice was no good, or came back; a new one was asked for.
    ReprintAsked,
    /// A new notice was agreed to; the password of the one before is void.
    ReprintApproved,
    /// A new notice was refused; the password of the one before is void.
    ReprintRejected,
    /// The notice was given to the post.
    Posted,
    /// The notice came back.
    MailReturned,
    /// Completed.
    Completed,
    /// Its time ran out.
    Expired,
}

/// One step of the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperHistoryEntry {
    /// When it was done, by the clock of the server that did it.
    pub at: Timestamp,
    /// By whom; nobody where time ran out.
    pub by: Option<StaffSignature>,
    /// What was done with the request.
    pub action: PaperAction,
    /// Why, where that is asked.
    pub reason: Option<PaperLine>,
}
