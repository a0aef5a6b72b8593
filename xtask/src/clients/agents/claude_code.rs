//! Claude Code.

use std::process::Command;

use anyhow::Result;

use super::check::{Check, Run};
use super::{Agent, CI, Way};
use crate::aigw::KEY;

pub(super) const AGENT: Agent = Agent {
    name: "claude-code",
    package: "@anthropic-ai/claude-code",
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
        says: &["Hello from the fake upstream", "\"is_error\":false"],
        ..Check::SUCCESS
    },
    Check {
        name: "tool, two turns",
        model: "agent",
        prompt: r#"[[call Bash {"command":"printf %s-%s {nonce} ran","description":"Print"}]]"#,
        says: &["{nonce}-ran", "\"num_turns\":2"],
        arrives: &["{nonce}-ran"],
        ..Check::SUCCESS
    },
    Check {
        name: "parallel tools, two turns",
        model: "agent",
        prompt: r#"[[call Bash {"command":"printf %s-%s {nonce} one"}]] [[call Bash {"command":"printf %s-%s {nonce} two"}]]"#,
        says: &["{nonce}-one", "{nonce}-two", "\"num_turns\":3"],
        arrives: &["{nonce}-one", "{nonce}-two"],
        ..Check::SUCCESS
    },
    Check {
        name: "failing tool, two turns",
        model: "agent",
        prompt: r#"[[call Bash {"command":"printf %s-%s {nonce} broke >&2; exit 3","description":"Fail"}]]"#,
        says: &["{nonce}-broke"],
        arrives: &["{nonce}-broke"],
        ..Check::SUCCESS
    },
    Check {
        name: "file written, two turns",
        model: "agent",
        prompt: r#"[[call Write {"file_path":"{work}/note.txt","content":"grüße \"{nonce}\" \\ end\n"}]]"#,
        says: &["note.txt"],
        leaves: Some(("note.txt", "grüße \"{nonce}\" \\ end\n")),
        ..Check::SUCCESS
    },
    Check {
        name: "reasoning with tools, two turns",
        model: "reasoner",
        prompt: r#"[[call Bash {"command":"printf %s-%s {nonce} ran","description":"Print"}]]"#,
        says: &["{nonce}-ran", "My reasoning came back as it was."],
        arrives: &["{nonce}-ran"],
        ..Check::SUCCESS
    },
    Check {
        name: "context length",
        model: "context",
        prompt: "Say hello, {nonce}.",
        says: &[
            "Prompt is too long",
            "\"terminal_reason\":\"prompt_too_long\"",
        ],
        ..Check::FAILURE
    },
    Check {
        name: "429",
        model: "429-for-",
        prompt: "Say hello, {nonce}.",
        says: &["Request rejected (429)", "\"api_error_status\":429"],
        ..Check::FAILURE
    },
    Check {
        name: "529",
        model: "overloaded",
        prompt: "Say hello, {nonce}.",
        says: &["API Error: 529", "\"api_error_status\":529"],
        ..Check::FAILURE
    },
];

fn command(run: &Run<'_>) -> Result<Command> {
    let mut command = run.command("node");
    command.arg(run.installed("@anthropic-ai/claude-code/cli-wrapper.cjs")?);
    command
        .args(["-p", &run.prompt, "--model", &run.model])
        .args(["--allowedTools", "Bash", "Write", "--output-format", "json"]);
    command
        .env("ANTHROPIC_BASE_URL", run.gateway)
        .env("ANTHROPIC_API_KEY", KEY);
    for switch in [
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
        "DISABLE_TELEMETRY",
        "DISABLE_AUTOUPDATER",
        "DISABLE_ERROR_REPORTING",
    ] {
        command.env(switch, "1");
    }
    Ok(command)
}
