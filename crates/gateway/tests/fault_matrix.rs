//! The fault matrix: every fault of the testkit × dialect × streaming or not × (alone | with a second target | with a
//! fallback). What callers see is written down in one table, `fixtures/faults/matrix.txt`; no cell may hang, and none
//! may pass a truncated answer off as a whole one.
//!
//! A test binary of its own: its cells have timeouts of a second, and nothing runs beside it (`.config/nextest.toml`).

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of a test; a test that cannot go on fails"
)]
#![expect(dead_code, reason = "the harness serves the tests of `data_plane` too")]

#[path = "data_plane/harness.rs"]
mod harness;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use aigw_testkit::FakeUpstream;
use aigw_testkit::raw::Answer;
use tokio::sync::{Mutex, Semaphore};

use harness::{DIALECTS, World, provider};

/// Faults and oddities, as model names of the fake upstream.
const FAULTS: [&str; 58] = [
    "text",
    "tools",
    "thinking",
    "refusal",
    "empty",
    "long",
    "max-tokens",
    "unicode",
    "text+status-400",
    "text+context_length",
    "text+content_filter",
    "text+status-401",
    "text+status-402",
    "text+status-403",
    "text+insufficient_quota",
    "text+model_not_found",
    "text+status-404",
    "text+status-413",
    "text+status-422",
    "text+status-429",
    "text+status-429-after-9",
    "text+status-500",
    "text+status-502",
    "text+status-503",
    "text+status-503-date",
    "text+status-529",
    "text+refuse",
    "text+reset",
    "text+hangup",
    "text+silence",
    "text+slow-first-byte-1200ms",
    "text+slow-first-token-1200ms",
    "text+drip-5ms",
    "text+cut-after-2",
    "text+eof-after-2",
    "text+raw-eof-after-2",
    "text+stall-after-2",
    "text+malformed-after-1",
    "text+no-terminator",
    "text+error-first",
    "text+error-after-2",
    "text+failed-after-2",
    "text+gzip",
    "text+wrong-type",
    "text+html-200",
    "text+empty-200",
    "text+json-for-stream",
    "text+error-200",
    "text+endless-headers",
    "text+bad-status-line",
    "text+crlf",
    "text+comments",
    "text+split-1",
    "text+one-write",
    "text+early-hints",
    "text+close",
    "text+no-length",
    "text+usage-in-last",
];
/// The dialects of the harness' providers.
const SPOKEN: &str = "openai_chat, openai_responses, anthropic_messages";
const SHAPES: [&str; 3] = ["alone", "second", "fallback"];
/// A cell that is not over by then hangs; the longest legitimate wait is a timeout of a second and its retry.
const HANGS: Duration = Duration::from_secs(20);

/// The dialects in which fake upstreams answer.
const UPSTREAMS: [&str; 4] = ["chat", "responses", "messages", "gemini"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_ends_as_the_table_says() {
    let same = DIALECTS.map(|dialect| (dialect, dialect)).to_vec();
    let rows = run(&same, &SHAPES).await;
    compare("matrix.txt", &render(&rows, &SHAPES));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_of_a_translated_upstream_ends_as_the_table_says() {
    let pairs = DIALECTS
        .into_iter()
        .flat_map(|client| UPSTREAMS.map(|upstream| (client, upstream)))
        .filter(|(client, upstream)| client != upstream);
    let pairs: Vec<_> = pairs.collect();
    let rows = run(&pairs, &SHAPES[..1]).await;
    compare("translated.txt", &render(&rows, &SHAPES[..1]));
}

/// Outcomes by fault, dialects, and whether a stream was asked for.
type Rows = BTreeMap<(&'static str, String, bool), Vec<String>>;

/// Cells that run at the same time.
static PLACES: Semaphore = Semaphore::const_new(24);
/// One table at a time: the cells' timeouts are short, and load must not be taken for a fault.
static TABLE: Mutex<()> = Mutex::const_new(());

async fn run(pairs: &[(&'static str, &'static str)], shapes: &'static [&str]) -> Rows {
    let _alone = TABLE.lock().await;
    let mut cells = tokio::task::JoinSet::new();
    for fault in FAULTS {
        for &(dialect, upstream) in pairs {
            for stream in [false, true] {
                cells.spawn(async move {
                    let mut outcomes = Vec::new();
                    for shape in shapes {
                        let _place = PLACES.acquire().await.unwrap();
                        let cell = cell(fault, (dialect, upstream), stream, shape);
                        let cell = tokio::time::timeout(HANGS, cell);
                        outcomes.push(cell.await.unwrap_or_else(|_| "HANGS".to_owned()));
                    }
                    let via = if dialect == upstream {
                        String::new()
                    } else {
                        format!("/{upstream}")
                    };
                    ((fault, format!("{dialect}{via}"), stream), outcomes)
                });
            }
        }
    }
    cells.join_all().await.into_iter().collect()
}

fn compare(file: &str, table: &str) {
    assert!(!table.contains("HANGS"), "{table}");
    assert!(!table.contains("TRUNCATED"), "{table}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/faults")
        .join(file);
    if std::env::var_os("UPDATE").is_some() || !path.exists() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, table).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    assert!(table == expected, "{}", differences(&expected, table));
}

fn render(rows: &Rows, shapes: &[&str]) -> String {
    let mut table = String::from(
        "# What callers see, by fault of the first upstream. A cell: status, how the answer ended, route mode, upstream calls.\n\
         # Generated by the tests of `fault_matrix`; UPDATE=1 rewrites it.\n\n",
    );
    for fault in FAULTS {
        let _ = writeln!(table, "{fault}");
        // Rows that say the same are written once, under all their names.
        let mut groups: Vec<(String, &Vec<String>)> = Vec::new();
        for ((_, dialects, stream), outcomes) in
            rows.iter().filter(|((name, ..), _)| *name == fault)
        {
            let row = format!("{dialects}/{}", if *stream { "stream" } else { "whole" });
            match groups.iter_mut().find(|(_, known)| *known == outcomes) {
                Some((names, _)) => {
                    let _ = write!(names, " {row}");
                }
                None => groups.push((row, outcomes)),
            }
        }
        for (names, outcomes) in groups {
            let _ = writeln!(table, "  {names}");
            for (shape, outcome) in shapes.iter().zip(outcomes) {
                let _ = writeln!(table, "    {shape:<8}  {outcome}");
            }
        }
    }
    table
}

fn differences(expected: &str, found: &str) -> String {
    let mut out =
        String::from("the outcomes differ from fixtures/faults (UPDATE=1 rewrites it):\n");
    for (old, new) in expected
        .lines()
        .zip(found.lines())
        .filter(|(old, new)| old != new)
    {
        let _ = writeln!(out, "- {old}\n+ {new}");
    }
    out
}

/// One request through a fresh gateway.
async fn cell(fault: &str, (dialect, upstream): (&str, &str), stream: bool, shape: &str) -> String {
    let first = FakeUpstream::named("first").await;
    let second = FakeUpstream::named("second").await;
    let refusing = FakeUpstream::refusing().unwrap();
    let refuses = fault.ends_with("+refuse");
    let base = if refuses {
        refusing.base_url()
    } else {
        first.base_url()
    };
    let upstream_model = if refuses { "text" } else { fault };
    // A write per byte takes as long as the machine needs: that cell is about framing, not about time.
    let timeouts = if fault.ends_with("+split-1") {
        ""
    } else {
        "    timeouts: {connect: 1s, first_byte: 1s, first_token: 1s, idle: 1s, total: 6s}\n"
    };
    let second_target = if shape == "second" {
        "      - {provider: second, model: text, priority: 1}\n"
    } else {
        ""
    };
    let spoken = match upstream {
        _ if upstream == dialect => SPOKEN,
        "chat" => "openai_chat",
        "responses" => "openai_responses",
        "messages" => "anthropic_messages",
        _ => "gemini_generate",
    };
    let fallbacks = if shape == "fallback" {
        "    fallbacks: [backup]\n"
    } else {
        ""
    };
    let world = World::start(&format!(
        "version: 1\nproviders:\n{}{}models:\n  main:\n    targets:\n      - {{provider: first, model: \"{upstream_model}\"}}\n\
         {second_target}{fallbacks}  backup:\n    targets: [{{provider: second, model: text}}]\nrouting:\n  retry: {{backoff: 1ms}}\n",
        provider("first", &base, timeouts).replace(SPOKEN, spoken),
        provider("second", &second.base_url(), timeouts),
    ));
    let (path, body) = crate::harness::request(dialect, "main", stream);
    let mut client = world.client().await;
    let outcome = match client.post(path, &[crate::harness::AUTH], body).await {
        Ok(answer) => describe(dialect, stream, &answer),
        Err(error) => format!("connection broken ({:?})", error.kind()),
    };
    let record = world.records(1).await.remove(0);
    let class = record
        .error_class
        .map(|class| format!(" class={class}"))
        .unwrap_or_default();
    format!("{outcome} [{}]{class}", record.outcome.as_str())
}

/// Status, what the body amounts to for an SDK, route mode and upstream calls.
fn describe(dialect: &str, stream: bool, answer: &Answer) -> String {
    let status = answer.status();
    let mode = answer.header("x-aigw-route-mode").unwrap_or("-");
    let attempts = answer.header("x-aigw-attempts").unwrap_or("-");
    let body = if status != 200 {
        error_code(&answer.text())
    } else if stream {
        stream_end(dialect, answer)
    } else {
        whole_end(dialect, answer)
    };
    format!("{status} {body} {mode} {attempts}")
}

fn error_code(body: &str) -> String {
    let value: serde_json::Value =
        serde_json::from_str(body).unwrap_or_else(|_| panic!("an error that is not JSON: {body}"));
    let error = &value["error"];
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|message| !message.is_empty()),
        "no message: {body}"
    );
    let code = [
        &error["details"]["error_code"],
        &error["code"],
        &error["type"],
    ];
    code.iter()
        .find_map(|code| code.as_str())
        .unwrap_or("-")
        .to_owned()
}

fn whole_end(dialect: &str, answer: &Answer) -> String {
    let value = answer.json();
    let whole = match dialect {
        "chat" => value["choices"][0]["finish_reason"].is_string(),
        "responses" => value["status"].is_string() && value["output"].is_array(),
        _ => value["stop_reason"].is_string() && value["content"].is_array(),
    };
    if whole {
        "complete".to_owned()
    } else {
        format!("TRUNCATED {value}")
    }
}

/// A stream is whole if its terminal event came last, failed if an error event did; anything else is truncated.
fn stream_end(dialect: &str, answer: &Answer) -> String {
    let events = answer.events();
    let Some(last) = events.iter().rfind(|event| !event.data.is_empty()) else {
        return "TRUNCATED empty".to_owned();
    };
    let json = || serde_json::from_str::<serde_json::Value>(&last.data).unwrap_or_default();
    let kind = json()["type"].as_str().unwrap_or_default().to_owned();
    let end = match dialect {
        "chat" if last.data == "[DONE]" => "complete",
        "responses" if kind == "response.completed" || kind == "response.incomplete" => "complete",
        "responses" if kind == "response.failed" || kind == "error" => "error-event",
        "messages" if kind == "message_stop" => "complete",
        _ if json()["error"].is_object() => "error-event",
        _ => return format!("TRUNCATED {}", last.data),
    };
    end.to_owned()
}
