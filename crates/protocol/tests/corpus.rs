//! Replays the seed corpora of the fuzz targets through the same checks.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use aigw_protocol::Dialect;

#[path = "../../../fuzz/checks/framing.rs"]
mod framing;
#[path = "../../../fuzz/checks/splice.rs"]
mod splice;
#[path = "../../../fuzz/checks/translation.rs"]
#[expect(clippy::panic, reason = "what does not hold is a failure of the test")]
mod translation;

fn replay(target: &str, check: fn(&[u8])) -> std::io::Result<usize> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let mut count = 0;
    for entry in fs::read_dir(folder)? {
        let data = fs::read(entry?.path())?;
        check(&data);
        // The same input again in other pieces.
        for size in [1, 2, 3, 255] {
            check(&[&[size], data.get(1..).unwrap_or_default()].concat());
        }
        count += 1;
    }
    Ok(count)
}

#[test]
fn framing_corpus_holds() {
    assert!(replay("framing", framing::framing).unwrap() >= 15);
}

#[test]
fn splice_corpus_holds() {
    assert!(replay("splice", splice::splice).unwrap() >= 15);
}

const DIALECTS: [(&str, Dialect); 4] = [
    ("chat", Dialect::OpenaiChat),
    ("responses", Dialect::OpenaiResponses),
    ("messages", Dialect::AnthropicMessages),
    ("gemini", Dialect::GeminiGenerate),
];

/// Gives every fixture of a kind, what became of it in other dialects, and the inputs that fuzzing has found, to `check`.
fn replay_translations(kind: &str, check: fn(Dialect, &[u8])) -> std::io::Result<usize> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut count = 0;
    for (name, dialect) in DIALECTS {
        let fixtures = if kind == "answer" { "response" } else { kind };
        let folders = [
            root.join("fixtures/dialects")
                .join(dialect.as_str())
                .join(fixtures),
            root.join(format!("fuzz/corpus/{kind}_{name}")),
        ];
        for folder in folders {
            let entries = match fs::read_dir(folder) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                entries => entries?,
            };
            for entry in entries {
                check(dialect, &fs::read(entry?.path())?);
                count += 1;
            }
        }
    }
    Ok(count)
}

#[test]
fn request_corpora_hold() {
    assert!(replay_translations("request", translation::request).unwrap() >= 90);
}

#[test]
fn answer_corpora_hold() {
    assert!(replay_translations("answer", translation::answer).unwrap() >= 30);
}

#[test]
fn stream_corpora_hold() {
    let in_pieces = |dialect, data: &[u8]| {
        translation::stream(dialect, data);
        for size in [1, 2, 3, 255] {
            translation::stream_in_pieces(dialect, data, size);
        }
    };
    assert!(replay_translations("stream", in_pieces).unwrap() >= 59);
}
