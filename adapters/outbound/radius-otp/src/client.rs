//! Asking servers: repeating what may be lost, going on to the next, ignoring what is no answer.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::{UdpSocket, lookup_host};
use tokio::time::{Instant, timeout_at};

use crate::packet::{Answer, LONGEST_PACKET, Request};

/// A server that did not answer is asked last for so long.
const AVOIDED_FOR: Duration = Duration::from_secs(30);

/// How often a request is sent to one server, spread over the time that the server has.
const TRANSMISSIONS: u32 = 3;

/// A server and what is known of it.
pub(crate) struct Server {
    /// `host:port`.
    pub(crate) address: String,
    failed: Mutex<Option<Instant>>,
}

/// How asking one server ended.
#[derive(Debug)]
pub(crate) enum Asked {
    /// It answered.
    Answered(Answer),
    /// It cannot have heard the question, for this reason.
    Unheard(String),
    /// It may have heard the question and gave no answer, for this reason.
    Silent(String),
}

impl Server {
    pub(crate) fn new(address: String) -> Self {
        Self {
            address,
            failed: Mutex::new(None),
        }
    }

    /// Whether it did not answer a short time ago.
    pub(crate) fn is_avoided(&self) -> bool {
        self.failed
            .lock()
            .is_some_and(|since| since.elapsed() < AVOIDED_FOR)
    }

    /// Sends `request` until it is answered or `deadline` comes. The same request each time, so
    /// that a server that has it already repeats its answer.
    pub(crate) async fn ask(
        &self,
        request: &Request,
        secret: &[u8],
        demand_proof: bool,
        deadline: Instant,
    ) -> Asked {
        let asked = match self.connect(deadline).await {
            Ok(socket) => exchange(&socket, request, secret, demand_proof, deadline).await,
            Err(reason) => Asked::Unheard(reason),
        };
        let answered = matches!(asked, Asked::Answered(_));
        *self.failed.lock() = (!answered).then(Instant::now);
        asked
    }

    /// A socket of its own for each request: the kernel lets nothing but the server's datagrams
    /// through, and answers to older requests find it closed.
    async fn connect(&self, deadline: Instant) -> Result<UdpSocket, String> {
        let connecting = async {
            let mut addresses = lookup_host(&self.address).await?;
            let address = addresses.next().ok_or(ErrorKind::NotFound)?;
            let any: SocketAddr = match address {
                SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
                SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
            };
            let socket = UdpSocket::bind(any).await?;
            socket.connect(address).await?;
            Ok::<_, std::io::Error>(socket)
        };
        match timeout_at(deadline, connecting).await {
            Ok(Ok(socket)) => Ok(socket),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("its name was not found in time".to_owned()),
        }
    }
}

async fn exchange(
    socket: &UdpSocket,
    request: &Request,
    secret: &[u8],
    demand_proof: bool,
    deadline: Instant,
) -> Asked {
    let pause = deadline.saturating_duration_since(Instant::now()) / TRANSMISSIONS;
    let mut ignored = None;
    for transmission in 1..=TRANSMISSIONS {
        if let Err(error) = socket.send(request.bytes()).await {
            return broken(&error, transmission);
        }
        let until = if transmission == TRANSMISSIONS {
            deadline
        } else {
            deadline.min(Instant::now() + pause)
        };
        let mut datagram = [0; LONGEST_PACKET];
        loop {
            match timeout_at(until, socket.recv(&mut datagram)).await {
                Err(_) => break,
                Ok(Err(error)) => return broken(&error, transmission),
                Ok(Ok(length)) => {
                    match request.read_answer(&datagram[..length], secret, demand_proof) {
                        Ok(answer) => return Asked::Answered(answer),
                        Err(reason) => ignored = Some(reason),
                    }
                }
            }
        }
    }
    Asked::Silent(match ignored {
        Some(reason) => format!("its answer is ignored: {reason}"),
        None => "it does not answer".to_owned(),
    })
}

/// Nobody listens there. Where the first datagram already came back, nobody heard it.
fn broken(error: &std::io::Error, transmission: u32) -> Asked {
    let reason = error.to_string();
    if error.kind() == ErrorKind::ConnectionRefused && transmission == 1 {
        Asked::Unheard(reason)
    } else {
        Asked::Silent(reason)
    }
}
