//! Somebody at a browser without scripts: the pages, their forms and their cookies.

use hyper::Method;

use warifu_test_support::client::{Answer, Client};
use warifu_test_support::people::{CONTRACT, LOGIN_PASSWORD};

const FORM: Option<&str> = Some("application/x-www-form-urlencoded");

/// A browser with a session, and the cookies that pages give it.
pub(crate) struct Browser {
    client: Client,
    pub(crate) cookies: Vec<(String, String)>,
}

impl Browser {
    /// Nobody yet.
    pub(crate) fn new(client: &Client) -> Self {
        Self {
            client: client.with_header("sec-fetch-site", "same-origin"),
            cookies: Vec::new(),
        }
    }

    /// `base`: "cert" or "admin".
    pub(crate) async fn of(client: &Client, base: &str, user: &str) -> Self {
        let mut browser = Self::new(client);
        let fields = [
            ("contract", CONTRACT),
            ("user", user),
            ("password", LOGIN_PASSWORD),
        ];
        let answer = browser.post(&format!("/{base}/login"), &fields).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        browser
    }

    /// The same browser, at another server.
    pub(crate) fn at(&self, client: &Client) -> Self {
        Self {
            client: client.with_header("sec-fetch-site", "same-origin"),
            cookies: self.cookies.clone(),
        }
    }

    fn with_cookies(&self) -> Client {
        let pairs = self.cookies.iter();
        let pairs: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        self.client.with_header("cookie", &pairs.join("; "))
    }

    fn keep(&mut self, answer: &Answer) {
        for cookie in answer.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            let (pair, attributes) = cookie.split_once(';').unwrap();
            assert!(attributes.contains("HttpOnly") && attributes.contains("SameSite=Strict"));
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !attributes.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        let answer = self.with_cookies().get(path).await;
        self.keep(&answer);
        answer
    }

    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = serde_urlencoded::to_string(fields).unwrap();
        let client = self.with_cookies();
        let answer = client.send(Method::POST, path, FORM, body).await;
        self.keep(&answer);
        answer
    }

    /// Sends the form of `page` to `path`, and gives the answer.
    pub(crate) async fn send(&mut self, page: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let shown = self.get(page).await.text();
        let (_, form) = shown
            .split_once(&format!("action=\"{path}\""))
            .unwrap_or_else(|| panic!("no form for {path}: {shown}"));
        let (_, token) = form.split_once("name=\"form_token\" value=\"").unwrap();
        let token = token.split('"').next().unwrap();
        let fields: Vec<(&str, &str)> = [("form_token", token)]
            .into_iter()
            .chain(fields.iter().copied())
            .collect();
        self.post(path, &fields).await
    }
}

/// Where an answer leads on to.
#[track_caller]
pub(crate) fn location(answer: &Answer) -> &str {
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("location").unwrap()
}
