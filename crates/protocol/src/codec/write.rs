//! Writing what every dialect writes alike.

use crate::hub::{Extra, Loss, Placed, Raw, Reason, Text};
use crate::json::writer::Writer;

impl Writer<'_> {
    /// A member that is a number, an object or any other value, if there is one.
    pub(super) fn maybe_raw(&mut self, key: &str, value: Option<&Placed<Raw<'_>>>) {
        if let Some(value) = value {
            self.key(key).raw(value.bytes());
        }
    }

    /// A member that is a string, if there is one.
    pub(super) fn maybe_text(&mut self, key: &str, value: Option<&Placed<Text<'_>>>) {
        if let Some(value) = value {
            self.key(key).text(value);
        }
    }

    /// A member that is `true` or `false`, if there is one.
    pub(super) fn maybe_boolean(&mut self, key: &str, value: Option<&Placed<bool>>) {
        if let Some(value) = value {
            self.key(key).boolean(value.value);
        }
    }

    /// Members as they stood.
    pub(super) fn extras(&mut self, extras: &[Extra<'_>]) {
        for extra in extras {
            let mut key = Vec::new();
            extra.key.write_content(&mut key);
            self.raw_key(&key).raw(extra.value.bytes());
        }
    }

    /// Unknown members: as they stood if they came from this dialect, else reported.
    pub(super) fn own_extras(&mut self, extras: &[Extra<'_>], own: bool, loss: &mut Loss) {
        if own {
            self.extras(extras);
        } else {
            loss.drop_extras(extras);
        }
    }
}

/// Reports a value unless it says what holds without it.
pub(super) fn drop_unless(
    loss: &mut Loss,
    value: Option<&Placed<Raw<'_>>>,
    neutral: &[&str],
    reason: Reason,
) {
    if let Some(value) = value
        && !neutral.iter().any(|text| text.as_bytes() == value.bytes())
    {
        loss.drop_at(value.place, reason);
    }
}

/// Reports a truth value that is not `neutral`.
pub(super) fn drop_flag(
    loss: &mut Loss,
    value: Option<&Placed<bool>>,
    neutral: bool,
    reason: Reason,
) {
    if let Some(value) = value.filter(|value| value.value != neutral) {
        loss.drop_at(value.place, reason);
    }
}

/// The name of a file that has none, for dialects that refuse files without a name and go by it.
pub(super) fn file_name(media_type: Option<&Text<'_>>) -> &'static str {
    const NAMES: [(&str, &str); 6] = [
        ("text/plain", "document.txt"),
        ("text/markdown", "document.md"),
        ("text/csv", "document.csv"),
        ("text/html", "document.html"),
        ("application/json", "document.json"),
        ("application/xml", "document.xml"),
    ];
    let known = NAMES.iter().find(|(kind, _)| {
        let named = media_type.map(Text::resolve);
        named.is_some_and(|named| named.split(';').next() == Some(kind))
    });
    known.map_or("document.pdf", |(_, name)| name)
}
