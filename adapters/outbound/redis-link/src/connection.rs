//! One connection to one server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, ClientTlsConfig, Cmd, ConnectionAddr, ConnectionInfo,
    IntoConnectionInfo, ProtocolVersion, PushInfo, PushKind, RedisConnectionInfo, RedisResult,
    TlsCertificates, Value,
};
use secrecy::ExposeSecret;
use tokio::time::timeout;

use crate::address::Address;
use crate::error::SettingError;
use crate::settings::{Credentials, LinkSettings};
use crate::topology::Topology;

/// How long connecting, TLS and authentication may take.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_millis(500);

/// How many commands may wait to be written. Beyond that, callers wait within their deadline.
const QUEUED_COMMANDS: usize = 1024;

/// How to reach a kind of server, except for its address.
#[derive(Clone)]
pub(crate) struct Dialer {
    encrypted: bool,
    redis: RedisConnectionInfo,
    certificates: TlsCertificates,
}

impl Dialer {
    /// To the servers that hold the data.
    pub(crate) fn to_servers(
        settings: &LinkSettings,
        topology: &Topology,
    ) -> Result<Self, SettingError> {
        // RESP3, because the client library tells of a lost connection only there: a command that
        // was never sent must be told from one that may have run.
        let redis = connection_info(&settings.credentials)
            .set_protocol(ProtocolVersion::RESP3)
            .set_db(topology.database);
        Self::new(settings, topology, redis)
    }

    /// To the Sentinels.
    pub(crate) fn to_sentinels(
        settings: &LinkSettings,
        topology: &Topology,
    ) -> Result<Self, SettingError> {
        let redis = connection_info(&settings.sentinel_credentials);
        Self::new(settings, topology, redis)
    }

    fn new(
        settings: &LinkSettings,
        topology: &Topology,
        redis: RedisConnectionInfo,
    ) -> Result<Self, SettingError> {
        let client_tls = settings
            .client_certificate
            .as_ref()
            .map(|(certificate, key)| ClientTlsConfig {
                client_cert: certificate.clone(),
                client_key: key.expose_secret().to_vec(),
            });
        let certificates = TlsCertificates {
            client_tls,
            root_cert: settings.ca.clone(),
        };
        let dialer = Self {
            encrypted: topology.encrypted,
            redis: redis.set_skip_set_lib_name(),
            certificates,
        };
        if topology.encrypted {
            // Two programs in one process may both do this; the first one is as good.
            let _ = rustls::crypto::ring::default_provider().install_default();
            dialer
                .client(&Address::new("localhost", 1))
                .map_err(|error| {
                    let message = format!("or the client certificate cannot be used: {error}");
                    SettingError::new("ca_file", message)
                })?;
        }
        Ok(dialer)
    }

    fn client(&self, address: &Address) -> RedisResult<Client> {
        let (host, port) = (address.host.clone(), address.port);
        let place = if self.encrypted {
            ConnectionAddr::TcpTls {
                host,
                port,
                insecure: false,
                tls_params: None,
            }
        } else {
            ConnectionAddr::Tcp(host, port)
        };
        let info: ConnectionInfo = place
            .into_connection_info()?
            .set_redis_settings(self.redis.clone());
        if self.encrypted {
            Client::build_with_tls(info, self.certificates.clone())
        } else {
            Client::open(info)
        }
    }

    /// Connects, within [`CONNECT_TIMEOUT`].
    pub(crate) async fn dial(&self, address: &Address) -> RedisResult<Connection> {
        let client = self.client(address)?;
        let closed = Arc::new(AtomicBool::new(false));
        let mut config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(None)
            .set_pipeline_buffer_size(QUEUED_COMMANDS);
        if self.redis.protocol() == ProtocolVersion::RESP3 {
            let noted = closed.clone();
            config = config.set_push_sender(move |push: PushInfo| -> Result<(), ()> {
                if push.kind == PushKind::Disconnection {
                    noted.store(true, Ordering::Release);
                }
                Ok(())
            });
        }
        let connecting = client.get_multiplexed_async_connection_with_config(&config);
        let commands = timeout(CONNECT_TIMEOUT, connecting).await.map_err(|_| {
            redis::RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut))
        })??;
        Ok(Connection { commands, closed })
    }
}

fn connection_info(credentials: &Credentials) -> RedisConnectionInfo {
    let mut redis = RedisConnectionInfo::default();
    if let Some(username) = &credentials.username {
        redis = redis.set_username(username);
    }
    if let Some(password) = &credentials.password {
        redis = redis.set_password(password.expose_secret());
    }
    redis
}

/// A connection. Clones share it.
#[derive(Clone)]
pub(crate) struct Connection {
    commands: MultiplexedConnection,
    closed: Arc<AtomicBool>,
}

impl Connection {
    /// Whether it is known to be lost. What is sent to a lost connection never runs.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Whether both are the same connection.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.closed, &other.closed)
    }

    /// Sends a command and awaits its answer.
    pub(crate) async fn send(&self, command: &Cmd) -> RedisResult<Value> {
        command.query_async(&mut self.commands.clone()).await
    }
}
