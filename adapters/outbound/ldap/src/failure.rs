use ldap3::{LdapError, LdapResult};
use warifu_core::ports::Unavailable;

/// Result codes of RFC 4511, appendix A.1, that mean something here.
pub(crate) mod code {
    pub(crate) const SUCCESS: u32 = 0;
    pub(crate) const OPERATIONS_ERROR: u32 = 1;
    pub(crate) const TIME_LIMIT_EXCEEDED: u32 = 3;
    pub(crate) const SIZE_LIMIT_EXCEEDED: u32 = 4;
    pub(crate) const CONSTRAINT_VIOLATION: u32 = 19;
    pub(crate) const NO_SUCH_OBJECT: u32 = 32;
    pub(crate) const INVALID_DN_SYNTAX: u32 = 34;
    pub(crate) const INAPPROPRIATE_AUTHENTICATION: u32 = 48;
    pub(crate) const INVALID_CREDENTIALS: u32 = 49;
    pub(crate) const INSUFFICIENT_ACCESS_RIGHTS: u32 = 50;
    pub(crate) const BUSY: u32 = 51;
    pub(crate) const UNAVAILABLE: u32 = 52;
    pub(crate) const UNWILLING_TO_PERFORM: u32 = 53;
    pub(crate) const OTHER: u32 = 80;
}

/// Why an exchange with the server came to nothing.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The connection broke, or could not be made. Whether the server acted is unknown.
    Broken(String),
    /// The server answered with something else than success.
    Refused(LdapResult),
    /// The answer makes no sense, from a server that works.
    Unusable(String),
    /// The answer is of no use for what was asked; others may be.
    OfNoUse(String),
    /// All connections are in use.
    Busy,
}

impl From<LdapError> for Failure {
    fn from(error: LdapError) -> Self {
        match error {
            LdapError::LdapResult { result } => Self::Refused(result),
            other => Self::Broken(other.to_string()),
        }
    }
}

impl Failure {
    /// As the caller is told.
    pub(crate) fn to_unavailable(&self, port: &'static str, url: &str) -> Unavailable {
        let reason = match self {
            Self::Busy => {
                let reason = format!("ldap: {url}: all connections are in use; raise connections");
                return Unavailable::without_asking(port, reason);
            }
            Self::Broken(reason) | Self::Unusable(reason) | Self::OfNoUse(reason) => reason.clone(),
            Self::Refused(result) if result.rc == code::SIZE_LIMIT_EXCEEDED => {
                "the server gives no more entries: raise its size limit for the account of bind_dn"
                    .to_owned()
            }
            Self::Refused(result) if result.rc == code::NO_SUCH_OBJECT => {
                "there is no entry of the name in base: correct it".to_owned()
            }
            Self::Refused(result) => format!("the server answers {}: {}", result.rc, result.text),
        };
        let reason = format!("ldap: {url}: {reason}");
        if self.is_answer() {
            Unavailable::of_no_use(port, reason)
        } else {
            Unavailable::new(port, reason)
        }
    }

    /// Whether the server works: it was asked something that it does not do, or has data that do
    /// not fit. What one entry is like must not count as an outage for all.
    const fn is_answer(&self) -> bool {
        match self {
            Self::OfNoUse(_) => true,
            Self::Refused(result) => !matches!(
                result.rc,
                code::OPERATIONS_ERROR
                    | code::TIME_LIMIT_EXCEEDED
                    | code::BUSY
                    | code::UNAVAILABLE
                    | code::OTHER
            ),
            Self::Broken(_) | Self::Unusable(_) | Self::Busy => false,
        }
    }
}
