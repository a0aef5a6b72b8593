//! Publishing and going back.

use aigw_store::{Base, DraftId, RevisionNumber};
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::compare::{self, Compared};
use super::{check_whole, live};
use crate::api::Api;
use crate::api::auth::Caller;
use crate::api::body::{Json, WithDocument, check_document};
use crate::api::failure::{Answer, Failure};
use crate::api::page::IfMatch;
use crate::api::shown::{ProblemView, PublicationView, RevisionView, Shown};
use crate::{Publish, PublishFailure, Published, Rollback, Source};

/// What to publish: exactly one of `config`, `revision` and `draft`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct PublishAsk {
    /// A document.
    config: Option<String>,
    /// A stored revision.
    revision: Option<i64>,
    /// A draft, at the version that was looked at.
    draft: Option<DraftAt>,
    /// Why, for people.
    note: String,
    /// The revision that must be live; 409 if it is not. Whatever is live, if neither this nor `if-match` is given.
    base: Option<i64>,
}

/// A draft at a version.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct DraftAt {
    /// Its number.
    id: i64,
    /// Its version.
    version: i64,
}

/// Where to go back to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct RollbackAsk {
    /// The older revision.
    revision: i64,
    /// Why, for people.
    note: String,
    /// The revision that must be live; 409 if it is not. Whatever is live, if neither this nor `if-match` is given.
    base: Option<i64>,
}

/// What was published.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct PublishedView {
    /// The row of the ledger, which is live.
    publication: PublicationView,
    /// The revision. After a rollback it has a new number if a secret has changed since.
    revision: RevisionView,
    /// Warnings.
    problems: Vec<ProblemView>,
}

pub(super) async fn publish(
    State(api): State<Api>,
    caller: Caller,
    if_match: IfMatch,
    Json(ask): WithDocument<PublishAsk>,
) -> Answer<Shown<PublishedView>> {
    if let Some(text) = &ask.config {
        check_document(text)?;
        check_whole(text)?;
    }
    let source = match (&ask.config, ask.revision, ask.draft) {
        (Some(text), None, None) => Source::Text(text),
        (None, Some(number), None) => Source::Revision(RevisionNumber(number)),
        (None, None, Some(draft)) => Source::Draft(DraftId(draft.id), draft.version),
        _ => {
            let message = "give exactly one of `config`, `revision` and `draft`";
            return Err(Failure::bad("invalid_body", message));
        }
    };
    let base = base(&api, &if_match, ask.base).await?;
    let publish = Publish {
        source,
        note: &ask.note,
        base,
    };
    match api.lifecycle.publish(&caller.by, &publish).await {
        Ok(published) => Ok(Shown(published.into())),
        Err(failure) => Err(lost(&api, (failure, source), &if_match).await),
    }
}

pub(super) async fn rollback(
    State(api): State<Api>,
    caller: Caller,
    if_match: IfMatch,
    Json(ask): WithDocument<RollbackAsk>,
) -> Answer<Shown<PublishedView>> {
    let base = base(&api, &if_match, ask.base).await?;
    let revision = RevisionNumber(ask.revision);
    let rollback = Rollback {
        revision,
        note: &ask.note,
        base,
    };
    match api.lifecycle.rollback(&caller.by, &rollback).await {
        Ok(published) => Ok(Shown(published.into())),
        Err(failure) => {
            let source = Source::Revision(revision);
            Err(lost(&api, (failure, source), &if_match).await)
        }
    }
}

/// What must be live: by digest in `if-match`, or by number in the body.
async fn base(api: &Api, if_match: &IfMatch, number: Option<i64>) -> Answer<Base> {
    match (if_match, number) {
        (IfMatch::Tag(_), Some(_)) => {
            let message = "give `if-match` or `base`, not both";
            Err(Failure::bad("invalid_body", message))
        }
        (IfMatch::Absent | IfMatch::Any, None) => Ok(Base::Any),
        (IfMatch::Absent | IfMatch::Any, Some(number)) => {
            Ok(Base::Revision(RevisionNumber(number)))
        }
        (IfMatch::Tag(tag), None) => {
            let unknown = || {
                Failure::bad(
                    "invalid_if_match",
                    "`if-match` is the `etag` of GET /api/admin/config",
                )
            };
            let digest = tag.parse().map_err(|_| unknown())?;
            let found = api.lifecycle.store().revision_by_digest(digest).await?;
            Ok(Base::Revision(found.ok_or_else(unknown)?.number))
        }
    }
}

/// Why it was not published. Of a lost race: both sides, and what publishing now would change.
async fn lost(
    api: &Api,
    (failure, source): (PublishFailure, Source<'_>),
    if_match: &IfMatch,
) -> Failure {
    let PublishFailure::Conflict(conflict) = failure else {
        return failure.into();
    };
    let message = conflict.to_string();
    let wanted = match conflict.base {
        Base::Revision(number) => Some(number.0),
        Base::Any | Base::Nothing => None,
    };
    // A help for people: without it, the conflict is told all the same.
    let diff = against_live(api, source).await.ok();
    let (status, code) = match if_match {
        IfMatch::Tag(_) => (StatusCode::PRECONDITION_FAILED, "stale"),
        IfMatch::Absent | IfMatch::Any => (StatusCode::CONFLICT, "conflict"),
    };
    Failure::new(status, code, message).details(json!({
        "base": wanted,
        "live": conflict.live.map(PublicationView::from),
        "staged": conflict.staged.map(PublicationView::from),
        "diff": diff,
    }))
}

async fn against_live(api: &Api, source: Source<'_>) -> Answer<compare::DiffView> {
    let store = api.lifecycle.store();
    let mine = match source {
        Source::Text(text) => compare::new(api, text.to_owned()).await?,
        Source::Revision(number) => compare::stored(api, number.0).await?,
        Source::Draft(id, _) => {
            let text = store.draft(id).await?.text.unwrap_or_default();
            compare::new(api, text).await?
        }
    };
    let live = live(api)
        .await?
        .map(|(_, revision)| Compared::revision(revision));
    compare::compare(&live.unwrap_or_default(), &mine)
}

impl From<Published> for PublishedView {
    fn from(published: Published) -> Self {
        let problems = published.checked.problems.iter();
        Self {
            publication: published.publication.into(),
            revision: published.revision.into(),
            problems: problems.map(ProblemView::from).collect(),
        }
    }
}
