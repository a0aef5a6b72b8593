//! What a model would make of a request: reads the conversation strictly, as its vendor does, and answers it.

mod chat;
mod gemini;
mod json;
mod messages;
mod responses;
mod schema;
mod seal;

use serde_json::Value;

use super::call::{Call, Endpoint};
use super::content::{Finish, Part, Saying, Tool, greeting, words};
use crate::scenario::Content;

/// What a request holds, as a model sees it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Talk {
    /// Whether tools are called at all.
    calls_tools: bool,
    /// All system and developer texts.
    system: String,
    /// What the user has said since the last answer.
    said: String,
    /// Pictures since the last answer: media type and length in base64, or address.
    pictures: Vec<String>,
    tools: Vec<Declared>,
    choice: Choice,
    /// Whether parallel calls are switched off.
    one_call: bool,
    /// Tool results since the last answer.
    results: Vec<String>,
    /// Calls in the conversation so far.
    calls: usize,
    /// The schema that the answer must have.
    schema: Option<Value>,
    reasoning: Reasoning,
    /// An answer came after what the user said; what comes next is new.
    answered: bool,
}

/// A tool that a request declares.
#[derive(Debug, Clone, Default)]
struct Declared {
    name: String,
    namespace: Option<String>,
    freeform: bool,
    schema: Value,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Choice {
    #[default]
    Auto,
    None,
    Required,
    Named(String),
}

/// Whether an answer reasons, and what of it is told.
#[derive(Debug, Clone, Copy, Default)]
struct Reasoning {
    /// Whether this model reasons and wants its reasoning back.
    wanted: bool,
    /// Whether the request lets it reason.
    asked: bool,
    /// Whether the text is told.
    shown: bool,
    /// Whether the state is told.
    sealed: bool,
    /// Whether the reasoning of an earlier answer came back as it was.
    verified: bool,
}

/// Why a vendor does not take a request; the status is 400.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Complaint {
    pub(crate) message: String,
    pub(crate) param: Option<String>,
    pub(crate) code: Option<&'static str>,
}

/// How texts of this project's own envelopes begin, plain and in base64: no vendor may ever see one.
const ENVELOPES: [&str; 2] = ["aigw1.", "YWlndzEu"];

impl Talk {
    /// Reads the request if the answer depends on it.
    pub(crate) fn read(
        call: &Call,
        content: Content,
        body: &[u8],
    ) -> Result<Option<Box<Self>>, Complaint> {
        let read = match call.endpoint {
            Endpoint::Chat => chat::read,
            Endpoint::Responses => responses::read,
            Endpoint::Messages => messages::read,
            Endpoint::Generate => gemini::read,
            _ => return Ok(None),
        };
        if !matches!(content, Content::Talk | Content::Agent | Content::Reasoner) {
            return Ok(None);
        }
        let mut talk = Self {
            calls_tools: content != Content::Talk,
            ..Self::default()
        };
        talk.reasoning.wanted = content == Content::Reasoner;
        let text = String::from_utf8_lossy(body);
        if let Some(envelope) = ENVELOPES.iter().find(|envelope| text.contains(**envelope)) {
            return Err(Complaint::new(format!("`{envelope}` is nothing of ours")));
        }
        let body = serde_json::from_slice(body)
            .map_err(|error| Complaint::new(format!("invalid JSON: {error}")))?;
        read(&body, &mut talk)?;
        Ok(Some(Box::new(talk)))
    }

    /// What the model says to it.
    pub(super) fn answer(&self, call: &Call) -> Saying {
        let (mut parts, mut hidden) = (Vec::new(), 0);
        if self.reasoning.wanted && self.reasoning.asked {
            let text = self.thought();
            if !self.reasoning.shown {
                hidden = words(&text).len();
            }
            parts.push(self.thinking(call, &text));
        }
        let calls = self.called();
        let finish = if calls.is_empty() {
            parts.push(Part::Text(self.text(call)));
            Finish::Stop
        } else {
            parts.extend(calls.into_iter().map(Part::Tool));
            Finish::Tools
        };
        Saying {
            parts,
            finish,
            hidden,
        }
    }

    fn thought(&self) -> String {
        format!(
            "Tools have given {} results. I think before I go on.",
            self.results.len()
        )
    }

    fn thinking(&self, call: &Call, text: &str) -> Part {
        let seal = if self.reasoning.sealed {
            seal::made(call.endpoint, text)
        } else {
            String::new()
        };
        let pieces = if self.reasoning.shown {
            words(text)
        } else {
            Vec::new()
        };
        Part::Thinking { pieces, seal }
    }

    /// The calls that come next.
    fn called(&self) -> Vec<Tool> {
        let forced = !matches!(self.choice, Choice::Auto | Choice::None);
        let free = self.calls_tools && self.results.is_empty() && self.choice != Choice::None;
        if !forced && !free {
            return Vec::new();
        }
        let mut wanted = self.directed();
        if wanted.is_empty() {
            wanted = self.chosen();
        }
        if self.one_call {
            wanted.truncate(1);
        }
        wanted
            .into_iter()
            .enumerate()
            .map(|(index, (tool, input))| Tool {
                index,
                number: self.calls + index,
                name: tool.name.clone(),
                namespace: tool.namespace.clone(),
                freeform: tool.freeform,
                arguments: pieces(&input),
            })
            .collect()
    }

    /// The calls that `[[call NAME INPUT]]` in what the user said asks for, as far as the tools are declared.
    fn directed(&self) -> Vec<(&Declared, String)> {
        let mut found = Vec::new();
        let mut rest = self.said.as_str();
        while let Some((_, after)) = rest.split_once("[[call ") {
            let (directive, after) = after.split_once("]]").unwrap_or((after, ""));
            let (name, input) = directive.split_once(' ').unwrap_or((directive, "{}"));
            if let Some(tool) = self.tools.iter().find(|tool| tool.is(name)) {
                found.push((tool, tool.input(input)));
            }
            rest = after;
        }
        found
    }

    /// Two calls with made-up arguments; one where only one tool may be called.
    fn chosen(&self) -> Vec<(&Declared, String)> {
        let tools: Vec<&Declared> = match &self.choice {
            Choice::Named(name) => self.tools.iter().filter(|tool| tool.is(name)).collect(),
            Choice::Required if !self.results.is_empty() => self.tools.last().into_iter().collect(),
            Choice::Required => self.tools.iter().take(2).collect(),
            Choice::Auto | Choice::None if self.tools.len() == 1 => {
                self.tools.iter().cycle().take(2).collect()
            }
            Choice::Auto | Choice::None => self.tools.iter().take(2).collect(),
        };
        let input = |(seed, tool): (usize, &Declared)| {
            if tool.freeform {
                format!("free \"text\" {}\nof two lines", seed + 1)
            } else {
                schema::conforming(&tool.schema, seed + 1).to_string()
            }
        };
        tools
            .into_iter()
            .enumerate()
            .map(|(seed, tool)| (tool, input((seed, tool))))
            .collect()
    }

    fn text(&self, call: &Call) -> Vec<String> {
        if let Some(schema) = &self.schema {
            return pieces(&schema::conforming(schema, 1).to_string());
        }
        let mut text = if self.results.is_empty() {
            format!("{} You said: {}", greeting(call), clip(&self.said))
        } else {
            let results: Vec<_> = self.results.iter().map(|text| clip(text)).collect();
            format!("The tools said: {}.", results.join(" and "))
        };
        if !self.system.is_empty() {
            text.push_str(" The system said: ");
            text.push_str(&clip(&self.system));
        }
        if !self.pictures.is_empty() {
            text.push_str(" I see ");
            text.push_str(&self.pictures.join(" and "));
            text.push('.');
        }
        if self.reasoning.verified {
            text.push_str(" My reasoning came back as it was.");
        }
        words(&text)
    }

    /// Takes in what the user says.
    fn hear(&mut self, text: &str) {
        if std::mem::take(&mut self.answered) {
            self.said.clear();
            self.pictures.clear();
        }
        self.said.push_str(text);
    }

    /// Takes in an answer of before.
    fn reply(&mut self) {
        self.answered = true;
        self.results.clear();
    }
}

impl Declared {
    /// An input as this tool takes it: free text that a function is to get goes into its argument `input`.
    fn input(&self, input: &str) -> String {
        if self.freeform || input.starts_with('{') {
            input.to_owned()
        } else {
            serde_json::json!({"input": input}).to_string()
        }
    }

    /// Whether it goes by this name, with or without its namespace.
    fn is(&self, name: &str) -> bool {
        self.name == name || self.name.ends_with(&format!("__{name}"))
    }
}

impl Complaint {
    fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            param: None,
            code: None,
        }
    }

    /// The same about this member.
    fn at(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    /// The same with this code.
    fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }
}

/// Cuts behind every seventh character.
fn pieces(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(7).map(String::from_iter).collect()
}

/// The beginning of a text, quoted.
fn clip(text: &str) -> String {
    let cut: String = text.chars().take(200).collect();
    format!("{cut:?}")
}

#[cfg(test)]
mod tests;
