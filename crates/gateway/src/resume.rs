//! `on_break: continue`: asking another target for an answer that broke off, and carrying on where it stopped.

use std::time::Instant;

use aigw_protocol::Dialect;

use crate::attempt::Content;
use crate::events::Events;
use crate::exchange::Exchange;
use crate::relay::Lost;

/// A stream that repeats what the caller has and goes on from there.
pub(crate) struct Resumed {
    pub(crate) exchange: Box<Exchange>,
    pub(crate) events: Box<Events>,
    pub(crate) total_until: Instant,
}

/// Asks the remaining targets for the request whose answer broke off after `text`.
pub(crate) async fn resume(
    mut lost: Box<Lost>,
    dialect: Dialect,
    text: String,
) -> Result<Resumed, Box<Lost>> {
    debug_assert_eq!(lost.exchange.call.dialect(), Some(dialect));
    lost.exchange.count_break(&lost.failure);
    lost.exchange.sent_text = Some(text);
    match lost.exchange.advance().await {
        Ok(committed) => match committed.content {
            Content::Events(events) => {
                let Lost { exchange, .. } = *lost;
                Ok(Resumed {
                    exchange,
                    events,
                    total_until: committed.total_until,
                })
            }
            Content::Whole { .. } | Content::Bytes { .. } => Err(lost),
        },
        Err(refusal) => {
            lost.refusal = Some(refusal);
            Err(lost)
        }
    }
}
