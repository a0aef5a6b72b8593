//! Answers with an error status.

use aigw_protocol::Body;
use aigw_providers::{classify, retry_after};
use aigw_routing::FailureClass;

use super::Task;
use super::open::Limits;
use super::outgoing::Arrival;
use crate::clock::wall;
use crate::failure::{Answer, Failure, class_of};
use crate::patience::within;

/// Error bodies are read up to this size; nobody explains an error in more.
const LARGEST: usize = 1 << 20;

/// Reads the rest of an error answer and classifies it.
pub(super) async fn read(task: &Task<'_>, mut arrival: Arrival, limits: Limits) -> Failure {
    let status = arrival.status;
    if status.is_redirection() || status.is_informational() {
        return Failure::invalid(format!(
            "the provider answered {status}; redirects are not followed"
        ));
    }
    let mut body = Body::default();
    // What breaks off or stalls inside an error body does not make the error another one.
    while let Ok(Some(Ok(chunk))) = within(|| limits.idle_until(), arrival.source.chunk()).await {
        if body.len() + chunk.len() > LARGEST {
            body = Body::default();
            break;
        }
        body.push(chunk);
    }
    let bytes = body.to_bytes();
    let classified = classify(status.as_u16(), &arrival.headers, &bytes);
    let intercepted = task.runtime.intercepts.class(status.as_u16(), &bytes);
    let class = intercepted
        .or(classified.kind.map(class_of))
        .unwrap_or(FailureClass::ServerError);
    let wait = retry_after(&arrival.headers, wall()).or(classified.retry_after);
    let message = classified
        .message
        .unwrap_or_else(|| status.canonical_reason().unwrap_or("error").to_owned());
    let answer = Answer {
        status,
        family: arrival.endpoint.family(),
        headers: arrival.headers,
        body,
        message: message.into(),
    };
    Failure::said(class, wait, answer)
}
