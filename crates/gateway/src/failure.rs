//! What a failed upstream call means: for routing, for the caller, and for the record.

use std::time::Duration;

use aigw_protocol::hub::LossReport;
use aigw_protocol::{Body, ErrorKind as Said, Family, InBandError};
use aigw_routing::FailureClass;
use http::{HeaderMap, StatusCode};

use crate::error::{Error, ErrorKind};
use crate::source::SourceError;
use crate::upstream::SendError;

/// One failed upstream call.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) class: FailureClass,
    pub(crate) retry_after: Option<Duration>,
    /// For the record; never holds a credential.
    pub(crate) text: String,
    pub(crate) reply: Reply,
    /// The target did nothing wrong: the failure says nothing about its health.
    pub(crate) blameless: bool,
    /// Nothing was sent: the target cannot take this very request.
    pub(crate) unfit: bool,
    /// What made it so: what would have been lost.
    pub(crate) loss: Option<Box<LossReport>>,
}

/// What the caller is told when this failure is the last word.
#[derive(Debug)]
pub(crate) enum Reply {
    /// In the gateway's words.
    Own(Error),
    /// In the upstream's.
    Upstream(Box<Answer>),
}

/// An upstream's error answer, as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    /// The family whose shape the body has.
    pub(crate) family: Family,
    /// The message in it, or what stands for one.
    pub(crate) message: Box<str>,
}

impl Failure {
    /// A failure without an answer that could be passed on.
    pub(crate) fn own(class: FailureClass, kind: ErrorKind, text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            class,
            retry_after: None,
            reply: Reply::Own(Error::new(kind, public(kind, &text))),
            text,
            blameless: false,
            unfit: false,
            loss: None,
        }
    }

    /// The same, found before anything was sent.
    pub(crate) fn unfit(self) -> Self {
        Self {
            unfit: true,
            ..self
        }
    }

    /// The same, because of what would be lost.
    pub(crate) fn losing(self, loss: LossReport) -> Self {
        Self {
            loss: Some(Box::new(loss)),
            ..self
        }
    }

    /// The same, not held against the target.
    pub(crate) fn blameless(self) -> Self {
        Self {
            blameless: true,
            ..self
        }
    }

    /// A timeout of the phase that `name` says.
    pub(crate) fn timeout(name: &str, after: Duration) -> Self {
        Self::own(
            FailureClass::Timeout,
            ErrorKind::UpstreamTimeout,
            format!("the provider exceeded the {name} timeout of {after:?}"),
        )
    }

    /// An answer that is no answer.
    pub(crate) fn invalid(text: impl Into<String>) -> Self {
        Self::own(FailureClass::ServerError, ErrorKind::UpstreamInvalid, text)
    }

    /// The connection could not be made, or gave no response head.
    pub(crate) fn send(error: &SendError) -> Self {
        let (class, kind) = match error {
            SendError::Egress { .. } => (FailureClass::Network, ErrorKind::EgressRefused),
            SendError::HeadTooLarge => (FailureClass::ServerError, ErrorKind::UpstreamTooLarge),
            SendError::BadHead { .. } => (FailureClass::ServerError, ErrorKind::UpstreamInvalid),
            _ if error.is_timeout() => (FailureClass::Timeout, ErrorKind::UpstreamTimeout),
            _ => (FailureClass::Network, ErrorKind::UpstreamUnreachable),
        };
        Self::own(class, kind, error.to_string())
    }

    /// The answer broke off before anything of it went to the caller.
    pub(crate) fn broken(error: &SourceError) -> Self {
        match error {
            SourceError::Network(_) => Self::own(
                FailureClass::Network,
                ErrorKind::UpstreamUnreachable,
                error.to_string(),
            ),
            SourceError::Decompress(_) => Self::invalid(error.to_string()),
        }
    }

    /// An error that the upstream reported inside a 200.
    pub(crate) fn in_band(error: &InBandError, family: Family, answer: Answer) -> Self {
        let class = class_of(error.kind);
        let status = error
            .status
            .and_then(|status| StatusCode::from_u16(status).ok())
            .filter(|status| status.as_u16() >= 400);
        let answer = Answer {
            status: status.unwrap_or_else(|| usual_status(error.kind, family)),
            message: error.message.as_str().into(),
            ..answer
        };
        Self::said(class, None, answer)
    }

    /// An error that the upstream said. What concerns the gateway's own account is not shown to callers.
    pub(crate) fn said(class: FailureClass, retry_after: Option<Duration>, answer: Answer) -> Self {
        let message = &answer.message;
        let mut text = format!("status {}: {}", answer.status.as_u16(), shorten(message));
        let reply = match class {
            FailureClass::Auth | FailureClass::Billing => {
                // Vendors quote the key they refuse.
                text = format!(
                    "status {}: the credential or its account was refused",
                    answer.status.as_u16()
                );
                Reply::Own(Error::new(
                    ErrorKind::ProviderAuth,
                    "the provider refused the gateway's credential or its account",
                ))
            }
            FailureClass::ModelMissing => Reply::Own(Error::new(
                ErrorKind::UpstreamModelMissing,
                format!(
                    "the provider does not know the upstream model: {}",
                    shorten(message)
                ),
            )),
            _ => Reply::Upstream(Box::new(answer)),
        };
        Self {
            class,
            retry_after,
            text,
            reply,
            blameless: false,
            unfit: false,
            loss: None,
        }
    }

    /// How much this failure tells the caller, compared to others of the same request: more is better.
    pub(crate) fn weight(&self) -> u8 {
        match self.class {
            // What a target did say about the request tells more.
            _ if self.unfit => 1,
            FailureClass::InvalidRequest
            | FailureClass::ContextLength
            | FailureClass::ContentFilter => 7,
            FailureClass::RateLimited => 6,
            FailureClass::Overloaded => 5,
            FailureClass::ServerError => 4,
            FailureClass::Timeout => 3,
            FailureClass::Network => 2,
            FailureClass::Auth | FailureClass::Billing => 1,
            FailureClass::ModelMissing | FailureClass::Cancelled => 0,
        }
    }

    /// The gateway's code for this failure.
    pub(crate) fn kind(&self) -> ErrorKind {
        match &self.reply {
            Reply::Own(error) => error.kind,
            Reply::Upstream(_) => match self.class {
                FailureClass::RateLimited => ErrorKind::RateLimited,
                FailureClass::Timeout => ErrorKind::UpstreamTimeout,
                _ => ErrorKind::UpstreamInvalid,
            },
        }
    }
}

/// The routing class of what an upstream said.
pub(crate) const fn class_of(said: Said) -> FailureClass {
    match said {
        Said::InvalidRequest => FailureClass::InvalidRequest,
        Said::ContextLength => FailureClass::ContextLength,
        Said::ContentFilter => FailureClass::ContentFilter,
        Said::Auth => FailureClass::Auth,
        Said::Billing => FailureClass::Billing,
        Said::ModelMissing => FailureClass::ModelMissing,
        Said::RateLimited => FailureClass::RateLimited,
        Said::Overloaded => FailureClass::Overloaded,
        Said::ServerError => FailureClass::ServerError,
    }
}

/// The status that an error has when it comes without one, inside a 200.
fn usual_status(said: Said, family: Family) -> StatusCode {
    match said {
        Said::InvalidRequest | Said::ContextLength | Said::ContentFilter => StatusCode::BAD_REQUEST,
        Said::Auth => StatusCode::UNAUTHORIZED,
        Said::Billing => StatusCode::PAYMENT_REQUIRED,
        Said::ModelMissing => StatusCode::NOT_FOUND,
        Said::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Said::Overloaded => overload_status(family),
        Said::ServerError => StatusCode::BAD_GATEWAY,
    }
}

/// The status with which vendors of a family say that they are overloaded.
pub(crate) fn overload_status(family: Family) -> StatusCode {
    match family {
        Family::Anthropic => StatusCode::from_u16(529).unwrap_or(StatusCode::SERVICE_UNAVAILABLE),
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// Whether a body is an error in the shape that callers of this family read.
pub(crate) fn has_shape(family: Family, body: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Shape<'a> {
        #[serde(borrow)]
        error: Option<&'a serde_json::value::RawValue>,
        #[serde(rename = "type")]
        kind: Option<&'a str>,
    }
    let Ok(shape) = serde_json::from_slice::<Shape<'_>>(body) else {
        return false;
    };
    let object = shape
        .error
        .is_some_and(|error| error.get().starts_with('{'));
    object && (family != Family::Anthropic || shape.kind == Some("error"))
}

/// What the caller may read of a failure: connection details stay in the log.
fn public(kind: ErrorKind, text: &str) -> String {
    match kind {
        ErrorKind::UpstreamUnreachable => "the connection to the provider failed".to_owned(),
        ErrorKind::EgressRefused => "the provider's address is not one that the gateway may connect to; its operator can allow it".to_owned(),
        _ => text.to_owned(),
    }
}

/// Upstreams quote requests in their errors; records keep only the beginning.
fn shorten(message: &str) -> &str {
    let end = message
        .char_indices()
        .nth(300)
        .map_or(message.len(), |(at, _)| at);
    &message[..end]
}
