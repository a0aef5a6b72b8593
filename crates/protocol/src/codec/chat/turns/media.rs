//! Pictures, files and sound, written.

use super::Pen;
use crate::codec::Capabilities;
use crate::codec::write::file_name;
use crate::hub::{Audio, File, Image, Part, Reason, Source, Text};
use crate::json::writer::Writer;

impl Pen<'_, '_> {
    pub(super) fn image(&mut self, part: &Part<'_>, image: &Image<'_>) {
        if !self.target.can(Capabilities::IMAGES) {
            return self.loss.drop_at(part.place, Reason::NotSupported);
        }
        let is_sent = match &image.source {
            Source::Url(_) => self.target.can(Capabilities::URLS),
            Source::Base64 { .. } => true,
            Source::FileId(_) | Source::Text(_) | Source::Parts(_) => false,
        };
        if !is_sent {
            return self.loss.drop_at(part.place, Reason::NotSupported);
        }
        self.member(part, "image_url", |pen| {
            pen.json.key("image_url").open(b'{');
            match &image.source {
                Source::Base64 { media_type, data } => {
                    let media = media_type.as_ref();
                    data_url(&mut pen.json, "url", (media, "image/png"), data);
                }
                Source::Url(url) => pen.json.key("url").text(url),
                _ => {}
            }
            pen.json.maybe_text("detail", image.detail.as_ref());
            pen.json.close(b'}');
        });
    }

    pub(super) fn file(&mut self, part: &Part<'_>, file: &File<'_>) {
        let rest = [
            file.context.as_ref().map(|c| c.place),
            file.citations.as_ref().map(|c| c.place),
        ];
        for place in rest.into_iter().flatten() {
            self.loss.drop_at(place, Reason::NotInDialect);
        }
        match &file.source {
            Source::Text(text) => {
                self.loss.drop_value(file.name.as_ref(), Reason::TextOnly);
                self.text(part, text);
            }
            Source::Parts(parts) => {
                self.loss.drop_value(file.name.as_ref(), Reason::TextOnly);
                for part in parts {
                    self.part(part);
                }
                self.part_rest(part);
            }
            Source::Base64 { media_type, data } if self.target.can(Capabilities::FILES) => {
                self.member(part, "file", |pen| {
                    pen.json.key("file").open(b'{');
                    data_url(
                        &mut pen.json,
                        "file_data",
                        (media_type.as_ref(), "application/pdf"),
                        data,
                    );
                    let guess = Text::from(file_name(media_type.as_ref()));
                    let name = file.name.as_ref().map_or(&guess, |name| &name.value);
                    pen.json.key("filename").text(name);
                    if file.name.is_none() {
                        // A name is asked for with data.
                        let path = format!("messages[{}].content.file.filename", pen.messages);
                        pen.loss.assume(path, format!("\"{}\"", guess.resolve()));
                    }
                    pen.json.close(b'}');
                });
            }
            Source::FileId(id) if self.own => self.member(part, "file", |pen| {
                pen.json.key("file").object(|o| o.key("file_id").text(id));
            }),
            Source::FileId(_) => self.loss.drop_at(part.place, Reason::ForeignState),
            _ => self.loss.drop_at(part.place, Reason::NotSupported),
        }
    }

    pub(super) fn audio(&mut self, part: &Part<'_>, audio: &Audio<'_>) {
        if !self.target.can(Capabilities::AUDIO) {
            return self.loss.drop_at(part.place, Reason::NotSupported);
        }
        let Source::Base64 { media_type, data } = &audio.source else {
            return self.loss.drop_at(part.place, Reason::NotInDialect);
        };
        let format = match (&audio.format, media_type) {
            (Some(format), _) => format.value.resolve().into_owned(),
            (None, Some(media)) if media.is("audio/mpeg") || media.is("audio/mp3") => {
                "mp3".to_owned()
            }
            _ => "wav".to_owned(),
        };
        self.member(part, "input_audio", |pen| {
            pen.json.key("input_audio").object(|o| {
                o.key("data").text(data);
                o.key("format").string(&format);
            });
        });
    }
}

fn data_url(
    json: &mut Writer<'_>,
    key: &str,
    (media, guess): (Option<&Text<'_>>, &str),
    data: &Text<'_>,
) {
    json.key(key).pieces(|p| {
        p.push("data:");
        match media {
            Some(media) => p.push_text(media),
            None => p.push(guess),
        }
        p.push(";base64,");
        p.push_text(data);
    });
}
