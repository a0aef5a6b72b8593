//! `OpenAI` responses.

use super::call::Call;
use super::content::{CACHED_TOKENS, Finish, INPUT_TOKENS, Part, Saying, Tool};
use super::template::{fill, quote};
use super::{Event, Role};

const RESPONSE: &str = r#"{"id":"resp_fake0001","object":"response","created_at":1790000000,"status":"$status","background":false,"error":$error,"incomplete_details":$incomplete,"instructions":null,"max_output_tokens":null,"max_tool_calls":null,"model":$model,"output":$output,"parallel_tool_calls":true,"previous_response_id":null,"prompt_cache_key":null,"reasoning":{"effort":null,"summary":null},"safety_identifier":null,"service_tier":"default","store":false,"temperature":1.0,"text":{"format":{"type":"text"},"verbosity":"medium"},"tool_choice":"auto","tools":[],"top_logprobs":0,"top_p":1.0,"truncation":"disabled","usage":$usage,"user":null,"metadata":{}}"#;

const USAGE: &str = r#"{"input_tokens":$input,"input_tokens_details":{"cached_tokens":$cached,"cache_write_tokens":0},"output_tokens":$output,"output_tokens_details":{"reasoning_tokens":$thinking},"total_tokens":$total}"#;

/// Events under way, numbered in sequence.
struct Stream {
    events: Vec<Event>,
}

/// Created and in progress, the lifecycle of every item, completed or incomplete with the whole output.
pub(super) fn stream(call: &Call, saying: &Saying) -> Vec<Event> {
    let mut stream = Stream { events: Vec::new() };
    let begun = response(call, &State::begun());
    stream.push(
        Role::Lifecycle,
        "response.created",
        &format!(r#""response":{begun}"#),
    );
    stream.push(
        Role::Lifecycle,
        "response.in_progress",
        &format!(r#""response":{begun}"#),
    );
    for (index, part) in saying.parts.iter().enumerate() {
        match part {
            Part::Thinking { seal, .. } => stream.reasoning(index, part, seal),
            Part::Text(_) | Part::Refusal(_) => stream.message(index, part),
            Part::Tool(tool) => stream.tool(index, part, tool),
        }
    }
    let name = if saying.finish == Finish::Length {
        "response.incomplete"
    } else {
        "response.completed"
    };
    stream.push(
        Role::Terminal,
        name,
        &format!(r#""response":{}"#, whole(call, saying)),
    );
    stream.events
}

/// The buffered answer.
pub(super) fn whole(call: &Call, saying: &Saying) -> String {
    let items: Vec<_> = saying
        .parts
        .iter()
        .enumerate()
        .map(|(index, part)| item(index, part))
        .collect();
    let cut = saying.finish == Finish::Length;
    let state = State {
        status: if cut { "incomplete" } else { "completed" },
        error: "null",
        incomplete: if cut {
            r#"{"reason":"max_output_tokens"}"#
        } else {
            "null"
        },
        output: format!("[{}]", items.join(",")),
        usage: usage(saying),
    };
    response(call, &state)
}

/// The event `response.failed` with an error object.
pub(super) fn failed(call: &Call, error: &str, sequence: usize) -> String {
    let state = State {
        status: "failed",
        error,
        ..State::begun()
    };
    format!(
        r#"{{"type":"response.failed","sequence_number":{sequence},"response":{}}}"#,
        response(call, &state)
    )
}

struct State<'a> {
    status: &'a str,
    error: &'a str,
    incomplete: &'a str,
    output: String,
    usage: String,
}

impl State<'_> {
    fn begun() -> Self {
        State {
            status: "in_progress",
            error: "null",
            incomplete: "null",
            output: "[]".to_owned(),
            usage: "null".to_owned(),
        }
    }
}

fn response(call: &Call, state: &State<'_>) -> String {
    let values = [
        ("status", state.status),
        ("error", state.error),
        ("incomplete", state.incomplete),
        ("model", &quote(&call.model)),
        ("output", &state.output),
        ("usage", &state.usage),
    ];
    fill(RESPONSE, &values)
}

fn usage(saying: &Saying) -> String {
    let output = saying.output_tokens();
    let values = [
        ("input", INPUT_TOKENS.to_string()),
        ("cached", CACHED_TOKENS.to_string()),
        ("output", output.to_string()),
        ("thinking", saying.thinking_tokens().to_string()),
        ("total", (INPUT_TOKENS + output).to_string()),
    ];
    fill(
        USAGE,
        &values
            .each_ref()
            .map(|(name, value)| (*name, value.as_str())),
    )
}

/// The id of the item at this place.
fn id(index: usize, part: &Part) -> String {
    let kind = match part {
        Part::Thinking { .. } => "rs",
        Part::Text(_) | Part::Refusal(_) => "msg",
        Part::Tool(tool) if tool.freeform => "ctc",
        Part::Tool(_) => "fc",
    };
    format!("{kind}_fake{index:04}")
}

/// A finished item.
fn item(index: usize, part: &Part) -> String {
    let (id, text) = (id(index, part), quote(&part.joined()));
    match part {
        Part::Thinking { seal, pieces } => {
            let summary = if pieces.is_empty() {
                String::new()
            } else {
                format!(r#"{{"type":"summary_text","text":{text}}}"#)
            };
            reasoning_item(&id, seal, &summary)
        }
        Part::Text(_) | Part::Refusal(_) => format!(
            r#"{{"id":"{id}","type":"message","status":"completed","content":[{}],"role":"assistant"}}"#,
            content_part(part, &text)
        ),
        Part::Tool(tool) => call_item(&id, tool, "completed", &text),
    }
}

fn reasoning_item(id: &str, seal: &str, summary: &str) -> String {
    let sealed = if seal.is_empty() {
        String::new()
    } else {
        format!(r#""encrypted_content":"{seal}","#)
    };
    format!(r#"{{"id":"{id}","type":"reasoning",{sealed}"summary":[{summary}]}}"#)
}

/// An item that calls a tool; `input` is a JSON string.
fn call_item(id: &str, tool: &Tool, status: &str, input: &str) -> String {
    let (kind, member) = if tool.freeform {
        ("custom_tool_call", "input")
    } else {
        ("function_call", "arguments")
    };
    let namespace = tool.namespace.as_ref().map_or_else(String::new, |name| {
        format!(r#","namespace":{}"#, quote(name))
    });
    format!(
        r#"{{"id":"{id}","type":"{kind}","status":"{status}","{member}":{input},"call_id":"call_fake{:04}","name":{}{namespace}}}"#,
        tool.number,
        quote(&tool.name)
    )
}

fn content_part(part: &Part, text: &str) -> String {
    if matches!(part, Part::Refusal(_)) {
        format!(r#"{{"type":"refusal","refusal":{text}}}"#)
    } else {
        format!(r#"{{"type":"output_text","annotations":[],"logprobs":[],"text":{text}}}"#)
    }
}

impl Stream {
    fn push(&mut self, role: Role, name: &str, members: &str) {
        let sequence = self.events.len();
        let data = format!(r#"{{"type":"{name}","sequence_number":{sequence},{members}}}"#);
        self.events.push(Event::named(role, name, &data));
    }

    fn item(&mut self, role: Role, name: &str, index: usize, item: &str) {
        self.push(
            role,
            name,
            &format!(r#""output_index":{index},"item":{item}"#),
        );
    }

    fn reasoning(&mut self, index: usize, part: &Part, seal: &str) {
        let id = id(index, part);
        let begun = reasoning_item(&id, seal, "");
        self.item(Role::Lifecycle, "response.output_item.added", index, &begun);
        if !part.pieces().is_empty() {
            self.summary(index, part, &id);
        }
        self.item(
            Role::Lifecycle,
            "response.output_item.done",
            index,
            &item(index, part),
        );
    }

    fn summary(&mut self, index: usize, part: &Part, id: &str) {
        let place = format!(r#""item_id":"{id}","output_index":{index},"summary_index":0"#);
        let piece =
            |text: &str| format!(r#"{place},"part":{{"type":"summary_text","text":{text}}}"#);
        self.push(
            Role::Lifecycle,
            "response.reasoning_summary_part.added",
            &piece("\"\""),
        );
        for delta in part.pieces() {
            let members = format!(r#"{place},"delta":{}"#, quote(delta));
            self.push(
                Role::Content,
                "response.reasoning_summary_text.delta",
                &members,
            );
        }
        let text = quote(&part.joined());
        self.push(
            Role::Lifecycle,
            "response.reasoning_summary_text.done",
            &format!(r#"{place},"text":{text}"#),
        );
        self.push(
            Role::Lifecycle,
            "response.reasoning_summary_part.done",
            &piece(&text),
        );
    }

    fn message(&mut self, index: usize, part: &Part) {
        let id = id(index, part);
        let begun = format!(
            r#"{{"id":"{id}","type":"message","status":"in_progress","content":[],"role":"assistant"}}"#
        );
        self.item(Role::Lifecycle, "response.output_item.added", index, &begun);
        let place = format!(r#""item_id":"{id}","output_index":{index},"content_index":0"#);
        let empty = content_part(part, "\"\"");
        self.push(
            Role::Lifecycle,
            "response.content_part.added",
            &format!(r#"{place},"part":{empty}"#),
        );
        let refusal = matches!(part, Part::Refusal(_));
        let (kind, whole, logprobs) = if refusal {
            ("refusal", "refusal", "")
        } else {
            ("output_text", "text", r#","logprobs":[]"#)
        };
        for delta in part.pieces() {
            let members = format!(r#"{place},"delta":{}{logprobs}"#, quote(delta));
            self.push(Role::Content, &format!("response.{kind}.delta"), &members);
        }
        let text = quote(&part.joined());
        self.push(
            Role::Lifecycle,
            &format!("response.{kind}.done"),
            &format!(r#"{place},"{whole}":{text}{logprobs}"#),
        );
        let done = content_part(part, &text);
        self.push(
            Role::Lifecycle,
            "response.content_part.done",
            &format!(r#"{place},"part":{done}"#),
        );
        self.item(
            Role::Lifecycle,
            "response.output_item.done",
            index,
            &item(index, part),
        );
    }

    fn tool(&mut self, index: usize, part: &Part, tool: &Tool) {
        let id = id(index, part);
        let begun = call_item(&id, tool, "in_progress", "\"\"");
        let (kind, member) = if tool.freeform {
            ("custom_tool_call_input", "input")
        } else {
            ("function_call_arguments", "arguments")
        };
        self.item(Role::Content, "response.output_item.added", index, &begun);
        let place = format!(r#""item_id":"{id}","output_index":{index}"#);
        for piece in &tool.arguments {
            let members = format!(r#"{place},"delta":{}"#, quote(piece));
            self.push(Role::Content, &format!("response.{kind}.delta"), &members);
        }
        let whole = quote(&part.joined());
        self.push(
            Role::Lifecycle,
            &format!("response.{kind}.done"),
            &format!(r#"{place},"{member}":{whole}"#),
        );
        self.item(
            Role::Lifecycle,
            "response.output_item.done",
            index,
            &item(index, part),
        );
    }
}
