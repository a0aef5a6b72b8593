//! The key file: keyed hashes, and the key they were made with.

use aigw_gateway::keys::{KeyHash, KeyRow, Pepper, RandomError};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

use crate::data_dir::DataDir;
use crate::failure::Failure;

const FILE: &str = "keys.json";
const VERSION: u32 = 1;

/// The content of the key file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Stored {
    version: u32,
    pepper: Hex,
    admin: Option<Hex>,
    clients: Vec<Client>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Client {
    name: String,
    id: Option<String>,
    hash: Hex,
}

/// 32 bytes, written as 64 digits.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Hex([u8; 32]);

impl Stored {
    pub(super) fn new(pepper: [u8; 32]) -> Self {
        Self {
            version: VERSION,
            pepper: Hex(pepper),
            admin: None,
            clients: Vec::new(),
        }
    }

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

    pub(super) fn write(&self, data: &DataDir) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(self).map_err(Failure::operation)?;
        data.write(FILE, &text)
    }

    pub(in super::super) fn has_client(&self) -> bool {
        !self.clients.is_empty()
    }

    pub(in super::super) fn has_admin(&self) -> bool {
        self.admin.is_some()
    }

    pub(super) fn pepper(&self) -> Pepper {
        Pepper::new(&self.pepper.0)
    }

    pub(super) fn admin(&self) -> Option<KeyHash> {
        self.admin.map(|hex| KeyHash::new(hex.0))
    }

    pub(super) fn set_admin(&mut self, hash: KeyHash) {
        self.admin = Some(Hex(*hash.bytes()));
    }

    pub(super) fn clients(&self) -> Vec<KeyRow> {
        let row = |client: &Client| KeyRow {
            name: client.name.as_str().into(),
            id: client.id.as_deref().map(Into::into),
            hash: KeyHash::new(client.hash.0),
        };
        self.clients.iter().map(row).collect()
    }

    pub(super) fn add_client(&mut self, row: &KeyRow) {
        self.clients.push(Client {
            name: row.name.to_string(),
            id: row.id.as_deref().map(str::to_owned),
            hash: Hex(*row.hash.bytes()),
        });
    }
}

/// Material for the key of the hashes.
pub(super) fn random_pepper() -> Result<[u8; 32], RandomError> {
    let mut pepper = [0; 32];
    SystemRandom::new()
        .fill(&mut pepper)
        .map_err(|_| RandomError)?;
    Ok(pepper)
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

impl From<Hex> for String {
    fn from(hex: Hex) -> Self {
        let digit = |value: u8| char::from_digit(u32::from(value), 16);
        hex.0
            .iter()
            .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
            .flatten()
            .collect()
    }
}
