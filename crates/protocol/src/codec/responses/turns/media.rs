//! Pictures, files and sound within messages, written.

use super::{Capabilities, Pen};
use crate::codec::write::file_name;
use crate::hub::{Audio, File, Image, Part, Reason, Source, Text};
use crate::json::writer::Writer;

impl Pen<'_, '_> {
    pub(super) fn image(&mut self, part: &Part<'_>, image: &Image<'_>) {
        let (own, detail) = (self.own, image.detail.as_ref());
        let fetched = matches!(image.source, Source::Url(_));
        if !self.target.can(Capabilities::IMAGES)
            || (fetched && !self.target.can(Capabilities::URLS))
        {
            return self.loss.drop_at(part.place, Reason::NotSupported);
        }
        match &image.source {
            Source::FileId(_) if !self.own => {
                self.loss.drop_at(part.place, Reason::ForeignState);
            }
            Source::FileId(id) => self.block(part, "input_image", |json| {
                json.key("file_id").text(id);
                json.maybe_text("detail", detail);
            }),
            Source::Url(url) => self.block(part, "input_image", |json| {
                json.key("image_url").text(url);
                write_detail(detail.map(|d| &d.value), own, json);
            }),
            Source::Base64 { media_type, data } => self.block(part, "input_image", |json| {
                let png = Text::from("image/png");
                data_url("image_url", media_type.as_ref().unwrap_or(&png), data, json);
                write_detail(detail.map(|d| &d.value), own, json);
            }),
            _ => self.loss.drop_at(part.place, Reason::NotInDialect),
        }
    }

    pub(super) fn file(&mut self, part: &Part<'_>, file: &File<'_>) {
        self.loss
            .drop_value(file.context.as_ref(), Reason::NotInDialect);
        self.loss
            .drop_value(file.citations.as_ref(), Reason::NotInDialect);
        // Plain text needs no file.
        match &file.source {
            Source::Text(text) => {
                self.loss.drop_value(file.name.as_ref(), Reason::TextOnly);
                return self.block(part, "input_text", |json| json.key("text").text(text));
            }
            Source::Parts(parts) => {
                self.loss.drop_value(file.name.as_ref(), Reason::TextOnly);
                for inner in parts {
                    self.part(inner, false);
                }
                return self.part_rest(part);
            }
            _ => {}
        }
        let fetched = matches!(file.source, Source::Url(_));
        if !self.target.can(Capabilities::FILES)
            || (fetched && !self.target.can(Capabilities::URLS))
        {
            return self.loss.drop_at(part.place, Reason::NotSupported);
        }
        match &file.source {
            Source::FileId(_) if !self.own => self.loss.drop_at(part.place, Reason::ForeignState),
            Source::FileId(id) => self.block(part, "input_file", |json| {
                json.key("file_id").text(id);
                json.maybe_text("filename", file.name.as_ref());
            }),
            Source::Url(url) => {
                self.loss.drop_value(
                    file.name.as_ref().filter(|_| !self.own),
                    Reason::NotInDialect,
                );
                self.block(part, "input_file", |json| json.key("file_url").text(url));
            }
            Source::Base64 { media_type, data } => {
                self.inline_file(part, file, media_type.as_ref(), data);
            }
            _ => {}
        }
    }

    fn inline_file(
        &mut self,
        part: &Part<'_>,
        file: &File<'_>,
        media_type: Option<&Text<'_>>,
        data: &Text<'_>,
    ) {
        let own = self.own;
        let guess = file_name(media_type);
        if file.name.is_none() && !own {
            // Without a name it is refused.
            self.loss
                .assume("input[].content[].filename", format!("\"{guess}\""));
        }
        self.block(part, "input_file", |json| {
            match &file.name {
                Some(name) => json.key("filename").text(name),
                None if own => {}
                None => json.key("filename").string(guess),
            }
            match media_type {
                None if own => json.key("file_data").text(data),
                None => data_url("file_data", &Text::from("application/pdf"), data, json),
                Some(media_type) => data_url("file_data", media_type, data, json),
            }
        });
    }

    pub(super) fn audio(&mut self, part: &Part<'_>, audio: &Audio<'_>) {
        match &audio.source {
            Source::Base64 { data, .. } if self.own || self.target.can(Capabilities::AUDIO) => {
                self.block(part, "input_audio", |json| {
                    json.key("input_audio").object(|o| {
                        o.key("data").text(data);
                        o.maybe_text("format", audio.format.as_ref());
                    });
                });
            }
            _ => self.loss.drop_at(part.place, Reason::NotSupported),
        }
    }
}

/// How closely to look; this dialect asks for the word.
fn write_detail(detail: Option<&Text<'_>>, own: bool, json: &mut Writer<'_>) {
    match detail {
        Some(detail) => json.key("detail").text(detail),
        None if own => {}
        None => json.key("detail").string("auto"),
    }
}

/// A member that is a URL with the content itself.
fn data_url(key: &str, media_type: &Text<'_>, data: &Text<'_>, json: &mut Writer<'_>) {
    json.key(key).pieces(|p| {
        p.push("data:");
        p.push_text(media_type);
        p.push(";base64,");
        p.push_text(data);
    });
}

/// The picture of a screen.
pub(super) fn screenshot(image: &Image<'_>, json: &mut Writer<'_>) {
    json.object(|o| {
        o.key("type").string("computer_screenshot");
        match &image.source {
            Source::FileId(id) => o.key("file_id").text(id),
            Source::Base64 { media_type, data } => {
                let png = Text::from("image/png");
                data_url("image_url", media_type.as_ref().unwrap_or(&png), data, o);
            }
            Source::Url(url) => o.key("image_url").text(url),
            Source::Text(_) | Source::Parts(_) => {}
        }
        o.maybe_text("detail", image.detail.as_ref());
    });
}
