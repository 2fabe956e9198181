//! A TCP proxy that can delay, freeze and cut what passes through it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What the network does.
#[derive(Debug, Default)]
struct Weather {
    delay_millis: AtomicU64,
    drop_replies: AtomicBool,
    swallowed: AtomicUsize,
    requests: AtomicUsize,
}

/// Stands between a client and a server.
pub struct Proxy {
    /// Where clients connect to.
    pub port: u16,
    weather: Arc<Weather>,
    target: Arc<AtomicU16>,
    frozen: watch::Sender<bool>,
    /// Counts how often everything was cut.
    cuts: watch::Sender<u64>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// A proxy in front of `127.0.0.1:port`.
    pub async fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let own = listener
            .local_addr()
            .expect("the listener has an address")
            .port();
        let weather = Arc::new(Weather::default());
        let (frozen, _) = watch::channel(false);
        let (cuts, _) = watch::channel(0);
        let path = Path {
            weather: weather.clone(),
            frozen: frozen.subscribe(),
            cuts: cuts.subscribe(),
        };
        let target = Arc::new(AtomicU16::new(port));
        let towards = target.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let port = towards.load(Ordering::SeqCst);
                let address = SocketAddr::from(([127, 0, 0, 1], port));
                let Ok(server) = TcpStream::connect(address).await else {
                    continue;
                };
                let _ = (client.set_nodelay(true), server.set_nodelay(true));
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(path.clone().carry(from_client, to_server, false));
                tokio::spawn(path.clone().carry(from_server, to_client, true));
            }
        });
        Self {
            port: own,
            weather,
            target,
            frozen,
            cuts,
            accepting,
        }
    }

    /// Holds back everything, without closing anything, until [`Self::thaw`].
    pub fn freeze(&self) {
        self.frozen.send_replace(true);
    }

    /// Lets everything that was held back go on.
    pub fn thaw(&self) {
        self.frozen.send_replace(false);
    }

    /// Delays every piece, in both directions.
    pub fn delay(&self, by: Duration) {
        let millis = u64::try_from(by.as_millis()).expect("a short delay");
        self.weather.delay_millis.store(millis, Ordering::SeqCst);
    }

    /// From now on, requests arrive but replies vanish.
    pub fn drop_replies(&self, drop: bool) {
        self.weather.drop_replies.store(drop, Ordering::SeqCst);
    }

    /// How many pieces of replies have vanished.
    pub fn swallowed(&self) -> usize {
        self.weather.swallowed.load(Ordering::SeqCst)
    }

    /// How many pieces clients have sent: of clients that wait for answers, their requests.
    pub fn requests(&self) -> usize {
        self.weather.requests.load(Ordering::SeqCst)
    }

    /// Leads new connections to `127.0.0.1:port`; those that are open stay where they are.
    pub fn lead_to(&self, port: u16) {
        self.target.store(port, Ordering::SeqCst);
    }

    /// Closes all connections that are open now.
    pub fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

#[derive(Clone)]
struct Path {
    weather: Arc<Weather>,
    frozen: watch::Receiver<bool>,
    cuts: watch::Receiver<u64>,
}

impl Path {
    async fn carry(mut self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, replies: bool) {
        let mut cuts = self.cuts.clone();
        cuts.mark_unchanged();
        let carrying = async {
            let mut piece = vec![0; 64 * 1024];
            while let Ok(length @ 1..) = from.read(&mut piece).await {
                let delay = self.weather.delay_millis.load(Ordering::SeqCst);
                if delay > 0 {
                    tokio::time::sleep(Duration::from_millis(delay)).await;
                }
                if self.frozen.wait_for(|frozen| !frozen).await.is_err() {
                    break;
                }
                if replies && self.weather.drop_replies.load(Ordering::SeqCst) {
                    self.weather.swallowed.fetch_add(1, Ordering::SeqCst);
                    continue;
                }
                if !replies {
                    self.weather.requests.fetch_add(1, Ordering::SeqCst);
                }
                if to.write_all(&piece[..length]).await.is_err() {
                    break;
                }
            }
        };
        tokio::select! {
            () = carrying => {}
            _ = cuts.changed() => {}
        }
    }
}
