//! Chat completions.

use super::call::Call;
use super::content::{CACHED_TOKENS, Finish, INPUT_TOKENS, Part, Saying, Tool};
use super::template::{fill, quote};
use super::{Event, Role};

const CHUNK: &str = r#"{"id":"chatcmpl-fake0001","object":"chat.completion.chunk","created":1790000000,"model":$model,"service_tier":"default","system_fingerprint":"fp_fake","choices":$choices$usage}"#;

const WHOLE: &str = r#"{"id":"chatcmpl-fake0001","object":"chat.completion","created":1790000000,"model":$model,"choices":[{"index":0,"message":{"role":"assistant","content":$content,"refusal":$refusal,"annotations":[]$reasoning$tools},"logprobs":null,"finish_reason":"$finish"}],"usage":$usage,"service_tier":"default","system_fingerprint":"fp_fake"}"#;

const USAGE: &str = r#"{"prompt_tokens":$input,"completion_tokens":$output,"total_tokens":$total,"prompt_tokens_details":{"cached_tokens":$cached,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":$thinking,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}"#;

/// Chunks: role first, then deltas, a finish chunk, the usage chunk if it was asked for, and `[DONE]`.
pub(super) fn stream(call: &Call, saying: &Saying, usage_in_last: bool) -> Vec<Event> {
    let model = quote(&call.model);
    let none = if call.include_usage && !usage_in_last {
        ",\"usage\":null"
    } else {
        ""
    };
    let event = |role: Role, choices: &str, usage: &str| {
        Event::data(
            role,
            &fill(
                CHUNK,
                &[("model", &model), ("choices", choices), ("usage", usage)],
            ),
        )
    };
    let choice = |role: Role, delta: &str, finish: &str, usage: &str| {
        let choices =
            format!(r#"[{{"index":0,"delta":{delta},"logprobs":null,"finish_reason":{finish}}}]"#);
        event(role, &choices, usage)
    };
    let mut events = vec![choice(
        Role::Lifecycle,
        r#"{"role":"assistant","content":"","refusal":null}"#,
        "null",
        none,
    )];
    for part in &saying.parts {
        events.extend(
            deltas(part)
                .iter()
                .map(|delta| choice(Role::Content, delta, "null", none)),
        );
    }
    let counted = format!(",\"usage\":{}", usage(saying));
    let last = if usage_in_last { &counted } else { none };
    events.push(choice(
        Role::Finish,
        "{}",
        &quote(finish(saying.finish)),
        last,
    ));
    if call.include_usage && !usage_in_last {
        events.push(event(Role::Finish, "[]", &counted));
    }
    events.push(Event::data(Role::Terminal, "[DONE]"));
    events
}

/// The buffered answer.
pub(super) fn whole(call: &Call, saying: &Saying) -> String {
    let text = |wanted: fn(&Part) -> bool| -> Option<String> {
        let parts: Vec<_> = saying
            .parts
            .iter()
            .filter(|part| wanted(part))
            .map(Part::joined)
            .collect();
        if parts.is_empty() {
            None
        } else {
            Some(quote(&parts.concat()))
        }
    };
    let content = text(|part| matches!(part, Part::Text(_)));
    let empty = if saying.parts.is_empty() {
        "\"\""
    } else {
        "null"
    };
    let reasoning = text(|part| matches!(part, Part::Thinking { .. }));
    let calls: Vec<_> = saying.parts.iter().filter_map(tool_call).collect();
    let tools = if calls.is_empty() {
        String::new()
    } else {
        format!(",\"tool_calls\":[{}]", calls.join(","))
    };
    let values = [
        ("model", quote(&call.model)),
        ("content", content.unwrap_or_else(|| empty.to_owned())),
        (
            "refusal",
            text(|part| matches!(part, Part::Refusal(_))).unwrap_or_else(|| "null".to_owned()),
        ),
        (
            "reasoning",
            reasoning.map_or_else(String::new, |text| format!(",\"reasoning_content\":{text}")),
        ),
        ("tools", tools),
        ("finish", finish(saying.finish).to_owned()),
        ("usage", usage(saying)),
    ];
    fill(
        WHOLE,
        &values
            .each_ref()
            .map(|(name, value)| (*name, value.as_str())),
    )
}

/// The usage object.
pub(super) fn usage(saying: &Saying) -> String {
    let output = saying.output_tokens();
    let values = [
        ("input", INPUT_TOKENS.to_string()),
        ("output", output.to_string()),
        ("total", (INPUT_TOKENS + output).to_string()),
        ("cached", CACHED_TOKENS.to_string()),
        ("thinking", saying.thinking_tokens().to_string()),
    ];
    fill(
        USAGE,
        &values
            .each_ref()
            .map(|(name, value)| (*name, value.as_str())),
    )
}

/// The word for the end.
pub(super) fn finish(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop | Finish::Refusal => "stop",
        Finish::Length => "length",
        Finish::Tools => "tool_calls",
    }
}

fn deltas(part: &Part) -> Vec<String> {
    let member = |name: &str, pieces: &[String]| -> Vec<String> {
        pieces
            .iter()
            .map(|piece| format!(r#"{{"{name}":{}}}"#, quote(piece)))
            .collect()
    };
    match part {
        Part::Text(pieces) => member("content", pieces),
        Part::Thinking { pieces, .. } => member("reasoning_content", pieces),
        Part::Refusal(pieces) => member("refusal", pieces),
        Part::Tool(tool) => {
            let index = tool.index;
            let (kind, start, input) = function(tool, "");
            let start = format!(
                r#"{{"tool_calls":[{{"index":{index},"id":"call_fake{:04}","type":"{kind}","{kind}":{start}}}]}}"#,
                tool.number
            );
            let piece = |text: &String| {
                format!(
                    r#"{{"tool_calls":[{{"index":{index},"{kind}":{{"{input}":{}}}}}]}}"#,
                    quote(text)
                )
            };
            std::iter::once(start)
                .chain(tool.arguments.iter().map(piece))
                .collect()
        }
    }
}

fn tool_call(part: &Part) -> Option<String> {
    let Part::Tool(tool) = part else {
        return None;
    };
    let (kind, called, _) = function(tool, &part.joined());
    Some(format!(
        r#"{{"id":"call_fake{:04}","type":"{kind}","{kind}":{called}}}"#,
        tool.number
    ))
}

/// The type of a call, the object that says what is called, and the member that holds its input.
fn function(tool: &Tool, input: &str) -> (&'static str, String, &'static str) {
    let (name, input) = (quote(&tool.name), quote(input));
    if tool.freeform {
        let called = format!(r#"{{"name":{name},"input":{input}}}"#);
        ("custom", called, "input")
    } else {
        let called = format!(r#"{{"name":{name},"arguments":{input}}}"#);
        ("function", called, "arguments")
    }
}
