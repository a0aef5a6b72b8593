//! The compiled form of one configuration: everything that the request path only has to look up.

mod build;
mod dialects;
mod edits;
mod intercept;
mod rewrite;
mod things;

use std::sync::Arc;

use aigw_config::{Limits, Probe, Timeouts};
use aigw_protocol::{Dialect, Endpoint};
use aigw_providers::{Base, Kind};
use aigw_routing::{CredentialId, Health, ModelId, OnBreak, ProviderId, StickySource, Table};
use http::HeaderValue;
use http::uri::PathAndQuery;
use tokio::sync::{Notify, Semaphore};

use crate::upstream::{FixedHeaders, Origin};

pub(crate) use build::{HOP, build, own_call_headers};
pub(crate) use dialects::{PREFERENCE, Spoken};
pub(crate) use edits::Params;
pub(crate) use intercept::Intercepts;
pub(crate) use rewrite::Rewrites;
pub(crate) use things::Things;

/// One immutable snapshot. Requests hold it by `Arc` until their last byte.
#[derive(Debug)]
pub(crate) struct Runtime {
    pub(crate) revision: Revision,
    pub(crate) table: Table,
    pub(crate) health: Health,
    pub(crate) providers: Vec<Provider>,
    pub(crate) credentials: Vec<Credential>,
    pub(crate) models: Vec<Model>,
    /// Names of upstream models, by target, as header values; `None`: the caller's name.
    pub(crate) upstream_models: Vec<Option<HeaderValue>>,
    pub(crate) rewrites: Rewrites,
    pub(crate) intercepts: Intercepts,
    pub(crate) limits: Limits,
    /// Places for requests in flight.
    pub(crate) places: Arc<Semaphore>,
}

/// The revision's name, as text and as header value.
#[derive(Debug, Clone)]
pub(crate) struct Revision {
    pub(crate) text: Arc<str>,
    pub(crate) header: HeaderValue,
}

/// One provider, ready to be called.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) name: Arc<str>,
    pub(crate) header: HeaderValue,
    pub(crate) kind: &'static Kind,
    pub(crate) transport: Transport,
    pub(crate) spoken: Spoken,
    pub(crate) timeouts: Timeouts,
    /// Whether usage is asked for on chat streams whose caller did not.
    pub(crate) asks_usage: bool,
    /// What goes out without a credential.
    pub(crate) bare: DialectHeaders,
    /// The scope of state that it issues to requests without a credential.
    pub(crate) scope: Box<str>,
    pub(crate) probe: Option<ProbeCall>,
    /// Woken when a request ends here, for those that wait for a place.
    pub(crate) freed: Arc<Notify>,
}

/// How a provider is reached.
#[derive(Debug)]
pub(crate) enum Transport {
    /// Over the network.
    Network {
        origin: Arc<Origin>,
        base: Box<Base>,
        /// Paths of calls without a tail, by [`endpoint_slot`].
        paths: Box<[PathAndQuery; Endpoint::ALL.len()]>,
    },
    /// In this process.
    Demo,
}

/// An active probe.
#[derive(Debug)]
pub(crate) struct ProbeCall {
    pub(crate) path: PathAndQuery,
    pub(crate) every: Probe,
}

/// A credential's headers, encoded once.
#[derive(Debug)]
pub(crate) struct Credential {
    pub(crate) name: Arc<str>,
    pub(crate) headers: DialectHeaders,
    /// The scope of state that upstreams issue under it: a short hash.
    pub(crate) scope: Box<str>,
}

/// Fixed headers by the dialect of the call: vendors want the credential elsewhere on their other dialects.
#[derive(Debug)]
pub(crate) struct DialectHeaders([FixedHeaders; Dialect::ALL.len() + 1]);

impl DialectHeaders {
    pub(crate) fn of(&self, dialect: Option<Dialect>) -> &FixedHeaders {
        &self.0[dialect.map_or(0, |d| d as usize + 1)]
    }
}

/// What the request path needs of a model beyond routing.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) params: Params,
    /// Requests that a target's dialect cannot express in full are refused.
    pub(crate) strict: bool,
    pub(crate) on_break: OnBreak,
    pub(crate) sticky_by: Vec<StickySource>,
    pub(crate) context_window: Option<u64>,
    pub(crate) max_output_tokens: Option<u64>,
    /// Whether targets of one priority differ in what they lose of requests, by the caller's dialect; fallbacks' targets
    /// included.
    pub(crate) differs: [bool; Dialect::ALL.len()],
}

/// Position of an endpoint in [`Endpoint::ALL`].
pub(crate) fn endpoint_slot(endpoint: Endpoint) -> usize {
    let mut all = Endpoint::ALL.iter();
    all.position(|e| *e == endpoint).unwrap_or(0)
}

/// Capability bit of a dialect.
pub(crate) fn dialect_bit(dialect: Dialect) -> u32 {
    1 << dialect as u32
}

/// Capability bit of providers that take calls which belong to no dialect, such as embeddings.
pub(crate) const OTHER_CALLS: u32 = 1 << 31;

/// Capability bits that a provider must have for `endpoint`. Answers of a model can be had from whoever speaks any dialect.
/// Token counts are forwarded to providers that have a counting endpoint, whichever; elsewhere they are estimated.
pub(crate) fn needs(endpoint: Endpoint) -> u32 {
    match endpoint {
        _ if endpoint.counts() => COUNTS,
        _ if endpoint.generates() => GENERATES,
        _ => OTHER_CALLS,
    }
}

/// Capability bits that a provider had better have: the bytes go through where it speaks the caller's dialect.
pub(crate) fn prefers(endpoint: Endpoint) -> u32 {
    if let Some((_, bit)) = COUNTING.iter().find(|(counting, _)| *counting == endpoint) {
        return *bit;
    }
    let dialect = endpoint.dialect().filter(|_| endpoint.generates());
    dialect.map_or(0, dialect_bit)
}

/// The counting endpoints with the capability bits of providers that have them.
const COUNTING: [(Endpoint, u32); 3] = [
    (Endpoint::CountTokens, 1 << 30),
    (Endpoint::InputTokens, 1 << 29),
    (Endpoint::CountContents, 1 << 28),
];
/// It has one of them.
const COUNTS: u32 = 1 << 26;
/// It speaks some dialect.
const GENERATES: u32 = 1 << 27;

impl Provider {
    /// Where its tokens are counted for callers of the counting endpoint `endpoint`: there, or else at another one.
    pub(crate) fn counts_at(&self, endpoint: Endpoint) -> Option<Endpoint> {
        let others = COUNTING.map(|(endpoint, _)| endpoint);
        std::iter::once(endpoint)
            .chain(others)
            .find(|it| counts(self.kind, self.spoken, *it))
    }
}

/// Whether a provider has that counting endpoint.
fn counts(kind: &Kind, spoken: Spoken, endpoint: Endpoint) -> bool {
    let dialect = endpoint.dialect();
    kind.counts_tokens(endpoint) && dialect.is_some_and(|dialect| spoken.speaks(dialect))
}

impl Runtime {
    pub(crate) fn provider(&self, id: ProviderId) -> &Provider {
        &self.providers[id.index()]
    }

    pub(crate) fn credential(&self, id: CredentialId) -> &Credential {
        &self.credentials[id.index()]
    }

    pub(crate) fn model(&self, id: ModelId) -> &Model {
        &self.models[id.index()]
    }
}
