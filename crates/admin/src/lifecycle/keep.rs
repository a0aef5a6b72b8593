//! Keeping what is served for a start without the store.

use super::Lifecycle;
use crate::last_good::{LastGoodError, Snapshot};
use crate::runtime::Sealed;

impl Lifecycle {
    /// Keeps what is served now. That it fails changes nothing of what is served; it is logged, and shown by
    /// [`Lifecycle::serving`].
    pub(super) async fn keep(&self) {
        let Some(last_good) = self.last_good.clone() else {
            return;
        };
        let Some(snapshot) = self.snapshot() else {
            return;
        };
        let vault = self.vault.clone();
        let saved = tokio::task::spawn_blocking(move || last_good.save(&vault, &snapshot)).await;
        let trouble = match saved {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(error) => Some(LastGoodError::interrupted(&error)),
        };
        if let Some(error) = &trouble {
            tracing::warn!(%error, "a start without the store would begin with an older configuration");
        }
        self.state().serving.unkept = trouble;
    }

    /// What is served, once both the configuration and the client keys are known.
    fn snapshot(&self) -> Option<Snapshot> {
        let state = self.state();
        let refers = |name: &str| {
            let reference = format!("${{secret:{name}}}");
            state.text.contains(&reference)
        };
        let sealed: Sealed = state
            .sealed
            .iter()
            .filter(|(name, _)| refers(name))
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .collect();
        Some(Snapshot {
            revision: state.serving.revision?,
            text: state.text.clone(),
            sealed,
            keys: state.keys.clone()?,
            pepper: self.vault.client_key_pepper(),
        })
    }
}
