//! Client keys: who may call.
//!
//! A key is either of the form `sk-aigw-<id>-<secret>`, where the id finds the row, or any other text that the operator
//! chose. Of both only a keyed hash is kept, and presented keys are compared with it in constant time.
//!
//! ```
//! use aigw_gateway::keys::{ClientKeys, KeyRow, Pepper, generate};
//! use http::{HeaderMap, HeaderValue};
//!
//! let pepper = Pepper::new(b"32 bytes that only this gateway knows");
//! let key = generate().expect("the system's random source");
//! let keys = ClientKeys::new(pepper.clone(), [KeyRow::generated("apps", &key, &pepper)]);
//!
//! let mut headers = HeaderMap::new();
//! headers.insert("x-api-key", HeaderValue::from_str(key.text.expose()).unwrap());
//! assert_eq!(&*keys.authenticate(&headers).unwrap().name, "apps");
//! ```

mod generate;
mod presented;
mod rules;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use http::HeaderMap;
use ring::hmac;
use subtle::ConstantTimeEq;

use crate::clock::unix_us;

pub use generate::{GeneratedKey, RandomError, generate, generate_for, random_secret};
pub use presented::bearer;
use presented::presented;
pub use rules::KeyRules;

/// Name under which callers of a gateway without keys are recorded.
const OPEN_NAME: &str = "open";

/// The keys that callers present. Clones share the set, which can be exchanged while requests are served.
#[derive(Debug, Clone)]
pub struct ClientKeys {
    set: Arc<ArcSwap<Set>>,
}

/// The key of the hash that keys are kept as. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Pepper(hmac::Key);

/// The keyed hash of a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyHash([u8; 32]);

/// What is kept of one client key.
#[derive(Debug, Clone)]
pub struct KeyRow {
    /// Name for people, records and limits.
    pub name: Arc<str>,
    /// The id within the key's text; `None` for keys of no particular form.
    pub id: Option<Box<str>>,
    /// Keyed hash of the whole text.
    pub hash: KeyHash,
    /// What it may do.
    pub rules: KeyRules,
}

/// The key that a caller presented.
#[derive(Debug, Clone)]
pub struct KeyRef {
    /// Its name.
    pub name: Arc<str>,
    /// What it may do.
    pub rules: Arc<KeyRules>,
}

/// Why a caller is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// No key was presented.
    #[error("no API key was sent")]
    Missing,
    /// None of the keys presented is known.
    #[error("the API key is not valid")]
    Wrong,
    /// The key presented has ended.
    #[error("the API key has expired")]
    Expired,
}

#[derive(Debug)]
enum Set {
    /// Everybody is let in, as this.
    Open(KeyRef),
    Known(Box<Known>),
}

/// The keys that are let in.
#[derive(Debug)]
struct Known {
    pepper: Pepper,
    by_id: HashMap<Box<str>, Row>,
    by_hash: HashMap<u64, Vec<Row>>,
}

#[derive(Debug, Clone)]
struct Row {
    hash: KeyHash,
    key: KeyRef,
}

impl ClientKeys {
    /// Exactly `rows` are let in; without any, nobody is.
    pub fn new(pepper: Pepper, rows: impl IntoIterator<Item = KeyRow>) -> Self {
        Self {
            set: Arc::new(ArcSwap::from_pointee(Set::new(pepper, rows))),
        }
    }

    /// Everybody is let in: for services that authenticate their callers before they hand requests to the gateway.
    pub fn open() -> Self {
        let key = KeyRef {
            name: OPEN_NAME.into(),
            rules: Arc::default(),
        };
        Self {
            set: Arc::new(ArcSwap::from_pointee(Set::Open(key))),
        }
    }

    /// Lets in exactly `rows` from now on.
    pub fn replace(&self, pepper: Pepper, rows: impl IntoIterator<Item = KeyRow>) {
        self.set.store(Arc::new(Set::new(pepper, rows)));
    }

    /// The key that `headers` present. Several headers may carry keys, and any valid one is enough: agents send a key
    /// of their own beside the one that they were given.
    pub fn authenticate(&self, headers: &HeaderMap) -> Result<KeyRef, AuthError> {
        match &**self.set.load() {
            Set::Open(key) => Ok(key.clone()),
            Set::Known(known) => known.authenticate(headers),
        }
    }

    /// The key called `name`, if there is one.
    pub fn named(&self, name: &str) -> Option<KeyRef> {
        let set = self.set.load();
        let Set::Known(known) = &**set else {
            return None;
        };
        let given = known.by_hash.values().flatten();
        let mut rows = known.by_id.values().chain(given);
        rows.find(|row| &*row.key.name == name)
            .map(|row| row.key.clone())
    }
}

impl Set {
    fn new(pepper: Pepper, rows: impl IntoIterator<Item = KeyRow>) -> Self {
        let mut known = Known {
            pepper,
            by_id: HashMap::new(),
            by_hash: HashMap::new(),
        };
        for row in rows {
            known.add(row);
        }
        Self::Known(Box::new(known))
    }
}

impl Known {
    fn add(&mut self, row: KeyRow) {
        let KeyRow {
            name,
            id,
            hash,
            rules,
        } = row;
        // A key of no particular form is found by its hash, so by the one before, too.
        let before = rules.previous.map(|(previous, _)| previous.prefix());
        let key = KeyRef {
            name,
            rules: Arc::new(rules),
        };
        let row = Row { hash, key };
        let Some(id) = id else {
            let now = Some(hash.prefix());
            for prefix in [now, before.filter(|_| before != now)]
                .into_iter()
                .flatten()
            {
                self.by_hash.entry(prefix).or_default().push(row.clone());
            }
            return;
        };
        self.by_id.insert(id, row);
    }

    fn authenticate(&self, headers: &HeaderMap) -> Result<KeyRef, AuthError> {
        let mut error = AuthError::Missing;
        for text in presented(headers) {
            if error == AuthError::Missing {
                error = AuthError::Wrong;
            }
            // The hash comes first, so that the time taken says nothing about which ids exist.
            let hash = self.pepper.hash(text);
            let mut rows = match id_of(text).and_then(|id| self.by_id.get(id)) {
                Some(row) => std::slice::from_ref(row),
                None => self
                    .by_hash
                    .get(&hash.prefix())
                    .map_or(&[][..], Vec::as_slice),
            }
            .iter();
            let now = unix_us();
            let fits = |row: &&Row| row.hash.is(&hash) || row.key.rules.was(&hash, now);
            match rows.find(fits) {
                Some(row) if row.key.rules.is_over(now) => error = AuthError::Expired,
                Some(row) => return Ok(row.key.clone()),
                None => {}
            }
        }
        Err(error)
    }
}

impl KeyRow {
    /// The row of a generated key.
    pub fn generated(name: &str, key: &GeneratedKey, pepper: &Pepper) -> Self {
        Self {
            name: name.into(),
            id: Some(key.id.as_str().into()),
            hash: pepper.hash(key.text.expose()),
            rules: KeyRules::default(),
        }
    }

    /// The row of a key of no particular form.
    pub fn given(name: &str, text: &str, pepper: &Pepper) -> Self {
        Self {
            name: name.into(),
            id: None,
            hash: pepper.hash(text),
            rules: KeyRules::default(),
        }
    }
}

impl Pepper {
    /// A hash key from `material`, which should be 32 random bytes.
    pub fn new(material: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, material))
    }

    /// The keyed hash of `text`.
    pub fn hash(&self, text: &str) -> KeyHash {
        let tag = hmac::sign(&self.0, text.as_bytes());
        let mut hash = [0; 32];
        for (to, from) in hash.iter_mut().zip(tag.as_ref()) {
            *to = *from;
        }
        KeyHash(hash)
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pepper([redacted])")
    }
}

impl KeyHash {
    /// A hash from its stored bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether `other` is the same hash, in constant time.
    pub fn is(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }

    /// Finds rows. A caller cannot steer it without the pepper.
    fn prefix(&self) -> u64 {
        self.0
            .iter()
            .take(8)
            .fold(0, |prefix, byte| prefix << 8 | u64::from(*byte))
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash")
    }
}

/// The id of a key of the form `sk-aigw-<id>-<secret>`.
fn id_of(text: &str) -> Option<&str> {
    text.strip_prefix(generate::PREFIX)?
        .split_once('-')
        .map(|(id, _)| id)
}

#[cfg(test)]
mod tests;
