//! Keys that all processes of a deployment share.

use aigw_config::Secret;
use ring::hmac;
use zeroize::Zeroizing;

use super::master::{MasterKey, random};
use super::seal::{self, Name};
use super::{SecretMeta, VaultError, put, sealed};
use crate::db::args;
use crate::write::Write;
use crate::{By, Store};

/// Their scope among what is sealed.
const SCOPE: &str = "shared";

/// The shared keys.
pub(super) struct SharedKeys {
    /// Digests of secrets' values in revisions.
    pub(super) digests: hmac::Key,
    /// Hashes of admin tokens and sessions.
    pub(super) tokens: hmac::Key,
    /// Hashes of client keys.
    pub(super) client_keys: Secret<[u8; 32]>,
}

impl SharedKeys {
    /// Opens them; makes those that are not there yet.
    pub(super) async fn load(
        store: &Store,
        by: &By,
        master: &MasterKey,
    ) -> Result<Self, VaultError> {
        let mut write = store.write().await?;
        let digests = one(&mut write, by, (master, "digests")).await?;
        let tokens = one(&mut write, by, (master, "tokens")).await?;
        let client_keys = one(&mut write, by, (master, "client_keys")).await?;
        write.commit().await?;
        Ok(Self {
            digests: hmac::Key::new(hmac::HMAC_SHA256, &*digests),
            tokens: hmac::Key::new(hmac::HMAC_SHA256, &*tokens),
            client_keys: Secret::new(*client_keys),
        })
    }
}

async fn one(
    write: &mut Write<'_>,
    by: &By,
    (master, name): (&MasterKey, &str),
) -> Result<Zeroizing<[u8; 32]>, VaultError> {
    let at = Name::new(SCOPE, name, 1);
    let sql = "SELECT salt, wrapped, value FROM sealed WHERE scope = $1 AND name = $2";
    if let Some(row) = write.row(sql, args![SCOPE, name]).await? {
        let plain = seal::open(master, &at, &sealed(&row)?).map_err(|_| VaultError::WrongMaster)?;
        let key = plain[..].try_into().map_err(|_| VaultError::WrongMaster)?;
        return Ok(Zeroizing::new(key));
    }
    let key = Zeroizing::new(random::<32>()?);
    let meta = SecretMeta {
        name: name.to_owned(),
        version: 1,
        created_at: by.at,
        changed_at: by.at,
        changed_by: by.actor.clone(),
    };
    put(write, SCOPE, &meta, &seal::seal(master, &at, &*key)?).await?;
    Ok(key)
}
