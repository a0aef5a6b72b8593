//! Sealing what lies in a file beside the store.

use zeroize::Zeroizing;

use super::seal::{self, Broken, Name, Sealed};
use super::{MasterKey, Vault, VaultError};

/// Scope of what lies in files.
const SCOPE: &str = "file";
const SALT: usize = 32;
/// A data key and its tag.
const WRAPPED: usize = 32 + 16;

impl Vault {
    /// Seals bytes for a file, under the present master key. `name` says what they are; they open under that name only.
    pub fn seal_file(&self, name: &str, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let sealed = seal::seal(&self.master(), &Name::new(SCOPE, name, 1), plain)?;
        Ok([&sealed.salt[..], &sealed.wrapped, &sealed.value].concat())
    }
}

impl MasterKey {
    /// Opens what [`Vault::seal_file`] sealed. Needs no store.
    pub fn open_file(&self, name: &str, bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let broken = || VaultError::Broken(name.to_owned());
        let (salt, rest) = bytes.split_first_chunk::<SALT>().ok_or_else(broken)?;
        let (wrapped, value) = rest.split_first_chunk::<WRAPPED>().ok_or_else(broken)?;
        let sealed = Sealed {
            salt: *salt,
            wrapped: wrapped.to_vec(),
            value: value.to_vec(),
        };
        seal::open(self, &Name::new(SCOPE, name, 1), &sealed).map_err(|error| match error {
            Broken::Wrapping => VaultError::WrongMaster,
            Broken::Value => broken(),
        })
    }
}
