//! Requests that are refused before anybody is known can be sent by strangers as fast as they like:
//! some of them are written down one by one, the others counted.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::audit_trail::Actor;
use super::base::Wiring;
use crate::Outcome;
use crate::context::RequestContext;
use crate::domain::{AuditEvent, AuditOutcome, RequestId, Timestamp};

/// How long is counted before the counts are written.
const WINDOW: Duration = Duration::from_secs(60);

/// How many are written one by one within [`WINDOW`]: for each reason, address and person, and in
/// all.
const WRITTEN_FOR_EACH: u32 = 5;
const WRITTEN_IN_ALL: u32 = 60;

/// How many reasons, addresses and people are told apart within [`WINDOW`]. What goes beyond is
/// counted by its reason alone.
const TOLD_APART: usize = 256;

/// What is counted together.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Kind {
    reason: &'static str,
    source: Option<IpAddr>,
    /// As the audit log names them.
    actor: Option<String>,
}

#[derive(Default)]
struct Count {
    written: u32,
    counted: u64,
    /// Who it was, to write of them as of one that is written at once.
    by: Option<Actor>,
}

/// What was refused since `begun`.
struct Window {
    begun: Timestamp,
    written: u32,
    kinds: HashMap<Kind, Count>,
}

/// Counts refused requests.
#[derive(Default)]
pub(super) struct Denials(Mutex<Option<Window>>);

/// What is to be done about one.
enum Noted {
    Write,
    /// It is counted; the first of its window.
    FirstCounted,
    Counted,
}

/// Some that were counted.
struct Summary {
    kind: Kind,
    count: Count,
    since: Timestamp,
}

impl Denials {
    fn windows(&self) -> MutexGuard<'_, Option<Window>> {
        // Counts are good whatever happened to whoever held them.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, kind: Kind, by: Option<&Actor>, now: Timestamp) -> (Noted, Vec<Summary>) {
        let mut windows = self.windows();
        let over = |window: &Window| now >= window.begun.plus(WINDOW) || now < window.begun;
        let ended = if windows.as_ref().is_some_and(over) {
            windows.take()
        } else {
            None
        };
        let window = windows.get_or_insert_with(|| Window {
            begun: now,
            written: 0,
            kinds: HashMap::new(),
        });
        let told_apart = window.kinds.len() < TOLD_APART || window.kinds.contains_key(&kind);
        let (kind, by) = if told_apart {
            (kind, by.cloned())
        } else {
            let (source, actor) = (None, None);
            (
                Kind {
                    source,
                    actor,
                    ..kind
                },
                None,
            )
        };
        let first = window.kinds.values().all(|count| count.counted == 0);
        let count = window.kinds.entry(kind).or_default();
        let noted = if count.written < WRITTEN_FOR_EACH && window.written < WRITTEN_IN_ALL {
            count.written += 1;
            window.written += 1;
            Noted::Write
        } else {
            count.counted += 1;
            count.by = by;
            if first {
                Noted::FirstCounted
            } else {
                Noted::Counted
            }
        };
        (noted, ended.map(summaries).unwrap_or_default())
    }
}

fn summaries(window: Window) -> Vec<Summary> {
    let since = window.begun;
    let counts = window.kinds.into_iter();
    counts
        .filter(|(_, count)| count.counted > 0)
        .map(|(kind, count)| Summary { kind, count, since })
        .collect()
}

/// Whoever has one address of a network of IPv6 has all of it.
fn sender(source: IpAddr) -> IpAddr {
    match source {
        IpAddr::V6(address) if address.to_ipv4_mapped().is_none() => {
            let network = u128::from(address) >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from(network))
        }
        other => other,
    }
}

impl Wiring {
    /// Writes down that a request was refused before it reached a use case, such as a form sent
    /// from elsewhere; of many within a minute some, and then how many there were. A log that cannot
    /// be written does not change the refusal.
    pub(crate) async fn note_denied(
        &self,
        context: RequestContext,
        actor: Option<&Actor>,
        reason: &'static str,
    ) {
        let kind = Kind {
            reason,
            source: context.source.map(sender),
            actor: actor.map(|actor| actor.name().to_owned()),
        };
        let (noted, ended) = self.denials().note(kind, actor, self.now());
        self.write_summaries(ended).await;
        match noted {
            Noted::Counted => {}
            Noted::FirstCounted => {
                let wiring = self.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(WINDOW).await;
                    wiring.write_denials_counted().await;
                });
            }
            Noted::Write => {
                let entry = match actor {
                    Some(actor) => self.denied(actor, reason),
                    None => self
                        .entry(context, AuditEvent::AccessDenied, AuditOutcome::Refused)
                        .with("reason", reason),
                };
                warn_unwritten(self.write([entry]).await, reason, 1);
            }
        }
    }

    /// Writes what was counted and not written yet.
    pub(crate) async fn write_denials_counted(&self) {
        let ended = self.denials().windows().take();
        self.write_summaries(ended.map(summaries).unwrap_or_default())
            .await;
    }

    async fn write_summaries(&self, summaries: Vec<Summary>) {
        for Summary { kind, count, since } in summaries {
            let context = RequestContext {
                request_id: RequestId::generate(self.randomness()),
                source: kind.source,
            };
            let entry = match &count.by {
                Some(actor) => self.denied(&actor.in_request(context), kind.reason),
                None => self
                    .entry(context, AuditEvent::AccessDenied, AuditOutcome::Refused)
                    .with("reason", kind.reason),
            };
            let entry = entry.with("count", count.counted).with("since", since);
            warn_unwritten(self.write([entry]).await, kind.reason, count.counted);
        }
    }
}

fn warn_unwritten(written: Outcome<()>, reason: &'static str, count: u64) {
    if let Err(refusal) = written {
        tracing::warn!(%refusal, reason, count, "denials could not be written to the audit log");
    }
}
