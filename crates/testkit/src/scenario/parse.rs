//! Names of scenarios.

use std::str::FromStr;
use std::time::Duration;

use super::{Content, ErrorCase, Fault, RetryAfter, Scenario};

/// A name holds a word that no scenario has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown word `{word}` in scenario `{name}`")]
pub struct UnknownScenario {
    /// The whole name.
    pub name: String,
    /// The word that is not known.
    pub word: String,
}

impl FromStr for Scenario {
    type Err = UnknownScenario;

    /// Reads words joined with `+`; what stands before the last `/` only tells targets apart.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let words = name.rsplit('/').next().unwrap_or(name);
        let mut scenario = Self::default();
        for word in words.split('+') {
            if let Some(content) = content(word) {
                scenario.content = content;
            } else if let Some(fault) = fault(word) {
                scenario.faults.push(fault);
            } else {
                return Err(UnknownScenario {
                    name: name.to_owned(),
                    word: word.to_owned(),
                });
            }
        }
        Ok(scenario)
    }
}

impl Scenario {
    /// The scenario that a request's model name asks for: plain text for names that are not scenarios at all.
    ///
    /// A name that begins with a known word and goes on with an unknown one is an error.
    pub fn of_model(model: &str) -> Result<Self, UnknownScenario> {
        match model.parse() {
            Err(UnknownScenario { name, word }) => {
                let words = name.rsplit('/').next().unwrap_or(&name);
                let first = words.split('+').next().unwrap_or_default();
                let known = content(first).is_some() || fault(first).is_some();
                if known {
                    Err(UnknownScenario { name, word })
                } else {
                    Ok(Self::default())
                }
            }
            parsed => parsed,
        }
    }
}

fn content(word: &str) -> Option<Content> {
    Some(match word {
        "text" => Content::Text,
        "long" => Content::Long,
        "unicode" => Content::Unicode,
        "tool" => Content::Tool,
        "tools" => Content::Tools,
        "thinking" => Content::Thinking,
        "refusal" => Content::Refusal,
        "empty" => Content::Empty,
        "max-tokens" => Content::MaxTokens,
        "talk" => Content::Talk,
        "agent" => Content::Agent,
        "reasoner" => Content::Reasoner,
        _ => {
            if let Some(count) = word.strip_prefix("events-") {
                Content::Events(count.parse().ok()?)
            } else {
                Content::Size(
                    word.strip_prefix("size-")?
                        .strip_suffix('k')?
                        .parse()
                        .ok()?,
                )
            }
        }
    })
}

fn fault(word: &str) -> Option<Fault> {
    plain(word)
        .or_else(|| counted(word))
        .or_else(|| paced(word))
        .or_else(|| failing(word))
}

fn plain(word: &str) -> Option<Fault> {
    Some(match word {
        "reset" => Fault::Reset,
        "hangup" => Fault::Hangup,
        "silence" => Fault::Silence,
        "no-terminator" => Fault::NoTerminator,
        "gzip" => Fault::Gzip,
        "wrong-type" => Fault::WrongType,
        "html-200" => Fault::Html200,
        "empty-200" => Fault::Empty200,
        "json-for-stream" => Fault::JsonForStream,
        "huge" => Fault::Huge,
        "endless-headers" => Fault::EndlessHeaders,
        "bad-status-line" => Fault::BadStatusLine,
        "crlf" => Fault::Crlf,
        "comments" => Fault::Comments,
        "split-1" => Fault::Split1,
        "one-write" => Fault::OneWrite,
        "early-hints" => Fault::EarlyHints,
        "close" => Fault::Close,
        "stale" => Fault::Stale,
        "no-length" => Fault::NoLength,
        "usage-in-last" => Fault::UsageInLast,
        _ => return None,
    })
}

/// `cut-after-3` and its like.
fn counted(word: &str) -> Option<Fault> {
    let (name, count) = word.split_once("-after-")?;
    let (count, case) = match count.split_once('-') {
        Some((count, case)) => (count, Some(case)),
        None => (count, None),
    };
    let after = count.parse().ok()?;
    Some(match (name, case) {
        ("cut", None) => Fault::CutAfter(after),
        ("eof", None) => Fault::EofAfter(after),
        ("raw-eof", None) => Fault::RawEofAfter(after),
        ("stall", None) => Fault::StallAfter(after),
        ("malformed", None) => Fault::MalformedAfter(after),
        ("error", case) => Fault::ErrorAfter(after, case_or_overloaded(case)?),
        ("failed", case) => Fault::FailedAfter(after, case_or_overloaded(case)?),
        _ => return None,
    })
}

/// `drip-20ms` and its like.
fn paced(word: &str) -> Option<Fault> {
    let (name, time) = word.rsplit_once('-')?;
    let time = Duration::from_millis(time.strip_suffix("ms")?.parse().ok()?);
    Some(match name {
        "slow-first-byte" => Fault::SlowFirstByte(time),
        "slow-first-token" => Fault::SlowFirstToken(time),
        "drip" => Fault::Drip(time),
        _ => return None,
    })
}

/// `status-429-after-2`, `error-first`, `error-200-529` and bare error cases.
fn failing(word: &str) -> Option<Fault> {
    let in_band = |prefix: &str| -> Option<Option<ErrorCase>> {
        let rest = word.strip_prefix(prefix)?;
        Some(if rest.is_empty() {
            Some(ErrorCase::Overloaded)
        } else {
            rest.strip_prefix('-').and_then(case)
        })
    };
    if let Some(case) = in_band("error-first") {
        return Some(Fault::ErrorAfter(0, case?));
    }
    if let Some(case) = in_band("failed-first") {
        return Some(Fault::FailedAfter(0, case?));
    }
    if let Some(case) = in_band("error-alone") {
        return Some(Fault::ErrorAlone(case?));
    }
    if let Some(case) = in_band("error-200") {
        return Some(Fault::Error200(case?));
    }
    let named = word
        .strip_prefix("status-")
        .or_else(|| word.contains('_').then_some(word))?;
    let (named, wait) = retry_after(named)?;
    Some(Fault::Status(case(named)?, wait))
}

/// Takes `-after-2`, `-after-ms-200`, `-date` or `-date-30` off the end.
fn retry_after(word: &str) -> Option<(&str, Option<RetryAfter>)> {
    if let Some((name, millis)) = word.split_once("-after-ms-") {
        return Some((name, Some(RetryAfter::Millis(millis.parse().ok()?))));
    }
    if let Some((name, seconds)) = word.split_once("-after-") {
        return Some((name, Some(RetryAfter::Seconds(seconds.parse().ok()?))));
    }
    if let Some(name) = word.strip_suffix("-date") {
        return Some((name, Some(RetryAfter::Date(2))));
    }
    match word.split_once("-date-") {
        Some((name, seconds)) => Some((name, Some(RetryAfter::Date(seconds.parse().ok()?)))),
        None => Some((word, None)),
    }
}

fn case_or_overloaded(word: Option<&str>) -> Option<ErrorCase> {
    word.map_or(Some(ErrorCase::Overloaded), case)
}

fn case(word: &str) -> Option<ErrorCase> {
    ErrorCase::ALL
        .into_iter()
        .find(|case| case.as_str() == word)
}

impl ErrorCase {
    /// Every case.
    pub const ALL: [Self; 16] = [
        Self::BadRequest,
        Self::ContextLength,
        Self::ContentFilter,
        Self::Unauthorized,
        Self::PaymentRequired,
        Self::Forbidden,
        Self::InsufficientQuota,
        Self::ModelNotFound,
        Self::NotFound,
        Self::TooLarge,
        Self::Unprocessable,
        Self::RateLimited,
        Self::ServerError,
        Self::BadGateway,
        Self::Unavailable,
        Self::Overloaded,
    ];

    /// The case as it is written in scenario names: its status, or its code where the status says too little.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "400",
            Self::ContextLength => "context_length",
            Self::ContentFilter => "content_filter",
            Self::Unauthorized => "401",
            Self::PaymentRequired => "402",
            Self::Forbidden => "403",
            Self::InsufficientQuota => "insufficient_quota",
            Self::ModelNotFound => "model_not_found",
            Self::NotFound => "404",
            Self::TooLarge => "413",
            Self::Unprocessable => "422",
            Self::RateLimited => "429",
            Self::ServerError => "500",
            Self::BadGateway => "502",
            Self::Unavailable => "503",
            Self::Overloaded => "529",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::CATALOGUE;
    use super::*;

    #[test]
    fn every_word_of_the_catalogue_is_known() {
        for entry in CATALOGUE {
            let parsed: Result<Scenario, _> = entry.example.parse();
            assert!(parsed.is_ok(), "{}: {parsed:?}", entry.example);
        }
    }

    #[test]
    fn words_join_in_any_order_and_a_prefix_only_names() {
        let expected = Scenario::new(Content::Tools)
            .with(Fault::CutAfter(3))
            .with(Fault::Drip(Duration::from_millis(20)));
        assert_eq!(Scenario::from("cut-after-3+tools+drip-20ms"), expected);
        assert_eq!(
            Scenario::from("second/one/cut-after-3+tools+drip-20ms"),
            expected
        );
    }

    #[test]
    fn statuses_carry_their_retry_after() {
        let status = |name: &str| Scenario::from(name).faults;
        assert_eq!(
            status("status-429-after-2"),
            [Fault::Status(
                ErrorCase::RateLimited,
                Some(RetryAfter::Seconds(2))
            )]
        );
        assert_eq!(
            status("status-503-date"),
            [Fault::Status(
                ErrorCase::Unavailable,
                Some(RetryAfter::Date(2))
            )]
        );
        assert_eq!(
            status("status-529-date-9"),
            [Fault::Status(
                ErrorCase::Overloaded,
                Some(RetryAfter::Date(9))
            )]
        );
        assert_eq!(
            status("status-429-after-ms-50"),
            [Fault::Status(
                ErrorCase::RateLimited,
                Some(RetryAfter::Millis(50))
            )]
        );
        assert_eq!(
            status("insufficient_quota"),
            [Fault::Status(ErrorCase::InsufficientQuota, None)]
        );
        assert_eq!(
            status("status-model_not_found"),
            [Fault::Status(ErrorCase::ModelNotFound, None)]
        );
        assert_eq!(
            status("error-after-2-429"),
            [Fault::ErrorAfter(2, ErrorCase::RateLimited)]
        );
        assert_eq!(
            status("error-first"),
            [Fault::ErrorAfter(0, ErrorCase::Overloaded)]
        );
        assert_eq!(
            status("error-200-500"),
            [Fault::Error200(ErrorCase::ServerError)]
        );
    }

    #[test]
    fn misspelled_faults_are_refused_but_other_names_answer_text() {
        for name in [
            "text+status-42",
            "cut-after-x",
            "text+",
            "error-first-999",
            "status-429-after-",
        ] {
            assert!(name.parse::<Scenario>().is_err(), "{name}");
        }
        assert!(Scenario::of_model("text+cut-afer-3").is_err());
        assert_eq!(Scenario::of_model("gpt-5.5-mini"), Ok(Scenario::default()));
    }
}
