//! Content of messages and of tool outputs, read.

use super::DIALECT;
use crate::codec::read;
use crate::hub::{
    Audio, Citation, Citations, File, Foreign, Image, Part, PartKind, Place, Placed, Raw, Source,
    Text, TextPart,
};
use crate::json::value::Value;

/// The parts of a `content` or `output`: a string, or an array of parts.
pub(super) fn parts(content: Value<'_>) -> Vec<Part<'_>> {
    match Text::of(content) {
        Some(text) => vec![Part::text(Place::of(content), text)],
        None => content.elements().map(part).collect(),
    }
}

/// One part of a content.
pub(super) fn part(value: Value<'_>) -> Part<'_> {
    let known = match read::kind(value) {
        b"input_text" | b"output_text" | b"text" => text(value),
        b"refusal" => refusal(value),
        b"input_image" | b"computer_screenshot" => image(value),
        b"input_file" => file(value),
        b"input_audio" => audio(value),
        _ => None,
    };
    known.unwrap_or_else(|| foreign(value))
}

/// A part, or a whole item, that only this dialect knows.
pub(super) fn foreign(value: Value<'_>) -> Part<'_> {
    let raw = Raw::of(value);
    let dialect = DIALECT;
    Part::new(
        Place::of(value),
        PartKind::Foreign(Foreign { dialect, raw }),
    )
}

/// A part that says nothing yet.
pub(super) fn blank(value: Value<'_>) -> Part<'_> {
    Part::new(Place::of(value), PartKind::Text(TextPart::default()))
}

fn text(value: Value<'_>) -> Option<Part<'_>> {
    let mut text = None;
    let mut found = None;
    let mut part = blank(value);
    read::members(value, &mut part.extras, |key, value| match key.0 {
        b"type" => true,
        b"text" => read::text(&mut text, value),
        b"annotations" if value.is_array() => {
            found = citations(value);
            true
        }
        b"logprobs" if value.is_blank() => true,
        _ => false,
    });
    part.kind = PartKind::Text(TextPart {
        text: text?.value,
        citations: found,
        state: None,
    });
    Some(part)
}

/// The annotations of a text; `None` when there are none.
fn citations(annotations: Value<'_>) -> Option<Citations<'_>> {
    let items: Vec<_> = annotations.elements().map(citation).collect();
    (!items.is_empty()).then(|| Citations {
        place: Place::of(annotations),
        dialect: DIALECT,
        items,
    })
}

/// One annotation.
pub(super) fn citation(value: Value<'_>) -> Citation<'_> {
    let text = |name| value.member(name).and_then(Text::of);
    let number = |name| value.member(name).and_then(Value::integer);
    Citation {
        place: Place::of(value),
        url: text("url"),
        title: text("title").or_else(|| text("filename")),
        cited: None,
        range: number("start_index").zip(number("end_index")),
        raw: Raw::of(value),
    }
}

fn refusal(value: Value<'_>) -> Option<Part<'_>> {
    let mut words = None;
    let mut part = blank(value);
    read::members(value, &mut part.extras, |key, value| match key.0 {
        b"type" => true,
        b"refusal" => read::text(&mut words, value),
        _ => false,
    });
    part.kind = PartKind::Refusal(words?.value);
    Some(part)
}

fn image(value: Value<'_>) -> Option<Part<'_>> {
    let (mut url, mut file_id, mut detail) = (None, None, None);
    let mut part = blank(value);
    read::members(value, &mut part.extras, |key, value| match key.0 {
        b"type" => true,
        b"image_url" => read::text(&mut url, value),
        b"file_id" => read::text(&mut file_id, value),
        b"detail" => read::text(&mut detail, value),
        _ => false,
    });
    part.kind = PartKind::Image(Image {
        source: source(url, file_id)?,
        detail,
    });
    Some(part)
}

/// Where a picture comes from.
fn source<'a>(
    url: Option<Placed<Text<'a>>>,
    file_id: Option<Placed<Text<'a>>>,
) -> Option<Source<'a>> {
    let Some(url) = url else {
        return Some(Source::FileId(file_id?.value));
    };
    Some(match read::data_url(&url.value) {
        Some((media_type, data)) => base64(media_type, data),
        None => Source::Url(url.value),
    })
}

fn base64<'a>(media_type: Text<'a>, data: Text<'a>) -> Source<'a> {
    Source::Base64 {
        media_type: Some(media_type).filter(|media_type| !media_type.is_empty()),
        data,
    }
}

fn file(value: Value<'_>) -> Option<Part<'_>> {
    let (mut data, mut url, mut file_id, mut name) = (None, None, None, None);
    let mut part = blank(value);
    read::members(value, &mut part.extras, |key, value| match key.0 {
        b"type" => true,
        b"file_data" => read::text(&mut data, value),
        b"file_url" => read::text(&mut url, value),
        b"file_id" => read::text(&mut file_id, value),
        b"filename" => read::text(&mut name, value),
        _ => false,
    });
    let source = match (data, url, file_id) {
        (Some(data), ..) => match read::data_url(&data.value) {
            Some((media_type, data)) => base64(media_type, data),
            None => Source::Base64 {
                media_type: None,
                data: data.value,
            },
        },
        (None, Some(url), _) => Source::Url(url.value),
        (None, None, Some(id)) => Source::FileId(id.value),
        (None, None, None) => return None,
    };
    part.kind = PartKind::File(File {
        source,
        name,
        context: None,
        citations: None,
    });
    Some(part)
}

fn audio(value: Value<'_>) -> Option<Part<'_>> {
    let sound = value.member("input_audio")?;
    let (mut data, mut format) = (None, None);
    let mut part = blank(value);
    read::members(value, &mut part.extras, |key, _| {
        matches!(key.0, b"type" | b"input_audio")
    });
    read::members(sound, &mut part.extras, |key, value| match key.0 {
        b"data" => read::text(&mut data, value),
        b"format" => read::text(&mut format, value),
        _ => false,
    });
    part.kind = PartKind::Audio(Audio {
        source: Source::Base64 {
            media_type: None,
            data: data?.value,
        },
        format,
        transcript: None,
        expires_at: None,
    });
    Some(part)
}
