mod basics;
mod connections;
mod content;
mod endpoints;
mod faults;

use std::time::Duration;

use super::FakeUpstream;
use crate::raw::{Answer, Client, Event, Exchange, Head, exchange, request};

/// How long nothing must come before a test believes that nothing will come.
const QUIET: Duration = Duration::from_millis(700);

/// The paths of the three dialects.
const DIALECTS: [&str; 3] = ["/v1/chat/completions", "/v1/responses", "/v1/messages"];

fn body(model: &str, stream: bool) -> String {
    format!(
        r#"{{"model":"{model}","stream":{stream},"messages":[{{"role":"user","content":"hi"}}],"max_tokens":99}}"#
    )
}

async fn client(upstream: &FakeUpstream) -> Client {
    Client::connect(upstream.addr()).await.unwrap()
}

/// The same with the members that a conversation of this dialect has, and no others.
fn strict(path: &str, model: &str, stream: bool) -> String {
    if path.ends_with("/responses") {
        format!(r#"{{"model":"{model}","stream":{stream},"input":"hi"}}"#)
    } else {
        body(model, stream)
    }
}

/// A buffered answer.
async fn ask(upstream: &FakeUpstream, path: &str, model: &str) -> Answer {
    client(upstream)
        .await
        .post(path, &[], strict(path, model, false))
        .await
        .unwrap()
}

/// A stream's head and events, which must end properly.
async fn stream(upstream: &FakeUpstream, path: &str, model: &str) -> (Head, Vec<Event>) {
    let mut client = client(upstream).await;
    let head = client
        .open(path, &[], strict(path, model, true))
        .await
        .unwrap();
    let events = client.events().await.unwrap();
    (head, events)
}

/// A stream's events up to where it breaks, and how it breaks.
async fn broken(
    upstream: &FakeUpstream,
    path: &str,
    model: &str,
) -> (Vec<Event>, std::io::ErrorKind) {
    let mut client = client(upstream).await.patience(QUIET);
    client.open(path, &[], body(model, true)).await.unwrap();
    let mut events = Vec::new();
    loop {
        match client.event().await {
            Ok(Some(event)) => events.push(event),
            Ok(None) => panic!("the stream ended properly after {} events", events.len()),
            Err(error) => return (events, error.kind()),
        }
    }
}

/// Whether an event carries content of text scenarios.
fn is_text(event: &Event) -> bool {
    let json = event.json();
    json["choices"][0]["delta"]["content"]
        .as_str()
        .is_some_and(|text| !text.is_empty())
        || json["type"] == "response.output_text.delta"
        || json["type"] == "content_block_delta"
}

/// Whether an event ends a stream as it should end.
fn is_terminal(event: &Event) -> bool {
    event.data == "[DONE]"
        || matches!(
            event.json()["type"].as_str(),
            Some("message_stop" | "response.completed" | "response.incomplete")
        )
}

fn texts(events: &[Event]) -> usize {
    events.iter().filter(|event| is_text(event)).count()
}

/// What comes back on a connection of its own until it closes or falls silent.
async fn exchanged(upstream: &FakeUpstream, model: &str, stream: bool) -> Exchange {
    let bytes = request(
        "POST",
        DIALECTS[0],
        "x",
        &[],
        body(model, stream).as_bytes(),
    );
    exchange(upstream.addr(), &bytes, QUIET).await.unwrap()
}
