//! The master key.

use std::fmt;

use aigw_config::Secret;
use ring::hkdf;
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

use super::VaultError;

/// Fewest characters of a master key.
const SHORTEST: usize = 32;

/// The key that wraps all others: derived from the text that the operator keeps. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    /// From the text of `AIGW_MASTER_KEY` or its file; white space at the ends does not count. The text has to be
    /// random: it is derived from, not stretched.
    pub fn new(text: &Secret<String>) -> Result<Self, VaultError> {
        let text = text.expose().trim();
        if text.len() < SHORTEST {
            return Err(VaultError::WeakMaster);
        }
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"aigw master key 1");
        expand(&salt.extract(text.as_bytes()), b"master").map(Self)
    }

    /// A new text of 64 hexadecimal digits.
    pub fn generate() -> Result<Secret<String>, VaultError> {
        let bytes = Zeroizing::new(random::<32>()?);
        // Room for all of it from the start, so that no copy is left behind by growing.
        let mut text = String::with_capacity(2 * bytes.len());
        for byte in bytes.iter() {
            for half in [byte >> 4, byte & 0xf] {
                text.extend(char::from_digit(half.into(), 16));
            }
        }
        Ok(Secret::new(text))
    }

    /// The key that wraps one data key.
    pub(super) fn wrapping(&self, salt: &[u8; 32]) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, salt);
        expand(&salt.extract(&*self.0), b"wrap")
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey([redacted])")
    }
}

/// 32 bytes for one purpose.
fn expand(prk: &hkdf::Prk, purpose: &[u8]) -> Result<Zeroizing<[u8; 32]>, VaultError> {
    let mut key = Zeroizing::new([0; 32]);
    let purpose = [purpose];
    let material = prk
        .expand(&purpose, hkdf::HKDF_SHA256)
        .map_err(|_| VaultError::Random)?;
    material.fill(&mut *key).map_err(|_| VaultError::Random)?;
    Ok(key)
}

/// Random bytes.
pub(super) fn random<const N: usize>() -> Result<[u8; N], VaultError> {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| VaultError::Random)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_key_is_strong_enough_and_never_shown() {
        let text = MasterKey::generate().unwrap();
        assert_eq!(text.expose().len(), 64);
        let key = MasterKey::new(&text).unwrap();
        assert_eq!(format!("{key:?}"), "MasterKey([redacted])");
        assert!(matches!(
            MasterKey::new(&Secret::new("short".into())),
            Err(VaultError::WeakMaster)
        ));
    }

    #[test]
    fn a_line_break_after_the_key_does_not_count() {
        let text = MasterKey::generate().unwrap();
        let with_break = Secret::new(format!("{}\n", text.expose()));
        let keys = [&text, &with_break].map(|text| MasterKey::new(text).unwrap());
        assert_eq!(*keys[0].0, *keys[1].0);
    }
}
