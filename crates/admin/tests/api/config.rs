//! Publishing, going back, comparing, drafts.

use serde_json::{Value, json};

use crate::support::{ADMIN, DOCUMENT, ask, desk};

fn with_model(name: &str) -> String {
    DOCUMENT.replace("  m:", &format!("  {name}:"))
}

#[tokio::test]
async fn what_is_published_is_live_shown_and_in_the_history() {
    let desk = desk().await;
    assert_eq!(desk.get("/config").await.status, 404);
    let first = desk.publish(DOCUMENT).await;
    let second = desk.publish(&with_model("n")).await;
    assert_eq!(*desk.runtime.applied.lock().unwrap(), [first, second]);
    let live = desk.get("/config").await;
    let shown = live.json();
    assert_eq!(shown["text"], with_model("n"));
    assert_eq!(shown["redacted"], false);
    assert_eq!(shown["publication"]["actor"], "boss");
    assert_eq!(
        live.header("etag"),
        format!("\"{}\"", shown["etag"].as_str().unwrap())
    );
    let again = ask("GET", "/config", ADMIN).header("if-none-match", live.header("etag"));
    assert_eq!(desk.send(again, Value::Null).await.status, 304);
    let page = desk.get("/config/history?limit=1").await.json();
    assert_eq!(page["revisions"][0]["revision"], second);
    assert_eq!(page["next_before"], second);
    let page = desk
        .get(&format!("/config/history?limit=1&before={second}"))
        .await
        .json();
    assert_eq!(page["revisions"][0]["revision"], first);
    let old = desk.get(&format!("/config/revisions/{first}")).await.json();
    assert_eq!(old["text"], DOCUMENT);
    let ledger = desk.get("/config/publications").await.json();
    assert_eq!(ledger["publications"][0]["state"], "live");
    assert_eq!(ledger["publications"][1]["state"], "superseded");
    assert_eq!(desk.get("/config/revisions/99").await.status, 404);
    assert_eq!(desk.get("/config/history?limit=many").await.status, 400);
}

#[tokio::test]
async fn an_invalid_document_is_422_with_every_problem_and_its_place() {
    let desk = desk().await;
    let bad =
        "version: 1\nproviders:\n  up: {kind: tset}\nmodels:\n  m: {targets: [{provider: pu}]}\n";
    let reply = desk
        .post("/config/publish", json!({"config": bad, "note": "n"}))
        .await;
    assert_eq!(
        (reply.status.as_u16(), reply.code().as_str()),
        (422, "invalid_config")
    );
    let problems = reply.json()["error"]["details"]["problems"].clone();
    assert_eq!(problems[0]["line"], 3);
    assert!(problems[0]["column"].as_u64().unwrap() > 1);
    for part in ["path", "reason", "code", "severity"] {
        assert!(problems[0][part].is_string(), "{part}");
    }
    let checked = desk
        .post("/config/validate", json!({"config": bad}))
        .await
        .json();
    assert_eq!(checked["valid"], false);
    assert_eq!(checked["problems"], problems);
    assert_eq!(desk.get("/config").await.status, 404);
    let failed = desk
        .get("/audit?action=config.publish&success=false")
        .await
        .json();
    assert_eq!(failed["rows"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_lost_race_tells_both_sides_and_the_difference() {
    let desk = desk().await;
    let first = desk.publish(DOCUMENT).await;
    let seen = desk.get("/config").await.header("etag").to_owned();
    let second = desk.publish(&with_model("n")).await;
    let mine = json!({"config": with_model("o"), "note": "mine", "base": first});
    let reply = desk.post("/config/publish", mine).await;
    assert_eq!(
        (reply.status.as_u16(), reply.code().as_str()),
        (409, "conflict")
    );
    let details = reply.json()["error"]["details"].clone();
    assert_eq!(details["base"], first);
    assert_eq!(details["live"]["revision"], second);
    assert!(
        details["diff"]["changes"]
            .as_array()
            .is_some_and(|changes| !changes.is_empty()),
        "{details}"
    );
    let mine = json!({"config": with_model("o"), "note": "mine"});
    let by_tag = ask("POST", "/config/publish", ADMIN).header("if-match", &seen);
    let reply = desk.send(by_tag, mine.clone()).await;
    assert_eq!(
        (reply.status.as_u16(), reply.code().as_str()),
        (412, "stale")
    );
    assert_eq!(
        desk.get("/config").await.json()["revision"]["revision"],
        second
    );
    let now = desk.get("/config").await.header("etag").to_owned();
    let by_tag = ask("POST", "/config/publish", ADMIN).header("if-match", now);
    assert_eq!(desk.send(by_tag, mine).await.status, 200);
}

#[tokio::test]
async fn what_the_data_plane_refuses_is_not_live() {
    let desk = desk().await;
    let first = desk.publish(DOCUMENT).await;
    let body = json!({"config": with_model("not-applicable"), "note": "n"});
    let reply = desk.post("/config/publish", body).await;
    assert_eq!(
        (reply.status.as_u16(), reply.code().as_str()),
        (422, "not_applied")
    );
    assert_eq!(desk.get("/status").await.json()["live"]["revision"], first);
    let ledger = desk.get("/config/publications").await.json();
    assert_eq!(ledger["publications"][0]["state"], "failed");
}

#[tokio::test]
async fn rollback_makes_the_older_revision_live_again() {
    let desk = desk().await;
    let first = desk.publish(DOCUMENT).await;
    desk.publish(&with_model("n")).await;
    let reply = desk
        .post(
            "/config/rollback",
            json!({"revision": first, "note": "back"}),
        )
        .await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(reply.json()["publication"]["kind"], "rollback");
    assert_eq!(desk.get("/config").await.json()["text"], DOCUMENT);
    let nowhere = desk
        .post("/config/rollback", json!({"revision": 99, "note": "back"}))
        .await;
    assert_eq!(nowhere.status, 404);
}

#[tokio::test]
async fn drafts_are_locked_by_version_and_published() {
    let desk = desk().await;
    let body = json!({"title": "t", "config": DOCUMENT});
    let made = desk.post("/config/drafts", body.clone()).await;
    assert_eq!((made.status.as_u16(), made.header("etag")), (201, "\"1\""));
    let path = "/config/drafts/1";
    assert_eq!(
        desk.send(ask("PUT", path, ADMIN), body.clone())
            .await
            .status,
        428
    );
    let at = |tag: &str| ask("PUT", path, ADMIN).header("if-match", tag);
    assert_eq!(
        desk.send(at("\"1\""), body.clone()).await.header("etag"),
        "\"2\""
    );
    let late = desk.send(at("\"1\""), body.clone()).await;
    assert_eq!((late.status.as_u16(), late.code().as_str()), (412, "stale"));
    assert_eq!(late.json()["error"]["details"]["current"]["version"], 2);
    assert_eq!(desk.send(at("x"), body).await.status, 400);
    let old = json!({"draft": {"id": 1, "version": 1}, "note": "n"});
    assert_eq!(desk.post("/config/publish", old).await.status, 412);
    let now = json!({"draft": {"id": 1, "version": 2}, "note": "n"});
    assert_eq!(desk.post("/config/publish", now).await.status, 200);
    assert_eq!(desk.get(path).await.status, 404);
    let kept = desk
        .post(
            "/config/update",
            json!({"config": "broken: [", "description": "later"}),
        )
        .await;
    assert_eq!(kept.status, 201, "{}", kept.text);
    let gone = ask("DELETE", path, ADMIN).header("if-match", "*");
    assert_eq!(desk.send(gone, Value::Null).await.status, 204);
}

#[tokio::test]
async fn previews_and_diffs_tell_what_would_be() {
    let desk = desk().await;
    let first = desk.publish(DOCUMENT).await;
    let preview = desk.post("/config/preview", json!({})).await.json();
    assert_eq!(preview["preview"]["models"][0]["name"], "m");
    assert_eq!(
        preview["references"],
        json!([{"reference": "${CANARY}", "present": true}])
    );
    let diff = desk
        .post("/config/diff", json!({"config": with_model("n")}))
        .await
        .json();
    assert!(!diff["changes"].as_array().unwrap().is_empty());
    let same = desk
        .post("/config/diff", json!({"from": first, "to": first}))
        .await
        .json();
    assert_eq!(same["changes"], json!([]));
    let broken = desk.post("/config/diff", json!({"config": "a: ["})).await;
    assert_eq!(
        (broken.status.as_u16(), broken.code().as_str()),
        (422, "invalid_config")
    );
}

#[tokio::test]
async fn a_key_written_out_is_not_shown_and_what_was_shown_cannot_come_back() {
    let desk = desk().await;
    let literal = DOCUMENT.replace("'${CANARY}'", "canary-literal-key");
    desk.publish(&literal).await;
    let shown = desk.get("/config").await.json();
    assert_eq!(shown["redacted"], true);
    let text = shown["text"].as_str().unwrap();
    assert!(
        text.contains("[redacted]") && !text.contains("canary"),
        "{text}"
    );
    for (path, body) in [
        ("/config/publish", json!({"config": text, "note": "n"})),
        (
            "/config/update",
            json!({"config": text, "description": "n"}),
        ),
    ] {
        let reply = desk.post(path, body).await;
        assert_eq!(
            (reply.status.as_u16(), reply.code().as_str()),
            (422, "redacted"),
            "{path}"
        );
    }
}
