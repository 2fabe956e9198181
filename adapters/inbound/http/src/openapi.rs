//! The description of the JSON API (`OpenAPI` 3.1), made from the handlers.

use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use utoipa::OpenApi;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, HeaderBuilder, Ref, ResponseBuilder};

use crate::api::{admin, names, office, self_service};
use crate::problem::{Problem, ProblemField};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Warifu",
        description = "Reissues certificate retrieval passwords (証明書取得用パスワード) and hands \
            out client certificates. Errors are problem documents (RFC 9457); programs tell them \
            apart by `type`. Nothing may be kept (`Cache-Control: no-store`).",
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT")
    ),
    servers((url = "/", description = "This server.")),
    tags(
        (name = "self-service", description = "For users, without any certificate."),
        (name = "admin", description = "For users who may reissue for others of their contract."),
        (name = "office", description = "For the bank's staff, who handle requests on paper.")
    ),
    paths(
        self_service::log_in,
        self_service::log_out,
        self_service::verify_otp,
        self_service::reissue,
        self_service::redeem,
        self_service::reissues,
        self_service::cancel,
        admin::log_in,
        admin::log_out,
        admin::users,
        admin::reissue,
        admin::unlock,
        admin::reissues,
        admin::cancel,
        admin::audit,
        office::log_in,
        office::log_out,
        office::register,
        office::requests,
        office::request,
        office::decide,
        office::print_notice,
    ),
    components(schemas(
        Problem,
        ProblemField,
        names::PermissionName,
        names::CertificateStatusName,
        names::StatusFilterName,
        names::RetrievalPasswordStatusName,
        names::ReissueStatusName,
        names::RouteName,
        names::PurposeName,
        names::UnlockablePurposeName,
        names::OutcomeName,
        names::MatterName,
        names::PaperStateName,
        names::DecisionName,
        names::StaffRoleName,
    ))
)]
struct Description;

/// What every call can answer.
const ALWAYS: &[(u16, &str)] = &[
    (400, "malformed-request"),
    (403, "cross-origin"),
    (408, "request-timeout"),
    (413, "payload-too-large"),
    (429, "too-many-requests"),
    (500, "unexpected"),
    (503, "unavailable"),
    (503, "overloaded"),
];

/// What every call on the administrators' surface can answer.
const ADMIN: &[(u16, &str)] = &[(403, "client-certificate-required")];

/// What a call with a session can answer.
const WITH_SESSION: &[(u16, &str)] = &[(401, "session-required")];

/// What each call can answer besides.
const REFUSALS: &[(&str, &[(u16, &str)])] = &[
    ("self_log_in", LOGIN),
    ("self_log_out", &[]),
    (
        "self_verify_otp",
        &[
            (401, "otp-refused"),
            (403, "not-eligible"),
            (422, "invalid-field"),
            (423, "otp-locked"),
            (429, "busy"),
            (503, "otp-unavailable"),
        ],
    ),
    (
        "self_reissue",
        &[
            (403, "not-eligible"),
            (409, "otp-required"),
            (409, "already-reissued"),
            (429, "reissue-quota"),
            (503, "otp-unavailable"),
        ],
    ),
    (
        "self_redeem",
        &[
            (400, "bad-csr"),
            (401, "retrieval-refused"),
            (409, "retrieval-held"),
            (422, "invalid-field"),
            (423, "retrieval-locked"),
            (429, "busy"),
            (502, "certificate-not-issued"),
        ],
    ),
    ("self_reissues", &[]),
    ("self_cancel_reissue", CANCEL),
    ("admin_log_in", LOGIN),
    ("admin_log_out", &[]),
    (
        "admin_users",
        &[
            (400, "bad-cursor"),
            (403, "not-permitted"),
            (422, "invalid-field"),
        ],
    ),
    (
        "admin_reissue",
        &[
            (401, "transaction-refused"),
            (403, "not-permitted"),
            (403, "use-self-service"),
            (404, "user-not-selectable"),
            (409, "user-disabled"),
            (409, "already-reissued"),
            (422, "invalid-field"),
            (423, "transaction-locked"),
            (429, "reissue-quota"),
            (429, "busy"),
        ],
    ),
    (
        "admin_unlock",
        &[
            (401, "transaction-refused"),
            (403, "not-permitted"),
            (404, "user-not-selectable"),
            (409, "user-disabled"),
            (422, "invalid-field"),
            (423, "transaction-locked"),
            (429, "busy"),
        ],
    ),
    (
        "admin_reissues",
        &[(403, "not-permitted"), (404, "user-not-selectable")],
    ),
    ("admin_cancel_reissue", CANCEL_FOR_OTHERS),
    (
        "admin_audit",
        &[
            (400, "bad-cursor"),
            (403, "not-permitted"),
            (422, "invalid-field"),
        ],
    ),
    (
        "office_log_in",
        &[
            (401, "login-refused"),
            (422, "invalid-field"),
            (429, "login-locked"),
            (429, "busy"),
            (503, "otp-unavailable"),
        ],
    ),
    ("office_log_out", &[]),
    (
        "office_register",
        &[
            (403, "not-permitted"),
            (409, "user-disabled"),
            (422, "invalid-field"),
        ],
    ),
    (
        "office_requests",
        &[
            (400, "bad-cursor"),
            (403, "not-permitted"),
            (422, "invalid-field"),
        ],
    ),
    (
        "office_request",
        &[(403, "not-permitted"), (404, "request-not-found")],
    ),
    (
        "office_decide",
        &[
            (401, "login-refused"),
            (403, "not-permitted"),
            (403, "own-request"),
            (403, "edited-request"),
            (404, "request-not-found"),
            (409, "already-decided"),
            (409, "version-conflict"),
            (409, "user-disabled"),
            (410, "expired"),
            (422, "invalid-field"),
            (429, "login-locked"),
            (429, "busy"),
        ],
    ),
    (
        "office_print_notice",
        &[
            (403, "not-permitted"),
            (403, "approver"),
            (404, "request-not-found"),
            (409, "not-approved"),
            (409, "no-notice"),
            (409, "already-printed"),
            (409, "user-disabled"),
            (410, "expired"),
            (422, "invalid-field"),
            (429, "reissue-quota"),
        ],
    ),
];

const LOGIN: &[(u16, &str)] = &[
    (401, "login-refused"),
    (422, "invalid-field"),
    (429, "login-locked"),
    (429, "busy"),
];

const CANCEL: &[(u16, &str)] = &[(404, "reissue-not-found"), (409, "already-redeemed")];

const CANCEL_FOR_OTHERS: &[(u16, &str)] = &[
    (403, "not-permitted"),
    (404, "reissue-not-found"),
    (409, "already-redeemed"),
];

fn describe() -> utoipa::openapi::OpenApi {
    let mut document = Description::openapi();
    env!("CARGO_PKG_VERSION").clone_into(&mut document.info.version);
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "The `token` of a session. It is good on its own surface only.",
        ));
    document
        .components
        .get_or_insert_default()
        .add_security_scheme("session", SecurityScheme::Http(bearer.build()));
    for item in document.paths.paths.values_mut() {
        for operation in operations_mut(item) {
            add_refusals(operation);
        }
    }
    document
}

fn operations_mut(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.delete]
        .into_iter()
        .flatten()
}

fn add_refusals(operation: &mut Operation) {
    let id = operation.operation_id.clone().unwrap_or_default();
    let own = REFUSALS
        .iter()
        .find(|(name, _)| *name == id)
        .map_or(&[][..], |(_, own)| own);
    let with_session = if operation.security.is_some() {
        WITH_SESSION
    } else {
        &[]
    };
    let admin = if id.starts_with("admin_") { ADMIN } else { &[] };
    let mut refusals: Vec<(u16, &str)> = [ALWAYS, admin, with_session, own]
        .into_iter()
        .flatten()
        .copied()
        .collect();
    refusals.sort_by_key(|(status, _)| *status);
    for of_status in refusals.chunk_by(|left, right| left.0 == right.0) {
        let status = of_status[0].0;
        let slugs: Vec<String> = of_status
            .iter()
            .map(|(_, slug)| format!("`{slug}`"))
            .collect();
        let response = problem(status, &slugs.join(", "));
        operation
            .responses
            .responses
            .insert(status.to_string(), response.into());
    }
}

fn problem(status: u16, slugs: &str) -> utoipa::openapi::Response {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .build();
    let mut response = ResponseBuilder::new()
        .description(format!("Problems: {slugs}."))
        .content("application/problem+json", content);
    if matches!(status, 429 | 502 | 503) {
        let seconds = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .build();
        let header = HeaderBuilder::new()
            .schema(Some(seconds))
            .description(Some("Seconds until it is worth trying again."));
        response = response.header("Retry-After", header.build());
    }
    if status == 401 {
        let scheme = ObjectBuilder::new().schema_type(Type::String).build();
        let header = HeaderBuilder::new()
            .schema(Some(scheme))
            .description(Some("`Bearer`."));
        response = response.header("WWW-Authenticate", header.build());
    }
    response.build()
}

/// `GET /openapi.json`.
pub(crate) async fn document() -> Response {
    static JSON: LazyLock<Bytes> =
        LazyLock::new(|| describe().to_json().map(Bytes::from).unwrap_or_default());
    ([(CONTENT_TYPE, "application/json")], JSON.clone()).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::router::{admin_calls, office_calls, self_service_calls};

    fn json() -> Value {
        serde_json::to_value(describe()).unwrap()
    }

    #[test]
    fn the_description_and_the_router_name_the_same_calls() {
        let described: BTreeSet<String> = json()["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, item)| {
                let methods = item.as_object().unwrap().keys();
                methods.map(move |method| format!("{} {path}", method.to_uppercase()))
            })
            .collect();
        let routed: BTreeSet<String> = self_service_calls()
            .iter()
            .chain(&admin_calls())
            .chain(&office_calls())
            .map(|call| format!("{} {}", call.method, call.path))
            .collect();
        assert_eq!(described, routed);
        assert_eq!(described.len(), 22);
    }

    #[test]
    fn every_call_says_what_it_refuses() {
        let mut described = BTreeSet::new();
        for item in describe().paths.paths.values_mut() {
            for operation in operations_mut(item) {
                described.insert(operation.operation_id.clone().unwrap());
            }
        }
        let listed: BTreeSet<String> = REFUSALS
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .collect();
        assert_eq!(described, listed);
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = json();
        let mut references = BTreeSet::new();
        collect_references(&document, &mut references);
        assert!(references.len() > 15, "{references:?}");
        for reference in references {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
        assert_eq!(document["openapi"], "3.1.0");
    }

    fn collect_references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    found.insert(reference.clone());
                }
                members
                    .values()
                    .for_each(|member| collect_references(member, found));
            }
            Value::Array(items) => items
                .iter()
                .for_each(|item| collect_references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn a_redemption_is_described_with_exactly_one_kind_of_key() {
        let choices = &json()["components"]["schemas"]["RedeemBody"]["oneOf"];
        assert_eq!(choices.as_array().unwrap().len(), 2);
        assert_eq!(choices[0]["additionalProperties"], false);
    }
}
