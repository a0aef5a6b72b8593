//! The fixtures of all dialects, found by walking their folders.

use std::fs;
use std::path::{Path, PathBuf};

use aigw_protocol::Dialect;
use aigw_protocol::codec::{self, View};
use aigw_protocol::hub::Document;

/// The dialects that are translated.
pub(crate) const DIALECTS: &[Dialect] = &[
    Dialect::OpenaiChat,
    Dialect::AnthropicMessages,
    Dialect::GeminiGenerate,
    Dialect::OpenaiResponses,
];

/// A fixture.
pub(crate) struct Case {
    pub(crate) dialect: Dialect,
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) content: Vec<u8>,
}

/// All fixtures of a kind: `request`, `response`, `stream`, `error`.
pub(crate) fn cases(kind: &str) -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/dialects");
    let mut found = Vec::new();
    for &dialect in DIALECTS {
        let folder = root.join(dialect.as_str()).join(kind);
        let Ok(entries) = fs::read_dir(folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let stem = name.strip_suffix(".json").or(name.strip_suffix(".sse"));
            if let Some(stem) = stem.filter(|stem| !stem.contains(".to.")) {
                let content = fs::read(&path).unwrap();
                found.push(Case {
                    dialect,
                    name: stem.to_owned(),
                    path,
                    content,
                });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// A caller whose tool `apply_patch` takes free text.
pub(crate) fn view(dialect: Dialect) -> View {
    let body = br#"{"model":"caller-model","messages":[],"tools":[{"type":"custom","custom":{"name":"apply_patch"}}]}"#;
    let request = codec::decode_request(Dialect::OpenaiChat, Document::check(body).unwrap());
    View {
        dialect,
        include_usage: true,
        ..View::of(&request.unwrap(), 1, 1_700_000_001, "s1")
    }
}

/// JSON with line ends and indentation; every value stays as it is written.
pub(crate) fn pretty(json: &[u8]) -> String {
    serde_json::from_slice::<serde_json::Value>(json).unwrap_or_else(|error| {
        panic!("{error}: {}", String::from_utf8_lossy(json));
    });
    let mut out = String::new();
    let (mut depth, mut string, mut escape) = (0, false, false);
    let mut characters = std::str::from_utf8(json).unwrap().chars().peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    };
    while let Some(c) = characters.next() {
        if string {
            out.push(c);
            string = escape || c != '"';
            escape = !escape && c == '\\';
            continue;
        }
        match c {
            '"' => {
                string = true;
                out.push(c);
            }
            '{' | '[' => {
                out.push(c);
                while characters.peek().is_some_and(char::is_ascii_whitespace) {
                    characters.next();
                }
                if let Some(close) = characters.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(close);
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth -= 1;
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_ascii_whitespace() => {}
            c => out.push(c),
        }
    }
    out.push('\n');
    out
}
