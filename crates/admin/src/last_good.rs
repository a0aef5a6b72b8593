//! What was served last, kept in files beside the store, for a start without it.
//!
//! A file holds the document, the sealed secrets that it refers to, and the client keys' hashes with the key that they were
//! made with: everything that a data plane needs. All of it is sealed under the master key, and a checksum in front tells a
//! damaged file from another master key. Values of the environment and of files are not in it: a start resolves them anew.
//!
//! Files are written whole or not at all, and several generations are kept, so that one that was damaged later does not
//! leave a start with nothing.

mod content;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use aigw_config::Secret;
use aigw_store::{KeySet, MasterKey, RevisionNumber, Vault, VaultError};
use sha2::{Digest, Sha256};

use crate::runtime::Sealed;

/// Generations that are kept.
const KEPT: usize = 3;
/// First line of a file, before the checksum.
const HEAD: &str = "aigw last good 1 sha256 ";
/// Hexadecimal digits of a checksum.
const CHECKSUM: usize = 64;
const PREFIX: &str = "last-good-";
/// What the seal is bound to.
const SEALED_AS: &str = "last good";

/// A directory with generations of what was served.
#[derive(Debug, Clone)]
pub struct LastGood {
    directory: PathBuf,
}

/// Everything that a data plane needs to start with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The revision.
    pub revision: RevisionNumber,
    /// Its document, references unresolved.
    pub text: String,
    /// The sealed secrets that it refers to.
    pub sealed: Sealed,
    /// Who may call.
    pub keys: KeySet,
    /// The key that their hashes were made with.
    pub pepper: Secret<[u8; 32]>,
}

/// Why a snapshot was not kept or found.
#[derive(Debug, thiserror::Error)]
pub enum LastGoodError {
    /// The file system's trouble.
    #[error("{}: {error}", path.display())]
    File {
        /// Where.
        path: PathBuf,
        /// What.
        error: io::Error,
    },
    /// The checksum does not fit: the file was damaged.
    #[error("{}: the file is damaged (its checksum does not fit)", .0.display())]
    Damaged(PathBuf),
    /// It is sound, but does not open or cannot be read.
    #[error("{}: {reason}", path.display())]
    Unreadable {
        /// Where.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// It could not be sealed.
    #[error("what is served cannot be kept for a start without the store: {0}")]
    Seal(VaultError),
}

impl LastGoodError {
    /// What is said of a save that did not come to its end.
    pub(crate) fn interrupted(error: &tokio::task::JoinError) -> String {
        format!("what is served could not be kept: {error}")
    }
}

impl LastGood {
    /// Files in `directory`, which is made at the first save.
    pub fn at(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// Keeps a snapshot as the newest generation. Blocks until it is on the disk.
    ///
    /// # Errors
    /// Why it is not there; what was there before still is.
    pub fn save(&self, vault: &Vault, snapshot: &Snapshot) -> Result<(), LastGoodError> {
        let plain = content::write(snapshot);
        let sealed = vault
            .seal_file(SEALED_AS, &plain)
            .map_err(LastGoodError::Seal)?;
        let mut bytes = format!("{HEAD}{}\n", checksum(&sealed)).into_bytes();
        bytes.extend_from_slice(&sealed);
        let at = |error| LastGoodError::File {
            path: self.directory.clone(),
            error,
        };
        private_directory(&self.directory).map_err(at)?;
        let mut there = self.generations().map_err(at)?;
        let next = there.first().map_or(1, |(number, _)| number + 1);
        let path = self.directory.join(format!("{PREFIX}{next:020}"));
        let half = self.directory.join(format!(".half-{}", std::process::id()));
        write_whole(&half, &path, &bytes).map_err(|error| LastGoodError::File {
            path: path.clone(),
            error,
        })?;
        for (_, old) in there.drain(..).skip(KEPT - 1) {
            // One too many does no harm.
            let _ = fs::remove_file(old);
        }
        Ok(())
    }

    /// What is kept, the newest first, each opened or with the reason why not.
    ///
    /// # Errors
    /// The directory cannot be read. One that does not exist holds nothing.
    pub fn load(
        &self,
        master: &MasterKey,
    ) -> Result<Vec<Result<Snapshot, LastGoodError>>, LastGoodError> {
        let generations = self.generations().map_err(|error| LastGoodError::File {
            path: self.directory.clone(),
            error,
        })?;
        let open = |(_, path): (u64, PathBuf)| open(master, path);
        Ok(generations.into_iter().map(open).collect())
    }

    /// Numbers and files, the newest first.
    fn generations(&self) -> io::Result<Vec<(u64, PathBuf)>> {
        let entries = match fs::read_dir(&self.directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
            if let Some(number) = number.and_then(|number| number.parse().ok()) {
                found.push((number, entry.path()));
            }
        }
        found.sort_unstable_by(|one, other| other.cmp(one));
        Ok(found)
    }
}

fn open(master: &MasterKey, path: PathBuf) -> Result<Snapshot, LastGoodError> {
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) => return Err(LastGoodError::File { path, error }),
    };
    let Some(sealed) = checked(&bytes) else {
        return Err(LastGoodError::Damaged(path));
    };
    let plain = match master.open_file(SEALED_AS, sealed) {
        Ok(plain) => plain,
        Err(error) => {
            let reason = error.to_string();
            return Err(LastGoodError::Unreadable { path, reason });
        }
    };
    content::read(&plain).map_err(|reason| LastGoodError::Unreadable { path, reason })
}

/// What follows the first line, if its checksum fits.
fn checked(bytes: &[u8]) -> Option<&[u8]> {
    let rest = bytes.strip_prefix(HEAD.as_bytes())?;
    let (sum, rest) = rest.split_at_checked(CHECKSUM)?;
    let sealed = rest.strip_prefix(b"\n")?;
    (sum == checksum(sealed).as_bytes()).then_some(sealed)
}

fn checksum(bytes: &[u8]) -> String {
    aigw_store::Digest(Sha256::digest(bytes).into()).to_string()
}

/// Writes `half`, forces it to the disk, and gives it its name.
fn write_whole(half: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = private_file(half)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(half, path)?;
    // The name is on the disk with its directory only.
    match path.parent() {
        Some(directory) => File::open(directory)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(unix)]
fn private_file(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path)
}

#[cfg(not(unix))]
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).open(path)
}

#[cfg(unix)]
fn private_directory(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn private_directory(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}
