//! What is live, what was, and what would be.

mod change;
mod compare;
mod document;
mod preview;

use aigw_store::{Publication, PublicationId, Revision, RevisionError, RevisionNumber};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::IF_NONE_MATCH;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::body::{Json, WithDocument, check_document};
use super::endpoint::Method::{Get, Post};
use super::endpoint::{Endpoint, Need, Operation};
use super::failure::{Answer, Failure};
use super::page::{self, Asked, Named, PAGE, Page, etag};
use super::shown::{ProblemView, PublicationView, ReferenceView, RevisionView, Shown};
use crate::Checked;

use change::{PublishAsk, PublishedView, RollbackAsk, publish, rollback};
use compare::{DiffAsk, DiffView, diff};
pub(super) use document::{check_whole, shown};
use preview::PreviewView;

/// What is live.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LiveConfig {
    /// The live revision.
    revision: RevisionView,
    /// The publication that made it live.
    publication: PublicationView,
    /// The document: references as written, keys that are written out as `[redacted]`.
    text: String,
    /// Whether something is redacted in `text`; it cannot be published as it is, then.
    redacted: bool,
    /// The entity tag, without quotes: what `if-match` of a publication is compared with.
    etag: String,
}

/// A revision with its document.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RevisionWithText {
    /// The revision.
    revision: RevisionView,
    /// The document: references as written, keys that are written out as `[redacted]`.
    text: String,
    /// Whether something is redacted in `text`.
    redacted: bool,
}

/// A page of revisions.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct History {
    /// Newest first.
    revisions: Vec<RevisionView>,
    /// `before` of the next page; none on the last.
    next_before: Option<i64>,
}

/// A page of the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Publications {
    /// Newest first.
    publications: Vec<PublicationView>,
    /// `before` of the next page; none on the last.
    next_before: Option<i64>,
}

/// A document to be looked at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ValidateAsk {
    /// The document.
    config: String,
}

/// A document, or a revision, to be summarised.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PreviewAsk {
    /// The document; what is live, if neither this nor a revision is given.
    config: Option<String>,
    /// A stored revision.
    revision: Option<i64>,
}

/// What is wrong with a document, and what it would serve.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CheckedView {
    /// Whether it could be published.
    valid: bool,
    /// Errors and warnings, in the order of the document.
    problems: Vec<ProblemView>,
    /// Every reference.
    references: Vec<ReferenceView>,
    /// What it would serve; nothing if it has errors.
    preview: Option<PreviewView>,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let mut all = reads();
    all.extend([
        Operation::new(
            (Post, "/config/publish"),
            "config_publish",
            "Publish a document, a stored revision or a draft.",
        )
        .needs(Need::Admin)
        .if_match("Digest of the revision that must be live; 412 if it is not.")
        .takes::<PublishAsk>()
        .answers::<PublishedView>()
        .fails(&[404, 409, 412, 422])
        .by(publish),
        Operation::new(
            (Post, "/config/rollback"),
            "config_rollback",
            "Publish an older revision again, compiled as of now.",
        )
        .needs(Need::Admin)
        .if_match("Digest of the revision that must be live; 412 if it is not.")
        .takes::<RollbackAsk>()
        .answers::<PublishedView>()
        .fails(&[404, 409, 412, 422])
        .by(rollback),
    ]);
    all
}

fn reads() -> Vec<Endpoint> {
    vec![
        Operation::new(
            (Get, "/config"),
            "config_show",
            "What is live, with the digest as entity tag.",
        )
        .answers::<LiveConfig>()
        .fails(&[404])
        .by(show),
        Operation::new(
            (Get, "/config/history"),
            "config_history",
            "Every revision, newest first.",
        )
        .query(PAGE)
        .answers::<History>()
        .by(history),
        Operation::new(
            (Get, "/config/revisions/{revision}"),
            "config_revision",
            "A revision with its document.",
        )
        .answers::<RevisionWithText>()
        .fails(&[404])
        .by(revision),
        Operation::new(
            (Get, "/config/publications"),
            "config_publications",
            "The ledger: what was published when, by whom, and what became of it.",
        )
        .query(PAGE)
        .answers::<Publications>()
        .by(publications),
        Operation::new(
            (Post, "/config/validate"),
            "config_validate",
            "What is wrong with a document. Changes nothing.",
        )
        .takes::<ValidateAsk>()
        .answers::<CheckedView>()
        .by(validate),
        Operation::new(
            (Post, "/config/preview"),
            "config_preview",
            "What a document or revision would serve. Changes nothing.",
        )
        .takes::<PreviewAsk>()
        .answers::<CheckedView>()
        .fails(&[404])
        .by(preview),
        Operation::new(
            (Post, "/config/diff"),
            "config_diff",
            "What differs, and what may go wrong with it. Changes nothing.",
        )
        .takes::<DiffAsk>()
        .answers::<DiffView>()
        .fails(&[404, 422])
        .by(diff),
    ]
}

/// What the ledger says is live.
pub(super) async fn live(api: &Api) -> Answer<Option<(Publication, Revision)>> {
    let store = api.lifecycle.store();
    let Some(live) = store.live().await? else {
        return Ok(None);
    };
    match store.revision(live.revision).await {
        Ok(revision) => Ok(Some((live, revision))),
        Err(RevisionError::Unknown(_)) => Ok(None),
        Err(RevisionError::Store(error)) => Err(error.into()),
    }
}

pub(super) fn nothing_live() -> Failure {
    Failure::missing("nothing is live yet: publish a document")
}

async fn show(State(api): State<Api>, headers: HeaderMap) -> Answer<Response> {
    let (publication, revision) = live(&api).await?.ok_or_else(nothing_live)?;
    let digest = revision.meta.digest.to_string();
    let known = headers
        .get(IF_NONE_MATCH)
        .and_then(|known| known.to_str().ok());
    if known.is_some_and(|known| known.trim_matches('"') == digest) {
        return Ok((StatusCode::NOT_MODIFIED, etag(digest)).into_response());
    }
    let (text, redacted) = shown(&revision.text);
    let live = LiveConfig {
        revision: revision.meta.into(),
        publication: publication.into(),
        text,
        redacted,
        etag: digest.clone(),
    };
    Ok((etag(digest), Shown(live)).into_response())
}

async fn history(State(api): State<Api>, Asked(page): Asked<Page>) -> Answer<Shown<History>> {
    let before = page.before.map(RevisionNumber);
    let limit = page.limit();
    let rows = api.lifecycle.store().history(before, limit).await?;
    Ok(Shown(History {
        next_before: page::next(&rows, limit, |row| row.number.0),
        revisions: rows.into_iter().map(RevisionView::from).collect(),
    }))
}

async fn publications(
    State(api): State<Api>,
    Asked(page): Asked<Page>,
) -> Answer<Shown<Publications>> {
    let before = page.before.map(PublicationId);
    let limit = page.limit();
    let rows = api.lifecycle.store().publications(before, limit).await?;
    Ok(Shown(Publications {
        next_before: page::next(&rows, limit, |row| row.id.0),
        publications: rows.into_iter().map(PublicationView::from).collect(),
    }))
}

async fn revision(State(api): State<Api>, Named(number): Named<i64>) -> Answer<Response> {
    let found = api
        .lifecycle
        .store()
        .revision(RevisionNumber(number))
        .await?;
    let (text, redacted) = shown(&found.text);
    let tag = etag(found.meta.digest);
    let revision = RevisionWithText {
        revision: found.meta.into(),
        text,
        redacted,
    };
    Ok((tag, Shown(revision)).into_response())
}

async fn validate(
    State(api): State<Api>,
    Json(ask): WithDocument<ValidateAsk>,
) -> Answer<Shown<CheckedView>> {
    check_document(&ask.config)?;
    let checked = api.lifecycle.check(&ask.config).await?;
    Ok(Shown(CheckedView::from(&checked)))
}

async fn preview(
    State(api): State<Api>,
    Json(ask): WithDocument<PreviewAsk>,
) -> Answer<Shown<CheckedView>> {
    let text = match (ask.config, ask.revision) {
        (Some(_), Some(_)) => {
            let message = "give a document or a revision, not both";
            return Err(Failure::bad("invalid_body", message));
        }
        (Some(text), None) => text,
        (None, Some(number)) => {
            let number = RevisionNumber(number);
            api.lifecycle.store().revision(number).await?.text
        }
        (None, None) => live(&api).await?.ok_or_else(nothing_live)?.1.text,
    };
    check_document(&text)?;
    let checked = api.lifecycle.check(&text).await?;
    Ok(Shown(CheckedView::from(&checked)))
}

impl From<&Checked> for CheckedView {
    fn from(checked: &Checked) -> Self {
        Self {
            valid: checked.config.is_some(),
            problems: checked.problems.iter().map(ProblemView::from).collect(),
            references: checked.references.iter().map(ReferenceView::from).collect(),
            preview: checked.preview.as_ref().map(PreviewView::from),
        }
    }
}
