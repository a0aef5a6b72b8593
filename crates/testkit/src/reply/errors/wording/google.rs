//! What Google says.

use super::{Row, row};
use crate::scenario::ErrorCase;

/// Google; the column of kinds is the member `status`.
pub(in crate::reply::errors) const GOOGLE: &[Row] = &[
    google(
        ErrorCase::BadRequest,
        (400, "INVALID_ARGUMENT"),
        "Invalid value at 'generation_config.direction' (type.googleapis.com/google.ai.Direction), \"sideways\"",
    ),
    google(
        ErrorCase::ContextLength,
        (400, "INVALID_ARGUMENT"),
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
    ),
    google(
        ErrorCase::ContentFilter,
        (400, "INVALID_ARGUMENT"),
        "The prompt was blocked because of prohibited content.",
    ),
    google(
        ErrorCase::Unauthorized,
        (401, "UNAUTHENTICATED"),
        "Request had invalid authentication credentials.",
    ),
    google(
        ErrorCase::PaymentRequired,
        (402, "FAILED_PRECONDITION"),
        "Billing account is not active.",
    ),
    google(
        ErrorCase::Forbidden,
        (403, "PERMISSION_DENIED"),
        "Your API key doesn't have the required permissions.",
    ),
    google(
        ErrorCase::InsufficientQuota,
        (429, "RESOURCE_EXHAUSTED"),
        "You exceeded your current quota, please check your plan and billing details.",
    ),
    google(
        ErrorCase::ModelNotFound,
        (404, "NOT_FOUND"),
        "models/$model is not found for API version v1beta, or is not supported for generateContent.",
    ),
    google(
        ErrorCase::NotFound,
        (404, "NOT_FOUND"),
        "Requested entity was not found.",
    ),
    google(
        ErrorCase::TooLarge,
        (413, "INVALID_ARGUMENT"),
        "Request payload size exceeds the limit: 20971520 bytes.",
    ),
    google(
        ErrorCase::Unprocessable,
        (422, "INVALID_ARGUMENT"),
        "Unprocessable values in the request.",
    ),
    google(
        ErrorCase::RateLimited,
        (429, "RESOURCE_EXHAUSTED"),
        "Resource has been exhausted (e.g. check quota).",
    ),
    google(
        ErrorCase::ServerError,
        (500, "INTERNAL"),
        "An internal error has occurred. Please retry.",
    ),
    google(ErrorCase::BadGateway, (502, "INTERNAL"), "Bad gateway"),
    google(
        ErrorCase::Unavailable,
        (503, "UNAVAILABLE"),
        "The model is overloaded. Please try again later.",
    ),
    google(
        ErrorCase::Overloaded,
        (529, "UNAVAILABLE"),
        "The model is overloaded. Please try again later.",
    ),
];

const fn google(case: ErrorCase, kind: (u16, &'static str), message: &'static str) -> Row {
    row(case, kind, None, message)
}
