//! One connection, from its first byte to its last.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::Instant;
use tower::ServiceExt;

use super::activity::{Activity, Judgement, Watched};
use super::bodies::{AwaitedBody, TrackedBody};
use super::places::Place;
use super::shared::Shared;
use super::strict_head::StrictHead;
use super::tls::Tls;
use super::turns::{self, Line};
use crate::client_certificate::ClientCertificate;
use crate::request_context::Peer;

/// A larger head is 431. So much is kept of what a client has sent and nobody has read, too.
const MAX_HEAD: usize = 32 * 1024;

/// A larger head over HTTP/2, of which a connection sends many at once, is refused.
const MAX_FIELDS: u32 = 16 * 1024;

/// So much a client of HTTP/2 may send before it is read: on a stream, and on all of a connection.
/// Less cannot be agreed on for a connection (RFC 9113 §6.9.2).
const WINDOW: u32 = 65_535;

/// At least this often a connection is judged.
const TICK: Duration = Duration::from_secs(1);

/// How long a connection of HTTP/1 without a request stays open after the call to stop. Its next
/// request may be on its way; closing at once would lose it.
const LAST_CALL: Duration = Duration::from_secs(1);

/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_secs(2);

/// Streams of one HTTP/2 connection at a time. A page has five parts; each stream that a client leaves lying
/// takes about 4 KiB, whatever it was refused, and an address has hundreds of connections.
const MAX_STREAMS: u32 = 16;

/// Streams reset by the client before they were looked at (CVE-2023-44487).
const MAX_EARLY_RESETS: usize = 20;

pub(super) struct Connection {
    pub(super) stream: TcpStream,
    pub(super) peer: SocketAddr,
    pub(super) tls: Option<Arc<Tls>>,
    pub(super) router: Router,
    pub(super) shared: Arc<Shared>,
    pub(super) stopping: watch::Receiver<bool>,
    pub(super) activity: Activity,
}

/// Which versions of HTTP a connection may speak.
#[derive(Clone, Copy)]
enum Protocol {
    /// Plain TCP: HTTP/1, or HTTP/2 by those who know beforehand.
    Either,
    /// As agreed with the client.
    One,
    /// As agreed with the client.
    Two,
}

impl Connection {
    /// Serves until the connection ends, or somebody else has got `place`. What ends it early is
    /// nobody's error.
    pub(super) async fn serve(self, place: Place) {
        let activity = self.activity.clone();
        let mut served = pin!(self.served());
        tokio::select! {
            biased;
            () = place.taken_away() => activity.give_up(),
            () = served.as_mut() => {}
        }
    }

    async fn served(self) {
        let Self {
            stream,
            peer,
            tls,
            router,
            shared,
            stopping,
            activity,
        } = self;
        let _open = shared.metrics.connection();
        // Answers are written in one piece; waiting for more would only delay them.
        let _ = stream.set_nodelay(true);
        let who = Who {
            peer: Peer(peer.ip()),
            certificate: None,
        };
        let stream = Watched::new(stream, activity.clone());
        let Some(tls) = tls else {
            return speak(stream, activity, Protocol::Either, who, router, stopping).await;
        };
        let accepting = tls.accepting();
        let handshake = accepting.acceptor().accept(stream);
        let Ok(Ok(stream)) = tokio::time::timeout(shared.limits.header, handshake).await else {
            tracing::debug!(peer = %peer.ip(), "no TLS handshake");
            return;
        };
        let (_, session) = stream.get_ref();
        let protocol = match session.alpn_protocol() {
            Some(b"h2") => Protocol::Two,
            _ => Protocol::One,
        };
        let certificate =
            accepting.verified(session.peer_certificates(), shared.use_cases.service.now());
        let who = Who { certificate, ..who };
        speak(stream, activity, protocol, who, router, stopping).await;
    }
}

/// Whose requests these are.
#[derive(Clone)]
struct Who {
    peer: Peer,
    certificate: Option<ClientCertificate>,
}

async fn speak<S>(
    stream: S,
    activity: Activity,
    protocol: Protocol,
    who: Who,
    router: Router,
    mut stopping: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let multiplexed = matches!(protocol, Protocol::Two);
    let stream = TokioIo::new(StrictHead::new(stream, multiplexed));
    let answering = activity.clone();
    let service =
        service_fn(move |request| answer(request, who.clone(), router.clone(), &answering));
    let (line, mut turns) = turns::line();
    let builder = builder(protocol, line);
    let mut connection = pin!(builder.serve_connection(stream, service));
    let mut goodbye: Option<Instant> = None;
    let mut draining = false;
    let mut last_call: Option<Instant> = None;
    loop {
        let now = Instant::now();
        let mut wake = now + TICK;
        match (activity.judge(now), goodbye) {
            (Judgement::Stalled, _) => return activity.give_up(),
            (Judgement::Fine(next), _) => wake = wake.min(next),
            (Judgement::Idle, None) => {
                connection.as_mut().graceful_shutdown();
                goodbye = Some(now + GOODBYE);
            }
            (Judgement::Idle, Some(end)) if end <= now => return,
            (Judgement::Idle, Some(end)) => wake = wake.min(end),
        }
        if let Some(end) = last_call {
            wake = wake.min(end);
            if end <= now {
                connection.as_mut().graceful_shutdown();
                last_call = None;
            }
        }
        let had_turn = tokio::select! {
            _ = connection.as_mut() => return,
            () = turns.one() => true,
            _ = stopping.wait_for(|stop| *stop), if !draining => {
                draining = true;
                if activity.drain() {
                    connection.as_mut().graceful_shutdown();
                } else {
                    last_call = Some(Instant::now() + LAST_CALL);
                }
                false
            }
            () = tokio::time::sleep_until(wake) => false,
        };
        if had_turn {
            tokio::task::yield_now().await;
        }
    }
}

fn builder(protocol: Protocol, line: Line) -> auto::Builder<Line> {
    let mut builder = auto::Builder::new(line);
    builder
        .http1()
        .timer(TokioTimer::new())
        // The watcher sees to it, and tells waiting for a request from waiting for its end.
        .header_read_timeout(None)
        .max_buf_size(MAX_HEAD)
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_pending_accept_reset_streams(MAX_EARLY_RESETS)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .max_send_buf_size(MAX_HEAD)
        .max_header_list_size(MAX_FIELDS);
    match protocol {
        Protocol::Either => builder,
        Protocol::One => builder.http1_only(),
        Protocol::Two => builder.http2_only(),
    }
}

fn answer(
    request: Request<Incoming>,
    who: Who,
    router: Router,
    activity: &Activity,
) -> impl Future<Output = Result<Response<TrackedBody>, Infallible>> + use<> {
    let exchange = activity.exchange(request.version() == Version::HTTP_2);
    let activity = activity.clone();
    async move {
        let mut request = request.map(|body| Body::new(AwaitedBody::new(body, exchange.waiting())));
        request.extensions_mut().insert(who.peer);
        if let Some(certificate) = who.certificate {
            request.extensions_mut().insert(certificate);
        }
        let mut response = router.oneshot(request).await?;
        let status = response.status();
        let is_of_use = !status.is_client_error() && !status.is_server_error();
        if activity.is_last_answer(is_of_use) {
            response
                .headers_mut()
                .insert(CONNECTION, HeaderValue::from_static("close"));
        }
        let exchange = exchange.answered(is_of_use);
        Ok(response.map(|body| TrackedBody::new(body, exchange)))
    }
}
