//! A JSON client: one base address, a bearer token at most.

use std::error::Error;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{HeaderMap, Method, Request, StatusCode};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use crate::described;
use crate::people::{CONTRACT, LOGIN_PASSWORD, TRANSACTION_PASSWORD, current_staff_code};

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, whole.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; anything else fails the test.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("not JSON: {}", String::from_utf8_lossy(&self.body)))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// A header, if it is there.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The slug of the problem type, or nothing.
    pub fn problem(&self) -> Option<String> {
        let body: Value = serde_json::from_slice(&self.body).ok()?;
        let slug = body
            .get("type")?
            .as_str()?
            .strip_prefix("urn:warifu:problem:")?;
        Some(slug.to_owned())
    }

    /// Insists on status and problem; shows everything when it is another.
    #[track_caller]
    pub fn expect(self, status: u16, problem: Option<&str>) -> Self {
        assert_eq!(
            (self.status.as_u16(), self.problem().as_deref()),
            (status, problem),
            "{}",
            String::from_utf8_lossy(&self.body)
        );
        self
    }
}

/// Form 3 of [`CONTRACT`] as a clerk takes it down, for a new password of `user`.
pub fn form_3(user: &str) -> Value {
    json!({
        "edition": "standard",
        "form": 3,
        "contract_number": CONTRACT,
        "user_id": user,
        "matters": ["reissue-retrieval-password"],
        "received_on": "2026-03-31",
        "checks": {"seal": true, "identity": true, "registered_address": true},
        "scan_reference": "scan-0001",
    })
}

/// A client of one server.
#[derive(Clone)]
pub struct Client {
    http: HttpClient<HttpConnector, Full<Bytes>>,
    base: String,
    token: Option<String>,
    headers: Vec<(String, String)>,
}

impl Client {
    /// A client of the server at `base`, such as `http://127.0.0.1:8080`.
    pub fn new(base: &str) -> Self {
        let http = HttpClient::builder(TokioExecutor::new()).build_http();
        Self {
            http,
            base: base.to_owned(),
            token: None,
            headers: Vec::new(),
        }
    }

    /// The same client with a bearer token.
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// This server, with the session of another client.
    pub fn for_session_of(&self, other: &Self) -> Self {
        Self {
            token: other.token.clone(),
            ..self.clone()
        }
    }

    /// The same session at another server.
    pub fn at(&self, base: &str) -> Self {
        Self {
            base: base.to_owned(),
            ..self.clone()
        }
    }

    /// Where the server is.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The same client with one more header.
    pub fn with_header(&self, name: &str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.push((name.to_owned(), value.to_owned()));
        client
    }

    /// Sends a request to a server that is there.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        content_type: Option<&str>,
        body: impl Into<Bytes>,
    ) -> Answer {
        let answer = self.try_send(method, path, content_type, body).await;
        answer.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Sends a request to a server that may be gone before it answers. What is answered must be
    /// what the interface describes.
    pub async fn try_send(
        &self,
        method: Method,
        path: &str,
        content_type: Option<&str>,
        body: impl Into<Bytes>,
    ) -> Result<Answer, Box<dyn Error + Send + Sync>> {
        let mut request = Request::builder()
            .method(&method)
            .uri(format!("{}{path}", self.base));
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(body.into()))?;
        let response = self.http.request(request).await?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await?.to_bytes().to_vec();
        described::insist(&method, path, parts.status, &body);
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        })
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, Bytes::new()).await
    }

    /// POST of JSON.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(
            Method::POST,
            path,
            Some("application/json"),
            body.to_string(),
        )
        .await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None, Bytes::new()).await
    }

    /// Tries to log in on `surface` ("self" or "admin").
    pub async fn try_login(
        &self,
        surface: &str,
        contract: &str,
        user: &str,
        password: &str,
    ) -> Answer {
        let body =
            json!({"contract_number": contract, "user_id": user, "login_password": password});
        self.post(&format!("/api/v1/{surface}/sessions"), body)
            .await
    }

    /// Logs in, or fails the test.
    pub async fn login(&self, surface: &str, contract: &str, user: &str) -> Self {
        let answer = self
            .try_login(surface, contract, user, LOGIN_PASSWORD)
            .await
            .expect(201, None);
        self.with_token(answer.json()["token"].as_str().unwrap())
    }

    /// Tries to log a member of staff in, with the code that their card shows now.
    pub async fn try_login_staff(&self, staff: &str, password: &str) -> Answer {
        let code = current_staff_code(staff);
        let body = json!({"staff_id": staff, "login_password": password, "otp": code});
        self.post("/api/v1/office/sessions", body).await
    }

    /// Logs a member of staff in, or fails the test.
    pub async fn login_staff(&self, staff: &str) -> Self {
        let answer = self
            .try_login_staff(staff, LOGIN_PASSWORD)
            .await
            .expect(201, None);
        self.with_token(answer.json()["token"].as_str().unwrap())
    }

    /// As a maker: registers form 3 for a new password of `user`, and gives its number.
    pub async fn register_paper(&self, user: &str) -> String {
        let body = form_3(user);
        let answer = self.post("/api/v1/office/requests", body).await;
        let registered = answer.expect(201, None).json();
        assert_eq!(registered["state"], "pending");
        registered["request_id"].as_str().unwrap().to_owned()
    }

    /// As a checker: decides on the request as it stands.
    pub async fn decide(&self, number: &str, decision: &str, version: u64) -> Answer {
        let mut body = json!({
            "decision": decision,
            "version": version,
            "login_password": LOGIN_PASSWORD,
        });
        if decision != "approve" {
            body["reason"] = json!("印影が一致しません");
        }
        self.post(&format!("/api/v1/office/requests/{number}/decision"), body)
            .await
    }

    /// As a maker: prints the notice.
    pub async fn print_notice(&self, number: &str) -> Answer {
        self.post(
            &format!("/api/v1/office/requests/{number}/notice"),
            json!({}),
        )
        .await
    }

    /// As an administrator of [`CONTRACT`]: tries to reissue for `user`.
    pub async fn try_reissue(&self, user: &str, transaction_password: &str) -> Answer {
        let body = json!({
            "transaction_password": transaction_password,
            "not_instructed_by_others": true,
        });
        self.post(
            &format!("/api/v1/admin/users/{user}/retrieval-password"),
            body,
        )
        .await
    }

    /// As an administrator: reissues for `user` and gives the password.
    pub async fn reissue(&self, user: &str) -> String {
        let answer = self
            .try_reissue(user, TRANSACTION_PASSWORD)
            .await
            .expect(201, None);
        answer.json()["retrieval_password"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// As a user: tries to redeem for a request.
    pub async fn redeem_csr(&self, password: &str, csr: &str) -> Answer {
        let body = json!({"retrieval_password": password, "csr": csr});
        self.post("/api/v1/self/certificate", body).await
    }

    /// As a user: tries to redeem for a PKCS#12 file.
    pub async fn redeem_pkcs12(&self, password: &str, passphrase: &str) -> Answer {
        let body = json!({"retrieval_password": password, "pkcs12_passphrase": passphrase});
        self.post("/api/v1/self/certificate", body).await
    }

    /// Tries to log in as somebody of [`CONTRACT`], with the right password.
    pub async fn login_self_as_is(&self, user: &str) -> Answer {
        self.try_login("self", CONTRACT, user, LOGIN_PASSWORD).await
    }

    /// Logs in as somebody of [`CONTRACT`].
    pub async fn login_self(&self, user: &str) -> Self {
        self.login("self", CONTRACT, user).await
    }

    /// Logs in as an administrator of [`CONTRACT`].
    pub async fn login_admin(&self, user: &str) -> Self {
        self.login("admin", CONTRACT, user).await
    }
}
