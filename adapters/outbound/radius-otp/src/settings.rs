use std::time::Duration;

use secrecy::{ExposeSecret, SecretSlice};
use warifu_adapter_kit::SettingError;
use warifu_adapter_kit::address::HostAndPort;
use warifu_adapter_kit::template::{CONTRACT, Placeholder, Template, USER};
use warifu_core::domain::{CodeLengths, Subject};

use crate::packet::{LONGEST_ATTRIBUTE, LONGEST_PASSWORD};

/// The port of a server whose address names none.
const PORT: u16 = 1812;

/// Where the servers are and what to ask them.
#[derive(Clone, Debug)]
pub struct RadiusSettings {
    /// `host:port` each; the first that answers decides. All of them share the secret.
    pub servers: Vec<String>,
    /// What the servers and this client know of each other.
    pub secret: SecretSlice<u8>,
    /// What the servers call a user: a text with `{contract}` and `{user}`.
    pub user: String,
    /// What this client calls itself.
    pub nas_identifier: String,
    /// For one check, all servers and repetitions included.
    pub timeout: Duration,
    /// How many digits codes have.
    pub code_lengths: CodeLengths,
    /// Accept answers that anybody on the way could have forged.
    pub allow_missing_message_authenticator: bool,
    /// Whether the servers answer to Status-Server (RFC 5997), so that their health can be told.
    pub status_server: bool,
}

impl RadiusSettings {
    /// The defaults.
    pub fn new(servers: Vec<String>, secret: SecretSlice<u8>) -> Self {
        Self {
            servers,
            secret,
            user: "{contract}-{user}".to_owned(),
            nas_identifier: "warifu".to_owned(),
            timeout: Duration::from_secs(5),
            code_lengths: CodeLengths::new([6]),
            allow_missing_message_authenticator: false,
            status_server: true,
        }
    }

    /// The servers' addresses and what they call a user, where all settings are good.
    pub(crate) fn check(&self) -> Result<(Vec<String>, Template), SettingError> {
        if self.secret.expose_secret().is_empty() {
            return Err(SettingError::new("secret_file", "holds no secret"));
        }
        if self.servers.is_empty() {
            return Err(SettingError::new(
                "servers",
                "must name at least one server",
            ));
        }
        if self.nas_identifier.is_empty() || self.nas_identifier.len() > LONGEST_ATTRIBUTE {
            let message = format!("must be 1 to {LONGEST_ATTRIBUTE} bytes");
            return Err(SettingError::new("nas_identifier", message));
        }
        let longest = self.code_lengths.iter().max().unwrap_or(0);
        if longest > LONGEST_PASSWORD {
            let message = format!("must be at most {LONGEST_PASSWORD}: more does not fit a packet");
            return Err(SettingError::new("code_lengths", message));
        }
        let user = self.check_user()?;
        let servers = self.servers.iter().map(|text| address(text));
        Ok((servers.collect::<Result<_, _>>()?, user))
    }

    fn check_user(&self) -> Result<Template, SettingError> {
        let refuse = |message: String| Err(SettingError::new("user", message));
        let user = Template::parse(&self.user, &[CONTRACT, USER])
            .map_err(|error| SettingError::new("user", error.to_string()))?;
        for (name, place) in [CONTRACT, USER] {
            if !user.has(place) {
                return refuse(format!(
                    "must have {name} in it: a user ID is unique only within its contract"
                ));
            }
        }
        if self.user.chars().any(char::is_control) {
            return refuse("has a control character".to_owned());
        }
        let longest = user.places().map(|place| match place {
            Placeholder::Contract => 12,
            Placeholder::User | Placeholder::Secret => 32,
        });
        if user.literal_length() + longest.sum::<usize>() > LONGEST_ATTRIBUTE {
            return refuse(format!(
                "gives names of more than the {LONGEST_ATTRIBUTE} bytes that RADIUS can carry"
            ));
        }
        Ok(user)
    }
}

/// What the servers call a user.
pub(crate) fn user_name(template: &Template, subject: &Subject) -> String {
    let name = template.fill(|place| match place {
        Placeholder::Contract => subject.contract.as_str().into(),
        Placeholder::User => subject.user.as_str().into(),
        // There is no such place in it.
        Placeholder::Secret => "".into(),
    });
    name.to_string()
}

/// `host:port`, with the usual port where none is given.
fn address(text: &str) -> Result<String, SettingError> {
    let address = HostAndPort::parse(text).ok_or_else(|| {
        let message = format!("{text:?} is no address such as \"radius1.bank.example:1812\"");
        SettingError::new("servers", message)
    })?;
    Ok(address.or_port(PORT).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> RadiusSettings {
        let secret = SecretSlice::from(b"hunter2-hunter2-".to_vec());
        RadiusSettings::new(vec!["127.0.0.1".to_owned()], secret)
    }

    #[test]
    fn addresses_are_read() {
        for (text, expected) in [
            ("127.0.0.1", "127.0.0.1:1812"),
            ("127.0.0.1:1645", "127.0.0.1:1645"),
            ("radius1.bank.example", "radius1.bank.example:1812"),
            ("[::1]:1645", "[::1]:1645"),
            ("::1", "[::1]:1812"),
        ] {
            assert_eq!(address(text).unwrap(), expected);
        }
        for text in [
            "",
            ":1812",
            "host:0",
            "host:x",
            "udp://host",
            "host/x",
            "[host]:1",
            "a:b:c",
        ] {
            assert!(address(text).is_err(), "{text}");
        }
    }

    #[test]
    fn names_that_could_be_cut_or_confused_are_refused() {
        let refused = |user: &str| {
            let mut settings = settings();
            user.clone_into(&mut settings.user);
            settings.check().is_err()
        };
        assert!(!refused("{contract}-{user}"));
        assert!(!refused("{user}@{contract}.bank.example"));
        for user in [
            "{user}",
            "{contract}",
            "",
            "{contract}-{user}-{realm}",
            "{contract}-{user}\n",
            // Contract 123456 and user 7abc, contract 1234567 and user abc: one name for two people.
            "{contract}{user}",
            "{user}{contract}",
            "{contract}0{user}",
        ] {
            assert!(refused(user), "{user}");
        }
        let at_limit = format!("{{contract}}-{{user}}{}", "x".repeat(253 - 45));
        assert!(!refused(&at_limit));
        assert!(refused(&format!("{at_limit}x")));
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        let mut long = settings();
        long.code_lengths = CodeLengths::new([6, 129]);
        assert_eq!(long.check().unwrap_err().key, "code_lengths");
        let mut nameless = settings();
        nameless.nas_identifier = "x".repeat(254);
        assert_eq!(nameless.check().unwrap_err().key, "nas_identifier");
        let mut nowhere = settings();
        nowhere.servers.clear();
        assert_eq!(nowhere.check().unwrap_err().key, "servers");
        let mut open = settings();
        open.secret = SecretSlice::from(Vec::new());
        assert_eq!(open.check().unwrap_err().key, "secret_file");
        assert!(!format!("{:?}", settings()).contains("hunter2"));
    }
}
