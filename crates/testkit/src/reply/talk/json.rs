//! Reading JSON values without ceremony.

use serde_json::Value;

use super::Complaint;

/// The text of a member; empty if it is not there.
pub(super) fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

/// The elements of a member; none if it is not there.
pub(super) fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

/// A member under the first of its names that is there and not null.
pub(super) fn either<'v>(value: &'v Value, names: [&str; 2]) -> &'v Value {
    static NOTHING: Value = Value::Null;
    names
        .into_iter()
        .find_map(|name| value.get(name).filter(|found| !found.is_null()))
        .unwrap_or(&NOTHING)
}

/// Whether a member is there and not null.
pub(super) fn has(value: &Value, name: &str) -> bool {
    value.get(name).is_some_and(|found| !found.is_null())
}

/// Complains of the first member that is not known.
pub(super) fn only(
    value: &Value,
    known: &[&str],
    complain: impl FnOnce(&str) -> Complaint,
) -> Result<(), Complaint> {
    let mut names = value.as_object().into_iter().flat_map(|all| all.keys());
    match names.find(|name| !known.contains(&name.as_str())) {
        Some(unknown) => Err(complain(unknown)),
        None => Ok(()),
    }
}

/// What a picture is, from a data URL or an address.
pub(super) fn picture(url: &str) -> Option<String> {
    match url.strip_prefix("data:") {
        Some(data) => {
            let (media, data) = data.split_once(";base64,")?;
            media.starts_with("image/").then(|| inline(media, data))
        }
        None if url.starts_with("http://") || url.starts_with("https://") => {
            Some(format!("a picture at {url}"))
        }
        None => None,
    }
}

/// What an inline picture is.
pub(super) fn inline(media: &str, data: &str) -> String {
    format!("a picture of type {media} in {} characters", data.len())
}

/// Whether a name fits the pattern of function names, `^[a-zA-Z0-9_-]+$`, and is no longer than this.
pub(super) fn is_name(name: &str, longest: usize) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    !name.is_empty() && name.len() <= longest && name.chars().all(fits)
}
