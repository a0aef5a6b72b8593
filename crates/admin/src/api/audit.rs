//! The audit.

use aigw_store::{AuditFilter, AuditRow};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::endpoint::Method::Get;
use super::endpoint::{Endpoint, Operation, Parameter};
use super::failure::Answer;
use super::page::{self, Asked};
use super::shown::Shown;
use super::tokens::moment;
use super::{Api, time};

const QUERY: &[Parameter] = &[
    (
        "before",
        "integer",
        "Only rows before this one; `next_before` of the page before.",
    ),
    (
        "limit",
        "integer",
        "How many at most, 1 to 500; 50 if not given.",
    ),
    (
        "action",
        "string",
        "Only this action, or, ending in `.`, every action that begins so: `config.`.",
    ),
    ("actor", "string", "Only by this actor."),
    (
        "success",
        "boolean",
        "Only what was done, or only what was not.",
    ),
    (
        "since",
        "string",
        "Only from this time on: `2026-01-31T23:59:59Z` or `2026-01-31`.",
    ),
];

/// Which rows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    before: Option<i64>,
    limit: Option<u32>,
    action: Option<String>,
    actor: Option<String>,
    success: Option<bool>,
    since: Option<String>,
}

/// A row of the audit.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditRowView {
    /// Its number; this is the order.
    id: i64,
    /// When, by the clock of who did it.
    at: String,
    /// Who.
    actor: String,
    /// `admin`, `viewer`, `system` or `anonymous`.
    role: &'static str,
    /// From which address.
    source: Option<String>,
    /// What was done, such as `config.publish`.
    action: String,
    /// To what.
    resource: String,
    /// Whether it was done.
    success: bool,
    /// Why not.
    reason: Option<String>,
    /// Digest of what was there before.
    before: Option<String>,
    /// Digest of what is there now.
    after: Option<String>,
    /// Its hash, which the next row is chained to.
    hash: String,
}

/// A page of the audit.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditPage {
    /// Newest first.
    rows: Vec<AuditRowView>,
    /// `before` of the next page; none on the last.
    next_before: Option<i64>,
}

/// A chain in order.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditVerified {
    /// How many rows were checked.
    rows: u64,
    /// The last row.
    last: i64,
    /// Its hash. Kept elsewhere, it shows later whether the whole chain was replaced.
    hash: String,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Operation::new((Get, "/audit"), "audit_list", "Who did what, newest first.")
            .query(QUERY)
            .answers::<AuditPage>()
            .by(list),
        Operation::new(
            (Get, "/audit/verify"),
            "audit_verify",
            "Check the hash chain; 409 names the first row that is not in order.",
        )
        .answers::<AuditVerified>()
        .fails(&[409])
        .by(verify),
    ]
}

async fn list(State(api): State<Api>, Asked(asked): Asked<Filter>) -> Answer<Shown<AuditPage>> {
    let limit = page::limit(asked.limit);
    let filter = AuditFilter {
        before: asked.before,
        actor: asked.actor,
        action: asked.action,
        success: asked.success,
        since: asked.since.as_deref().map(moment).transpose()?,
    };
    let rows = api.lifecycle.store().audit(&filter, limit).await?;
    Ok(Shown(AuditPage {
        next_before: page::next(&rows, limit, |row| row.id),
        rows: rows.into_iter().map(AuditRowView::from).collect(),
    }))
}

async fn verify(State(api): State<Api>) -> Answer<Shown<AuditVerified>> {
    let verified = api.lifecycle.store().verify_audit().await?;
    Ok(Shown(AuditVerified {
        rows: verified.rows,
        last: verified.head.last,
        hash: verified.head.hash.to_string(),
    }))
}

impl From<AuditRow> for AuditRowView {
    fn from(row: AuditRow) -> Self {
        Self {
            id: row.id,
            at: time::text(row.at),
            actor: row.actor,
            role: row.role.as_str(),
            source: row.source,
            action: row.action,
            resource: row.resource,
            success: row.success,
            reason: row.reason,
            before: row.before.map(|digest| digest.to_string()),
            after: row.after.map(|digest| digest.to_string()),
            hash: row.hash.to_string(),
        }
    }
}
