//! The data directory and the private files in it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// A directory that only its owner may enter.
#[derive(Debug, Clone)]
pub(crate) struct DataDir(PathBuf);

impl DataDir {
    /// The directory at `path`, which need not exist yet.
    pub(crate) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Creates it with mode 0700, unless it exists.
    pub(crate) fn create(&self) -> Result<(), Failure> {
        let path = &self.0;
        let failed =
            |error| Failure::operation(format!("data directory {}: {error}", path.display()));
        if !path.is_dir() {
            private_builder()
                .recursive(true)
                .create(path)
                .map_err(failed)?;
        } else if others_may(path, 0o022) {
            tracing::warn!(path = %path.display(), "the data directory can be written by other users; chmod 0700 it");
        }
        Ok(())
    }

    /// The path of the file `name`.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The content of the file `name`; `None` if it does not exist.
    pub(crate) fn read(&self, name: &str) -> Result<Option<String>, Failure> {
        let path = self.path(name);
        match fs::read_to_string(&path) {
            Ok(text) => {
                if others_may(&path, 0o077) {
                    tracing::warn!(path = %path.display(), "other users can read this file; chmod 0600 it");
                }
                Ok(Some(text))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::operation(format!("{}: {error}", path.display()))),
        }
    }

    /// Writes the file `name` with mode 0600: whole, or not at all.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<(), Failure> {
        let path = self.path(name);
        let half = self.path(&format!(".{name}.{}", std::process::id()));
        write_private(&half, text)
            .and_then(|()| fs::rename(&half, &path))
            .map_err(|error| Failure::operation(format!("{}: {error}", path.display())))
    }
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = private_file(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(unix)]
fn private_file(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
}

#[cfg(not(unix))]
fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)
}

#[cfg(unix)]
fn private_builder() -> DirBuilder {
    use std::os::unix::fs::DirBuilderExt;
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

#[cfg(not(unix))]
fn private_builder() -> DirBuilder {
    DirBuilder::new()
}

#[cfg(unix)]
fn others_may(path: &Path, mode: u32) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & mode != 0)
}

#[cfg(not(unix))]
fn others_may(_: &Path, _: u32) -> bool {
    false
}
