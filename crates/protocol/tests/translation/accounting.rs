//! Nothing gets lost: what a request says is said again, or reported.

use aigw_protocol::Dialect;
use aigw_protocol::codec::{self, Target};
use aigw_protocol::hub::{Document, LossReport};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::fixtures::{Case, DIALECTS, cases};
use crate::google::Leaf;

/// Members whose values name the form of something, and change with the form.
const FORMS: &[&str] = &[
    "type",
    "role",
    "object",
    "model",
    "index",
    "mode",
    "media_type",
    "execution",
];

/// Values that say what holds without them, by their member.
fn is_neutral(path: &str, leaf: &Value) -> bool {
    let member = path.rsplit('.').next().unwrap_or(path);
    let member = member.split('[').next().unwrap_or(member);
    match leaf {
        Value::Null => true,
        Value::Bool(truth) => match member {
            // Other dialects keep to a schema always.
            "strict" if *truth => path.contains("json_schema") || path.starts_with("text.format"),
            "strict" | "is_error" | "store" | "logprobs" | "background" | "stream" => !truth,
            "parallel_tool_calls" | "include_usage" => *truth,
            _ => false,
        },
        Value::String(text) => {
            let said_by_form = FORMS.contains(&member);
            // Always given, whether asked for or not.
            let given = text == "reasoning.encrypted_content" || path == "thinking.display";
            let usual = matches!(
                (member, text.as_str()),
                ("status", "completed") | ("detail", "auto")
            );
            // Ids that were made up here say nothing to anybody.
            let made_up = member == "id" && text.starts_with("rs_aigw1.");
            text.is_empty() || said_by_form || given || usual || made_up
        }
        Value::Number(_) => FORMS.contains(&member) || (member == "n" && leaf == &Value::from(1)),
        Value::Array(_) | Value::Object(_) => false,
    }
}

/// All leaves with their paths. Empty arrays and objects say nothing.
fn leaves(value: &Value, path: &str, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                let dot = if path.is_empty() { "" } else { "." };
                leaves(member, &format!("{path}{dot}{key}"), found);
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                leaves(element, &format!("{path}[{index}]"), found);
            }
        }
        leaf => found.push((path.to_owned(), leaf.clone())),
    }
}

/// Everything that a document says, JSON within strings included.
fn said(value: &Value, out: &mut Vec<String>) {
    let mut found = Vec::new();
    leaves(value, "", &mut found);
    for (_, leaf) in found {
        let text = word(&leaf);
        if let (Value::String(_), Ok(inner @ (Value::Object(_) | Value::Array(_)))) =
            (&leaf, serde_json::from_str(&text))
        {
            said(&inner, out);
        }
        out.push(text);
    }
}

fn word(leaf: &Value) -> String {
    match leaf {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn is_reported(path: &str, report: &LossReport) -> bool {
    report.dropped.iter().any(|entry| {
        path.strip_prefix(&entry.path)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    })
}

/// Whether a leaf is said in another way: efforts and budgets, wrapped text, data within URLs.
fn is_said(leaf: &Value, words: &[String]) -> bool {
    let text = word(leaf);
    let text = text
        .rsplit_once(";base64,")
        .map_or(text.as_str(), |(_, data)| data);
    let carried = |word: &String| match leaf {
        Value::String(_) => word.contains(text),
        _ => word == text,
    };
    words.iter().any(carried)
        || is_text_file(text, words)
        || is_state(text, words)
        || is_carried(text, words)
        || is_mended(text, words)
        || is_object(text, words)
}

/// An id or a name in the characters that the other dialect takes, at most as long as it takes it;
/// a hash stands for what was cut or replaced.
fn is_mended(text: &str, words: &[String]) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let mended: String = text
        .chars()
        .map(|c| if fits(c) { c } else { '_' })
        .collect();
    let hashed = |word: &String| {
        let kept = word.len().saturating_sub(9);
        let hash = word.get(kept..).and_then(|end| end.strip_prefix('_'));
        hash.is_some_and(|hash| hash.len() == 8 && u32::from_str_radix(hash, 16).is_ok())
            && kept > 5
            && mended.starts_with(&word[..kept])
    };
    words.contains(&mended) || words.iter().any(hashed)
}

/// Arguments that are told as an object in place of its text.
fn is_object(text: &str, words: &[String]) -> bool {
    if text == "null" {
        return true;
    }
    let Ok(inner @ Value::Object(_)) = serde_json::from_str(text) else {
        return false;
    };
    let mut all = Vec::new();
    said(&inner, &mut all);
    all.iter().all(|word| words.contains(word))
}

/// A text file that is given as the text that it holds.
fn is_text_file(data: &str, words: &[String]) -> bool {
    data == "aGVsbG8=" && words.iter().any(|word| word == "hello")
}

/// An id that carried state is said without it.
fn is_state(text: &str, words: &[String]) -> bool {
    let id = text.split_once("_YWlndzEu").map(|(id, _)| id);
    let data = text
        .strip_prefix("aigw1.")
        .and_then(|sealed| sealed.rsplit('.').next());
    id.or(data)
        .is_some_and(|own| words.iter().any(|word| word == own))
}

/// Reasoning that a signature carries: words and states, each in its envelope.
fn is_carried(text: &str, words: &[String]) -> bool {
    let list = STANDARD.decode(text).ok();
    let list = list.and_then(|list| String::from_utf8(list).ok());
    let Some(list) = list.filter(|list| list.starts_with("aigw1.")) else {
        return false;
    };
    list.split_whitespace().all(|envelope| {
        let (head, data) = envelope.rsplit_once('.').unwrap();
        let coded = head
            .split('.')
            .nth(1)
            .is_some_and(|kind| kind.ends_with('b'));
        let data = if coded {
            String::from_utf8(URL_SAFE_NO_PAD.decode(data).unwrap()).unwrap()
        } else {
            data.to_owned()
        };
        words.contains(&data)
    })
}

/// Members that are said by values of another kind, with what is assumed in their place.
fn is_converted(path: &str, words: &[String], report: &LossReport) -> bool {
    let assumed = |member: &str| {
        report
            .assumed
            .iter()
            .any(|entry| entry.path.contains(member))
    };
    match path {
        "reasoning_effort"
        | "reasoning.effort"
        | "thinking.budget_tokens"
        | "output_config.effort" => {
            assumed("effort") || assumed("budget") || words.iter().any(|w| w == "disabled")
        }
        "temperature" => assumed("temperature"),
        // Elsewhere it goes without saying, or is said by a flag.
        "reasoning.summary" => true,
        "include[1]" => words.iter().any(|w| w == "true"),
        // Failures are flags elsewhere; Google's are told by their key.
        "input[6].status" => true,
        "service_tier" => words
            .iter()
            .any(|w| matches!(w.as_str(), "default" | "standard_only")),
        "tool_choice.disable_parallel_tool_use" => words.iter().any(|w| w == "false"),
        "parallel_tool_calls" => words.iter().any(|w| w == "true"),
        "tool_choice" => words
            .iter()
            .any(|w| matches!(w.as_str(), "any" | "auto" | "required" | "none")),
        "function_call.name" => true,
        _ => false,
    }
}

fn check(case: &Case, to: Dialect, wrong: &mut Vec<String>) -> bool {
    let body = Document::check(&case.content).unwrap();
    let target = Target {
        scope: "s1",
        ..Target::new(to, "m")
    };
    let mut out = Vec::new();
    let told = codec::decode_request(case.dialect, body)
        .and_then(|request| codec::encode_request(&request, &target, &mut out));
    let Ok(loss) = told else {
        return false;
    };
    let report = loss.report(&case.content);
    let (mut found, mut words) = (Vec::new(), Vec::new());
    leaves(
        &serde_json::from_slice(&case.content).unwrap(),
        "",
        &mut found,
    );
    said(&serde_json::from_slice(&out).unwrap(), &mut words);
    let all = found.clone();
    let written = String::from_utf8_lossy(&out);
    let is_google = |path: &str, value: &Value| {
        let among = [case.dialect, to].contains(&Dialect::GeminiGenerate);
        let (out, words, report) = (&*written, &words[..], &report);
        among
            && Leaf {
                path,
                value,
                out,
                words,
                report,
            }
            .is_converted(case.dialect, to)
    };
    for (path, leaf) in found {
        // What is told twice is reported once.
        let twice = |(other, same): &(String, Value)| *same == leaf && is_reported(other, &report);
        let accounted = is_neutral(&path, &leaf)
            || is_reported(&path, &report)
            || is_said(&leaf, &words)
            || is_converted(&path, &words, &report)
            || (leaf.is_string() && all.iter().any(twice))
            || is_google(&path, &leaf);
        if !accounted {
            wrong.push(format!(
                "{}/{} to {to}: {path} = {leaf}",
                case.dialect, case.name
            ));
        }
    }
    true
}

#[test]
fn every_leaf_is_said_or_reported() {
    let mut wrong = Vec::new();
    let mut checked = 0;
    for case in cases("request") {
        for to in DIALECTS.iter().copied() {
            checked += usize::from(check(&case, to, &mut wrong));
        }
    }
    assert!(checked > 60, "{checked} requests could be translated");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Through another dialect and back, nothing that both can say changes.
#[test]
fn a_round_trip_keeps_what_both_can_say() {
    let mut checked = 0;
    for case in cases("request") {
        for through in DIALECTS.iter().copied().filter(|d| *d != case.dialect) {
            checked += usize::from(round_trip(&case, through));
        }
    }
    assert!(checked > 10, "{checked} requests came back");
}

fn translate(from: Dialect, body: &[u8], to: Dialect) -> Option<(Vec<u8>, bool)> {
    let target = Target {
        scope: "s1",
        ..Target::new(to, "m")
    };
    let mut out = Vec::new();
    let request = codec::decode_request(from, Document::check(body).ok()?).ok()?;
    let loss = codec::encode_request(&request, &target, &mut out).ok()?;
    Some((out, loss.is_empty()))
}

fn round_trip(case: &Case, through: Dialect) -> bool {
    let there = translate(case.dialect, &case.content, through);
    let Some((first, _)) = there else {
        return false;
    };
    let Some((back, true)) = translate(through, &first, case.dialect) else {
        return false;
    };
    let Some((second, _)) = translate(case.dialect, &back, through) else {
        return false;
    };
    let (first, second): (Value, Value) = (
        serde_json::from_slice(&first).unwrap(),
        serde_json::from_slice(&second).unwrap(),
    );
    assert_eq!(
        plain(first),
        plain(second),
        "{}/{} through {through}",
        case.dialect,
        case.name
    );
    true
}

/// One text is the same as a string and as a list.
fn plain(value: Value) -> Value {
    match value {
        Value::Array(elements) => match &elements[..] {
            [Value::Object(part)] if part.len() == 2 && part.contains_key("text") => {
                part["text"].clone()
            }
            _ => Value::Array(elements.into_iter().map(plain).collect()),
        },
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                // Where nothing is kept unless it is asked for, that goes without saying.
                .filter(|(key, value)| key != "store" || value != &Value::Bool(false))
                .filter(|(key, value)| key != "detail" || value != "auto")
                .map(|(key, value)| (key, plain(value)))
                .collect(),
        ),
        leaf => leaf,
    }
}
