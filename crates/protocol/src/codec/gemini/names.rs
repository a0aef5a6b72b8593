//! Names of members in either spelling.

use std::borrow::Cow;

use crate::json::value::{Key, Value};

/// The name of a member in camel case. Clients of the vendor send `snake_case` in places, which its
/// servers take; a leading underscore marks names that are not final.
pub(super) fn camel(key: Key<'_>) -> Cow<'_, [u8]> {
    let name = key.0.strip_prefix(b"_").unwrap_or(key.0);
    if memchr::memchr(b'_', name).is_none() {
        return Cow::Borrowed(name);
    }
    let mut out = Vec::with_capacity(name.len());
    let mut upper = false;
    for byte in name {
        if *byte == b'_' {
            upper = true;
        } else {
            out.push(if upper {
                byte.to_ascii_uppercase()
            } else {
                *byte
            });
            upper = false;
        }
    }
    Cow::Owned(out)
}

/// The last member of that name (in camel case) that is not `null`.
pub(super) fn member<'a>(object: Value<'a>, name: &str) -> Option<Value<'a>> {
    object
        .members()
        .filter(|(key, value)| !value.is_null() && *camel(*key) == *name.as_bytes())
        .map(|(_, value)| value)
        .last()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_one_name() {
        for name in [
            "thoughtSignature",
            "thought_signature",
            "_thought_signature",
        ] {
            assert_eq!(*camel(Key(name.as_bytes())), *b"thoughtSignature");
        }
    }
}
