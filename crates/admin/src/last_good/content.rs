//! The plain content of a file: JSON, before it is sealed.

use aigw_config::Secret;
use aigw_store::{KeyEntry, KeyHash, KeyPolicy, KeySet, KeyShape, RevisionNumber, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Snapshot;

#[derive(Serialize, Deserialize)]
struct Content {
    revision: i64,
    text: String,
    sealed: Vec<(String, String)>,
    pepper: [u8; 32],
    generation: u64,
    keys: Vec<Key>,
}

#[derive(Serialize, Deserialize)]
struct Key {
    id: String,
    generated: bool,
    hash: [u8; 32],
    previous: Option<([u8; 32], u64)>,
    name: String,
    group: Option<String>,
    models: Vec<String>,
    endpoints: Vec<String>,
    tags: Vec<String>,
    ip_allow: Vec<String>,
    limits: String,
    priority: i32,
    expires_at: Option<u64>,
}

/// As bytes, which are overwritten when dropped.
pub(super) fn write(snapshot: &Snapshot) -> Zeroizing<Vec<u8>> {
    let value = |(name, value): (&str, &Secret<String>)| (name.to_owned(), value.expose().clone());
    let mut content = Content {
        revision: snapshot.revision.0,
        text: snapshot.text.clone(),
        sealed: snapshot.sealed.iter().map(value).collect(),
        pepper: *snapshot.pepper.expose(),
        generation: snapshot.keys.generation,
        keys: snapshot.keys.keys.iter().map(key).collect(),
    };
    // Texts, numbers and lists of them: there is nothing that JSON could not say.
    let bytes = Zeroizing::new(serde_json::to_vec(&content).unwrap_or_default());
    content.forget();
    bytes
}

/// From bytes; the reason if they are something else.
pub(super) fn read(bytes: &[u8]) -> Result<Snapshot, String> {
    // Without the parser's own words, which quote what they could not read.
    let content: Content = serde_json::from_slice(bytes)
        .map_err(|_| "the file was written by another version".to_owned())?;
    let sealed = content.sealed.into_iter();
    Ok(Snapshot {
        revision: RevisionNumber(content.revision),
        text: content.text,
        sealed: sealed
            .map(|(name, value)| (name, Secret::new(value)))
            .collect(),
        keys: KeySet {
            generation: content.generation,
            keys: content.keys.into_iter().map(entry).collect(),
        },
        pepper: Secret::new(content.pepper),
    })
}

impl Content {
    /// Overwrites what was copied out of secrets.
    fn forget(&mut self) {
        use zeroize::Zeroize;
        self.pepper.zeroize();
        for (_, value) in &mut self.sealed {
            value.zeroize();
        }
    }
}

fn key(entry: &KeyEntry) -> Key {
    let policy = entry.policy.clone();
    Key {
        id: entry.id.clone(),
        generated: entry.shape == KeyShape::Generated,
        hash: entry.hash.0,
        previous: entry.previous.map(|(hash, until)| (hash.0, until.0)),
        name: policy.name,
        group: policy.group,
        models: policy.models,
        endpoints: policy.endpoints,
        tags: policy.tags,
        ip_allow: policy.ip_allow,
        limits: policy.limits,
        priority: policy.priority,
        expires_at: policy.expires_at.map(|at| at.0),
    }
}

fn entry(key: Key) -> KeyEntry {
    KeyEntry {
        id: key.id,
        shape: if key.generated {
            KeyShape::Generated
        } else {
            KeyShape::Given
        },
        hash: KeyHash(key.hash),
        previous: key
            .previous
            .map(|(hash, until)| (KeyHash(hash), Timestamp(until))),
        policy: KeyPolicy {
            name: key.name,
            group: key.group,
            models: key.models,
            endpoints: key.endpoints,
            tags: key.tags,
            ip_allow: key.ip_allow,
            limits: key.limits,
            priority: key.priority,
            expires_at: key.expires_at.map(Timestamp),
        },
    }
}
