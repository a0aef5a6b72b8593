//! What answers say, before a dialect puts it into words of its own.

use super::call::Call;
use crate::scenario::Content;

/// One answer's content.
#[derive(Debug, Clone)]
pub(super) struct Saying {
    pub(super) parts: Vec<Part>,
    pub(super) finish: Finish,
    /// Tokens of reasoning that is not told.
    pub(super) hidden: usize,
}

/// A block of content, cut into the pieces it is streamed in.
#[derive(Debug, Clone)]
pub(super) enum Part {
    /// Reasoning with the state that vouches for it, which may be empty.
    Thinking {
        pieces: Vec<String>,
        seal: String,
    },
    Text(Vec<String>),
    Refusal(Vec<String>),
    Tool(Tool),
}

/// One call of a tool.
#[derive(Debug, Clone)]
pub(super) struct Tool {
    /// Its place among the calls of this answer.
    pub(super) index: usize,
    /// Its place among the calls of the conversation, which its id carries.
    pub(super) number: usize,
    pub(super) name: String,
    /// The namespace that it was declared in.
    pub(super) namespace: Option<String>,
    /// Whether its input is free text instead of JSON.
    pub(super) freeform: bool,
    pub(super) arguments: Vec<String>,
}

/// Why the answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finish {
    Stop,
    Length,
    Tools,
    Refusal,
}

/// Tokens that every request is said to have had.
pub(super) const INPUT_TOKENS: usize = 25;

/// Those of them that came out of the cache.
pub(super) const CACHED_TOKENS: usize = 8;

/// What signatures and encrypted reasoning look like: opaque.
pub(super) const SEALED: &str = "ErUBCkYIBRgCIkCZ3q+fake/sealed+reasoning0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz==";

impl Saying {
    pub(super) fn of(content: Content, call: &Call) -> Self {
        if let Some(talk) = &call.talk {
            return talk.answer(call);
        }
        let parts = match content {
            Content::Text
            | Content::MaxTokens
            | Content::Talk
            | Content::Agent
            | Content::Reasoner => vec![Part::Text(words(&greeting(call)))],
            Content::Long => vec![Part::Text(long(call))],
            Content::Events(count) => vec![Part::Text(counted(call, count))],
            Content::Size(kib) => vec![Part::Text(vec![
                "0123456789abcdef".repeat(kib as usize * 64),
            ])],
            Content::Unicode => vec![Part::Text(unicode(call))],
            Content::Tool => vec![weather(0)],
            Content::Tools => vec![weather(0), lookup(1)],
            Content::Thinking => vec![
                Part::Thinking {
                    pieces: words("The question is short. One sentence is enough."),
                    seal: SEALED.to_owned(),
                },
                Part::Text(words(&greeting(call))),
            ],
            Content::Refusal => vec![Part::Refusal(words("I cannot help with that request."))],
            Content::Empty => Vec::new(),
        };
        let finish = match content {
            Content::MaxTokens => Finish::Length,
            Content::Tool | Content::Tools => Finish::Tools,
            Content::Refusal => Finish::Refusal,
            _ => Finish::Stop,
        };
        Self {
            parts,
            finish,
            hidden: 0,
        }
    }

    /// One token for every streamed piece.
    pub(super) fn output_tokens(&self) -> usize {
        self.hidden
            + self
                .parts
                .iter()
                .map(|part| part.pieces().len())
                .sum::<usize>()
    }

    /// Those of them that were thinking.
    pub(super) fn thinking_tokens(&self) -> usize {
        let thinking = self
            .parts
            .iter()
            .filter(|part| matches!(part, Part::Thinking { .. }));
        self.hidden + thinking.map(|part| part.pieces().len()).sum::<usize>()
    }

    /// All text of the answer.
    pub(super) fn text(&self) -> String {
        let texts = self
            .parts
            .iter()
            .filter(|part| matches!(part, Part::Text(_)));
        texts.map(Part::joined).collect()
    }
}

impl Part {
    /// The pieces it is streamed in.
    pub(super) fn pieces(&self) -> &[String] {
        match self {
            Self::Thinking { pieces, .. } | Self::Text(pieces) | Self::Refusal(pieces) => pieces,
            Self::Tool(tool) => &tool.arguments,
        }
    }

    /// The whole of it.
    pub(super) fn joined(&self) -> String {
        self.pieces().concat()
    }
}

pub(super) fn greeting(call: &Call) -> String {
    let name = if call.name.is_empty() {
        String::new()
    } else {
        format!(" {}", call.name)
    };
    format!(
        "Hello from the fake upstream{name}, model {}. One, two, three, four.",
        call.model
    )
}

/// Cuts behind every space.
pub(super) fn words(text: &str) -> Vec<String> {
    text.split_inclusive(' ').map(str::to_owned).collect()
}

fn counted(call: &Call, count: u32) -> Vec<String> {
    let first = (count > 0).then(|| format!("{} ", call.model));
    first
        .into_iter()
        .chain((1..count).map(|number| format!("t{number} ")))
        .collect()
}

fn long(call: &Call) -> Vec<String> {
    let line = |number: usize| match number % 4 {
        0 => format!("Line {number} of {}\n", call.model),
        1 => "with \"quotes\", a \\ and a\ttab, ".to_owned(),
        2 => "plain words that go on for a while, ".to_owned(),
        _ => "and an end. ".to_owned(),
    };
    (0..400).map(line).collect()
}

fn unicode(call: &Call) -> Vec<String> {
    let mut pieces = vec![format!("{}: ", call.model)];
    let texts = [
        "Grüße",
        " Привет",
        " 你好",
        " שלום",
        " مرحبا",
        " e\u{301}",
        " 👩‍👩‍👧‍👦",
        " \u{1d11e}",
        " \u{2028}line",
        " \u{7f}\u{1}",
        " </script>",
    ];
    pieces.extend(texts.iter().map(|text| (*text).to_owned()));
    pieces
}

fn weather(number: usize) -> Part {
    tool(
        number,
        "get_weather",
        &["{\"ci", "ty\": \"Par", "is\", \"un", "it\": \"celsius\"}"],
    )
}

fn lookup(number: usize) -> Part {
    tool(
        number,
        "lookup",
        &[
            "{\"query\"",
            ": \"opening \\\"hours\\\"\"",
            ", \"limit\": 3}",
        ],
    )
}

fn tool(number: usize, name: &str, arguments: &[&str]) -> Part {
    Part::Tool(Tool {
        index: number,
        number,
        name: name.to_owned(),
        namespace: None,
        freeform: false,
        arguments: arguments.iter().map(|piece| (*piece).to_owned()).collect(),
    })
}
