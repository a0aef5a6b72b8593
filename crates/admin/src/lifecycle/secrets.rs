//! Sealed secrets: what is live is published anew with the value that it refers to.

use aigw_config::Secret;
use aigw_store::{
    Base, By, Origin, Publication, PublicationKind, Revision, RevisionError, SecretMeta,
};

use super::publish::Order;
use super::{Lifecycle, PublishFailure, Published, SecretFailure};

/// What became of setting a secret.
#[derive(Debug)]
pub struct SecretSet {
    /// The secret as it is sealed now.
    pub meta: SecretMeta,
    /// The publication with the new value, if what is live refers to it; or why there was none. The secret is set in any
    /// case.
    pub published: Result<Option<Box<Published>>, Box<PublishFailure>>,
}

impl Lifecycle {
    /// Seals a value. If what is live refers to it, it is published anew with the value, as another revision.
    ///
    /// # Errors
    /// Why it was not sealed.
    pub async fn set_secret(
        &self,
        by: &By,
        name: &str,
        value: &Secret<String>,
    ) -> Result<SecretSet, SecretFailure> {
        let meta = self.vault.set(by, name, value).await?;
        let published = self.publish_secret(by, name).await;
        Ok(SecretSet {
            meta,
            published: published.map(|one| one.map(Box::new)).map_err(Box::new),
        })
    }

    /// Removes a secret that nothing live refers to.
    ///
    /// # Errors
    /// Why it is still there.
    pub async fn remove_secret(&self, by: &By, name: &str) -> Result<(), SecretFailure> {
        if let Some((live, revision)) = self.live_revision().await?
            && refers(&revision, name)
        {
            return Err(SecretFailure::InUse {
                name: name.to_owned(),
                revision: live.revision,
            });
        }
        Ok(self.vault.remove(by, name).await?)
    }

    async fn publish_secret(
        &self,
        by: &By,
        name: &str,
    ) -> Result<Option<Published>, PublishFailure> {
        let found = self.live_revision().await.map_err(PublishFailure::from)?;
        let Some((live, revision)) = found.filter(|(_, revision)| refers(revision, name)) else {
            return Ok(None);
        };
        let note = format!("secret {name} has another value");
        let order = Order {
            kind: PublicationKind::Secret,
            origin: Origin::Api,
            note: &note,
            base: Base::Revision(live.revision),
        };
        self.publish_text(by, &revision.text, order).await.map(Some)
    }

    /// What the ledger says is live, with its text.
    pub(super) async fn live_revision(
        &self,
    ) -> Result<Option<(Publication, Revision)>, aigw_store::StoreError> {
        let Some(live) = self.store.live().await? else {
            return Ok(None);
        };
        match self.store.revision(live.revision).await {
            Ok(revision) => Ok(Some((live, revision))),
            Err(RevisionError::Store(error)) => Err(error),
            // The ledger refers to revisions, and none is ever removed.
            Err(RevisionError::Unknown(_)) => Ok(None),
        }
    }
}

fn refers(revision: &Revision, name: &str) -> bool {
    let reference = format!("${{secret:{name}}}");
    revision
        .secrets
        .iter()
        .any(|one| one.reference == reference)
}
