//! The process environment. Nothing else reads it, but for the twins of flags, which clap reads.

use std::env::VarError;
use std::path::Path;

use aigw_config::{Resolve, Secret};

use crate::failure::Failure;

/// Shorter credentials can be guessed.
const SHORTEST_SECRET: usize = 16;
/// Longer ones do not pass the data plane's check.
const LONGEST_SECRET: usize = 512;

/// Where the references of a configuration document lead: environment and files. There is no sealed store.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process;

impl Resolve for Process {
    fn env(&self, name: &str) -> Option<String> {
        variable(name)
    }

    fn file(&self, path: &str) -> Result<String, String> {
        std::fs::read_to_string(path).map_err(|error| error.to_string())
    }

    fn secret(&self, _: &str) -> Option<String> {
        None
    }
}

/// The environment variable `name`, if it is set to UTF-8 text.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where the environment enters"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The credential in `NAME`, or in the file that `NAME_FILE` names.
pub(crate) fn credential(name: &str) -> Result<Option<Secret<String>>, Failure> {
    let file_name = format!("{name}_FILE");
    match (text(name)?, text(&file_name)?) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(Failure::usage(format!(
            "{name} and {file_name} are both set; set one of them"
        ))),
        (Some(value), None) => checked(name, value).map(Some),
        (None, Some(path)) => {
            let value = std::fs::read_to_string(Path::new(&path))
                .map_err(|error| Failure::usage(format!("{file_name}: {path}: {error}")))?;
            checked(&file_name, value.trim_end_matches(['\r', '\n']).to_owned()).map(Some)
        }
    }
}

/// As [`variable`], but what is set and no text is not taken for unset.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where the environment enters"
)]
fn text(name: &str) -> Result<Option<String>, Failure> {
    match std::env::var(name) {
        Ok(text) => Ok(Some(text)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(Failure::usage(format!("{name} is not UTF-8 text"))),
    }
}

fn checked(name: &str, value: String) -> Result<Secret<String>, Failure> {
    let value = Secret::new(value);
    let text = value.expose();
    if text.len() < SHORTEST_SECRET || text.len() > LONGEST_SECRET {
        let length = text.len();
        return Err(Failure::usage(format!(
            "{name} has {length} characters, but needs {SHORTEST_SECRET} to {LONGEST_SECRET}; \
             make one with `openssl rand -hex 24`, or unset it to have one generated"
        )));
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Failure::usage(format!(
            "{name} may hold only visible ASCII characters, because it is sent in a header"
        )));
    }
    Ok(value)
}
