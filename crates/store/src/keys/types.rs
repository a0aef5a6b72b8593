//! What a client key is.

use std::fmt;

use crate::digest::Fields;
use crate::list::to_json;
use crate::name::InvalidName;
use crate::{Digest, StoreError, Timestamp};

/// Keyed hash of a key's whole text, made with the key hashing key of the vault. `Debug` shows nothing of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyHash(pub [u8; 32]);

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash(..)")
    }
}

/// How a key's text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyShape {
    /// `sk-aigw-<id>-<secret>`: the id within the text finds the row.
    Generated,
    /// Any text that an operator chose.
    Given,
}

/// What a key is called and may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPolicy {
    /// Name for people, records and limits; unique among keys that are not revoked.
    pub name: String,
    /// The group that it belongs to.
    pub group: Option<String>,
    /// Public models that it may use, as globs; empty for all.
    pub models: Vec<String>,
    /// Endpoints that it may use; empty for all.
    pub endpoints: Vec<String>,
    /// Labels for people and reports.
    pub tags: Vec<String>,
    /// Address ranges that it may be used from; empty for all.
    pub ip_allow: Vec<String>,
    /// Limits and budget as a JSON object.
    pub limits: String,
    /// Who goes first when requests wait; higher goes first.
    pub priority: i32,
    /// When it ends; `None` for never.
    pub expires_at: Option<Timestamp>,
}

impl KeyPolicy {
    /// A key of this name that may do everything.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            group: None,
            models: Vec::new(),
            endpoints: Vec::new(),
            tags: Vec::new(),
            ip_allow: Vec::new(),
            limits: "{}".into(),
            priority: 0,
            expires_at: None,
        }
    }
}

/// A key to be added.
#[derive(Debug, Clone)]
pub struct NewKey<'a> {
    /// Its id; for generated keys the one within its text.
    pub id: &'a str,
    /// How its text looks.
    pub shape: KeyShape,
    /// Keyed hash of its text.
    pub hash: KeyHash,
    /// What it is called and may do.
    pub policy: KeyPolicy,
}

/// A key as people see it; without hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientKey {
    /// Its id.
    pub id: String,
    /// Raised by each change.
    pub version: i64,
    /// How its text looks.
    pub shape: KeyShape,
    /// What it is called and may do.
    pub policy: KeyPolicy,
    /// Until when its secret before rotation is good, too.
    pub grace_until: Option<Timestamp>,
    /// When it was added.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// When it got its present secret; `None` if that is its first.
    pub rotated_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A key as the data plane needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyEntry {
    /// Its id.
    pub id: String,
    /// How its text looks.
    pub shape: KeyShape,
    /// Keyed hash of its text.
    pub hash: KeyHash,
    /// Keyed hash of its text before rotation, and until when that is good.
    pub previous: Option<(KeyHash, Timestamp)>,
    /// What it is called and may do.
    pub policy: KeyPolicy,
}

/// Every key that is let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySet {
    /// The number of the keys' changes that this is at least as new as.
    pub generation: u64,
    /// The keys, by id.
    pub keys: Vec<KeyEntry>,
}

/// Why a key was not changed.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// There is none of that id.
    #[error("there is no key {0}: `aigw keys list` lists them")]
    Unknown(String),
    /// It is revoked.
    #[error("key {0} is revoked: create another one")]
    Revoked(String),
    /// Another key has that name.
    #[error("there is a key named `{0}` already: choose another name, or revoke that one")]
    NameTaken(String),
    /// Another key has that id.
    #[error("there is a key with the id {0} already: generate another one")]
    IdTaken(String),
    /// Somebody changed it meanwhile.
    #[error("key {} was changed meanwhile and is at version {}: compare, and change that version", .0.id, .0.version)]
    Stale(Box<ClientKey>),
    /// Its name cannot be one.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// Its limits cannot be read.
    #[error("the limits of a key are a JSON object")]
    Limits,
    /// The store's own trouble.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl KeyShape {
    /// `generated` or `given`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Generated => "generated",
            Self::Given => "given",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Generated, Self::Given]
            .into_iter()
            .find(|shape| shape.as_str() == text)
    }
}

/// Digest of what a key may do and of its state, as the audit has it.
pub fn digest(key: &ClientKey) -> Digest {
    let policy = &key.policy;
    let number = |time: Option<Timestamp>| time.map(|time| time.0.to_be_bytes());
    Fields::new("aigw client key 1")
        .field(key.id.as_bytes())
        .field(&key.version.to_be_bytes())
        .field(policy.name.as_bytes())
        .maybe(policy.group.as_deref().map(str::as_bytes))
        .field(to_json(&policy.models).as_bytes())
        .field(to_json(&policy.endpoints).as_bytes())
        .field(to_json(&policy.tags).as_bytes())
        .field(to_json(&policy.ip_allow).as_bytes())
        .field(policy.limits.as_bytes())
        .field(&policy.priority.to_be_bytes())
        .maybe(number(policy.expires_at).as_ref().map(|bytes| &bytes[..]))
        .maybe(number(key.revoked_at).as_ref().map(|bytes| &bytes[..]))
        .finish()
}
