//! Times as people write them on a command line, in the form that the admin API takes.

use std::time::Duration;

use crate::cli::duration;
use crate::failure::Failure;

/// Days from 0000-03-01 to 1970-01-01.
const DAYS_TO_EPOCH: u64 = 719_468;

/// Which way from now a duration leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Past,
    Future,
}

/// A time or date as it is; a duration such as `24h` as the time that is so far away.
pub(crate) fn moment(text: &str, direction: Direction) -> Result<String, Failure> {
    if text.contains('-') {
        return Ok(text.to_owned());
    }
    let away = duration(text).map_err(|_| {
        Failure::usage(format_args!(
            "`{text}`: expected a time such as 2026-01-31 or 2026-01-31T12:00:00Z, or a duration such as 24h or 30d"
        ))
    })?;
    let now = Duration::from_micros(aigw_gateway::clock::unix_us());
    let then = match direction {
        Direction::Past => now.saturating_sub(away),
        Direction::Future => now.saturating_add(away),
    };
    Ok(rfc3339(then.as_secs()))
}

/// Seconds since the Unix epoch as `2026-01-31T23:59:59Z`. Years begin in March here, so that the leap day is their last.
fn rfc3339(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400 + DAYS_TO_EPOCH, seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let leap_days = day_of_era / 1460 + day_of_era / 146_096 - day_of_era / 36_524;
    let year_of_era = (day_of_era - leap_days) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    let year = era * 400 + year_of_era + next;
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_dates() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_796_083_199, "2026-11-30T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(rfc3339(seconds), text);
        }
    }

    #[test]
    fn times_stay_and_durations_lead_away_from_now() {
        let past = |text| moment(text, Direction::Past);
        assert_eq!(past("2026-01-31").ok().as_deref(), Some("2026-01-31"));
        let (before, after) = (
            past("1d").unwrap(),
            moment("1d", Direction::Future).unwrap(),
        );
        assert!(before < after, "{before} {after}");
        assert!(past("yesterday").is_err());
    }
}
