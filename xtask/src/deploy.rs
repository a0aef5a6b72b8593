//! `cargo xtask deploy`: what can be checked of the deployment files without a container engine.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::aigw::{self, Profile};
use crate::report::Counts;
use crate::run;

const LIMIT: Duration = Duration::from_secs(30);
/// Ten times the exposure that `systemd-analyze security` may find: 0 is locked up, 100 is unrestricted.
const EXPOSURE: u32 = 20;
const COMPOSE: [&str; 2] = ["compose/single.yaml", "compose/replicas.yaml"];

/// A check by its name.
type Check = (&'static str, fn(&Path) -> Result<()>);

const CHECKS: [Check; 6] = [
    ("the unit is one that systemd understands", unit_verifies),
    ("the unit is locked up", unit_is_locked_up),
    ("the balancer's configuration is valid", balancer_verifies),
    ("settings exist in `aigw serve`", settings_exist),
    (
        "compose files are YAML, and what they refer to exists",
        compose_is_whole,
    ),
    (
        "the image runs `aigw serve` as an unprivileged user",
        image_is_unprivileged,
    ),
];

/// Runs every check.
pub(crate) fn run() -> Counts {
    let folder = run::root().join("deploy");
    let mut counts = Counts::default();
    for (name, check) in CHECKS {
        let outcome = check(&folder);
        counts += Counts::one(outcome.is_ok());
        match outcome {
            Ok(()) => println!("ok      {name}"),
            Err(error) => println!("FAILED  {name}: {error:#}"),
        }
    }
    println!("{counts}");
    counts
}

/// Why this machine cannot run the checks, if it cannot.
pub(crate) fn missing() -> Option<String> {
    [("systemd-analyze", "--version"), ("haproxy", "-v")]
        .into_iter()
        .find(|(program, flag)| !run::answers(program, &[flag]))
        .map(|(program, _)| format!("{program} is not installed"))
}

fn unit_verifies(folder: &Path) -> Result<()> {
    let unit = Unit::copy(folder)?;
    unit.analyze(&["verify"])
}

fn unit_is_locked_up(folder: &Path) -> Result<()> {
    let unit = Unit::copy(folder)?;
    let threshold = format!("--threshold={EXPOSURE}");
    unit.analyze(&["security", "--offline=true", &threshold])
}

/// The unit with a program that exists on every machine, because `verify` looks for it.
struct Unit {
    folder: tempfile::TempDir,
}

impl Unit {
    const NAME: &str = "aigw.service";

    fn copy(folder: &Path) -> Result<Self> {
        let text = read(folder, "systemd/aigw.service")?;
        let program = "/usr/local/bin/aigw";
        ensure!(text.contains(program), "it does not start {program}");
        let copy = tempfile::TempDir::new()?;
        std::fs::write(
            copy.path().join(Self::NAME),
            text.replace(program, "/bin/true"),
        )?;
        Ok(Self { folder: copy })
    }

    fn analyze(&self, args: &[&str]) -> Result<()> {
        let mut command = Command::new("systemd-analyze");
        command.args(args).arg(self.folder.path().join(Self::NAME));
        succeeds(command)
    }
}

fn balancer_verifies(folder: &Path) -> Result<()> {
    let mut command = Command::new("haproxy");
    command
        .args(["-c", "-f"])
        .arg(folder.join("compose/haproxy.cfg"));
    succeeds(command)
}

/// Every `AIGW_` variable in the files is one that the program's help names.
fn settings_exist(folder: &Path) -> Result<()> {
    let binary = aigw::build("aigw", "aigw", Profile::Dev)?;
    let mut command = Command::new(binary);
    command.args(["serve", "--help"]);
    let help = run::capture(command, LIMIT)?.output;
    let mut unknown = BTreeSet::new();
    let files = [
        "systemd/aigw.env",
        "systemd/aigw.service",
        "container/Containerfile",
        "compose/compose.env.example",
    ];
    for file in files.iter().chain(&COMPOSE) {
        let text = read(folder, file)?;
        unknown.extend(
            variables(&text)
                .filter(|name| !help.contains(name))
                .map(|name| format!("{name} in {file}")),
        );
    }
    ensure!(unknown.is_empty(), "unknown: {unknown:?}");
    Ok(())
}

fn variables(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'))
        .filter(|word| word.starts_with("AIGW_"))
}

fn compose_is_whole(folder: &Path) -> Result<()> {
    let example = read(folder, "compose/compose.env.example")?;
    for file in COMPOSE {
        let text = read(folder, file)?;
        for event in saphyr_parser::Parser::new_from_str(&text) {
            event.with_context(|| format!("{file} is no YAML"))?;
        }
        for name in references(&text) {
            let declared = format!("\n{name}=");
            ensure!(
                example.contains(&declared),
                "{file} uses {name}, which compose.env.example does not have"
            );
        }
        let mounted = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("- ./")?.split(':').next());
        for path in mounted {
            ensure!(
                folder.join("compose").join(path).is_file(),
                "{file} mounts {path}, which does not exist"
            );
        }
    }
    Ok(())
}

/// The names in `${NAME…}`.
fn references(text: &str) -> impl Iterator<Item = &str> {
    text.split("${")
        .skip(1)
        .filter_map(|rest| rest.split([':', '}']).next())
}

fn image_is_unprivileged(folder: &Path) -> Result<()> {
    let text = read(folder, "container/Containerfile")?;
    let last = |word: &str| {
        text.lines()
            .rev()
            .find_map(|line| line.strip_prefix(word))
            .map(str::trim)
    };
    let user = last("USER ").context("it names no user")?;
    let id: u32 = user.split(':').next().unwrap_or_default().parse()?;
    ensure!(id >= 1000, "it runs as {user}");
    ensure!(last("ENTRYPOINT ") == Some(r#"["/usr/local/bin/aigw"]"#));
    ensure!(last("CMD ") == Some(r#"["serve"]"#));
    Ok(())
}

fn read(folder: &Path, file: &str) -> Result<String> {
    let path = folder.join(file);
    std::fs::read_to_string(&path).with_context(|| path.display().to_string())
}

fn succeeds(command: Command) -> Result<()> {
    let finished = run::capture(command, LIMIT)?;
    ensure!(finished.success, "{}", finished.output.trim());
    Ok(())
}
