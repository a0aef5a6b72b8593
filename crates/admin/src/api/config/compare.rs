//! What differs between two documents.

use std::collections::BTreeMap;

use aigw_config::{Change, Diff, Document, Problem, Side, What};
use aigw_store::{Revision, RevisionNumber};
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{live, nothing_live};
use crate::api::Api;
use crate::api::body::{Json, WithDocument, check_document};
use crate::api::failure::{Answer, Failure};
use crate::api::shown::{ProblemView, Shown};

/// Two documents to be compared.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct DiffAsk {
    /// The revision before; what is live, if not given.
    from: Option<i64>,
    /// The revision after.
    to: Option<i64>,
    /// The document after, if it is not a revision; what is live, if neither is given.
    config: Option<String>,
}

/// Everything that differs.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct DiffView {
    /// The changes, in the order of the document's sections.
    changes: Vec<ChangeView>,
    /// All of it as text for people.
    text: String,
}

/// One change. Secrets are never shown: references as written, everything else `[redacted]`.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct ChangeView {
    /// The section of the document.
    area: String,
    /// The way to the value, list items by identity.
    path: String,
    /// What it is about, such as `model gpt-4o`.
    subject: String,
    /// Which part of it; empty for the whole.
    part: String,
    /// `added`, `removed`, `changed`, `reordered`, `renamed` or `secret_changed`.
    kind: &'static str,
    /// What was there; several texts only for `reordered`.
    before: Vec<String>,
    /// What is there now.
    after: Vec<String>,
    /// What may go wrong, the worst first.
    risks: Vec<RiskView>,
}

/// Something that may go wrong.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct RiskView {
    /// `low`, `medium` or `high`.
    severity: &'static str,
    /// Stable word for the kind of risk.
    code: &'static str,
    /// What may go wrong.
    text: String,
}

/// A document and digests of what its references lead to.
#[derive(Debug, Default)]
pub(in crate::api) struct Compared {
    text: String,
    secrets: BTreeMap<String, String>,
}

pub(super) async fn diff(
    State(api): State<Api>,
    Json(ask): WithDocument<DiffAsk>,
) -> Answer<Shown<DiffView>> {
    let before = match ask.from {
        Some(number) => stored(&api, number).await?,
        None => now(&api).await?,
    };
    let after = match (ask.to, ask.config) {
        (Some(_), Some(_)) => {
            let message = "give `to` or `config`, not both";
            return Err(Failure::bad("invalid_body", message));
        }
        (Some(number), None) => stored(&api, number).await?,
        (None, Some(text)) => new(&api, text).await?,
        (None, None) => now(&api).await?,
    };
    compare(&before, &after).map(Shown)
}

/// Compares; fails if one of them is no document at all.
pub(in crate::api) fn compare(before: &Compared, after: &Compared) -> Answer<DiffView> {
    let one = Document::parse(&before.text).map_err(|problems| unreadable(&problems))?;
    let other = Document::parse(&after.text).map_err(|problems| unreadable(&problems))?;
    let side = |document, secrets| Side { document, secrets };
    let before = side(&one, &before.secrets);
    let after = side(&other, &after.secrets);
    Ok(DiffView::from(&aigw_config::diff(before, after, None)))
}

impl Compared {
    /// A stored revision, with the secrets of its time.
    pub(in crate::api) fn revision(revision: Revision) -> Self {
        let digests = revision.secrets.into_iter();
        Self {
            text: revision.text,
            secrets: digests
                .filter_map(|one| Some((one.reference, one.digest?.to_string())))
                .collect(),
        }
    }
}

/// A document with the secrets of now.
pub(in crate::api) async fn new(api: &Api, text: String) -> Answer<Compared> {
    check_document(&text)?;
    let references = api.lifecycle.check(&text).await?.references;
    let vault = api.lifecycle.vault();
    let digests = references.into_iter().filter_map(|one| {
        let digest = vault.digest(one.value?.expose());
        Some((one.reference, digest.to_string()))
    });
    let secrets = digests.collect();
    Ok(Compared { text, secrets })
}

pub(in crate::api) async fn stored(api: &Api, number: i64) -> Answer<Compared> {
    let number = RevisionNumber(number);
    let revision = api.lifecycle.store().revision(number).await?;
    Ok(Compared::revision(revision))
}

async fn now(api: &Api) -> Answer<Compared> {
    let (_, revision) = live(api).await?.ok_or_else(nothing_live)?;
    Ok(Compared::revision(revision))
}

fn unreadable(problems: &[Problem]) -> Failure {
    let problems: Vec<_> = problems.iter().map(ProblemView::from).collect();
    let message = "one of the two is not a document that can be read";
    Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_config", message)
        .details(json!({"problems": problems}))
}

impl From<&Diff> for DiffView {
    fn from(diff: &Diff) -> Self {
        Self {
            changes: diff.changes.iter().map(ChangeView::from).collect(),
            text: diff.to_string(),
        }
    }
}

impl From<&Change> for ChangeView {
    fn from(change: &Change) -> Self {
        let one = |text: &String| vec![text.clone()];
        let (kind, before, after) = match &change.what {
            What::Added { after } => ("added", vec![], one(after)),
            What::Removed { before } => ("removed", one(before), vec![]),
            What::Changed { before, after } => ("changed", one(before), one(after)),
            What::Reordered { before, after } => ("reordered", before.clone(), after.clone()),
            What::Renamed { before, after } => ("renamed", one(before), one(after)),
            What::SecretChanged { shown } => ("secret_changed", one(shown), one(shown)),
        };
        let risks = change.risks.iter().map(|risk| RiskView {
            severity: risk.severity.as_str(),
            code: risk.code,
            text: risk.text.clone(),
        });
        Self {
            area: change.area.clone(),
            path: change.path.clone(),
            subject: change.subject.clone(),
            part: change.part.clone(),
            kind,
            before,
            after,
            risks: risks.collect(),
        }
    }
}
