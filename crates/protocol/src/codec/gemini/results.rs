//! Results of function calls, read and written.

use super::blocks::{Identify, Named, part};
use super::names::camel;
use super::pen::{Pen, Side};
use crate::codec::{Capabilities, read};
use crate::hub::wrap::call_wire_name;
use crate::hub::{Extra, Part, PartKind, Place, Placed, Reason, Source, Text, ToolResult};
use crate::json::value::Value;

/// Reads a `functionResponse`.
pub(super) fn result<'a>(
    response: Value<'a>,
    extras: &mut Vec<Extra<'a>>,
    identify: &mut Identify<'_, 'a>,
) -> ToolResult<'a> {
    let (mut id, mut name, mut given, mut parts) = (None, None, None, None);
    read::members(response, extras, |key, value| match &*camel(key) {
        b"id" => read::text(&mut id, value),
        b"name" => read::text(&mut name, value),
        b"response" => read::fill(&mut given, value.is_object().then_some(value)),
        b"parts" => read::fill(&mut parts, value.is_array().then_some(value)),
        _ => false,
    });
    let nameless = Text::default();
    let id = id.filter(|id: &Placed<Text<'a>>| !id.is_empty());
    let call_id = match (&id, &name) {
        (Some(id), _) => identify(Named::Answered(id)),
        (None, Some(name)) => identify(Named::Result(name)),
        (None, None) => identify(Named::Result(&nameless)),
    };
    let mut result = ToolResult::new(call_id, Vec::new());
    result.name = name;
    if let Some(given) = given {
        content(&mut result, given);
    }
    if let Some(parts) = parts.filter(|parts| !parts.is_blank()) {
        if let Some(object) = result.object.take() {
            let text = String::from_utf8_lossy(object.value.bytes()).into_owned();
            result
                .content
                .push(Part::text(object.place, Text::plain(text)));
        }
        let media = parts
            .elements()
            .map(|value| part(value, &mut |_| Text::default()));
        result.content.extend(media);
    }
    result
}

/// What a response says. The vendor gives two members a meaning: `output` and `error`.
fn content<'a>(result: &mut ToolResult<'a>, given: Value<'a>) {
    let mut members = given.members();
    let (first, more) = (members.next(), members.next());
    if let (Some((key, value)), None) = (first, more) {
        let error = key.0 == b"error";
        if let Some(text) = Text::of(value).filter(|_| error || key.0 == b"output") {
            result.content.push(Part::text(Place::of(value), text));
            result.is_error = error.then(|| Placed::new(given, true));
            return;
        }
    }
    result.object = Some(Placed::raw(given));
}

impl Pen<'_, '_> {
    /// Writes a result; what it cannot hold follows as parts of its own.
    pub(super) fn result(&mut self, part: &Part<'_>, result: &ToolResult<'_>) {
        self.loss
            .drop_value(result.item_id.as_ref(), Reason::NotInDialect);
        let rich = match self.side {
            Side::Upstream(target) => target.can(Capabilities::RICH_RESULTS),
            Side::Client(_) => true,
        };
        let (inside, behind): (Vec<_>, Vec<_>) = result
            .content
            .iter()
            .filter(|part| words(part).is_none())
            .partition(|part| rich && is_inline(part));
        self.json.open(b'{');
        self.json.key("functionResponse").open(b'{');
        self.call_id(&result.call_id);
        self.result_name(result);
        self.response(result);
        if !inside.is_empty() {
            self.json.key("parts").open(b'[');
            for part in inside {
                self.part(part);
            }
            self.json.close(b']');
        }
        self.inner_extras(part);
        self.json.close(b'}');
        self.outer_extras(part);
        self.json.close(b'}');
        for part in behind {
            self.part(part);
        }
    }

    fn result_name(&mut self, result: &ToolResult<'_>) {
        let call = self.calls.get(&*result.call_id.resolve());
        let name = match (call, &result.name) {
            (Some(call), _) => call_wire_name(call.namespace.as_ref(), &call.name),
            (None, Some(name)) => {
                let namespace = result.namespace.as_ref().map(|space| &space.value);
                call_wire_name(namespace, name)
            }
            (None, None) => {
                let path = format!("contents[{}].parts[].functionResponse.name", self.contents);
                self.loss.assume(path, "\"unknown\"");
                "unknown".into()
            }
        };
        self.json.key("name").string(&name);
    }

    fn response(&mut self, result: &ToolResult<'_>) {
        let error = result.is_error.is_some_and(|error| error.value);
        let key = if error { "error" } else { "output" };
        self.json.key("response");
        match &result.object {
            Some(object) if object.value().is_object() && !error => self.json.raw(object.bytes()),
            Some(object) => self.json.object(|o| o.key(key).raw(object.bytes())),
            None => self.json.object(|o| {
                let words = result.content.iter().filter_map(words);
                o.key(key).pieces(|pieces| {
                    for (index, text) in words.enumerate() {
                        if index > 0 {
                            pieces.push("\n");
                        }
                        pieces.push_text(text);
                    }
                });
            }),
        }
        for part in result.content.iter().filter(|part| words(part).is_some()) {
            self.loss
                .drop_value(part.cache.as_ref(), Reason::NotInDialect);
            if !self.own {
                self.loss.drop_extras(&part.extras);
            }
        }
    }
}

fn words<'p, 'a>(part: &'p Part<'a>) -> Option<&'p Text<'a>> {
    match &part.kind {
        PartKind::Text(text) => Some(&text.text),
        PartKind::Refusal(text) => Some(text),
        _ => None,
    }
}

fn is_inline(part: &Part<'_>) -> bool {
    let source = match &part.kind {
        PartKind::Image(image) => &image.source,
        PartKind::File(file) => &file.source,
        PartKind::Audio(audio) => &audio.source,
        PartKind::Video(video) => &video.source,
        _ => return false,
    };
    matches!(source, Source::Base64 { .. })
}
