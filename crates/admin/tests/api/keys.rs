//! Client keys and sealed secrets.

use serde_json::{Value, json};

use crate::support::{ADMIN, DOCUMENT, ask, desk};

#[tokio::test]
async fn a_key_is_shown_once_changed_by_version_rotated_and_revoked() {
    let desk = desk().await;
    let made = desk
        .post(
            "/keys",
            json!({"name": "team", "models": ["gpt-*"], "expires_at": "2030-01-01T00:00:00Z"}),
        )
        .await;
    assert_eq!((made.status.as_u16(), made.header("etag")), (201, "\"1\""));
    let secret = made.json()["secret"].as_str().unwrap().to_owned();
    let id = made.json()["key"]["id"].as_str().unwrap().to_owned();
    assert_eq!(*desk.runtime.keys.lock().unwrap(), 1);
    let path = format!("/keys/{id}");
    for text in [desk.get("/keys").await.text, desk.get(&path).await.text] {
        assert!(!text.contains(&secret), "{text}");
    }
    let change = json!({"tags": ["a"], "expires_at": null});
    assert_eq!(
        desk.send(ask("PATCH", &path, ADMIN), change.clone())
            .await
            .status,
        428
    );
    let at = |tag: &str| ask("PATCH", &path, ADMIN).header("if-match", tag);
    let changed = desk.send(at("\"1\""), change.clone()).await.json();
    assert_eq!(changed["models"], json!(["gpt-*"]));
    assert_eq!(
        (&changed["tags"], &changed["expires_at"]),
        (&json!(["a"]), &Value::Null)
    );
    let late = desk.send(at("\"1\""), change).await;
    assert_eq!((late.status.as_u16(), late.code().as_str()), (412, "stale"));
    let unknown = desk.send(at("*"), json!({"limits": {"rpm": 1}})).await;
    assert_eq!(
        (unknown.status.as_u16(), unknown.code().as_str()),
        (400, "invalid_body")
    );
    let range = desk
        .send(at("*"), json!({"ip_allow": ["10.0.0.0/99"]}))
        .await;
    assert_eq!(range.status, 400);
    let rotated = desk
        .post(&format!("{path}/rotate"), json!({"grace_seconds": 60}))
        .await
        .json();
    assert_ne!(rotated["secret"], json!(secret));
    assert!(rotated["key"]["grace_until"].is_string());
    assert_eq!(
        desk.post(&format!("{path}/revoke"), Value::Null)
            .await
            .status,
        200
    );
    assert_eq!(*desk.runtime.keys.lock().unwrap(), 0);
    let again = desk.post(&format!("{path}/rotate"), json!({})).await;
    assert_eq!(
        (again.status.as_u16(), again.code().as_str()),
        (409, "revoked")
    );
    assert_eq!(
        desk.post("/keys/none/revoke", Value::Null).await.status,
        404
    );
}

#[tokio::test]
async fn a_secret_goes_in_is_served_and_cannot_be_removed_while_in_use() {
    let desk = desk().await;
    let set = |name: &str, value: Value| {
        let request = ask("PUT", &format!("/secrets/{name}"), ADMIN);
        desk.send(request, json!({"value": value}))
    };
    let first = set("up", json!("canary-sealed-1")).await.json();
    assert_eq!(
        (&first["secret"]["version"], &first["publication"]),
        (&json!(1), &Value::Null)
    );
    let revision = desk
        .publish(&DOCUMENT.replace("${CANARY}", "${secret:up}"))
        .await;
    let second = set("up", json!("canary-sealed-2")).await.json();
    assert_eq!(second["publication"]["kind"], "secret");
    assert_ne!(second["publication"]["revision"], revision);
    let status = desk.get("/secrets/status").await.json();
    assert_eq!(
        status,
        json!({"references": [{"reference": "${secret:up}", "present": true}], "missing_count": 0, "ok": true})
    );
    let gone = desk
        .send(ask("DELETE", "/secrets/up", ADMIN), Value::Null)
        .await;
    assert_eq!(
        (gone.status.as_u16(), gone.code().as_str()),
        (409, "in_use")
    );
    let other = set("other", json!("x")).await;
    assert_eq!(other.status, 200);
    assert_eq!(
        desk.send(ask("DELETE", "/secrets/other", ADMIN), Value::Null)
            .await
            .status,
        204
    );
    assert_eq!(
        desk.send(ask("DELETE", "/secrets/other", ADMIN), Value::Null)
            .await
            .status,
        404
    );
    assert_eq!(set("up", json!("")).await.status, 400);
    assert_eq!(set("a%20b", json!("x")).await.status, 400);
    let weak = desk
        .post("/secrets/rotate_master", json!({"master_key": "short"}))
        .await;
    assert_eq!(weak.status, 400);
    let new = desk
        .post(
            "/secrets/rotate_master",
            json!({"master_key": "canary-another-master-key-0123456789"}),
        )
        .await;
    assert_eq!(new.status, 204);
    assert_eq!(desk.get("/secrets/status").await.json()["ok"], true);
}
