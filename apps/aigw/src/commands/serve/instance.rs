//! The name of this process within the deployment, and its lock.

use std::fs::{File, OpenOptions, TryLockError};

use aigw_gateway::keys::random_secret;

use crate::cli::Role;
use crate::data_dir::DataDir;
use crate::failure::Failure;

/// Where the name is kept.
const FILE: &str = "instance";
/// Characters of the part that tells instances apart.
const LENGTH: usize = 8;

/// The name, held by this process alone until it ends.
#[derive(Debug)]
pub(super) struct Instance {
    pub(super) name: String,
    _lock: File,
}

impl Instance {
    /// Takes the name of the data directory, which is made at the first start.
    pub(super) fn take(data: &DataDir, role: Role) -> Result<Self, Failure> {
        let suffix = match role {
            Role::All => "",
            Role::Gateway => "-gateway",
            Role::Control => "-control",
        };
        let lock = lock(data, suffix)?;
        let kept = data.read(FILE)?;
        let kept = kept.as_deref().map(str::trim);
        let base = if let Some(name) = kept.filter(|name| !name.is_empty()) {
            name.to_owned()
        } else {
            let random = random_secret().map_err(Failure::operation)?;
            let part: String = random.expose().chars().take(LENGTH).collect();
            let name = format!("node-{part}");
            data.write(FILE, &format!("{name}\n"))?;
            name
        };
        Ok(Self {
            name: format!("{base}{suffix}"),
            _lock: lock,
        })
    }
}

/// Two processes of one name would settle each other's publications.
fn lock(data: &DataDir, suffix: &str) -> Result<File, Failure> {
    let path = data.path(&format!("lock{suffix}"));
    let failed = |error| Failure::operation(format!("{}: {error}", path.display()));
    let mut options = OpenOptions::new();
    let file = options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Failure::operation(format!(
            "another `aigw serve` uses this data directory ({} is locked): stop it, or give this one its own with --data-dir",
            path.display()
        ))),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}
