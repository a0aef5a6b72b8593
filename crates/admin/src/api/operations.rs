//! Every endpoint.

use axum::response::IntoResponse;
use http::header::CONTENT_TYPE;

use super::endpoint::Method::Get;
use super::endpoint::{Endpoint, Operation};
use super::{audit, config, drafts, keys, openapi, secrets, session, status, tokens};

/// Every endpoint, in the order of the document.
pub(super) fn all() -> Vec<Endpoint> {
    let document = Operation::new((Get, "/openapi.json"), "openapi", "This document.").by(show);
    [
        session::endpoints(),
        status::endpoints(),
        config::endpoints(),
        drafts::endpoints(),
        keys::endpoints(),
        secrets::endpoints(),
        audit::endpoints(),
        tokens::endpoints(),
        vec![document],
    ]
    .into_iter()
    .flatten()
    .collect()
}

async fn show() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], openapi::document())
}
