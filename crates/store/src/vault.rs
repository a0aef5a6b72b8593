//! Sealed secrets, and the keys that the deployment shares.
//!
//! The master key wraps one data key per secret, and the data key seals the value; both with ChaCha20-Poly1305, bound to
//! the secret's name and version, so that a value put under another name does not open. Data keys and wrapping keys are
//! used once each. Rotating the master key wraps the data keys anew, in one transaction, and leaves the values alone.
//!
//! Three keys are made by the first process that unlocks the store, and sealed beside the secrets: one that revisions'
//! secret digests are made with, one for the hashes of client keys, one for those of admin tokens and sessions. They stay
//! the same when the master key is rotated.

mod master;
mod seal;
mod shared;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use aigw_config::Secret;
use ring::hmac;

use crate::audit::AuditEvent;
use crate::changes::Part;
use crate::db::{Row, args};
use crate::write::Write;
use crate::{By, Digest, Store, StoreError, Timestamp};

pub use master::MasterKey;
use seal::{Name, Sealed};
use shared::SharedKeys;

/// Longest value in bytes.
const LONGEST: usize = 64 * 1024;
/// Scope of what operators seal.
const SECRETS: &str = "secret";

/// The sealed secrets of a store, with the key to them. Clones share the key.
#[derive(Clone)]
pub struct Vault {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    master: RwLock<MasterKey>,
    shared: SharedKeys,
}

/// What is known of a secret without opening it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretMeta {
    /// What `${secret:name}` calls it.
    pub name: String,
    /// Raised each time it is set.
    pub version: i64,
    /// When it was first set.
    pub created_at: Timestamp,
    /// When it was last set.
    pub changed_at: Timestamp,
    /// By whom.
    pub changed_by: String,
}

/// Why a secret was not sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The master key cannot be one.
    #[error(
        "the master key has fewer than 32 characters: generate one, for example with `openssl rand -hex 32`"
    )]
    WeakMaster,
    /// The store is sealed under another master key.
    #[error(
        "the master key does not open the store's secrets: give the AIGW_MASTER_KEY that they were sealed under; after `aigw secrets rotate-master`, that is the new one"
    )]
    WrongMaster,
    /// The name cannot be one.
    #[error("a secret's name has 1 to 128 letters, digits, `_`, `-` or `.`")]
    Name,
    /// The value is empty or too long.
    #[error("a secret has 1 byte to 64 KiB, and no NUL character")]
    Value,
    /// There is none of that name.
    #[error("there is no sealed secret `{0}`: set it with `aigw secrets set {0}`")]
    Unknown(String),
    /// The seal of one secret is broken, while the master key is right.
    #[error("the sealed secret `{0}` was changed in the database: set it again")]
    Broken(String),
    /// The system's random source failed.
    #[error("the system's random source failed")]
    Random,
    /// The store's own trouble.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Vault {
    /// Opens the secrets of `store`. The first time, makes the shared keys; later, fails with
    /// [`VaultError::WrongMaster`] if `master` is not the key that they are sealed under.
    pub async fn unlock(store: &Store, by: &By, master: MasterKey) -> Result<Self, VaultError> {
        let shared = SharedKeys::load(store, by, &master).await?;
        let inner = Inner {
            store: store.clone(),
            master: RwLock::new(master),
            shared,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Keyed digest of a secret's value, for [`crate::SecretDigest`].
    pub fn digest(&self, value: &str) -> Digest {
        keyed(&self.inner.shared.digests, value)
    }

    /// Keyed hash of an admin token's or a session's text.
    pub fn hash_token(&self, text: &str) -> Digest {
        keyed(&self.inner.shared.tokens, text)
    }

    /// The key that client keys are hashed with, the same on every replica.
    pub fn client_key_pepper(&self) -> Secret<[u8; 32]> {
        self.inner.shared.client_keys.clone()
    }

    /// Seals a value under `name`, in place of the one that is there.
    pub async fn set(
        &self,
        by: &By,
        name: &str,
        value: &Secret<String>,
    ) -> Result<SecretMeta, VaultError> {
        check_name(name)?;
        let text = value.expose();
        if text.is_empty() || text.len() > LONGEST || text.contains('\0') {
            return Err(VaultError::Value);
        }
        let mut write = self.inner.store.write().await?;
        let found = "SELECT name, version, created_at, changed_at, changed_by FROM sealed WHERE scope = $1 AND name = $2";
        let found = write.row(found, args![SECRETS, name]).await?;
        let found = found.as_ref().map(meta).transpose()?;
        let meta = SecretMeta {
            name: name.to_owned(),
            version: found.as_ref().map_or(1, |found| found.version + 1),
            created_at: found.map_or(by.at, |found| found.created_at),
            changed_at: by.at,
            changed_by: by.actor.clone(),
        };
        let at = Name::new(SECRETS, name, meta.version);
        let sealed = seal::seal(&self.master(), &at, text.as_bytes())?;
        put(&mut write, SECRETS, &meta, &sealed).await?;
        let resource = format!("secret/{name}");
        write
            .audit(by, &AuditEvent::done("secret.set", &resource))
            .await?;
        write.touch(Part::Secrets).await?;
        write.commit().await?;
        Ok(meta)
    }

    /// Removes a secret for good.
    pub async fn remove(&self, by: &By, name: &str) -> Result<(), VaultError> {
        let mut write = self.inner.store.write().await?;
        let sql = "DELETE FROM sealed WHERE scope = $1 AND name = $2";
        if write.execute(sql, args![SECRETS, name]).await? == 0 {
            return Err(VaultError::Unknown(name.to_owned()));
        }
        let resource = format!("secret/{name}");
        write
            .audit(by, &AuditEvent::done("secret.remove", &resource))
            .await?;
        write.touch(Part::Secrets).await?;
        Ok(write.commit().await?)
    }

    /// What is sealed, by name, without values.
    pub async fn list(&self) -> Result<Vec<SecretMeta>, StoreError> {
        self.inner.store.secrets().await
    }

    /// The value of one secret.
    pub async fn open(&self, name: &str) -> Result<Secret<String>, VaultError> {
        let sql =
            "SELECT name, version, salt, wrapped, value FROM sealed WHERE scope = $1 AND name = $2";
        let row = self.inner.store.row(sql, args![SECRETS, name]).await?;
        let row = row.ok_or_else(|| VaultError::Unknown(name.to_owned()))?;
        self.open_row(&row)
    }

    /// Every name and value, by name: what a configuration is compiled with.
    pub async fn open_all(&self) -> Result<Vec<(String, Secret<String>)>, VaultError> {
        let sql =
            "SELECT name, version, salt, wrapped, value FROM sealed WHERE scope = $1 ORDER BY name";
        let rows = self.inner.store.rows(sql, args![SECRETS]).await?;
        rows.iter()
            .map(|row| Ok((row.text("name")?, self.open_row(row)?)))
            .collect()
    }

    /// Puts everything under another master key, all of it or nothing. Processes that still have the old one cannot open
    /// secrets any more ([`VaultError::WrongMaster`]) until they are started with the new one.
    pub async fn rotate_master(&self, by: &By, new: MasterKey) -> Result<(), VaultError> {
        let mut write = self.inner.store.write().await?;
        let old = self.master();
        let sql =
            "SELECT scope, name, version, salt, wrapped, value FROM sealed ORDER BY scope, name";
        for row in write.rows(sql, args![]).await? {
            let (scope, name) = (row.text("scope")?, row.text("name")?);
            let at = Name::new(&scope, &name, row.int("version")?);
            let again = seal::rewrap((&old, &new), &at, &sealed(&row)?)
                .map_err(|_| VaultError::WrongMaster)?;
            let sql = "UPDATE sealed SET salt = $3, wrapped = $4 WHERE scope = $1 AND name = $2";
            let values = args![scope, name, &again.salt[..], &again.wrapped[..]];
            write.execute(sql, values).await?;
        }
        let event = AuditEvent::done("secret.rotate_master", "secrets");
        write.audit(by, &event).await?;
        write.touch(Part::Secrets).await?;
        write.commit().await?;
        *self
            .inner
            .master
            .write()
            .unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }

    fn open_row(&self, row: &Row) -> Result<Secret<String>, VaultError> {
        let name = row.text("name")?;
        let at = Name::new(SECRETS, &name, row.int("version")?);
        let mut plain = match seal::open(&self.master(), &at, &sealed(row)?) {
            Ok(plain) => plain,
            Err(seal::Broken::Wrapping) => return Err(VaultError::WrongMaster),
            Err(seal::Broken::Value) => return Err(VaultError::Broken(name)),
        };
        let text = String::from_utf8(std::mem::take(&mut *plain));
        text.map(Secret::new).map_err(|_| VaultError::Broken(name))
    }

    fn master(&self) -> MasterKey {
        self.inner
            .master
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Store {
    /// What is sealed, by name; needs no master key.
    pub async fn secrets(&self) -> Result<Vec<SecretMeta>, StoreError> {
        let sql = "SELECT name, version, created_at, changed_at, changed_by FROM sealed WHERE scope = $1 ORDER BY name";
        self.rows(sql, args![SECRETS])
            .await?
            .iter()
            .map(meta)
            .collect()
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault([redacted])")
    }
}

fn keyed(key: &hmac::Key, text: &str) -> Digest {
    let tag = hmac::sign(key, text.as_bytes());
    let mut bytes = [0; 32];
    bytes.copy_from_slice(tag.as_ref());
    Digest(bytes)
}

fn check_name(name: &str) -> Result<(), VaultError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    if (1..=128).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(());
    }
    Err(VaultError::Name)
}

fn meta(row: &Row) -> Result<SecretMeta, StoreError> {
    Ok(SecretMeta {
        name: row.text("name")?,
        version: row.int("version")?,
        created_at: row.time("created_at")?,
        changed_at: row.time("changed_at")?,
        changed_by: row.text("changed_by")?,
    })
}

fn sealed(row: &Row) -> Result<Sealed, StoreError> {
    Ok(Sealed {
        salt: row.bytes("salt")?,
        wrapped: row.blob("wrapped")?,
        value: row.blob("value")?,
    })
}

async fn put(
    write: &mut Write<'_>,
    scope: &str,
    meta: &SecretMeta,
    sealed: &Sealed,
) -> Result<(), StoreError> {
    let values = args![
        scope,
        meta.name.as_str(),
        meta.version,
        &sealed.salt[..],
        &sealed.wrapped[..],
        &sealed.value[..],
        meta.created_at,
        meta.changed_at,
        meta.changed_by.as_str(),
    ];
    write
        .execute(
            "INSERT INTO sealed (scope, name, version, salt, wrapped, value, created_at, changed_at, changed_by)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (scope, name) DO UPDATE SET version = excluded.version, salt = excluded.salt, wrapped = excluded.wrapped,
               value = excluded.value, changed_at = excluded.changed_at, changed_by = excluded.changed_by",
            values,
        )
        .await
        .map(drop)
}
