//! What is unwise in production, in one table: what it is, and whether it stops the start.
//! `accept_risks` says of any of it that it is meant.

use std::path::PathBuf;

use ipnet::IpNet;
use warifu_adapter_kit::{Environment, secret_file};

use crate::problem::Problem;
use crate::settings::{ClientCertificateRule, Listener, Risk, ServedSurface, Settings};
use crate::tree::{Place, Tree};
use crate::values::PerAddress;

/// More wrong entries than this are worth a warning: a person needs no more.
const MANY_FAILURES: u32 = 100;

/// Networks with fewer leading bits than these hold more than anybody's own proxies.
const NARROWEST_OPEN: (u8, u8) = (8, 7);

/// What becomes of a configuration with a risk that nobody accepted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Severity {
    /// It is refused.
    Refuse,
    /// It is told of.
    Warn,
}

/// Where it matters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Production,
    /// Also where nothing is for real.
    Everywhere,
}

struct Rule {
    risk: Risk,
    severity: Severity,
    scope: Scope,
    /// Where the risk is taken, with a sentence that says what to do instead.
    found: fn(&Settings, &Tree) -> Vec<(Place, String)>,
}

const fn rule(
    risk: Risk,
    severity: Severity,
    found: fn(&Settings, &Tree) -> Vec<(Place, String)>,
) -> Rule {
    Rule {
        risk,
        severity,
        scope: Scope::Production,
        found,
    }
}

const RULES: [Rule; 11] = [
    rule(Risk::OfficeOnPlainListener, Severity::Refuse, plain_office),
    rule(Risk::OpsBesideCustomers, Severity::Refuse, ops_in_public),
    rule(Risk::OpsOnPlainListener, Severity::Warn, plain_ops),
    rule(Risk::EveryProxyTrusted, Severity::Refuse, open_trust),
    rule(Risk::ProxyWithoutTrust, Severity::Warn, unknown_proxy),
    rule(Risk::ManyFailures, Severity::Warn, many_failures),
    rule(Risk::RateLimitOff, Severity::Warn, no_rate_limit),
    rule(Risk::UsersFileReadable, Severity::Warn, readable_users),
    rule(Risk::NoPublicOrigin, Severity::Warn, no_public_origin),
    rule(
        Risk::AdminWithoutCertificate,
        Severity::Warn,
        admin_without_certificate,
    ),
    Rule {
        risk: Risk::DemoOffLoopback,
        severity: Severity::Warn,
        scope: Scope::Everywhere,
        found: open_demo,
    },
];

/// What of the table a configuration goes against.
#[derive(Default)]
pub(crate) struct Found {
    /// Stops the start.
    pub(crate) refused: Vec<Problem>,
    /// Is told of.
    pub(crate) warned: Vec<Problem>,
}

/// Judges `settings`; `tree` tells where they came from.
pub(crate) fn judge(settings: &Settings, tree: &Tree) -> Found {
    let mut found = Found::default();
    let in_production = settings.environment == Environment::Production;
    for rule in &RULES {
        let matters = in_production || rule.scope == Scope::Everywhere;
        if !matters || settings.accept_risks.contains(&rule.risk) {
            continue;
        }
        for (place, message) in (rule.found)(settings, tree) {
            let meant = rule.risk.name();
            let message = format!("{message}; or accept it with accept_risks = [\"{meant}\"]");
            let problem = Problem::new(tree.origin(&place.steps), place.path, message);
            match rule.severity {
                Severity::Refuse => found.refused.push(problem),
                Severity::Warn => found.warned.push(problem),
            }
        }
    }
    found
}

/// The listeners that others reach, for which `is_so`, each with a sentence about its surfaces.
fn listeners(
    settings: &Settings,
    is_so: impl Fn(&Listener) -> bool,
    message: impl Fn(&Listener) -> String,
) -> Vec<(Place, String)> {
    let listeners = settings.http.listeners.iter().enumerate();
    listeners
        .filter(|(_, listener)| is_so(listener))
        .map(|(index, listener)| {
            let place = Place::in_list("http.listeners", index, "surfaces");
            (place, message(listener))
        })
        .collect()
}

fn is_open_and_plain(listener: &Listener) -> bool {
    !listener.is_loopback() && listener.tls.is_none()
}

fn serves(listener: &Listener, surface: ServedSurface) -> bool {
    listener.surfaces.contains(&surface)
}

fn serves_customers(listener: &Listener) -> bool {
    [
        ServedSurface::SelfService,
        ServedSurface::Admin,
        ServedSurface::Est,
    ]
    .into_iter()
    .any(|surface| serves(listener, surface))
}

fn plain_office(settings: &Settings, _: &Tree) -> Vec<(Place, String)> {
    listeners(
        settings,
        |listener| is_open_and_plain(listener) && serves(listener, ServedSurface::Office),
        |listener| {
            format!(
                "the back office can be reached on {} without tls: set tls, or listen for it on \
                 a loopback address",
                listener.bind.0
            )
        },
    )
}

fn ops_in_public(settings: &Settings, _: &Tree) -> Vec<(Place, String)> {
    listeners(
        settings,
        |listener| {
            is_open_and_plain(listener)
                && serves(listener, ServedSurface::Ops)
                && serves_customers(listener)
        },
        |listener| {
            format!(
                "whoever reaches the customers' pages on {} reaches metrics and readiness, too: \
                 give ops a listener of its own",
                listener.bind.0
            )
        },
    )
}

fn plain_ops(settings: &Settings, _: &Tree) -> Vec<(Place, String)> {
    listeners(
        settings,
        |listener| {
            is_open_and_plain(listener)
                && serves(listener, ServedSurface::Ops)
                && !serves_customers(listener)
        },
        |listener| {
            format!(
                "metrics and readiness can be reached on {} without tls: set tls, or listen for \
                 them on a loopback address",
                listener.bind.0
            )
        },
    )
}

/// Whether a network holds more than anybody's own proxies.
pub(crate) fn is_open(network: &IpNet) -> bool {
    let least = match network {
        IpNet::V4(_) => NARROWEST_OPEN.0,
        IpNet::V6(_) => NARROWEST_OPEN.1,
    };
    network.prefix_len() < least
}

fn open_trust(settings: &Settings, _: &Tree) -> Vec<(Place, String)> {
    let proxies = settings.policy.rate_limit.trusted_proxies.iter();
    proxies
        .enumerate()
        .filter(|(_, network)| is_open(&network.0))
        .map(|(index, network)| {
            let message = format!(
                "with {} anybody may say where a request comes from, and no limit holds: name \
                 the addresses of your own proxies",
                network.0
            );
            let place = Place::in_list("policy.rate_limit.trusted_proxies", index, "");
            (place, message)
        })
        .collect()
}

fn is_https(settings: &Settings, listener: &Listener) -> bool {
    let mut origins = settings.http.origins_of(listener);
    origins.any(|origin| origin.is_encrypted() && !origin.is_loopback())
}

fn is_for_people(listener: &Listener) -> bool {
    serves_customers(listener) || serves(listener, ServedSurface::Office)
}

/// Somebody else ends the TLS that a public origin speaks of.
fn unknown_proxy(settings: &Settings, _: &Tree) -> Vec<(Place, String)> {
    if !settings.policy.rate_limit.trusted_proxies.is_empty() {
        return Vec::new();
    }
    listeners(
        settings,
        |listener| {
            listener.tls.is_none() && is_for_people(listener) && is_https(settings, listener)
        },
        |listener| {
            format!(
                "a proxy in front of {} ends TLS and policy.rate_limit.trusted_proxies does not \
                 name it, so that everybody counts as one address: name it",
                listener.bind.0
            )
        },
    )
}

fn many_failures(settings: &Settings, _: &Tree) -> Vec<(Place, String)> {
    let policy = &settings.policy;
    [
        ("login", policy.login.max_failures.get()),
        ("transaction", policy.transaction.max_failures.get()),
        ("otp", policy.otp.max_failures.get()),
        ("staff_login", policy.staff_login.max_failures.get()),
        (
            "retrieval_password",
            policy.retrieval_password.max_failures.get(),
        ),
    ]
    .into_iter()
    .filter(|(_, failures)| *failures > MANY_FAILURES)
    .map(|(purpose, failures)| {
        let message = format!(
            "{failures} wrong entries before a lock are an invitation to guess: write at most \
             {MANY_FAILURES}"
        );
        let path = format!("policy.{purpose}.max_failures");
        (Place::at(&path), message)
    })
    .collect()
}

fn no_rate_limit(settings: &Settings, _: &Tree) -> Vec<(Place, String)> {
    if settings.policy.rate_limit.per_address != PerAddress::Off {
        return Vec::new();
    }
    let message = "one address may ask as often as it likes: write a limit such as \"600/1m\"";
    let place = Place::at("policy.rate_limit.per_address");
    vec![(place, message.to_owned())]
}

fn readable_users(_: &Settings, tree: &Tree) -> Vec<(Place, String)> {
    let is = |path: &str, text: &str| tree.at(path).is_some_and(|value| value.to_string() == text);
    ["user_directory", "staff_directory"]
        .into_iter()
        .filter(|section| is(&format!("{section}.adapter"), "memory"))
        .filter_map(|section| {
            let path = format!("{section}.memory.users_file");
            let file = PathBuf::from(tree.at(&path)?.to_string());
            Some((Place::at(&path), secret_file::exposure(&file)?))
        })
        .collect()
}

fn no_public_origin(settings: &Settings, _: &Tree) -> Vec<(Place, String)> {
    let listeners = settings.http.listeners.iter();
    let open = listeners.filter(|listener| is_for_people(listener) && !listener.is_loopback());
    let surfaces: Vec<ServedSurface> = open
        .flat_map(|listener| listener.surfaces.iter().copied())
        .collect();
    let unknown = surfaces.iter().any(|surface| {
        let has_pages = !matches!(surface, ServedSurface::Est | ServedSurface::Ops);
        has_pages && settings.http.origin_of(*surface).is_none()
    });
    if surfaces.len() < 2 || !unknown {
        return Vec::new();
    }
    let message = "offer several surfaces, and browsers say themselves under which name they reach \
                   them: set http.public_origin to the https:// origin that customers use, or \
                   http.public_origins where surfaces have addresses of their own";
    vec![(Place::at("http.listeners"), message.to_owned())]
}

/// On loopback nobody is asked for a certificate by default, and with a proxy in front everybody is
/// on loopback.
fn admin_without_certificate(settings: &Settings, _: &Tree) -> Vec<(Place, String)> {
    let rule = settings.admin.client_certificate;
    if rule != ClientCertificateRule::WhereAsked {
        return Vec::new();
    }
    listeners(
        settings,
        |listener| {
            let asks = listener.asks_for_certificates();
            let unasked = listener.is_loopback() && serves(listener, ServedSurface::Admin) && !asks;
            unasked && is_https(settings, listener)
        },
        |listener| {
            format!(
                "administrators come to {} through a proxy and show no client certificate: set \
                 client_certificate_header, or admin.client_certificate = \"not-required\"",
                listener.bind.0
            )
        },
    )
}

fn open_demo(settings: &Settings, tree: &Tree) -> Vec<(Place, String)> {
    let adapter = tree.at("user_directory.adapter");
    if adapter.is_none_or(|name| name.to_string() != "demo") {
        return Vec::new();
    }
    listeners(
        settings,
        |listener| !listener.is_loopback(),
        |listener| {
            format!(
                "the demonstration's passwords are published and {} can be reached from \
                 elsewhere: listen on a loopback address",
                listener.bind.0
            )
        },
    )
}

/// Whether to tell of a proxy in front that is not trusted, where requests show one: in production,
/// unless that risk is accepted.
pub fn looks_for_proxies(settings: &Settings) -> bool {
    settings.environment == Environment::Production
        && !settings.accept_risks.contains(&Risk::ProxyWithoutTrust)
}
