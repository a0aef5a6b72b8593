//! Who is let in, and how often they may be wrong.

use std::net::IpAddr;

use aigw_admin::api::{AdminOptions, Peer};
use axum::body::Body;
use serde_json::{Value, json};

use crate::support::{ADMIN, VIEWER, ask, bare, desk, desk_with, pass};

#[tokio::test]
async fn a_bad_bearer_is_final_even_beside_a_good_session() {
    let desk = desk().await;
    let login = desk
        .send(bare("POST", "/login"), json!({"token": ADMIN}))
        .await;
    let cookie = login
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let request = ask("GET", "/status", "wrong-token").header("cookie", cookie);
    let reply = desk.send(request, Value::Null).await;
    assert_eq!(
        (reply.status.as_u16(), reply.code().as_str()),
        (401, "invalid_token")
    );
    assert!(reply.header("www-authenticate").starts_with("Bearer"));
}

#[tokio::test]
async fn roles_decide_and_denials_are_written_down_once_a_minute() {
    let desk = desk().await;
    for _ in 0..5 {
        let reply = desk
            .send(ask("POST", "/keys", VIEWER), json!({"name": "x"}))
            .await;
        assert_eq!(
            (reply.status.as_u16(), reply.code().as_str()),
            (403, "forbidden")
        );
    }
    let rows = desk.get("/audit?action=auth.deny").await.json();
    let rows = rows["rows"].as_array().unwrap().clone();
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(rows[0]["actor"], "guest");
    assert_eq!(rows[0]["source"], "192.0.2.1");
    assert_eq!(rows[0]["resource"], "POST /api/admin/keys");
    assert_eq!(rows[0]["success"], false);
    assert_eq!(desk.get("/audit/verify").await.status, 200);
}

#[tokio::test]
async fn wrong_tokens_make_their_source_wait_and_nobody_else() {
    let desk = desk().await;
    let good_before = desk.send(ask("GET", "/status", VIEWER), Value::Null).await;
    assert_eq!(good_before.status, 200);
    for _ in 0..5 {
        let reply = desk.send(ask("GET", "/status", "wrong"), Value::Null).await;
        assert_eq!(reply.status, 401);
    }
    for path in ["/login", "/status"] {
        let (request, body) = match path {
            "/login" => (bare("POST", path), json!({"token": "wrong"})),
            _ => (ask("GET", path, "wrong"), Value::Null),
        };
        let reply = desk.send(request, body).await;
        assert_eq!(
            (reply.status.as_u16(), reply.header("retry-after")),
            (429, "1"),
            "{path}"
        );
    }
    // The right token from there, which was not seen lately, waits as well: else guessing would not be slowed down.
    assert_eq!(
        desk.send(ask("GET", "/status", ADMIN), Value::Null)
            .await
            .status,
        429
    );
    assert_eq!(
        desk.send(ask("GET", "/status", VIEWER), Value::Null)
            .await
            .status,
        200
    );
    let mut elsewhere = ask("GET", "/status", ADMIN).body(Body::empty()).unwrap();
    let other: IpAddr = "192.0.2.2".parse().unwrap();
    elsewhere.extensions_mut().insert(Peer(other));
    assert_eq!(desk.raw(elsewhere).await.status, 200);
    pass(2);
    assert_eq!(
        desk.send(ask("GET", "/status", ADMIN), Value::Null)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_flood_of_wrong_tokens_does_not_fill_the_audit() {
    let desk = desk().await;
    for n in 0..200 {
        let wrong = format!("wrong-{n}");
        desk.send(ask("GET", "/status", &wrong), Value::Null).await;
    }
    pass(60);
    let rows = desk.get("/audit?limit=500").await.json();
    let failed = rows["rows"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["success"] == false);
    assert!(failed.count() <= 10);
}

#[tokio::test]
async fn the_address_behind_a_trusted_proxy_is_the_callers_and_strangers_cannot_claim_one() {
    let options = AdminOptions {
        trusted_proxies: vec!["192.0.2.1/32".parse().unwrap()],
        ..AdminOptions::default()
    };
    let desk = desk_with(options).await;
    let request = ask("POST", "/keys", VIEWER).header("x-forwarded-for", "10.9.9.9, 198.51.100.7");
    desk.send(request, json!({})).await;
    let mut stranger = ask("POST", "/tokens", VIEWER)
        .header("x-forwarded-for", "127.0.0.1")
        .body(Body::empty())
        .unwrap();
    let other: IpAddr = "203.0.113.5".parse().unwrap();
    stranger.extensions_mut().insert(Peer(other));
    desk.raw(stranger).await;
    let rows = desk.get("/audit?action=auth.deny").await.json();
    assert_eq!(rows["rows"][1]["source"], "198.51.100.7");
    assert_eq!(rows["rows"][0]["source"], "203.0.113.5");
}

#[tokio::test]
async fn tokens_are_made_used_and_revoked() {
    let desk = desk().await;
    let made = desk
        .post("/tokens", json!({"name": "ci", "role": "viewer"}))
        .await;
    assert_eq!(made.status, 201);
    let secret = made.json()["secret"].as_str().unwrap().to_owned();
    let id = made.json()["token"]["id"].as_i64().unwrap();
    assert_eq!(
        desk.send(ask("GET", "/status", &secret), Value::Null)
            .await
            .status,
        200
    );
    let twice = desk
        .post("/tokens", json!({"name": "ci", "role": "admin"}))
        .await;
    assert_eq!(
        (twice.status.as_u16(), twice.code().as_str()),
        (409, "name_taken")
    );
    let revoked = desk
        .post(&format!("/tokens/{id}/revoke"), Value::Null)
        .await;
    assert!(revoked.json()["revoked_at"].is_string());
    assert_eq!(
        desk.send(ask("GET", "/status", &secret), Value::Null)
            .await
            .status,
        401
    );
    assert_eq!(
        desk.post("/tokens/999/revoke", Value::Null).await.status,
        404
    );
}
