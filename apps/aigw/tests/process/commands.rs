use std::fs;
use std::path::Path;

use crate::support::{directory, run, stderr};

const CONFIG: &str = "version: 1\nproviders: {d: {kind: demo}}\nmodels: {demo: {targets: [{provider: d}], aliases: [try]}}\n";

fn stdout(directory: &Path, args: &[&str]) -> String {
    let output = run(directory, args, &[]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{args:?}: {}",
        stderr(&output)
    );
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn a_valid_file_is_said_to_be_valid() {
    let home = directory();
    fs::write(home.path().join("a.yaml"), CONFIG).expect("writes");
    assert_eq!(
        stdout(home.path(), &["config", "validate", "a.yaml"]),
        "a.yaml: valid, errors: 0, warnings: 0\n"
    );
    let json = stdout(
        home.path(),
        &["config", "validate", "a.yaml", "--format", "json"],
    );
    assert!(
        json.contains("\"valid\": true") && json.contains("\"problems\": []"),
        "{json}"
    );
}

#[test]
fn the_preview_names_models_targets_and_dialects() {
    let home = directory();
    fs::write(home.path().join("a.yaml"), CONFIG).expect("writes");
    for format in ["text", "json"] {
        let text = stdout(
            home.path(),
            &["config", "preview", "a.yaml", "--format", format],
        );
        for part in [
            "demo",
            "try",
            "weighted",
            "openai_chat",
            "anthropic_messages",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
    }
}

#[test]
fn the_other_commands_print_and_end() {
    let home = directory();
    assert!(stdout(home.path(), &["version"]).starts_with("aigw "));
    assert!(stdout(home.path(), &["providers", "kinds"]).contains("OPENAI_API_KEY"));
    assert!(stdout(home.path(), &["completions", "bash"]).contains("complete -F _aigw"));
    let help = stdout(home.path(), &["serve", "--help"]);
    for part in [
        "AIGW_LISTEN",
        "127.0.0.1:18081",
        "AIGW_CLIENT_KEY",
        "Examples:",
    ] {
        assert!(help.contains(part), "{part} is not in {help}");
    }
    assert_eq!(run(home.path(), &[], &[]).status.code(), Some(2));
    assert_eq!(
        fs::read_dir(home.path()).expect("lists").count(),
        0,
        "none of them writes anything"
    );
}
