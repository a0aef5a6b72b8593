//! The admin API: JSON over HTTP under `/api/admin`.
//!
//! Every endpoint is one `endpoint::Operation` beside its handler: path, method, who may call it, what it takes and what
//! it answers. Router, guard and OpenAPI document are made from that same list, so they cannot differ.
//!
//! What a request passes, in order: the `host` it names, who sends it (`auth`), whether a browser was made to
//! send it by another site (`site`), whether the role suffices, and only then its body.

mod audit;
mod auth;
mod body;
mod config;
mod denials;
mod drafts;
mod endpoint;
mod failure;
mod headers;
mod keys;
mod known;
mod openapi;
mod operations;
mod options;
mod page;
mod secrets;
mod session;
mod shown;
mod site;
mod source;
mod status;
mod time;
mod tokens;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;

use crate::Lifecycle;

pub use openapi::document as openapi;
pub use options::{AdminOptions, Peer};

/// What every handler shares.
#[derive(Debug)]
struct Shared {
    lifecycle: Arc<Lifecycle>,
    options: AdminOptions,
    denials: denials::Denials,
    known: known::Known,
}

type Api = Arc<Shared>;

/// The API as a service for the admin listener, which has to put a [`Peer`] into the extensions of every request: without
/// one, the caller's address is not known, and logins of all such callers are throttled together.
///
/// It answers every path; what is not under `/api/admin` is 404.
pub fn router(lifecycle: Arc<Lifecycle>, options: AdminOptions) -> Router {
    let api: Api = Arc::new(Shared {
        lifecycle,
        options,
        denials: denials::Denials::default(),
        known: known::Known::default(),
    });
    let mut router = Router::new();
    for endpoint in operations::all() {
        let path = endpoint.operation.full_path();
        router = router.route(&path, endpoint.mount(&api));
    }
    router
        .fallback(failure::no_such_path)
        .method_not_allowed_fallback(failure::no_such_method)
        .layer(from_fn_with_state(Arc::clone(&api), headers::add))
}
