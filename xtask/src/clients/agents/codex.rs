//! Codex, which takes another shape for each family of models that it knows.

use std::process::Command;

use anyhow::Result;

use super::check::{Check, Run};
use super::{Agent, CI, Way};
use crate::aigw::KEY;

pub(super) const AGENT: Agent = Agent {
    name: "codex",
    package: "@openai/codex",
    pins: CI,
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
        prompt: r#"[[call exec_command {"cmd":"printf %s-%s {nonce} ran"}]]"#,
        says: &["{nonce}-ran", "The tools said:"],
        arrives: &["{nonce}-ran"],
        ..Check::SUCCESS
    },
    Check {
        name: "parallel tools, two turns",
        model: "gpt-5.5-agent",
        prompt: r#"[[call exec_command {"cmd":"printf %s-%s {nonce} one"}]] [[call exec_command {"cmd":"printf %s-%s {nonce} two"}]]"#,
        says: &["{nonce}-one", "{nonce}-two", "The tools said:"],
        arrives: &["{nonce}-one", "{nonce}-two"],
        ..Check::SUCCESS
    },
    // A tool of free text with a grammar, which most upstreams do not have.
    Check {
        name: "freeform patch, two turns",
        model: "gpt-5.5-agent",
        prompt: "[[call apply_patch *** Begin Patch\n*** Add File: note.txt\n+grüße \"{nonce}\" \\ back\n*** End Patch\n]]",
        says: &["Updated the following files"],
        arrives: &["Updated the following files"],
        leaves: Some(("note.txt", "grüße \"{nonce}\" \\ back\n")),
        ..Check::SUCCESS
    },
    // Tools in an input item instead of `tools`, in namespaces, one of them a program in free text.
    Check {
        name: "code mode, two turns",
        model: "gpt-6-sol-agent",
        prompt: r#"[[call exec text(await tools.exec_command({cmd:"printf %s-%s {nonce} ran"}))]]"#,
        says: &["{nonce}-ran", "The tools said:"],
        arrives: &["{nonce}-ran"],
        ..Check::SUCCESS
    },
    Check {
        name: "reasoning with tools, two turns",
        model: "gpt-5.5-reasoner",
        prompt: r#"[[call exec_command {"cmd":"printf %s-%s {nonce} ran"}]]"#,
        says: &["{nonce}-ran", "My reasoning came back as it was."],
        arrives: &["{nonce}-ran"],
        ..Check::SUCCESS
    },
    Check {
        name: "context length",
        model: "context",
        prompt: "Say hello, {nonce}.",
        says: &["ran out of room in the model's context window"],
        ..Check::FAILURE
    },
    // It waits as long as it is told to, and tries again.
    Check {
        name: "429",
        model: "429-soon-for-",
        prompt: "Say hello, {nonce}.",
        says: &["exceeded retry limit, last status: 429"],
        ..Check::FAILURE
    },
    Check {
        name: "529",
        model: "overloaded",
        prompt: "Say hello, {nonce}.",
        says: &["unexpected status 5"],
        ..Check::FAILURE
    },
];

fn command(run: &Run<'_>) -> Result<Command> {
    let Run { gateway, model, .. } = run;
    let config = format!(
        r#"model = "{model}"
model_provider = "gateway"
model_reasoning_effort = "medium"
check_for_update_on_startup = false

[analytics]
enabled = false

[model_providers.gateway]
name = "gateway"
base_url = "{gateway}/v1"
env_key = "GATEWAY_KEY"
wire_api = "responses"
request_max_retries = 1
stream_max_retries = 1
"#
    );
    run.write(".codex/config.toml", &config)?;
    let mut command = run.command("node");
    command.arg(run.installed("@openai/codex/bin/codex.js")?);
    command.args(["exec", "--skip-git-repo-check"]);
    command.args(["--dangerously-bypass-approvals-and-sandbox", &run.prompt]);
    command.env("GATEWAY_KEY", KEY);
    Ok(command)
}
