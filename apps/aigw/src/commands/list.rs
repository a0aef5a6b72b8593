//! Lists that a server answers with.

use std::fmt::Write;

use serde_json::Value;

use crate::cli::OutputFormat;
use crate::failure::remark;

/// What the list `name` of an answer holds.
pub(crate) fn items<'v>(body: &'v Value, name: &str) -> &'v [Value] {
    body[name].as_array().map_or(&[], Vec::as_slice)
}

/// Tells people how to get the next page, if there is one.
pub(crate) fn more(format: OutputFormat, body: &Value) {
    if let Some(before) = body["next_before"].as_i64()
        && format == OutputFormat::Text
    {
        remark(format_args!("there is more: --before {before}"));
    }
}

/// The path with what is given of these parameters.
pub(crate) fn asking(path: &str, parameters: &[(&str, Option<String>)]) -> String {
    let given = parameters.iter().filter_map(|(name, value)| {
        let value = escaped(value.as_deref()?);
        Some(format!("{name}={value}"))
    });
    format!("{path}?{}", given.collect::<Vec<_>>().join("&"))
}

/// A text as it may stand in a path or a query.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing into a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_what_is_given_is_asked_for() {
        let parameters = [
            ("a", Some("1 2".into())),
            ("b", None),
            ("c", Some("x".into())),
        ];
        assert_eq!(super::asking("/p", &parameters), "/p?a=1%202&c=x");
    }

    #[test]
    fn what_would_end_a_path_or_a_query_is_escaped() {
        assert_eq!(super::escaped("a-b_c.~9"), "a-b_c.~9");
        assert_eq!(
            super::escaped("../x?y&z=ü /"),
            "..%2Fx%3Fy%26z%3D%C3%BC%20%2F"
        );
    }
}
