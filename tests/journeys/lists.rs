//! How long lists take, as ratios: a page of a long list costs what a page of a short one costs.

use std::time::{Duration, Instant};

use serde_json::Value;
use warifu_test_support::client::Client;
use warifu_test_support::people::{ADMIN, users_file_with};

use crate::support::TestServer;

/// Of each list, alternately, so that whatever else the machine does slows down both.
const ROUNDS: usize = 40;

/// A page of the long list may take so much longer.
const MOST: f64 = 1.5;

/// A server with a contract of `users` users, and its administrator at the API and at the pages.
struct Office {
    server: TestServer,
    api: Client,
    pages: Client,
}

impl Office {
    async fn of(users: usize) -> Self {
        let server = TestServer::start().await;
        server.replace_users(&users_file_with(users));
        let (client, contract) = (&server.client, warifu_test_support::people::CONTRACT);
        let login = warifu_test_support::people::LOGIN_PASSWORD;
        let logged_in = client.try_login("admin", contract, ADMIN, login).await;
        let answer = logged_in.expect(201, None).json();
        let token = answer["token"].as_str().unwrap();
        Self {
            api: client.with_token(token),
            pages: client.with_header("cookie", &format!("warifu-admin={token}")),
            server,
        }
    }

    /// How long `path` takes, which shows `users` users of so many.
    async fn time(&self, path: &str, shows: &str) -> Duration {
        let client = if path.starts_with("/api/") {
            &self.api
        } else {
            &self.pages
        };
        let began = Instant::now();
        let answer = client.get(path).await;
        let took = began.elapsed();
        let text = answer.expect(200, None).text();
        assert!(text.contains(shows), "{path} does not show {shows}");
        took
    }
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64()
}

/// The address of the second page at the API.
async fn second_page(office: &Office) -> String {
    let first = office.api.get("/api/v1/admin/users?limit=50").await;
    let first: Value = first.expect(200, None).json();
    let cursor = first["next_cursor"].as_str().unwrap();
    format!("/api/v1/admin/users?limit=50&cursor={cursor}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_a_long_list_costs_what_one_of_a_short_list_costs() {
    let (short, long) = (Office::of(100).await, Office::of(8_000).await);
    let pages = "/admin/users/cert-password?size=50";
    let addresses = [
        ["/api/v1/admin/users?limit=50"; 2].map(str::to_owned),
        [second_page(&short).await, second_page(&long).await],
        [pages.to_owned(), pages.to_owned()],
        // The last page of the short one, one from the middle of the long one.
        [format!("{pages}&page=2"), format!("{pages}&page=80")],
        [
            format!("{pages}&sort=-user_id"),
            format!("{pages}&sort=-user_id"),
        ],
    ];
    for [at_short, at_long] in &addresses {
        let mut times = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            times.0.push(short.time(at_short, "many0").await);
            times.1.push(long.time(at_long, "many0").await);
        }
        let (of_short, of_long) = (median(times.0), median(times.1));
        assert!(
            of_long <= of_short * MOST,
            "{at_long}: {of_long:.4} s, and {of_short:.4} s of a short list"
        );
    }
    drop((short.server, long.server));
}
