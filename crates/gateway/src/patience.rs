//! Waiting with a limit, without paying for a timer when there is nothing to wait for.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout_at};

/// Waits for `future` until the time that `limit` gives; `limit` is asked only when there is something to wait for.
///
/// # Errors
/// When the time has come.
pub(crate) async fn within<F: Future>(
    limit: impl FnOnce() -> Instant,
    future: F,
) -> Result<F::Output, Elapsed> {
    let mut future = pin!(future);
    if let Poll::Ready(output) = poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await {
        return Ok(output);
    }
    timeout_at(limit(), future).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_there_is_taken_without_asking_for_the_limit() {
        let mut asked = false;
        let taken = within(
            || {
                asked = true;
                Instant::now()
            },
            async { 7 },
        );
        assert_eq!(taken.await.ok(), Some(7));
        assert!(!asked);
    }

    #[tokio::test]
    async fn what_does_not_come_ends_at_the_limit() {
        assert!(
            within(Instant::now, std::future::pending::<()>())
                .await
                .is_err()
        );
    }
}
