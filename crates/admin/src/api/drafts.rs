//! Drafts: documents that are worked on, with optimistic locking.

use aigw_store::{Draft, DraftEdit, DraftId, NewDraft, Origin, RevisionNumber};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::Caller;
use super::body::{Json, WithDocument, check_document};
use super::config::{check_whole, shown};
use super::endpoint::Method::{Delete, Get, Post, Put};
use super::endpoint::{Endpoint, Need, Operation};
use super::failure::Answer;
use super::page::{IfMatch, Named, etag};
use super::shown::Shown;
use super::{Api, time};

/// A draft to be begun, or to be put in place of what it was.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DraftBody {
    /// What to call it.
    title: String,
    /// The document. It may have errors.
    config: String,
    /// Why, for people.
    #[serde(default)]
    note: String,
    /// The revision that it was made from.
    base: Option<i64>,
}

/// A document to be kept as a draft.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateAsk {
    /// The document. It may have errors.
    config: String,
    /// What to call it.
    description: String,
}

/// A draft.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DraftView {
    /// Its number.
    id: i64,
    /// Raised by each save; the entity tag.
    version: i64,
    /// What it is called.
    title: String,
    /// `starter`, `file`, `api` or `import`.
    origin: &'static str,
    /// The revision that it was made from.
    base: Option<i64>,
    /// Why, in its author's words.
    note: String,
    /// Who began it.
    author: String,
    /// When.
    created_at: String,
    /// Who saved it last.
    changed_by: String,
    /// When.
    changed_at: String,
    /// Bytes of its text.
    size: u64,
    /// The document, keys that are written out as `[redacted]`; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// Whether something is redacted in `text`: it can be published, but not be saved as it is shown.
    redacted: bool,
}

/// Every draft.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DraftList {
    /// The last saved first, without texts.
    drafts: Vec<DraftView>,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Operation::new((Get, "/config/drafts"), "drafts_list", "Every draft.")
            .answers::<DraftList>()
            .by(list),
        Operation::new((Post, "/config/drafts"), "drafts_create", "Begin a draft.")
            .needs(Need::Admin)
            .takes::<DraftBody>()
            .answers::<DraftView>()
            .status(201)
            .fails(&[422])
            .by(create),
        Operation::new(
            (Post, "/config/update"),
            "config_update",
            "Keep a document as a draft on top of what is live.",
        )
        .needs(Need::Admin)
        .takes::<UpdateAsk>()
        .answers::<DraftView>()
        .status(201)
        .fails(&[422])
        .by(update),
        Operation::new(
            (Get, "/config/drafts/{id}"),
            "drafts_show",
            "A draft with its document.",
        )
        .answers::<DraftView>()
        .fails(&[404])
        .by(show),
        Operation::new((Put, "/config/drafts/{id}"), "drafts_save", "Save a draft.")
            .needs(Need::Admin)
            .if_match("The `etag` that the change was made from, or `*`.")
            .takes::<DraftBody>()
            .answers::<DraftView>()
            .fails(&[404, 412, 422, 428])
            .by(save),
        Operation::new(
            (Delete, "/config/drafts/{id}"),
            "drafts_discard",
            "Remove a draft.",
        )
        .needs(Need::Admin)
        .if_match("The `etag` that was looked at, or `*`.")
        .status(204)
        .fails(&[404, 412, 428])
        .by(discard),
    ]
}

async fn list(State(api): State<Api>) -> Answer<Shown<DraftList>> {
    let drafts = api.lifecycle.store().drafts().await?;
    let drafts = drafts.into_iter().map(DraftView::from).collect();
    Ok(Shown(DraftList { drafts }))
}

async fn create(
    State(api): State<Api>,
    caller: Caller,
    Json(body): WithDocument<DraftBody>,
) -> Answer<Response> {
    begin(&api, &caller, &body).await
}

async fn update(
    State(api): State<Api>,
    caller: Caller,
    Json(ask): WithDocument<UpdateAsk>,
) -> Answer<Response> {
    let live = api.lifecycle.store().live().await?;
    let body = DraftBody {
        title: ask.description,
        config: ask.config,
        note: String::new(),
        base: live.map(|live| live.revision.0),
    };
    begin(&api, &caller, &body).await
}

async fn begin(api: &Api, caller: &Caller, body: &DraftBody) -> Answer<Response> {
    check_document(&body.config)?;
    check_whole(&body.config)?;
    let new = NewDraft {
        title: &body.title,
        text: &body.config,
        origin: Origin::Api,
        base: body.base.map(RevisionNumber),
        note: &body.note,
    };
    let draft = api.lifecycle.store().create_draft(&caller.by, &new).await?;
    Ok((StatusCode::CREATED, one(draft)).into_response())
}

async fn show(State(api): State<Api>, Named(id): Named<i64>) -> Answer<Response> {
    Ok(one(api.lifecycle.store().draft(DraftId(id)).await?))
}

async fn save(
    State(api): State<Api>,
    caller: Caller,
    Named(id): Named<i64>,
    if_match: IfMatch,
    Json(body): WithDocument<DraftBody>,
) -> Answer<Response> {
    check_document(&body.config)?;
    check_whole(&body.config)?;
    let (store, id) = (api.lifecycle.store(), DraftId(id));
    let version = if_match.version(store.draft(id).await?.version)?;
    let edit = DraftEdit {
        title: &body.title,
        text: &body.config,
        base: body.base.map(RevisionNumber),
        note: &body.note,
    };
    let saved = store.save_draft(&caller.by, (id, version), &edit).await?;
    Ok(one(saved))
}

async fn discard(
    State(api): State<Api>,
    caller: Caller,
    Named(id): Named<i64>,
    if_match: IfMatch,
) -> Answer<Response> {
    let (store, id) = (api.lifecycle.store(), DraftId(id));
    let version = if_match.version(store.draft(id).await?.version)?;
    store.discard_draft(&caller.by, id, version).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn one(draft: Draft) -> Response {
    (etag(draft.version), Shown(DraftView::from(draft))).into_response()
}

impl From<Draft> for DraftView {
    fn from(draft: Draft) -> Self {
        let shown = draft.text.as_deref().map(shown);
        Self {
            id: draft.id.0,
            version: draft.version,
            title: draft.title,
            origin: draft.origin.as_str(),
            base: draft.base.map(|base| base.0),
            note: draft.note,
            author: draft.author,
            created_at: time::text(draft.created_at),
            changed_by: draft.changed_by,
            changed_at: time::text(draft.changed_at),
            size: draft.size,
            redacted: shown.as_ref().is_some_and(|(_, redacted)| *redacted),
            text: shown.map(|(text, _)| text),
        }
    }
}
