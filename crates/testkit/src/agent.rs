//! Requests of a coding agent in mid-task: a long system prompt, many tools with schemas, calls and their results, cache
//! markers; in the dialects that agents speak, always with the same content.

use serde_json::{Value, json};

const PROSE: &str = "Work on the task until it is done, then say briefly what changed. Never guess: read a file before you edit \
                     it, and run the checks after every change. Text in \"double quotes\" is literal.\n";
const FILE: &str = "   118\tlet total = items.iter().map(|item| item.len()).sum::<usize>();\n   119\tassert_eq!(total, 3, \"façade – \
                    off by one?\");\n";

const TOOLS: [(&str, &[&str]); 12] = [
    ("read_file", &["path", "offset", "limit"]),
    ("write_file", &["path", "content"]),
    ("edit_file", &["path", "old", "new", "replace_all"]),
    ("run_command", &["command", "directory", "timeout"]),
    ("list_files", &["path", "pattern"]),
    ("search_text", &["pattern", "path", "glob", "context"]),
    ("fetch_page", &["url", "question"]),
    ("plan_steps", &["steps", "explanation"]),
    ("ask_user", &["question", "choices"]),
    ("start_agent", &["task", "model"]),
    ("wait_agent", &["agent", "timeout"]),
    ("view_image", &["path", "detail"]),
];

/// Tool calls with their results that a request of about 22 KB holds.
const CALLS: usize = 8;

/// An Anthropic Messages request of exactly `size` bytes, or the smallest possible one if that is larger.
pub fn messages(model: &str, stream: bool, size: usize) -> Vec<u8> {
    sized(size, |filling| {
        let cached = json!({"type": "ephemeral"});
        let mut turns = vec![json!({"role": "user", "content": [
            {"type": "text", "text": "Please make the failing check pass."},
        ]})];
        for call in 0..CALLS {
            let (id, (name, path)) = (format!("toolu_{call:024}"), called(call));
            turns.push(json!({"role": "assistant", "content": [
                {"type": "text", "text": format!("I look at {path}.")},
                {"type": "tool_use", "id": id, "name": name, "input": {"path": path, "limit": 40}},
            ]}));
            turns.push(json!({"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": id, "is_error": false, "content": [
                    {"type": "text", "text": FILE.repeat(3)},
                ]},
            ]}));
        }
        turns.push(json!({"role": "user", "content": [
            {"type": "text", "text": "Go on.", "cache_control": cached},
        ]}));
        let tools: Vec<Value> = TOOLS
            .iter()
            .map(|(name, members)| json!({"name": name, "description": PROSE.repeat(2), "input_schema": schema(members)}))
            .collect();
        json!({
            "model": model, "max_tokens": 32_000, "stream": stream, "messages": turns, "tools": tools,
            "system": [
                {"type": "text", "text": "You are an agent that writes programs."},
                {"type": "text", "text": format!("{PROSE}{filling}"), "cache_control": cached},
            ],
            "tool_choice": {"type": "auto"},
            "metadata": {"user_id": "user_1"},
        })
    })
}

/// An `OpenAI` Responses request of exactly `size` bytes, or the smallest possible one if that is larger.
pub fn responses(model: &str, stream: bool, size: usize) -> Vec<u8> {
    sized(size, |filling| {
        let said = |role: &str, kind: &str, text: &str| json!({"type": "message", "role": role, "content": [{"type": kind, "text": text}]});
        let mut items = vec![
            said("developer", "input_text", PROSE),
            said("user", "input_text", "Please make the failing check pass."),
        ];
        for call in 0..CALLS {
            let (id, (name, path)) = (format!("call_{call:024}"), called(call));
            let arguments = json!({"path": path, "limit": 40}).to_string();
            items.push(said(
                "assistant",
                "output_text",
                &format!("I look at {path}."),
            ));
            items.push(json!({"type": "function_call", "call_id": id, "name": name, "arguments": arguments}));
            items.push(
                json!({"type": "function_call_output", "call_id": id, "output": FILE.repeat(3)}),
            );
        }
        items.push(said("user", "input_text", "Go on."));
        let tools: Vec<Value> = TOOLS
            .iter()
            .map(|(name, members)| {
                json!({"type": "function", "name": name, "description": PROSE.repeat(2), "strict": false, "parameters": schema(members)})
            })
            .collect();
        json!({
            "model": model, "stream": stream, "input": items, "tools": tools, "tool_choice": "auto", "parallel_tool_calls": true,
            "instructions": format!("You are an agent that writes programs.\n{PROSE}{filling}"),
            "store": false, "reasoning": {"effort": "medium"}, "prompt_cache_key": "session-1",
        })
    })
}

/// Which tool a call of the conversation uses, and on what.
fn called(call: usize) -> (&'static str, String) {
    (TOOLS[call % TOOLS.len()].0, format!("src/part_{call}.rs"))
}

fn schema(members: &[&str]) -> Value {
    let described = |member: &&str| {
        let text = format!("The {member}: \"as written\", never abbreviated.");
        (
            (*member).to_owned(),
            json!({"type": "string", "description": text}),
        )
    };
    json!({
        "type": "object",
        "properties": members.iter().map(described).collect::<serde_json::Map<_, _>>(),
        "required": [members.first()],
        "additionalProperties": false,
    })
}

/// Fills what is left with prose in the system prompt.
fn sized(size: usize, render: impl Fn(&str) -> Value) -> Vec<u8> {
    let bare = render("").to_string().into_bytes();
    let missing = size.saturating_sub(bare.len());
    let filling: String = "Small steps, each of them checked. "
        .chars()
        .cycle()
        .take(missing)
        .collect();
    render(&filling).to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_have_exactly_the_size_asked_for() {
        for make in [messages, responses] {
            let body = make("m", true, 22_000);
            assert_eq!(body.len(), 22_000);
            let value: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(
                (
                    value["model"].as_str(),
                    value["tools"].as_array().map(Vec::len)
                ),
                (Some("m"), Some(12))
            );
        }
    }
}
