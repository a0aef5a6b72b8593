//! The provider kinds and references that every test document meets.

use aigw_config::{Catalog, Compiled, KindInfo, Resolve};

/// Part of every resolved secret and of every secret written out in a fixture: no output may hold it.
pub(crate) const SEALED: &str = "SEALED";

const DIALECTS: [&str; 4] = [
    "openai_chat",
    "openai_responses",
    "anthropic_messages",
    "gemini_generate",
];

pub(crate) const CATALOG: Catalog<'static> = Catalog {
    kinds: &[
        KindInfo {
            id: "openai",
            base_url: Some("https://api.openai.com/v1"),
            dialects: &["openai_chat", "openai_responses"],
            needs_key: true,
        },
        KindInfo {
            id: "anthropic",
            base_url: Some("https://api.anthropic.com"),
            dialects: &["anthropic_messages"],
            needs_key: true,
        },
        KindInfo {
            id: "openai-compatible",
            base_url: None,
            dialects: &["openai_chat"],
            needs_key: false,
        },
        KindInfo {
            id: "demo",
            base_url: None,
            dialects: &["openai_chat", "openai_responses", "anthropic_messages"],
            needs_key: false,
        },
    ],
    dialects: &DIALECTS,
    preference: &[
        "openai_responses",
        "anthropic_messages",
        "gemini_generate",
        "openai_chat",
    ],
};

/// A fixed set of references.
#[derive(Debug)]
pub(crate) struct World;

impl Resolve for World {
    fn env(&self, name: &str) -> Option<String> {
        let value = match name {
            "OPENAI_API_KEY" => "sk-openai-SEALED",
            "KEY_A" => "sk-a-SEALED",
            "KEY_B" => "sk-b-SEALED",
            "TWO_LINES" => "SEALED\nSEALED",
            "EMPTY" => "",
            "UPSTREAM_URL" => "http://10.1.2.3:8080/v1",
            "TEAM" => "blue",
            "LIMIT" => "17",
            "SWITCH" => "true",
            "TOTAL" => "3m",
            "MODEL" => "llama-3",
            _ => return None,
        };
        Some(String::from(value))
    }

    fn file(&self, path: &str) -> Result<String, String> {
        match path {
            "/run/secrets/b" => Ok(String::from("sk-file-SEALED\n")),
            "/etc/aigw/ca.pem" => Ok(String::from("-----BEGIN CERTIFICATE-----\n")),
            _ => Err(String::from("no such file")),
        }
    }

    fn secret(&self, name: &str) -> Option<String> {
        (name == "anthropic").then(|| String::from("sk-secret-SEALED"))
    }
}

pub(crate) fn compile(text: &str) -> Compiled {
    aigw_config::compile("aigw.yaml", text, &CATALOG, &World)
}
