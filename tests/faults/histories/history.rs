//! What happened in a schedule, in its order.

use parking_lot::Mutex;
use warifu_core::Refusal;
use warifu_core::domain::attempts::Settlement;
use warifu_core::domain::retrieval_record::{KeyOrigin, RetrievalSettlement};
use warifu_core::domain::{
    AuditRecord, LeaseToken, ReissueId, RequestId, SerialNumber, Subject, Timestamp,
};

/// One thing that happened. What a store says is noted where it says it: the process that asked
/// may never hear of it.
#[derive(Clone, Debug)]
pub(super) enum Event {
    /// The store is asked for a reissue.
    ReissueAsked {
        reissue: ReissueId,
        subject: Subject,
        hash: String,
    },
    /// The store said that it is done.
    ReissueStored(ReissueId),
    /// The store let an entry be checked against this reissue.
    Granted {
        lease: LeaseToken,
        reissue: Option<ReissueId>,
    },
    /// The store booked a check, or took one back, for a process.
    Settled {
        process: u64,
        lease: LeaseToken,
        answer: RetrievalSettlement,
    },
    /// The store let a transaction password of this administrator be checked.
    AttemptGranted { lease: LeaseToken, of: Subject },
    /// The store booked that check, or took it back, for a process.
    AttemptSettled {
        process: u64,
        lease: LeaseToken,
        answer: Settlement,
    },
    /// The store was given a certificate, and said whether to deliver it.
    CertificateGiven {
        reissue: ReissueId,
        serial: SerialNumber,
        origin: KeyOrigin,
        delivers: bool,
    },
    /// The store took a password back.
    Cancelled(ReissueId),
    /// Somebody began to redeem, with this request for a certificate where the key is their own.
    Began { process: u64, csr: Option<String> },
    /// An entry was checked against a hash.
    Checked { hash: String, matches: bool },
    /// A record is in the audit log.
    Written(AuditRecord),
    /// A password was shown.
    Shown(Shown),
    /// A certificate was handed out.
    Delivered(Delivered),
    /// Somebody was told that a password is taken back.
    TakenBack {
        request: RequestId,
        reissue: ReissueId,
    },
    /// A process refused its request.
    Refused { process: u64, refusal: Refusal },
    /// A process died, with its request or later.
    Died(u64),
    /// It is later now.
    #[expect(dead_code, reason = "for who reads the history of a failure")]
    TimePassed(Timestamp),
}

/// A password as its user got it.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub(super) request: RequestId,
    pub(super) subject: Subject,
    pub(super) reissue: ReissueId,
    pub(super) password: String,
    pub(super) expires_at: Timestamp,
}

/// A certificate as its user got it.
#[derive(Clone, Debug)]
pub(super) struct Delivered {
    pub(super) request: RequestId,
    /// How many events there were when the request came.
    pub(super) began: usize,
    pub(super) serial: SerialNumber,
}

/// All events so far.
#[derive(Default)]
pub(super) struct History(Mutex<Vec<Event>>);

impl History {
    pub(super) fn note(&self, event: Event) {
        self.0.lock().push(event);
    }

    pub(super) fn len(&self) -> usize {
        self.0.lock().len()
    }

    pub(super) fn events(&self) -> Vec<Event> {
        self.0.lock().clone()
    }

    /// The passwords shown to a user, oldest first.
    pub(super) fn shown_to(&self, subject: &Subject) -> Vec<Shown> {
        let events = self.0.lock();
        let shown = events.iter().filter_map(|event| match event {
            Event::Shown(shown) if shown.subject == *subject => Some(shown.clone()),
            _ => None,
        });
        shown.collect()
    }
}
