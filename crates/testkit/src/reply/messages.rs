//! Anthropic messages.

use super::call::Call;
use super::content::{CACHED_TOKENS, Finish, INPUT_TOKENS, Part, Saying, Tool};
use super::template::{fill, quote};
use super::{Event, Role};

const MESSAGE: &str = r#"{"id":"msg_fake0001","type":"message","role":"assistant","model":$model,"content":$content,"stop_reason":$reason,"stop_sequence":null,"usage":$usage}"#;

const USAGE: &str = r#"{"input_tokens":$input,"cache_creation_input_tokens":0,"cache_read_input_tokens":$cached,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":$output,"output_tokens_details":{"thinking_tokens":$thinking},"service_tier":"standard"}"#;

/// `message_start`, `ping`, the blocks, `message_delta`, `message_stop`.
pub(super) fn stream(call: &Call, saying: &Saying) -> Vec<Event> {
    let start = format!(
        r#"{{"type":"message_start","message":{}}}"#,
        message(call, "[]", "null", &usage(1, 0))
    );
    let mut events = vec![
        Event::named(Role::Lifecycle, "message_start", &start),
        Event::named(Role::Lifecycle, "ping", r#"{"type": "ping"}"#),
    ];
    for (index, part) in saying.parts.iter().enumerate() {
        block(index, part, &mut events);
    }
    let output = saying.output_tokens().max(1);
    let reason = quote(reason(saying.finish));
    let delta = fill(
        r#"{"type":"message_delta","delta":{"stop_reason":$reason,"stop_sequence":null},"usage":{"input_tokens":$input,"cache_creation_input_tokens":0,"cache_read_input_tokens":$cached,"output_tokens":$output,"output_tokens_details":{"thinking_tokens":$thinking}}}"#,
        &[
            ("reason", &reason),
            ("input", &(INPUT_TOKENS - CACHED_TOKENS).to_string()),
            ("cached", &CACHED_TOKENS.to_string()),
            ("output", &output.to_string()),
            ("thinking", &saying.thinking_tokens().to_string()),
        ],
    );
    events.push(Event::named(Role::Finish, "message_delta", &delta));
    events.push(Event::named(
        Role::Terminal,
        "message_stop",
        r#"{"type":"message_stop"}"#,
    ));
    events
}

/// The buffered answer.
pub(super) fn whole(call: &Call, saying: &Saying) -> String {
    let blocks: Vec<_> = saying.parts.iter().map(content).collect();
    let content = format!("[{}]", blocks.join(","));
    message(
        call,
        &content,
        &quote(reason(saying.finish)),
        &usage(saying.output_tokens().max(1), saying.thinking_tokens()),
    )
}

fn message(call: &Call, content: &str, reason: &str, usage: &str) -> String {
    fill(
        MESSAGE,
        &[
            ("model", &quote(&call.model)),
            ("content", content),
            ("reason", reason),
            ("usage", usage),
        ],
    )
}

fn usage(output: usize, thinking: usize) -> String {
    let input = (INPUT_TOKENS - CACHED_TOKENS).to_string();
    fill(
        USAGE,
        &[
            ("input", &input),
            ("cached", &CACHED_TOKENS.to_string()),
            ("output", &output.to_string()),
            ("thinking", &thinking.to_string()),
        ],
    )
}

fn reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "end_turn",
        Finish::Length => "max_tokens",
        Finish::Tools => "tool_use",
        Finish::Refusal => "refusal",
    }
}

fn content(part: &Part) -> String {
    let text = quote(&part.joined());
    match part {
        Part::Text(_) | Part::Refusal(_) => format!(r#"{{"type":"text","text":{text}}}"#),
        Part::Thinking { seal, .. } => {
            format!(r#"{{"type":"thinking","thinking":{text},"signature":"{seal}"}}"#)
        }
        Part::Tool(tool) => tool_use(tool, &part.joined()),
    }
}

fn tool_use(tool: &Tool, input: &str) -> String {
    format!(
        r#"{{"type":"tool_use","id":"toolu_fake{:04}","name":{},"input":{input}}}"#,
        tool.number,
        quote(&tool.name)
    )
}

fn block(index: usize, part: &Part, events: &mut Vec<Event>) {
    let (opening, role) = match part {
        Part::Text(_) | Part::Refusal(_) => {
            (r#"{"type":"text","text":""}"#.to_owned(), Role::Lifecycle)
        }
        Part::Thinking { .. } => (
            r#"{"type":"thinking","thinking":"","signature":""}"#.to_owned(),
            Role::Lifecycle,
        ),
        Part::Tool(tool) => (tool_use(tool, "{}"), Role::Content),
    };
    let start =
        format!(r#"{{"type":"content_block_start","index":{index},"content_block":{opening}}}"#);
    events.push(Event::named(role, "content_block_start", &start));
    let delta = |delta: String| {
        let data = format!(r#"{{"type":"content_block_delta","index":{index},"delta":{delta}}}"#);
        Event::named(Role::Content, "content_block_delta", &data)
    };
    for piece in part.pieces() {
        let piece = quote(piece);
        events.push(delta(match part {
            Part::Text(_) | Part::Refusal(_) => {
                format!(r#"{{"type":"text_delta","text":{piece}}}"#)
            }
            Part::Thinking { .. } => format!(r#"{{"type":"thinking_delta","thinking":{piece}}}"#),
            Part::Tool(_) => format!(r#"{{"type":"input_json_delta","partial_json":{piece}}}"#),
        }));
    }
    if let Part::Thinking { seal, .. } = part {
        events.push(delta(format!(
            r#"{{"type":"signature_delta","signature":"{seal}"}}"#
        )));
    }
    let stop = format!(r#"{{"type":"content_block_stop","index":{index}}}"#);
    events.push(Event::named(Role::Lifecycle, "content_block_stop", &stop));
}
