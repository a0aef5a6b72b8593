//! Publishing: check → revision → staged → data plane → live, or failed and nothing changed.

use std::sync::Arc;

use aigw_config::Config;
use aigw_store::{
    AuditEvent, Base, By, DraftError, NewRevision, Origin, Proposal, Publication, PublicationKind,
    PublicationState, PublishError, RevisionNumber, SecretDigest, StoreError,
};

use super::references::ReferencedFiles;
use super::{Lifecycle, Publish, PublishFailure, Published, Rollback, Source};
use crate::runtime::{Checked, Sealed};

/// How something is published.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order<'a> {
    pub(super) kind: PublicationKind,
    pub(super) origin: Origin,
    pub(super) note: &'a str,
    pub(super) base: Base,
}

impl Lifecycle {
    /// Publishes.
    ///
    /// # Errors
    /// Why not. What was live still is, here and in the ledger; only if the store was lost in the very moment of writing
    /// down that it is live, the ledger decides, and [`Lifecycle::follow`] brings the process in line with it.
    pub async fn publish(&self, by: &By, what: &Publish<'_>) -> Result<Published, PublishFailure> {
        let order = Order {
            kind: PublicationKind::Publish,
            origin: Origin::Api,
            note: what.note,
            base: what.base,
        };
        let draft = match what.source {
            Source::Text(text) => return self.publish_text(by, text, order).await,
            Source::Revision(number) => {
                let text = self.store.revision(number).await?.text;
                return self.publish_text(by, &text, order).await;
            }
            Source::Draft(id, version) => (id, version),
        };
        let found = self.store.draft(draft.0).await?;
        if found.version != draft.1 {
            return Err(PublishFailure::Draft(DraftError::Stale(Box::new(found))));
        }
        let text = found.text.unwrap_or_default();
        let origin = found.origin;
        let published = self
            .publish_text(by, &text, Order { origin, ..order })
            .await?;
        // Somebody may have saved it in this moment: then it holds something that is not live, and stays.
        if let Err(error) = self.store.discard_draft(by, draft.0, draft.1).await {
            tracing::warn!(%error, draft = draft.0.0, "the draft was published and stays");
        }
        Ok(published)
    }

    /// Publishes what an older revision says, compiled as of now.
    ///
    /// # Errors
    /// As those of [`Lifecycle::publish`].
    pub async fn rollback(&self, by: &By, to: &Rollback<'_>) -> Result<Published, PublishFailure> {
        let text = self.store.revision(to.revision).await?.text;
        let order = Order {
            kind: PublicationKind::Rollback,
            origin: Origin::Api,
            note: to.note,
            base: to.base,
        };
        self.publish_text(by, &text, order).await
    }

    pub(super) async fn publish_text(
        &self,
        by: &By,
        text: &str,
        order: Order<'_>,
    ) -> Result<Published, PublishFailure> {
        let _turn = self.turn.lock().await;
        let sealed = self.sealed().await?;
        let checked = self.check_with(text, sealed.clone()).await;
        let Some(config) = checked.config.clone() else {
            self.refused(by, &checked).await?;
            return Err(PublishFailure::Invalid(checked.problems));
        };
        let secrets = self.digests(&checked);
        let new = NewRevision {
            text,
            secrets: &secrets,
            origin: order.origin,
            note: order.note,
        };
        let revision = self.store.put_revision(by, &new).await?.revision;
        let proposal = Proposal {
            revision: revision.number,
            kind: order.kind,
            base: order.base,
            note: order.note,
        };
        let staged = self.store.stage(by, &proposal).await?;
        let publication = self.make_live(by, staged, config).await?;
        self.took_over(&publication, text, (&checked, sealed));
        self.keep().await;
        // A first start says by itself what it serves.
        if order.base != Base::Nothing {
            tracing::info!(
                revision = revision.number.0,
                publication = publication.id.0,
                kind = %order.kind,
                "configuration published"
            );
        }
        Ok(Published {
            publication,
            revision,
            checked,
        })
    }

    /// Writes down that somebody tried to publish a document with errors.
    async fn refused(&self, by: &By, checked: &Checked) -> Result<(), StoreError> {
        let reason = super::serving::errors(&checked.problems);
        let event = AuditEvent::done("config.publish", "document").failed(&reason);
        self.store.record(by, &event).await
    }

    /// The references of a checked document as a revision keeps them.
    pub(super) fn digests(&self, checked: &Checked) -> Vec<SecretDigest> {
        let digest = |value: &aigw_config::Secret<String>| self.vault.digest(value.expose());
        checked
            .references
            .iter()
            .map(|one| SecretDigest {
                reference: one.reference.clone(),
                digest: one.value.as_ref().map(digest),
            })
            .collect()
    }

    /// Has the data plane take over what is staged, and writes down what became of it.
    async fn make_live(
        &self,
        by: &By,
        staged: Publication,
        config: Config,
    ) -> Result<Publication, PublishFailure> {
        let config = Arc::new(config);
        if let Err(reason) = self.apply(staged.revision, &config).await {
            let failed = self.store.mark_failed(by, staged.id, &reason).await?;
            let publication = Box::new(failed);
            return Err(PublishFailure::Apply {
                publication,
                reason,
            });
        }
        let publication = match self.store.mark_live(by, staged.id).await {
            Ok(publication) => publication,
            Err(error) => self.in_doubt(&staged, error).await?,
        };
        self.state().config = Some(config);
        Ok(publication)
    }

    /// The ledger did not take `live`: it may have, and only its answer was lost. If it did not, the process goes back.
    async fn in_doubt(
        &self,
        staged: &Publication,
        error: PublishError,
    ) -> Result<Publication, PublishFailure> {
        if let Ok(Some(live)) = self.store.live().await
            && live.id == staged.id
            && live.state == PublicationState::Live
        {
            return Ok(live);
        }
        self.go_back().await;
        Err(error.into())
    }

    /// Serves again what was served before.
    async fn go_back(&self) {
        let before = {
            let state = self.state();
            state.serving.revision.zip(state.config.clone())
        };
        let Some((revision, config)) = before else {
            return;
        };
        if let Err(reason) = self.apply(revision, &config).await {
            tracing::error!(revision = revision.0, %reason, "cannot go back to what was served before");
        }
    }

    pub(super) async fn apply(
        &self,
        revision: RevisionNumber,
        config: &Arc<Config>,
    ) -> Result<(), String> {
        let (runtime, config) = (Arc::clone(&self.runtime), Arc::clone(config));
        let apply = move || runtime.apply(revision, &config);
        let applied = tokio::task::spawn_blocking(apply).await;
        applied.unwrap_or_else(|error| Err(error.to_string()))
    }

    /// Serves what is live already.
    pub(super) async fn serve(
        &self,
        live: &Publication,
        text: &str,
        (config, checked, sealed): (Config, Checked, Sealed),
    ) -> Result<(), String> {
        let config = Arc::new(config);
        self.apply(live.revision, &config).await?;
        self.state().config = Some(config);
        self.took_over(live, text, (&checked, sealed));
        self.keep().await;
        Ok(())
    }

    /// From now on this process serves `publication`.
    fn took_over(&self, publication: &Publication, text: &str, with: (&Checked, Sealed)) {
        let now = self.now();
        let (checked, sealed) = with;
        let mut state = self.state();
        state.serving.since = now;
        state.serving.revision = Some(publication.revision);
        state.serving.publication = Some(publication.clone());
        state.serving.behind = None;
        text.clone_into(&mut state.text);
        state.sealed = sealed;
        state.files = ReferencedFiles::of(checked);
    }
}
