//! Taking a free text out of the JSON object that it was wrapped into, while that is being written.

use crate::json::value::Value;
use crate::json::{Scanner, value};

/// Reads `{"input":"…"}` piece by piece and gives the text as far as it is known.
///
/// What turns out to be no such object is given as it is, at the latest at the end.
#[derive(Debug, Default)]
pub(super) struct Input {
    /// What has been received; the text before `done` has been given already.
    json: String,
    state: State,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The string has not begun.
    #[default]
    Before,
    /// It has; everything before this offset has been given.
    Within(usize),
    /// It has ended.
    After,
    /// This is no such object; everything goes through.
    Plain,
}

impl Input {
    /// Takes more JSON text and gives more of the free text.
    pub(super) fn push(&mut self, piece: &str) -> String {
        match self.state {
            State::After => return String::new(),
            State::Plain => return piece.to_owned(),
            State::Before | State::Within(_) => self.json.push_str(piece),
        }
        if self.state == State::Before {
            match opening(&self.json) {
                Opening::Text(at) => self.state = State::Within(at),
                Opening::Incomplete | Opening::Other => return String::new(),
                Opening::NoObject => {
                    self.state = State::Plain;
                    return std::mem::take(&mut self.json);
                }
            }
        }
        self.more()
    }

    /// Ends the text, and gives what has not been given.
    pub(super) fn finish(&mut self) -> String {
        if self.state != State::Before {
            return String::new();
        }
        // Other members come first, or there is no such member at all.
        self.state = State::After;
        let json = std::mem::take(&mut self.json);
        if Scanner::scan(json.as_bytes()).is_err() {
            return json;
        }
        let input = Value::of(json.as_bytes())
            .member("input")
            .and_then(Value::raw_text);
        match input {
            Some(text) => value::unescape_lossy(text).into_owned(),
            None if json.trim() == "{}" => String::new(),
            None => json,
        }
    }

    fn more(&mut self) -> String {
        let State::Within(from) = self.state else {
            return String::new();
        };
        let bytes = self.json.as_bytes();
        let mut at = from;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' => break,
                b'\\' => match escape_length(&bytes[at..]) {
                    Some(length) => at += length,
                    None => break,
                },
                _ => at += 1,
            }
        }
        let text = value::unescape_lossy(&bytes[from..at]).into_owned();
        if bytes.get(at) == Some(&b'"') {
            self.state = State::After;
            self.json = String::new();
        } else {
            // What was given is not needed any more.
            self.json.drain(..at);
            self.state = State::Within(0);
        }
        text
    }
}

/// The length of the escape at the start, surrogate pairs as one; `None` while it is incomplete.
fn escape_length(bytes: &[u8]) -> Option<usize> {
    if *bytes.get(1)? != b'u' {
        return Some(2);
    }
    let digits = bytes.get(2..6)?;
    let high = digits[0].eq_ignore_ascii_case(&b'd')
        && matches!(digits[1], b'8'..=b'9' | b'a'..=b'b' | b'A'..=b'B');
    if !high {
        return Some(6);
    }
    match (bytes.get(6), bytes.get(7)) {
        (None, _) | (Some(b'\\'), None) => None,
        (Some(b'\\'), Some(b'u')) => (bytes.len() >= 12).then_some(12),
        _ => Some(6),
    }
}

enum Opening {
    /// The text begins at this offset.
    Text(usize),
    /// More is needed to tell.
    Incomplete,
    /// It is an object that begins otherwise.
    Other,
    /// It is no object.
    NoObject,
}

/// How the JSON text begins: `{`, `"input"`, `:`, `"`.
fn opening(json: &str) -> Opening {
    let bytes = json.as_bytes();
    let mut at = 0;
    for token in ["{", "\"input\"", ":", "\""] {
        while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        let rest = &bytes[at..];
        if rest.starts_with(token.as_bytes()) {
            at += token.len();
        } else if token.as_bytes().starts_with(rest) {
            return Opening::Incomplete;
        } else if token == "{" {
            return Opening::NoObject;
        } else {
            return Opening::Other;
        }
    }
    Opening::Text(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_pieces(json: &str, size: usize) -> String {
        let mut input = Input::default();
        let characters: Vec<char> = json.chars().collect();
        let mut text = String::new();
        for piece in characters.chunks(size) {
            text.push_str(&input.push(&piece.iter().collect::<String>()));
        }
        text.push_str(&input.finish());
        text
    }

    #[test]
    fn any_split_gives_the_same_text() {
        for (json, text) in [
            (
                r#" {"input": "a\n\"b\" \u00e9\ud83d\ude00\\ é"} "#,
                "a\n\"b\" é😀\\ é",
            ),
            (r#"{"input":""}"#, ""),
            ("{}", ""),
            (r#"{"why":"x","input":"y"}"#, "y"),
            (r#"{"input":["y"]}"#, r#"{"input":["y"]}"#),
            (r#"{"other":1}"#, r#"{"other":1}"#),
            ("*** Begin Patch\n", "*** Begin Patch\n"),
            (r#"{"input":"\ud83dx"}"#, "\u{fffd}x"),
        ] {
            for size in 1..=json.len() {
                assert_eq!(in_pieces(json, size), text, "{json} by {size}");
            }
        }
    }

    #[test]
    fn the_text_is_given_as_soon_as_it_is_known() {
        let mut input = Input::default();
        assert_eq!(input.push(r#"{"input":"ab"#), "ab");
        assert_eq!(input.push(r"c\"), "c");
        assert_eq!(input.push("n"), "\n");
    }
}
