//! The description of the JSON API (`OpenAPI` 3.1), made from the handlers.

use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use utoipa::OpenApi;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::schema::{AllOfBuilder, ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, HeaderBuilder, Ref, ResponseBuilder};

use warifu_wire::{self as wire, ProblemDocument, ProblemField, ProblemType};

use crate::api::{admin, office, self_service};

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
        self_service::end_other_sessions,
        self_service::verify_otp,
        self_service::reissue,
        self_service::redeem,
        self_service::reissues,
        self_service::cancel,
        admin::log_in,
        admin::log_out,
        admin::end_other_sessions,
        admin::users,
        admin::reissue,
        admin::unlock,
        admin::end_sessions,
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
        ProblemDocument,
        ProblemField,
        wire::SessionUser<'_>,
        wire::PermissionName,
        wire::CertificateStatusName,
        wire::StatusFilterName,
        wire::RetrievalPasswordStatusName,
        wire::ReissueStatusName,
        wire::RouteName,
        wire::PurposeName,
        wire::LaneName,
        wire::UnlockablePurposeName,
        wire::OutcomeName,
        wire::MatterName,
        wire::PaperStateName,
        wire::DecisionName,
        wire::StaffRoleName,
    ))
)]
struct Description;

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
    let problems = wire::Operation::of_id(&id).map_or_else(Vec::new, wire::Operation::problems);
    for of_status in problems.chunk_by(|left, right| left.status() == right.status()) {
        let status = of_status[0].status();
        operation
            .responses
            .responses
            .insert(status.to_string(), problem(status, of_status).into());
    }
}

/// A response with one of `kinds`, which its schema lists for programs.
fn problem(status: u16, kinds: &[ProblemType]) -> utoipa::openapi::Response {
    let types = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(kinds.iter().map(|kind| kind.urn())));
    let schema = AllOfBuilder::new()
        .item(Ref::from_schema_name("Problem"))
        .item(ObjectBuilder::new().property("type", types));
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let slugs: Vec<String> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
    let slugs = slugs.join(", ");
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
        let bearer = ObjectBuilder::new().schema_type(Type::String).build();
        let header = HeaderBuilder::new()
            .schema(Some(bearer))
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
    use warifu_wire::OPERATIONS;

    use super::*;
    use crate::router::{admin_calls, office_calls, self_service_calls};

    fn json() -> Value {
        serde_json::to_value(describe()).unwrap()
    }

    fn described_calls(document: &Value) -> BTreeSet<String> {
        let paths = document["paths"].as_object().unwrap().iter();
        paths
            .flat_map(|(path, item)| {
                let methods = item.as_object().unwrap().keys();
                methods.map(move |method| format!("{} {path}", method.to_uppercase()))
            })
            .collect()
    }

    #[test]
    fn the_description_and_the_router_name_the_same_calls() {
        let described = described_calls(&json());
        let routed: BTreeSet<String> = self_service_calls()
            .iter()
            .chain(&admin_calls())
            .chain(&office_calls())
            .map(|call| format!("{} {}", call.method, call.path))
            .collect();
        assert_eq!(described, routed);
        assert_eq!(described.len(), 25);
    }

    #[test]
    fn every_call_says_what_it_refuses() {
        let described = json();
        let mut calls = BTreeSet::new();
        for operation in OPERATIONS {
            let method = operation.method.to_lowercase();
            let call = &described["paths"][operation.path][&method];
            assert_eq!(call["operationId"], operation.id);
            assert_eq!(call.get("security").is_some(), operation.session);
            for kind in operation.problems() {
                let response = &call["responses"][kind.status().to_string()];
                let schema = &response["content"]["application/problem+json"]["schema"];
                let types = &schema["allOf"][1]["properties"]["type"]["enum"];
                let types = types.as_array().unwrap();
                assert!(
                    types.contains(&kind.urn().into()),
                    "{} {kind}",
                    operation.id
                );
            }
            calls.insert(format!("{} {}", operation.method, operation.path));
        }
        assert_eq!(calls, described_calls(&described));
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
