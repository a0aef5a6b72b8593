//! Reading the last bytes of an answer that the caller has in full, so that its connection can be used again.

use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::time::timeout;

use crate::source::Source;

/// An upstream that has said everything closes its answer within this, or the connection is given up.
const PATIENCE: Duration = Duration::from_secs(1);
/// What may still come: a terminator of the transfer coding, a comment.
const CHUNKS: usize = 16;

/// Reads `source` to its end: at once if it is there, else beside the request.
#[expect(
    clippy::disallowed_methods,
    reason = "the caller has its answer; the task is bounded in time and chunks"
)]
pub(super) fn drain(mut source: Source) {
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..CHUNKS {
        match source.poll_chunk(&mut cx) {
            Poll::Ready(Some(Ok(_))) => {}
            Poll::Ready(_) => return,
            Poll::Pending => {
                tokio::spawn(timeout(PATIENCE, async move {
                    for _ in 0..CHUNKS {
                        let Some(Ok(_)) = source.chunk().await else {
                            break;
                        };
                    }
                }));
                return;
            }
        }
    }
}
