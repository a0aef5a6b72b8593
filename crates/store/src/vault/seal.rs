//! Sealing and opening.
//!
//! Each key here seals exactly one thing, so that the nonce can be the same for all: the data key is random, and the
//! wrapping key is derived from the master key with a random salt.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use super::VaultError;
use super::master::{MasterKey, random};

/// What is stored of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sealed {
    /// Derives the wrapping key.
    pub(super) salt: [u8; 32],
    /// The data key under the wrapping key.
    pub(super) wrapped: Vec<u8>,
    /// The value under the data key.
    pub(super) value: Vec<u8>,
}

/// What a seal is bound to.
#[derive(Debug, Clone)]
pub(super) struct Name(Vec<u8>);

/// What did not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// The data key: the master key is another one, or name or version are.
    Wrapping,
    /// The value.
    Value,
}

impl Name {
    pub(super) fn new(scope: &str, name: &str, version: i64) -> Self {
        // Neither part holds a line break.
        Self(format!("aigw sealed 1\n{scope}\n{name}\n{version}").into_bytes())
    }
}

/// Seals a value under a new data key.
pub(super) fn seal(master: &MasterKey, at: &Name, value: &[u8]) -> Result<Sealed, VaultError> {
    let data_key = Zeroizing::new(random::<32>()?);
    let salt = random()?;
    Ok(Sealed {
        salt,
        wrapped: encrypt(&*master.wrapping(&salt)?, at, &*data_key)?,
        value: encrypt(&data_key, at, value)?,
    })
}

/// Opens a value.
pub(super) fn open(
    master: &MasterKey,
    at: &Name,
    sealed: &Sealed,
) -> Result<Zeroizing<Vec<u8>>, Broken> {
    let data_key = unwrap(master, at, sealed)?;
    decrypt(&data_key, at, &sealed.value).ok_or(Broken::Value)
}

/// Puts the data key under another master key; the value stays as it is.
pub(super) fn rewrap(
    (old, new): (&MasterKey, &MasterKey),
    at: &Name,
    sealed: &Sealed,
) -> Result<Sealed, VaultError> {
    let data_key = unwrap(old, at, sealed).map_err(|_| VaultError::WrongMaster)?;
    let salt = random()?;
    Ok(Sealed {
        salt,
        wrapped: encrypt(&*new.wrapping(&salt)?, at, &*data_key)?,
        value: sealed.value.clone(),
    })
}

fn unwrap(master: &MasterKey, at: &Name, sealed: &Sealed) -> Result<Zeroizing<[u8; 32]>, Broken> {
    let wrapping = master
        .wrapping(&sealed.salt)
        .map_err(|_| Broken::Wrapping)?;
    let bytes = decrypt(&wrapping, at, &sealed.wrapped).ok_or(Broken::Wrapping)?;
    let key = bytes[..].try_into().map_err(|_| Broken::Wrapping)?;
    Ok(Zeroizing::new(key))
}

fn encrypt(key: &[u8; 32], at: &Name, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
    let mut bytes = plain.to_vec();
    key_of(key)
        .ok_or(VaultError::Random)?
        .seal_in_place_append_tag(once(), Aad::from(&at.0), &mut bytes)
        .map_err(|_| VaultError::Value)?;
    Ok(bytes)
}

fn decrypt(key: &[u8; 32], at: &Name, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(sealed.to_vec());
    let length = key_of(key)?
        .open_in_place(once(), Aad::from(&at.0), &mut bytes)
        .ok()?
        .len();
    bytes.truncate(length);
    Some(bytes)
}

fn key_of(key: &[u8; 32]) -> Option<LessSafeKey> {
    UnboundKey::new(&CHACHA20_POLY1305, key)
        .ok()
        .map(LessSafeKey::new)
}

fn once() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

#[cfg(test)]
mod tests {
    use super::*;
    use aigw_config::Secret;

    fn master(text: &str) -> MasterKey {
        MasterKey::new(&Secret::new(text.repeat(8))).unwrap()
    }

    #[test]
    fn a_sealed_value_opens_under_its_name_version_and_master_only() {
        let (one, other) = (master("one1"), master("two2"));
        let at = Name::new("secret", "a", 1);
        let sealed = seal(&one, &at, b"value").unwrap();
        assert_eq!(&**open(&one, &at, &sealed).unwrap(), b"value");
        assert_eq!(open(&other, &at, &sealed), Err(Broken::Wrapping));
        for moved in [
            Name::new("secret", "b", 1),
            Name::new("secret", "a", 2),
            Name::new("shared", "a", 1),
        ] {
            assert_eq!(open(&one, &moved, &sealed), Err(Broken::Wrapping));
        }
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let key = master("one1");
        let at = Name::new("secret", "a", 1);
        let sealed = seal(&key, &at, b"value").unwrap();
        for index in 0..sealed.value.len() {
            let mut changed = sealed.clone();
            changed.value[index] ^= 1;
            assert_eq!(open(&key, &at, &changed), Err(Broken::Value));
        }
    }

    #[test]
    fn sealing_the_same_value_twice_gives_nothing_in_common() {
        let key = master("one1");
        let at = Name::new("secret", "a", 1);
        let [one, two] = [(); 2].map(|()| seal(&key, &at, b"value").unwrap());
        assert_ne!(one.value, two.value);
        assert_ne!(one.wrapped, two.wrapped);
    }

    #[test]
    fn a_rewrapped_value_opens_under_the_new_master_only() {
        let (old, new) = (master("one1"), master("two2"));
        let at = Name::new("secret", "a", 1);
        let sealed = seal(&old, &at, b"value").unwrap();
        let again = rewrap((&old, &new), &at, &sealed).unwrap();
        assert_eq!(&**open(&new, &at, &again).unwrap(), b"value");
        assert_eq!(open(&old, &at, &again), Err(Broken::Wrapping));
    }
}
