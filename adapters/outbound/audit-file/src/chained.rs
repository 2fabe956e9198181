//! The audit log over a store of lines: the same chains as in a file, written by one task of a
//! process. Whatever waits when it is free is written together.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use warifu_core::domain::{AuditEvent, AuditOutcome, AuditRecord, RequestId, Timestamp};
use warifu_core::ports::{
    Appended, AuditLine, AuditLineStore, AuditLines, AuditLog, AuditPage, AuditQuery,
    AuditQueryError, LinePosition, LinesOf, Randomness, Unavailable,
};

use crate::PORT;
use crate::chained_signer::{Signer, TICK, Unsigned};
use crate::conditions::Conditions;
use crate::line::{Chain, read_back};
use crate::mark::Checkpoints;
use crate::writer::Request;

/// The most that is written together, unless one request alone is more: a store that others wait for
/// is not held up.
const LARGEST_BATCH: usize = 256;

/// How long the end of a program waits for the last checkpoint.
const LAST_CHECKPOINT: Duration = Duration::from_secs(3);

/// How many lines are read at a time.
const READ_AT_ONCE: usize = 256;

/// An audit log in a store that several servers share.
pub struct ChainedAuditLog {
    requests: mpsc::UnboundedSender<Request>,
    lines: Arc<dyn AuditLineStore>,
    unsigned: Arc<Unsigned>,
    signer: Option<Arc<tokio::sync::Mutex<Signer>>>,
}

impl ChainedAuditLog {
    /// A log over `lines`, with a chain of its own, whose name comes from `randomness`. Begins the
    /// task that writes: call it on the Tokio runtime that the log is used on.
    pub fn new(lines: Arc<dyn AuditLineStore>, randomness: Arc<dyn Randomness>) -> Self {
        Self::signing(lines, randomness, None)
    }

    /// As [`Self::new`]; signs now and then where the log stands.
    pub fn signing(
        lines: Arc<dyn AuditLineStore>,
        randomness: Arc<dyn Randomness>,
        checkpoints: Option<Checkpoints>,
    ) -> Self {
        let (requests, waiting) = mpsc::unbounded_channel();
        let writer = Writer {
            lines: lines.clone(),
            chain: Chain::begin(randomness.as_ref()),
            former: None,
            randomness: randomness.clone(),
        };
        // It ends with the last request, once nobody can ask any more.
        tokio::spawn(writer.run(waiting));
        let unsigned = Arc::new(Unsigned::default());
        let signer = checkpoints.map(|checkpoints| {
            let written = unsigned.clone();
            let signer = Signer::new(lines.clone(), checkpoints, randomness, written);
            Arc::new(tokio::sync::Mutex::new(signer))
        });
        if let Some(signer) = &signer {
            // It ends with the log.
            tokio::spawn(sign_now_and_then(
                Arc::downgrade(signer),
                requests.downgrade(),
            ));
        }
        Self {
            requests,
            lines,
            unsigned,
            signer,
        }
    }

    async fn request(&self, records: Vec<AuditRecord>) -> Result<(), Unavailable> {
        let (count, last) = (records.len(), records.last().map(|record| record.time));
        request(&self.requests, records).await?;
        self.unsigned.add(count, last);
        Ok(())
    }

    /// The place that a cursor names, if this log gave it.
    async fn find(&self, text: &str) -> Result<Option<LinePosition>, Unavailable> {
        let number = text.get(..32).map(|hex| u128::from_str_radix(hex, 16));
        let Some(Ok(number)) = number else {
            return Ok(None);
        };
        let place = LinePosition::new(number);
        let after = number.checked_add(1).map(LinePosition::new);
        let found = self.lines.before(&LinesOf::Everything, after, 1).await?;
        let given = found.first().is_some_and(|line| {
            line.place == place
                && read_back(line.text.as_bytes())
                    .is_some_and(|(_, hash)| cursor(place, &hash) == text)
        });
        Ok(given.then_some(place))
    }
}

async fn request(
    requests: &mpsc::UnboundedSender<Request>,
    records: Vec<AuditRecord>,
) -> Result<(), Unavailable> {
    let ended = || Unavailable::new(PORT, "the task that writes the audit log has ended");
    let (done, answer) = oneshot::channel();
    requests
        .send(Request { records, done })
        .map_err(|_| ended())?;
    answer.await.map_err(|_| ended())?
}

/// Signs where the log stands whenever that is due, until nobody has the log any more.
async fn sign_now_and_then(
    signer: Weak<tokio::sync::Mutex<Signer>>,
    requests: mpsc::WeakUnboundedSender<Request>,
) {
    loop {
        tokio::time::sleep(TICK).await;
        let (Some(signer), Some(requests)) = (signer.upgrade(), requests.upgrade()) else {
            return;
        };
        let made = sign(&mut *signer.lock().await, &requests, false).await;
        if let Err(unavailable) = made {
            tracing::warn!(%unavailable, "where the audit log stands could not be signed");
        }
    }
}

/// Writes a checkpoint where one is due, or, at the `last` one, where anything was written.
async fn sign(
    signer: &mut Signer,
    requests: &mpsc::UnboundedSender<Request>,
    last: bool,
) -> Result<(), Unavailable> {
    match signer.due(last).await? {
        Some(checkpoint) => request(requests, vec![checkpoint]).await,
        None => Ok(()),
    }
}

/// The place of a page's last record, and the beginning of its hash, which nobody guesses.
fn cursor(place: LinePosition, hash: &str) -> String {
    format!(
        "{:032x}{}",
        place.number(),
        hash.get(..32).unwrap_or_default()
    )
}

/// The fewest lines that are sure to hold everything that `query` asks for.
fn wanted_lines(query: &AuditQuery) -> LinesOf {
    match (&query.contract, query.event) {
        (Some(contract), _) => LinesOf::Contract(contract.clone()),
        (None, Some(event)) => LinesOf::Event(event),
        (None, None) => LinesOf::Everything,
    }
}

#[async_trait]
impl AuditLog for ChainedAuditLog {
    async fn append(&self, records: Vec<AuditRecord>) -> Result<(), Unavailable> {
        if records.is_empty() {
            return Ok(());
        }
        self.request(records).await
    }

    async fn close(&self) -> usize {
        if let Some(signer) = &self.signer {
            let last = async { sign(&mut *signer.lock().await, &self.requests, true).await };
            if !matches!(timeout(LAST_CHECKPOINT, last).await, Ok(Ok(()))) {
                tracing::warn!("where the audit log stands could not be signed at the end");
            }
        }
        0
    }

    async fn query(&self, query: &AuditQuery) -> Result<AuditPage, AuditQueryError> {
        let mut before = match &query.cursor {
            None => None,
            Some(text) => Some(self.find(text).await?.ok_or(AuditQueryError::BadCursor)?),
        };
        let mut page = AuditPage::default();
        if query.limit == 0 {
            return Ok(page);
        }
        let (of, conditions) = (wanted_lines(query), Conditions::new(query));
        let mut last = None;
        loop {
            let lines = self.lines.before(&of, before, READ_AT_ONCE).await?;
            let Some(oldest) = lines.last() else {
                return Ok(page);
            };
            before = Some(oldest.place);
            for line in lines {
                let Some((record, hash)) = read_back(line.text.as_bytes()) else {
                    continue;
                };
                if !conditions.hold_for(&record) {
                    continue;
                }
                if page.records.len() == query.limit {
                    page.next_cursor = last;
                    return Ok(page);
                }
                last = Some(cursor(line.place, &hash));
                page.records.push(record);
            }
        }
    }

    fn lines(&self) -> Option<Arc<dyn AuditLineStore>> {
        Some(self.lines.clone())
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.lines.check().await
    }
}

struct Writer {
    lines: Arc<dyn AuditLineStore>,
    chain: Chain,
    /// The chain before, as far as it was acknowledged, until it is known that nothing of it is lost.
    former: Option<Chain>,
    randomness: Arc<dyn Randomness>,
}

impl Writer {
    /// Writes until nobody can ask any more.
    async fn run(mut self, mut requests: mpsc::UnboundedReceiver<Request>) {
        while let Some(first) = requests.recv().await {
            let mut size = first.records.len();
            let mut batch = vec![first];
            while size < LARGEST_BATCH
                && let Ok(request) = requests.try_recv()
            {
                size += request.records.len();
                batch.push(request);
            }
            let records: Vec<&AuditRecord> =
                batch.iter().flat_map(|request| &request.records).collect();
            let outcome = self.write(&records).await;
            if let Err(error) = &outcome {
                tracing::error!(%error, "the audit log cannot be written");
                // Whoever came meanwhile has waited as well, and would wait as long again.
                while let Ok(request) = requests.try_recv() {
                    batch.push(request);
                }
            }
            for request in batch {
                // The caller may have gone away; the records stay.
                let _ = request.done.send(outcome.clone());
            }
        }
    }

    async fn write(&mut self, records: &[&AuditRecord]) -> Result<(), Unavailable> {
        let Some(first) = records.first() else {
            return Ok(());
        };
        if self.former.is_none() {
            match self.append(records).await? {
                Appended::Kept => return Ok(()),
                // What is gone from a chain leaves a gap that nothing may stand behind.
                Appended::Behind { .. } => self.begin_anew(),
            }
        }
        let lost = self.lost(first.time).await?;
        let records: Vec<&AuditRecord> = lost.iter().chain(records.iter().copied()).collect();
        match self.append(&records).await? {
            Appended::Kept => {
                self.former = None;
                Ok(())
            }
            Appended::Behind { .. } => {
                self.begin_anew();
                let reason = "the audit log does not take the first records of a new chain";
                Err(Unavailable::new(PORT, reason))
            }
        }
    }

    /// Goes on with a new chain. What was acknowledged of the one before must still be confirmed.
    fn begin_anew(&mut self) {
        let ended = std::mem::replace(&mut self.chain, Chain::begin(self.randomness.as_ref()));
        if !ended.is_new() {
            self.former = Some(ended);
        }
    }

    /// The record of what the store has forgotten of the chain before, if it has.
    async fn lost(&self, time: Timestamp) -> Result<Option<AuditRecord>, Unavailable> {
        let Some(former) = &self.former else {
            return Ok(None);
        };
        let nothing = AuditLines {
            chain: former.id().to_owned(),
            first: former.written() + 1,
            lines: Vec::new(),
        };
        let Appended::Behind { last } = self.lines.append(&nothing).await? else {
            return Ok(None);
        };
        let missing = former.written().saturating_sub(last);
        tracing::error!(
            chain = former.id(),
            last,
            missing,
            "the audit log has lost records that it had acknowledged"
        );
        let detail = [
            ("chain", former.id().to_owned()),
            ("last", last.to_string()),
            ("missing", missing.to_string()),
        ];
        Ok(Some(AuditRecord {
            time,
            event: AuditEvent::RecordsLost,
            outcome: AuditOutcome::Failed,
            actor: None,
            contract: None,
            subject: None,
            source: None,
            request_id: RequestId::generate(self.randomness.as_ref()),
            detail: BTreeMap::from(detail.map(|(name, value)| (name.to_owned(), value))),
        }))
    }

    /// Appends records to this process' chain, which goes on only when they are kept.
    async fn append(&mut self, records: &[&AuditRecord]) -> Result<Appended, Unavailable> {
        let mut next = self.chain.clone();
        let mut lines = Vec::with_capacity(records.len());
        for record in records {
            let mut text = next.append(record).map_err(|error| {
                Unavailable::new(PORT, format!("a record cannot be written: {error}"))
            })?;
            text.truncate(text.trim_end_matches('\n').len());
            lines.push(AuditLine {
                text,
                contract: record.contract.clone(),
                event: record.event,
            });
        }
        let lines = AuditLines {
            chain: self.chain.id().to_owned(),
            first: self.chain.written() + 1,
            lines,
        };
        match self.lines.append(&lines).await {
            Ok(Appended::Kept) => {
                self.chain = next;
                Ok(Appended::Kept)
            }
            Ok(behind) => Ok(behind),
            Err(unavailable) => {
                // They may be there, or still come: their numbers must not be used again.
                self.begin_anew();
                Err(unavailable)
            }
        }
    }
}
