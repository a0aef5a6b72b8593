//! Client keys whose text is made here, once.

use aigw_config::Secret;
use aigw_store::{By, ClientKey, KeyPolicy, KeyShape, NewKey, StoreError, Timestamp};

use super::{KeyFailure, Lifecycle};
use crate::runtime::MintedKey;

impl Lifecycle {
    /// Adds a client key. Its text is in the answer and nowhere else; the data plane of this process knows it at once, that
    /// of others within a second.
    ///
    /// # Errors
    /// Why it was not added.
    pub async fn create_key(
        &self,
        by: &By,
        policy: KeyPolicy,
    ) -> Result<(ClientKey, Secret<String>), KeyFailure> {
        let minted = self.mint(None)?;
        let new = NewKey {
            id: &minted.id,
            shape: KeyShape::Generated,
            hash: minted.hash,
            policy,
        };
        let key = self.store.create_key(by, &new).await?;
        self.know_keys().await;
        Ok((key, minted.text))
    }

    /// Gives a client key another text; the one before is good until `grace_until`, or ends at once.
    ///
    /// # Errors
    /// Why it has the old one still.
    pub async fn rotate_key(
        &self,
        by: &By,
        id: &str,
        grace_until: Option<Timestamp>,
    ) -> Result<(ClientKey, Secret<String>), KeyFailure> {
        let minted = self.mint(Some(id))?;
        let key = self
            .store
            .rotate_key(by, id, (minted.hash, grace_until))
            .await?;
        self.know_keys().await;
        Ok((key, minted.text))
    }

    /// Changes what a key is called and may do, if it is still at `version`.
    ///
    /// # Errors
    /// Why it was not changed.
    pub async fn update_key(
        &self,
        by: &By,
        at: (&str, i64),
        policy: &KeyPolicy,
    ) -> Result<ClientKey, KeyFailure> {
        let key = self.store.update_key(by, at, policy).await?;
        self.know_keys().await;
        Ok(key)
    }

    /// Ends a key at once, and for good.
    ///
    /// # Errors
    /// Why it was not ended.
    pub async fn revoke_key(&self, by: &By, id: &str) -> Result<ClientKey, KeyFailure> {
        let key = self.store.revoke_key(by, id).await?;
        self.know_keys().await;
        Ok(key)
    }

    /// After a change of this process: what fails now is made up for by the follower.
    async fn know_keys(&self) {
        if let Err(error) = self.refresh_keys().await {
            tracing::warn!(%error, "client keys changed; the data plane learns of it when the store answers again");
        }
    }

    /// Gives the data plane the keys as the store has them.
    ///
    /// # Errors
    /// The store's; the data plane keeps the keys that it has.
    pub async fn refresh_keys(&self) -> Result<(), StoreError> {
        let keys = self.store.key_set().await?;
        self.runtime
            .replace_keys(&keys, &self.vault.client_key_pepper());
        Ok(())
    }

    fn mint(&self, id: Option<&str>) -> Result<MintedKey, KeyFailure> {
        let pepper = self.vault.client_key_pepper();
        self.runtime
            .mint_key(id, &pepper)
            .map_err(KeyFailure::Random)
    }
}
