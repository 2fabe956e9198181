//! A client of one address over HTTP/1.1: TLS with chosen authorities, a pool, no redirects, nothing
//! sent twice, answers no longer than a verdict. The deadline of a call is the guard's.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, header};
use http_body_util::Full;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::address::is_loopback;
use crate::error::SettingError;
use crate::http_transport::HttpTransport;
use crate::tls::{self, ClientIdentity};

/// No verdict is longer.
const LONGEST_ANSWER: usize = 64 * 1024;
/// Longer than any guard waits: its deadline is the one that counts.
const CONNECT_WITHIN: Duration = Duration::from_secs(60);

/// A secret that says who asks.
pub struct Token {
    /// The header that it is sent in, such as `Authorization`.
    pub header: String,
    /// What stands before it there, such as `Bearer`; nothing where empty.
    pub scheme: &'static str,
    /// The secret.
    pub secret: SecretString,
}

impl Token {
    fn name(&self) -> Result<HeaderName, SettingError> {
        let name = HeaderName::try_from(self.header.as_str());
        let name = name.ok().filter(|name| !is_of_the_exchange(name));
        name.ok_or_else(|| SettingError::new("token_header", "is not the name of such a header"))
    }

    fn value(&self) -> Result<HeaderValue, SettingError> {
        let secret = self.secret.expose_secret();
        let text = if self.scheme.is_empty() {
            Zeroizing::new(secret.to_owned())
        } else {
            Zeroizing::new(format!("{} {secret}", self.scheme))
        };
        let mut value = HeaderValue::from_str(&text).map_err(|_| {
            SettingError::new("token_file", "has characters that no header can have")
        })?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// What the client is told.
pub struct ClientSettings<'a> {
    /// `https://…`, or `http://…` on this machine.
    pub url: &'a str,
    /// Headers of every request, besides those of the exchange itself. No secrets.
    pub headers: &'a [(String, String)],
    /// A secret that says who asks, if any.
    pub token: Option<&'a Token>,
    /// The authorities of the server's certificate, in PEM; else those of the operating system.
    pub ca: Option<&'a [u8]>,
    /// A certificate to show.
    pub identity: Option<&'a ClientIdentity>,
    /// How many connections are kept open while nobody needs them.
    pub idle_connections: usize,
    /// What bodies are.
    pub content_type: &'static str,
}

/// A whole answer of status 200, or 400 to 499.
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The whole body, of at most 64 KiB.
    pub body: Zeroizing<Vec<u8>>,
}

/// A client of one address.
pub struct HttpClient {
    transport: HttpTransport,
    uri: Uri,
    headers: HeaderMap,
}

impl HttpClient {
    /// Judges the settings; connects nowhere yet.
    pub fn new(settings: &ClientSettings<'_>) -> Result<Self, SettingError> {
        let uri = address(settings.url)?;
        let config = if uri.scheme_str() == Some("https") {
            tls::client_config(settings.ca, settings.identity)
        } else {
            tls::unused_config(settings.ca, settings.identity)
        };
        let idle = settings.idle_connections;
        Ok(Self {
            transport: HttpTransport::new(config?, CONNECT_WITHIN, idle),
            uri,
            headers: headers(settings)?,
        })
    }

    /// Sends `body` and gives status and whole body of the answer, or in one sentence why there is
    /// none that could mean anything.
    pub async fn post(&self, body: Zeroizing<Vec<u8>>) -> Result<Answer, String> {
        let mut request = Request::new(Full::new(Bytes::from_owner(body)));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        let answer = self.transport.send(request).await;
        let answer = answer.map_err(|error| error.to_string())?;
        let status = answer.head.status;
        if status != StatusCode::OK && !status.is_client_error() {
            return Err(format!("answered with status {}", status.as_u16()));
        }
        let encoding = answer.head.headers.get(header::CONTENT_ENCODING);
        if encoding.is_some_and(|encoding| encoding != "identity") {
            return Err("answered in a content encoding that was not asked for".to_owned());
        }
        match answer.read(LONGEST_ANSWER).await {
            Ok(body) => Ok(Answer { status, body }),
            Err(error) if error.is_too_long() => Err(format!(
                "the answer is longer than {} KiB",
                LONGEST_ANSWER / 1024
            )),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Connects, with TLS where that is spoken, and asks nothing.
    pub async fn connect(&self) -> Result<(), String> {
        let connected = self.transport.connect(&self.uri).await;
        connected.map_err(|error| error.to_string())
    }
}

/// `https://…`, or `http://…` on this machine.
fn address(url: &str) -> Result<Uri, SettingError> {
    let refused = |message: &str| Err(SettingError::new("url", message));
    let Ok(uri) = url.parse::<Uri>() else {
        return refused("is not a URL; write it as https://host/path");
    };
    let Some(host) = uri.host() else {
        return refused("names no host; write it as https://host/path");
    };
    if uri
        .authority()
        .is_some_and(|authority| authority.as_str().contains('@'))
    {
        return refused("must not hold a user or password; put a token into token_file");
    }
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match uri.scheme_str() {
        Some("https") => Ok(uri),
        Some("http") if is_loopback(host) => Ok(uri),
        Some("http") => refused(
            "secrets would travel unprotected: use https:// (http:// is for this machine only, such \
             as http://127.0.0.1:8080)",
        ),
        _ => refused("must begin with https://"),
    }
}

fn headers(settings: &ClientSettings<'_>) -> Result<HeaderMap, SettingError> {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(header::USER_AGENT, HeaderValue::from_static("warifu"));
    for (name, value) in settings.headers {
        let refused = |message: &str| SettingError::new(format!("headers.{name}"), message);
        let name = HeaderName::try_from(name.as_str())
            .map_err(|_| refused("is not the name of a header"))?;
        if name == header::AUTHORIZATION || name == header::COOKIE {
            return Err(refused("would stand here for all to read; use token_file"));
        }
        if is_of_the_exchange(&name) {
            return Err(refused("is set by the exchange itself; remove it"));
        }
        let value = HeaderValue::from_str(value)
            .map_err(|_| refused("has characters that no header can have"))?;
        headers.insert(name, value);
    }
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(settings.content_type),
    );
    if let Some(token) = settings.token {
        headers.insert(token.name()?, token.value()?);
    }
    Ok(headers)
}

/// Headers that say how a request is to be read.
fn is_of_the_exchange(name: &HeaderName) -> bool {
    matches!(
        *name,
        header::HOST
            | header::CONTENT_LENGTH
            | header::CONTENT_TYPE
            | header::TRANSFER_ENCODING
            | header::CONNECTION
            | header::ACCEPT_ENCODING
    )
}

#[cfg(test)]
mod tests {
    use secrecy::SecretSlice;

    use super::*;

    #[test]
    fn codes_do_not_travel_unprotected() {
        for good in [
            "https://otp.bank.example/validate/check",
            "http://127.0.0.1:5000/x",
            "http://[::1]:5000/x",
            "http://localhost/x",
        ] {
            assert!(address(good).is_ok(), "{good}");
        }
        for (bad, word) in [
            ("http://otp.bank.example/x", "https://"),
            ("http://127.0.0.1.bank.example/x", "https://"),
            ("http://10.0.0.1/x", "https://"),
            ("ftp://127.0.0.1/x", "https://"),
            ("/validate/check", "host"),
            ("https://user:password@otp.bank.example/x", "token_file"),
            ("", "host"),
        ] {
            let refused = address(bad).unwrap_err().to_string();
            assert!(refused.contains(word), "{bad}: {refused}");
        }
    }

    fn settings(headers: &[(String, String)]) -> ClientSettings<'_> {
        ClientSettings {
            url: "http://127.0.0.1:1/",
            headers,
            token: None,
            ca: None,
            identity: None,
            idle_connections: 4,
            content_type: "application/json",
        }
    }

    #[test]
    fn headers_are_checked_and_the_token_is_not_shown() {
        let pair = |name: &str, value: &str| [(name.to_owned(), value.to_owned())];
        for (name, value, word) in [
            ("Authorization", "Bearer x", "token_file"),
            ("Content-Length", "3", "remove it"),
            ("X Y", "z", "not the name"),
            ("X-Y", "a\nb", "characters"),
        ] {
            let refused = headers(&settings(&pair(name, value))).unwrap_err();
            assert!(refused.to_string().contains(word), "{refused}");
        }
        let given = pair("X-Tenant", "warifu");
        let mut token = Token {
            header: "Authorization".to_owned(),
            scheme: "Bearer",
            secret: SecretString::from("hunter2"),
        };
        let mut settings = settings(&given);
        settings.token = Some(&token);
        let sent = headers(&settings).unwrap();
        assert_eq!(sent["x-tenant"], "warifu");
        assert_eq!(sent["authorization"], "Bearer hunter2");
        assert!(!format!("{sent:?}").contains("hunter2"));
        token.header = "Content-Type".to_owned();
        let mut settings = self::settings(&given);
        settings.token = Some(&token);
        let refused = headers(&settings).unwrap_err();
        assert!(refused.to_string().contains("token_header"), "{refused}");
    }

    #[test]
    fn certificates_are_checked_at_the_start() {
        let mut bad = settings(&[]);
        bad.ca = Some(b"nothing");
        let refused = HttpClient::new(&bad).map(|_| ()).unwrap_err();
        assert!(refused.to_string().contains("ca_file"), "{refused}");
        let identity = ClientIdentity {
            certificate: b"nothing".to_vec(),
            key: SecretSlice::from(b"nothing".to_vec()),
        };
        let mut bad = settings(&[]);
        bad.identity = Some(&identity);
        let refused = HttpClient::new(&bad).map(|_| ()).unwrap_err();
        assert!(
            refused.to_string().contains("client_certificate_file"),
            "{refused}"
        );
    }
}
