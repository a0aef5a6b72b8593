//! Durations and sizes.

use std::time::Duration;

const DURATION_UNITS: [(&str, u64); 5] = [
    ("ms", 1),
    ("s", 1000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];
const SIZE_UNITS: [(&str, u64); 7] = [
    ("B", 1),
    ("KB", 1000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
];

/// Why a text is not a duration or size, and what it was probably meant to be.
pub(crate) type Misread = (&'static str, Option<String>);

/// A whole number and a unit (`500ms`, `30s`, `10m`, `1h`, `30d`); a bare `0` needs none.
pub(crate) fn duration(text: &str) -> Result<Duration, Misread> {
    let expected = "expected a whole number and a unit, such as `500ms`, `30s`, `10m` or `1h`";
    let (digits, unit) = split(text);
    if digits.is_empty() || unit.contains(|c: char| !c.is_ascii_alphabetic()) {
        return Err((expected, compound(text).or_else(|| fraction(text))));
    }
    let hint = || {
        Some(format!(
            "write `{digits}s` for seconds, `{digits}ms` for milliseconds"
        ))
    };
    let number: u64 = digits
        .parse()
        .map_err(|_| ("the number is too large", None))?;
    if unit.is_empty() {
        return if number == 0 {
            Ok(Duration::ZERO)
        } else {
            Err(("the unit is missing", hint()))
        };
    }
    let Some((_, factor)) = DURATION_UNITS.iter().find(|(name, _)| *name == unit) else {
        return Err((
            "the unit is none of ms, s, m, h, d",
            meant_unit(digits, unit),
        ));
    };
    number
        .checked_mul(*factor)
        .map(Duration::from_millis)
        .ok_or(("the number is too large", None))
}

/// A whole number of bytes, with an optional unit: `123`, `64KiB`, `1MB`. Case of the unit is ignored.
pub(crate) fn size(text: &str) -> Result<u64, Misread> {
    let (digits, unit) = split(text);
    if digits.is_empty() {
        return Err((
            "expected a whole number of bytes, or one with a unit, such as `64KiB` or `1MB`",
            None,
        ));
    }
    let number: u64 = digits
        .parse()
        .map_err(|_| ("the number is too large", None))?;
    let unit = if unit.is_empty() { "B" } else { unit };
    let Some((_, factor)) = SIZE_UNITS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(unit))
    else {
        let letter = unit.chars().next().map(|c| c.to_ascii_uppercase());
        let hint = letter
            .filter(|c| matches!(c, 'K' | 'M' | 'G'))
            .map(|c| format!("write `{digits}{c}iB`"));
        return Err(("the unit is none of B, KB, MB, GB, KiB, MiB, GiB", hint));
    };
    number
        .checked_mul(*factor)
        .ok_or(("the number is too large", None))
}

/// Milliseconds in the largest unit that has no remainder.
pub(crate) fn duration_text(milliseconds: u64) -> String {
    in_units(milliseconds, &DURATION_UNITS)
}

/// Bytes in the largest binary unit that has no remainder.
pub(crate) fn size_text(bytes: u64) -> String {
    let binary = [SIZE_UNITS[0], SIZE_UNITS[4], SIZE_UNITS[5], SIZE_UNITS[6]];
    in_units(bytes, &binary)
}

fn in_units(amount: u64, units: &[(&str, u64)]) -> String {
    let fitting = units
        .iter()
        .rev()
        .find(|(_, factor)| amount != 0 && amount.is_multiple_of(*factor));
    fitting.map_or_else(
        || amount.to_string(),
        |(name, factor)| format!("{}{name}", amount / factor),
    )
}

/// Leading digits, and the unit after optional spaces.
fn split(text: &str) -> (&str, &str) {
    let (digits, unit) = text.split_at(text.bytes().take_while(u8::is_ascii_digit).count());
    (digits, unit.trim_start())
}

/// `1h30m` in its smallest unit.
fn compound(text: &str) -> Option<String> {
    let mut rest = text;
    let mut total: u64 = 0;
    let mut smallest = 0;
    while !rest.is_empty() {
        let (digits, tail) = rest.split_at(rest.bytes().take_while(u8::is_ascii_digit).count());
        let (unit, tail) = tail.split_at(tail.bytes().take_while(u8::is_ascii_alphabetic).count());
        let (_, factor) = DURATION_UNITS.iter().find(|(name, _)| *name == unit)?;
        total = total.checked_add(digits.parse::<u64>().ok()?.checked_mul(*factor)?)?;
        smallest = *factor;
        rest = tail;
    }
    let (name, _) = DURATION_UNITS
        .iter()
        .find(|(_, factor)| *factor == smallest)?;
    Some(format!("write `{}{name}`", total / smallest))
}

/// `1.5s` in the next smaller unit that needs no fraction.
fn fraction(text: &str) -> Option<String> {
    let unit_at = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (whole, places) = text[..unit_at].split_once('.')?;
    let (_, factor) = DURATION_UNITS
        .iter()
        .find(|(name, _)| *name == &text[unit_at..])?;
    let scale = 10_u64.checked_pow(u32::try_from(places.len()).ok()?)?;
    let value = whole
        .parse::<u64>()
        .ok()?
        .checked_mul(scale)?
        .checked_add(places.parse().ok()?)?;
    let milliseconds = value.checked_mul(*factor)?;
    milliseconds
        .is_multiple_of(scale)
        .then(|| format!("write `{}`", duration_text(milliseconds / scale)))
}

/// The unit that a word such as `sec` or `minutes` stands for.
fn meant_unit(digits: &str, unit: &str) -> Option<String> {
    let lower = unit.to_ascii_lowercase();
    let name = match lower.as_str() {
        "sec" | "secs" | "second" | "seconds" => "s",
        "min" | "mins" | "minute" | "minutes" => "m",
        "hr" | "hrs" | "hour" | "hours" => "h",
        "day" | "days" => "d",
        "msec" | "millis" | "milliseconds" => "ms",
        other => DURATION_UNITS
            .iter()
            .map(|(name, _)| *name)
            .find(|name| *name == other)?,
    };
    Some(format!("write `{digits}{name}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_whole_numbers_with_a_unit() {
        for (text, milliseconds) in [
            ("500ms", 500),
            ("30s", 30_000),
            ("10m", 600_000),
            ("1h", 3_600_000),
            ("2d", 172_800_000),
            ("0", 0),
            ("5 s", 5000),
        ] {
            assert_eq!(
                duration(text),
                Ok(Duration::from_millis(milliseconds)),
                "{text}"
            );
        }
    }

    #[test]
    fn near_durations_are_refused_with_what_was_meant() {
        let cases = [
            ("30", "write `30s` for seconds, `30ms` for milliseconds"),
            ("1h30m", "write `90m`"),
            ("1.5s", "write `1500ms`"),
            ("0.5h", "write `30m`"),
            ("30sec", "write `30s`"),
            ("5M", "write `5m`"),
        ];
        for (text, hint) in cases {
            assert_eq!(
                duration(text).map_err(|misread| misread.1),
                Err(Some(String::from(hint))),
                "{text}"
            );
        }
        for text in [
            "",
            "s",
            "-1s",
            "abc",
            "1.0.0s",
            "99999999999999999999s",
            "9999999999999999999h",
            "1é",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_take_decimal_and_binary_units() {
        for (text, bytes) in [
            ("123", 123),
            ("64KiB", 65536),
            ("1MB", 1_000_000),
            ("2 GiB", 2 << 30),
            ("8mib", 8 << 20),
            ("0", 0),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        assert_eq!(
            size("64K").map_err(|misread| misread.1),
            Err(Some(String::from("write `64KiB`")))
        );
        for text in [
            "",
            "MB",
            "1.5MB",
            "-1",
            "99999999999999999999",
            "99999999999999GiB",
            "1XB",
        ] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn bounds_are_told_in_the_largest_unit() {
        assert_eq!(duration_text(90_000), "90s");
        assert_eq!(duration_text(86_400_000), "1d");
        assert_eq!(duration_text(0), "0");
        assert_eq!(size_text(64 << 20), "64MiB");
        assert_eq!(size_text(1_000_000), "1000000B");
    }
}
