//! Client keys: who may call, and what they may do.
//!
//! The store is given keyed hashes ([`KeyHash`]) and never sees a key's text. A revoked key stays as a row, so that
//! records that name it can be explained; its name is free again.

mod rows;
mod types;

use crate::audit::AuditEvent;
use crate::changes::Part;
use crate::db::args;
use crate::name::check_name;
use crate::write::Write;
use crate::{By, Digest, Store, StoreError, Timestamp};

use rows::{client_key, entry};
pub use types::{
    ClientKey, KeyEntry, KeyError, KeyHash, KeyPolicy, KeySet, KeyShape, NewKey, digest,
};

impl Store {
    /// Adds a key.
    pub async fn create_key(&self, by: &By, new: &NewKey<'_>) -> Result<ClientKey, KeyError> {
        check(&new.policy)?;
        let mut write = self.write().await?;
        free(&mut write, new.id, &new.policy.name).await?;
        rows::insert(&mut write, by, new).await?;
        finish(write, by, new.id, ("key.create", None)).await
    }

    /// Makes the key named `new.policy.name` have this hash: adds it, or gives it the hash if it has another one, keeping
    /// its policy. For keys that come with the process, such as `AIGW_CLIENT_KEY`.
    pub async fn ensure_key(&self, by: &By, new: &NewKey<'_>) -> Result<ClientKey, KeyError> {
        check(&new.policy)?;
        let mut write = self.write().await?;
        let sql = "SELECT id, hash FROM client_keys WHERE name = $1 AND revoked_at IS NULL";
        let found = write.row(sql, args![new.policy.name.as_str()]).await?;
        let Some(row) = found else {
            free(&mut write, new.id, &new.policy.name).await?;
            rows::insert(&mut write, by, new).await?;
            return finish(write, by, new.id, ("key.create", None)).await;
        };
        let id = row.text("id")?;
        if KeyHash(row.bytes("hash")?) == new.hash {
            return Ok(rows::one(&mut write, &id).await?);
        }
        let before = rows::one(&mut write, &id).await?;
        let sql = "UPDATE client_keys SET hash = $2, previous_hash = NULL, previous_until = NULL, rotated_at = $3, version = version + 1 WHERE id = $1";
        write
            .execute(sql, args![id.as_str(), &new.hash.0[..], by.at])
            .await?;
        finish(write, by, &id, ("key.rotate", Some(digest(&before)))).await
    }

    /// Changes what a key is called and may do, if it is still at `version`.
    pub async fn update_key(
        &self,
        by: &By,
        (id, version): (&str, i64),
        policy: &KeyPolicy,
    ) -> Result<ClientKey, KeyError> {
        check(policy)?;
        let mut write = self.write().await?;
        let before = usable(&mut write, id).await?;
        if before.version != version {
            return Err(KeyError::Stale(Box::new(before)));
        }
        if before.policy.name != policy.name {
            name_free(&mut write, &policy.name).await?;
        }
        rows::update(&mut write, id, policy).await?;
        finish(write, by, id, ("key.update", Some(digest(&before)))).await
    }

    /// Gives a key a new secret. The one before stays good until `grace_until`; with `None` it ends at once.
    pub async fn rotate_key(
        &self,
        by: &By,
        id: &str,
        (hash, grace_until): (KeyHash, Option<Timestamp>),
    ) -> Result<ClientKey, KeyError> {
        let mut write = self.write().await?;
        let before = usable(&mut write, id).await?;
        let sql = "UPDATE client_keys
            SET previous_hash = CASE WHEN $3 IS NULL THEN NULL ELSE hash END, previous_until = $3,
                hash = $2, rotated_at = $4, version = version + 1
            WHERE id = $1";
        write
            .execute(sql, args![id, &hash.0[..], grace_until, by.at])
            .await?;
        finish(write, by, id, ("key.rotate", Some(digest(&before)))).await
    }

    /// Ends a key for good, its secret before rotation too.
    pub async fn revoke_key(&self, by: &By, id: &str) -> Result<ClientKey, KeyError> {
        let mut write = self.write().await?;
        let before = usable(&mut write, id).await?;
        let sql = "UPDATE client_keys
            SET revoked_at = $2, previous_hash = NULL, previous_until = NULL, version = version + 1
            WHERE id = $1";
        write.execute(sql, args![id, by.at]).await?;
        finish(write, by, id, ("key.revoke", Some(digest(&before)))).await
    }

    /// One key, revoked or not.
    pub async fn key(&self, id: &str) -> Result<ClientKey, KeyError> {
        let row = self.row(rows::ONE, args![id]).await?;
        let row = row.ok_or_else(|| KeyError::Unknown(id.to_owned()))?;
        Ok(client_key(&row)?)
    }

    /// Every key by name, revoked ones last.
    pub async fn keys(&self) -> Result<Vec<ClientKey>, StoreError> {
        let rows = self.rows(rows::ALL, args![]).await?;
        rows.iter().map(client_key).collect()
    }

    /// What the data plane lets in: every key that is not revoked. Expiry and grace are times, for it to compare.
    pub async fn key_set(&self) -> Result<KeySet, StoreError> {
        // The number first: keys changed in between are read again because of it, never missed.
        let generation = self.generations().await?.keys;
        let rows = self.rows(rows::USABLE, args![]).await?;
        Ok(KeySet {
            generation,
            keys: rows.iter().map(entry).collect::<Result<_, _>>()?,
        })
    }
}

/// Audits and commits a change of a key; the key as it is now.
async fn finish(
    mut write: Write<'_>,
    by: &By,
    id: &str,
    (action, before): (&str, Option<Digest>),
) -> Result<ClientKey, KeyError> {
    let key = rows::one(&mut write, id).await?;
    let resource = format!("key/{id}");
    let event = AuditEvent {
        before,
        after: Some(digest(&key)),
        ..AuditEvent::done(action, &resource)
    };
    write.audit(by, &event).await?;
    write.touch(Part::Keys).await?;
    write.commit().await?;
    Ok(key)
}

fn check(policy: &KeyPolicy) -> Result<(), KeyError> {
    check_name(&policy.name)?;
    match serde_json::from_str(&policy.limits) {
        Ok(serde_json::Value::Object(_)) => Ok(()),
        _ => Err(KeyError::Limits),
    }
}

async fn free(write: &mut Write<'_>, id: &str, name: &str) -> Result<(), KeyError> {
    if write.row(rows::ONE, args![id]).await?.is_some() {
        return Err(KeyError::IdTaken(id.to_owned()));
    }
    name_free(write, name).await
}

async fn name_free(write: &mut Write<'_>, name: &str) -> Result<(), KeyError> {
    let sql = "SELECT id FROM client_keys WHERE name = $1 AND revoked_at IS NULL";
    match write.row(sql, args![name]).await? {
        Some(_) => Err(KeyError::NameTaken(name.to_owned())),
        None => Ok(()),
    }
}

async fn usable(write: &mut Write<'_>, id: &str) -> Result<ClientKey, KeyError> {
    let row = write.row(rows::ONE, args![id]).await?;
    let key = client_key(&row.ok_or_else(|| KeyError::Unknown(id.to_owned()))?)?;
    if key.revoked_at.is_some() {
        return Err(KeyError::Revoked(id.to_owned()));
    }
    Ok(key)
}
