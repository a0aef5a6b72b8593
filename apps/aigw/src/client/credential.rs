//! Whom a command asks as.

use std::fmt;
use std::path::{Path, PathBuf};

use aigw_config::Secret;

use super::Address;
use crate::data_dir::DataDir;
use crate::environment;
use crate::failure::Failure;

const VARIABLE: &str = "AIGW_ADMIN_TOKEN";
/// Written by the first start of `aigw serve`.
const FILE: &str = "admin-token";

/// A token and where it was found. `Display` tells only where.
#[derive(Debug)]
pub(super) struct Credential {
    token: Option<Secret<String>>,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Flag,
    Environment,
    File(PathBuf),
    /// There is no such file.
    Nowhere(PathBuf),
    /// A file of this machine is no business of another one.
    NotForOthers,
}

impl Credential {
    /// The flag, else the environment, else the file of the server on this machine.
    pub(super) fn find(
        flag: Option<&Secret<String>>,
        data_dir: &Path,
        address: &Address,
    ) -> Result<Self, Failure> {
        if let Some(token) = flag {
            return Self::new(token.clone(), Source::Flag);
        }
        if let Some(token) = environment::credential(VARIABLE)? {
            return Self::new(token, Source::Environment);
        }
        if !address.is_local() {
            return Ok(Self::none(Source::NotForOthers));
        }
        let dir = DataDir::at(data_dir);
        let path = dir.path(FILE);
        match dir.read(FILE)? {
            Some(text) => Self::new(Secret::new(text.trim().to_owned()), Source::File(path)),
            None => Ok(Self::none(Source::Nowhere(path))),
        }
    }

    pub(super) const fn token(&self) -> Option<&Secret<String>> {
        self.token.as_ref()
    }

    pub(super) const fn is_some(&self) -> bool {
        self.token.is_some()
    }

    const fn none(source: Source) -> Self {
        Self {
            token: None,
            source,
        }
    }

    fn new(token: Secret<String>, source: Source) -> Result<Self, Failure> {
        let sendable =
            |text: &String| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        if !sendable(token.expose()) {
            return Err(Failure::usage(format_args!(
                "the token {source} is empty or has other than visible ASCII characters"
            )));
        }
        Ok(Self {
            token: Some(token),
            source,
        })
    }
}

impl fmt::Display for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("from --token"),
            Self::Environment => f.write_str("from AIGW_ADMIN_TOKEN"),
            Self::File(path) => write!(f, "from {}", path.display()),
            Self::Nowhere(path) => write!(
                f,
                "(no --token, no AIGW_ADMIN_TOKEN, and no {})",
                path.display()
            ),
            Self::NotForOthers => f.write_str(
                "(no --token and no AIGW_ADMIN_TOKEN; the admin-token file of the data directory is not sent to other machines)",
            ),
        }
    }
}
