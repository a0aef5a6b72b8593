//! Which path the calls of each dialect are made below.

use aigw_protocol::{Dialect, Endpoint, Family};

use crate::kind::{Kind, Mount};

/// The paths that calls are made below: each either empty or `/a/b`, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Roots {
    openai: String,
    responses: String,
    anthropic: String,
    gemini: String,
}

impl Roots {
    /// The roots for the path `given` by the operator; `same_host` when the host is the vendor's own.
    pub(super) fn of(kind: &Kind, given: &[&str], same_host: bool) -> Roots {
        let site = Site {
            kind,
            given,
            same_host,
        };
        Roots {
            openai: path(&site.root(Dialect::OpenaiChat)),
            responses: path(&site.root(Dialect::OpenaiResponses)),
            anthropic: path(&site.root(Dialect::AnthropicMessages)),
            gemini: path(&site.root(Dialect::GeminiGenerate)),
        }
    }

    pub(super) fn of_dialect(&self, dialect: Dialect) -> &str {
        match dialect {
            Dialect::OpenaiChat => &self.openai,
            Dialect::OpenaiResponses => &self.responses,
            Dialect::AnthropicMessages => &self.anthropic,
            Dialect::GeminiGenerate => &self.gemini,
        }
    }

    pub(super) fn of_endpoint(&self, endpoint: Endpoint) -> &str {
        match (endpoint.dialect(), endpoint.family()) {
            (Some(dialect), _) => self.of_dialect(dialect),
            (None, Family::Openai) => &self.openai,
            (None, Family::Anthropic) => &self.anthropic,
            (None, Family::Gemini) => &self.gemini,
        }
    }
}

/// The path of a base URL, seen from a row of the table.
struct Site<'a> {
    kind: &'a Kind,
    given: &'a [&'a str],
    same_host: bool,
}

impl<'a> Site<'a> {
    fn root(&self, dialect: Dialect) -> Vec<&'a str> {
        if let Some(mount) = self.kind.mount(dialect) {
            return self.mounted(mount);
        }
        let (base, whole) = self.base();
        if dialect != Dialect::AnthropicMessages {
            // A version anywhere will do for OpenAI's: `/v1/{account}/openai`, `/v1beta/openai`.
            let versioned = whole || base.iter().any(|segment| is_version(segment));
            return if versioned {
                base
            } else {
                complete(base, self.kind.version)
            };
        }
        // The Anthropic SDKs put `/v1/messages` behind whatever base they are given, so servers made for them have the
        // version right before the call: `/v1/{account}/anthropic` still lacks one.
        let versioned = base.last().is_some_and(|last| is_version(last));
        if versioned {
            base
        } else {
            complete(base, "v1")
        }
    }

    /// The path with what the operator left out of the vendor's own (`https://openrouter.ai` means `/api/v1` there), and
    /// whether it is then exactly as the vendor has it.
    fn base(&self) -> (Vec<&'a str>, bool) {
        let own = self.own_path();
        let before = self.below_mount();
        if self.same_host && (own.starts_with(self.given) || before.is_some()) {
            return (own, true);
        }
        let given = before.unwrap_or(self.given);
        let version = segments(self.kind.version);
        let begun = (1..=version.len()).any(|count| given.ends_with(&version[..count]));
        if begun {
            (complete(given.to_vec(), self.kind.version), true)
        } else {
            (given.to_vec(), false)
        }
    }

    /// A dialect with its own base path: below the host, or below what a proxy puts before the vendor's paths.
    fn mounted(&self, mount: &'static Mount) -> Vec<&'a str> {
        let before = if self.same_host {
            Vec::new()
        } else {
            self.prefix().to_vec()
        };
        let mut root = complete(before, mount.path);
        root.extend(segments(mount.version));
        root
    }

    /// What stands before the vendor's own paths on a foreign host.
    fn prefix(&self) -> &'a [&'a str] {
        if let Some(before) = self.below_mount() {
            return before;
        }
        let own = self.own_path();
        if !own.is_empty() && self.given.ends_with(&own) {
            return &self.given[..self.given.len() - own.len()];
        }
        let version = segments(self.kind.version);
        for count in (1..=version.len()).rev() {
            if self.given.ends_with(&version[..count]) {
                return &self.given[..self.given.len() - count];
            }
        }
        match self.given.split_last() {
            Some((last, before)) if is_version(last) => before,
            _ => self.given,
        }
    }

    /// What stands before the mount when the operator named the mount itself (`…/anthropic`, `…/anthropic/v1`).
    fn below_mount(&self) -> Option<&'a [&'a str]> {
        self.kind
            .mounts
            .iter()
            .filter(|mount| !mount.path.is_empty())
            .find_map(|mount| {
                let given = match self.given.split_last() {
                    Some((last, before)) if *last == mount.version => before,
                    _ => self.given,
                };
                let path = segments(mount.path);
                given
                    .ends_with(&path)
                    .then(|| &given[..given.len() - path.len()])
            })
    }

    /// The segments of the row's own base URL.
    fn own_path(&self) -> Vec<&'static str> {
        let url = self.kind.base_url.unwrap_or_default();
        let after_scheme = url.split_once("://").map_or("", |(_, rest)| rest);
        segments(after_scheme.split_once('/').map_or("", |(_, path)| path))
    }
}

/// The path without the call that it ends in: `…/chat/completions`, `…/v1/messages`. A last segment that may as well be a
/// proxy's own, as in `/proxy/messages`, stays.
pub(super) fn without_call<'s>(given: &'s [&'s str]) -> &'s [&'s str] {
    let before = Endpoint::ALL.into_iter().find_map(|endpoint| {
        let call = segments(endpoint.path());
        let before = given.strip_suffix(&call[..])?;
        let versioned = before.last().is_some_and(|last| is_version(last));
        (versioned || call.len() > 1).then_some(before)
    });
    before.unwrap_or(given)
}

fn segments(path: &str) -> Vec<&str> {
    path.split('/')
        .filter(|segment| !segment.is_empty())
        .collect()
}

/// Adds `tail` to `base`, or the part of it that `base` does not end in yet.
fn complete<'a>(mut base: Vec<&'a str>, tail: &'a str) -> Vec<&'a str> {
    let tail = segments(tail);
    let there = (1..=tail.len())
        .rev()
        .find(|&count| base.ends_with(&tail[..count]))
        .unwrap_or(0);
    base.extend(&tail[there..]);
    base
}

/// `v1`, `v4`, `v1beta`, `v1beta2`, `v2alpha1`.
fn is_version(segment: &str) -> bool {
    let Some(rest) = segment.strip_prefix(['v', 'V']) else {
        return false;
    };
    let word = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = word.len() < rest.len();
    let suffix = word.trim_end_matches(|c: char| c.is_ascii_digit());
    numbered && matches!(suffix, "" | "alpha" | "beta" | "preview")
}

fn path(segments: &[&str]) -> String {
    segments.iter().flat_map(|segment| ["/", segment]).collect()
}
