//! What must hold of every history. It is judged by what people were answered, what stands in the
//! audit log and what each call to a store answered, never by what a store counts.

use std::collections::{BTreeMap, BTreeSet};

use warifu_core::Refusal;
use warifu_core::domain::attempts::Settlement;
use warifu_core::domain::retrieval_record::{KeyOrigin, RetrievalSettlement};
use warifu_core::domain::{
    AuditEvent, AuditOutcome, AuditRecord, LeaseToken, ReissueId, RequestId, SerialNumber, Subject,
    Timestamp,
};

use super::history::{Delivered, Event, Shown};
use super::world::{BESIEGED, Limits};

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Violation {
    /// One password fetched two certificates.
    SecondCertificate(ReissueId),
    /// More guesses than the limit were checked against one password.
    TooManyGuesses(ReissueId),
    /// More guesses than the limit were checked between right ones.
    TooManyTransactionGuesses { administrator: usize },
    /// An entry stayed counted though its process lives and answered something else than "wrong".
    CountedUnanswered(LeaseToken),
    /// A transaction password was locked without as many counted wrong entries as lock.
    LockedWithoutFailures { administrator: usize },
    /// A success was answered before it stood in the audit log.
    NotWritten(RequestId),
    /// A password that was taken back, or superseded, fetched a certificate.
    RedeemedWhenVoid(ReissueId),
    /// A password was shown, nothing made it void, and it does not redeem.
    ShownAndLost(ReissueId),
    /// When all was over, a new password did not redeem.
    NoFreshStart(ReissueId),
}

/// Everything that `events` break. What was shown and lost is for who can still try.
pub(super) fn violations(
    events: &[Event],
    limits: Limits,
    transaction_hashes: &[String],
) -> Vec<Violation> {
    let certificates = certificates(events);
    let second = certificates
        .iter()
        .filter(|(_, serials)| serials.len() > 1)
        .map(|(reissue, _)| Violation::SecondCertificate(*reissue));
    let mut found: Vec<Violation> = second.collect();
    found.extend(too_many_guesses(events, limits, &certificates));
    found.extend(too_many_transaction_guesses(
        events,
        limits,
        transaction_hashes,
    ));
    found.extend(counted_unanswered(events));
    found.extend(not_written(events));
    found.extend(redeemed_when_void(events, &certificates));
    found
}

/// The reissue that each certificate was made for.
fn origins(events: &[Event]) -> BTreeMap<SerialNumber, ReissueId> {
    let origins = events.iter().filter_map(|event| match event {
        Event::CertificateGiven {
            serial, reissue, ..
        } => Some((*serial, *reissue)),
        _ => None,
    });
    origins.collect()
}

/// The certificates that were answered, or stand in the audit log, by reissue.
fn certificates(events: &[Event]) -> BTreeMap<ReissueId, BTreeSet<SerialNumber>> {
    let origins = origins(events);
    let mut certificates: BTreeMap<ReissueId, BTreeSet<SerialNumber>> = BTreeMap::new();
    for event in events {
        let serial = match event {
            Event::Delivered(delivered) => delivered.serial,
            Event::Written(record) if is_certificate(record) => serial(record),
            _ => continue,
        };
        certificates
            .entry(origins[&serial])
            .or_default()
            .insert(serial);
    }
    certificates
}

fn is_certificate(record: &AuditRecord) -> bool {
    use AuditEvent::{CertificateDeliveredAgain, CertificateIssued};
    [CertificateIssued, CertificateDeliveredAgain].contains(&record.event)
}

fn serial(record: &AuditRecord) -> SerialNumber {
    record.detail["serial"]
        .parse()
        .expect("the log has serial numbers")
}

/// Guesses that were checked against a password: all that did not match, and the one that won. What
/// got no answer is bounded by the store itself, in any ten minutes.
fn too_many_guesses(
    events: &[Event],
    limits: Limits,
    certificates: &BTreeMap<ReissueId, BTreeSet<SerialNumber>>,
) -> Vec<Violation> {
    let wrong = wrong_checks(events);
    let mut found = Vec::new();
    for event in events {
        let Event::ReissueAsked { reissue, hash, .. } = event else {
            continue;
        };
        let winning = u32::from(certificates.contains_key(reissue));
        let wrong = wrong.get(hash.as_str()).copied().unwrap_or_default();
        let unanswered = unanswered(
            events,
            |event| matches!(event, Event::Granted { reissue: of, .. } if of == &Some(*reissue)),
        );
        if wrong + winning > limits.retrieval + unanswered {
            found.push(Violation::TooManyGuesses(*reissue));
        }
    }
    found
}

fn wrong_checks(events: &[Event]) -> BTreeMap<&str, u32> {
    let mut wrong: BTreeMap<&str, u32> = BTreeMap::new();
    for event in events {
        if let Event::Checked {
            hash,
            matches: false,
        } = event
        {
            *wrong.entry(hash).or_default() += 1;
        }
    }
    wrong
}

/// Each right entry opens one more budget at most. The lock does not end by itself.
fn too_many_transaction_guesses(
    events: &[Event],
    limits: Limits,
    hashes: &[String],
) -> Vec<Violation> {
    let wrong = wrong_checks(events);
    let mut found = Vec::new();
    for (administrator, hash) in hashes.iter().enumerate() {
        let is_right = |event: &&Event| matches!(event, Event::Checked { hash: of, matches: true } if of == hash);
        let right = events.iter().filter(is_right).count();
        let right = u32::try_from(right).expect("there are few");
        assert!(
            administrator != BESIEGED || right == 0,
            "nobody enters the right transaction password of the besieged"
        );
        let wrong = wrong.get(hash.as_str()).copied().unwrap_or_default();
        let user = format!("admin{administrator}");
        let unanswered = unanswered(
            events,
            |event| matches!(event, Event::AttemptGranted { of, .. } if of.user.as_str() == user),
        );
        if wrong > limits.transaction * (right + 1) + unanswered {
            found.push(Violation::TooManyTransactionGuesses { administrator });
        }
    }
    found
}

/// What the store made of each reservation in the end, and for which process.
fn settled(events: &[Event]) -> BTreeMap<LeaseToken, (u64, Booked)> {
    let settled = events.iter().filter_map(|event| match event {
        Event::Settled {
            process,
            lease,
            answer,
        } => Some((*lease, (*process, booked_redemption(answer)))),
        Event::AttemptSettled {
            process,
            lease,
            answer,
        } => Some((*lease, (*process, booked(*answer)))),
        _ => None,
    });
    let mut last: BTreeMap<LeaseToken, (u64, Booked)> = BTreeMap::new();
    for (lease, (process, booked)) in settled {
        // A failure that is to be taken back and is not found was forgotten meanwhile; what was
        // right before stays so.
        let before = last.get(&lease).map(|(_, before)| *before);
        if before != Some(Booked::Right) {
            last.insert(lease, (process, booked));
        }
    }
    last
}

/// What a settlement leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Booked {
    Right,
    /// A failure, or a lock that was met.
    Wrong,
    /// Taken back, or never decided.
    Released,
    /// The reservation was gone.
    Nothing,
}

fn booked(answer: Settlement) -> Booked {
    match answer {
        Settlement::Accepted => Booked::Right,
        Settlement::Refused { .. } | Settlement::Locked(_) => Booked::Wrong,
        Settlement::Released => Booked::Released,
        Settlement::Lost => Booked::Nothing,
    }
}

fn booked_redemption(answer: &RetrievalSettlement) -> Booked {
    match answer {
        RetrievalSettlement::Won { .. }
        | RetrievalSettlement::SameKey { .. }
        | RetrievalSettlement::Held { .. } => Booked::Right,
        RetrievalSettlement::NotRedeemable { .. }
        | RetrievalSettlement::Refused { .. }
        | RetrievalSettlement::Locked(_) => Booked::Wrong,
        RetrievalSettlement::Released => Booked::Released,
        RetrievalSettlement::Lost => Booked::Nothing,
    }
}

/// Of the reservations that `is_meant` finds granted, how many were never answered.
fn unanswered(events: &[Event], is_meant: impl Fn(&Event) -> bool) -> u32 {
    let settled = settled(events);
    let open = events.iter().filter(|event| match event {
        Event::Granted { lease, .. } | Event::AttemptGranted { lease, .. } => {
            let booked = settled.get(lease).map(|(_, booked)| *booked);
            is_meant(event) && !matches!(booked, Some(Booked::Right | Booked::Wrong))
        }
        _ => false,
    });
    u32::try_from(open.count()).expect("there are few")
}

/// What stays counted was answered, or its process died over it.
fn counted_unanswered(events: &[Event]) -> Vec<Violation> {
    let mut excused: BTreeSet<u64> = BTreeSet::new();
    for event in events {
        match event {
            Event::Died(process)
            | Event::Refused {
                process,
                refusal:
                    Refusal::TransactionRefused { .. }
                    | Refusal::TransactionLocked { .. }
                    | Refusal::RetrievalRefused { .. }
                    | Refusal::RetrievalLocked,
            } => excused.insert(*process),
            _ => false,
        };
    }
    let settled = settled(events).into_iter();
    settled
        .filter(|(_, (process, booked))| *booked == Booked::Wrong && !excused.contains(process))
        .map(|(lease, _)| Violation::CountedUnanswered(lease))
        .collect()
}

/// Whether as many wrong entries of `administrator` stay counted as lock.
pub(super) fn may_be_locked(events: &[Event], administrator: &Subject, limits: Limits) -> bool {
    let settled = settled(events);
    let counted = events.iter().filter(|event| match event {
        Event::AttemptGranted { lease, of } => {
            of == administrator
                && settled
                    .get(lease)
                    .is_some_and(|(_, booked)| *booked == Booked::Wrong)
        }
        _ => false,
    });
    counted.count() >= limits.transaction as usize
}

/// A success is in the log before it is answered, under the request that was answered.
pub(super) fn not_written(events: &[Event]) -> Vec<Violation> {
    let mut found = Vec::new();
    for (position, event) in events.iter().enumerate() {
        let before = &events[..position];
        let wrote = |request: RequestId, wanted: &dyn Fn(&AuditRecord) -> bool| {
            before.iter().any(|event| match event {
                Event::Written(record) => {
                    record.request_id == request
                        && record.outcome == AuditOutcome::Success
                        && wanted(record)
                }
                _ => false,
            })
        };
        let names = |record: &AuditRecord, event: AuditEvent, reissue: ReissueId| {
            record.event == event && record.detail["reissue_id"] == reissue.to_string()
        };
        let (request, is_written) = match event {
            Event::Shown(Shown {
                request, reissue, ..
            }) => {
                let reissued = |record: &AuditRecord| names(record, AuditEvent::Reissued, *reissue);
                (*request, wrote(*request, &reissued))
            }
            Event::TakenBack { request, reissue } => {
                let cancelled =
                    |record: &AuditRecord| names(record, AuditEvent::ReissueCancelled, *reissue);
                (*request, wrote(*request, &cancelled))
            }
            Event::Delivered(delivered) => {
                let Delivered { request, .. } = delivered;
                let evaluated =
                    |record: &AuditRecord| record.event == AuditEvent::RetrievalEvaluated;
                let handed_out = |record: &AuditRecord| {
                    is_certificate(record) && serial(record) == delivered.serial
                };
                let both = wrote(*request, &evaluated) && wrote(*request, &handed_out);
                (*request, both)
            }
            _ => continue,
        };
        if !is_written {
            found.push(Violation::NotWritten(request));
        }
    }
    found
}

/// A password that somebody was told is taken back never fetched a certificate and never does; one
/// whose successor was shown fetches none for who comes later.
fn redeemed_when_void(
    events: &[Event],
    certificates: &BTreeMap<ReissueId, BTreeSet<SerialNumber>>,
) -> Vec<Violation> {
    let origins = origins(events);
    let mut found = Vec::new();
    for event in events {
        match event {
            Event::TakenBack { reissue, .. } if certificates.contains_key(reissue) => {
                found.push(Violation::RedeemedWhenVoid(*reissue));
            }
            Event::Delivered(delivered) => {
                let reissue = origins[&delivered.serial];
                if is_superseded_for_certain(&events[..delivered.began], reissue) {
                    found.push(Violation::RedeemedWhenVoid(reissue));
                }
            }
            _ => {}
        }
    }
    found
}

/// Whether a reissue for the same user that was asked for after `reissue` was stored was shown.
fn is_superseded_for_certain(events: &[Event], reissue: ReissueId) -> bool {
    let is_stored = |event: &Event| matches!(event, Event::ReissueStored(id) if *id == reissue);
    let Some(stored) = events.iter().position(is_stored) else {
        return false;
    };
    let subject = events.iter().find_map(|event| match event {
        Event::ReissueAsked {
            reissue: id,
            subject,
            ..
        } if *id == reissue => Some(subject),
        _ => None,
    });
    let was_shown = |later: ReissueId| {
        let is_it = |event: &Event| matches!(event, Event::Shown(shown) if shown.reissue == later);
        events.iter().any(is_it)
    };
    events[stored..].iter().any(|event| match event {
        Event::ReissueAsked {
            reissue: later,
            subject: of,
            ..
        } => Some(of) == subject && was_shown(*later),
        _ => false,
    })
}

/// Whether there is a reason for `shown` not to redeem for any key that its user still has.
pub(super) fn is_excused(events: &[Event], shown: &Shown, limits: Limits, now: Timestamp) -> bool {
    let reissue = shown.reissue;
    let is_gone = events.iter().any(|event| match event {
        // A certificate was stored, and perhaps its key died on the way to its user.
        Event::Cancelled(id)
        | Event::CertificateGiven {
            reissue: id,
            origin: KeyOrigin::Server,
            delivers: true,
            ..
        } => *id == reissue,
        _ => false,
    });
    shown.expires_at <= now
        || is_gone
        || may_be_superseded(events, shown)
        || charges(events, reissue) >= limits.retrieval
}

/// The request of the customer's key that won `reissue`, where one did.
pub(super) fn winning_request(events: &[Event], reissue: ReissueId) -> Option<String> {
    let granted = |lease: &LeaseToken| {
        events.iter().any(|event| {
            matches!(event, Event::Granted { lease: of, reissue: Some(id) } if of == lease && *id == reissue)
        })
    };
    let winner = events.iter().rev().find_map(|event| match event {
        Event::Settled {
            process,
            lease,
            answer: RetrievalSettlement::Won { .. },
        } if granted(lease) => Some(*process),
        _ => None,
    })?;
    events.iter().find_map(|event| match event {
        Event::Began { process, csr } if *process == winner => csr.clone(),
        _ => None,
    })
}

/// Whether another reissue for the same user was perhaps stored after this one.
fn may_be_superseded(events: &[Event], shown: &Shown) -> bool {
    let position = |wanted: &dyn Fn(&Event) -> bool| events.iter().position(wanted);
    let asked = position(
        &|event| matches!(event, Event::ReissueAsked { reissue, .. } if *reissue == shown.reissue),
    );
    events.iter().any(|event| {
        let Event::ReissueAsked {
            reissue: other,
            subject,
            ..
        } = event
        else {
            return false;
        };
        let stored = position(&|event| matches!(event, Event::ReissueStored(id) if id == other));
        *other != shown.reissue && *subject == shown.subject && (stored.is_none() || stored > asked)
    })
}

/// How much of the budget of `reissue` is used up: the redemption and every wrong entry.
fn charges(events: &[Event], reissue: ReissueId) -> u32 {
    let settled = settled(events);
    let charged = events.iter().filter(|event| match event {
        Event::Granted {
            lease,
            reissue: Some(id),
        } => {
            let booked = settled.get(lease).map(|(_, booked)| *booked);
            *id == reissue && matches!(booked, Some(Booked::Right | Booked::Wrong))
        }
        _ => false,
    });
    u32::try_from(charged.count()).expect("there are few")
}
