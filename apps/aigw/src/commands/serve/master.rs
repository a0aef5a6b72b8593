//! The master key: from the environment, else from a file that the first start writes.

use aigw_config::Secret;
use aigw_store::{MasterKey, VaultError};

use crate::data_dir::DataDir;
use crate::environment::credential;
use crate::failure::Failure;

/// Environment variable; its twin with `_FILE` names a file.
const VARIABLE: &str = "AIGW_MASTER_KEY";
/// Where a generated one is kept.
const FILE: &str = "master-key";

/// The master key of this start.
#[derive(Debug)]
pub(super) struct Master {
    pub(super) key: MasterKey,
    /// Whether this start made it.
    is_new: bool,
}

impl Master {
    /// The key; one is made and kept if there is none.
    pub(super) fn find(data: &DataDir) -> Result<Self, Failure> {
        let given = match credential(VARIABLE)? {
            Some(given) => Some(given),
            None => data.read(FILE)?.map(Secret::new),
        };
        let is_new = given.is_none();
        let text = if let Some(text) = given {
            text
        } else {
            let text = MasterKey::generate().map_err(Failure::operation)?;
            // Before anything is sealed under it: what is sealed under a key that was lost is lost.
            let line = Secret::new(format!("{}\n", text.expose()));
            data.write(FILE, line.expose())?;
            text
        };
        let key = MasterKey::new(&text).map_err(Failure::usage)?;
        Ok(Self { key, is_new })
    }

    /// What it means for this start that the store's secrets do not open.
    pub(super) fn refused(&self, data: &DataDir, error: &VaultError) -> Failure {
        if self.is_new {
            // It sealed nothing, and would be in the way of the right one.
            let _ = std::fs::remove_file(data.path(FILE));
            return Failure::usage(format!(
                "there is no {VARIABLE}, and the store has secrets already: give the {VARIABLE} that they were sealed under"
            ));
        }
        match error {
            VaultError::Store(_) | VaultError::Random => Failure::operation(error),
            _ => Failure::usage(error),
        }
    }
}
