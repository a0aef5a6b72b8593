//! One structured log line per request.

use std::fmt::Write;

use crate::RequestRecord;

/// How a record is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineFormat {
    /// `key=value` pairs for people.
    Text,
    /// The whole record as one JSON object, with `"event":"request"`.
    Json,
}

/// Appends `record` and a line feed to `out`.
pub fn write_line(out: &mut String, record: &RequestRecord, format: LineFormat) {
    match format {
        LineFormat::Text => write_text(out, record),
        LineFormat::Json => write_json(out, record),
    }
    out.push('\n');
}

fn write_json(out: &mut String, record: &RequestRecord) {
    #[derive(serde::Serialize)]
    struct Line<'a> {
        event: &'static str,
        #[serde(flatten)]
        record: &'a RequestRecord,
    }
    // A record holds only strings and numbers, so this cannot fail; an empty line would still be a line.
    if let Ok(text) = serde_json::to_string(&Line {
        event: "request",
        record,
    }) {
        out.push_str(&text);
    }
}

fn write_text(out: &mut String, record: &RequestRecord) {
    out.push_str("request ");
    write_timestamp(out, record.at_us);
    let _ = write!(
        out,
        " {} {} status={} mode={} outcome={}",
        record.request_id,
        record.endpoint,
        record.status,
        record.route_mode.as_str(),
        record.outcome.as_str(),
    );
    write_name(out, " model=", record.requested_model.as_deref());
    write_name(out, " provider=", record.provider.as_deref());
    write_name(out, " upstream_model=", record.upstream_model.as_deref());
    write_name(out, " key=", record.key.as_deref());
    let _ = write!(
        out,
        " attempts={} total={:.1}ms overhead={:.2}ms",
        record.attempts.len(),
        millis(record.total_us),
        millis(record.overhead_us),
    );
    if let Some(us) = record.first_token_us {
        let _ = write!(out, " first_token={:.1}ms", millis(us));
    }
    if let (Some(input), Some(output)) = (record.usage.input, record.usage.output) {
        let _ = write!(out, " tokens={input}+{output}");
    }
    if let Some(class) = record.error_class {
        let _ = write!(out, " class={class}");
    }
    if let Some(error) = &record.error {
        let _ = write!(out, " error={error:?}");
    }
}

/// Names come from callers: anything but plain characters is shown quoted, so that no one forges a log line.
fn write_name(out: &mut String, label: &str, name: Option<&str>) {
    out.push_str(label);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/@*".contains(&byte);
    match name {
        None => out.push('-'),
        Some(name) if name.bytes().all(plain) => out.push_str(name),
        Some(name) => {
            let _ = write!(out, "{name:?}");
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "for display: a duration of 285 years is still exact"
)]
fn millis(us: u64) -> f64 {
    us as f64 / 1000.0
}

/// `2026-01-31T23:59:59.123Z` from microseconds since the Unix epoch (Howard Hinnant's civil-from-days arithmetic).
fn write_timestamp(out: &mut String, us: u64) {
    let seconds = us / 1_000_000;
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second, milli) = (rest / 3600, rest / 60 % 60, rest % 60, us / 1000 % 1000);
    let _ = write!(
        out,
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> RequestRecord {
        RequestRecord {
            request_id: "req_1".into(),
            endpoint: "messages",
            status: 200,
            requested_model: Some("evil\nrequest forged".into()),
            ..RequestRecord::default()
        }
    }

    #[test]
    fn a_line_break_in_a_model_name_forges_no_line() {
        for format in [LineFormat::Text, LineFormat::Json] {
            let mut out = String::new();
            write_line(&mut out, &record(), format);
            assert_eq!(out.matches('\n').count(), 1, "{out}");
        }
    }

    #[test]
    fn json_lines_carry_the_event_and_the_whole_record() {
        let mut out = String::new();
        write_line(&mut out, &record(), LineFormat::Json);
        let value: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(value["event"], "request");
        assert_eq!(value["route_mode"], "direct");
        assert_eq!(value["attempts"], serde_json::json!([]));
    }

    fn timestamp(us: u64) -> String {
        let mut out = String::new();
        write_timestamp(&mut out, us);
        out
    }

    #[test]
    fn timestamps_are_civil_utc() {
        assert_eq!(timestamp(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(timestamp(951_782_399_999_000), "2000-02-28T23:59:59.999Z");
        assert_eq!(timestamp(951_782_400_000_000), "2000-02-29T00:00:00.000Z");
        assert_eq!(timestamp(1_798_761_599_000_000), "2026-12-31T23:59:59.000Z");
    }
}
