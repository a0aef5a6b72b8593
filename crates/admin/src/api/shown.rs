//! What is stored and checked, as the API shows it: without values of secrets, with times as texts.

use aigw_config::Problem;
use aigw_store::{Publication, RevisionMeta};
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use serde::Serialize;
use utoipa::ToSchema;

use super::time;
use crate::ResolvedReference;

/// An answer in JSON.
#[derive(Debug)]
pub(super) struct Shown<T>(pub(super) T);

/// Something that is wrong with a document.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProblemView {
    /// `error` or `warning`; errors block.
    severity: &'static str,
    /// Stable word for the kind of problem.
    code: &'static str,
    /// Where in the document's structure, such as `providers.openai.timeouts.idle`.
    path: String,
    /// Line, from 1.
    line: u32,
    /// Column in characters, from 1.
    column: u32,
    /// What is wrong.
    reason: String,
    /// What to do about it.
    hint: Option<String>,
}

/// A reference of a document.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReferenceView {
    /// As the document has it: `${OPENAI_API_KEY}`, `${file:/run/key}`, `${secret:name}`.
    reference: String,
    /// Whether it leads to a value in this process.
    present: bool,
}

/// A row of the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PublicationView {
    /// Its number.
    pub(super) id: i64,
    /// The revision that is published.
    revision: i64,
    /// `publish`, `rollback`, `bootstrap`, `file` or `secret`.
    kind: &'static str,
    /// `staged`, `live`, `failed` or `superseded`.
    state: &'static str,
    /// The revision that was live when it was staged.
    base: Option<i64>,
    /// Who published.
    actor: String,
    /// Which process did it.
    instance: String,
    /// Why, in their words.
    note: String,
    /// When it was staged.
    at: String,
    /// When it went live or failed.
    settled_at: Option<String>,
    /// Why it failed.
    reason: Option<String>,
}

/// A revision, without its text.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RevisionView {
    /// Its number.
    pub(super) revision: i64,
    /// Its address: 64 hexadecimal digits over the document and digests of what its references lead to.
    pub(super) digest: String,
    /// The revision that was live when it was stored.
    parent: Option<i64>,
    /// `starter`, `file`, `api` or `import`.
    origin: &'static str,
    /// Who stored it first.
    author: String,
    /// When.
    at: String,
    /// Why, in their words.
    note: String,
    /// Bytes of its text.
    size: u64,
}

impl<T: Serialize> IntoResponse for Shown<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => ([(CONTENT_TYPE, "application/json")], body).into_response(),
            // Only maps with keys that are not texts cannot be written, and no answer has one.
            Err(_) => http::StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

impl From<&Problem> for ProblemView {
    fn from(problem: &Problem) -> Self {
        Self {
            severity: problem.severity.as_str(),
            code: problem.code,
            path: problem.path.clone(),
            line: problem.line,
            column: problem.column,
            reason: problem.reason.clone(),
            hint: problem.hint.clone(),
        }
    }
}

impl From<&ResolvedReference> for ReferenceView {
    fn from(one: &ResolvedReference) -> Self {
        Self {
            reference: one.reference.clone(),
            present: one.is_present(),
        }
    }
}

impl From<Publication> for PublicationView {
    fn from(one: Publication) -> Self {
        Self {
            id: one.id.0,
            revision: one.revision.0,
            kind: one.kind.as_str(),
            state: one.state.as_str(),
            base: one.base.map(|base| base.0),
            actor: one.actor,
            instance: one.instance,
            note: one.note,
            at: time::text(one.at),
            settled_at: one.settled_at.map(time::text),
            reason: one.reason,
        }
    }
}

impl From<RevisionMeta> for RevisionView {
    fn from(meta: RevisionMeta) -> Self {
        Self {
            revision: meta.number.0,
            digest: meta.digest.to_string(),
            parent: meta.parent.map(|parent| parent.0),
            origin: meta.origin.as_str(),
            author: meta.author,
            at: time::text(meta.at),
            note: meta.note,
            size: meta.size,
        }
    }
}
