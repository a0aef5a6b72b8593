//! Checks of one provider.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aigw_routing::RateLimit;

use super::{Entries, or, values};
use crate::catalog::IN_PROCESS_KIND;
use crate::document::{CredentialDoc, ProbeDoc, ProviderDoc, RateLimitDoc, TimeoutsDoc};
use crate::findings::Finding;
use crate::read::{At, Off, Reader, Sealed};
use crate::tree::NodeId;
use crate::{Credential, KindInfo, Probe, Provider, Secret, Timeouts, UsagePolicy};

/// Name of the credential that a single `api_key` makes.
const SINGLE: &str = "default";
/// Headers that carry keys.
const KEY_HEADERS: [&str; 4] = ["authorization", "x-api-key", "api-key", "x-goog-api-key"];

/// The provider as compiled; what could not be read has its default.
pub(super) fn provider(reader: &mut Reader<'_>, name: Arc<str>, at: At<ProviderDoc>) -> Provider {
    let At {
        value: document,
        node,
    } = at;
    let kind = document.kind.map(|kind| kind.value).unwrap_or_default();
    if let Some(info) = reader.catalog.kind(&kind) {
        check_kind(reader, node, info);
    }
    let headers = headers(reader, document.headers);
    let credentials = match document.credentials {
        Some(pool) => pool_of(reader, node, pool.value),
        None => single(reader, document.api_key),
    };
    Provider {
        name,
        kind,
        base_url: document.base_url.map(|at| at.value),
        credentials,
        headers,
        dialects: document.dialects.map(|at| dialects(reader, at.value)),
        timeouts: timeouts(reader, document.timeouts),
        max_in_flight: document.max_in_flight.map(|at| at.value),
        rate_limit: document.rate_limit.and_then(|at| rate_limit(at.value)),
        probe: document.probe.and_then(|at| probe(reader, at)),
        allow: document
            .network
            .map(|at| values(at.value.allow))
            .unwrap_or_default(),
        ca_file: document.ca_file.and_then(|at| ca_file(reader, at)),
        usage: or(document.usage, UsagePolicy::default()),
        enabled: or(document.enabled, true),
    }
}

/// What the kind needs, and what it has no use for.
fn check_kind(reader: &mut Reader<'_>, node: NodeId, info: &KindInfo<'_>) {
    let written = |key: &str| reader.tree.member(node, key);
    let in_process = info.id == IN_PROCESS_KIND;
    let address = written("base_url");
    let keys = [written("api_key"), written("credentials")];
    let headers = written("headers").into_iter();
    let key_header = headers
        .flat_map(|headers| KEY_HEADERS.map(|name| member_in_any_case(reader, headers, name)))
        .flatten()
        .next();

    if in_process {
        for node in keys.into_iter().chain([address]).flatten() {
            reader.report_key(
                node,
                Finding::warning("no_effect", format!("kind `{}` has no use for it", info.id)),
            );
        }
        return;
    }
    if address.is_none() && info.base_url.is_none() {
        let finding = Finding::error(
            "missing_key",
            format!("kind `{}` needs `base_url`", info.id),
        );
        reader.report_key(
            node,
            finding.hint("for example `base_url: https://llm.example.com/v1`"),
        );
    }
    match (keys, key_header) {
        ([Some(_), Some(pool)], _) => {
            let finding =
                Finding::error("conflict", "`api_key` and `credentials` exclude each other");
            reader.report_key(
                pool,
                finding.hint("make `api_key` one of the `credentials`"),
            );
        }
        ([None, None], None) if info.needs_key => {
            let finding = Finding::warning(
                "no_key",
                format!("kind `{}` needs a key, and none is written", info.id),
            );
            reader.report_key(
                node,
                finding.hint("for example `api_key: ${NAME_OF_A_VARIABLE}`"),
            );
        }
        ([Some(_), _] | [_, Some(_)], Some(header)) => {
            let reason = "this header carries a key, and so does `api_key` or `credentials`";
            reader.report_key(
                header,
                Finding::warning("two_keys", reason).hint("keep one of them"),
            );
        }
        _ => {}
    }
}

fn member_in_any_case(reader: &Reader<'_>, node: NodeId, name: &str) -> Option<NodeId> {
    let crate::tree::Content::Map(members) = reader.tree.content(node) else {
        return None;
    };
    members
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, member)| member.node)
}

fn single(reader: &mut Reader<'_>, api_key: Option<At<Sealed>>) -> Vec<Credential> {
    api_key
        .map(|key| credential(reader, String::from(SINGLE), key, 1))
        .into_iter()
        .collect()
}

fn pool_of(reader: &mut Reader<'_>, node: NodeId, pool: Vec<At<CredentialDoc>>) -> Vec<Credential> {
    let mut names = HashSet::new();
    let mut credentials = Vec::with_capacity(pool.len());
    for At {
        value: document, ..
    } in pool
    {
        let (Some(name), Some(key)) = (document.name, document.api_key) else {
            continue;
        };
        if !names.insert(name.value.clone()) {
            let reason = format!(
                "the credential `{}` is declared twice",
                reader.written(name.node)
            );
            reader.report(name.node, Finding::error("duplicate", reason));
        }
        credentials.push(credential(reader, name.value, key, or(document.weight, 1)));
    }
    if !credentials.is_empty() && credentials.iter().all(|credential| credential.weight == 0) {
        let pool = reader.tree.member(node, "credentials").unwrap_or(node);
        reader.report_key(
            pool,
            Finding::warning(
                "drained",
                "every credential has weight 0: none gets traffic",
            ),
        );
    }
    credentials
}

fn credential(reader: &mut Reader<'_>, name: String, key: At<Sealed>, weight: u32) -> Credential {
    let At {
        value: Sealed {
            secret,
            shown,
            literal,
        },
        node,
    } = key;
    if literal && !shown.contains('$') {
        let finding = Finding::warning("literal_key", "the key itself is written in the document");
        reader.report(
            node,
            finding.hint("use `${NAME}`, `${file:/path}` or `${secret:name}`"),
        );
    }
    Credential {
        name,
        key: secret,
        shown,
        weight,
    }
}

fn headers(
    reader: &mut Reader<'_>,
    headers: Option<At<Entries<Sealed>>>,
) -> Vec<(String, Secret<String>)> {
    let mut names = HashSet::new();
    let mut kept = Vec::new();
    for (name, At { value, node }) in headers.map(|at| at.value).unwrap_or_default() {
        if !names.insert(name.to_ascii_lowercase()) {
            let finding =
                Finding::error("duplicate", "this header is written twice, in another case");
            reader.report_key(node, finding.hint("case means nothing in header names"));
        }
        kept.push((name, value.secret));
    }
    kept
}

fn dialects(reader: &mut Reader<'_>, written: Vec<At<String>>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::with_capacity(written.len());
    for dialect in written {
        if kept.contains(&dialect.value) {
            let reason = format!("`{}` is listed twice", dialect.value);
            reader.report(dialect.node, Finding::warning("duplicate", reason));
        } else {
            kept.push(dialect.value);
        }
    }
    kept
}

fn timeouts(reader: &mut Reader<'_>, written: Option<At<TimeoutsDoc>>) -> Timeouts {
    let defaults = Timeouts::default();
    let Some(At {
        value: document, ..
    }) = written
    else {
        return defaults;
    };
    let nodes = [
        ("connect", document.connect.as_ref().map(|at| at.node)),
        ("first_byte", document.first_byte.as_ref().map(|at| at.node)),
        (
            "first_token",
            document.first_token.as_ref().map(|at| at.node),
        ),
        ("idle", document.idle.as_ref().map(|at| at.node)),
    ];
    let timeouts = Timeouts {
        connect: or(document.connect, defaults.connect),
        first_byte: or(document.first_byte, defaults.first_byte),
        first_token: or(document.first_token, defaults.first_token),
        idle: or(document.idle, defaults.idle),
        total: or(document.total, defaults.total),
    };
    let spans: [Duration; 4] = [
        timeouts.connect,
        timeouts.first_byte,
        timeouts.first_token,
        timeouts.idle,
    ];
    for ((name, node), span) in nodes.into_iter().zip(spans) {
        if let Some(node) = node.filter(|_| span > timeouts.total) {
            let reason = format!("`{name}` is longer than `total` and never runs out");
            reader.report(node, Finding::warning("no_effect", reason));
        }
    }
    timeouts
}

fn rate_limit(document: RateLimitDoc) -> Option<RateLimit> {
    let requests_per_second = document.requests_per_second?.value;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the rate is between 0.001 and 1000000"
    )]
    let one_second = requests_per_second.ceil() as u32;
    Some(RateLimit {
        requests_per_second,
        burst: or(document.burst, one_second.max(1)),
        max_wait: or(document.max_wait, RateLimit::default().max_wait),
    })
}

fn probe(reader: &mut Reader<'_>, at: At<Off<ProbeDoc>>) -> Option<Probe> {
    let Off::On(document) = at.value else {
        return None;
    };
    let probe = Probe {
        path: or(document.path, String::from("/models")),
        interval: or(document.interval, Duration::from_secs(30)),
        timeout: or(document.timeout, Duration::from_secs(2)),
    };
    if probe.timeout > probe.interval {
        let reason = "`timeout` is longer than `interval`: probes would overlap";
        reader.report_key(at.node, Finding::error("conflict", reason));
    }
    Some(probe)
}

fn ca_file(reader: &mut Reader<'_>, at: At<String>) -> Option<PathBuf> {
    match reader.resolve.file(&at.value) {
        Ok(_) => Some(PathBuf::from(at.value)),
        Err(reason) => {
            let finding = Finding::error(
                "missing_file",
                format!("the file could not be read: {reason}"),
            );
            reader.report(at.node, finding);
            None
        }
    }
}
