//! What a path is, whatever serves it: for whom its errors are, and to which surface it belongs.

use warifu_core::domain::Surface;

use crate::settings::ServedSurface;

/// The description of the JSON API.
pub(crate) const OPENAPI: &str = "/openapi.json";
/// Whether the process is alive.
pub(crate) const HEALTH: &str = "/healthz";
/// Whether its back ends answer.
pub(crate) const READINESS: &str = "/readyz";
/// The server's numbers.
pub(crate) const METRICS: &str = "/metrics";

/// Whether what is asked for at `path` is for programs: its errors are problem documents.
pub(crate) fn is_for_programs(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/") || path == OPENAPI || is_ops(path)
}

/// Whether `path` is an operations endpoint.
pub(crate) fn is_ops(path: &str) -> bool {
    [HEALTH, READINESS, METRICS].contains(&path)
}

/// The surface that `path` belongs to, page or call; nothing for what is there on all listeners.
pub(crate) fn surface(path: &str) -> Option<Surface> {
    let below = |prefix: &str| {
        path.strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if below("/api/v1/admin") || below("/admin") {
        Some(Surface::Admin)
    } else if below("/api/v1/self") || below("/cert") {
        Some(Surface::SelfService)
    } else if below("/api/v1/office") || below("/office") {
        Some(Surface::Office)
    } else {
        None
    }
}

/// The surface that a route belongs to, for the metrics.
pub(crate) fn surface_of(route: &str) -> &'static str {
    match surface(route) {
        Some(surface) => surface.name(),
        None if is_ops(route) => ServedSurface::Ops.name(),
        None => "public",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_belongs_to_one_surface() {
        assert_eq!(surface_of("/api/v1/admin/users"), "admin");
        assert_eq!(surface_of("/administrator"), "public");
        assert_eq!(surface_of("/cert"), "self-service");
        assert_eq!(surface_of("/office/requests/{number}"), "office");
        assert_eq!(surface_of("/readyz"), "ops");
        assert_eq!(surface_of("-"), "public");
    }

    #[test]
    fn errors_for_programs_are_told_from_errors_for_people() {
        for path in ["/api", "/api/v1/none", "/openapi.json", "/healthz"] {
            assert!(is_for_programs(path), "{path}");
        }
        for path in ["/", "/apiary", "/admin/login", "/forms/standard"] {
            assert!(!is_for_programs(path), "{path}");
        }
    }
}
