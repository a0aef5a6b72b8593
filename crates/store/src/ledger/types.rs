//! What a publication is.

use std::fmt;

use crate::{RevisionNumber, StoreError, Timestamp};

/// Number of a publication: 1, 2, 3 … in the order of staging.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicationId(pub i64);

/// Why something is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PublicationKind {
    /// Somebody publishes.
    Publish,
    /// Somebody goes back to an older revision.
    Rollback,
    /// The first start.
    Bootstrap,
    /// The watched file changed, and is to be published.
    File,
    /// A secret that the live revision refers to has another value.
    Secret,
}

/// What became of a publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PublicationState {
    /// Written down, not yet served.
    Staged,
    /// Served.
    Live,
    /// Never served, or taken back at once; nothing changed.
    Failed,
    /// Was live until a later one.
    Superseded,
}

/// What must be live for a publication to be staged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// Whatever is.
    Any,
    /// Nothing yet.
    Nothing,
    /// This revision.
    Revision(RevisionNumber),
}

/// A publication to be staged.
#[derive(Debug, Clone, Copy)]
pub struct Proposal<'a> {
    /// What to publish.
    pub revision: RevisionNumber,
    /// Why.
    pub kind: PublicationKind,
    /// What must be live.
    pub base: Base,
    /// Why, for people.
    pub note: &'a str,
}

/// A row of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// Its number.
    pub id: PublicationId,
    /// What is published.
    pub revision: RevisionNumber,
    /// Why.
    pub kind: PublicationKind,
    /// What became of it.
    pub state: PublicationState,
    /// What was live when it was staged.
    pub base: Option<RevisionNumber>,
    /// Who staged it.
    pub actor: String,
    /// Which process staged it.
    pub instance: String,
    /// Why, in their words.
    pub note: String,
    /// When it was staged, by their clock.
    pub at: Timestamp,
    /// When it went live or failed, by the clock of whoever said so.
    pub settled_at: Option<Timestamp>,
    /// Why it failed.
    pub reason: Option<String>,
}

/// Both sides of a lost race.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// What should have been live.
    pub base: Base,
    /// What is.
    pub live: Option<Publication>,
    /// What somebody else is publishing right now.
    pub staged: Option<Publication>,
}

/// Why a publication did not go on.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Somebody else was first.
    #[error("{0}")]
    Conflict(Box<Conflict>),
    /// There is no such revision.
    #[error("there is no revision {}: `aigw config history` lists them", .0.0)]
    UnknownRevision(RevisionNumber),
    /// It was settled already, by somebody who took it for abandoned.
    #[error("publication {} is not staged any more but {}: compare with what is live and publish again", id.0, state.map_or("gone", PublicationState::as_str))]
    NotStaged {
        /// Which one.
        id: PublicationId,
        /// What it is instead; `None` if there is no such publication.
        state: Option<PublicationState>,
    },
    /// The store's own trouble.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Base {
    /// Whether this is what is live.
    pub fn holds(self, live: Option<&Publication>) -> bool {
        match self {
            Self::Any => true,
            Self::Nothing => live.is_none(),
            Self::Revision(base) => live.is_some_and(|live| live.revision == base),
        }
    }
}

impl Publication {
    /// As the audit names it.
    pub(crate) fn resource(&self) -> String {
        format!("publication/{}", self.id.0)
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(staged) = &self.staged {
            let (actor, revision) = (&staged.actor, staged.revision.0);
            return write!(
                f,
                "{actor} is publishing revision {revision} right now: try again when that is done"
            );
        }
        match self.base {
            Base::Revision(base) => write!(f, "revision {} is not live any more: ", base.0)?,
            Base::Nothing | Base::Any => f.write_str("something was published meanwhile: ")?,
        }
        match &self.live {
            Some(live) => write!(
                f,
                "{} published revision {}; compare with it and publish on top of it",
                live.actor, live.revision.0
            ),
            None => f.write_str("nothing is live"),
        }
    }
}

macro_rules! words {
    ($type:ident { $($variant:ident = $word:literal),* }) => {
        impl $type {
            /// The word that stands for it in the store and in answers.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            pub(crate) fn parse(text: &str) -> Option<Self> {
                [$(Self::$variant),*].into_iter().find(|one| one.as_str() == text)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words!(PublicationKind {
    Publish = "publish",
    Rollback = "rollback",
    Bootstrap = "bootstrap",
    File = "file",
    Secret = "secret"
});

words!(PublicationState {
    Staged = "staged",
    Live = "live",
    Failed = "failed",
    Superseded = "superseded"
});

impl PublicationKind {
    /// The action that the audit has for it.
    pub(crate) const fn action(self) -> &'static str {
        match self {
            Self::Rollback => "config.rollback",
            Self::Publish | Self::Bootstrap | Self::File | Self::Secret => "config.publish",
        }
    }
}
