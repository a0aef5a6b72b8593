//! Sealed secrets: values go in, and never come out.

use aigw_config::Secret;
use aigw_store::{MasterKey, SecretMeta};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::Caller;
use super::body::Json;
use super::endpoint::Method::{Delete, Get, Post, Put};
use super::endpoint::{Endpoint, Need, Operation};
use super::failure::Answer;
use super::page::Named;
use super::shown::{PublicationView, ReferenceView, Shown};
use super::{Api, config, time};

/// A value to be sealed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SecretValue {
    /// 1 byte to 64 KiB.
    value: String,
}

/// Another master key.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMasterKey {
    /// 32 characters or more. The gateway must be started with it from now on.
    master_key: String,
}

/// A sealed secret.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SecretView {
    /// What `${secret:name}` calls it.
    name: String,
    /// Raised each time it is set.
    version: i64,
    /// When it was first set.
    created_at: String,
    /// When it was last set.
    changed_at: String,
    /// By whom.
    changed_by: String,
}

/// Every sealed secret.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SecretList {
    /// By name.
    secrets: Vec<SecretView>,
}

/// A secret that was set.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SecretSetView {
    /// The secret as it is sealed now.
    secret: SecretView,
    /// The publication that serves the new value; none if what is live does not refer to it.
    publication: Option<PublicationView>,
    /// Why the new value is not served, though what is live refers to it. It is sealed in any case.
    not_published: Option<String>,
}

/// What the live document refers to.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SecretsStatus {
    /// Every reference of the live document, and whether it leads to a value in this process.
    references: Vec<ReferenceView>,
    /// How many lead nowhere.
    missing_count: usize,
    /// Whether none does.
    ok: bool,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Operation::new(
            (Get, "/secrets"),
            "secrets_list",
            "Names of sealed secrets.",
        )
        .answers::<SecretList>()
        .by(list),
        Operation::new(
            (Get, "/secrets/status"),
            "secrets_status",
            "What the live document refers to, and whether it is there.",
        )
        .answers::<SecretsStatus>()
        .by(status),
        Operation::new(
            (Put, "/secrets/{name}"),
            "secrets_set",
            "Seal a value; what is live and refers to it is published anew.",
        )
        .needs(Need::Admin)
        .takes::<SecretValue>()
        .answers::<SecretSetView>()
        .by(set),
        Operation::new(
            (Delete, "/secrets/{name}"),
            "secrets_remove",
            "Remove a secret that nothing live refers to.",
        )
        .needs(Need::Admin)
        .status(204)
        .fails(&[404, 409])
        .by(remove),
        Operation::new(
            (Post, "/secrets/rotate_master"),
            "secrets_rotate_master",
            "Put every secret under another master key.",
        )
        .needs(Need::Admin)
        .takes::<NewMasterKey>()
        .status(204)
        .fails(&[409])
        .by(rotate_master),
    ]
}

async fn list(State(api): State<Api>) -> Answer<Shown<SecretList>> {
    let secrets = api.lifecycle.store().secrets().await?;
    let secrets = secrets.into_iter().map(SecretView::from).collect();
    Ok(Shown(SecretList { secrets }))
}

async fn status(State(api): State<Api>) -> Answer<Shown<SecretsStatus>> {
    let references = match config::live(&api).await? {
        Some((_, revision)) => api.lifecycle.check(&revision.text).await?.references,
        None => Vec::new(),
    };
    let missing_count = references.iter().filter(|one| !one.is_present()).count();
    Ok(Shown(SecretsStatus {
        references: references.iter().map(ReferenceView::from).collect(),
        missing_count,
        ok: missing_count == 0,
    }))
}

async fn set(
    State(api): State<Api>,
    caller: Caller,
    Named(name): Named<String>,
    Json(value): Json<SecretValue>,
) -> Answer<Shown<SecretSetView>> {
    let value = Secret::new(value.value);
    let set = api.lifecycle.set_secret(&caller.by, &name, &value).await?;
    let (publication, not_published) = match set.published {
        Ok(published) => (published.map(|one| one.publication.into()), None),
        Err(failure) => (None, Some(failure.to_string())),
    };
    Ok(Shown(SecretSetView {
        secret: set.meta.into(),
        publication,
        not_published,
    }))
}

async fn remove(
    State(api): State<Api>,
    caller: Caller,
    Named(name): Named<String>,
) -> Answer<Response> {
    api.lifecycle.remove_secret(&caller.by, &name).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn rotate_master(
    State(api): State<Api>,
    caller: Caller,
    Json(new): Json<NewMasterKey>,
) -> Answer<Response> {
    let master = MasterKey::new(&Secret::new(new.master_key))?;
    let vault = api.lifecycle.vault();
    vault.rotate_master(&caller.by, master).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

impl From<SecretMeta> for SecretView {
    fn from(meta: SecretMeta) -> Self {
        Self {
            name: meta.name,
            version: meta.version,
            created_at: time::text(meta.created_at),
            changed_at: time::text(meta.changed_at),
            changed_by: meta.changed_by,
        }
    }
}
