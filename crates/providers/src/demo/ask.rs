//! Reading what is asked, and refusing what the real APIs refuse.

use aigw_protocol::Endpoint;
use serde_json::Value;

use super::reply;

/// What an answer needs to know of its request.
#[derive(Debug, Default)]
pub(super) struct Ask {
    /// The model as the caller named it.
    pub(super) model: String,
    /// The last text that the user said.
    pub(super) question: String,
    /// The tokens of every text in the request, as [`reply::tokens`] counts.
    pub(super) input_tokens: u64,
    /// The most tokens that the answer may have.
    pub(super) limit: Option<u64>,
    /// The chat stream is to end with a usage chunk.
    pub(super) include_usage: bool,
    /// The instructions of a responses request, which its answer repeats.
    pub(super) instructions: Option<String>,
}

/// A request that is not answered, and why.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) param: Option<&'static str>,
}

impl Refusal {
    pub(super) fn of(param: &'static str, message: &str) -> Refusal {
        let message = format!("{param}: {message}");
        Refusal {
            status: 400,
            code: "invalid_request",
            message,
            param: Some(param),
        }
    }

    pub(super) fn not_served(endpoint: Endpoint) -> Refusal {
        let message = format!("the demo provider does not serve {}", endpoint.name());
        Refusal {
            status: 501,
            code: "not_supported",
            message,
            param: None,
        }
    }
}

impl Ask {
    /// Reads a request of one of the three dialects or their token counters.
    pub(super) fn read(endpoint: Endpoint, body: &[u8]) -> Result<Ask, Refusal> {
        let body = object(body)?;
        match endpoint {
            Endpoint::Messages | Endpoint::CountTokens => read_messages(&body, endpoint),
            Endpoint::Responses | Endpoint::InputTokens => read_responses(&body),
            _ => read_chat(&body),
        }
    }
}

/// The request as an object with a `model`.
pub(super) fn object(body: &[u8]) -> Result<Value, Refusal> {
    let body: Value = serde_json::from_slice(body)
        .map_err(|error| Refusal::of("body", &format!("is not JSON: {error}")))?;
    if !body.is_object() {
        return Err(Refusal::of("body", "has to be a JSON object"));
    }
    match body["model"].as_str() {
        Some(model) if !model.is_empty() => Ok(body),
        _ => Err(Refusal::of(
            "model",
            "has to be a string that names a model",
        )),
    }
}

fn read_chat(body: &Value) -> Result<Ask, Refusal> {
    let mut ask = Ask {
        model: text(&body["model"]),
        ..Ask::default()
    };
    ask.hear_all(turns(body, "messages")?, "messages")?;
    let newer = limit(body, "max_completion_tokens")?;
    ask.limit = newer.or(limit(body, "max_tokens")?);
    ask.include_usage = body["stream_options"]["include_usage"] == Value::Bool(true);
    Ok(ask)
}

fn read_messages(body: &Value, endpoint: Endpoint) -> Result<Ask, Refusal> {
    let mut ask = Ask {
        model: text(&body["model"]),
        ..Ask::default()
    };
    for part in parts(&body["system"], "system")? {
        ask.input_tokens += reply::tokens(part);
    }
    ask.hear_all(turns(body, "messages")?, "messages")?;
    ask.limit = limit(body, "max_tokens")?;
    if ask.limit.is_none() && endpoint == Endpoint::Messages {
        return Err(Refusal::of("max_tokens", "Field required"));
    }
    Ok(ask)
}

fn read_responses(body: &Value) -> Result<Ask, Refusal> {
    let mut ask = Ask {
        model: text(&body["model"]),
        ..Ask::default()
    };
    match &body["input"] {
        Value::String(input) => ask.hear(true, input),
        Value::Array(items) => ask.hear_all(items, "input")?,
        _ => {
            return Err(Refusal::of(
                "input",
                "has to be a string or an array of items",
            ));
        }
    }
    if let Some(instructions) = body["instructions"].as_str() {
        ask.hear(false, instructions);
        ask.instructions = Some(instructions.to_owned());
    }
    ask.limit = limit(body, "max_output_tokens")?;
    Ok(ask)
}

impl Ask {
    fn hear_all(&mut self, turns: &[Value], param: &'static str) -> Result<(), Refusal> {
        for turn in turns {
            if !turn.is_object() {
                return Err(Refusal::of(param, "has to be an array of objects"));
            }
            let user = turn["role"] == "user";
            for part in parts(&turn["content"], param)? {
                self.hear(user, part);
            }
        }
        Ok(())
    }

    fn hear(&mut self, user: bool, part: &str) {
        self.input_tokens += reply::tokens(part);
        if user && !part.trim().is_empty() {
            part.trim().clone_into(&mut self.question);
        }
    }
}

/// The turns of a conversation: an array that is not empty, each turn with a role.
fn turns<'b>(body: &'b Value, param: &'static str) -> Result<&'b [Value], Refusal> {
    let turns = body[param].as_array().filter(|turns| !turns.is_empty());
    let turns =
        turns.ok_or_else(|| Refusal::of(param, "has to be an array with at least one message"))?;
    if turns.iter().all(|turn| turn["role"].is_string()) {
        Ok(turns)
    } else {
        Err(Refusal::of(param, "every message needs a `role`"))
    }
}

/// The texts of a content: a string, or parts of which those with a `text` count.
fn parts<'b>(content: &'b Value, param: &'static str) -> Result<Vec<&'b str>, Refusal> {
    match content {
        Value::Null => Ok(Vec::new()),
        Value::String(text) => Ok(vec![text]),
        Value::Array(parts) if parts.iter().all(Value::is_object) => Ok(parts
            .iter()
            .filter_map(|part| part["text"].as_str())
            .collect()),
        _ => Err(Refusal::of(
            param,
            "`content` has to be a string or an array of parts",
        )),
    }
}

fn limit(body: &Value, param: &'static str) -> Result<Option<u64>, Refusal> {
    match &body[param] {
        Value::Null => Ok(None),
        value => match value.as_u64() {
            Some(limit) if limit > 0 => Ok(Some(limit)),
            _ => Err(Refusal::of(param, "has to be a whole number above 0")),
        },
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
