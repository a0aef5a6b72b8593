//! What a scalar without quotes means: YAML's core schema.

use std::borrow::Cow;

/// A scalar without quotes, by the core schema.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Plain<'t> {
    /// Nothing, `~` or `null`.
    Null,
    /// `true` or `false`.
    Flag(bool),
    /// A number that JSON can express, spelled as JSON wants it; the spelling of the document wherever that is JSON's.
    Number(Cow<'t, str>),
    /// `.inf` or `.nan`.
    NotFinite,
    /// Anything else.
    Text,
}

/// Reads a scalar that stood without quotes.
pub(crate) fn plain(text: &str) -> Plain<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Plain::Null,
        "true" | "True" | "TRUE" => return Plain::Flag(true),
        "false" | "False" | "FALSE" => return Plain::Flag(false),
        _ => {}
    }
    if is_json_number(text) {
        return Plain::Number(Cow::Borrowed(text));
    }
    if let Some(number) = radix_number(text).or_else(|| respelled(text)) {
        return Plain::Number(Cow::Owned(number));
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let signed_infinity = matches!(unsigned, ".inf" | ".Inf" | ".INF");
    if signed_infinity || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Plain::NotFinite;
    }
    Plain::Text
}

/// The grammar of RFC 8259.
fn is_json_number(text: &str) -> bool {
    let rest = text.strip_prefix('-').unwrap_or(text);
    let (whole, rest) = digits(rest);
    if whole.is_empty() || (whole.len() > 1 && whole.starts_with('0')) {
        return false;
    }
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => match digits(fraction) {
            ("", _) => return false,
            (_, rest) => rest,
        },
        None => rest,
    };
    match rest.strip_prefix(['e', 'E']) {
        Some(exponent) => {
            let (power, rest) = digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent));
            !power.is_empty() && rest.is_empty()
        }
        None => rest.is_empty(),
    }
}

/// `0x1F` and `0o17`, which JSON lacks, in decimal.
fn radix_number(text: &str) -> Option<String> {
    let (radix, digits) = match text.get(..2)? {
        "0x" => (16, &text[2..]),
        "0o" => (8, &text[2..]),
        _ => return None,
    };
    if digits.starts_with('+') {
        return None;
    }
    u128::from_str_radix(digits, radix)
        .ok()
        .map(|number| number.to_string())
}

/// Decimal spellings that YAML has and JSON lacks: `+1`, `007`, `.5`, `1.`.
fn respelled(text: &str) -> Option<String> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => ("", &text[1..]),
        b'-' => ("-", &text[1..]),
        _ => ("", text),
    };
    let (whole, rest) = digits(rest);
    let (fraction, rest) = rest.strip_prefix('.').map_or(("", rest), digits);
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let mut number = format!("{sign}{whole}");
    if !fraction.is_empty() {
        number.push('.');
        number.push_str(fraction);
    }
    number.push_str(rest);
    is_json_number(&number).then_some(number)
}

/// The decimal digits at the start, and the rest.
fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Option<String> {
        match plain(text) {
            Plain::Number(number) => Some(number.into_owned()),
            _ => None,
        }
    }

    #[test]
    fn json_numbers_keep_their_spelling() {
        for text in [
            "0",
            "-0",
            "1.50",
            "1e3",
            "1E+03",
            "123456789012345678901234567890",
            "-0.0e-1",
        ] {
            assert_eq!(number(text).as_deref(), Some(text));
        }
    }

    #[test]
    fn numbers_that_json_cannot_spell_are_respelled() {
        for (yaml, json) in [
            ("+1", "1"),
            ("007", "7"),
            (".5", "0.5"),
            ("-.5", "-0.5"),
            ("1.", "1"),
            ("0x1F", "31"),
            ("0o17", "15"),
            ("+1.e2", "1e2"),
        ] {
            assert_eq!(number(yaml).as_deref(), Some(json), "{yaml}");
        }
    }

    #[test]
    fn words_and_near_numbers_are_text() {
        for text in [
            "yes", "off", "1_000", "1h", "0x", "0xG", "0x+1", "--1", "1e", ".", "-", "1.2.3", "e5",
            "é",
        ] {
            assert_eq!(plain(text), Plain::Text, "{text}");
        }
        assert_eq!(plain("-.inf"), Plain::NotFinite);
        assert_eq!(plain(".nan"), Plain::NotFinite);
        assert_eq!(plain("~"), Plain::Null);
        assert_eq!(plain("True"), Plain::Flag(true));
    }
}
