//! Rows of client keys.

use super::{ClientKey, KeyEntry, KeyHash, KeyPolicy, KeyShape, NewKey};
use crate::db::{Row, args};
use crate::list::{from_json, to_json};
use crate::write::Write;
use crate::{By, StoreError};

pub(super) const ONE: &str = "SELECT id, version, name, shape, previous_until, team, models, endpoints, tags, ip_allow, limits, priority, expires_at, created_at, created_by, rotated_at, revoked_at
    FROM client_keys WHERE id = $1";
pub(super) const ALL: &str = "SELECT id, version, name, shape, previous_until, team, models, endpoints, tags, ip_allow, limits, priority, expires_at, created_at, created_by, rotated_at, revoked_at
    FROM client_keys ORDER BY CASE WHEN revoked_at IS NULL THEN 0 ELSE 1 END, name, id";
pub(super) const USABLE: &str = "SELECT id, name, shape, hash, previous_hash, previous_until, team, models, endpoints, tags, ip_allow, limits, priority, expires_at
    FROM client_keys WHERE revoked_at IS NULL ORDER BY id";

/// The key of that id, which is there.
pub(super) async fn one(write: &mut Write<'_>, id: &str) -> Result<ClientKey, StoreError> {
    let row = write.row(ONE, args![id]).await?;
    client_key(&row.ok_or_else(|| StoreError::damaged("a client key is gone"))?)
}

pub(super) async fn insert(
    write: &mut Write<'_>,
    by: &By,
    new: &NewKey<'_>,
) -> Result<(), StoreError> {
    let policy = &new.policy;
    let values = args![
        new.id,
        policy.name.as_str(),
        new.shape.as_str(),
        &new.hash.0[..],
        policy.group.as_deref(),
        to_json(&policy.models),
        to_json(&policy.endpoints),
        to_json(&policy.tags),
        to_json(&policy.ip_allow),
        policy.limits.as_str(),
        i64::from(policy.priority),
        policy.expires_at,
        by.at,
        by.actor.as_str(),
    ];
    write
        .execute(
            "INSERT INTO client_keys (id, version, name, shape, hash, team, models, endpoints, tags, ip_allow, limits, priority, expires_at, created_at, created_by)
             VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
            values,
        )
        .await
        .map(drop)
}

pub(super) async fn update(
    write: &mut Write<'_>,
    id: &str,
    policy: &KeyPolicy,
) -> Result<(), StoreError> {
    let values = args![
        id,
        policy.name.as_str(),
        policy.group.as_deref(),
        to_json(&policy.models),
        to_json(&policy.endpoints),
        to_json(&policy.tags),
        to_json(&policy.ip_allow),
        policy.limits.as_str(),
        i64::from(policy.priority),
        policy.expires_at,
    ];
    write
        .execute(
            "UPDATE client_keys
             SET version = version + 1, name = $2, team = $3, models = $4, endpoints = $5, tags = $6, ip_allow = $7, limits = $8, priority = $9, expires_at = $10
             WHERE id = $1",
            values,
        )
        .await
        .map(drop)
}

pub(super) fn client_key(row: &Row) -> Result<ClientKey, StoreError> {
    Ok(ClientKey {
        id: row.text("id")?,
        version: row.int("version")?,
        shape: row.word("shape", KeyShape::parse)?,
        policy: policy(row)?,
        grace_until: row.maybe_time("previous_until")?,
        created_at: row.time("created_at")?,
        created_by: row.text("created_by")?,
        rotated_at: row.maybe_time("rotated_at")?,
        revoked_at: row.maybe_time("revoked_at")?,
    })
}

pub(super) fn entry(row: &Row) -> Result<KeyEntry, StoreError> {
    let previous = row.maybe_bytes("previous_hash")?.map(KeyHash);
    Ok(KeyEntry {
        id: row.text("id")?,
        shape: row.word("shape", KeyShape::parse)?,
        hash: KeyHash(row.bytes("hash")?),
        previous: previous.zip(row.maybe_time("previous_until")?),
        policy: policy(row)?,
    })
}

fn policy(row: &Row) -> Result<KeyPolicy, StoreError> {
    Ok(KeyPolicy {
        name: row.text("name")?,
        group: row.maybe_text("team")?,
        models: from_json(&row.text("models")?)?,
        endpoints: from_json(&row.text("endpoints")?)?,
        tags: from_json(&row.text("tags")?)?,
        ip_allow: from_json(&row.text("ip_allow")?)?,
        limits: row.text("limits")?,
        priority: i32::try_from(row.int("priority")?)
            .map_err(|_| StoreError::damaged("a priority is out of range"))?,
        expires_at: row.maybe_time("expires_at")?,
    })
}
