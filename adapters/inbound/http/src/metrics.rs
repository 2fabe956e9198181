//! Numbers for operators: what was asked for, how it ended, how long it took. No user's text is
//! ever a label.

use std::sync::atomic::Ordering;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use warifu_core::SprayCounts;

use crate::settings::RegisterMetrics;

/// Upper ends of the classes of durations, in seconds.
const SECONDS: [f64; 12] = [
    0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Requested {
    surface: &'static str,
    route: String,
    method: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    surface: &'static str,
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Sprayed {
    kind: &'static str,
}

/// The server's numbers.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Requested, Counter>,
    durations: Family<Route, Histogram>,
    in_flight: Gauge,
    connections: Gauge,
    spraying: Family<Sprayed, Counter>,
}

/// One more of something, until dropped.
pub(crate) struct Counted(Gauge);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    /// The server's own, and those that `more` adds.
    pub(crate) fn new(more: &[RegisterMetrics]) -> Self {
        let mut registry = Registry::with_prefix("warifu");
        for register in more {
            register(&mut registry);
        }
        let requests = Family::<Requested, Counter>::default();
        let durations =
            Family::<Route, Histogram>::new_with_constructor(|| Histogram::new(SECONDS));
        let (in_flight, connections) = (Gauge::default(), Gauge::default());
        registry.register(
            "http_requests",
            "Requests that were answered",
            requests.clone(),
        );
        registry.register_with_unit(
            "http_request_duration",
            "Time from a request's headers to its answer",
            Unit::Seconds,
            durations.clone(),
        );
        registry.register(
            "http_requests_in_flight",
            "Requests being answered",
            in_flight.clone(),
        );
        registry.register(
            "http_connections",
            "Connections that are open",
            connections.clone(),
        );
        let spraying = Family::<Sprayed, Counter>::default();
        registry.register(
            "spraying",
            "How often strangers were seen trying many names",
            spraying.clone(),
        );
        Self {
            registry,
            requests,
            durations,
            in_flight,
            connections,
            spraying,
        }
    }

    /// Takes over what was counted elsewhere.
    pub(crate) fn spraying(&self, counts: SprayCounts) {
        for (kind, count) in [
            ("network", counts.from_network),
            ("contract", counts.in_contract),
            ("out-of-names", counts.out_of_names),
        ] {
            let counter = self.spraying.get_or_create(&Sprayed { kind });
            counter.inner().fetch_max(count, Ordering::Relaxed);
        }
    }

    /// Counts a request as being answered.
    pub(crate) fn request(&self) -> Counted {
        self.in_flight.inc();
        Counted(self.in_flight.clone())
    }

    /// Counts a connection as open.
    pub(crate) fn connection(&self) -> Counted {
        self.connections.inc();
        Counted(self.connections.clone())
    }

    /// Books an answer. `route` is the template, never the path.
    pub(crate) fn answered(
        &self,
        surface: &'static str,
        route: &str,
        method: &http::Method,
        status: http::StatusCode,
        took: Duration,
    ) {
        let method = match method.as_str() {
            "GET" => "GET",
            "HEAD" => "HEAD",
            "POST" => "POST",
            "PUT" => "PUT",
            "DELETE" => "DELETE",
            "OPTIONS" => "OPTIONS",
            "PATCH" => "PATCH",
            _ => "other",
        };
        let route = route.to_owned();
        let of_route = Route {
            surface,
            route: route.clone(),
        };
        self.durations
            .get_or_create(&of_route)
            .observe(took.as_secs_f64());
        let requested = Requested {
            surface,
            route,
            method,
            status: status.as_u16(),
        };
        self.requests.get_or_create(&requested).inc();
    }

    /// All of it, in the text format of Prometheus.
    pub(crate) fn encode(&self) -> String {
        let mut out = String::new();
        // Writing into a string does not fail.
        let _ = text::encode(&mut out, &self.registry);
        out
    }
}

/// The type of [`Metrics::encode`]'s text.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[cfg(test)]
mod tests {
    use http::{Method, StatusCode};

    use super::*;

    #[test]
    fn what_happened_is_counted_under_the_prefix() {
        let metrics = Metrics::new(&[]);
        let took = Duration::from_millis(20);
        let open = metrics.connection();
        metrics.answered("admin", "/admin/login", &Method::POST, StatusCode::OK, took);
        let text = metrics.encode();
        assert!(
            text.contains(
                "warifu_http_requests_total{surface=\"admin\",route=\"/admin/login\",\
                 method=\"POST\",status=\"200\"} 1"
            ),
            "{text}"
        );
        assert!(
            text.contains("warifu_http_request_duration_seconds_bucket{"),
            "{text}"
        );
        assert!(text.contains("warifu_http_connections 1"), "{text}");
        drop(open);
        assert!(metrics.encode().contains("warifu_http_connections 0"));
        assert!(
            text.lines()
                .all(|line| line.starts_with('#') || line.starts_with("warifu_"))
        );
    }

    #[test]
    fn an_invented_method_makes_no_label_of_its_own() {
        let metrics = Metrics::new(&[]);
        let method = Method::from_bytes(b"X1234").unwrap();
        metrics.answered(
            "public",
            "-",
            &method,
            StatusCode::NOT_FOUND,
            Duration::ZERO,
        );
        assert!(!metrics.encode().contains("X1234"));
    }
}
