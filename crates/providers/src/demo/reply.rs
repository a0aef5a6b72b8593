//! What the demo says, and how it counts.

use super::ask::Ask;

/// The answer to one request, before it takes the form of a dialect.
#[derive(Debug)]
pub(super) struct Reply<'a> {
    /// The request.
    pub(super) ask: &'a Ask,
    /// The text in the pieces that a stream sends it in; each counts as one token.
    pub(super) pieces: Vec<String>,
    /// The caller's limit ended the text.
    pub(super) cut: bool,
}

/// The most characters of a question that are said back.
const QUOTED: usize = 400;

/// The most characters of a word that make one piece.
const PIECE: usize = 16;

impl<'a> Reply<'a> {
    /// The answer to `ask`.
    pub(super) fn to(ask: &'a Ask) -> Reply<'a> {
        let mut pieces = pieces(&sentence(&ask.question));
        let limit = ask.limit.map_or(usize::MAX, |limit| {
            usize::try_from(limit).unwrap_or(usize::MAX)
        });
        let cut = pieces.len() > limit;
        pieces.truncate(limit);
        Reply { ask, pieces, cut }
    }

    /// The whole text.
    pub(super) fn text(&self) -> String {
        self.pieces.concat()
    }

    /// The tokens of the answer.
    pub(super) fn output_tokens(&self) -> u64 {
        self.pieces.len() as u64
    }

    /// The tokens of request and answer.
    pub(super) fn total_tokens(&self) -> u64 {
        self.ask.input_tokens + self.output_tokens()
    }
}

/// How many tokens `text` counts as: its words, long ones in pieces of sixteen characters.
pub(super) fn tokens(text: &str) -> u64 {
    text.split_whitespace()
        .map(|word| word.chars().count().div_ceil(PIECE) as u64)
        .sum()
}

fn sentence(question: &str) -> String {
    let asked = if question.is_empty() {
        "Your request holds no text, and that is fine.".to_owned()
    } else {
        let more = if question.chars().nth(QUOTED).is_some() {
            "…"
        } else {
            ""
        };
        let quoted: String = question.chars().take(QUOTED).collect();
        format!("You said: “{quoted}{more}”.")
    };
    format!(
        "Hello from the demo provider of AI Model Gateway! {asked} No model was asked: this answer is made inside \
         the gateway. Add a provider and a model to the configuration to talk to a real one."
    )
}

/// The text in words, each with the space before it, long ones in several pieces; together they are the text.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut length = 0;
    let mut in_word = false;
    for c in text.chars() {
        let starts = in_word && (c.is_whitespace() || length == PIECE);
        if starts || pieces.is_empty() {
            pieces.push(String::new());
            length = 0;
        }
        in_word = !c.is_whitespace();
        length += usize::from(in_word);
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
    }
    pieces
}
