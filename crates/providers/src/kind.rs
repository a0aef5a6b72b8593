//! One row of the provider table: what a kind of provider is called, where it lives and what it speaks.

use aigw_protocol::{Dialect, Endpoint};

use crate::quirk::{Quirk, Rules};

/// A kind of provider: the value of `providers.<name>.kind`.
///
/// Everything in it is a fact about the vendor or the server software, taken from the page in `docs`.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// The name used in the configuration, for example `openai`.
    pub id: &'static str,
    /// The name for people, for example `OpenAI`.
    pub name: &'static str,
    /// Where the OpenAI-style calls (or, for Anthropic's own kinds, the Messages calls) go when the configuration
    /// names no `base_url`. `None`: the configuration has to name one, except for kinds that answer in process.
    pub base_url: Option<&'static str>,
    /// The path segments that a base URL on another host ends in, added when it names no version: `v1` for most; empty when
    /// the vendor's paths never carry one.
    pub version: &'static str,
    /// The dialects that a provider of this kind serves unless its configuration says otherwise.
    pub dialects: &'static [Dialect],
    /// The dialects that live under another base path than the base URL's.
    pub mounts: &'static [Mount],
    /// How a credential is presented.
    pub auth: Auth,
    /// Whether calls need a credential.
    pub key: KeyRule,
    /// The environment variable in which a key of this vendor is usually kept.
    pub env_key: Option<&'static str>,
    /// The token-counting endpoints that exist at this kind.
    pub counts: &'static [Endpoint],
    /// What is different here from what the dialects lead one to expect.
    pub quirks: &'static [Quirk],
    /// Where these facts are documented; empty for what is not a vendor's.
    pub docs: &'static str,
}

/// A dialect that a vendor serves under its own base path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mount {
    /// The dialect served there.
    pub dialect: Dialect,
    /// The base path below the host, without slashes at either end: `anthropic`, `api/anthropic`.
    pub path: &'static str,
    /// The segments between `path` and the path of the call.
    pub version: &'static str,
}

/// How a credential is presented; which headers that means depends on the dialect of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// `authorization: Bearer KEY` for every dialect.
    Bearer,
    /// `x-api-key: KEY`; `authorization: Bearer KEY` for calls in an `openai_*` dialect.
    XApiKey,
    /// `authorization: Bearer KEY`, and `x-api-key: KEY` beside it for Messages calls: compatible servers differ in which
    /// of the two they read.
    BearerAndXApiKey,
    /// `api-key: KEY`.
    ApiKey,
    /// `authorization: Bearer KEY` on the OpenAI-compatible paths, `x-goog-api-key: KEY` on the native ones.
    Google,
    /// No credential is sent.
    None,
}

/// Whether calls to a provider need a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRule {
    /// Calls without one are refused by the vendor.
    Required,
    /// The server may be set up either way.
    Optional,
    /// A credential has no use.
    Unused,
}

impl Kind {
    /// Whether a configuration without a credential is a mistake.
    pub fn needs_key(&self) -> bool {
        self.key == KeyRule::Required
    }

    /// Whether a configuration without `base_url` is a mistake.
    pub fn needs_base_url(&self) -> bool {
        self.base_url.is_none() && !self.rules().in_process
    }

    /// Whether a provider of this kind speaks `dialect` unless its configuration says otherwise.
    pub fn speaks(&self, dialect: Dialect) -> bool {
        self.dialects.contains(&dialect)
    }

    /// Whether the token-counting endpoint `endpoint` is forwarded to providers of this kind; elsewhere the gateway answers
    /// with an estimate. `false` for endpoints that do not count tokens.
    pub fn counts_tokens(&self, endpoint: Endpoint) -> bool {
        self.counts.contains(&endpoint)
    }

    /// What the quirks of this kind change.
    pub fn rules(&self) -> Rules {
        Rules::of(self.quirks)
    }

    /// The mount of `dialect`, if it lives under another base path.
    pub fn mount(&self, dialect: Dialect) -> Option<&'static Mount> {
        self.mounts.iter().find(|mount| mount.dialect == dialect)
    }
}
