//! Writing the little JSON that the gateway makes itself.

use std::fmt::Write as _;

/// Appends `text` as a JSON string literal.
pub(crate) fn string(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1f}' => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", character as u32);
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

/// Appends `text` as a JSON string literal, or `null`.
pub(crate) fn optional_string(out: &mut String, text: Option<&str>) {
    match text {
        Some(text) => string(out, text),
        None => out.push_str("null"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_survives() {
        let text: String = (0..0x250)
            .chain(0x1F600..0x1F610)
            .filter_map(char::from_u32)
            .collect();
        let mut literal = String::new();
        string(&mut literal, &text);
        assert_eq!(serde_json::from_str::<String>(&literal).unwrap(), text);
    }
}
