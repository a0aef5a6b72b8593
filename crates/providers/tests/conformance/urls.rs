//! Base URLs in every spelling, joined with every endpoint.

use std::fmt::Write as _;

use aigw_protocol::{Dialect, Endpoint};
use aigw_providers::{Base, BaseError, Kind, kind, kinds, parse_base};
use http::Uri;
use proptest::prelude::*;

use crate::assert_golden;

fn base(id: &str, url: &str) -> Base {
    parse_base(kind(id).unwrap(), url).unwrap()
}

/// The ways in which an operator may write the vendor's own address.
fn own_spellings(kind: &Kind) -> Vec<String> {
    let Some(own) = kind.base_url else {
        return Vec::new();
    };
    let (scheme, rest) = own.split_once("://").unwrap();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut paths = vec![String::new()];
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        paths.push(format!("{}/{segment}", paths[paths.len() - 1]));
    }
    for mount in kind.mounts.iter().filter(|mount| !mount.path.is_empty()) {
        paths.push(format!("/{}", mount.path));
        paths.push(format!("/{}/{}", mount.path, mount.version));
    }
    let mut spellings: Vec<String> = paths
        .iter()
        .map(|path| format!("{scheme}://{host}{path}"))
        .collect();
    spellings.extend(paths.iter().map(|path| format!("{scheme}://{host}{path}/")));
    spellings.push(format!(
        " {}://{}/{path}//",
        scheme.to_uppercase(),
        host.to_uppercase()
    ));
    spellings
}

/// Other hosts: test servers, mirrors and proxies, with and without a version.
fn foreign_spellings(kind: &Kind) -> Vec<String> {
    let mut spellings: Vec<String> = ["", "/v1", "/llm", "/llm/v1", "/api/v4", "/v1/account/x"]
        .iter()
        .map(|path| format!("http://127.0.0.1:9000{path}"))
        .collect();
    let own = kind
        .base_url
        .and_then(|own| own.splitn(4, '/').nth(3))
        .unwrap_or(kind.version);
    let mirrored = format!("http://127.0.0.1:9000/llm/{own}");
    if !spellings.contains(&mirrored) {
        spellings.push(mirrored);
    }
    spellings
}

fn calls(kind: &Kind) -> Vec<(Endpoint, &'static str)> {
    let spoken = |endpoint: &Endpoint| {
        endpoint
            .dialect()
            .is_some_and(|dialect| kind.speaks(dialect))
    };
    let mut calls: Vec<_> = Endpoint::ALL
        .into_iter()
        .filter(spoken)
        .map(|endpoint| match endpoint {
            Endpoint::Generate => (endpoint, "m:generateContent"),
            Endpoint::CountContents => (endpoint, "m:countTokens"),
            _ => (endpoint, ""),
        })
        .collect();
    if kind.speaks(Dialect::OpenaiChat) {
        calls.extend([
            (Endpoint::Embeddings, ""),
            (Endpoint::Images, "generations"),
        ]);
    }
    calls
}

fn joined(kind: &Kind, spelling: &str) -> String {
    let base = parse_base(kind, spelling).unwrap();
    let mut text = String::new();
    for (endpoint, tail) in calls(kind) {
        let _ = writeln!(text, "  {}", base.url(endpoint, tail));
    }
    text
}

#[test]
fn every_kind_in_every_spelling_gives_the_recorded_urls() {
    let mut text =
        "# Calls of every kind, below each group of base URL spellings that lead to them.\n"
            .to_owned();
    for kind in kinds().iter().filter(|kind| !kind.rules().in_process) {
        let _ = writeln!(text, "\n## {}", kind.id);
        let mut before = String::new();
        for spelling in own_spellings(kind)
            .into_iter()
            .chain(foreign_spellings(kind))
        {
            let calls = joined(kind, &spelling);
            if calls != before {
                text.push_str(&before);
            }
            let _ = writeln!(text, "{}", spelling.trim());
            before = calls;
        }
        text.push_str(&before);
    }
    assert_golden("urls.txt", &text);
}

#[test]
fn every_spelling_of_a_vendors_own_address_leads_to_the_same_calls() {
    for kind in kinds() {
        let Some(own) = kind.base_url else { continue };
        let expected = joined(kind, own);
        for spelling in own_spellings(kind) {
            assert_eq!(
                joined(kind, &spelling),
                expected,
                "{} at {spelling}",
                kind.id
            );
        }
    }
}

#[test]
fn no_call_doubles_or_loses_the_version_it_was_given() {
    for kind in kinds()
        .iter()
        .filter(|kind| kind.base_url.is_none_or(|url| url.ends_with("/v1")))
    {
        if kind.rules().in_process {
            continue;
        }
        for version in ["v1", "v2", "v4", "v1beta"] {
            for (endpoint, tail) in calls(kind) {
                let base =
                    parse_base(kind, &format!("https://host.example/api/{version}")).unwrap();
                let mounted = endpoint
                    .dialect()
                    .is_some_and(|dialect| kind.mount(dialect).is_some());
                let url = base.url(endpoint, tail);
                let versions = url
                    .split('/')
                    .filter(|segment| *segment == version || *segment == "v1")
                    .count();
                assert_eq!(versions, 1, "{} {url}", kind.id);
                assert!(
                    mounted || url.contains(&format!("/{version}/")),
                    "{} {url}",
                    kind.id
                );
            }
        }
    }
}

#[test]
fn the_dialects_of_a_generic_server_find_their_own_version() {
    let plain = base("openai-compatible", "https://host.example");
    assert_eq!(
        plain.url(Endpoint::ChatCompletions, ""),
        "https://host.example/v1/chat/completions"
    );
    assert_eq!(
        plain.url(Endpoint::CountTokens, ""),
        "https://host.example/v1/messages/count_tokens"
    );
    let gateway = base(
        "openai-compatible",
        "https://gw.example/v1/account/anthropic",
    );
    assert_eq!(
        gateway.url(Endpoint::ChatCompletions, ""),
        "https://gw.example/v1/account/anthropic/chat/completions"
    );
    assert_eq!(
        gateway.url(Endpoint::Messages, ""),
        "https://gw.example/v1/account/anthropic/v1/messages"
    );
    let foundry = base(
        "anthropic-compatible",
        "https://res.services.ai.azure.com/anthropic",
    );
    assert_eq!(
        foundry.url(Endpoint::Messages, ""),
        "https://res.services.ai.azure.com/anthropic/v1/messages"
    );
}

#[test]
fn a_vendor_in_another_region_keeps_its_mounts() {
    let china = base("zhipu", "https://open.bigmodel.cn/api/paas/v4");
    assert_eq!(
        china.url(Endpoint::ChatCompletions, ""),
        "https://open.bigmodel.cn/api/paas/v4/chat/completions"
    );
    assert_eq!(
        china.url(Endpoint::Messages, ""),
        "https://open.bigmodel.cn/api/anthropic/v1/messages"
    );
    let coding = base("zhipu", "https://api.z.ai/api/coding/paas/v4");
    assert_eq!(
        coding.url(Endpoint::ChatCompletions, ""),
        "https://api.z.ai/api/coding/paas/v4/chat/completions"
    );
    assert_eq!(
        coding.url(Endpoint::Messages, ""),
        "https://api.z.ai/api/anthropic/v1/messages"
    );
    let moonshot = base("moonshot", "https://api.moonshot.cn/anthropic");
    assert_eq!(
        moonshot.url(Endpoint::ChatCompletions, ""),
        "https://api.moonshot.cn/v1/chat/completions"
    );
}

#[test]
fn azure_resources_are_addressed_with_or_without_their_path() {
    for spelling in ["", "/", "/openai", "/openai/v1/"] {
        let azure = base(
            "azure-openai",
            &format!("https://res.openai.azure.com{spelling}"),
        );
        assert_eq!(
            azure.url(Endpoint::Responses, ""),
            "https://res.openai.azure.com/openai/v1/responses"
        );
    }
}

#[test]
fn the_native_gemini_calls_live_beside_the_compatible_ones() {
    let gemini = base("gemini", "https://generativelanguage.googleapis.com/v1beta");
    assert_eq!(gemini.root(Dialect::OpenaiChat), "/v1beta/openai");
    assert_eq!(gemini.root(Dialect::GeminiGenerate), "/v1beta");
    let proxied = base("gemini", "http://127.0.0.1:9000/google/v1beta/openai");
    assert_eq!(proxied.root(Dialect::GeminiGenerate), "/google/v1beta");
}

#[test]
fn the_callers_query_is_kept() {
    let anthropic = base("anthropic", "https://api.anthropic.com");
    let path = anthropic
        .path_for(Endpoint::Messages, "", Some("beta=true"))
        .unwrap();
    assert_eq!(path, "/v1/messages?beta=true");
    assert_eq!(
        anthropic
            .path_for(Endpoint::Messages, "", Some(""))
            .unwrap(),
        "/v1/messages"
    );
    let uri = anthropic
        .uri(Endpoint::Messages, "", Some("beta=true"))
        .unwrap();
    assert_eq!(
        uri,
        Uri::from_static("https://api.anthropic.com/v1/messages?beta=true")
    );
    assert!(
        anthropic
            .path_for(Endpoint::Messages, "", Some("a b"))
            .is_err()
    );
}

#[test]
fn own_calls_are_joined_like_the_callers() {
    let openai = base("openai", "https://api.openai.com");
    for path in ["/models", "models", "/v1/models"] {
        assert_eq!(
            openai.own_path(Dialect::OpenaiChat, path).unwrap(),
            "/v1/models"
        );
    }
    let gemini = base("gemini", "https://generativelanguage.googleapis.com");
    for path in ["/models", "/openai/models", "/v1beta/openai/models"] {
        assert_eq!(
            gemini.own_path(Dialect::OpenaiChat, path).unwrap(),
            "/v1beta/openai/models"
        );
    }
    let deepseek = base("deepseek", "https://api.deepseek.com");
    assert!(deepseek.own_path(Dialect::OpenaiChat, "/a b").is_err());
    assert_eq!(deepseek.own_path(Dialect::OpenaiChat, "").unwrap(), "/");
    assert_eq!(
        deepseek.own_path(Dialect::OpenaiChat, "/models").unwrap(),
        "/models"
    );
    let uri = deepseek
        .absolute(deepseek.own_path(Dialect::OpenaiChat, "/models").unwrap())
        .unwrap();
    assert_eq!(uri, Uri::from_static("https://api.deepseek.com/models"));
}

#[test]
fn hosts_and_ports_are_ready_to_connect_to() {
    let seen = |url: &str| {
        let base = base("openai-compatible", url);
        (
            base.is_tls(),
            base.host().to_owned(),
            base.port(),
            base.authority(),
        )
    };
    assert_eq!(
        seen("https://Host.Example"),
        (true, "host.example".into(), 443, "host.example".into())
    );
    assert_eq!(
        seen("http://host:80/v1"),
        (false, "host".into(), 80, "host".into())
    );
    assert_eq!(
        seen("http://host:443"),
        (false, "host".into(), 443, "host:443".into())
    );
    assert_eq!(
        seen("https://[::1]:8443/v1"),
        (true, "::1".into(), 8443, "[::1]:8443".into())
    );
    assert_eq!(
        seen("http://[2001:db8::1]"),
        (false, "2001:db8::1".into(), 80, "[2001:db8::1]".into())
    );
    assert_eq!(
        seen("http://10.0.0.7:11434"),
        (false, "10.0.0.7".into(), 11434, "10.0.0.7:11434".into())
    );
}

#[test]
fn the_path_of_a_call_at_the_end_is_taken_off() {
    let openai = base("openai", "https://api.openai.com/v1");
    for call in [
        "/v1/chat/completions",
        "/chat/completions/",
        "/v1/responses",
        "/v1/embeddings",
    ] {
        assert_eq!(
            base("openai", &format!("https://api.openai.com{call}")),
            openai,
            "{call}"
        );
    }
    let deepseek = base("deepseek", "https://api.deepseek.com");
    for call in ["/chat/completions", "/anthropic/v1/messages"] {
        assert_eq!(
            base("deepseek", &format!("https://api.deepseek.com{call}")),
            deepseek,
            "{call}"
        );
    }
    let proxy = base("anthropic-compatible", "https://proxy.example/messages");
    assert_eq!(
        proxy.url(Endpoint::Messages, ""),
        "https://proxy.example/messages/v1/messages"
    );
}

#[test]
fn what_is_no_base_url_is_refused_with_its_reason() {
    let cases = [
        ("", BaseError::Scheme),
        ("api.openai.com/v1", BaseError::Scheme),
        ("ftp://host", BaseError::Scheme),
        ("https://", BaseError::Host),
        ("https:///v1", BaseError::Host),
        ("https://ho st", BaseError::Host),
        ("https://..", BaseError::Host),
        ("https://[::1", BaseError::Host),
        ("https://[::1]x", BaseError::Host),
        ("https://host:0", BaseError::Port),
        ("https://host:", BaseError::Port),
        ("https://host:70000", BaseError::Port),
        ("https://host:+1", BaseError::Port),
        ("https://user:pass@host", BaseError::Userinfo),
        (
            "https://res.openai.azure.com/openai?api-version=1",
            BaseError::Query,
        ),
        ("https://host/v1#x", BaseError::Fragment),
        ("https://host/../v1", BaseError::Path),
        ("https://host/a b", BaseError::Path),
        ("https://host/\r\nx", BaseError::Path),
    ];
    for (url, expected) in cases {
        let error = parse_base(kind("openai-compatible").unwrap(), url).unwrap_err();
        assert_eq!(error, expected, "{url}");
        assert!(error.to_string().contains("base URL"), "{error}");
    }
}

proptest! {
    #[test]
    fn every_base_that_is_accepted_makes_valid_uris(
        host in "[a-zA-Z0-9.-]{1,12}|\\[::1\\]|[^/?#@]{0,6}",
        path in "(/[a-z0-9._~%!$&'()*+,;=:@-]{0,6}){0,4}|[^?#]{0,8}",
        index in 0..kinds().len(),
    ) {
        let Ok(base) = parse_base(&kinds()[index], &format!("https://{host}{path}")) else { return Ok(()) };
        for endpoint in Endpoint::ALL {
            let uri = base.uri(endpoint, "", Some("beta=true")).unwrap();
            prop_assert!(uri.path().ends_with(endpoint.path()));
            prop_assert!(!uri.path().contains("//"));
            prop_assert_eq!(uri.host().unwrap().trim_matches(['[', ']']), base.host());
        }
    }

    #[test]
    fn a_base_reads_back_as_itself(path in "(/[a-z0-9]{1,4}){0,3}", index in 0..kinds().len()) {
        let kind = &kinds()[index];
        let base = parse_base(kind, &format!("https://host.example{path}")).unwrap();
        let root = base.root(kind.dialects[0]);
        let again = parse_base(kind, &format!("https://host.example{root}")).unwrap();
        prop_assert_eq!(base.root(kind.dialects[0]), again.root(kind.dialects[0]));
    }
}
