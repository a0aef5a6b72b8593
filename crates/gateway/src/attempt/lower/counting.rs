//! Token counts in another dialect.

use aigw_protocol::codec;
use aigw_protocol::hub::LossReport;
use aigw_protocol::{Body, Dialect, Scanner};

use super::{Task, refused, target};
use crate::count;
use crate::failure::Failure;
use crate::translation::Translation;

/// What Anthropic's counting endpoint takes of a Messages request; it refuses other members.
const OF_MESSAGES: &[&str] = &[
    "model",
    "system",
    "messages",
    "tools",
    "tool_choice",
    "thinking",
    "output_config",
];
/// What `OpenAI`'s takes of a Responses request.
const OF_RESPONSES: &[&str] = &[
    "model",
    "instructions",
    "input",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "reasoning",
    "text",
    "truncation",
];

/// Writes the caller's request to a counting endpoint for the counting endpoint of `upstream`. Nothing is generated, so
/// what is lost is reported, and never a reason to refuse.
pub(in crate::attempt) fn counting(
    task: &Task<'_>,
    upstream: Dialect,
) -> Result<(Body, Box<Translation>), Failure> {
    let endpoint = task.call.head.endpoint;
    let source = task.call.body.to_bytes();
    let refused = |error| refused(&error, &source, upstream);
    let request = count::decode(endpoint, &source).map_err(refused)?;
    let target = target(task, upstream);
    let mut out = Vec::with_capacity(source.len() + 256);
    let loss = match upstream {
        Dialect::GeminiGenerate => codec::gemini_count::encode_request(&request, &target, &mut out),
        _ => codec::encode_request(&request, &target, &mut out),
    };
    let mut report = loss.map_err(refused)?.report(&source);
    let counted = match upstream {
        Dialect::AnthropicMessages => only(OF_MESSAGES, &out, &mut report)?,
        Dialect::OpenaiResponses => only(OF_RESPONSES, &out, &mut report)?,
        Dialect::GeminiGenerate | Dialect::OpenaiChat => out,
    };
    let translation = Translation::counting(upstream, endpoint, report);
    Ok((Body::from(counted), Box::new(translation)))
}

/// The request with these members alone. What was made up for others is made up no more.
fn only(members: &[&str], request: &[u8], report: &mut LossReport) -> Result<Vec<u8>, Failure> {
    let scanned = Scanner::scan(request)
        .map_err(|error| Failure::invalid(format!("the translated request is broken: {error}")))?;
    let mut out = Vec::with_capacity(request.len());
    for member in scanned.iter() {
        let name = &request[member.key.clone()];
        if members.iter().any(|it| it.as_bytes() == name) {
            out.extend_from_slice(if out.is_empty() { b"{\"" } else { b",\"" });
            out.extend_from_slice(name);
            out.extend_from_slice(b"\":");
            out.extend_from_slice(&request[member.value.clone()]);
        }
    }
    out.push(b'}');
    report
        .assumed
        .retain(|it| members.contains(&it.path.split(['.', '[']).next().unwrap_or_default()));
    Ok(out)
}
