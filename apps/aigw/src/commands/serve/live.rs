//! The configuration file while it is served.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use aigw_config::Config;
use aigw_gateway::Gateway;

use super::FIRST_REVISION;
use super::signals::Hangup;
use crate::cli::OnFileChange;
use crate::document::Document;

/// How often the file is looked at.
const EVERY: Duration = Duration::from_secs(1);

/// What is served, and the file it came from.
#[derive(Debug)]
pub(super) struct Live {
    gateway: Gateway,
    file: PathBuf,
    mode: OnFileChange,
    config: Config,
    revision: u64,
    /// The text that was last looked at, live or not.
    seen: String,
    stamp: Option<Stamp>,
}

/// Changes whenever the file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: SystemTime,
    length: u64,
}

/// What made us look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    Clock,
    Signal,
}

impl Live {
    /// `config`, compiled from `text`, which was read from `file`, is live.
    pub(super) fn new(
        gateway: Gateway,
        file: PathBuf,
        text: String,
        config: Config,
        mode: OnFileChange,
    ) -> Self {
        Self {
            gateway,
            file,
            mode,
            config,
            revision: FIRST_REVISION,
            seen: text,
            stamp: None,
        }
    }

    /// Looks at the file every second and at every SIGHUP, until dropped.
    pub(super) async fn watch(mut self, mut hangup: Hangup) {
        let mut clock = tokio::time::interval(EVERY);
        clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = hangup.next() => self.look(Reason::Signal).await,
                _ = clock.tick(), if self.mode != OnFileChange::Ignore => self.look(Reason::Clock).await,
            }
        }
    }

    async fn look(&mut self, reason: Reason) {
        let (file, stamp) = (self.file.clone(), self.stamp);
        let always = reason == Reason::Signal;
        // On a thread that may block: the file may lie on a network.
        let read = tokio::task::spawn_blocking(move || read_if_changed(&file, stamp, always)).await;
        match read {
            Ok(Ok(Some((stamp, text)))) => {
                self.stamp = Some(stamp);
                if always || text != self.seen {
                    self.consider(text, reason).await;
                }
            }
            Ok(Ok(None)) => {}
            Ok(Err(error)) if always => {
                tracing::error!(file = %self.file.display(), %error, "cannot read the configuration file");
            }
            // A file that is being replaced is away for a moment.
            Ok(Err(_)) | Err(_) => {}
        }
    }

    async fn consider(&mut self, text: String, reason: Reason) {
        self.seen.clone_from(&text);
        let file = self.file.clone();
        let Ok(document) =
            tokio::task::spawn_blocking(move || Document::compile(&file, &text)).await
        else {
            return;
        };
        let revision = self.revision;
        for (severity, line) in document.lines() {
            match severity {
                aigw_config::Severity::Error => tracing::error!("{line}"),
                aigw_config::Severity::Warning => tracing::warn!("{line}"),
            }
        }
        let Some(config) = document.config else {
            tracing::error!(
                revision,
                "the configuration file is not valid; the old one stays live"
            );
            return;
        };
        if self.mode == OnFileChange::Draft && reason == Reason::Clock {
            tracing::info!(
                revision,
                "the configuration file changed and is valid, but not live: SIGHUP publishes it, and so does every change with --on-file-change publish"
            );
            return;
        }
        if config == self.config {
            tracing::info!(revision, "the configuration file says what is live already");
            return;
        }
        self.publish(config);
    }

    fn publish(&mut self, config: Config) {
        let revision = self.revision + 1;
        match self.gateway.publish(&config, &revision.to_string()) {
            Ok(()) => {
                if config.limits.header_read != self.config.limits.header_read {
                    tracing::warn!("limits.header_read changed; it takes effect at the next start");
                }
                self.config = config;
                self.revision = revision;
                tracing::info!(revision, "configuration published");
            }
            Err(error) => {
                tracing::error!(%error, revision = self.revision, "cannot serve the configuration file; the old one stays live");
            }
        }
    }
}

/// The file, unless it bears `stamp` and is not `always` wanted.
fn read_if_changed(
    file: &Path,
    stamp: Option<Stamp>,
    always: bool,
) -> std::io::Result<Option<(Stamp, String)>> {
    let metadata = std::fs::metadata(file)?;
    let current = Stamp {
        modified: metadata.modified()?,
        length: metadata.len(),
    };
    if stamp == Some(current) && !always {
        return Ok(None);
    }
    Ok(Some((current, std::fs::read_to_string(file)?)))
}
