//! Holds every answer of the API against what the interface says of the call.

use hyper::{Method, StatusCode};
use serde_json::Value;
use warifu_wire::{Operation, ProblemType};

/// Insists that `body`, answered with `status` to `method` at `path`, is a problem that the call names.
///
/// # Panics
/// Where it is another one, or where its status is not the one of its type.
#[track_caller]
pub(crate) fn insist(method: &Method, path: &str, status: StatusCode, body: &[u8]) {
    let Some(operation) = Operation::of_request(method.as_str(), path_of(path)) else {
        return;
    };
    let document: Option<Value> = serde_json::from_slice(body).ok();
    let Some(urn) = document.as_ref().and_then(|body| body["type"].as_str()) else {
        return;
    };
    let id = operation.id;
    let kind = ProblemType::of_urn(urn).unwrap_or_else(|| panic!("{id} answers {urn}"));
    assert!(
        operation.problems().contains(&kind),
        "{id} answers {kind}, which it does not name: add it to the call in \
         adapters/inbound/wire/src/operations.rs"
    );
    assert_eq!(status.as_u16(), kind.status(), "{id} answers {kind}");
}

fn path_of(target: &str) -> &str {
    target.split_once('?').map_or(target, |(path, _)| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(path: &str, status: u16, kind: &str) {
        let body = format!(r#"{{"type":"urn:warifu:problem:{kind}"}}"#);
        let status = StatusCode::from_u16(status).unwrap();
        insist(&Method::GET, path, status, body.as_bytes());
    }

    #[test]
    fn what_a_call_names_may_be_answered() {
        answered("/api/v1/admin/users?limit=0", 422, "invalid-field");
        answered("/api/v1/admin/users", 401, "session-required");
        answered("/api/v1/none", 404, "not-found");
    }

    #[test]
    #[should_panic(expected = "admin_users answers otp-refused, which it does not name")]
    fn what_a_call_does_not_name_is_noticed() {
        answered("/api/v1/admin/users", 401, "otp-refused");
    }

    #[test]
    #[should_panic(expected = "admin_users answers urn:warifu:problem:of-tomorrow")]
    fn what_nobody_knows_is_noticed() {
        answered("/api/v1/admin/users", 400, "of-tomorrow");
    }

    #[test]
    #[should_panic(expected = "admin_users answers invalid-field")]
    fn another_status_is_noticed() {
        answered("/api/v1/admin/users", 400, "invalid-field");
    }
}
