//! The configuration file while the gateway runs.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use aigw_admin::{FileMode, FileTrigger, Lifecycle, Standing};
use aigw_store::PublicationId;

use super::control::report;
use super::signals::Hangup;
use crate::cli::OnFileChange;
use crate::data_dir::DataDir;

/// How often the file is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// The text that was last dealt with, so that a start knows whether the file was changed meanwhile.
const SEEN: &str = "file-seen";

/// The file, and what was seen of it.
#[derive(Debug)]
pub(super) struct Live {
    file: PathBuf,
    data: DataDir,
    stamp: Option<Stamp>,
    publication: Option<PublicationId>,
}

/// Changes whenever the file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: SystemTime,
    length: u64,
}

impl Live {
    /// Begins with `file`, which was just published if `is_first`. In a data directory that has not seen the file it
    /// counts as seen: what is live was published elsewhere, and is not to be changed by a new replica.
    pub(super) fn begin(
        lifecycle: &Lifecycle,
        data: &DataDir,
        (file, mode): (&Path, OnFileChange),
    ) -> Self {
        let mode = match mode {
            OnFileChange::Draft => FileMode::Draft,
            OnFileChange::Publish => FileMode::Publish,
            OnFileChange::Ignore => FileMode::Ignore,
        };
        // What cannot be read counts as never seen.
        let seen = data.read(SEEN).ok().flatten();
        let seen = seen.or_else(|| std::fs::read_to_string(file).ok());
        lifecycle.watch_file(file, mode, seen);
        Self {
            file: file.to_owned(),
            data: data.clone(),
            stamp: None,
            publication: None,
        }
    }

    /// Looks at the file every second and at every SIGHUP, until dropped.
    pub(super) async fn watch(mut self, lifecycle: &Lifecycle, hangup: &mut Hangup) {
        let mut clock = tokio::time::interval(EVERY);
        clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = hangup.next() => self.look(lifecycle, FileTrigger::Publish).await,
                _ = clock.tick() => self.look(lifecycle, FileTrigger::Clock).await,
            }
        }
    }

    /// Looks at the file and does what is to be done.
    pub(super) async fn look(&mut self, lifecycle: &Lifecycle, trigger: FileTrigger) {
        let metadata = tokio::fs::metadata(&self.file).await.ok();
        let stamp = metadata.as_ref().and_then(stamp);
        let publication = lifecycle.serving().publication.map(|live| live.id);
        let same = stamp == self.stamp && publication == self.publication;
        // A file that is being replaced is away for a moment.
        if trigger == FileTrigger::Clock && (same || stamp.is_none()) {
            return;
        }
        let before = lifecycle.file().map(|file| file.standing);
        let looked = lifecycle.look_at_file(&lifecycle.system(), trigger).await;
        let standing = match looked {
            Ok(Some(standing)) => standing,
            Ok(None) => return,
            Err(error) => {
                tracing::error!(%error, "cannot take over the configuration file; the old one stays live");
                return;
            }
        };
        self.stamp = stamp;
        self.publication = lifecycle.serving().publication.map(|live| live.id);
        self.remember(lifecycle);
        if trigger == FileTrigger::Publish || before.as_ref() != Some(&standing) {
            self.say(lifecycle, &standing, trigger);
        }
    }

    fn remember(&self, lifecycle: &Lifecycle) {
        let Some(seen) = lifecycle.file_seen() else {
            return;
        };
        if self.data.read(SEEN).ok().flatten().as_deref() == Some(seen.as_str()) {
            return;
        }
        if self.data.write(SEEN, &seen).is_err() {
            tracing::warn!(
                "cannot note what was seen of the configuration file; the next start may look at it again"
            );
        }
    }

    fn say(&self, lifecycle: &Lifecycle, standing: &Standing, trigger: FileTrigger) {
        let revision = lifecycle.serving().revision.map(|number| number.0);
        match standing {
            Standing::InStep if trigger == FileTrigger::Publish => {
                tracing::info!(revision, "the configuration file says what is live already");
            }
            Standing::Draft(draft) => {
                let draft = draft.0;
                tracing::info!(
                    revision,
                    draft,
                    "the configuration file changed and is valid, but not live: `aigw config publish` or SIGHUP publishes it, and so does every change with --on-file-change publish"
                );
            }
            Standing::Invalid(problems) => {
                report(&self.file, problems);
                tracing::error!(
                    revision,
                    "the configuration file is not valid; the old one stays live"
                );
            }
            Standing::Unreadable(error) => {
                let file = self.file.display();
                tracing::error!(%file, error, "cannot read the configuration file");
            }
            // The publication itself is logged where it is made.
            Standing::Unknown | Standing::InStep | Standing::Published(_) | Standing::Differs => {}
        }
    }
}

fn stamp(metadata: &std::fs::Metadata) -> Option<Stamp> {
    Some(Stamp {
        modified: metadata.modified().ok()?,
        length: metadata.len(),
    })
}
