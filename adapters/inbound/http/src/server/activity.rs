//! What a connection is doing, and when it has taken too long over it.

use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// How long a connection may take over what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Over the headers of a request, the first one from when the connection was made.
    pub(super) header: Duration,
    /// Over nothing between requests; over taking what is written.
    pub(super) idle: Duration,
    /// Over a request and its answer.
    pub(super) exchange: Duration,
}

/// What to do with a connection now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// Nothing before this moment.
    Fine(Instant),
    /// Nothing is going on: say goodbye.
    Idle,
    /// Somebody is stalling: close.
    Stalled,
}

/// A client that connects sends its request within this, or is in no hurry.
const JUST_OPENED: Duration = Duration::from_secs(1);

/// How idle a connection is: the least is the idlest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Idleness {
    /// It never had an answer of use, since it was opened.
    Useless(Instant),
    /// It had its last answer of use then.
    Between(Instant),
    /// Its first request may be on its way, since it was opened.
    New(Instant),
}

/// Shared by a connection's stream, its requests and its watcher.
#[derive(Clone)]
pub(super) struct Activity {
    limits: Limits,
    state: Arc<Mutex<Counts>>,
}

struct Counts {
    opened: Instant,
    next_exchange: u64,
    exchanges: BTreeMap<u64, Progress>,
    /// When the last answer of use was taken: one that refuses is no reason to keep a connection.
    of_use: Option<Instant>,
    /// When the first byte after the last exchange came.
    head_since: Option<Instant>,
    /// Since when bytes wait for the other end to take them.
    blocked_since: Option<Instant>,
    multiplexed: bool,
    given_up: bool,
    draining: bool,
}

impl Counts {
    fn quiet_since(&self) -> Instant {
        self.of_use.unwrap_or(self.opened)
    }
}

/// How far an exchange has come.
struct Progress {
    started: Instant,
    step: Step,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The request is not here yet.
    Awaited,
    /// The request is being carried out.
    AtWork,
    /// There is an answer, which is to be taken.
    Answered,
}

impl Activity {
    pub(super) fn new(limits: Limits) -> Self {
        let now = Instant::now();
        let state = Counts {
            opened: now,
            next_exchange: 0,
            exchanges: BTreeMap::new(),
            of_use: None,
            head_since: None,
            blocked_since: None,
            multiplexed: false,
            given_up: false,
            draining: false,
        };
        Self {
            limits,
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// A request's headers are here. The exchange lasts until the guard is dropped.
    pub(super) fn exchange(&self, multiplexed: bool) -> Exchange {
        let mut state = self.lock();
        let number = state.next_exchange;
        state.next_exchange += 1;
        let progress = Progress {
            started: Instant::now(),
            step: Step::AtWork,
        };
        state.exchanges.insert(number, progress);
        state.head_since = None;
        state.multiplexed = multiplexed;
        Exchange {
            activity: self.clone(),
            number,
            is_of_use: false,
        }
    }

    /// How idle the connection is, the idlest first. Nothing while a request is being carried out.
    pub(super) fn idleness(&self) -> Option<Idleness> {
        let state = self.lock();
        let mut exchanges = state.exchanges.values();
        let works = exchanges.any(|exchange| exchange.step == Step::AtWork);
        let idleness = match state.of_use {
            Some(since) => Idleness::Between(since),
            None if state.opened + JUST_OPENED > Instant::now() => Idleness::New(state.opened),
            None => Idleness::Useless(state.opened),
        };
        (!works).then_some(idleness)
    }

    /// Judges the connection at `now`.
    pub(super) fn judge(&self, now: Instant) -> Judgement {
        let state = self.lock();
        let limits = self.limits;
        if let Some(since) = state.blocked_since
            && since + limits.idle <= now
        {
            return Judgement::Stalled;
        }
        let (end, judgement) = if let Some((_, oldest)) = state.exchanges.first_key_value() {
            (oldest.started + limits.exchange, Judgement::Stalled)
        } else if state.next_exchange == 0 {
            (state.opened + limits.header, Judgement::Stalled)
        } else if let Some(since) = state.head_since.filter(|_| !state.multiplexed) {
            (since + limits.header, Judgement::Stalled)
        } else {
            (state.quiet_since() + limits.idle, Judgement::Idle)
        };
        if end <= now {
            judgement
        } else {
            Judgement::Fine(end)
        }
    }

    /// The server stops. Tells whether the client can be told at once (HTTP/2); one that cannot
    /// learns it with its next answer.
    pub(super) fn drain(&self) -> bool {
        let mut state = self.lock();
        state.draining = true;
        state.multiplexed
    }

    /// Whether an answer is to say that it is the last one: the server stops, or the connection
    /// has been of no use for too long.
    pub(super) fn is_last_answer(&self, is_of_use: bool) -> bool {
        let state = self.lock();
        let outstayed = !is_of_use && state.quiet_since() + self.limits.idle <= Instant::now();
        (state.draining || outstayed) && !state.multiplexed
    }

    /// Somebody is stalling: what is still unsent when the stream is dropped is not to be sent.
    pub(super) fn give_up(&self) {
        self.lock().given_up = true;
    }

    fn step(&self, exchange: u64, step: Step) {
        if let Some(progress) = self.lock().exchanges.get_mut(&exchange) {
            progress.step = step;
        }
    }

    /// A request that was waited for is here, or nobody waits any more.
    fn resumed(&self, exchange: u64) {
        let mut state = self.lock();
        let progress = state.exchanges.get_mut(&exchange);
        if let Some(progress) = progress.filter(|progress| progress.step == Step::Awaited) {
            progress.step = Step::AtWork;
        }
    }

    fn bytes_came(&self) {
        let mut state = self.lock();
        if state.exchanges.is_empty() && state.head_since.is_none() {
            state.head_since = Some(Instant::now());
        }
    }

    fn bytes_wait(&self) {
        let mut state = self.lock();
        if state.blocked_since.is_none() {
            state.blocked_since = Some(Instant::now());
        }
    }

    fn bytes_went(&self) {
        self.lock().blocked_since = None;
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request and its answer, until the answer's body was taken or given up.
pub(super) struct Exchange {
    activity: Activity,
    number: u64,
    is_of_use: bool,
}

impl Exchange {
    /// There is an answer, which does what was asked for or does not.
    pub(super) fn answered(mut self, is_of_use: bool) -> Self {
        self.is_of_use = is_of_use;
        self.activity.step(self.number, Step::Answered);
        self
    }

    /// For whoever reads its request.
    pub(super) fn waiting(&self) -> Waiting {
        Waiting {
            activity: self.activity.clone(),
            number: self.number,
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let mut state = self.activity.lock();
        state.exchanges.remove(&self.number);
        state.head_since = None;
        if self.is_of_use {
            state.of_use = Some(Instant::now());
        }
    }
}

/// Says of an exchange whether its request is waited for.
pub(super) struct Waiting {
    activity: Activity,
    number: u64,
}

impl Waiting {
    /// The request is not here yet.
    pub(super) fn begins(&self) {
        self.activity.step(self.number, Step::Awaited);
    }

    /// It is here, or nobody waits any more.
    pub(super) fn ends(&self) {
        self.activity.resumed(self.number);
    }
}

/// A stream that can be told to discard what is unsent when it is dropped. Otherwise the system
/// would keep it for minutes, for a reader that does not read.
pub(super) trait Discard {
    /// On drop, discard and reset.
    fn discard_unsent(&self);
}

impl Discard for TcpStream {
    fn discard_unsent(&self) {
        // It fails only where there is nothing to discard any more.
        let _ = self.set_zero_linger();
    }
}

/// A connection's stream that reports what goes in and out.
pub(super) struct Watched<S: Discard> {
    stream: S,
    activity: Activity,
}

impl<S: Discard> Drop for Watched<S> {
    fn drop(&mut self) {
        if self.activity.lock().given_up {
            self.stream.discard_unsent();
        }
    }
}

impl<S: Discard> Watched<S> {
    pub(super) fn new(stream: S, activity: Activity) -> Self {
        Self { stream, activity }
    }

    /// `asked` bytes were to be written. Only when all of a piece is taken does the other end
    /// count as reading: one that takes a byte at a time does not.
    fn note_write(&self, written: &Poll<io::Result<usize>>, asked: usize) {
        match written {
            Poll::Ready(Ok(taken)) if *taken >= asked => self.activity.bytes_went(),
            Poll::Ready(Ok(_)) | Poll::Pending => self.activity.bytes_wait(),
            Poll::Ready(Err(_)) => {}
        }
    }
}

impl<S: Discard + AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if buffer.filled().len() > before {
            self.activity.bytes_came();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: Discard + AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note_write(&written, bytes.len());
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let asked = pieces.iter().map(|piece| piece.len()).sum();
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.note_write(&written, asked);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        if flushed.is_pending() {
            self.activity.bytes_wait();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::advance;

    use super::*;

    impl Discard for tokio::io::DuplexStream {
        fn discard_unsent(&self) {}
    }

    const SECOND: Duration = Duration::from_secs(1);
    const LIMITS: Limits = Limits {
        header: Duration::from_secs(10),
        idle: Duration::from_secs(60),
        exchange: Duration::from_secs(75),
    };

    fn judge(activity: &Activity) -> Judgement {
        activity.judge(Instant::now())
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_without_a_first_request_is_closed() {
        let activity = Activity::new(LIMITS);
        assert!(matches!(judge(&activity), Judgement::Fine(_)));
        advance(LIMITS.header).await;
        assert_eq!(judge(&activity), Judgement::Stalled);
    }

    #[tokio::test(start_paused = true)]
    async fn a_quiet_connection_is_let_go_and_one_that_drips_headers_is_closed() {
        let activity = Activity::new(LIMITS);
        drop(activity.exchange(false).answered(true));
        advance(LIMITS.idle.saturating_sub(SECOND)).await;
        assert!(matches!(judge(&activity), Judgement::Fine(_)));
        advance(SECOND).await;
        assert_eq!(judge(&activity), Judgement::Idle);

        drop(activity.exchange(false).answered(true));
        let (mut client, server) = tokio::io::duplex(64);
        let mut server = Watched::new(server, activity.clone());
        client.write_all(b"G").await.unwrap();
        server.read_u8().await.unwrap();
        advance(LIMITS.header).await;
        assert_eq!(judge(&activity), Judgement::Stalled);
    }

    #[tokio::test(start_paused = true)]
    async fn an_exchange_may_take_its_time_but_not_for_ever() {
        let activity = Activity::new(LIMITS);
        let first = activity.exchange(true);
        let second = activity.exchange(true);
        advance(LIMITS.exchange.saturating_sub(SECOND)).await;
        drop(second.answered(true));
        assert!(matches!(judge(&activity), Judgement::Fine(_)));
        advance(SECOND).await;
        assert_eq!(judge(&activity), Judgement::Stalled);
        drop(first);
        assert!(matches!(judge(&activity), Judgement::Fine(_)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_takes_a_little_at_a_time_is_closed() {
        let activity = Activity::new(LIMITS);
        let _exchange = activity.exchange(false);
        let (mut client, server) = tokio::io::duplex(4);
        let mut server = Watched::new(server, activity.clone());
        assert_eq!(server.write(b"123456").await.unwrap(), 4);
        client.read_u8().await.unwrap();
        assert_eq!(server.write(b"56").await.unwrap(), 1);
        advance(LIMITS.idle).await;
        assert_eq!(judge(&activity), Judgement::Stalled);
        client.read_exact(&mut [0; 4]).await.unwrap();
        server.write_all(b"6").await.unwrap();
        assert!(matches!(judge(&activity), Judgement::Fine(_)));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_refuses_does_not_renew_the_idle_time() {
        let activity = Activity::new(LIMITS);
        for _ in 0..4 {
            assert!(!activity.is_last_answer(false));
            drop(activity.exchange(false).answered(false));
            assert!(matches!(judge(&activity), Judgement::Fine(_)));
            advance(LIMITS.idle / 4).await;
        }
        assert!(activity.is_last_answer(false) && !activity.is_last_answer(true));
        drop(activity.exchange(false).answered(false));
        assert_eq!(judge(&activity), Judgement::Idle);
        drop(activity.exchange(false).answered(true));
        assert!(matches!(judge(&activity), Judgement::Fine(_)));
    }

    #[tokio::test]
    async fn a_request_is_carried_out_between_its_body_and_its_answer() {
        let activity = Activity::new(LIMITS);
        assert!(activity.idleness().is_some());
        let exchange = activity.exchange(false);
        assert!(activity.idleness().is_none());
        exchange.waiting().begins();
        assert!(activity.idleness().is_some());
        exchange.waiting().ends();
        assert!(activity.idleness().is_none());
        let _answered = exchange.answered(true);
        assert!(activity.idleness().is_some());
    }
}
