//! The server: listeners, connections, and how it stops.

mod activity;
mod connection;
mod shared;
mod start_error;
mod strict_head;
mod tls;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use futures_util::FutureExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use warifu_core::UseCases;

use self::activity::Limits;
use self::connection::Connection;
use self::shared::Shared;
pub use self::start_error::StartError;
use self::tls::Tls;
use crate::client_certificate_header::CertificateHeader;
use crate::metrics::Metrics;
use crate::rate_limit::AddressLimiter;
use crate::router;
use crate::settings::{HttpSettings, ListenerSettings, ServedSurface};
use crate::state::{AppState, Draining};

/// How long to wait after the system refused to accept, such as for want of file handles.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How often the rate limit forgets addresses that have been quiet.
const FORGET_EVERY: Duration = Duration::from_secs(10);

/// A server whose listeners are bound.
pub struct Server {
    listeners: Mutex<Vec<Listener>>,
    start_lines: Vec<String>,
    tls: Vec<Arc<Tls>>,
    certificate_headers: Vec<Arc<CertificateHeader>>,
    shared: Arc<Shared>,
    limiter: Option<Arc<AddressLimiter>>,
    draining: Draining,
    drain_delay: Duration,
    shutdown_deadline: Duration,
}

struct Listener {
    socket: TcpListener,
    tls: Option<Arc<Tls>>,
    router: Router,
}

impl Server {
    /// Whether these settings can be served: reads all certificates and binds each address on a free
    /// port, so that a server that runs is not disturbed.
    pub async fn check(settings: &HttpSettings) -> Result<(), StartError> {
        if let Some(limit) = settings.rate_limit {
            AddressLimiter::new(limit).ok_or(StartError::RateLimit)?;
        }
        for listener in &settings.listeners {
            if let Some(files) = &listener.tls {
                Tls::load(files.clone(), settings.admin_certificate_subject)?;
            }
            if let Some(header) = &listener.client_certificate_header {
                CertificateHeader::check(header, settings.admin_certificate_subject)?;
            }
            let mut address = listener.bind;
            address.set_port(0);
            let bound = TcpListener::bind(address).await;
            bound.map_err(|source| StartError::Bind {
                address: listener.bind,
                source,
            })?;
        }
        Ok(())
    }

    /// Binds all listeners and reads all certificates.
    pub async fn bind(settings: HttpSettings, use_cases: UseCases) -> Result<Self, StartError> {
        let metrics = Arc::new(Metrics::new(&settings.more_metrics));
        let limiter = match settings.rate_limit {
            Some(limit) => Some(Arc::new(
                AddressLimiter::new(limit).ok_or(StartError::RateLimit)?,
            )),
            None => None,
        };
        let draining = Draining::default();
        let holders = settings.admin_certificate_subject;
        let mut listeners = Vec::new();
        let mut certificate_headers = Vec::new();
        let mut start_lines = Vec::new();
        for listener in &settings.listeners {
            let tls = match &listener.tls {
                Some(files) => Some(Arc::new(Tls::load(files.clone(), holders)?)),
                None => None,
            };
            let certificate_header = match &listener.client_certificate_header {
                Some(header) => {
                    let proxies = &settings.trusted_proxies;
                    let loaded = CertificateHeader::load(header, holders, proxies, &use_cases);
                    Some(Arc::new(loaded.await?))
                }
                None => None,
            };
            certificate_headers.extend(certificate_header.clone());
            let cannot_bind = |source| StartError::Bind {
                address: listener.bind,
                source,
            };
            let socket = TcpListener::bind(listener.bind)
                .await
                .map_err(cannot_bind)?;
            let address = socket.local_addr().map_err(cannot_bind)?;
            start_lines.push(start_line(listener, address));
            let asks = certificate_header.is_some()
                || tls.as_ref().is_some_and(|tls| tls.asks_for_certificates());
            let mut state = AppState::new(
                &settings,
                use_cases.clone(),
                &listener.surfaces,
                tls.is_some(),
                asks,
            );
            state.draining = draining.clone();
            state.certificate_header = certificate_header;
            let router = router::router(
                state,
                &listener.surfaces,
                limiter.clone(),
                Arc::clone(&metrics),
            );
            listeners.push(Listener {
                socket,
                tls,
                router,
            });
        }
        let limits = Limits {
            header: settings.header_timeout,
            idle: settings.idle_timeout,
            exchange: settings.body_timeout.saturating_add(settings.idle_timeout),
        };
        let connections = Arc::new(Semaphore::new(
            settings.max_connections.clamp(1, Semaphore::MAX_PERMITS),
        ));
        Ok(Self {
            tls: listeners
                .iter()
                .filter_map(|listener| listener.tls.clone())
                .collect(),
            certificate_headers,
            listeners: Mutex::new(listeners),
            start_lines,
            shared: Arc::new(Shared {
                use_cases,
                metrics,
                limits,
                connections,
            }),
            limiter,
            draining,
            drain_delay: settings.drain_delay,
            shutdown_deadline: settings.shutdown_deadline,
        })
    }

    /// One line a listener: where it listens and what it serves.
    pub fn start_lines(&self) -> Vec<String> {
        self.start_lines.clone()
    }

    /// Reads all certificates, keys and authorities again; new connections use them. Can be
    /// called while the server runs. What cannot be read stays as it was.
    pub fn reload_tls(&self) -> Result<(), StartError> {
        let mut outcome = Ok(());
        for tls in &self.tls {
            outcome = outcome.and(tls.reload());
        }
        for header in &self.certificate_headers {
            outcome = outcome.and(header.reload());
        }
        outcome
    }

    /// Serves until `shutdown` is ready; then it is not ready any more and serves for the drain
    /// delay, whether or not there is anything to do, so that whoever goes by readiness has gone
    /// elsewhere; then finishes what was accepted, within the deadline. A server runs once.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        let listeners = std::mem::take(
            &mut *self
                .listeners
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        let (stop, stopping) = watch::channel(false);
        let mut accepting = JoinSet::new();
        for listener in listeners {
            accepting.spawn(accept(listener, Arc::clone(&self.shared), stopping.clone()));
        }
        if let Some(limiter) = self.limiter.clone() {
            accepting.spawn(forget_quiet_addresses(limiter, stopping.clone()));
        }
        drop(stopping);
        shutdown.await;
        self.draining.begin();
        tokio::time::sleep(self.drain_delay).await;
        // The receivers are gone only if everything has ended already.
        let _ = stop.send(true);
        let finished = async { while accepting.join_next().await.is_some() {} };
        if tokio::time::timeout(self.shutdown_deadline, finished)
            .await
            .is_err()
        {
            tracing::warn!("connections were still open at the deadline and are closed");
        }
    }
}

fn start_line(listener: &ListenerSettings, address: SocketAddr) -> String {
    let scheme = if listener.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let surfaces: Vec<&str> = ServedSurface::ALL
        .into_iter()
        .filter(|surface| surface.has_routes() && listener.surfaces.contains(surface))
        .map(ServedSurface::name)
        .collect();
    format!(
        "listening on {scheme}://{address} surfaces={}",
        surfaces.join(",")
    )
}

/// Accepts until told to stop, then waits for the connections.
async fn accept(listener: Listener, shared: Arc<Shared>, stopping: watch::Receiver<bool>) {
    let Listener {
        socket,
        tls,
        router,
    } = listener;
    let mut connections = JoinSet::new();
    let serve = |(stream, peer, permit): Accepted| {
        let connection = Connection {
            stream,
            peer,
            tls: tls.clone(),
            router: router.clone(),
            shared: Arc::clone(&shared),
            stopping: stopping.clone(),
        };
        async move {
            connection.serve().await;
            drop(permit);
        }
    };
    let mut stop = stopping.clone();
    loop {
        let accepted = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => break,
            Some(_) = connections.join_next() => continue,
            accepted = next(&socket, &shared) => accepted,
        };
        match accepted {
            Ok(accepted) => {
                connections.spawn(serve(accepted));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    // Those who were connected before the call to stop are served, too.
    while let Some(Ok(accepted)) = next(&socket, &shared).now_or_never() {
        connections.spawn(serve(accepted));
    }
    drop(socket);
    while connections.join_next().await.is_some() {}
}

/// A connection, whose it is, and its place among the connections.
type Accepted = (TcpStream, SocketAddr, OwnedSemaphorePermit);

/// The next connection, once there is room for it.
async fn next(socket: &TcpListener, shared: &Shared) -> io::Result<Accepted> {
    let permit = Arc::clone(&shared.connections)
        .acquire_owned()
        .await
        .map_err(|_| io::Error::other("no more connections are accepted"))?;
    let (stream, peer) = socket.accept().await?;
    Ok((stream, peer, permit))
}

async fn forget_quiet_addresses(limiter: Arc<AddressLimiter>, mut stopping: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            _ = stopping.wait_for(|stop| *stop) => break,
            () = tokio::time::sleep(FORGET_EVERY) => limiter.forget_quiet_addresses(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_line_names_what_is_served_in_one_order() {
        let listener = ListenerSettings {
            surfaces: vec![ServedSurface::Ops, ServedSurface::Est, ServedSurface::Admin],
            ..ListenerSettings::default()
        };
        let line = start_line(&listener, "127.0.0.1:8080".parse().unwrap());
        assert_eq!(
            line,
            "listening on http://127.0.0.1:8080 surfaces=admin,ops"
        );
    }
}
