//! Pictures and documents, written.

use super::Pen;
use crate::codec::Capabilities;
use crate::hub::{File, Image, Part, Reason, Source, Text};
use crate::json::writer::Writer;

impl Pen<'_, '_> {
    pub(super) fn image(&mut self, part: &Part<'_>, image: &Image<'_>) {
        if !self.target.can(Capabilities::IMAGES) {
            return self.loss.drop_at(part.place, Reason::NotSupported);
        }
        self.loss
            .drop_value(image.detail.as_ref(), Reason::NotInDialect);
        match &image.source {
            Source::Base64 { media_type, data } => {
                let guess = Text::from(image_type(data));
                let media = media_type.as_ref().unwrap_or(&guess);
                self.block(part, "image", |pen| base64(media, data, &mut pen.json));
            }
            Source::Url(url) if self.target.can(Capabilities::URLS) => {
                self.block(part, "image", |pen| {
                    source("url", "url", url, &mut pen.json);
                });
            }
            Source::FileId(id) if self.own => {
                self.block(part, "image", |pen| {
                    source("file", "file_id", id, &mut pen.json);
                });
            }
            Source::FileId(_) => self.loss.drop_at(part.place, Reason::ForeignState),
            _ => self.loss.drop_at(part.place, Reason::NotSupported),
        }
    }

    pub(super) fn file(&mut self, part: &Part<'_>, file: &File<'_>) {
        if !self.target.can(Capabilities::FILES) {
            return self.loss.drop_at(part.place, Reason::NotSupported);
        }
        let decoded;
        let text = match &file.source {
            Source::Base64 { media_type, data } => {
                decoded = text_file(media_type.as_ref(), data);
                decoded.as_ref()
            }
            Source::Text(text) => Some(text),
            _ => None,
        };
        if let Some(text) = text {
            return self.document(part, file, |pen| {
                pen.json.key("source").object(|o| {
                    o.key("type").string("text");
                    o.key("media_type").string("text/plain");
                    o.key("data").text(text);
                });
            });
        }
        match &file.source {
            Source::Base64 { media_type, data }
                if media_type.as_ref().is_none_or(|m| m.is("application/pdf")) =>
            {
                self.document(part, file, |pen| {
                    base64(&"application/pdf".into(), data, &mut pen.json);
                });
            }
            Source::Url(url) if self.target.can(Capabilities::URLS) => {
                self.document(part, file, |pen| source("url", "url", url, &mut pen.json));
            }
            Source::FileId(id) if self.own => {
                self.document(part, file, |pen| {
                    source("file", "file_id", id, &mut pen.json);
                });
            }
            Source::Parts(parts) => self.document(part, file, |pen| {
                pen.json.key("source").open(b'{');
                pen.json.key("type").string("content");
                pen.content(parts);
                pen.json.close(b'}');
            }),
            Source::FileId(_) => self.loss.drop_at(part.place, Reason::ForeignState),
            _ => self.loss.drop_at(part.place, Reason::NotSupported),
        }
    }

    fn document(&mut self, part: &Part<'_>, file: &File<'_>, source: impl FnOnce(&mut Self)) {
        self.block(part, "document", |pen| {
            source(pen);
            pen.json.maybe_text("title", file.name.as_ref());
            pen.json.maybe_text("context", file.context.as_ref());
            pen.json.maybe_raw("citations", file.citations.as_ref());
        });
    }
}

fn base64(media: &Text<'_>, data: &Text<'_>, json: &mut Writer<'_>) {
    json.key("source").object(|o| {
        o.key("type").string("base64");
        o.key("media_type").text(media);
        o.key("data").text(data);
    });
}

fn source(kind: &str, key: &str, value: &Text<'_>, json: &mut Writer<'_>) {
    json.key("source").object(|o| {
        o.key("type").string(kind);
        o.key(key).text(value);
    });
}

/// The media type of a picture by how its data begins.
fn image_type(data: &Text<'_>) -> &'static str {
    if data.starts_with("/9j/") {
        "image/jpeg"
    } else if data.starts_with("R0lG") {
        "image/gif"
    } else if data.starts_with("UklG") {
        "image/webp"
    } else {
        "image/png"
    }
}

/// The content of a text file.
fn text_file(media_type: Option<&Text<'_>>, data: &Text<'_>) -> Option<Text<'static>> {
    use base64::Engine as _;
    if !media_type?.starts_with("text/") {
        return None;
    }
    let engine = base64::engine::general_purpose::STANDARD;
    let bytes = engine.decode(data.resolve().as_bytes()).ok()?;
    String::from_utf8(bytes).ok().map(Text::plain)
}
