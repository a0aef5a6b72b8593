//! SDKs, driven by scripts that use them as programs do.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::cache::Cache;
use super::client::{Client, LIMIT, Outcome, UPSTREAMS, World};
use super::isolated;
use crate::aigw::KEY;
use crate::run;

const NODE: &str = "xtask/clients/node";

/// One SDK and its script.
#[derive(Debug)]
struct Script {
    name: &'static str,
    /// The packages that count, for the list of versions.
    packages: &'static [&'static str],
    /// The script in `xtask/clients/python` or `xtask/clients/node`.
    file: &'static str,
    language: Language,
}

#[derive(Debug, Clone, Copy)]
enum Language {
    /// With the requirements of this name.
    Python(&'static str),
    Node,
}

/// Every SDK.
pub(super) fn all() -> Vec<Box<dyn Client>> {
    let python = |name, requirements, packages, file| Script {
        name,
        packages,
        file,
        language: Language::Python(requirements),
    };
    let node = |name, packages, file| Script {
        name,
        packages,
        file,
        language: Language::Node,
    };
    let scripts = [
        python("openai-python", "sdks", &["openai"], "openai_matrix.py"),
        python(
            "openai-python-faults",
            "sdks",
            &["openai"],
            "openai_faults.py",
        ),
        python(
            "anthropic-python",
            "sdks",
            &["anthropic"],
            "anthropic_matrix.py",
        ),
        python(
            "anthropic-python-faults",
            "sdks",
            &["anthropic"],
            "anthropic_faults.py",
        ),
        python(
            "google-genai",
            "sdks",
            &["google-genai"],
            "google_matrix.py",
        ),
        python(
            "langchain-openai",
            "sdks",
            &["langchain-openai"],
            "langchain_openai_matrix.py",
        ),
        python(
            "langchain-anthropic",
            "sdks",
            &["langchain-anthropic"],
            "langchain_anthropic_matrix.py",
        ),
        python(
            "pydantic-ai",
            "pydantic",
            &["pydantic-ai-slim"],
            "pydantic_matrix.py",
        ),
        python("litellm", "litellm", &["litellm"], "litellm_matrix.py"),
        node("openai-node", &["openai"], "openai.mjs"),
        node("anthropic-node", &["@anthropic-ai/sdk"], "anthropic.mjs"),
        node(
            "ai-sdk",
            &[
                "ai",
                "@ai-sdk/openai",
                "@ai-sdk/openai-compatible",
                "@ai-sdk/anthropic",
            ],
            "ai-sdk.mjs",
        ),
    ];
    scripts
        .into_iter()
        .map(|script| Box::new(script) as Box<dyn Client>)
        .collect()
}

impl Script {
    /// The file with the pins, relative to the work tree.
    fn pins(&self) -> String {
        match self.language {
            Language::Python(name) => format!("xtask/clients/python/{name}.txt"),
            Language::Node => format!("{NODE}/package.json"),
        }
    }

    fn command(&self, installed: &Path, home: &Path) -> Result<Command> {
        Ok(match self.language {
            Language::Python(_) => {
                let mut command = isolated::command(installed, home);
                command.env("PYTHONDONTWRITEBYTECODE", "1");
                command.arg(run::root().join("xtask/clients/python").join(self.file));
                command
            }
            // Node looks for packages beside the script, so the scripts go beside the packages.
            Language::Node => {
                for entry in std::fs::read_dir(run::root().join(NODE))? {
                    let file = entry?.path();
                    if file.extension().is_some_and(|end| end == "mjs") {
                        let name = file.file_name().context("a file has a name")?;
                        std::fs::copy(&file, installed.join(name))?;
                    }
                }
                let mut command = isolated::command(Cache::node(installed), home);
                command.arg(installed.join(self.file));
                command
            }
        })
    }
}

impl Client for Script {
    fn name(&self) -> &str {
        self.name
    }

    fn versions(&self) -> Result<String> {
        let pins = std::fs::read_to_string(run::root().join(self.pins()))?;
        let version = |package: &&str| {
            let found = pins.lines().find_map(|line| pinned(line, package));
            let found = found.with_context(|| format!("{package} is not pinned"))?;
            Ok(format!("{package} {found}"))
        };
        let all: Result<Vec<_>> = self.packages.iter().map(version).collect();
        Ok(all?.join(", "))
    }

    fn in_ci(&self) -> bool {
        true
    }

    fn missing(&self) -> Option<String> {
        let (there, why) = match self.language {
            Language::Python(_) => (
                run::answers("python3", &["-c", "import ensurepip, venv"]),
                "python3 with its venv module is not installed",
            ),
            Language::Node => (run::answers("npm", &["--version"]), "npm is not installed"),
        };
        (!there).then(|| why.to_owned())
    }

    fn install(&self, cache: &Cache) -> Result<PathBuf> {
        match self.language {
            Language::Python(_) => cache.python(&self.pins()),
            Language::Node => cache.npm(NODE),
        }
    }

    fn drive(
        &self,
        installed: &Path,
        world: &World<'_>,
        tell: &mut dyn FnMut(Outcome),
    ) -> Result<()> {
        let home = tempfile::TempDir::new()?;
        let mut command = self.command(installed, home.path())?;
        command
            .env("AIGW_UNDER_TEST", world.gateway)
            .env("AIGW_CLIENT_KEY", KEY)
            .env("AIGW_CLIENT_NAME", self.name)
            .env("AIGW_UPSTREAMS", UPSTREAMS.join(","));
        let finished = run::capture(command, LIMIT)?;
        let mut told = 0;
        for line in finished
            .output
            .lines()
            .filter(|line| line.starts_with("{\"check\""))
        {
            tell(serde_json::from_str(line).with_context(|| line.to_owned())?);
            told += 1;
        }
        ensure!(
            finished.success && told > 0,
            "{} broke off:\n{}",
            self.file,
            finished.output
        );
        Ok(())
    }
}

/// The version that a line pins for a package: `name==1.2` or `"name": "1.2"`.
fn pinned<'l>(line: &'l str, package: &str) -> Option<&'l str> {
    let line = line.trim();
    let python = line
        .strip_prefix(package)
        .and_then(|rest| rest.strip_prefix("=="));
    python.or_else(|| {
        let rest = line
            .strip_prefix('"')?
            .strip_prefix(package)?
            .strip_prefix("\": \"")?;
        rest.split('"').next()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sdk_has_its_script_and_a_pinned_version() {
        for client in all() {
            let versions = client.versions().unwrap();
            assert!(
                versions.contains(|c: char| c.is_ascii_digit()),
                "{versions}"
            );
        }
    }

    #[test]
    fn pins_are_read_in_both_forms() {
        assert_eq!(pinned("openai==3.54.0", "openai"), Some("3.54.0"));
        assert_eq!(pinned("  \"ai\": \"7.0.173\",", "ai"), Some("7.0.173"));
        assert_eq!(pinned("openai-agents==1", "openai"), None);
    }
}
