//! Requests that are refused before anybody is known can be sent by strangers as fast as they like:
//! some of them are written down one by one, the others counted.

use super::audit_trail::Actor;
use super::base::Wiring;
use super::denial_counts::{Kind, Noted, Summary, WINDOW};
use crate::Outcome;
use crate::context::RequestContext;
use crate::domain::{AuditEvent, AuditOutcome, Network, RequestId};

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
            source: context.source.map(Network::from),
            actor: actor.map(|actor| (actor.name().to_owned(), actor.contract().cloned())),
        };
        let (noted, ended) = self.denials().note(kind, self.now());
        self.write_summaries(ended).await;
        match noted {
            Noted::Counted => {}
            Noted::FirstCounted => {
                let wiring = self.clone();
                tokio::spawn(async move {
                    wiring.ports().clock.sleep(WINDOW).await;
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
        self.write_summaries(self.denials().take()).await;
    }

    async fn write_summaries(&self, summaries: Vec<Summary>) {
        for Summary { kind, count, since } in summaries {
            let context = RequestContext {
                request_id: RequestId::generate(self.randomness()),
                source: kind.source.map(Network::address),
            };
            let entry = self
                .entry(context, AuditEvent::AccessDenied, AuditOutcome::Refused)
                .with("reason", kind.reason);
            let entry = match kind.actor {
                Some((name, contract)) => entry.of(name, contract),
                None => entry,
            };
            let entry = entry.with("count", count).with("since", since);
            warn_unwritten(self.write([entry]).await, kind.reason, count);
        }
    }
}

fn warn_unwritten(written: Outcome<()>, reason: &'static str, count: u64) {
    if let Err(refusal) = written {
        tracing::warn!(%refusal, reason, count, "denials could not be written to the audit log");
    }
}
