//! Reading members into their places. Each function says whether the value was of the right kind;
//! what was not goes to the unknown members, so that it is not lost.

use crate::hub::{Cache, Extra, Place, Placed, Raw, Text};
use crate::json::ValueKind;
use crate::json::value::{Key, Value};

/// A number, as it is written.
pub(super) fn number<'a>(slot: &mut Option<Placed<Raw<'a>>>, value: Value<'a>) -> bool {
    raw_of(slot, value, ValueKind::Number)
}

/// An object.
pub(super) fn object<'a>(slot: &mut Option<Placed<Raw<'a>>>, value: Value<'a>) -> bool {
    raw_of(slot, value, ValueKind::Object)
}

/// An array.
pub(super) fn array<'a>(slot: &mut Option<Placed<Raw<'a>>>, value: Value<'a>) -> bool {
    raw_of(slot, value, ValueKind::Array)
}

/// Any value.
pub(super) fn any<'a>(slot: &mut Option<Placed<Raw<'a>>>, value: Value<'a>) -> bool {
    *slot = Some(Placed::raw(value));
    true
}

/// A whole number.
pub(super) fn integer(slot: &mut Option<Placed<u64>>, value: Value<'_>) -> bool {
    fill(
        slot,
        value.integer().map(|number| Placed::new(value, number)),
    )
}

/// A whole number that may be negative.
pub(super) fn signed(slot: &mut Option<Placed<i64>>, value: Value<'_>) -> bool {
    let number = std::str::from_utf8(value.raw())
        .ok()
        .and_then(|text| text.parse().ok());
    fill(slot, number.map(|number| Placed::new(value, number)))
}

/// `true` or `false`.
pub(super) fn boolean(slot: &mut Option<Placed<bool>>, value: Value<'_>) -> bool {
    fill(slot, value.boolean().map(|truth| Placed::new(value, truth)))
}

/// A string.
pub(super) fn text<'a>(slot: &mut Option<Placed<Text<'a>>>, value: Value<'a>) -> bool {
    fill(slot, Placed::text(value))
}

/// A string, or several.
pub(super) fn texts<'a>(slot: &mut Vec<Placed<Text<'a>>>, value: Value<'a>) -> bool {
    if let Some(text) = Placed::text(value) {
        *slot = vec![text];
        return true;
    }
    let all: Option<Vec<_>> = value.elements().map(Placed::text).collect();
    match all {
        Some(all) if value.is_array() => {
            *slot = all;
            true
        }
        _ => false,
    }
}

/// A cache marker.
pub(super) fn cache<'a>(slot: &mut Option<Placed<Cache<'a>>>, value: Value<'a>) -> bool {
    fill(
        slot,
        Cache::of(value).map(|cache| Placed::new(value, cache)),
    )
}

/// What was found, if it is there.
pub(super) fn fill<T>(slot: &mut Option<T>, found: Option<T>) -> bool {
    let taken = found.is_some();
    if taken {
        *slot = found;
    }
    taken
}

/// Reads all members with `take`, which says whether it knows one; the others are kept. `null`s say
/// nothing.
pub(super) fn members<'a>(
    object: Value<'a>,
    extras: &mut Vec<Extra<'a>>,
    mut take: impl FnMut(Key<'a>, Value<'a>) -> bool,
) {
    for (key, value) in object.members() {
        if !value.is_null() && !take(key, value) {
            extras.push(Extra::new(key, value));
        }
    }
}

/// The type of a part: its member `type`.
pub(super) fn kind(object: Value<'_>) -> &[u8] {
    object
        .member("type")
        .and_then(Value::raw_text)
        .unwrap_or_default()
}

/// The media type and the data of a `data:` URL in base64.
pub(super) fn data_url<'a>(url: &Text<'a>) -> Option<(Text<'a>, Text<'a>)> {
    let plain = url.clone().into_resolved();
    let split = |text: &str| {
        let rest = text.strip_prefix("data:")?;
        let comma = rest.find(',')?;
        let head = rest[..comma].strip_suffix(";base64")?;
        // Parameters such as a character set stand behind the media type.
        let media = head.split(';').next().unwrap_or_default();
        Some((5..5 + media.len(), 5 + comma + 1))
    };
    let (media, data) = split(&plain)?;
    Some(match plain {
        std::borrow::Cow::Borrowed(text) => (Text::plain(&text[media]), Text::plain(&text[data..])),
        std::borrow::Cow::Owned(text) => (
            Text::plain(text[media].to_owned()),
            Text::plain(text[data..].to_owned()),
        ),
    })
}

fn raw_of<'a>(slot: &mut Option<Placed<Raw<'a>>>, value: Value<'a>, kind: ValueKind) -> bool {
    fill(slot, (value.kind() == kind).then(|| Placed::raw(value)))
}

/// The place of a member of an object, or of the object.
pub(super) fn place_of(object: Value<'_>, member: &str) -> Place {
    Place::of(object.member(member).unwrap_or(object))
}
