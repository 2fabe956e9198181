//! A back end to play with: speaks any protocol over TCP, knows some cards, and misbehaves on
//! demand. Whoever writes an adapter gives it a protocol and gets every way of failing for free.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;
use warifu_core::domain::{CodeLengths, OneTimePassword, Subject};
use warifu_core::ports::Clock;

use crate::case::Failure;
use crate::samples::{SeededRandomness, TestClock};

/// What a back end says.
pub trait Protocol: Send + Sync + 'static {
    /// How many bytes the first whole request of `received` has; nothing while it is not whole.
    fn request_length(&self, received: &[u8]) -> Option<usize>;

    /// The answer to a whole request.
    fn answer(&self, request: &[u8]) -> Vec<u8>;
}

/// The length of the first whole HTTP/1.1 request with a `Content-Length`, for
/// [`Protocol::request_length`].
pub fn http_request_length(received: &[u8]) -> Option<usize> {
    let head = received.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&received[..head]).to_ascii_lowercase();
    let body = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|length| length.trim().parse().ok())
        .unwrap_or(0);
    (received.len() >= head + body).then_some(head + body)
}

/// A way of misbehaving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Connections are closed as soon as they are made.
    Outage,
    /// Requests are taken and never answered.
    Silence,
    /// The right answer comes, a byte at a time, far too slowly.
    SlowDrip,
    /// What comes is noise.
    Garbage,
    /// What comes is a page for people, as from a broken proxy.
    Html,
    /// What comes has no end.
    Endless,
    /// The right answer comes without its last byte.
    Truncated,
}

struct Shared {
    protocol: Box<dyn Protocol>,
    drip: Duration,
    fault: Mutex<Option<Fault>>,
    arrived: AtomicUsize,
}

/// A back end on a free port of this machine. Stops when dropped.
pub struct FakeBackEnd {
    /// Where it listens.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

impl FakeBackEnd {
    /// One that speaks `protocol`. A slow drip lets `drip` pass before each byte.
    pub async fn start(protocol: impl Protocol, drip: Duration) -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            protocol: Box::new(protocol),
            drip,
            fault: Mutex::new(None),
            arrived: AtomicUsize::new(0),
        });
        let serving = tokio::spawn(accept(listener, shared.clone()));
        Ok(Self {
            address,
            shared,
            serving,
        })
    }

    /// Misbehaves from now on, or behaves again.
    pub fn misbehave(&self, fault: Option<Fault>) {
        *self.shared.fault.lock() = fault;
    }

    /// How many whole requests have arrived.
    pub fn arrived(&self) -> usize {
        self.shared.arrived.load(Ordering::SeqCst)
    }
}

impl Drop for FakeBackEnd {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        let is_out = *shared.fault.lock() == Some(Fault::Outage);
        if !is_out {
            connections.spawn(serve(stream, shared.clone()));
        }
    }
}

/// Answers the requests of one connection. Whoever goes away is no failure of the back end.
async fn serve(mut stream: TcpStream, shared: Arc<Shared>) -> std::io::Result<()> {
    let mut received = Vec::new();
    loop {
        while let Some(length) = shared.protocol.request_length(&received) {
            let request: Vec<u8> = received.drain(..length).collect();
            let fault = *shared.fault.lock();
            if fault == Some(Fault::Outage) {
                return Ok(());
            }
            shared.arrived.fetch_add(1, Ordering::SeqCst);
            let answer = shared.protocol.answer(&request);
            match fault {
                None => stream.write_all(&answer).await?,
                Some(fault) => return misbehave(&mut stream, fault, &answer, shared.drip).await,
            }
        }
        if stream.read_buf(&mut received).await? == 0 {
            return Ok(());
        }
    }
}

async fn misbehave(
    stream: &mut TcpStream,
    fault: Fault,
    answer: &[u8],
    drip: Duration,
) -> std::io::Result<()> {
    match fault {
        Fault::Outage => Ok(()),
        Fault::Silence => loop {
            // Until the other side gives up.
            if stream.read(&mut [0; 1024]).await? == 0 {
                return Ok(());
            }
        },
        Fault::SlowDrip => {
            for byte in answer {
                sleep(drip).await;
                stream.write_all(&[*byte]).await?;
            }
            Ok(())
        }
        Fault::Garbage => {
            let randomness = SeededRandomness::new(7);
            let noise: Vec<u8> = (0..64)
                .flat_map(|_| randomness.next_number().to_le_bytes())
                .collect();
            stream.write_all(&noise).await
        }
        Fault::Html => {
            let page = "<!DOCTYPE html><title>OK</title><p>true success accepted OK";
            let page = format!(
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n{page}",
                page.len()
            );
            stream.write_all(page.as_bytes()).await
        }
        Fault::Endless => loop {
            stream.write_all(&[b'a'; 16 * 1024]).await?;
        },
        Fault::Truncated => {
            stream
                .write_all(&answer[..answer.len().saturating_sub(1)])
                .await
        }
    }
}

/// How long a card shows a code.
pub const PERIOD: Duration = Duration::from_secs(30);

/// Cards whose codes go by time, and what a back end knows of them. The codes are made up, and no
/// secret: for tests only.
pub struct SampleCards {
    clock: Arc<TestClock>,
    /// The step of the last accepted code of each card.
    cards: Mutex<HashMap<Subject, Option<u64>>>,
}

impl SampleCards {
    /// No cards yet; they go by `clock`.
    pub fn new(clock: Arc<TestClock>) -> Self {
        Self {
            clock,
            cards: Mutex::default(),
        }
    }

    /// Gives the user a card.
    pub fn enrol(&self, subject: &Subject) {
        self.cards.lock().insert(subject.clone(), None);
    }

    /// Takes it away.
    pub fn withdraw(&self, subject: &Subject) {
        self.cards.lock().remove(subject);
    }

    /// The code that the user's card shows so many steps from now.
    pub fn code(&self, subject: &Subject, steps: i64) -> Result<OneTimePassword, Failure> {
        let step = self
            .step()
            .checked_add_signed(steps)
            .ok_or_else(|| Failure::new("a time before all time"))?;
        Ok(OneTimePassword::parse(
            &digits(subject, step),
            &CodeLengths::new([6]),
        )?)
    }

    /// What the back end makes of a code: good is the one of this step or of the one before, unless
    /// one as new was accepted already.
    pub fn accepts(&self, contract: &str, user: &str, code: &str) -> bool {
        let (Ok(contract), Ok(user)) = (contract.parse(), user.parse()) else {
            return false;
        };
        let subject = Subject::new(contract, user);
        let current = self.step();
        let mut cards = self.cards.lock();
        let Some(last) = cards.get_mut(&subject) else {
            return false;
        };
        let good = [current, current.saturating_sub(1)]
            .into_iter()
            .find(|step| digits(&subject, *step) == code);
        match good {
            Some(step) if last.is_none_or(|last| last < step) => {
                *last = Some(step);
                true
            }
            _ => false,
        }
    }

    fn step(&self) -> u64 {
        let seconds = u64::try_from(self.clock.now().as_unix_seconds()).unwrap_or(0);
        seconds / PERIOD.as_secs()
    }
}

fn digits(subject: &Subject, step: u64) -> String {
    let mut seed = step;
    for byte in subject.to_key_bytes() {
        seed = SeededRandomness::new(seed ^ u64::from(byte)).next_number();
    }
    format!("{:06}", seed % 1_000_000)
}
