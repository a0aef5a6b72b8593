//! Failures of the layers below as answers.

use aigw_store::{
    ChainFault, DraftError, KeyError, RevisionError, StoreError, TokenError, VaultError,
};
use http::StatusCode;
use serde_json::json;

use super::Failure;
use crate::api::drafts::DraftView;
use crate::api::keys::KeyView;
use crate::api::shown::{ProblemView, PublicationView};
use crate::{KeyFailure, PublishFailure, SecretFailure};

impl From<StoreError> for Failure {
    /// What a database says of itself stays in the log: it may name hosts, users and files.
    fn from(error: StoreError) -> Self {
        tracing::warn!(%error, "the store did not answer the admin API");
        let (status, code, message) = match error {
            StoreError::Nul => (
                StatusCode::BAD_REQUEST,
                "invalid_body",
                "a text holds a NUL character, which cannot be stored: remove it",
            ),
            StoreError::Full => (
                StatusCode::INSUFFICIENT_STORAGE,
                "store_full",
                "the disk of the store is full: free some space, nothing was changed",
            ),
            _ => (
                StatusCode::SERVICE_UNAVAILABLE,
                "store_unavailable",
                "the store does not answer; traffic is served as before. Try again; the log of the gateway says why",
            ),
        };
        Self::new(status, code, message)
    }
}

impl From<RevisionError> for Failure {
    fn from(error: RevisionError) -> Self {
        match error {
            RevisionError::Store(error) => error.into(),
            unknown @ RevisionError::Unknown(_) => Self::missing(unknown.to_string()),
        }
    }
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        let message = error.to_string();
        match error {
            VaultError::Store(error) => error.into(),
            VaultError::Unknown(_) => Self::missing(message),
            VaultError::WeakMaster | VaultError::Name | VaultError::Value => {
                Self::bad("invalid_body", message)
            }
            VaultError::WrongMaster | VaultError::Broken(_) => {
                Self::new(StatusCode::CONFLICT, "secrets_sealed", message)
            }
            VaultError::Random => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "no_randomness", message)
            }
        }
    }
}

impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Self {
        let message = error.to_string();
        match error {
            TokenError::Store(error) => error.into(),
            TokenError::Unknown => Self::missing(message),
            TokenError::NameTaken(_) | TokenError::HashTaken => {
                Self::new(StatusCode::CONFLICT, "name_taken", message)
            }
            TokenError::Name(_) => Self::bad("invalid_body", message),
        }
    }
}

impl From<DraftError> for Failure {
    fn from(error: DraftError) -> Self {
        let message = error.to_string();
        match error {
            DraftError::Store(error) => error.into(),
            DraftError::Unknown(_) => Self::missing(message),
            DraftError::Title(_) => Self::bad("invalid_body", message),
            DraftError::Stale(draft) => {
                let draft = DraftView::from(*draft);
                stale(message).details(json!({"current": draft}))
            }
        }
    }
}

impl From<KeyFailure> for Failure {
    fn from(error: KeyFailure) -> Self {
        let message = error.to_string();
        match error {
            KeyFailure::Key(error) => error.into(),
            KeyFailure::Random(_) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "no_randomness", message)
            }
        }
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        let message = error.to_string();
        match error {
            KeyError::Store(error) => error.into(),
            KeyError::Unknown(_) => Self::missing(message),
            KeyError::Revoked(_) => Self::new(StatusCode::CONFLICT, "revoked", message),
            KeyError::NameTaken(_) | KeyError::IdTaken(_) => {
                Self::new(StatusCode::CONFLICT, "name_taken", message)
            }
            KeyError::Name(_) | KeyError::Limits => Self::bad("invalid_body", message),
            KeyError::Stale(key) => {
                let key = KeyView::from(*key);
                stale(message).details(json!({"current": key}))
            }
        }
    }
}

impl From<SecretFailure> for Failure {
    fn from(error: SecretFailure) -> Self {
        let message = error.to_string();
        match error {
            SecretFailure::Store(error) => error.into(),
            SecretFailure::Vault(error) => error.into(),
            SecretFailure::InUse { revision, .. } => {
                let details = json!({"revision": revision.0});
                Self::new(StatusCode::CONFLICT, "in_use", message).details(details)
            }
        }
    }
}

impl From<PublishFailure> for Failure {
    fn from(error: PublishFailure) -> Self {
        let message = error.to_string();
        match error {
            PublishFailure::Invalid(problems) => {
                let problems: Vec<_> = problems.iter().map(ProblemView::from).collect();
                let message = "the document has errors: nothing was published";
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_config", message)
                    .details(json!({"problems": problems}))
            }
            PublishFailure::Conflict(conflict) => {
                let live = conflict.live.map(PublicationView::from);
                let staged = conflict.staged.map(PublicationView::from);
                Self::new(StatusCode::CONFLICT, "conflict", message)
                    .details(json!({"live": live, "staged": staged}))
            }
            PublishFailure::Apply { publication, .. } => {
                let publication = PublicationView::from(*publication);
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "not_applied", message)
                    .details(json!({"publication": publication}))
            }
            PublishFailure::Lapsed(_) => Self::new(StatusCode::CONFLICT, "lapsed", message),
            PublishFailure::UnknownRevision(_) => Self::missing(message),
            PublishFailure::Draft(error) => error.into(),
            PublishFailure::Vault(error) => error.into(),
            PublishFailure::Store(error) => error.into(),
        }
    }
}

impl From<ChainFault> for Failure {
    fn from(error: ChainFault) -> Self {
        let message = error.to_string();
        match error {
            ChainFault::Store(error) => error.into(),
            _ => Self::new(StatusCode::CONFLICT, "chain_broken", message),
        }
    }
}

/// Somebody changed what the caller has an older version of.
pub(in crate::api) fn stale(message: String) -> Failure {
    Failure::new(StatusCode::PRECONDITION_FAILED, "stale", message)
}
