//! The configuration file beside the store: its changes become drafts, or are published, or are only seen.

use std::path::{Path, PathBuf};

use aigw_config::Problem;
use aigw_store::{
    Base, By, DraftEdit, DraftError, DraftId, NewDraft, Origin, PublicationKind, RevisionNumber,
};

use super::publish::Order;
use super::{Lifecycle, PublishFailure};

/// What happens when the file changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileMode {
    /// The change becomes a draft.
    Draft,
    /// The change is published, unless it has errors.
    Publish,
    /// Nothing.
    Ignore,
}

/// Who wants the file to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileTrigger {
    /// The clock: only a change since the last look counts.
    Clock,
    /// Somebody asks for it: the file counts as it is, and what happens is what its mode says; a draft if that is to
    /// ignore it.
    Reload,
    /// Somebody asks for it to be published, whatever the mode.
    Publish,
}

/// The file in comparison with what is live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileStatus {
    /// Where it is.
    pub path: PathBuf,
    /// What happens when it changes.
    pub mode: FileMode,
    /// How it stands.
    pub standing: Standing,
}

/// How the file stands to what is live.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Standing {
    /// Not looked at yet.
    #[default]
    Unknown,
    /// It says what is live.
    InStep,
    /// It was just published.
    Published(RevisionNumber),
    /// It says something else, which lies in this draft.
    Draft(DraftId),
    /// It says something else, and that is left as it is.
    Differs,
    /// It has errors.
    Invalid(Vec<Problem>),
    /// It cannot be read.
    Unreadable(String),
}

/// The file, and what was seen of it.
#[derive(Debug, Clone)]
pub(super) struct WatchedFile {
    pub(super) path: PathBuf,
    pub(super) mode: FileMode,
    /// The text that was last considered.
    pub(super) seen: Option<String>,
    pub(super) standing: Standing,
}

impl Lifecycle {
    /// Names the configuration file. `seen` is the text that an earlier look has dealt with, if any.
    pub fn watch_file(&self, path: &Path, mode: FileMode, seen: Option<String>) {
        self.state().file = Some(WatchedFile {
            path: path.to_owned(),
            mode,
            seen,
            standing: Standing::Unknown,
        });
    }

    /// How the configuration file stands to what is live; `None` if there is no such file.
    pub fn file(&self) -> Option<FileStatus> {
        let state = self.state();
        state.file.as_ref().map(|file| FileStatus {
            path: file.path.clone(),
            mode: file.mode,
            standing: file.standing.clone(),
        })
    }

    /// The text of the configuration file that was last dealt with.
    pub fn file_seen(&self) -> Option<String> {
        self.state().file.as_ref()?.seen.clone()
    }

    /// Looks at the configuration file and does what is to be done with it; how it stands then, or `None` if there is no
    /// such file. A file with errors or one that cannot be read is no failure of this.
    ///
    /// # Errors
    /// Why the change was neither published nor kept as a draft.
    pub async fn look_at_file(
        &self,
        by: &By,
        trigger: FileTrigger,
    ) -> Result<Option<Standing>, PublishFailure> {
        let Some(file) = self.state().file.clone() else {
            return Ok(None);
        };
        let text = match tokio::fs::read_to_string(&file.path).await {
            Ok(text) => text,
            Err(error) => {
                let standing = Standing::Unreadable(error.to_string());
                return Ok(Some(self.file_stands(None, standing)));
            }
        };
        let live = self.live_revision().await?;
        if live.is_some_and(|(_, revision)| revision.text == text) {
            return Ok(Some(self.file_stands(Some(text), Standing::InStep)));
        }
        let is_new = file.seen.as_deref() != Some(text.as_str());
        let publishes = match (trigger, file.mode) {
            (FileTrigger::Publish, _) | (FileTrigger::Reload, FileMode::Publish) => true,
            (FileTrigger::Clock, _) if !is_new => {
                let standing = match file.standing {
                    known @ (Standing::Draft(_) | Standing::Invalid(_)) => known,
                    _ => Standing::Differs,
                };
                return Ok(Some(self.file_stands(Some(text), standing)));
            }
            (FileTrigger::Clock, FileMode::Ignore) => {
                return Ok(Some(self.file_stands(Some(text), Standing::Differs)));
            }
            (FileTrigger::Clock, FileMode::Publish) => true,
            (FileTrigger::Clock | FileTrigger::Reload, _) => false,
        };
        let standing = if publishes {
            self.publish_file(by, &text).await?
        } else {
            self.draft_file(by, &file.path, &text).await?
        };
        Ok(Some(self.file_stands(Some(text), standing)))
    }

    fn file_stands(&self, seen: Option<String>, standing: Standing) -> Standing {
        if let Some(file) = &mut self.state().file {
            file.seen = seen.or(file.seen.take());
            file.standing = standing.clone();
        }
        standing
    }

    async fn publish_file(&self, by: &By, text: &str) -> Result<Standing, PublishFailure> {
        let order = Order {
            kind: PublicationKind::File,
            origin: Origin::File,
            note: "the configuration file changed",
            base: Base::Any,
        };
        match self.publish_text(by, text, order).await {
            Ok(published) => Ok(Standing::Published(published.revision.number)),
            Err(PublishFailure::Invalid(problems)) => Ok(Standing::Invalid(problems)),
            Err(failure) => Err(failure),
        }
    }

    /// One draft for the file, which follows it.
    async fn draft_file(
        &self,
        by: &By,
        path: &Path,
        text: &str,
    ) -> Result<Standing, PublishFailure> {
        let checked = self.check(text).await?;
        if checked.config.is_none() {
            return Ok(Standing::Invalid(checked.problems));
        }
        let name = path.file_name().map(|name| name.to_string_lossy());
        let title = format!("file {}", name.unwrap_or_default());
        let base = self.store.live().await?.map(|live| live.revision);
        let note = "the configuration file changed";
        for _ in 0..2 {
            let drafts = self.store.drafts().await?;
            let same = drafts
                .into_iter()
                .find(|draft| draft.origin == Origin::File && draft.title == title);
            let kept = match same {
                None => {
                    let new = NewDraft {
                        title: &title,
                        text,
                        origin: Origin::File,
                        base,
                        note,
                    };
                    self.store.create_draft(by, &new).await
                }
                Some(draft) => {
                    let edit = DraftEdit {
                        title: &title,
                        text,
                        base,
                        note,
                    };
                    self.store
                        .save_draft(by, (draft.id, draft.version), &edit)
                        .await
                }
            };
            match kept {
                Ok(draft) => return Ok(Standing::Draft(draft.id)),
                // Somebody saved or published it in this moment: once more on top of that.
                Err(DraftError::Stale(_) | DraftError::Unknown(_)) => {}
                Err(DraftError::Store(error)) => return Err(error.into()),
                Err(other) => return Err(PublishFailure::Draft(other)),
            }
        }
        Ok(Standing::Differs)
    }
}

impl Standing {
    /// One word for it.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::InStep => "in_step",
            Self::Published(_) => "published",
            Self::Draft(_) => "draft",
            Self::Differs => "differs",
            Self::Invalid(_) => "invalid",
            Self::Unreadable(_) => "unreadable",
        }
    }
}
