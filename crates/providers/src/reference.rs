//! The reference of providers, made from the table.

use std::fmt::Write as _;

use aigw_protocol::Dialect;

use crate::kind::{Auth, KeyRule, Kind};
use crate::table::kinds;

const INTRODUCTION: &str = "# Providers

<!-- Generated from the provider table of crates/providers; edit the table, not this file. -->

Every value that `kind` of a provider can have. A provider of the configuration takes what its kind says here and may say
otherwise: `base_url`, `dialects`, `headers` and the credential are its own.

A base URL may end in the version segment shown here or not, in a slash or not; calls go to the same paths either way.
A dialect that a vendor serves below a path of its own is found there by itself: the base URL stays the one of the table.

| kind | provider | base URL | dialects | key from |
|---|---|---|---|---|
";

const KEY_NOTE: &str = "
`key from` is the environment variable in which a key of the vendor is usually kept; the first start looks there.

";

/// `docs/providers.md`: every kind with its base URL, dialects, credential and quirks.
pub fn reference() -> String {
    let mut text = INTRODUCTION.to_owned();
    for kind in kinds() {
        text.push_str(&overview(kind));
    }
    text.push_str(KEY_NOTE);
    for kind in kinds() {
        text.push_str(&section(kind));
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn overview(kind: &Kind) -> String {
    let base = match kind.base_url {
        Some(url) => format!("`{url}`"),
        None if kind.needs_base_url() => "required".to_owned(),
        None => "none".to_owned(),
    };
    let dialects: Vec<&str> = kind
        .dialects
        .iter()
        .map(|dialect| dialect.as_str())
        .collect();
    let key = kind
        .env_key
        .map_or_else(|| "–".to_owned(), |name| format!("`{name}`"));
    format!(
        "| [`{}`](#{}) | {} | {base} | {} | {key} |\n",
        kind.id,
        kind.id,
        kind.name,
        dialects.join(", ")
    )
}

fn section(kind: &Kind) -> String {
    let mut text = format!("## {}\n\n{}.", kind.id, kind.name);
    if !kind.docs.is_empty() {
        let _ = write!(text, " [Documentation]({}).", kind.docs);
    }
    text.push_str("\n\n");
    let mut line = |label: &str, value: &str| {
        let _ = writeln!(text, "- {label}: {value}");
    };
    for dialect in kind.dialects {
        line(&format!("`{dialect}`"), &place(kind, *dialect));
    }
    line("credential", credential(kind));
    if !kind.counts.is_empty() {
        let paths: Vec<String> = kind
            .counts
            .iter()
            .map(|endpoint| format!("`/v1/{}`", endpoint.path()))
            .collect();
        line("counts tokens", &paths.join(", "));
    }
    for quirk in kind.quirks {
        line("note", quirk.describe());
    }
    text.push('\n');
    text
}

/// Where the calls of a dialect go.
fn place(kind: &Kind, dialect: Dialect) -> String {
    let Some(url) = kind.base_url else {
        return if kind.needs_base_url() {
            "below the base URL"
        } else {
            "in process"
        }
        .to_owned();
    };
    match crate::parse_base(kind, url) {
        Ok(base) => {
            let scheme = if base.is_tls() { "https" } else { "http" };
            format!("`{scheme}://{}{}`", base.authority(), base.root(dialect))
        }
        Err(error) => error.to_string(),
    }
}

fn credential(kind: &Kind) -> &'static str {
    match (kind.auth, kind.key) {
        (Auth::None, _) | (_, KeyRule::Unused) => "none",
        (Auth::Bearer, KeyRule::Required) => "`authorization: Bearer`",
        (Auth::Bearer, KeyRule::Optional) => "`authorization: Bearer`, if the server asks for one",
        (Auth::XApiKey, _) => "`x-api-key`",
        (Auth::BearerAndXApiKey, _) => {
            "`authorization: Bearer`, and `x-api-key` too on `anthropic_messages`, if the server asks for one"
        }
        (Auth::ApiKey, _) => "`api-key`",
        (Auth::Google, _) => "`authorization: Bearer`; `x-goog-api-key` on `gemini_generate`",
    }
}
