//! One upstream call: from the target to an answer that may go to the caller, or to a classified failure.

mod error_answer;
mod lower;
mod open;
mod outgoing;

use std::time::{Duration, Instant};

use aigw_protocol::hub::LossReport;
use aigw_protocol::{Body, Dialect, Usage};
use aigw_routing::Send;
use http::{HeaderMap, StatusCode};

use crate::call::Call;
use crate::clock::monotonic;
use crate::events::Events;
use crate::failure::Failure;
use crate::runtime::{Provider, Runtime};
use crate::source::Source;

/// An answer from which bytes may go to the caller. Having one is the commit point: it is made only by [`call`], and
/// there is no way back from it to another attempt.
#[derive(Debug)]
pub(crate) struct Committed {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// From sending to the response head.
    pub(crate) first_byte: Duration,
    pub(crate) content: Content,
    /// What was lost in translation; `None` where the bytes go through.
    pub(crate) loss: Option<Box<LossReport>>,
    /// When the call has to be over.
    pub(crate) total_until: Instant,
}

/// What is behind the head.
#[derive(Debug)]
pub(crate) enum Content {
    /// The whole answer, validated.
    Whole {
        body: Body,
        usage: Usage,
        wrong_type: bool,
    },
    /// Events; the first content is waiting in it.
    Events(Box<Events>),
    /// Bytes that are not looked at, such as audio; the first of them are read.
    Bytes { source: Source, first: bytes::Bytes },
}

/// What one call needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Task<'a> {
    pub(crate) runtime: &'a Runtime,
    pub(crate) call: &'a Call,
    pub(crate) send: Send,
    /// Distinguishes answers of the built-in demo provider.
    pub(crate) seed: u64,
    /// Text that the caller already has, when a broken stream is continued.
    pub(crate) sent: Option<&'a str>,
}

impl Task<'_> {
    pub(crate) fn provider(&self) -> &Provider {
        self.runtime.provider(self.send.provider)
    }

    /// The caller's dialect and the other one in which the provider is asked, where the request has to be translated.
    pub(crate) fn translates(&self) -> Option<(Dialect, Dialect)> {
        let endpoint = self.call.head.endpoint;
        let caller = endpoint.dialect()?;
        let upstream = if endpoint.counts() {
            self.provider().counts_at(endpoint)?.dialect()?
        } else {
            self.provider().spoken.serving(caller)?
        };
        (upstream != caller).then_some((caller, upstream))
    }

    /// The scope of the state that the upstream issues to this call.
    pub(crate) fn scope(&self) -> &str {
        match self.send.credential {
            Some(credential) => &self.runtime.credential(credential).scope,
            None => &self.provider().scope,
        }
    }

    /// The model's name as the provider knows it.
    pub(crate) fn upstream_model(&self) -> &str {
        self.runtime
            .table
            .target(self.send.target)
            .upstream_model
            .as_deref()
            .unwrap_or(&self.call.model)
    }
}

/// Makes the call.
pub(crate) async fn call(task: Task<'_>) -> Result<Committed, Failure> {
    let timeouts = task.provider().timeouts;
    let sent = monotonic();
    let total_until = sent + timeouts.total;
    let arrival = outgoing::send(&task).await?;
    let mut limits = open::Limits {
        first_token_until: (sent + timeouts.first_token).min(total_until),
        total_until,
        timeouts,
    };
    if !task.call.stream {
        // Without a stream the first token is the answer itself: `idle` and `total` bound it.
        limits.first_token_until = total_until;
    }
    if arrival.status.is_success() {
        open::open(&task, arrival, limits).await
    } else {
        Err(error_answer::read(&task, arrival, limits).await)
    }
}
