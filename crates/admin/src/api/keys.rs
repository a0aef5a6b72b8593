//! Client keys.

mod change;

use aigw_store::{ClientKey, KeyPolicy};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::Caller;
use super::body::Json;
use super::endpoint::Method::{Get, Patch, Post};
use super::endpoint::{Endpoint, Need, Operation};
use super::failure::Answer;
use super::page::{IfMatch, Named, etag};
use super::shown::Shown;
use super::{Api, time};

use change::{KeyChange, NewKey};

/// How an old secret is phased out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rotation {
    /// How long the secret before it stays good, in seconds; at most 30 days, not at all if not given.
    grace_seconds: Option<u64>,
}

/// A client key, without its text.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeyView {
    /// Its id.
    id: String,
    /// Raised by each change; the entity tag.
    version: i64,
    /// `generated` or `given`.
    shape: &'static str,
    /// Name for people, records and limits.
    name: String,
    /// The group that it belongs to.
    group: Option<String>,
    /// Public models that it may use, as globs; empty for all.
    models: Vec<String>,
    /// Endpoints that it may use; empty for all.
    endpoints: Vec<String>,
    /// Labels.
    tags: Vec<String>,
    /// Address ranges that it may be used from; empty for all.
    ip_allow: Vec<String>,
    /// Who goes first when requests wait; higher goes first.
    priority: i32,
    /// When it ends.
    expires_at: Option<String>,
    /// Until when its secret before rotation is good, too.
    grace_until: Option<String>,
    /// When it was made.
    created_at: String,
    /// By whom.
    created_by: String,
    /// When it got its present secret, if that is not its first.
    rotated_at: Option<String>,
    /// When it was revoked.
    revoked_at: Option<String>,
}

/// A key and, this once, its text.
#[derive(Serialize, ToSchema)]
pub(super) struct MadeKey {
    /// The key.
    key: KeyView,
    /// What callers send. Shown now and never again.
    secret: String,
}

/// Every key.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeyList {
    /// By name, revoked ones last.
    keys: Vec<KeyView>,
}

/// Longest grace of a rotation, in seconds.
const LONGEST_GRACE: u64 = 30 * 24 * 60 * 60;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Operation::new(
            (Get, "/keys"),
            "keys_list",
            "Every client key, without texts.",
        )
        .answers::<KeyList>()
        .by(list),
        Operation::new(
            (Post, "/keys"),
            "keys_create",
            "Make a client key; its text is in this answer only.",
        )
        .needs(Need::Admin)
        .takes::<NewKey>()
        .answers::<MadeKey>()
        .status(201)
        .fails(&[409])
        .by(create),
        Operation::new(
            (Get, "/keys/{id}"),
            "keys_show",
            "One client key, with its entity tag.",
        )
        .answers::<KeyView>()
        .fails(&[404])
        .by(show),
        Operation::new(
            (Patch, "/keys/{id}"),
            "keys_update",
            "Change what is given of a key; what is not given stays.",
        )
        .needs(Need::Admin)
        .if_match("The `etag` that the change was made from, or `*`.")
        .takes::<KeyChange>()
        .answers::<KeyView>()
        .fails(&[404, 409, 412, 428])
        .by(update),
        Operation::new(
            (Post, "/keys/{id}/rotate"),
            "keys_rotate",
            "Give a key another text; it is in this answer only.",
        )
        .needs(Need::Admin)
        .takes::<Rotation>()
        .answers::<MadeKey>()
        .fails(&[404, 409])
        .by(rotate),
        Operation::new(
            (Post, "/keys/{id}/revoke"),
            "keys_revoke",
            "End a key at once, and for good.",
        )
        .needs(Need::Admin)
        .answers::<KeyView>()
        .fails(&[404, 409])
        .by(revoke),
    ]
}

async fn list(State(api): State<Api>) -> Answer<Shown<KeyList>> {
    let keys = api.lifecycle.store().keys().await?;
    let keys = keys.into_iter().map(KeyView::from).collect();
    Ok(Shown(KeyList { keys }))
}

async fn create(
    State(api): State<Api>,
    caller: Caller,
    Json(new): Json<NewKey>,
) -> Answer<Response> {
    let policy = new.policy()?;
    let (key, secret) = api.lifecycle.create_key(&caller.by, policy).await?;
    Ok((StatusCode::CREATED, made(key, secret.expose())).into_response())
}

async fn show(State(api): State<Api>, Named(id): Named<String>) -> Answer<Response> {
    Ok(one(api.lifecycle.store().key(&id).await?))
}

async fn update(
    State(api): State<Api>,
    caller: Caller,
    Named(id): Named<String>,
    if_match: IfMatch,
    Json(change): Json<KeyChange>,
) -> Answer<Response> {
    let found = api.lifecycle.store().key(&id).await?;
    let version = if_match.version(found.version)?;
    let policy = change.over(found.policy)?;
    let changed = api
        .lifecycle
        .update_key(&caller.by, (&id, version), &policy);
    Ok(one(changed.await?))
}

async fn rotate(
    State(api): State<Api>,
    caller: Caller,
    Named(id): Named<String>,
    Json(rotation): Json<Rotation>,
) -> Answer<Response> {
    let grace = rotation.grace_seconds.filter(|seconds| *seconds > 0);
    let grace = grace.map(|seconds| caller.by.at.after_seconds(seconds.min(LONGEST_GRACE)));
    let (key, secret) = api.lifecycle.rotate_key(&caller.by, &id, grace).await?;
    Ok(made(key, secret.expose()))
}

async fn revoke(
    State(api): State<Api>,
    caller: Caller,
    Named(id): Named<String>,
) -> Answer<Response> {
    Ok(one(api.lifecycle.revoke_key(&caller.by, &id).await?))
}

fn one(key: ClientKey) -> Response {
    (etag(key.version), Shown(KeyView::from(key))).into_response()
}

fn made(key: ClientKey, secret: &str) -> Response {
    let tag = etag(key.version);
    let made = MadeKey {
        key: key.into(),
        secret: secret.to_owned(),
    };
    (tag, Shown(made)).into_response()
}

impl From<ClientKey> for KeyView {
    fn from(key: ClientKey) -> Self {
        let KeyPolicy {
            name,
            group,
            models,
            endpoints,
            tags,
            ip_allow,
            priority,
            expires_at,
            ..
        } = key.policy;
        Self {
            id: key.id,
            version: key.version,
            shape: key.shape.as_str(),
            name,
            group,
            models,
            endpoints,
            tags,
            ip_allow,
            priority,
            expires_at: expires_at.map(time::text),
            grace_until: key.grace_until.map(time::text),
            created_at: time::text(key.created_at),
            created_by: key.created_by,
            rotated_at: key.rotated_at.map(time::text),
            revoked_at: key.revoked_at.map(time::text),
        }
    }
}
