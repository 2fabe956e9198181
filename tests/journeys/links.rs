//! No page of any listener leads to where nothing answers: every link and form of every page is
//! followed, by everybody, where one listener serves all surfaces and where each has its own.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use hyper::Method;

use crate::support::{
    ADMIN, AUDITOR, Answer, CARD_HOLDER, CHECKER, CONTRACT, Client, LOGIN_PASSWORD, MAKER,
    SECOND_ADMIN, Setup, TestServer, USER, WRONG_PASSWORD,
};

const SELF_SERVICE: &str = "https://certificate.bank.example";
const ADMINISTRATION: &str = "https://administration.bank.example";
const OFFICE: &str = "https://office.bank.example";

/// Pages whose number grows while one looks: so many of a kind are enough.
const OF_A_KIND: usize = 3;

/// The service as browsers see it: listeners, each with the address that links to it name.
struct Site {
    server: TestServer,
    /// Whether its cookies are for TLS.
    secure: bool,
    /// By surface, as in the paths of the API.
    surfaces: BTreeMap<&'static str, usize>,
    origins: Vec<&'static str>,
}

impl Site {
    /// One listener for everything, of unknown address.
    async fn in_one_place() -> Self {
        Self {
            server: TestServer::start().await,
            secure: false,
            surfaces: BTreeMap::from([("self", 0), ("admin", 0), ("office", 0)]),
            origins: vec![""],
        }
    }

    /// A listener a surface. Without addresses, nobody knows where the others are.
    async fn in_three_places(addresses: bool) -> Self {
        let setup = if addresses {
            Setup::with(&format!(
                "http.public_origins = {{ self-service = \"{SELF_SERVICE}\", admin = \
                 \"{ADMINISTRATION}\", office = \"{OFFICE}\" }}"
            ))
        } else {
            Setup::default()
        };
        let setup = setup
            .first(&["self-service"])
            .and_listener(&["admin"])
            .and_listener(&["office"])
            .and_listener(&["ops"]);
        Self {
            server: TestServer::start_with(setup).await,
            secure: addresses,
            surfaces: BTreeMap::from([("self", 0), ("admin", 1), ("office", 2)]),
            origins: if addresses {
                vec![SELF_SERVICE, ADMINISTRATION, OFFICE]
            } else {
                vec!["", "", ""]
            },
        }
    }

    fn client(&self, listener: usize) -> &Client {
        match listener {
            0 => &self.server.client,
            other => &self.server.more_clients[other - 1],
        }
    }

    fn api(&self, surface: &str) -> &Client {
        self.client(self.surfaces[surface])
    }

    fn listeners(&self) -> usize {
        self.origins.len()
    }

    fn cookie(&self, surface: &str, answer: Answer) -> (usize, String) {
        let token = answer.expect(201, None).json()["token"].to_string();
        let name = if surface == "self" {
            "self-service"
        } else {
            surface
        };
        let prefix = if self.secure { "__Host-" } else { "" };
        let cookie = format!("{prefix}warifu-{name}={}", token.trim_matches('"'));
        (self.surfaces[surface], cookie)
    }

    async fn user(&self, surface: &str, user: &str) -> (usize, String) {
        let answer = self
            .api(surface)
            .try_login(surface, CONTRACT, user, LOGIN_PASSWORD)
            .await;
        self.cookie(surface, answer)
    }

    async fn staff(&self, staff: &str) -> (usize, String) {
        let answer = self.api("office").try_login_staff(staff, LOGIN_PASSWORD);
        self.cookie("office", answer.await)
    }

    /// Something to look at: a reissue, a locked user, a request on paper.
    async fn live(&self) {
        let admin = self.api("admin").login_admin(ADMIN).await;
        admin.reissue(CARD_HOLDER).await;
        let other = self.api("admin").login_admin(SECOND_ADMIN).await;
        for _ in 0..5 {
            other.try_reissue(USER, WRONG_PASSWORD).await;
        }
        let locked = admin.get("/api/v1/admin/users?status=locked").await.json();
        assert_eq!(locked["users"][0]["user_id"], SECOND_ADMIN, "{locked}");
        let maker = self.api("office").login_staff(CHECKER).await;
        maker.register_paper(USER).await;
    }

    /// Where a link on a page of `listener` leads: to which listener, and to what there.
    fn resolve(&self, listener: usize, href: &str) -> (usize, String) {
        let href = href.split('#').next().unwrap_or_default();
        if href.starts_with('/') && !href.starts_with("//") {
            return (listener, href.to_owned());
        }
        let known = self.origins.iter().enumerate();
        let mut known = known.filter(|(_, origin)| !origin.is_empty());
        let found = known.find_map(|(at, origin)| Some((at, href.strip_prefix(origin)?)));
        let (at, path) = found.unwrap_or_else(|| panic!("{href} leads away from the service"));
        (at, path.to_owned())
    }
}

/// What a page leads to: addresses to ask for, and addresses that its forms are sent to.
fn leads_to(html: &str) -> (Vec<String>, Vec<String>) {
    let (mut links, mut forms) = (Vec::new(), Vec::new());
    for tag in html.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap_or_default();
        let attribute = |name: &str| {
            let (_, value) = tag.split_once(&format!(" {name}=\""))?;
            let value = value.split('"').next()?;
            Some(value.replace("&#38;", "&").replace("&amp;", "&"))
        };
        if let Some(href) = attribute("href").filter(|href| !href.starts_with(['#'])) {
            links.push(href);
        }
        if let Some(action) = attribute("action") {
            match attribute("method").as_deref() {
                Some("post") => forms.push(action),
                _ => links.push(action),
            }
        }
    }
    (links, forms)
}

/// What kind of page it is, where a walk would make ever more of them.
fn kind(path: &str) -> &str {
    for endless in ["/admin/audit", "/office/audit"] {
        if path.starts_with(endless) {
            return endless;
        }
    }
    path
}

struct Walk<'a> {
    site: &'a Site,
    who: &'a str,
    cookies: &'a [(usize, String)],
    seen: BTreeSet<(usize, String)>,
    kinds: BTreeMap<(usize, String), usize>,
    queue: VecDeque<(usize, String, String)>,
    posted: BTreeSet<(usize, String)>,
}

impl Walk<'_> {
    fn client(&self, listener: usize) -> Client {
        let own = self.cookies.iter().filter(|(at, _)| *at == listener);
        let own: Vec<&str> = own.map(|(_, cookie)| cookie.as_str()).collect();
        self.site
            .client(listener)
            .with_header("cookie", &own.join("; "))
    }

    fn see(&mut self, listener: usize, path: String, from: &str) {
        let same_kind = (listener, kind(&path).to_owned());
        let count = self.kinds.entry(same_kind).or_default();
        if *count < OF_A_KIND && self.seen.insert((listener, path.clone())) {
            *count += 1;
            self.queue.push_back((listener, path, from.to_owned()));
        }
    }

    fn follow(&mut self, listener: usize, path: &str, answer: &Answer) -> Vec<(usize, String)> {
        if let Some(location) = answer.header("location") {
            let (at, target) = self.site.resolve(listener, location);
            self.see(at, target, path);
        }
        let kind = answer.header("content-type").unwrap_or_default();
        if !kind.starts_with("text/html") {
            return Vec::new();
        }
        let (links, forms) = leads_to(&answer.text());
        for href in links {
            let (at, target) = self.site.resolve(listener, &href);
            self.see(at, target, path);
        }
        let forms = forms.iter().map(|form| self.site.resolve(listener, form));
        forms.collect()
    }

    /// A form from elsewhere is refused where there is one, and not found where there is none.
    async fn expect_form(&mut self, (listener, path): (usize, String), from: &str) {
        if !self.posted.insert((listener, path.clone())) {
            return;
        }
        let kind = Some("application/x-www-form-urlencoded");
        let client = self.client(listener);
        let answer = client.send(Method::POST, &path, kind, "").await;
        let status = answer.status.as_u16();
        assert_eq!(status, 403, "{}: {from} sends a form to {path}", self.who);
    }

    /// Looks at `seeds`, whatever they answer, and at all that anything leads to, which must answer.
    async fn go(mut self, seeds: &[&str]) -> BTreeSet<(usize, String)> {
        for listener in 0..self.site.listeners() {
            for seed in seeds {
                let answer = self.client(listener).get(seed).await;
                for form in self.follow(listener, seed, &answer) {
                    self.expect_form(form, seed).await;
                }
            }
        }
        while let Some((listener, path, from)) = self.queue.pop_front() {
            let answer = self.client(listener).get(&path).await;
            let status = answer.status.as_u16();
            let (who, origin) = (self.who, self.site.origins[listener]);
            // Offered to everybody, so that the offer tells nothing of who may take it; it answers with
            // the ways that are open.
            let for_all = path == "/cert/reissue" && status == 403;
            assert!(
                status < 400 || for_all,
                "{who}: {from} leads to {origin}{path} (listener {listener}), which answers {status}"
            );
            for form in self.follow(listener, &path, &answer) {
                self.expect_form(form, &path).await;
            }
        }
        self.seen
    }
}

async fn walk(site: &Site, who: &str, cookies: &[(usize, String)]) -> BTreeSet<(usize, String)> {
    let walk = Walk {
        site,
        who,
        cookies,
        seen: BTreeSet::new(),
        kinds: BTreeMap::new(),
        queue: VecDeque::new(),
        posted: BTreeSet::new(),
    };
    // Beside the first page of everything, what is refused in each way: pages that are not there, steps
    // out of order, users whom nobody reissues for.
    let own = format!("/admin/users/cert-password/{ADMIN}");
    let seeds = [
        "/",
        "/admin",
        "/admin/login",
        "/admin/nothing",
        "/admin/users/cert-password",
        "/admin/users/cert-password/nobody",
        "/admin/users/cert-password/user03",
        own.as_str(),
        "/cert",
        "/cert/login",
        "/cert/login?next=otp",
        "/cert/nothing",
        "/cert/reissue",
        "/cert/reissue/ready",
        "/cert/reissue/no-card",
        "/forms/none",
        "/nothing",
        "/office/login",
        "/office/nothing",
        "/office/requests",
        "/office/requests/new",
        "/office/requests/KT7M-9XHW",
    ];
    walk.go(&seeds).await
}

/// Everybody walks.
async fn nobody_is_led_astray(site: &Site) {
    site.live().await;
    let seen = walk(site, "a visitor", &[]).await;
    assert!(seen.len() > 20, "{seen:?}");
    for user in [ADMIN, SECOND_ADMIN, CARD_HOLDER, USER] {
        let cookies = [
            site.user("self", user).await,
            site.user("admin", user).await,
        ];
        let seen = walk(site, user, &cookies).await;
        let of_admin = seen.iter().any(|(_, path)| path == "/admin/users");
        assert_eq!(of_admin, user != USER, "{user}: {seen:?}");
    }
    for staff in [MAKER, AUDITOR] {
        let cookies = [site.staff(staff).await];
        let seen = walk(site, staff, &cookies).await;
        assert!(
            seen.iter()
                .any(|(_, path)| path.starts_with("/office/requests/"))
        );
    }
}

#[tokio::test]
async fn every_link_answers_where_one_listener_serves_everything() {
    nobody_is_led_astray(&Site::in_one_place().await).await;
}

#[tokio::test]
async fn every_link_answers_where_surfaces_have_addresses_of_their_own() {
    let site = Site::in_three_places(true).await;
    nobody_is_led_astray(&site).await;
    let retrieval = format!("href=\"{SELF_SERVICE}/cert/login\"");
    for path in [
        "/",
        "/admin/login",
        "/help/reissue",
        "/help/login",
        "/cert/nothing",
    ] {
        let page = site.api("admin").get(path).await.text();
        assert!(page.contains(&retrieval), "{path}: {page}");
    }
    let home = site.api("self").get("/").await.text();
    assert!(home.contains(&format!("href=\"{ADMINISTRATION}/admin/login\"")));
    assert!(
        home.contains("href=\"/cert/login\"") && !home.contains(OFFICE),
        "{home}"
    );
    // Where the bank's staff work is told nobody else.
    let missing = site.api("self").get("/office/login").await;
    assert_eq!(missing.status, 404);
    assert!(!missing.text().contains(OFFICE));
}

#[tokio::test]
async fn a_place_of_unknown_address_is_named_in_words() {
    let site = Site::in_three_places(false).await;
    nobody_is_led_astray(&site).await;
    for path in ["/", "/admin/login", "/help/reissue", "/help/login"] {
        let page = site.api("admin").get(path).await.text();
        assert!(
            page.contains("「電子証明書取得」(ご案内しているアドレス"),
            "{path}: {page}"
        );
        assert!(!page.contains("/cert"), "{path}: {page}");
    }
    // Nobody browses the operations endpoints.
    let ops = site.client(3).get("/nothing").await;
    assert_eq!(
        (ops.status.as_u16(), ops.problem().as_deref()),
        (404, Some("not-found"))
    );
}

#[tokio::test]
async fn who_is_refused_for_want_of_a_certificate_is_led_to_where_one_is_got() {
    let setup = Setup::with(&format!(
        "http.public_origins = {{ self-service = \"{SELF_SERVICE}\", admin = \"{ADMINISTRATION}\" }}"
    ));
    let setup = setup
        .and("policy.rate_limit.trusted_proxies = [\"127.0.0.1\"]")
        .and("admin.client_certificate = \"required\"")
        .listener("client_certificate_header = \"Client-Cert\"")
        .first(&["admin"])
        .and_listener(&["self-service"]);
    let site = Site {
        server: TestServer::start_with(setup).await,
        secure: true,
        surfaces: BTreeMap::from([("admin", 0), ("self", 1)]),
        origins: vec![ADMINISTRATION, SELF_SERVICE],
    };
    let refused = site.api("admin").get("/admin/login").await;
    assert_eq!(refused.status, 403);
    let page = refused.text();
    assert!(
        page.contains(&format!("href=\"{SELF_SERVICE}/cert/login\"")),
        "{page}"
    );
    let (links, _) = leads_to(&page);
    for href in links {
        let (at, path) = site.resolve(0, &href);
        let answer = site.client(at).get(&path).await;
        assert!(answer.status.as_u16() < 400, "{href}: {}", answer.status);
    }
}

/// Posts the login form of `listener` as a browser does that shows `origin` in its address bar.
async fn log_in_from(site: &Site, surface: &str, origin: &str) -> u16 {
    let base = if surface == "self" { "cert" } else { surface };
    let client = site.api(surface).with_header("origin", origin);
    let body = format!("contract={CONTRACT}&user={ADMIN}&password={LOGIN_PASSWORD}");
    let kind = Some("application/x-www-form-urlencoded");
    let answer = client
        .send(Method::POST, &format!("/{base}/login"), kind, body)
        .await;
    if answer.status == 303 {
        let cookie = answer.header("set-cookie").unwrap();
        assert!(
            cookie.starts_with("__Host-warifu-") && cookie.contains("Secure"),
            "{cookie}"
        );
        assert!(answer.headers.contains_key("strict-transport-security"));
    }
    answer.status.as_u16()
}

#[tokio::test]
async fn forms_come_from_the_address_of_their_own_surface() {
    let site = Site::in_three_places(true).await;
    assert_eq!(log_in_from(&site, "admin", ADMINISTRATION).await, 303);
    assert_eq!(log_in_from(&site, "self", SELF_SERVICE).await, 303);
    assert_eq!(log_in_from(&site, "admin", SELF_SERVICE).await, 403);
    assert_eq!(log_in_from(&site, "self", ADMINISTRATION).await, 403);
    assert_eq!(
        log_in_from(&site, "self", "https://evil.example").await,
        403
    );
}
