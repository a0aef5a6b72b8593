//! Google's `generateContent`.

use super::call::Call;
use super::content::{CACHED_TOKENS, Finish, INPUT_TOKENS, Part, Saying};
use super::template::{fill, quote};
use super::{Event, Role};

const RESPONSE: &str = r#"{"candidates":[{"content":{"parts":$parts,"role":"model"}$finish,"index":0}],"usageMetadata":$usage,"modelVersion":$model,"responseId":"fake0001"}"#;

/// One event per piece, calls whole as Google sends them, and a last one with the finish reason.
pub(super) fn stream(call: &Call, saying: &Saying) -> Vec<Event> {
    let event =
        |role: Role, parts: &str| Event::data(role, &response(call, parts, "", &prompt_usage()));
    let mut events = Vec::new();
    for (part, seal) in sealed(saying) {
        // Calls come whole.
        let whole = part.joined();
        let pieces = if matches!(part, Part::Tool(_)) {
            vec![whole.as_str()]
        } else {
            part.pieces().iter().map(String::as_str).collect()
        };
        for (index, piece) in pieces.iter().enumerate() {
            // The signature of a text comes with its last piece.
            let seal = if index + 1 == pieces.len() { seal } else { "" };
            let written = written(part, piece, seal);
            events.push(event(Role::Content, &format!("[{written}]")));
        }
    }
    let last = response(
        call,
        r#"[{"text":""}]"#,
        reason(saying.finish),
        &usage(saying),
    );
    events.push(Event::data(Role::Finish, &last));
    events
}

/// The buffered answer.
pub(super) fn whole(call: &Call, saying: &Saying) -> String {
    let parts: Vec<_> = sealed(saying)
        .filter(|(part, _)| !part.pieces().is_empty())
        .map(|(part, seal)| written(part, &part.joined(), seal))
        .collect();
    let parts = format!("[{}]", parts.join(","));
    response(call, &parts, reason(saying.finish), &usage(saying))
}

/// The parts, each with the signature that stands in it: that of reasoning stands in the part behind it.
fn sealed(saying: &Saying) -> impl Iterator<Item = (&Part, &str)> {
    let mut waiting = "";
    saying.parts.iter().map(move |part| {
        if let Part::Thinking { seal, .. } = part {
            waiting = seal;
            (part, "")
        } else {
            (part, std::mem::take(&mut waiting))
        }
    })
}

fn response(call: &Call, parts: &str, finish: &str, usage: &str) -> String {
    let values = [
        ("parts", parts),
        ("finish", finish),
        ("usage", usage),
        ("model", &quote(&call.model)),
    ];
    fill(RESPONSE, &values)
}

fn written(part: &Part, text: &str, seal: &str) -> String {
    let seal = if seal.is_empty() {
        String::new()
    } else {
        format!(r#","thoughtSignature":"{seal}""#)
    };
    match part {
        Part::Text(_) | Part::Refusal(_) => format!(r#"{{"text":{}{seal}}}"#, quote(text)),
        Part::Thinking { .. } => format!(r#"{{"text":{},"thought":true}}"#, quote(text)),
        Part::Tool(tool) => format!(
            r#"{{"functionCall":{{"name":{},"args":{text}}}{seal}}}"#,
            quote(&tool.name)
        ),
    }
}

fn prompt_usage() -> String {
    format!(r#"{{"promptTokenCount":{INPUT_TOKENS},"totalTokenCount":{INPUT_TOKENS}}}"#)
}

/// Thoughts are counted apart from the answer.
fn usage(saying: &Saying) -> String {
    let (output, thoughts) = (saying.output_tokens(), saying.thinking_tokens());
    let answer = output - thoughts;
    let total = INPUT_TOKENS + output;
    format!(
        r#"{{"promptTokenCount":{INPUT_TOKENS},"candidatesTokenCount":{answer},"totalTokenCount":{total},"cachedContentTokenCount":{CACHED_TOKENS},"thoughtsTokenCount":{thoughts},"promptTokensDetails":[{{"modality":"TEXT","tokenCount":{INPUT_TOKENS}}}]}}"#
    )
}

fn reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop | Finish::Tools => r#","finishReason":"STOP""#,
        Finish::Length => r#","finishReason":"MAX_TOKENS""#,
        Finish::Refusal => r#","finishReason":"SAFETY""#,
    }
}
