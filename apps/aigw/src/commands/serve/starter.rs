//! The configuration that a first start writes.

use std::fmt::Write;

use aigw_providers::Kind;

/// Name patterns of the models that a vendor is known by. Vendors that serve models of others have none.
const FAMILIES: &[(&str, &[&str])] = &[
    (
        "openai",
        &[
            "gpt-*",
            "o1*",
            "o3*",
            "o4*",
            "codex-*",
            "text-embedding-*",
            "omni-moderation-*",
            "whisper-*",
            "tts-*",
            "dall-e-*",
        ],
    ),
    ("anthropic", &["claude-*"]),
    ("gemini", &["gemini-*"]),
    ("openrouter", &["*/*"]),
    (
        "mistral",
        &["mistral-*", "codestral-*", "magistral-*", "devstral-*"],
    ),
    ("deepseek", &["deepseek-*"]),
    ("xai", &["grok-*"]),
    ("moonshot", &["kimi-*"]),
    ("zhipu", &["glm-*"]),
    ("minimax", &["MiniMax-*"]),
    ("dashscope", &["qwen*"]),
    ("cohere", &["command-*", "rerank-*"]),
    ("perplexity", &["sonar*"]),
];

const HEAD: &str = "\
# AI Model Gateway configuration, written at the first start. Edit it freely: it is not written again.
#   aigw config validate FILE   finds every problem, with line and column
#   aigw config preview FILE    shows what it serves
# Durations: 500ms, 30s, 10m, 1h. Sizes: 64KiB, 8MiB. References instead of values: ${NAME}, ${file:/path}.
version: 1

# Where requests can go. `aigw providers kinds` lists the kinds; openai-compatible is for every other server.
providers:
  # Answers inside the process, without any account: for trying out clients and settings.
  demo:
    kind: demo
";

const MODELS: &str = "
# The names that callers send. A name may be a pattern; an exact name goes before the longest pattern.
# A target without `model` gets the name that the caller sent. More targets of one model share its traffic by `weight`
# and take over for each other; `fallbacks` names other models to try when all of them fail.
models:
  demo:
    targets: [{provider: demo}]
";

const FOOT: &str = "
# Examples for more:
#   providers:
#     local:
#       kind: openai-compatible
#       base_url: http://10.1.2.3:8000/v1
#       network: {allow: [10.1.2.0/24]}     # private addresses are refused unless they are listed
#       timeouts: {first_byte: 60s, idle: 60s}
#   models:
#     fast:
#       targets:
#         - {provider: local, model: qwen3-32b, weight: 3}
#         - {provider: demo, model: demo, priority: 1}   # only while the first cannot serve
#       fallbacks: [demo]
";

/// The starter configuration, with a provider for each vendor whose key is in the environment that `variable` reads.
pub(super) fn text(variable: impl Fn(&str) -> Option<String>) -> String {
    let found: Vec<&Kind> = aigw_providers::kinds()
        .iter()
        .filter(|kind| kind.base_url.is_some() && kind.needs_key())
        .filter(|kind| {
            kind.env_key
                .and_then(&variable)
                .is_some_and(|value| !value.trim().is_empty())
        })
        .collect();
    let mut out = HEAD.to_owned();
    for kind in &found {
        let name = kind.env_key.unwrap_or_default();
        let _ = write!(
            out,
            "  {id}:\n    kind: {id}\n    api_key: ${{{name}}}\n",
            id = kind.id
        );
    }
    if found.is_empty() {
        out.push_str("  # openai:\n  #   kind: openai\n  #   api_key: ${OPENAI_API_KEY}\n");
    }
    out.push_str(MODELS);
    for kind in &found {
        models(&mut out, kind.id);
    }
    out.push_str(FOOT);
    out
}

fn models(out: &mut String, id: &str) {
    let family = FAMILIES.iter().find(|(kind, _)| *kind == id);
    match family {
        Some((_, patterns)) => {
            for pattern in *patterns {
                let _ = writeln!(out, "  \"{pattern}\":\n    targets: [{{provider: {id}}}]");
            }
        }
        None => {
            let _ = writeln!(
                out,
                "  # {id} serves models of many makers: name the ones you use.\n  # my-model:\n  #   targets: [{{provider: {id}, model: its-name-there}}]"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::document::Document;

    #[test]
    fn without_any_key_it_serves_the_demo() {
        let document = Document::compile(Path::new("aigw.yaml"), &text(|_| None));
        let lines: Vec<_> = document.lines().collect();
        let config = document.config.unwrap_or_else(|| panic!("{lines:?}"));
        assert_eq!(lines, []);
        assert_eq!(
            config.models.keys().map(|name| &**name).collect::<Vec<_>>(),
            ["demo"]
        );
    }

    #[test]
    fn every_vendor_with_a_key_gets_a_provider_with_a_reference() {
        let text = text(|name| (name != "GROQ_API_KEY").then(|| format!("value-of-{name}")));
        assert!(!text.contains("value-of-"), "{text}");
        assert!(text.contains("api_key: ${OPENAI_API_KEY}"), "{text}");
        assert!(
            text.contains("\"claude-*\":\n    targets: [{provider: anthropic}]"),
            "{text}"
        );
        assert!(!text.contains("groq"), "{text}");
    }

    #[test]
    fn the_families_belong_to_kinds() {
        for (id, _) in FAMILIES {
            assert!(aigw_providers::kind(id).is_some(), "{id}");
        }
    }
}
