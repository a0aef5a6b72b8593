//! New keys.

use aigw_config::Secret;
use ring::rand::{SecureRandom, SystemRandom};

/// What every generated client key begins with.
pub(super) const PREFIX: &str = "sk-aigw-";
/// 50 bits: enough that ids of one gateway do not meet.
const ID_CHARS: usize = 10;
/// 160 bits.
const SECRET_CHARS: usize = 32;
/// Five bits a character.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// A new client key, to be shown once.
#[derive(Debug)]
pub struct GeneratedKey {
    /// The part that finds its row; not secret.
    pub id: String,
    /// `sk-aigw-<id>-<secret>`.
    pub text: Secret<String>,
}

/// The system's random source failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system's random source failed")]
pub struct RandomError;

/// A new client key with 160 random bits.
pub fn generate() -> Result<GeneratedKey, RandomError> {
    generate_for(text::<ID_CHARS>()?)
}

/// As [`generate`], with an id that is there already: another text of the same key.
pub fn generate_for(id: String) -> Result<GeneratedKey, RandomError> {
    let secret = random_secret()?;
    let text = Secret::new(format!("{PREFIX}{id}-{}", secret.expose()));
    Ok(GeneratedKey { id, text })
}

/// A text of 32 lower-case letters and digits with 160 random bits.
pub fn random_secret() -> Result<Secret<String>, RandomError> {
    text::<SECRET_CHARS>().map(Secret::new)
}

fn text<const CHARS: usize>() -> Result<String, RandomError> {
    let mut random = [0; CHARS];
    SystemRandom::new()
        .fill(&mut random)
        .map_err(|_| RandomError)?;
    Ok(random
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]))
        .collect())
}
