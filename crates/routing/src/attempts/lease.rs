//! What an attempt occupies, released exactly once: by going out of scope.

use std::sync::Arc;

use crate::health::{ProviderHealth, TargetHealth};

/// Owns its share of the states, so that it counts on them also after their table was replaced.
#[derive(Debug)]
pub(super) struct Lease {
    target: Arc<TargetHealth>,
    provider: Arc<ProviderHealth>,
    trial: bool,
}

impl Lease {
    /// Takes over what was claimed: the provider's place and, with `trial`, the target's trial.
    pub(super) fn over(
        target: &Arc<TargetHealth>,
        provider: &Arc<ProviderHealth>,
        trial: bool,
    ) -> Lease {
        target.enter();
        Lease {
            target: Arc::clone(target),
            provider: Arc::clone(provider),
            trial,
        }
    }

    pub(super) fn target(&self) -> &TargetHealth {
        &self.target
    }

    pub(super) fn provider(&self) -> &ProviderHealth {
        &self.provider
    }

    /// Lets the next trial through, or with the hold ended everybody.
    pub(super) fn end_trial(&mut self) {
        if std::mem::take(&mut self.trial) {
            self.target.end_trial();
        }
    }

    pub(super) fn is_trial(&self) -> bool {
        self.trial
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.target.leave();
        self.provider.leave();
        self.end_trial();
    }
}
