//! Content parts, read.

use super::DIALECT;
use crate::codec::read;
use crate::hub::{
    Audio, Citation, Citations, File, Foreign, Image, Part, PartKind, Place, Placed, Raw, Source,
    Text, TextPart,
};
use crate::json::value::Value;

/// The parts of a `content`: a string, or parts.
pub(super) fn parts(content: Value<'_>) -> Vec<Part<'_>> {
    match Text::of(content) {
        Some(text) => vec![Part::text(Place::of(content), text)],
        None => content.elements().map(part).collect(),
    }
}

fn part(value: Value<'_>) -> Part<'_> {
    let known = match read::kind(value) {
        b"text" => text(value),
        b"image_url" => image(value),
        b"input_audio" => audio(value),
        b"file" => file(value),
        b"refusal" => refusal(value),
        _ => None,
    };
    known.unwrap_or_else(|| {
        let raw = Raw::of(value);
        let dialect = DIALECT;
        Part::new(
            Place::of(value),
            PartKind::Foreign(Foreign { dialect, raw }),
        )
    })
}

fn blank(value: Value<'_>) -> Part<'_> {
    Part::new(Place::of(value), PartKind::Text(TextPart::default()))
}

fn text(value: Value<'_>) -> Option<Part<'_>> {
    let mut text = None;
    let mut part = blank(value);
    read::members(value, &mut part.extras, |key, value| match key.0 {
        b"type" => true,
        b"text" => read::text(&mut text, value),
        b"cache_control" => read::cache(&mut part.cache, value),
        _ => false,
    });
    part.kind = PartKind::Text(TextPart::plain(text?.value));
    Some(part)
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
    let (mut url, mut detail) = (None, None);
    let mut part = blank(value);
    let mut inner = Vec::new();
    read::members(value, &mut part.extras, |key, value| match key.0 {
        b"type" => true,
        b"image_url" if value.raw_text().is_some() => read::text(&mut url, value),
        b"image_url" => {
            read::members(value, &mut inner, |key, value| match key.0 {
                b"url" => read::text(&mut url, value),
                b"detail" => read::text(&mut detail, value),
                _ => false,
            });
            true
        }
        b"cache_control" => read::cache(&mut part.cache, value),
        _ => false,
    });
    part.extras.append(&mut inner);
    let source = source(url?.value);
    part.kind = PartKind::Image(Image { source, detail });
    Some(part)
}

/// A URL, or the data in it.
fn source(url: Text<'_>) -> Source<'_> {
    match read::data_url(&url) {
        Some((media, data)) => Source::Base64 {
            media_type: Some(media).filter(|media| !media.is_empty()),
            data,
        },
        None => Source::Url(url),
    }
}

fn audio(value: Value<'_>) -> Option<Part<'_>> {
    let (mut data, mut format) = (None, None);
    let mut part = blank(value);
    let mut inner = Vec::new();
    read::members(value, &mut part.extras, |key, value| match key.0 {
        b"type" => true,
        b"input_audio" if value.is_object() => {
            read::members(value, &mut inner, |key, value| match key.0 {
                b"data" => read::text(&mut data, value),
                b"format" => read::text(&mut format, value),
                _ => false,
            });
            true
        }
        _ => false,
    });
    part.extras.append(&mut inner);
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

fn file(value: Value<'_>) -> Option<Part<'_>> {
    let (mut data, mut id, mut name) = (None, None, None);
    let mut part = blank(value);
    let mut inner = Vec::new();
    read::members(value, &mut part.extras, |key, value| match key.0 {
        b"type" => true,
        b"file" if value.is_object() => {
            read::members(value, &mut inner, |key, value| match key.0 {
                b"file_data" => read::text(&mut data, value),
                b"file_id" => read::text(&mut id, value),
                b"filename" => read::text(&mut name, value),
                _ => false,
            });
            true
        }
        b"cache_control" => read::cache(&mut part.cache, value),
        _ => false,
    });
    part.extras.append(&mut inner);
    let source = match (data, id) {
        (Some(data), _) => match source(data.value) {
            // Bare base64 is taken too.
            Source::Url(data) if !data.starts_with("http") => Source::Base64 {
                media_type: None,
                data,
            },
            source => source,
        },
        (None, Some(id)) => Source::FileId(id.value),
        (None, None) => return None,
    };
    part.kind = PartKind::File(File {
        source,
        name,
        context: None,
        citations: None,
    });
    Some(part)
}

/// The references of a message's text.
pub(super) fn citations(annotations: Value<'_>) -> Citations<'_> {
    Citations {
        place: Place::of(annotations),
        dialect: DIALECT,
        items: annotations.elements().map(citation).collect(),
    }
}

/// One of them.
pub(super) fn citation(value: Value<'_>) -> Citation<'_> {
    let inner = value.member("url_citation");
    let member = |name| inner.and_then(|inner| inner.member(name));
    let number = |name| member(name).and_then(Value::integer);
    Citation {
        place: Place::of(value),
        url: member("url").and_then(Text::of),
        title: member("title").and_then(Text::of),
        cited: None,
        range: number("start_index").zip(number("end_index")),
        raw: Raw::of(value),
    }
}

/// Spoken answers: an earlier one of the history has nothing but an id.
pub(super) fn spoken(value: Value<'_>) -> Option<Part<'_>> {
    let (mut id, mut data, mut transcript, mut expires_at) = (None, None, None, None);
    let mut part = blank(value);
    read::members(value, &mut part.extras, |key, value| match key.0 {
        b"id" => read::text(&mut id, value),
        b"data" => read::text(&mut data, value),
        b"transcript" => read::text(&mut transcript, value),
        b"expires_at" => read::number(&mut expires_at, value),
        _ => false,
    });
    let source = match (data, id) {
        (Some(data), _) => Source::Base64 {
            media_type: None,
            data: (data as Placed<Text<'_>>).value,
        },
        (None, id) => Source::FileId(id?.value),
    };
    part.kind = PartKind::Audio(Audio {
        source,
        format: None,
        transcript,
        expires_at,
    });
    Some(part)
}
