//! Signals of the operating system.

use crate::failure::Failure;

#[cfg(unix)]
pub(super) use self::unix::{Hangup, Stop};

#[cfg(not(unix))]
pub(super) use self::other::{Hangup, Stop};

/// The exit code of a process that `signal` ended.
pub(super) fn exit_code(signal: &str) -> i32 {
    if signal == "SIGTERM" { 143 } else { 130 }
}

#[cfg(unix)]
fn failed(error: &std::io::Error) -> Failure {
    Failure::operation(format!("cannot listen for signals: {error}"))
}

#[cfg(unix)]
mod unix {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    use super::failed;
    use crate::failure::Failure;

    /// SIGTERM and SIGINT.
    #[derive(Debug)]
    pub(in super::super) struct Stop {
        terminate: Signal,
        interrupt: Signal,
    }

    /// SIGHUP.
    #[derive(Debug)]
    pub(in super::super) struct Hangup(Signal);

    impl Stop {
        pub(in super::super) fn install() -> Result<Self, Failure> {
            let terminate = signal(SignalKind::terminate()).map_err(|error| failed(&error))?;
            let interrupt = signal(SignalKind::interrupt()).map_err(|error| failed(&error))?;
            Ok(Self {
                terminate,
                interrupt,
            })
        }

        /// The name of the next signal.
        pub(in super::super) async fn next(&mut self) -> &'static str {
            tokio::select! {
                _ = self.terminate.recv() => "SIGTERM",
                _ = self.interrupt.recv() => "SIGINT",
            }
        }
    }

    impl Hangup {
        pub(in super::super) fn install() -> Result<Self, Failure> {
            signal(SignalKind::hangup())
                .map(Self)
                .map_err(|error| failed(&error))
        }

        pub(in super::super) async fn next(&mut self) {
            self.0.recv().await;
        }
    }
}

#[cfg(not(unix))]
mod other {
    use crate::failure::Failure;

    /// Ctrl-C.
    #[derive(Debug)]
    pub(in super::super) struct Stop;

    /// Does not exist here.
    #[derive(Debug)]
    pub(in super::super) struct Hangup;

    impl Stop {
        pub(in super::super) fn install() -> Result<Self, Failure> {
            Ok(Self)
        }

        /// The name of the next signal.
        pub(in super::super) async fn next(&mut self) -> &'static str {
            if let Err(error) = tokio::signal::ctrl_c().await {
                tracing::error!(%error, "cannot listen for Ctrl-C");
                std::future::pending::<()>().await;
            }
            "SIGINT"
        }
    }

    impl Hangup {
        pub(in super::super) fn install() -> Result<Self, Failure> {
            Ok(Self)
        }

        pub(in super::super) async fn next(&mut self) {
            std::future::pending().await
        }
    }
}
