//! Tells whoever waits at a terminal what for.

use std::future::Future;
use std::io::{self, IsTerminal, Write};
use std::pin::pin;
use std::time::Duration;

/// What is quicker needs no remark.
const PATIENCE: Duration = Duration::from_millis(500);

/// `work`, with a line on stderr while it takes long, if that is a terminal.
pub(super) async fn watched<T>(place: &str, work: impl Future<Output = T>) -> T {
    if !io::stderr().is_terminal() {
        return work.await;
    }
    let mut work = pin!(work);
    let mut waited = 0_u32;
    loop {
        tokio::select! {
            done = &mut work => {
                if waited > 0 {
                    show("");
                }
                return done;
            }
            () = tokio::time::sleep(PATIENCE) => {
                waited += 1;
                show(&format!("waiting for {place} ({} s)", waited / 2));
            }
        }
    }
}

/// Puts `text` in place of the line.
fn show(text: &str) {
    let mut out = io::stderr().lock();
    // With stderr closed, nobody waits.
    let _ = write!(out, "\r\u{1b}[K{text}").and_then(|()| out.flush());
}
