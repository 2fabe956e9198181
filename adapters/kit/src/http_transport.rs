//! One exchange over HTTP/1.1 after another: TLS with chosen authorities, a pool, no redirects,
//! nothing sent twice, no answer longer than it may be. What an answer means is for others.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Uri, response};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use tower::timeout::Timeout;
use tower::timeout::error::Elapsed;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, Service, ServiceExt};
use zeroize::Zeroizing;

/// No answer has more before its body.
const LONGEST_HEAD: usize = 16 * 1024;
/// Connections that nobody uses are closed before servers usually do it.
const KEEP_IDLE: Duration = Duration::from_secs(10);

type Https = HttpsConnector<HttpConnector>;
type Connector = BoxCloneSyncService<Uri, <Https as Service<Uri>>::Response, BoxError>;

/// Connections, and what is sent over them.
pub struct HttpTransport {
    client: Client<Connector, Full<Bytes>>,
    connector: Connector,
}

/// An answer of which the body is not read yet.
pub struct Begun {
    /// Status and headers.
    pub head: response::Parts,
    body: Incoming,
}

impl Begun {
    /// Reads the whole body, of at most `longest` bytes.
    pub async fn read(self, longest: usize) -> Result<Zeroizing<Vec<u8>>, ExchangeError> {
        let body = Limited::new(self.body, longest).collect().await;
        let body = body.map_err(|cause| ExchangeError {
            may_have_been_sent: true,
            cause,
        })?;
        Ok(Zeroizing::new(body.to_bytes().to_vec()))
    }
}

/// Why there is no answer. Nothing of a request is in it.
#[derive(Debug)]
pub struct ExchangeError {
    may_have_been_sent: bool,
    cause: Box<dyn Error + Send + Sync>,
}

impl HttpTransport {
    /// Connects nowhere yet. A connection is made, TLS and all, within `connect_within`; of those
    /// that nobody needs, `idle_connections` are kept open for a while.
    pub fn new(config: ClientConfig, connect_within: Duration, idle_connections: usize) -> Self {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(config)
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let connector = BoxCloneSyncService::new(Timeout::new(connector, connect_within));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(KEEP_IDLE)
            .pool_max_idle_per_host(idle_connections)
            .http1_max_buf_size(LONGEST_HEAD)
            .http1_max_headers(64)
            // A code goes out once. Another connection is taken only where nothing of the request
            // was written, because the server had closed the one that was kept open. One that
            // closes just then makes a call in vain; without idle connections it cannot.
            .retry_canceled_requests(true)
            .build(connector.clone());
        Self { client, connector }
    }

    /// Sends `request`, whose URI names the server, and waits until an answer begins. The deadline is
    /// the caller's.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> Result<Begun, ExchangeError> {
        let answer = self.client.request(request).await;
        let answer = answer.map_err(|error| ExchangeError {
            may_have_been_sent: !error.is_connect(),
            cause: error.into(),
        })?;
        let (head, body) = answer.into_parts();
        Ok(Begun { head, body })
    }

    /// Connects, with TLS where that is spoken, and asks nothing.
    pub async fn connect(&self, uri: &Uri) -> Result<(), ExchangeError> {
        let connected = self.connector.clone().oneshot(uri.clone()).await;
        connected.map(drop).map_err(|cause| ExchangeError {
            may_have_been_sent: false,
            cause,
        })
    }
}

impl ExchangeError {
    /// Whether the server may have got the request, and done what it says.
    pub fn may_have_been_sent(&self) -> bool {
        self.may_have_been_sent
    }

    /// Whether the answer was longer than it may be.
    pub fn is_too_long(&self) -> bool {
        self.causes().any(<dyn Error>::is::<LengthLimitError>)
    }

    /// Whether no connection was made in time.
    pub fn is_late(&self) -> bool {
        self.causes().any(<dyn Error>::is::<Elapsed>)
    }

    /// What began it, without what it led to.
    pub fn root_cause(&self) -> String {
        let last = self.causes().last();
        last.map(ToString::to_string).unwrap_or_default()
    }

    /// What went wrong with TLS, where this is why.
    pub fn tls(&self) -> Option<&rustls::Error> {
        self.causes().find_map(|cause| {
            // The errors of streams hide what they stand for from those who ask for causes, one
            // within the other.
            let mut shown = cause;
            while let Some(hidden) = shown.downcast_ref().and_then(io::Error::get_ref) {
                shown = hidden;
            }
            shown.downcast_ref()
        })
    }

    fn causes<'a>(&'a self) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
        let first: &'a (dyn Error + 'static) = self.cause.as_ref();
        std::iter::successors(Some(first), |&cause: &&'a (dyn Error + 'static)| {
            cause.source()
        })
    }
}

/// With all causes, in one line.
impl fmt::Display for ExchangeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = String::new();
        for cause in self.causes() {
            let text = cause.to_string();
            if !words.ends_with(&text) {
                if !words.is_empty() {
                    words.push_str(": ");
                }
                words.push_str(&text);
            }
        }
        formatter.write_str(&words)
    }
}
