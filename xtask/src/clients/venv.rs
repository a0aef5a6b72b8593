//! The Python environment with the SDKs, kept outside the clone.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use crate::run;

/// The interpreter of an environment that holds exactly what `requirements.txt` pins. Made when it is not there yet.
pub(super) fn python() -> Result<PathBuf> {
    let requirements = run::root().join("xtask/clients/requirements.txt");
    let directory = cache().join(format!(
        "python-{:016x}",
        digest(&std::fs::read(&requirements)?)
    ));
    let python = directory.join("bin/python");
    let complete = directory.join("complete");
    if complete.exists() {
        return Ok(python);
    }
    println!("installing the SDKs of {}", requirements.display());
    step(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&directory),
    )?;
    let mut install = Command::new(&python);
    install
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "-r",
        ])
        .arg(requirements);
    step(&mut install)?;
    std::fs::write(complete, "")?;
    Ok(python)
}

fn step(command: &mut Command) -> Result<()> {
    ensure!(command.status()?.success(), "failed: {command:?}");
    Ok(())
}

/// `AIGW_CLIENTS_DIR`, else a directory of the user's cache.
fn cache() -> PathBuf {
    if let Some(directory) = std::env::var_os("AIGW_CLIENTS_DIR") {
        return directory.into();
    }
    let home = std::env::var_os("HOME").unwrap_or_else(|| "/tmp".into());
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map_or_else(|| Path::new(&home).join(".cache"), PathBuf::from);
    cache.join("aigw/clients")
}

/// FNV-1a: names a directory, protects nothing.
fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_requirement_gets_another_environment() {
        assert_eq!(digest(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_ne!(digest(b"openai==1"), digest(b"openai==2"));
    }
}
