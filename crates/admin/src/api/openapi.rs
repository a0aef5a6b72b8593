//! The OpenAPI document, made from the list of endpoints.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::endpoint::{Described, Endpoint, Need, Operation};
use super::failure::Error;
use super::operations;

/// What the statuses of failures mean.
const FAILURES: &[(u16, &str)] = &[
    (
        400,
        "The body, the query or the path cannot be read: `details` says where.",
    ),
    (401, "No token, or one that is not good."),
    (
        403,
        "The role does not suffice, or a browser was made to send this by another site.",
    ),
    (404, "There is no such thing."),
    (
        409,
        "Something stands against it; `details` has the other side.",
    ),
    (
        412,
        "Changed meanwhile: `details.current` is what is there now.",
    ),
    (413, "The body is too large."),
    (415, "The body is not `application/json`."),
    (
        421,
        "A browser reached the listener by a name that is not one of its own.",
    ),
    (422, "The document has errors: `details.problems`."),
    (428, "`if-match` is missing."),
    (
        429,
        "Too many failed logins from this address: `retry-after` says how long to wait.",
    ),
    (503, "The store does not answer."),
];

/// The OpenAPI document of the admin API, as indented JSON.
pub fn document() -> String {
    let mut schemas = BTreeMap::new();
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    collect(&mut schemas, &Described::of::<Error>());
    for Endpoint { operation, .. } in operations::all() {
        for used in operation.takes.iter().chain(&operation.answers) {
            collect(&mut schemas, used);
        }
        let entry = paths.entry(operation.full_path()).or_default();
        entry.insert(operation.method.as_str().to_owned(), entry_of(&operation));
    }
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "AI Model Gateway: admin API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Served by the admin listener. Scripts send an admin or viewer token as bearer; browsers log in and get a session. Every answer that is not a success has the schema `Error`.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "An admin or viewer token."},
                "session": {"type": "apiKey", "in": "cookie", "name": "aigw_session", "description": "A session of a browser; `__Host-aigw_session` over TLS. Requests other than GET need the header `x-aigw-form-token`, too."},
            },
        },
    });
    // A value made of values can always be written.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn entry_of(operation: &Operation) -> Value {
    let mut entry = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "x-aigw-role": match operation.need {
            Need::Nothing => "none",
            Need::Viewer => "viewer",
            Need::Admin => "admin",
        },
        "parameters": parameters(operation),
        "responses": responses(operation),
    });
    if operation.need == Need::Nothing {
        entry["security"] = json!([]);
    }
    if let Some(body) = &operation.takes {
        entry["requestBody"] = json!({"required": true, "content": content(body)});
    }
    entry
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let in_path = operation.path.split('/').filter_map(|part| {
        let name = part.strip_prefix('{')?.strip_suffix('}')?;
        Some(json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
    });
    let in_query = operation.query.iter().map(|(name, kind, meaning)| {
        json!({"name": name, "in": "query", "description": meaning, "schema": {"type": kind}})
    });
    let if_match = operation.if_match.map(|meaning| {
        json!({"name": "if-match", "in": "header", "description": meaning, "schema": {"type": "string"}})
    });
    in_path.chain(in_query).chain(if_match).collect()
}

fn responses(operation: &Operation) -> Map<String, Value> {
    let mut all = Map::new();
    let mut success = json!({"description": "Done."});
    if let Some(answer) = &operation.answers {
        success["content"] = content(answer);
    }
    all.insert(operation.status.to_string(), success);
    let mut statuses = vec![401, 403, 421, 429, 503];
    if operation.takes.is_some() {
        statuses.extend([400, 413, 415]);
    }
    if !operation.query.is_empty() {
        statuses.push(400);
    }
    statuses.extend(operation.fails);
    for (status, meaning) in FAILURES
        .iter()
        .filter(|(status, _)| statuses.contains(status))
    {
        let response =
            json!({"description": meaning, "content": content(&Described::of::<Error>())});
        all.insert(status.to_string(), response);
    }
    all
}

fn content(described: &Described) -> Value {
    let reference = format!("#/components/schemas/{}", described.name);
    json!({"application/json": {"schema": {"$ref": reference}}})
}

fn collect(schemas: &mut BTreeMap<String, Value>, described: &Described) {
    let mut used = Vec::new();
    (described.used)(&mut used);
    used.push((described.name.clone().into_owned(), (described.own)()));
    for (name, schema) in used {
        schemas.insert(name, json!(schema));
    }
}
