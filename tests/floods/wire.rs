//! HTTP/1.1 as bytes, from an address of one's choice.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

/// How long an answer may take on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(20);

/// An answer to a request.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// Everything before the body, in lower case.
    pub(crate) head: String,
}

/// A connection to `to` from `from`.
pub(crate) async fn connect(from: Ipv4Addr, to: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(IpAddr::V4(from), 0))?;
    timeout(PATIENCE, socket.connect(to))
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// The next answer on a connection; nothing where it ends instead.
pub(crate) async fn read_answer(stream: &mut TcpStream) -> Option<Answer> {
    timeout(PATIENCE, answer(stream)).await.ok()?.ok()
}

async fn answer(stream: &mut TcpStream) -> io::Result<Answer> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length = length.and_then(|length| length.parse().ok()).unwrap_or(0);
    stream.read_exact(&mut vec![0; length]).await?;
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    Ok(Answer {
        status: status.unwrap_or_default(),
        head,
    })
}

/// Sends `request` on a connection of its own and gives the answer.
pub(crate) async fn ask(from: Ipv4Addr, to: SocketAddr, request: &[u8]) -> Option<Answer> {
    let mut stream = connect(from, to).await.ok()?;
    stream.write_all(request).await.ok()?;
    read_answer(&mut stream).await
}

/// A request for a page.
pub(crate) fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: bank.example\r\n\r\n")
}

/// A form of ours, as a browser sends it.
pub(crate) fn post(path: &str, kind: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: bank.example\r\nSec-Fetch-Site: same-origin\r\n\
         Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}
