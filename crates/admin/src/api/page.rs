//! What stands in paths, queries and `if-match`.

use axum::extract::{FromRequestParts, Path, Query};
use http::header::{ETAG, IF_MATCH};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Api;
use super::endpoint::Parameter;
use super::failure::{Answer, Failure};

/// Rows of a page if the caller does not say.
const USUAL: u32 = 50;
/// Most rows of a page.
const MOST: u32 = 500;

/// Parameters of lists.
pub(super) const PAGE: &[Parameter] = &[
    (
        "before",
        "integer",
        "Only what comes before this number; `next_before` of the page before.",
    ),
    (
        "limit",
        "integer",
        "How many at most, 1 to 500; 50 if not given.",
    ),
];

/// Which page of a list, newest first.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    pub(super) before: Option<i64>,
    limit: Option<u32>,
}

/// The query of a request.
#[derive(Debug)]
pub(super) struct Asked<T>(pub(super) T);

/// The one variable part of a path.
#[derive(Debug)]
pub(super) struct Named<T>(pub(super) T);

/// What `if-match` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum IfMatch {
    /// There is none.
    Absent,
    /// `*`: whatever is there.
    Any,
    /// One entity tag, without quotes.
    Tag(String),
}

impl Page {
    pub(super) fn limit(&self) -> u32 {
        limit(self.limit)
    }
}

/// How many rows to list.
pub(super) fn limit(asked: Option<u32>) -> u32 {
    asked.unwrap_or(USUAL).clamp(1, MOST)
}

/// Where the next page begins: after a full page only.
pub(super) fn next<T>(rows: &[T], limit: u32, number: impl Fn(&T) -> i64) -> Option<i64> {
    let full = u32::try_from(rows.len()).is_ok_and(|rows| rows >= limit);
    rows.last().filter(|_| full).map(number)
}

impl<T: DeserializeOwned> FromRequestParts<Api> for Asked<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Answer<Self> {
        let query = Query::from_request_parts(parts, api).await;
        let Query(query) =
            query.map_err(|error| Failure::bad("invalid_query", error.body_text()))?;
        Ok(Self(query))
    }
}

impl<T: DeserializeOwned + Send> FromRequestParts<Api> for Named<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Answer<Self> {
        let path = Path::from_request_parts(parts, api).await;
        let no = |_| Failure::missing("there is nothing of this name or number");
        let Path(name) = path.map_err(no)?;
        Ok(Self(name))
    }
}

impl FromRequestParts<Api> for IfMatch {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Answer<Self> {
        if_match(&parts.headers)
    }
}

impl IfMatch {
    /// The version that it names; `current` for `*`.
    pub(super) fn version(&self, current: i64) -> Answer<i64> {
        match self {
            Self::Any => Ok(current),
            Self::Tag(tag) => tag.parse().map_err(|_| {
                Failure::bad(
                    "invalid_if_match",
                    "`if-match` is the `etag` of an answer as it was, or `*`",
                )
            }),
            Self::Absent => {
                let message = "say which version you have seen: `if-match` with the `etag` of it, or `*` for any";
                let status = StatusCode::PRECONDITION_REQUIRED;
                Err(Failure::new(status, "if_match_required", message))
            }
        }
    }
}

fn if_match(headers: &HeaderMap) -> Answer<IfMatch> {
    let Some(value) = headers.get(IF_MATCH) else {
        return Ok(IfMatch::Absent);
    };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(IfMatch::Any);
    }
    let tag = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    let tag = tag.filter(|tag| !tag.contains('"'));
    let tag = tag.map(|tag| IfMatch::Tag(tag.to_owned()));
    tag.ok_or_else(|| {
        let message = "`if-match` is one entity tag in quotes, such as an answer's `etag`, or `*`";
        Failure::bad("invalid_if_match", message)
    })
}

/// The header `etag`.
pub(super) fn etag(tag: impl std::fmt::Display) -> [(http::HeaderName, HeaderValue); 1] {
    let value = HeaderValue::from_str(&format!("\"{tag}\""));
    [(
        ETAG,
        value.unwrap_or_else(|_| HeaderValue::from_static("\"\"")),
    )]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_is_one_tag_or_a_star() {
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(IF_MATCH, text.parse().unwrap());
            if_match(&headers).ok()
        };
        assert_eq!(read("\"7\""), Some(IfMatch::Tag("7".into())));
        assert_eq!(read(" * "), Some(IfMatch::Any));
        for bad in ["7", "\"7", "\"7\", \"8\"", "W/\"7\"", ""] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_page_that_is_not_full_is_the_last() {
        assert_eq!(next(&[9, 8, 7], 3, |row| *row), Some(7));
        assert_eq!(next(&[9, 8], 3, |row| *row), None);
        assert_eq!(next(&[], 3, |row: &i64| *row), None);
        assert_eq!(
            [limit(None), limit(Some(0)), limit(Some(9999))],
            [50, 1, 500]
        );
    }
}
