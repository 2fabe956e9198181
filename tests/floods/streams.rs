//! A client of HTTP/2 that sends much and takes nothing.

use std::net::{Ipv4Addr, SocketAddr};

use h2::client::{ResponseFuture, SendRequest};
use h2::{RecvStream, SendStream};
use hyper::body::Bytes;
use hyper::{Method, Request, Response};
use tokio::task::JoinHandle;

use crate::wire::connect;

/// Streams of one connection: as many as the server takes.
pub(crate) const STREAMS: usize = 16;

/// A connection whose streams stay as they are until it is dropped.
pub(crate) struct Multiplexed {
    send: SendRequest<Bytes>,
    held: Vec<(Option<ResponseFuture>, SendStream<Bytes>)>,
    unread: Vec<Response<RecvStream>>,
    statuses: Vec<u16>,
    task: JoinHandle<()>,
}

impl Drop for Multiplexed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Multiplexed {
    /// A connection whose client takes nothing of any answer's body.
    pub(crate) async fn open(from: Ipv4Addr, to: SocketAddr) -> Option<Self> {
        let stream = connect(from, to).await.ok()?;
        let (send, connection) = h2::client::Builder::new()
            .initial_window_size(0)
            .handshake::<_, Bytes>(stream)
            .await
            .ok()?;
        // It ends when the server has had enough.
        let task = tokio::spawn(async move {
            let _ = connection.await;
        });
        Some(Self {
            send,
            held: Vec::new(),
            unread: Vec::new(),
            statuses: Vec::new(),
            task,
        })
    }

    /// Asks for `path`, with a body that begins and does not end where `body` is given.
    pub(crate) async fn ask(&mut self, path: &str, body: Option<&'static [u8]>) -> Option<()> {
        let mut send = self.send.clone().ready().await.ok()?;
        let method = if body.is_some() {
            Method::POST
        } else {
            Method::GET
        };
        let request = Request::builder()
            .method(method)
            .uri(format!("http://bank.example{path}"))
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(())
            .expect("a request is made");
        let (answer, mut stream) = send.send_request(request, body.is_none()).ok()?;
        if let Some(body) = body {
            stream.send_data(Bytes::from_static(body), false).ok()?;
        }
        self.held.push((Some(answer), stream));
        Some(())
    }

    /// Resets all streams.
    pub(crate) fn give_up(&mut self) {
        for (_, mut stream) in self.held.drain(..) {
            stream.send_reset(h2::Reason::CANCEL);
        }
    }

    /// Waits for the head of every answer, as far as there are any before the connection ends.
    pub(crate) async fn await_answers(&mut self) -> &[u16] {
        for (answer, _) in &mut self.held {
            if let Some(answer) = answer.take()
                && let Ok(answer) = answer.await
            {
                self.statuses.push(answer.status().as_u16());
                self.unread.push(answer);
            }
        }
        &self.statuses
    }
}
