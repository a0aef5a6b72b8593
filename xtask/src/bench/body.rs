//! Request bodies of a given size that look like an agent's conversation.

use serde_json::json;

/// What is repeated: prose with line breaks, quotes and other letters, and a piece of code.
const TURN: &str = "Please look at the failing check again: it says \"expected 3, found 4\" in line 118.\nThe façade of the \
                    module is fine – I think the counter starts too late.\n\tlet total = items.iter().map(|i| i.len()).sum();\n";

/// A chat request of exactly `size` bytes (or the smallest possible one, if that is larger).
pub(super) fn chat(model: &str, stream: bool, size: usize) -> Vec<u8> {
    let bare = render(model, stream, &[]);
    let mut turns: Vec<String> = Vec::new();
    let mut length = bare.len();
    loop {
        let with_turn = length + turn_length(turns.len());
        if with_turn > size {
            break;
        }
        turns.push(TURN.to_owned());
        length = with_turn;
    }
    pad(model, stream, &turns, size)
}

fn turn_length(place: usize) -> usize {
    json!({"role": role(place), "content": TURN})
        .to_string()
        .len()
        + 1
}

/// Fills what is left with plain letters in the system prompt.
fn pad(model: &str, stream: bool, turns: &[String], size: usize) -> Vec<u8> {
    let length = render(model, stream, turns).len();
    let letters = size.saturating_sub(length);
    let mut body = render(model, stream, turns);
    let marker = b"You are a careful assistant.";
    if let Some(at) = body
        .windows(marker.len())
        .position(|window| window == marker)
    {
        let at = at + marker.len();
        body.splice(
            at..at,
            "abcdefghijklmnopqrstuvwxyz ".bytes().cycle().take(letters),
        );
    }
    body
}

fn render(model: &str, stream: bool, turns: &[String]) -> Vec<u8> {
    let mut messages = vec![json!({"role": "system", "content": "You are a careful assistant."})];
    let turn = |(place, text): (usize, &String)| json!({"role": role(place), "content": text});
    messages.extend(turns.iter().enumerate().map(turn));
    messages.push(json!({"role": "user", "content": "What now?"}));
    let mut body = json!({"model": model, "messages": messages, "temperature": 0.2});
    if stream {
        body["stream"] = true.into();
    }
    body.to_string().into_bytes()
}

fn role(place: usize) -> &'static str {
    if place.is_multiple_of(2) {
        "user"
    } else {
        "assistant"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_have_exactly_the_size_asked_for_and_are_json() {
        for size in [1024, 64 * 1024, 1024 * 1024] {
            let body = chat("bench", true, size);
            assert_eq!(body.len(), size);
            let value: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(value["stream"], true);
        }
    }
}
