//! `OpenClaw`, whose turns take long whatever it talks to.

use std::process::Command;

use anyhow::Result;
use serde_json::json;

use super::check::{Check, Run};
use super::{Agent, MORE, Way};
use crate::aigw::KEY;

pub(super) const AGENT: Agent = Agent {
    name: "openclaw",
    package: "openclaw",
    pins: MORE,
    ways: &[
        Way {
            name: "openai-completions",
            checks: &[TEXT, TOOL],
        },
        Way {
            name: "openai-responses",
            checks: &[TOOL],
        },
        Way {
            name: "anthropic-messages",
            checks: &[TOOL],
        },
    ],
    command,
};

const TEXT: Check = Check {
    name: "text",
    model: "talk",
    prompt: "Say hello, {nonce}.",
    says: &["Hello from the fake upstream"],
    ..Check::SUCCESS
};

const TOOL: Check = Check {
    name: "tool, two turns",
    model: "agent",
    prompt: r#"[[call exec {"command":"printf %s-%s {nonce} ran"}]]"#,
    says: &["{nonce}-ran", "The tools said:"],
    arrives: &["{nonce}-ran"],
    ..Check::SUCCESS
};

fn command(run: &Run<'_>) -> Result<Command> {
    let model = json!({
        "id": run.model,
        "name": "model",
        "reasoning": false,
        "input": ["text"],
        "contextWindow": 128_000,
        "maxTokens": 8192,
    });
    // Of its dialects, Anthropic's alone wants the base URL without the version.
    let version = if run.way == "anthropic-messages" {
        ""
    } else {
        "/v1"
    };
    let provider = json!({
        "baseUrl": format!("{}{version}", run.gateway),
        "apiKey": KEY,
        "api": run.way,
        "models": [model],
    });
    let primary = format!("gateway/{}", run.model);
    let settings = json!({
        "models": {"mode": "merge", "providers": {"gateway": provider}},
        "agents": {"defaults": {"model": {"primary": primary}}},
    });
    run.write(".openclaw/openclaw.json", &settings.to_string())?;
    let mut command = run.command(run.newest_node());
    command.arg(run.installed("openclaw/openclaw.mjs")?);
    command.args([
        "agent",
        "--local",
        "--agent",
        "main",
        "--session-id",
        "check",
    ]);
    command.args(["--model", &primary, "-m", &run.prompt, "--json"]);
    Ok(command)
}
