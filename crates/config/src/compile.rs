//! From the document to the configuration, through every check.

mod fallbacks;
mod models;
mod policies;
mod providers;
mod rewrites;

use std::sync::Arc;

use indexmap::IndexMap;
use sha2::{Digest, Sha256};

use crate::document::{InterceptDoc, LimitsDoc, RootDoc};
use crate::findings::{Finding, Problems};
use crate::read::{At, Reader, Value};
use crate::tree::scalar::{Plain, plain};
use crate::tree::{Content, Mark, NodeId, Tree, build};
use crate::{Catalog, Config, Intercept, Limits, Problem, Resolve};

pub(crate) use fallbacks::chain;
pub(crate) use rewrites::covers;

/// What became of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Compiled {
    /// The configuration; `None` if any problem is an error.
    pub config: Option<Config>,
    /// Every problem, in the order of the document.
    pub problems: Vec<Problem>,
}

/// The smallest document that serves something.
const SMALLEST: &str = "begin with `version: 1`, `providers: {demo: {kind: demo}}`, `models: {demo: {targets: [{provider: demo}]}}`";

/// Compiles `text`, called `name` in problems that concern the document as a whole.
pub fn compile(name: &str, text: &str, catalog: &Catalog<'_>, resolve: &dyn Resolve) -> Compiled {
    let (config, problems) = compile_into(name, text, catalog, resolve);
    Compiled {
        config: config.filter(|_| !problems.has_errors()),
        problems: problems.into_sorted(),
    }
}

/// What could be compiled, and the problems so far; with errors among them, the configuration is not to be used.
pub(crate) fn compile_into(
    name: &str,
    text: &str,
    catalog: &Catalog<'_>,
    resolve: &dyn Resolve,
) -> (Option<Config>, Problems) {
    let built = build(text);
    let mut problems = Problems::default();
    problems.faults(built.faults);
    let Some(tree) = built.tree.filter(|tree| !is_empty(tree)) else {
        if !problems.has_errors() {
            let finding = Finding::error("empty", format!("`{name}` is empty")).hint(SMALLEST);
            problems.push(String::new, Mark { line: 1, column: 1 }, finding);
        }
        return (None, problems);
    };
    let mut reader = Reader {
        tree: &tree,
        catalog,
        resolve,
        problems,
    };
    let config = RootDoc::read(&mut reader, Tree::ROOT)
        .map(|document| assemble(&mut reader, document, hex_digest(text)));
    (config, reader.problems)
}

fn is_empty(tree: &Tree<'_>) -> bool {
    matches!(tree.content(Tree::ROOT), Content::Scalar { text, plain: true } if plain(text) == Plain::Null)
}

/// Names and what is written below them.
type Entries<T> = Vec<(String, At<T>)>;

/// The value of a key, or what holds when it is not written.
fn or<T>(written: Option<At<T>>, default: T) -> T {
    written.map_or(default, |at| at.value)
}

/// Checks everything that concerns more than one value. What could not be read was reported and is passed over.
fn assemble(reader: &mut Reader<'_>, document: RootDoc, digest: String) -> Config {
    let policies = policies::global(
        reader,
        document.routing.map(|at| at.value).unwrap_or_default(),
    );
    let mut providers = IndexMap::new();
    for (name, at) in entries(reader, document.providers, "no provider is declared") {
        let name: Arc<str> = name.into();
        providers.insert(Arc::clone(&name), providers::provider(reader, name, at));
    }
    let models = entries(reader, document.models, "no model is declared");
    let models = models::models(reader, models, &providers, &policies);
    Config {
        rewrites: rewrites::rewrites(
            reader,
            document.rewrites.map(|at| at.value).unwrap_or_default(),
            &models,
        ),
        intercepts: intercepts(
            reader,
            document.intercepts.map(|at| at.value).unwrap_or_default(),
        ),
        limits: limits(document.limits.map(|at| at.value).unwrap_or_default()),
        providers,
        models,
        digest,
    }
}

/// The entries of a table that needs at least one.
fn entries<T>(reader: &mut Reader<'_>, table: Option<At<Entries<T>>>, none: &str) -> Entries<T> {
    let Some(table) = table else {
        return Vec::new();
    };
    let written = match reader.tree.content(table.node) {
        Content::Map(members) => members.len(),
        _ => 0,
    };
    if written == 0 {
        reader.report_key(table.node, Finding::error("too_few", none).hint(SMALLEST));
    }
    table.value
}

fn intercepts(reader: &mut Reader<'_>, documents: Vec<At<InterceptDoc>>) -> Vec<Intercept> {
    let mut intercepts = Vec::with_capacity(documents.len());
    for At {
        value: document,
        node,
    } in documents
    {
        if reader.tree.member(node, "statuses").is_none()
            && reader.tree.member(node, "body_contains").is_none()
        {
            let finding = Finding::error(
                "missing_key",
                "neither `statuses` nor `body_contains` is written",
            );
            reader.report(
                node,
                finding.hint("an intercept needs at least one of them"),
            );
        }
        let Some(class) = document.as_class else {
            continue;
        };
        let statuses = document.statuses.map(|at| at.value).unwrap_or_default();
        intercepts.push(Intercept {
            statuses: statuses
                .into_iter()
                .filter_map(|status| u16::try_from(status.value).ok())
                .collect(),
            body_contains: values(document.body_contains),
            as_class: class.value.0,
        });
    }
    intercepts
}

/// The values of a list that may not be written.
fn values<T>(list: Option<At<Vec<At<T>>>>) -> Vec<T> {
    list.map(|at| at.value.into_iter().map(|item| item.value).collect())
        .unwrap_or_default()
}

fn limits(document: LimitsDoc) -> Limits {
    let defaults = Limits::default();
    let queue = document.queue.map(|at| at.value).unwrap_or_default();
    Limits {
        body: or(document.body, defaults.body),
        in_flight: or(document.in_flight, defaults.in_flight),
        queue_max_wait: or(queue.max_wait, defaults.queue_max_wait),
        header_read: or(document.header_read, defaults.header_read),
        body_idle: or(document.body_idle, defaults.body_idle),
        upstream_body: or(document.upstream_body, defaults.upstream_body),
        upstream_event: or(document.upstream_event, defaults.upstream_event),
    }
}

/// SHA-256 of the text in lower-case hex digits.
pub(crate) fn hex_digest(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let hash = Sha256::digest(text.as_bytes());
    hash.iter()
        .flat_map(|byte| [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]])
        .map(char::from)
        .collect()
}

/// Names of the members below a node, readable or not.
fn names<'a>(
    reader: &Reader<'a>,
    section: &str,
) -> impl Iterator<Item = (&'a str, NodeId)> + use<'a> {
    let tree = reader.tree;
    let members = match tree
        .member(Tree::ROOT, section)
        .map(|node| tree.content(node))
    {
        Some(Content::Map(members)) => Some(members),
        _ => None,
    };
    members
        .into_iter()
        .flatten()
        .map(|(name, member)| (name.as_ref(), member.node))
}

#[cfg(test)]
pub(crate) mod tests;
