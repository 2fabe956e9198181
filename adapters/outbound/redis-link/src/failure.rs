//! What a failed command tells: whether it may have run, and what to do next.

use redis::{ErrorKind, RedisError, ServerErrorKind};

use crate::address::Address;

/// Why a command has no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It did not run: this server is not, or not yet, the one to ask.
    NotRun(String),
    /// It did not run: another server has the slot.
    Moved { slot: u16, to: Address },
    /// It did not run: another server is taking the slot over and has the key.
    Ask(Address),
    /// It did not run, and asking again at once would not help.
    Refused(String),
    /// The connection was lost or fell silent: it may have run.
    Unknown(String),
}

impl Failure {
    /// Of a command that was sent to `address`.
    pub(crate) fn of(error: &RedisError, address: &Address) -> Self {
        let reason = format!("{address} answers: {error}");
        match error.kind() {
            ErrorKind::Server(kind) => match kind {
                ServerErrorKind::Moved | ServerErrorKind::Ask => {
                    match error.redirect_node().and_then(|(node, slot)| {
                        let to = match node.strip_prefix(':') {
                            // A node that does not know its own name means the one that was asked.
                            Some(port) => Address::new(address.host.clone(), port.parse().ok()?),
                            None => Address::parse(node)?,
                        };
                        Some((to, slot))
                    }) {
                        Some((to, slot)) if kind == ServerErrorKind::Moved => {
                            Self::Moved { slot, to }
                        }
                        Some((to, _)) => Self::Ask(to),
                        None => Self::NotRun(reason),
                    }
                }
                ServerErrorKind::BusyLoading
                | ServerErrorKind::TryAgain
                | ServerErrorKind::ClusterDown
                | ServerErrorKind::MasterDown
                | ServerErrorKind::ReadOnly => Self::NotRun(reason),
                _ => Self::Refused(reason),
            },
            ErrorKind::Io | ErrorKind::Parse => {
                Self::Unknown(format!("the connection to {address} was lost: {error}"))
            }
            _ => Self::Refused(reason),
        }
    }

    /// Of a connection that could not be made. Nothing was sent.
    pub(crate) fn connecting(error: &RedisError, address: &Address) -> Self {
        Self::NotRun(format!("cannot connect to {address}: {error}"))
    }

    /// What the server or the network said, where it said something.
    pub(crate) fn reason(&self) -> Option<&str> {
        match self {
            Self::NotRun(reason) | Self::Refused(reason) | Self::Unknown(reason) => Some(reason),
            Self::Moved { .. } | Self::Ask(_) => None,
        }
    }

    pub(crate) fn into_reason(self) -> String {
        match self {
            Self::NotRun(reason) | Self::Refused(reason) | Self::Unknown(reason) => reason,
            Self::Moved { to, .. } | Self::Ask(to) => {
                format!("the Cluster keeps pointing elsewhere, at last to {to}")
            }
        }
    }
}
