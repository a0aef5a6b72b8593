//! What runs, how well, and where requests would go.

use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::Json;
use super::endpoint::Method::{Get, Post};
use super::endpoint::{Endpoint, Operation};
use super::failure::{Answer, Failure};
use super::shown::{PublicationView, Shown};
use super::{Api, time};
use crate::{ExplainAsk, Explanation, ProviderHealth, RuntimeStatus};

/// What runs.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StatusView {
    /// The process that answers.
    runtime: RuntimeStatus,
    /// What the ledger says is live; none before the first publication, or if the store does not answer.
    live: Option<PublicationView>,
    /// What this process serves.
    serving: ServingView,
    /// The store.
    store: StoreView,
    /// When this was put together.
    checked_at: String,
}

/// What the answering process serves, in comparison with the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ServingView {
    /// The publication that it serves.
    publication: Option<PublicationView>,
    /// The revision that it serves.
    revision: Option<i64>,
    /// Since when.
    since: Option<String>,
    /// A live publication that it could not take over, and why; it goes on serving the one before.
    behind: Option<BehindView>,
}

/// A publication that could not be taken over.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BehindView {
    /// The publication.
    publication: PublicationView,
    /// Why not.
    reason: String,
}

/// The store.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StoreView {
    /// `sqlite` or `postgres`.
    kind: &'static str,
    /// Where it is, without password.
    place: String,
    /// Whether it answers.
    available: bool,
}

/// Live health.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProviderList {
    /// In the order of the document.
    providers: Vec<ProviderHealth>,
}

/// A request to be explained.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExplainBody {
    /// The model as the caller would name it.
    model: String,
    /// The caller's dialect; OpenAI's chat completions, if not given.
    dialect: Option<String>,
    /// Id or name of the client key; one that may do everything, if not given.
    key: Option<String>,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Operation::new((Get, "/status"), "status", "What runs and what is live.")
            .answers::<StatusView>()
            .by(status),
        Operation::new(
            (Get, "/runtime/status"),
            "runtime_status",
            "The same, under the path of older clients.",
        )
        .answers::<StatusView>()
        .by(status),
        Operation::new(
            (Get, "/providers"),
            "providers_list",
            "Live health of providers, credentials and targets.",
        )
        .answers::<ProviderList>()
        .by(providers),
        Operation::new(
            (Post, "/explain"),
            "explain",
            "Where a request would go right now. Sends nothing.",
        )
        .takes::<ExplainBody>()
        .answers::<Explanation>()
        .fails(&[422])
        .by(explain),
    ]
}

/// Answers without the store too: that it is away is then part of the answer.
async fn status(State(api): State<Api>) -> Shown<StatusView> {
    let lifecycle = &api.lifecycle;
    let store = lifecycle.store();
    let live = store.live().await;
    let serving = lifecycle.serving();
    let behind = serving.behind.map(|behind| BehindView {
        publication: behind.publication.into(),
        reason: behind.reason,
    });
    let since = serving.revision.map(|_| time::text(serving.since));
    Shown(StatusView {
        runtime: lifecycle.runtime().status(),
        serving: ServingView {
            publication: serving.publication.map(PublicationView::from),
            revision: serving.revision.map(|revision| revision.0),
            since,
            behind,
        },
        store: StoreView {
            kind: if store.is_postgres() {
                "postgres"
            } else {
                "sqlite"
            },
            place: store.place().to_owned(),
            available: live.is_ok(),
        },
        live: live.ok().flatten().map(PublicationView::from),
        checked_at: time::text(lifecycle.now()),
    })
}

async fn providers(State(api): State<Api>) -> Shown<ProviderList> {
    Shown(ProviderList {
        providers: api.lifecycle.runtime().health(),
    })
}

async fn explain(
    State(api): State<Api>,
    Json(ask): Json<ExplainBody>,
) -> Answer<Shown<Explanation>> {
    let ask = ExplainAsk {
        model: ask.model,
        dialect: ask.dialect,
        key: ask.key,
    };
    let explained = api.lifecycle.runtime().explain(&ask);
    explained
        .map(Shown)
        .map_err(|reason| Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "not_explained", reason))
}
