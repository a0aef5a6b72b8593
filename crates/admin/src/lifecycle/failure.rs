//! Why something was not done.

use aigw_config::Problem;
use aigw_store::{
    Conflict, DraftError, KeyError, Publication, PublishError, RevisionError, RevisionNumber,
    StoreError, VaultError,
};

/// Why something was not published. What was served before still is.
#[derive(Debug, thiserror::Error)]
pub enum PublishFailure {
    /// The document has errors: every problem.
    #[error("the document has errors: {}", super::serving::errors(.0))]
    Invalid(Vec<Problem>),
    /// Somebody else was first.
    #[error("{0}")]
    Conflict(Box<Conflict>),
    /// The data plane could not take it over; the ledger has it as failed.
    #[error("publication {} failed: {reason}", publication.id.0)]
    Apply {
        /// The row of the ledger.
        publication: Box<Publication>,
        /// Why.
        reason: String,
    },
    /// It took so long that somebody else took it for abandoned.
    #[error("{0}")]
    Lapsed(PublishError),
    /// There is no such revision.
    #[error("there is no revision {}: `aigw config history` lists them", .0.0)]
    UnknownRevision(RevisionNumber),
    /// The draft is gone, or was saved meanwhile.
    #[error(transparent)]
    Draft(DraftError),
    /// Sealed secrets cannot be opened.
    #[error(transparent)]
    Vault(VaultError),
    /// The store's own trouble.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a client key was not changed.
#[derive(Debug, thiserror::Error)]
pub enum KeyFailure {
    /// The store refused it, or has trouble of its own.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// No text could be made for it.
    #[error("{0}")]
    Random(String),
}

/// Why a secret was not changed.
#[derive(Debug, thiserror::Error)]
pub enum SecretFailure {
    /// What is live refers to it.
    #[error("revision {} is live and refers to the secret `{name}`: publish one that does not, then remove it", revision.0)]
    InUse {
        /// The secret.
        name: String,
        /// What is live.
        revision: RevisionNumber,
    },
    /// The vault's own trouble.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The store's own trouble.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<PublishError> for PublishFailure {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Conflict(conflict) => Self::Conflict(conflict),
            PublishError::UnknownRevision(number) => Self::UnknownRevision(number),
            PublishError::Store(error) => Self::Store(error),
            lapsed @ PublishError::NotStaged { .. } => Self::Lapsed(lapsed),
        }
    }
}

impl From<RevisionError> for PublishFailure {
    fn from(error: RevisionError) -> Self {
        match error {
            RevisionError::Unknown(number) => Self::UnknownRevision(number),
            RevisionError::Store(error) => Self::Store(error),
        }
    }
}

impl From<DraftError> for PublishFailure {
    fn from(error: DraftError) -> Self {
        match error {
            DraftError::Store(error) => Self::Store(error),
            other => Self::Draft(other),
        }
    }
}

impl From<VaultError> for PublishFailure {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Store(error) => Self::Store(error),
            other => Self::Vault(other),
        }
    }
}
