//! The key file of versions without a store: keyed hashes, and the key they were made with.

use aigw_config::Secret;
use serde::Deserialize;

use crate::data_dir::DataDir;
use crate::failure::Failure;

const FILE: &str = "keys.json";
const ASIDE: &str = "keys.json.migrated";
const VERSION: u32 = 1;

/// The content of the key file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Stored {
    version: u32,
    pepper: Hex,
    admin: Option<Hex>,
    clients: Vec<Client>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Client {
    name: String,
    id: Option<String>,
    hash: Hex,
}

/// 32 bytes, written as 64 digits.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Hex([u8; 32]);

impl Stored {
    /// What an earlier start kept; `None` before the first one.
    pub(in super::super) fn read(data: &DataDir) -> Result<Option<Self>, Failure> {
        let Some(text) = data.read(FILE)? else {
            return Ok(None);
        };
        let path = data.path(FILE);
        // Without the parser's own words, which quote what they could not read.
        let unusable = |what: &str| {
            Failure::operation(format!(
                "{}: {what}; restore it from a backup, or move it away to have new credentials generated",
                path.display()
            ))
        };
        let stored: Self =
            serde_json::from_str(&text).map_err(|_| unusable("is not a key file"))?;
        if stored.version != VERSION {
            return Err(unusable("was written by another version"));
        }
        Ok(Some(stored))
    }

    /// Puts the file aside once the store has what it held.
    pub(in super::super) fn put_aside(data: &DataDir) -> Result<(), Failure> {
        let path = data.path(FILE);
        std::fs::rename(&path, data.path(ASIDE))
            .map_err(|error| Failure::operation(format!("{}: {error}", path.display())))
    }

    pub(in super::super) fn has_client(&self) -> bool {
        !self.clients.is_empty()
    }

    pub(in super::super) fn has_admin(&self) -> bool {
        self.admin.is_some()
    }

    /// The key that the hashes were made with.
    pub(in super::super) fn pepper(&self) -> Secret<[u8; 32]> {
        Secret::new(self.pepper.0)
    }

    /// Hash of the admin token.
    pub(super) fn admin(&self) -> Option<[u8; 32]> {
        self.admin.as_ref().map(|hex| hex.0)
    }

    /// Name, id and hash of each client key.
    pub(super) fn clients(&self) -> impl Iterator<Item = (&str, Option<&str>, [u8; 32])> {
        let row = |client: &'_ Client| client.hash.0;
        self.clients
            .iter()
            .map(move |client| (client.name.as_str(), client.id.as_deref(), row(client)))
    }
}

impl TryFrom<String> for Hex {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        const WANTED: &str = "expected 64 hexadecimal digits";
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(WANTED);
        }
        for (place, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * place..2 * place + 2], 16).map_err(|_| WANTED)?;
        }
        Ok(Self(bytes))
    }
}
