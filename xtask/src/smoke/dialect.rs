//! The three client dialects as a caller sees them.

use aigw_testkit::raw::{Answer, Event};
use serde_json::{Value, json};

/// A client dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Chat,
    Responses,
    Messages,
}

impl Dialect {
    pub(super) const ALL: [Self; 3] = [Self::Chat, Self::Responses, Self::Messages];

    /// The name that configuration and records use.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Chat => "openai_chat",
            Self::Responses => "openai_responses",
            Self::Messages => "anthropic_messages",
        }
    }

    /// The endpoint's path.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Chat => "/v1/chat/completions",
            Self::Responses => "/v1/responses",
            Self::Messages => "/v1/messages",
        }
    }

    /// A small request. Chat streams ask for usage themselves, so that nothing has to be added to them.
    pub(super) fn request(self, model: &str, stream: bool) -> String {
        let mut body = match self {
            Self::Chat => {
                json!({"model": model, "messages": [{"role": "user", "content": "Say hello."}]})
            }
            Self::Responses => json!({"model": model, "input": "Say hello."}),
            Self::Messages => {
                json!({"model": model, "max_tokens": 64, "messages": [{"role": "user", "content": "Say hello."}]})
            }
        };
        if stream {
            body["stream"] = true.into();
            if self == Self::Chat {
                body["stream_options"] = json!({"include_usage": true});
            }
        }
        body.to_string()
    }

    /// Whether an event says that the answer is whole.
    pub(super) fn is_terminal(self, event: &Event) -> bool {
        match self {
            Self::Chat => event.data == "[DONE]",
            Self::Responses => matches!(
                kind(event).as_str(),
                "response.completed" | "response.incomplete"
            ),
            Self::Messages => kind(event) == "message_stop",
        }
    }

    /// Whether an event tells the caller that the answer failed.
    pub(super) fn is_error(self, event: &Event) -> bool {
        match self {
            Self::Chat => event.json()["error"].is_object(),
            Self::Responses => matches!(kind(event).as_str(), "error" | "response.failed"),
            Self::Messages => kind(event) == "error" && event.name.as_deref() == Some("error"),
        }
    }

    /// The text of an answer, buffered or streamed.
    pub(super) fn text(self, answer: &Answer, stream: bool) -> String {
        if stream {
            return answer
                .events()
                .iter()
                .map(|event| self.delta(&event.json()))
                .collect();
        }
        let body = answer.json();
        let text = match self {
            Self::Chat => body["choices"][0]["message"]["content"].clone(),
            Self::Responses => first_text(&body["output"], |item| &item["content"][0]["text"]),
            Self::Messages => first_text(&body["content"], |block| &block["text"]),
        };
        text.as_str().unwrap_or_default().to_owned()
    }

    fn delta(self, event: &Value) -> String {
        let text = match self {
            Self::Chat => &event["choices"][0]["delta"]["content"],
            Self::Responses if event["type"] == "response.output_text.delta" => &event["delta"],
            Self::Responses => &Value::Null,
            Self::Messages => &event["delta"]["text"],
        };
        text.as_str().unwrap_or_default().to_owned()
    }

    /// The message of an error body or error event; `None` when it has not this dialect's shape.
    pub(super) fn error_message(self, body: &Value) -> Option<String> {
        let nested = &body["error"]["message"];
        let message = match self {
            Self::Chat => nested,
            Self::Responses if body["type"] == "response.failed" => {
                &body["response"]["error"]["message"]
            }
            Self::Responses if body["type"] == "error" => &body["message"],
            Self::Responses => nested,
            Self::Messages if body["type"] == "error" && body["error"]["type"].is_string() => {
                nested
            }
            Self::Messages => &Value::Null,
        };
        message
            .as_str()
            .filter(|message| !message.is_empty())
            .map(str::to_owned)
    }

    /// The gateway's own code in an error body.
    pub(super) fn error_code(self, body: &Value) -> String {
        let code = match self {
            Self::Chat | Self::Responses => &body["error"]["code"],
            Self::Messages => &body["error"]["details"]["error_code"],
        };
        code.as_str().unwrap_or_default().to_owned()
    }
}

fn kind(event: &Event) -> String {
    event.json()["type"].as_str().unwrap_or_default().to_owned()
}

fn first_text(list: &Value, text: impl Fn(&Value) -> &Value) -> Value {
    let found = list
        .as_array()
        .into_iter()
        .flatten()
        .map(text)
        .find(|text| text.is_string());
    found.cloned().unwrap_or_default()
}
