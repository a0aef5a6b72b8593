//! What commands make of the answers of an admin API: output, exit codes, remedies.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use crate::fake_admin::FakeAdmin;
use crate::support::{command, directory, run, stderr};

const TOKEN: &str = "token-of-whoever-asks";
const PUBLISHED: &str = r#"{"publication":{"id":9,"revision":8,"state":"live","kind":"publish","base":7},
    "revision":{"revision":8,"digest":"d8"},"problems":[{"severity":"warning","code":"unused","path":"models.a","line":2,
    "column":3,"reason":"nothing uses it","hint":null}]}"#;

fn ask(home: &Path, server: &str, args: &[&str]) -> Output {
    run(
        home,
        args,
        &[("AIGW_SERVER", server), ("AIGW_ADMIN_TOKEN", TOKEN)],
    )
}

fn stdout(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn error(code: &str, message: &str, details: &str) -> String {
    format!(r#"{{"error":{{"code":"{code}","message":"{message}","details":{details}}}}}"#)
}

/// Every command that asks a server, with as few arguments as it takes.
const COMMANDS: [&[&str]; 19] = [
    &["status"],
    &["explain", "--model", "m"],
    &["providers", "list"],
    &["audit"],
    &["audit", "verify"],
    &["config", "show"],
    &["config", "preview"],
    &["config", "diff", "--to", "1"],
    &["config", "publish", "--revision", "1", "-m", "n"],
    &["config", "history"],
    &["config", "rollback", "1", "-m", "n"],
    &["config", "drafts"],
    &["keys", "create", "n"],
    &["keys", "list"],
    &["keys", "update", "n", "--group", "g"],
    &["keys", "rotate", "n"],
    &["keys", "revoke", "n"],
    &["secrets", "list"],
    &["secrets", "remove", "n"],
];

#[test]
fn a_server_that_does_not_listen_is_exit_3_and_says_where_it_was_looked_for() {
    let home = directory();
    let nobody = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        format!("http://{}", listener.local_addr().expect("an address"))
    };
    for args in COMMANDS {
        let output = ask(home.path(), &nobody, args);
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(3), "{args:?}: {text}");
        assert!(output.stdout.is_empty(), "{args:?}");
        assert!(
            text.contains(&nobody) && text.contains("AIGW_SERVER"),
            "{text}"
        );
        assert!(!text.contains(TOKEN), "{text}");
    }
}

#[test]
fn what_is_no_admin_api_is_exit_3() {
    let home = directory();
    let fake = FakeAdmin::start(&[("GET /status", 200, "<html>")]);
    let output = ask(home.path(), &fake.url(), &["status"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        stderr(&output).contains("admin listener"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    let home = directory();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let output = ask(home.path(), &url, &["status", "--timeout", "50ms"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        stderr(&output).contains("no answer within 50ms"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn refusals_of_the_credential_are_exit_4_and_say_which_one_it_was() {
    let home = directory();
    let wrong = error("unauthorized", "log in first", "{}");
    let viewer = error("forbidden", "needs the role admin", "{}");
    let fake = FakeAdmin::start(&[
        ("GET /status", 401, &wrong),
        ("POST /config/publish", 403, &viewer),
    ]);
    fs::create_dir(home.path().join("data")).expect("creates");
    let file = home.path().join("data/admin-token");
    fs::write(&file, "token-of-the-file\n").expect("writes");
    let publish = ["config", "publish", "--revision", "1", "-m", "n"];
    let (url, in_environment) = (fake.url(), ("AIGW_ADMIN_TOKEN", TOKEN));
    for (args, env, told) in [
        (&["status", "--token", TOKEN][..], None, "from --token"),
        (&["status"], Some(in_environment), "from AIGW_ADMIN_TOKEN"),
        (
            &["status", "--data-dir", "data"],
            None,
            "from data/admin-token",
        ),
        (&["status"], None, "no .aigw/admin-token"),
        (&publish, Some(in_environment), "needs the role admin"),
    ] {
        let env: Vec<_> = env.into_iter().chain([("AIGW_SERVER", &*url)]).collect();
        let output = run(home.path(), args, &env);
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(4), "{args:?}: {text}");
        assert!(
            text.contains(told) && text.contains(&url),
            "{args:?}: {text}"
        );
        assert!(!text.contains("token-of"), "{text}");
    }
    let heads: Vec<_> = fake.seen().into_iter().map(|seen| seen.head).collect();
    assert!(
        heads[0].contains(&format!("authorization: Bearer {TOKEN}")),
        "{heads:?}"
    );
    assert!(
        heads[2].contains("authorization: Bearer token-of-the-file"),
        "{heads:?}"
    );
    assert!(!heads[3].contains("authorization"), "{heads:?}");
}

#[test]
fn the_token_of_this_machine_is_not_sent_to_another_one() {
    let home = directory();
    fs::create_dir(home.path().join(".aigw")).expect("creates");
    fs::write(home.path().join(".aigw/admin-token"), TOKEN).expect("writes");
    // No such name, so that nothing is sent anywhere; with the file's token there would be a warning about plain HTTP.
    let env = [("AIGW_SERVER", "http://gateway.invalid:1")];
    let output = run(home.path(), &["status"], &env);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        !stderr(&output).contains("unencrypted"),
        "{}",
        stderr(&output)
    );
    let output = run(home.path(), &["status", "--token", TOKEN], &env);
    assert!(
        stderr(&output).contains("unencrypted"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn wrong_usage_is_exit_2_and_nothing_is_asked() {
    let home = directory();
    let fake = FakeAdmin::start(&[]);
    for args in [
        &["config", "publish", "-m", "n"][..],
        &["config", "publish", "--revision", "1"],
        &["config", "publish", "missing.yaml", "-m", "n"],
        &["config", "publish", "a", "--revision", "1", "-m", "n"],
        &["config", "diff"],
        &["config", "diff", "a", "--to", "1"],
        &["config", "diff", "a", "b", "--server", "http://127.0.0.1:1"],
        &["config", "preview", "--on-server"],
        &["keys", "update", "k"],
        &["keys", "update", "k", "--group", "g", "--clear", "group"],
        &["keys", "create", "k", "--expires", "soon"],
        &["audit", "--since", "yesterday"],
        &["audit", "--limit", "501"],
        &["status", "--server", "127.0.0.1:18081"],
        &["status", "--format", "xml"],
        &["status", "--token", ""],
        &["secrets", "set", "s"],
    ] {
        let output = ask(home.path(), &fake.url(), args);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{args:?}: {}",
            stderr(&output)
        );
        assert!(output.stdout.is_empty(), "{args:?}");
    }
    assert!(fake.seen().is_empty(), "{:?}", fake.seen());
}

#[test]
fn a_publication_is_told_in_three_formats_and_its_warnings_beside_it() {
    let home = directory();
    fs::write(home.path().join("a.yaml"), "version: 1\n").expect("writes");
    let fake = FakeAdmin::start(&[("POST /config/publish", 200, PUBLISHED)]);
    let publish = [
        "config", "publish", "a.yaml", "-m", "why", "--base", "7", "--format",
    ];
    for (format, told) in [
        ("text", "revision 8 is live (publication 9)\n"),
        (
            "csv",
            "publication,revision,state,kind,base,digest\n9,8,live,publish,7,d8\n",
        ),
    ] {
        let output = ask(
            home.path(),
            &fake.url(),
            &[&publish[..], &[format]].concat(),
        );
        assert_eq!(stdout(&output), told);
        assert_eq!(
            stderr(&output),
            "a.yaml:2:3: warning[unused] models.a: nothing uses it\n"
        );
    }
    let output = ask(
        home.path(),
        &fake.url(),
        &[&publish[..], &["json"]].concat(),
    );
    let json: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert_eq!(json["publication"]["id"], 9);
    let sent: serde_json::Value = serde_json::from_str(&fake.seen()[0].body).expect("JSON");
    assert_eq!(
        sent,
        serde_json::json!({"config": "version: 1\n", "note": "why", "base": 7})
    );
}

#[test]
fn problems_of_a_document_are_exit_2_with_file_and_place() {
    let home = directory();
    fs::write(home.path().join("a.yaml"), "version: 2\n").expect("writes");
    let problem = r#"{"problems":[{"severity":"error","code":"bad_value","path":"version","line":1,"column":10,"reason":"expected 1","hint":"write 1"}]}"#;
    let invalid = error("invalid_config", "the document has errors", problem);
    let fake = FakeAdmin::start(&[("POST /config/publish", 422, &invalid)]);
    let output = ask(
        home.path(),
        &fake.url(),
        &["config", "publish", "a.yaml", "-m", "why"],
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("a.yaml:1:10: error[bad_value] version: expected 1 (write 1)"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_lost_race_shows_both_sides_and_the_way_on() {
    let home = directory();
    fs::write(home.path().join("a.yaml"), "version: 1\n").expect("writes");
    let details = r#"{"base":7,"live":{"id":9,"revision":8,"state":"live","actor":"bob","at":"2026-01-31T23:59:59.000001Z","note":"his \u001b[2J"},
        "staged":null,"diff":{"changes":[],"text":"- what bob did\n"}}"#;
    let conflict = error("conflict", "revision 7 is not live any more", details);
    let fake = FakeAdmin::start(&[
        ("POST /config/publish", 409, &conflict),
        (
            "POST /config/diff",
            200,
            r#"{"changes":[],"text":"+ what bob did\n"}"#,
        ),
    ]);
    let args = ["config", "publish", "a.yaml", "-m", "why", "--base", "7"];
    let output = ask(home.path(), &fake.url(), &args);
    assert_eq!(output.status.code(), Some(1));
    let text = stderr(&output);
    for part in [
        "revision 7 is not live any more",
        "by        bob",
        "2026-01-31 23:59:59Z",
        "what changed since revision 7:\n+ what bob did",
        "what publishing yours would change now:\n- what bob did",
        "--base 8",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(!text.contains('\u{1b}'), "{text}");
    assert_eq!(fake.seen()[1].body, r#"{"from":7,"to":8}"#);
}

#[test]
fn what_could_not_be_done_with_valid_input_is_exit_1() {
    let home = directory();
    let failed = error("not_applied", "publication 9 failed: no such file", "{}");
    let unknown = error("not_explained", "there is no model `m`", "{}");
    let fake = FakeAdmin::start(&[
        ("POST /config/rollback", 422, &failed),
        ("POST /explain", 422, &unknown),
    ]);
    let output = ask(home.path(), &fake.url(), &["explain", "--model", "m"]);
    assert_eq!(output.status.code(), Some(1));
    let output = ask(
        home.path(),
        &fake.url(),
        &["config", "rollback", "6", "-m", "why"],
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("no such file"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn secrets_go_from_stdin_into_the_body_and_nowhere_else() {
    let home = directory();
    let set = r#"{"secret":{"name":"s","version":2,"changed_at":null},"publication":{"revision":8},"not_published":null}"#;
    let fake = FakeAdmin::start(&[("PUT /secrets/a%2Fb", 200, set)]);
    let url = fake.url();
    let env = [("AIGW_SERVER", &*url), ("AIGW_ADMIN_TOKEN", TOKEN)];
    let mut child = command(home.path(), &["secrets", "set", "a/b"], &env)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(b"canary value\r\n").expect("writes");
    drop(stdin);
    let output = child.wait_with_output().expect("ends");
    assert_eq!(
        stdout(&output),
        "secret s is sealed, version 2; revision 8 is live with it\n"
    );
    assert!(!stderr(&output).contains("canary"));
    assert_eq!(fake.seen()[0].body, r#"{"value":"canary value"}"#);
    assert!(!fake.seen()[0].head.contains("canary"));
}

#[test]
fn a_key_is_found_by_name_and_changed_at_the_version_that_was_seen() {
    let home = directory();
    let keys = r#"{"keys":[{"id":"old","name":"team","revoked_at":"2026-01-01T00:00:00.000000Z"},{"id":"a1","name":"team","revoked_at":null}]}"#;
    let key = r#"{"id":"a1","name":"team","models":["m*"],"revoked_at":null}"#;
    let fake = FakeAdmin::start(&[
        ("GET /keys", 200, keys),
        ("GET /keys/a1", 200, key),
        ("PATCH /keys/a1", 200, key),
    ]);
    let args = [
        "keys", "update", "team", "--model", "m*", "--clear", "expires",
    ];
    let text = stdout(&ask(home.path(), &fake.url(), &args));
    assert!(text.contains("models       m*\n"), "{text}");
    let patch = fake.seen().pop().expect("a request");
    assert!(patch.head.contains("if-match: \"5\""), "{}", patch.head);
    assert_eq!(patch.body, r#"{"expires_at":null,"models":["m*"]}"#);
    let unknown = ask(home.path(), &fake.url(), &["keys", "revoke", "nobody"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(
        stderr(&unknown).contains("aigw keys list"),
        "{}",
        stderr(&unknown)
    );
}

#[test]
fn lists_are_tables_rows_or_json_and_say_how_to_go_on() {
    let home = directory();
    let rows = r#"{"rows":[{"id":12,"at":"2026-01-31T23:59:59.000001Z","actor":"admin","role":"admin","source":"::1",
        "action":"config.publish","resource":"publication/9","success":false,"reason":"a, \"b\""}],"next_before":12}"#;
    let path = "GET /audit?limit=1&action=config.&since=2026-01-31&success=false";
    let fake = FakeAdmin::start(&[(path, 200, rows)]);
    let args = [
        "audit",
        "--limit",
        "1",
        "--action",
        "config.",
        "--since",
        "2026-01-31",
        "--failed",
        "--format",
    ];
    let asked = |format| ask(home.path(), &fake.url(), &[&args[..], &[format]].concat());
    let text = asked("text");
    assert_eq!(
        stdout(&text),
        "ID  AT                    ACTOR  ROLE   SOURCE  ACTION          RESOURCE       SUCCESS  REASON\n\
         12  2026-01-31 23:59:59Z  admin  admin  ::1     config.publish  publication/9  false    a, \"b\"\n"
    );
    assert_eq!(stderr(&text), "there is more: --before 12\n");
    assert_eq!(
        stdout(&asked("csv")),
        "id,at,actor,role,source,action,resource,success,reason\n\
         12,2026-01-31T23:59:59.000001Z,admin,admin,::1,config.publish,publication/9,false,\"a, \"\"b\"\"\"\n"
    );
    let json: serde_json::Value = serde_json::from_str(&stdout(&asked("json"))).expect("JSON");
    assert_eq!(json["next_before"], 12);
}
