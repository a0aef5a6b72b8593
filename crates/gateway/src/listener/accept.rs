//! The accept loop.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};

use super::Serve;
use super::connection::{self, Shared};
use crate::clock::monotonic;

/// Pause after a failure that will not go away by itself, such as running out of file descriptors.
const BACK_OFF: Duration = Duration::from_millis(50);
/// A condition that lasts is logged once in this time.
const LOG_EVERY: Duration = Duration::from_secs(10);

/// Accepts connections and serves each in a task of its own, until `shutdown` completes.
pub(super) async fn accept_until<S: Serve>(
    tcp: &TcpListener,
    shared: &Arc<Shared<S>>,
    shutdown: impl Future<Output = ()>,
) {
    let mut shutdown = pin!(shutdown);
    let mut failures = Occasional::default();
    let mut refusals = Occasional::default();
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut shutdown => return,
            accepted = tcp.accept() => accepted,
        };
        match accepted {
            Ok(_) if shared.open.count() >= shared.limits.connections => {
                if refusals.is_due() {
                    tracing::warn!(
                        limit = shared.limits.connections,
                        "too many connections; new ones are closed"
                    );
                }
            }
            Ok((stream, peer)) => start(shared, stream, peer),
            Err(error) if concerns_one_connection(&error) => {}
            Err(error) => {
                if failures.is_due() {
                    tracing::error!(%error, "cannot accept connections; trying again");
                }
                tokio::select! {
                    () = &mut shutdown => return,
                    () = tokio::time::sleep(BACK_OFF) => {}
                }
            }
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one task per connection; it ends with its place among the open ones"
)]
fn start<S: Serve>(shared: &Arc<Shared<S>>, stream: TcpStream, peer: SocketAddr) {
    let place = shared.open.enter();
    tokio::spawn(connection::serve(Arc::clone(shared), stream, peer, place));
}

fn concerns_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
    )
}

/// Lets something through once in [`LOG_EVERY`].
#[derive(Debug, Default)]
struct Occasional(Option<Instant>);

impl Occasional {
    fn is_due(&mut self) -> bool {
        let now = monotonic();
        let due = self
            .0
            .is_none_or(|last| now.saturating_duration_since(last) >= LOG_EVERY);
        if due {
            self.0 = Some(now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lasting_condition_is_let_through_once() {
        let mut occasional = Occasional::default();
        assert!(occasional.is_due());
        assert!(!occasional.is_due());
        occasional.0 = occasional.0.and_then(|last| last.checked_sub(LOG_EVERY));
        assert!(occasional.is_due());
    }

    #[test]
    fn running_out_of_descriptors_does_not_concern_one_connection_only() {
        assert!(!concerns_one_connection(&io::Error::from_raw_os_error(24)));
        assert!(concerns_one_connection(&io::Error::from(
            io::ErrorKind::ConnectionAborted
        )));
    }
}
