//! What holds for every endpoint: the document, roles, headers, errors.

use aigw_admin::api::{AdminOptions, openapi};
use axum::body::Body;
use serde_json::{Value, json};

use crate::support::{ADMIN, VIEWER, ask, bare, desk, desk_with};

/// Method, path with something in its variables, and role of every documented endpoint.
fn documented() -> Vec<(String, String, String)> {
    let document: Value = serde_json::from_str(&openapi()).unwrap();
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let path = path.strip_prefix("/api/admin").unwrap();
        let parts = path
            .split('/')
            .map(|part| if part.starts_with('{') { "1" } else { part });
        let path = parts.collect::<Vec<_>>().join("/");
        for (method, operation) in methods.as_object().unwrap() {
            let role = operation["x-aigw-role"].as_str().unwrap();
            all.push((method.to_uppercase(), path.clone(), role.to_owned()));
        }
    }
    assert!(all.len() > 40, "{}", all.len());
    all
}

#[tokio::test]
async fn every_documented_endpoint_is_there() {
    let desk = desk().await;
    for (method, path, _) in documented() {
        let reply = desk.send(ask(&method, &path, ADMIN), Value::Null).await;
        assert_ne!(reply.status, 405, "{method} {path}");
        let unrouted = reply.status == 404 && reply.text.contains("nothing at this path");
        assert!(!unrouted, "{method} {path}");
        assert!(
            !reply.status.is_server_error(),
            "{method} {path}: {}",
            reply.text
        );
    }
}

#[tokio::test]
async fn nothing_is_there_that_is_not_documented() {
    let desk = desk().await;
    let documented = documented();
    for (_, path, _) in &documented {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] {
            let known = documented
                .iter()
                .any(|(one, at, _)| one == method && at == path);
            if !known {
                let reply = desk.send(ask(method, path, ADMIN), Value::Null).await;
                assert_eq!(
                    (reply.status.as_u16(), reply.code().as_str()),
                    (405, "method_not_allowed"),
                    "{method} {path}"
                );
                assert!(!reply.header("allow").is_empty(), "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn without_a_token_nothing_but_login_answers() {
    let desk = desk().await;
    for (method, path, role) in documented() {
        let reply = desk.send(bare(&method, &path), Value::Null).await;
        match role.as_str() {
            "none" => assert_ne!(reply.status, 401, "{method} {path}"),
            _ => assert_eq!(
                (reply.status.as_u16(), reply.code().as_str()),
                (401, "unauthorized"),
                "{method} {path}"
            ),
        }
    }
}

#[tokio::test]
async fn a_viewer_may_read_and_nothing_else() {
    let desk = desk().await;
    let reads_by_post = [
        "/config/validate",
        "/config/preview",
        "/config/diff",
        "/explain",
        "/login",
        "/logout",
    ];
    for (method, path, role) in documented() {
        let reply = desk.send(ask(&method, &path, VIEWER), Value::Null).await;
        let writes = method != "GET" && !reads_by_post.contains(&path.as_str());
        assert_eq!(writes, role == "admin", "{method} {path}");
        assert_eq!(
            writes,
            reply.status == 403,
            "{method} {path}: {}",
            reply.text
        );
    }
}

#[tokio::test]
async fn every_answer_has_the_security_headers_and_errors_have_one_form() {
    let desk = desk().await;
    let mut replies = vec![
        desk.get("/nowhere").await,
        desk.send(bare("GET", "/status"), Value::Null).await,
        desk.post("/config/validate", json!({"config": 1})).await,
    ];
    for reply in &replies {
        let error = reply.json()["error"].clone();
        assert!(
            error["code"].is_string()
                && error["message"].is_string()
                && error["details"].is_object(),
            "{error}"
        );
        assert_eq!(reply.header("content-type"), "application/json");
    }
    replies.push(desk.get("/status").await);
    replies.push(desk.get("/openapi.json").await);
    for reply in replies {
        let policy = reply.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; ") && policy.contains("frame-ancestors 'none'")
        );
        assert!(!policy.contains("unsafe"));
        assert_eq!(reply.header("cache-control"), "no-store");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert_eq!(reply.header("x-frame-options"), "DENY");
        assert_eq!(reply.header("referrer-policy"), "no-referrer");
        assert_eq!(reply.header("strict-transport-security"), "");
    }
}

#[tokio::test]
async fn bodies_are_bounded_and_must_be_json() {
    let desk = desk().await;
    let text = Body::from("version: 1");
    let yaml = ask("POST", "/config/validate", ADMIN).header("content-type", "application/yaml");
    let reply = desk.raw(yaml.body(text).unwrap()).await;
    assert_eq!(
        (reply.status.as_u16(), reply.code().as_str()),
        (415, "not_json")
    );
    let large = json!({"config": "#".repeat(10 * 1024 * 1024 + 1)});
    let reply = desk.post("/config/validate", large).await;
    assert_eq!(
        (reply.status.as_u16(), reply.code().as_str()),
        (413, "too_large")
    );
    let huge = json!({"name": "k".repeat(512 * 1024)});
    assert_eq!(desk.post("/keys", huge).await.status, 413);
    let unknown = desk
        .post("/explain", json!({"model": "m", "modle": 1}))
        .await;
    assert_eq!(
        unknown.json()["error"]["details"],
        json!({"path": "modle", "line": 1, "column": 20})
    );
    assert_eq!(
        desk.post("/explain", json!({"model": "m"})).await.status,
        200
    );
    assert_eq!(
        desk.post("/explain", json!({"model": "x"})).await.code(),
        "not_explained"
    );
}

#[tokio::test]
async fn with_the_store_away_status_says_so_and_the_rest_is_503() {
    let desk = desk_with(AdminOptions::default()).await;
    assert_eq!(desk.get("/status").await.json()["store"]["available"], true);
    desk.lifecycle.store().close().await;
    let reply = desk.get("/config").await;
    assert_eq!(
        (reply.status.as_u16(), reply.code().as_str()),
        (503, "store_unavailable")
    );
    assert_eq!(
        desk.send(bare("GET", "/session"), Value::Null).await.status,
        200
    );
}
