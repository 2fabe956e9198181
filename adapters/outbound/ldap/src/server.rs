//! Where the directory is and how to speak to it.

use std::sync::Arc;
use std::time::Duration;

use ldap3::LdapConnSettings;
use secrecy::SecretString;
use warifu_adapter_kit::SettingError;
use warifu_adapter_kit::address::HostAndPort;
use warifu_adapter_kit::tls;

/// How to reach a directory.
#[derive(Clone, Debug)]
pub struct LdapServer {
    /// `ldaps://host:port`, or `ldap://host:port` with `start_tls` or on this machine.
    pub url: String,
    /// Whether an `ldap://` connection is encrypted before anything is said.
    pub start_tls: bool,
    /// The authorities that the server's certificate chains up to, in PEM; without them, those of
    /// the operating system.
    pub ca: Option<Vec<u8>>,
    /// The name of the account that searches; anonymous without one.
    pub bind_dn: Option<String>,
    /// The password of that account.
    pub bind_password: Option<SecretString>,
    /// For everything that one call does, connecting included.
    pub timeout: Duration,
    /// How many connections are open at most, for searches and again for binds.
    pub connections: usize,
}

impl LdapServer {
    /// The defaults, at `url`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            start_tls: false,
            ca: None,
            bind_dn: None,
            bind_password: None,
            timeout: Duration::from_secs(3),
            connections: 8,
        }
    }

    pub(crate) fn prepare(&self) -> Result<Target, SettingError> {
        let (encrypted, host) = read_url(&self.url)?;
        if encrypted && self.start_tls {
            let message = "is for ldap:// addresses; ldaps:// is encrypted already";
            return Err(SettingError::new("start_tls", message));
        }
        let encrypted = encrypted || self.start_tls;
        if !encrypted && self.ca.is_some() {
            let message = "is given, but the server is addressed without TLS: write ldaps:// or \
                           set start_tls";
            return Err(SettingError::new("ca_file", message));
        }
        if !encrypted && !host.is_loopback() {
            let host = host.host();
            let message = format!(
                "{host} is not on this machine, so it must be reached with TLS: write ldaps:// or \
                 set start_tls"
            );
            return Err(SettingError::new("url", message));
        }
        match (&self.bind_dn, &self.bind_password) {
            (Some(_), None) => {
                let message = "is missing beside bind_dn: without it the bind would be anonymous";
                return Err(SettingError::new("bind_password_file", message));
            }
            (None, Some(_)) => {
                let message = "is missing beside bind_password_file";
                return Err(SettingError::new("bind_dn", message));
            }
            _ => {}
        }
        let mut connecting = LdapConnSettings::new();
        if encrypted {
            let config = tls::client_config(self.ca.as_deref(), None)?;
            connecting = connecting
                .set_config(Arc::new(config))
                .set_starttls(self.start_tls);
        }
        Ok(Target {
            url: self.url.clone(),
            connecting,
            bind_dn: self.bind_dn.clone(),
            bind_password: self.bind_password.clone(),
        })
    }
}

/// An [`LdapServer`] that was found good.
pub(crate) struct Target {
    pub(crate) url: String,
    pub(crate) connecting: LdapConnSettings,
    pub(crate) bind_dn: Option<String>,
    pub(crate) bind_password: Option<SecretString>,
}

/// Whether the address is that of an encrypted connection, and its host.
fn read_url(url: &str) -> Result<(bool, HostAndPort), SettingError> {
    let refuse = |message: &str| Err(SettingError::new("url", message));
    let (encrypted, rest) = match url.split_once("://") {
        Some(("ldap", rest)) => (false, rest),
        Some(("ldaps", rest)) => (true, rest),
        _ => return refuse("must begin with ldaps:// or ldap://"),
    };
    if rest.contains('@') {
        // The text itself is not repeated: it may hold a password.
        return refuse("holds a user or password: use bind_dn and bind_password_file");
    }
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    match HostAndPort::parse_in_url(rest) {
        Some(address) => Ok((encrypted, address)),
        None => refuse("must be an address such as ldaps://directory.bank.example:636"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(server: &LdapServer) -> String {
        server
            .prepare()
            .map(|_| ())
            .expect_err("it is refused")
            .to_string()
    }

    #[test]
    fn addresses_are_read() {
        for (url, encrypted, host) in [
            ("ldap://127.0.0.1:1389", false, "127.0.0.1"),
            (
                "ldaps://directory.bank.example",
                true,
                "directory.bank.example",
            ),
            (
                "ldaps://directory.bank.example:636/",
                true,
                "directory.bank.example",
            ),
            ("ldap://[::1]:1389", false, "::1"),
            ("ldap://[::1]", false, "::1"),
        ] {
            let (is_encrypted, address) = read_url(url).unwrap();
            assert_eq!((is_encrypted, address.host()), (encrypted, host), "{url}");
        }
        for url in [
            "127.0.0.1",
            "http://127.0.0.1",
            "ldap://",
            "ldap://:389",
            "ldap://127.0.0.1:0",
            "ldap://127.0.0.1:x",
            "ldap://localhost/dc=bank",
            "ldap://localhost?sub",
            "ldap://[127.0.0.1]",
            "ldapi:///var/run/slapd",
        ] {
            assert!(read_url(url).is_err(), "{url}");
        }
    }

    #[test]
    fn nothing_crosses_a_network_in_the_clear() {
        let mut server = LdapServer::new("ldap://directory.bank.example");
        assert!(refusal(&server).contains("TLS"));
        server.start_tls = true;
        assert!(server.prepare().is_ok());
        server.url = "ldap://127.0.0.1".to_owned();
        server.start_tls = false;
        assert!(server.prepare().is_ok());
        server.ca = Some(Vec::new());
        assert!(refusal(&server).starts_with("ca_file"));
        server.url = "ldaps://127.0.0.1".to_owned();
        assert!(refusal(&server).contains("no certificate"));
        server.ca = None;
        server.start_tls = true;
        assert!(refusal(&server).starts_with("start_tls"));
    }

    #[test]
    fn an_account_comes_with_its_password() {
        let mut server = LdapServer::new("ldap://127.0.0.1");
        server.bind_dn = Some("cn=warifu".to_owned());
        assert!(refusal(&server).starts_with("bind_password_file"));
        server.bind_dn = None;
        server.bind_password = Some(SecretString::from("hunter2"));
        assert!(refusal(&server).starts_with("bind_dn"));
        assert!(!format!("{server:?}").contains("hunter2"));
        let words = refusal(&LdapServer::new("ldap://cn=x:hunter2@127.0.0.1"));
        assert!(words.contains("bind_password_file") && !words.contains("hunter2"));
    }
}
