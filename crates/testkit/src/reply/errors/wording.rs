//! The table of what the vendors say.

mod google;

pub(super) use google::GOOGLE;

use crate::scenario::ErrorCase;

/// What one vendor says of one case.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) case: ErrorCase,
    pub(super) status: u16,
    /// The member `type`.
    pub(super) kind: &'static str,
    /// The member `code` of the `OpenAI` shape.
    pub(super) code: Option<&'static str>,
    /// With a hole for the model.
    pub(super) message: &'static str,
}

/// `OpenAI` and those who imitate it.
pub(super) const OPENAI: &[Row] = &[
    row(
        ErrorCase::BadRequest,
        (400, "invalid_request_error"),
        Some("invalid_value"),
        "Invalid value: 'sideways'. Supported values are: 'up' and 'down'.",
    ),
    row(
        ErrorCase::ContextLength,
        (400, "invalid_request_error"),
        Some("context_length_exceeded"),
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens. Please reduce the length of the messages.",
    ),
    row(
        ErrorCase::ContentFilter,
        (400, "invalid_request_error"),
        Some("content_filter"),
        "The response was filtered due to the prompt triggering the content management policy. Please modify your prompt and retry.",
    ),
    row(
        ErrorCase::Unauthorized,
        (401, "invalid_request_error"),
        Some("invalid_api_key"),
        "Incorrect API key provided: sk-fake********0001.",
    ),
    row(
        ErrorCase::PaymentRequired,
        (402, "invalid_request_error"),
        Some("billing_not_active"),
        "Insufficient Balance",
    ),
    row(
        ErrorCase::Forbidden,
        (403, "request_forbidden"),
        Some("unsupported_country_region_territory"),
        "Country, region, or territory not supported",
    ),
    row(
        ErrorCase::InsufficientQuota,
        (429, "insufficient_quota"),
        Some("insufficient_quota"),
        "You exceeded your current quota, please check your plan and billing details.",
    ),
    row(
        ErrorCase::ModelNotFound,
        (404, "invalid_request_error"),
        Some("model_not_found"),
        "The model `$model` does not exist or you do not have access to it.",
    ),
    row(
        ErrorCase::NotFound,
        (404, "invalid_request_error"),
        None,
        "Item with id 'rs_fake0404' not found.",
    ),
    row(
        ErrorCase::TooLarge,
        (413, "invalid_request_error"),
        Some("request_too_large"),
        "The request body is too large.",
    ),
    row(
        ErrorCase::Unprocessable,
        (422, "invalid_request_error"),
        None,
        "Unprocessable values in the request.",
    ),
    row(
        ErrorCase::RateLimited,
        (429, "requests"),
        Some("rate_limit_exceeded"),
        "Rate limit reached for $model in organization org-fake on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s.",
    ),
    row(
        ErrorCase::ServerError,
        (500, "server_error"),
        None,
        "The server had an error while processing your request. Sorry about that!",
    ),
    row(
        ErrorCase::BadGateway,
        (502, "server_error"),
        None,
        "Bad gateway.",
    ),
    row(
        ErrorCase::Unavailable,
        (503, "service_unavailable_error"),
        Some("server_is_overloaded"),
        "The engine is currently overloaded, please try again later.",
    ),
    row(
        ErrorCase::Overloaded,
        (529, "service_unavailable_error"),
        Some("server_is_overloaded"),
        "The server is currently overloaded with other requests.",
    ),
];

/// Anthropic.
pub(super) const ANTHROPIC: &[Row] = &[
    row(
        ErrorCase::BadRequest,
        (400, "invalid_request_error"),
        None,
        "messages.0.content: Input should be a valid string",
    ),
    row(
        ErrorCase::ContextLength,
        (400, "invalid_request_error"),
        None,
        "prompt is too long: 209001 tokens > 200000 maximum",
    ),
    row(
        ErrorCase::ContentFilter,
        (400, "invalid_request_error"),
        None,
        "Output blocked by content filtering policy",
    ),
    row(
        ErrorCase::Unauthorized,
        (401, "authentication_error"),
        None,
        "invalid x-api-key",
    ),
    row(
        ErrorCase::PaymentRequired,
        (402, "billing_error"),
        None,
        "There is an issue with your organization's billing.",
    ),
    row(
        ErrorCase::Forbidden,
        (403, "permission_error"),
        None,
        "Your API key does not have permission to use the specified resource.",
    ),
    row(
        ErrorCase::InsufficientQuota,
        (400, "invalid_request_error"),
        None,
        "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
    ),
    row(
        ErrorCase::ModelNotFound,
        (404, "not_found_error"),
        None,
        "model: $model",
    ),
    row(
        ErrorCase::NotFound,
        (404, "not_found_error"),
        None,
        "Not Found",
    ),
    row(
        ErrorCase::TooLarge,
        (413, "request_too_large"),
        None,
        "Request exceeds the maximum size",
    ),
    row(
        ErrorCase::Unprocessable,
        (422, "invalid_request_error"),
        None,
        "Unprocessable values in the request.",
    ),
    row(
        ErrorCase::RateLimited,
        (429, "rate_limit_error"),
        None,
        "This request would exceed your organization's rate limit of 50 requests per minute.",
    ),
    row(
        ErrorCase::ServerError,
        (500, "api_error"),
        None,
        "Internal server error",
    ),
    row(
        ErrorCase::BadGateway,
        (502, "api_error"),
        None,
        "Bad gateway",
    ),
    row(
        ErrorCase::Unavailable,
        (503, "overloaded_error"),
        None,
        "Overloaded",
    ),
    row(
        ErrorCase::Overloaded,
        (529, "overloaded_error"),
        None,
        "Overloaded",
    ),
];

const fn row(
    case: ErrorCase,
    (status, kind): (u16, &'static str),
    code: Option<&'static str>,
    message: &'static str,
) -> Row {
    Row {
        case,
        status,
        kind,
        code,
        message,
    }
}
