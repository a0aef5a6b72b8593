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
fn the_preview_names_models_targets_dialects_and_references() {
    let home = directory();
    let text = format!("{CONFIG}rewrites: [{{from: 'x-${{TEAM}}', to: demo}}]\n");
    fs::write(home.path().join("a.yaml"), text).expect("writes");
    for format in ["text", "json"] {
        let args = ["config", "preview", "a.yaml", "--format", format];
        let output = run(home.path(), &args, &[("TEAM", "canary")]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let text = String::from_utf8(output.stdout).expect("text");
        for part in [
            "demo",
            "try",
            "weighted",
            "openai_chat",
            "${TEAM}",
            "present",
            "rewrites[0].from",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert!(!text.contains("canary"), "{text}");
        let missing = run(home.path(), &args, &[]);
        assert_eq!(missing.status.code(), Some(2));
        let text = String::from_utf8(missing.stdout).expect("text");
        assert!(text.contains("missing_reference"), "{text}");
    }
}

#[test]
fn the_diff_tells_changes_by_meaning_and_their_risks() {
    let home = directory();
    fs::write(home.path().join("a.yaml"), CONFIG).expect("writes");
    let drained = CONFIG.replace("provider: d}", "provider: d, weight: 0}");
    fs::write(home.path().join("b.yaml"), drained).expect("writes");
    let text = stdout(home.path(), &["config", "diff", "a.yaml", "b.yaml"]);
    assert!(
        text.contains("~ model demo: target d/demo weight 1 (default) → 0")
            && text.contains("high risk [target_drained]"),
        "{text}"
    );
    let json = stdout(
        home.path(),
        &["config", "diff", "a.yaml", "b.yaml", "--format", "json"],
    );
    assert!(json.contains("\"severity\": \"high\""), "{json}");
    assert_eq!(
        stdout(home.path(), &["config", "diff", "a.yaml", "a.yaml"]),
        "no change\n"
    );
    fs::write(home.path().join("c.yaml"), "a: [").expect("writes");
    let broken = run(home.path(), &["config", "diff", "a.yaml", "c.yaml"], &[]);
    assert_eq!(broken.status.code(), Some(2));
    assert!(
        stderr(&broken).contains("error[syntax]"),
        "{}",
        stderr(&broken)
    );
}

#[test]
fn imported_files_are_valid_and_say_what_to_do() {
    let home = directory();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/config/import");
    let variables = [
        "OPENAI_IMPORTED_KEY",
        "HOUSE_KEY",
        "OTHER_KEY",
        "AZURE_EU_KEY",
        "OPENAI_API_KEY",
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_X_AUTH_TOKEN",
        "MAIN_KEY",
        "CLAUDE_KEY",
        "ZWEITE_QUELLE_API_KEY",
        "ZWEITE_QUELLE_AUTHORIZATION",
    ];
    let mut env: Vec<_> = variables.iter().map(|name| (*name, "canary")).collect();
    env.push(("AZURE_EU_BASE", "https://eu.example.com"));
    for (from, file) in [
        ("litellm", "litellm/proxy.yaml"),
        ("reference", "reference/gateway.yaml"),
    ] {
        let file = fixtures.join(file).display().to_string();
        let output = run(
            home.path(),
            &["config", "import", "--from", from, &file],
            &[],
        );
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(stderr(&output).contains(": manual "), "{}", stderr(&output));
        fs::write(home.path().join("imported.yaml"), &output.stdout).expect("writes");
        let valid = run(home.path(), &["config", "validate", "imported.yaml"], &env);
        assert_eq!(
            valid.status.code(),
            Some(0),
            "{}",
            String::from_utf8_lossy(&valid.stdout)
        );
    }
}

#[test]
fn the_schema_has_the_kinds_of_this_gateway() {
    let home = directory();
    let text = stdout(home.path(), &["config", "schema"]);
    for part in ["2020-12", "\"openai-compatible\"", "\"gemini_generate\""] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn the_other_commands_print_and_end() {
    let home = directory();
    assert!(stdout(home.path(), &["version"]).starts_with("aigw "));
    assert!(stdout(home.path(), &["providers", "kinds"]).contains("OPENAI_API_KEY"));
    for shell in ["bash", "zsh", "fish"] {
        let script = stdout(home.path(), &["completions", shell]);
        for part in ["rollback", "rotate-master", "on-server", "verify"] {
            assert!(
                script.contains(part),
                "{part} is not in the script for {shell}"
            );
        }
    }
    assert!(stdout(home.path(), &["manual"]).contains("## `aigw audit verify`"));
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
