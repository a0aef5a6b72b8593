//! Gemini CLI.

use std::process::Command;

use anyhow::Result;
use serde_json::json;

use super::check::{Check, Run};
use super::{Agent, MORE, Way};
use crate::aigw::KEY;

pub(super) const AGENT: Agent = Agent {
    name: "gemini-cli",
    package: "@google/gemini-cli",
    pins: MORE,
    ways: &[Way {
        name: "",
        checks: CHECKS,
    }],
    command,
};

const CHECKS: &[Check] = &[
    Check {
        name: "text",
        model: "talk",
        prompt: "Say hello, {nonce}.",
        says: &["Hello from the fake upstream"],
        ..Check::SUCCESS
    },
    Check {
        name: "tool, two turns",
        model: "agent",
        prompt: r#"[[call run_shell_command {"command":"printf %s-%s {nonce} ran","description":"Print"}]]"#,
        says: &["{nonce}-ran", "The tools said:"],
        arrives: &["{nonce}-ran"],
        ..Check::SUCCESS
    },
];

fn command(run: &Run<'_>) -> Result<Command> {
    let settings = json!({
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "privacy": {"usageStatisticsEnabled": false},
        "general": {"disableAutoUpdate": true, "disableUpdateNag": true},
    });
    run.write(".gemini/settings.json", &settings.to_string())?;
    let mut command = run.command(run.newest_node());
    command.arg(run.installed("@google/gemini-cli/bundle/gemini.js")?);
    command.args(["-m", &run.model, "--yolo", "-p", &run.prompt]);
    command
        .env("GOOGLE_GEMINI_BASE_URL", run.gateway)
        .env("GEMINI_API_KEY", KEY)
        .env("GEMINI_CLI_TRUST_WORKSPACE", "true");
    Ok(command)
}
