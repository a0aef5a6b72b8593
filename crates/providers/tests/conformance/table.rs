//! The table itself: what every row has to hold.

use std::collections::HashSet;

use aigw_protocol::{Dialect, Endpoint};
use aigw_providers::{KeyRule, Quirk, Rules, kind, kinds, reference};

use crate::assert_golden;

#[test]
fn every_row_is_complete_and_found_by_its_id() {
    let mut seen = HashSet::new();
    for row in kinds() {
        assert!(seen.insert(row.id), "{} is there twice", row.id);
        assert_eq!(kind(row.id).unwrap().name, row.name);
        assert!(
            row.id
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'-'),
            "{}",
            row.id
        );
        assert!(
            !row.dialects.is_empty()
                && !row.name.is_empty()
                && (row.docs.starts_with("https://") || row.rules().in_process),
            "{}",
            row.id
        );
        assert!(
            row.mounts.iter().all(|mount| row.speaks(mount.dialect)),
            "{}",
            row.id
        );
        assert_eq!(row.needs_key(), row.key == KeyRule::Required, "{}", row.id);
        assert!(
            !row.needs_key() || row.env_key.is_some(),
            "{} needs a key that nobody can name",
            row.id
        );
    }
    assert!(kind("openai ").is_none());
}

#[test]
fn the_kinds_that_people_name_exist() {
    let named = [
        "openai",
        "anthropic",
        "gemini",
        "openrouter",
        "azure-openai",
        "mistral",
        "groq",
        "deepseek",
        "xai",
        "moonshot",
        "zhipu",
        "together",
        "fireworks",
        "cerebras",
        "nvidia",
        "ollama",
        "vllm",
        "llamacpp",
        "lmstudio",
        "openai-compatible",
        "anthropic-compatible",
        "demo",
    ];
    for id in named {
        assert!(kind(id).is_some(), "{id}");
    }
}

#[test]
fn only_kinds_without_an_address_ask_for_one() {
    let asking: Vec<&str> = kinds()
        .iter()
        .filter(|kind| kind.needs_base_url())
        .map(|kind| kind.id)
        .collect();
    assert_eq!(
        asking,
        ["azure-openai", "openai-compatible", "anthropic-compatible"]
    );
}

#[test]
fn tokens_are_counted_only_in_dialects_that_are_spoken() {
    for row in kinds()
        .iter()
        .filter(|row| !row.id.ends_with("-compatible"))
    {
        for endpoint in row.counts {
            assert!(
                matches!(
                    endpoint,
                    Endpoint::CountTokens | Endpoint::InputTokens | Endpoint::CountContents
                ),
                "{}",
                row.id
            );
            assert!(
                endpoint
                    .dialect()
                    .is_some_and(|dialect| row.speaks(dialect)),
                "{}",
                row.id
            );
            assert!(row.counts_tokens(*endpoint), "{}", row.id);
        }
        assert!(!row.counts_tokens(Endpoint::ChatCompletions), "{}", row.id);
    }
}

#[test]
fn each_quirk_changes_the_rules_of_a_kind_that_has_it() {
    let plain = Rules::of(&[]);
    assert_eq!(
        plain,
        Rules {
            stream_options: true,
            in_process: false,
            probe_version: None
        }
    );
    for quirk in Quirk::ALL {
        assert_ne!(Rules::of(&[quirk]), plain, "{quirk:?} has no effect");
        assert!(
            kinds().iter().any(|kind| kind.quirks.contains(&quirk)),
            "no kind has {quirk:?}"
        );
    }
    let bare = kinds().iter().filter(|kind| !kind.rules().stream_options);
    assert_eq!(
        bare.map(|kind| kind.id).collect::<Vec<_>>(),
        ["mistral", "cohere"]
    );
    assert!(kind("openai").unwrap().rules().stream_options);
    assert!(kind("demo").unwrap().rules().in_process);
    assert!(!kind("demo").unwrap().needs_base_url());
    assert_eq!(
        kind("anthropic").unwrap().rules().probe_version,
        Some("2023-06-01")
    );
}

#[test]
fn the_demo_speaks_every_dialect_but_googles_which_is_translated() {
    let demo = kind("demo").unwrap();
    for endpoint in Endpoint::ALL {
        assert!(
            endpoint
                .dialect()
                .is_none_or(|dialect| demo.speaks(dialect) || dialect == Dialect::GeminiGenerate),
            "{}",
            endpoint.name()
        );
    }
    assert!(!demo.speaks(Dialect::GeminiGenerate));
}

#[test]
fn the_reference_is_what_the_documentation_says() {
    assert_golden("../../docs/providers.md", &reference());
}
