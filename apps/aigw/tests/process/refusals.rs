use std::fs;
use std::net::TcpListener;

use crate::support::{ADMIN_TOKEN, Aigw, CLIENT_KEY, directory, run, stderr};

const OPEN: [&str; 5] = [
    "serve",
    "--listen",
    "0.0.0.0:0",
    "--admin-listen",
    "127.0.0.1:0",
];
const OPEN_ADMIN: [&str; 5] = [
    "serve",
    "--listen",
    "127.0.0.1:0",
    "--admin-listen",
    "[::]:0",
];
const LOCAL: [&str; 5] = ["serve", "--listen", "127.0.0.1:0", "--admin-listen", "off"];

#[test]
fn addresses_that_others_reach_need_credentials_that_were_there_before() {
    let client = ("AIGW_CLIENT_KEY", CLIENT_KEY);
    let admin = ("AIGW_ADMIN_TOKEN", ADMIN_TOKEN);
    for (args, env, wanted) in [
        (OPEN, vec![], "no AIGW_CLIENT_KEY and no AIGW_ADMIN_TOKEN"),
        (OPEN, vec![admin], "no AIGW_CLIENT_KEY\n"),
        (OPEN, vec![client], "no AIGW_ADMIN_TOKEN\n"),
        (OPEN_ADMIN, vec![client], "refusing --admin-listen [::]:0"),
    ] {
        let home = directory();
        for _ in 0..2 {
            let output = run(home.path(), &args, &env);
            let text = stderr(&output);
            assert_eq!(output.status.code(), Some(2), "{text}");
            assert!(text.contains(wanted), "{wanted:?} is not in {text}");
            assert!(
                text.contains("openssl rand") || text.contains("set AIGW_"),
                "no remedy in {text}"
            );
        }
        assert!(
            !home.path().join(".aigw").exists(),
            "a refused start leaves nothing behind"
        );
    }
}

#[test]
fn credentials_of_an_earlier_start_are_enough() {
    let home = directory();
    Aigw::start_with(home.path(), &[], &[]).stop();
    Aigw::start_with(home.path(), &["--listen", "0.0.0.0:0"], &[]).stop();
}

#[test]
fn credentials_that_cannot_be_meant_are_refused() {
    let long = "x".repeat(600);
    for (env, wanted) in [
        (
            vec![("AIGW_CLIENT_KEY", "")],
            "AIGW_CLIENT_KEY has 0 characters",
        ),
        (
            vec![("AIGW_CLIENT_KEY", "fifteen-letters")],
            "AIGW_CLIENT_KEY has 15 characters",
        ),
        (
            vec![("AIGW_CLIENT_KEY", &long)],
            "AIGW_CLIENT_KEY has 600 characters",
        ),
        (
            vec![("AIGW_CLIENT_KEY", "with a space in the middle")],
            "visible ASCII",
        ),
        (
            vec![("AIGW_ADMIN_TOKEN", "")],
            "AIGW_ADMIN_TOKEN has 0 characters",
        ),
        (
            vec![("AIGW_VIEWER_TOKEN", "short")],
            "AIGW_VIEWER_TOKEN has 5 characters",
        ),
        (
            vec![
                ("AIGW_CLIENT_KEY", CLIENT_KEY),
                ("AIGW_ADMIN_TOKEN", CLIENT_KEY),
            ],
            "are the same",
        ),
        (
            vec![
                ("AIGW_CLIENT_KEY", CLIENT_KEY),
                ("AIGW_CLIENT_KEY_FILE", "key"),
            ],
            "are both set",
        ),
        (
            vec![("AIGW_ADMIN_TOKEN_FILE", "missing")],
            "AIGW_ADMIN_TOKEN_FILE: missing: ",
        ),
    ] {
        let home = directory();
        let output = run(home.path(), &LOCAL, &env);
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains(wanted), "{wanted:?} is not in {text}");
        let secret = env[0].1;
        assert!(
            secret.len() < 8 || env[0].0.ends_with("_FILE") || !text.contains(secret),
            "shows the value: {text}"
        );
    }
}

#[test]
fn a_port_in_use_is_said_and_uses_up_no_credentials() {
    let home = directory();
    let taken = TcpListener::bind("127.0.0.1:0").expect("binds");
    let address = taken.local_addr().expect("bound").to_string();
    for (flag, other) in [
        ("--listen", "--admin-listen"),
        ("--admin-listen", "--listen"),
    ] {
        let output = run(
            home.path(),
            &["serve", flag, &address, other, "127.0.0.1:0"],
            &[],
        );
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(
            text.contains(&format!("cannot listen on {address}")) && text.contains(flag),
            "{text}"
        );
    }
    assert!(
        Aigw::start_with(home.path(), &[], &[])
            .shown("client key")
            .is_some()
    );
}

#[test]
fn a_damaged_key_file_is_not_replaced() {
    let home = directory();
    fs::create_dir(home.path().join(".aigw")).expect("creates");
    let file = home.path().join(".aigw/keys.json");
    fs::write(&file, "{\"version\":1,\"pepper\":\"secret-pepper\"}").expect("writes");
    let output = run(home.path(), &LOCAL, &[]);
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("keys.json: is not a key file") && !text.contains("secret-pepper"),
        "{text}"
    );
    assert!(
        fs::read_to_string(file)
            .expect("still there")
            .contains("secret-pepper")
    );
}

#[test]
fn flags_without_effect_do_not_exist() {
    let home = directory();
    for flag in ["--telemetry-store", "--no-store"] {
        let output = run(home.path(), &["serve", flag, "all"], &[]);
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    }
    for args in [
        &["serve", "--tls-cert", "a.pem"][..],
        &["serve", "--drain-timeout", "30"],
        &["serve", "--listen", "80"],
    ] {
        assert_eq!(
            run(home.path(), args, &[]).status.code(),
            Some(2),
            "{args:?}"
        );
    }
}

#[test]
fn every_problem_of_a_configuration_is_shown_with_its_place() {
    let home = directory();
    let text = "version: 1\nproviders:\n  a: {kind: opnai}\n  b: {kind: demo, tiemouts: {}}\nmodels:\n  m: {targets: [{provider: nobody}]}\n";
    fs::write(home.path().join("broken.yaml"), text).expect("writes");
    for args in [
        &["config", "validate", "broken.yaml"][..],
        &["config", "preview", "broken.yaml"],
        &["serve", "--config", "broken.yaml"],
    ] {
        let output = run(home.path(), args, &[]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{text}");
        for place in ["broken.yaml:3:", "broken.yaml:4:", "broken.yaml:6:"] {
            assert!(text.contains(place), "{place} is not in {text}");
        }
    }
    let output = run(home.path(), &["serve", "--config", "missing.yaml"], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("missing.yaml: "),
        "{}",
        stderr(&output)
    );
}
