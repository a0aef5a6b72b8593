//! opencode, which speaks the dialect of the package that its settings name.

use std::process::Command;

use anyhow::Result;
use serde_json::json;

use super::check::{Check, Run};
use super::{Agent, MORE, Way, native};
use crate::aigw::KEY;

pub(super) const AGENT: Agent = Agent {
    name: "opencode",
    package: "opencode-ai",
    pins: MORE,
    ways: &[
        Way {
            name: "@ai-sdk/openai-compatible",
            checks: CHECKS,
        },
        Way {
            name: "@ai-sdk/openai",
            checks: CHECKS,
        },
        Way {
            name: "@ai-sdk/anthropic",
            checks: CHECKS,
        },
    ],
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
        prompt: r#"[[call bash {"command":"printf %s-%s {nonce} ran","description":"Print"}]]"#,
        says: &["{nonce}-ran", "The tools said:"],
        arrives: &["{nonce}-ran"],
        ..Check::SUCCESS
    },
];

fn command(run: &Run<'_>) -> Result<Command> {
    let provider = json!({
        "npm": run.way,
        "options": {"baseURL": format!("{}/v1", run.gateway), "apiKey": KEY},
        "models": {&run.model: {"tool_call": true}},
    });
    let settings = json!({"provider": {"gateway": provider}}).to_string();
    run.write(".config/opencode/opencode.json", &settings)?;
    let program = run.installed(native("opencode", "bin/opencode"))?;
    let mut command = run.command(program);
    command.args(["run", "-m", &format!("gateway/{}", run.model)]);
    // It escapes the quotes of an argument that holds spaces, and joins all arguments with spaces.
    command.args(run.prompt.split(' '));
    command.env("OPENCODE_DISABLE_AUTOUPDATE", "1");
    command.env("OPENCODE_DISABLE_MODELS_FETCH", "1");
    Ok(command)
}
