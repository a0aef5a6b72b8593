//! Installed clients, kept outside the clone.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use anyhow::{Context, Result, ensure};

use crate::run;

/// The oldest Node that the newest clients run on.
const NODE: u32 = 24;

/// A directory with one subdirectory per set of pinned packages.
#[derive(Debug)]
pub(crate) struct Cache {
    root: PathBuf,
    /// Two clients may share one set, which is installed once.
    installing: Mutex<()>,
}

impl Cache {
    /// `AIGW_CLIENTS_DIR`, else a directory of the user's cache.
    pub(crate) fn of_this_machine() -> Self {
        let root = std::env::var_os("AIGW_CLIENTS_DIR").map_or_else(
            || {
                let home = std::env::var_os("HOME").unwrap_or_else(|| "/tmp".into());
                let cache = std::env::var_os("XDG_CACHE_HOME")
                    .map_or_else(|| Path::new(&home).join(".cache"), PathBuf::from);
                cache.join("aigw/clients")
            },
            PathBuf::from,
        );
        Self {
            root,
            installing: Mutex::default(),
        }
    }

    /// The interpreter of an environment with exactly what `requirements` (a file in the work tree) pins.
    pub(crate) fn python(&self, requirements: &str) -> Result<PathBuf> {
        let file = run::root().join(requirements);
        let directory = self.complete("python", &[&file], |directory| {
            let mut venv = Command::new("python3");
            step(venv.args(["-m", "venv", "--clear"]).arg(directory))?;
            let mut install = Command::new(directory.join("bin/python"));
            install.args(["-m", "pip", "install", "--quiet", "--no-deps"]);
            install.args(["--disable-pip-version-check", "-r"]);
            step(install.arg(&file))
        })?;
        Ok(directory.join("bin/python"))
    }

    /// A directory whose `node_modules` hold exactly what the `package-lock.json` in `folder` (of the work tree) pins.
    pub(crate) fn npm(&self, folder: &str) -> Result<PathBuf> {
        self.packages(folder, &["ci"])
    }

    /// The same without the packages' install scripts, of which some run only on another Node than the one that installs,
    /// and with a lock file that leaves out builds for other platforms, which `npm ci` refuses.
    pub(crate) fn npm_unscripted(&self, folder: &str) -> Result<PathBuf> {
        self.packages(folder, &["install", "--ignore-scripts"])
    }

    fn packages(&self, folder: &str, command: &[&str]) -> Result<PathBuf> {
        let from = run::root().join(folder);
        let files = ["package.json", "package-lock.json"].map(|name| from.join(name));
        let [manifest, lock] = &files;
        self.complete("npm", &[manifest, lock], |directory| {
            std::fs::create_dir_all(directory)?;
            for file in &files {
                let name = file.file_name().context("a file has a name")?;
                std::fs::copy(file, directory.join(name))?;
            }
            let mut install = Command::new("npm");
            install.args(command);
            install.args(["--no-audit", "--no-fund", "--loglevel", "error"]);
            step(install.current_dir(directory))
        })
    }

    /// A Node that is new enough: the machine's, else that of the `node` package in an installed directory.
    pub(crate) fn node(installed: &Path) -> PathBuf {
        let own = Command::new("node").arg("--version").output();
        let own = own.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        if own.is_ok_and(|version| major(&version) >= NODE) {
            "node".into()
        } else {
            installed.join("node_modules/node/bin/node")
        }
    }

    /// The directory for these files, made by `fill` unless it is there and complete.
    fn complete(
        &self,
        kind: &str,
        files: &[&Path],
        fill: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<PathBuf> {
        let _one = self
            .installing
            .lock()
            .map_err(|_| anyhow::anyhow!("an installation broke off"))?;
        let mut all = Vec::new();
        for file in files {
            all.extend(std::fs::read(file).with_context(|| file.display().to_string())?);
        }
        let directory = self.root.join(format!("{kind}-{:016x}", digest(&all)));
        let complete = directory.join("complete");
        if !complete.exists() {
            println!("installing what {} pins", files[0].display());
            if directory.exists() {
                std::fs::remove_dir_all(&directory)?;
            }
            fill(&directory)?;
            std::fs::write(complete, "")?;
        }
        Ok(directory)
    }
}

fn step(command: &mut Command) -> Result<()> {
    let run = command
        .status()
        .with_context(|| format!("cannot start {command:?}"))?;
    ensure!(run.success(), "failed: {command:?}");
    Ok(())
}

/// The first number of `v24.1.0`.
fn major(version: &str) -> u32 {
    let number = version.trim().trim_start_matches('v').split('.').next();
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
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

    #[test]
    fn a_directory_is_filled_once_and_again_after_a_failure() {
        let root = tempfile::TempDir::new().unwrap();
        let cache = Cache {
            root: root.path().to_owned(),
            installing: Mutex::default(),
        };
        let file = root.path().join("pins");
        std::fs::write(&file, "a==1").unwrap();
        let fill = |fails: bool| {
            cache.complete("test", &[&file], |directory| {
                ensure!(!directory.exists(), "what is left of a failure is removed");
                std::fs::create_dir_all(directory)?;
                ensure!(!fails, "broken");
                Ok(())
            })
        };
        assert!(fill(true).is_err());
        let directory = fill(false).unwrap();
        assert_eq!(fill(true).unwrap(), directory);
    }

    #[test]
    fn nodes_are_compared_by_their_major_version() {
        assert_eq!(major("v20.20.2\n"), 20);
        assert_eq!(major(""), 0);
    }
}
