//! Sessions, and requests that another site has a browser send.

use aigw_admin::api::AdminOptions;
use serde_json::{Value, json};

use crate::support::{ADMIN, Desk, VIEWER, ask, bare, desk, desk_with, pass};

const SAME: (&str, &str) = ("origin", "http://127.0.0.1:18081");

/// Cookie and form token of a new session.
async fn log_in(desk: &Desk, token: &str) -> (String, String) {
    let reply = desk
        .send(bare("POST", "/login"), json!({"token": token}))
        .await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let cookie = reply
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let form = reply.json()["form_token"].as_str().unwrap().to_owned();
    (cookie, form)
}

#[tokio::test]
async fn a_session_begins_says_who_it_is_and_ends() {
    let desk = desk().await;
    let reply = desk
        .send(bare("POST", "/login"), json!({"token": ADMIN}))
        .await;
    let set = reply.header("set-cookie");
    assert!(
        set.starts_with("aigw_session=")
            && set.ends_with("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"),
        "{set}"
    );
    let (cookie, form) = log_in(&desk, ADMIN).await;
    let who = desk
        .send(
            bare("GET", "/session").header("cookie", &cookie),
            Value::Null,
        )
        .await
        .json();
    assert_eq!(
        who,
        json!({"authenticated": true, "name": "boss", "role": "admin", "form_token": form})
    );
    let out = bare("POST", "/logout")
        .header("cookie", &cookie)
        .header(SAME.0, SAME.1)
        .header("x-aigw-form-token", &form);
    let out = desk.send(out, Value::Null).await;
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    let who = desk
        .send(
            bare("GET", "/session").header("cookie", &cookie),
            Value::Null,
        )
        .await
        .json();
    assert_eq!(who["authenticated"], false);
    assert_eq!(
        desk.send(
            bare("GET", "/status").header("cookie", &cookie),
            Value::Null
        )
        .await
        .status,
        401
    );
}

#[tokio::test]
async fn a_session_ends_with_its_time_and_with_its_token() {
    let desk = desk().await;
    let (cookie, _) = log_in(&desk, VIEWER).await;
    let status = || bare("GET", "/status").header("cookie", &cookie);
    assert_eq!(desk.send(status(), Value::Null).await.status, 200);
    pass(12 * 60 * 60);
    assert_eq!(desk.send(status(), Value::Null).await.status, 401);
    let (cookie, _) = log_in(&desk, VIEWER).await;
    let list = desk.get("/sessions").await.json();
    let id = list["sessions"][0]["id"].as_str().unwrap().to_owned();
    let end = desk
        .send(
            ask("DELETE", &format!("/sessions/{id}"), ADMIN),
            Value::Null,
        )
        .await;
    assert_eq!(end.status, 204);
    assert_eq!(
        desk.send(
            bare("GET", "/status").header("cookie", &cookie),
            Value::Null
        )
        .await
        .status,
        401
    );
}

#[tokio::test]
async fn over_tls_the_cookie_is_for_this_host_only_and_tls_is_to_stay() {
    let desk = desk_with(AdminOptions {
        tls: true,
        ..AdminOptions::default()
    })
    .await;
    let reply = desk
        .send(bare("POST", "/login"), json!({"token": ADMIN}))
        .await;
    let set = reply.header("set-cookie");
    assert!(
        set.starts_with("__Host-aigw_session=") && set.ends_with("; Secure"),
        "{set}"
    );
    assert_eq!(
        reply.header("strict-transport-security"),
        "max-age=31536000"
    );
    let value = set.split(['=', ';']).nth(1).unwrap().to_owned();
    let plain = bare("GET", "/status").header("cookie", format!("aigw_session={value}"));
    assert_eq!(desk.send(plain, Value::Null).await.status, 401);
}

#[tokio::test]
async fn a_browser_changes_things_only_from_this_origin_and_with_the_form_token() {
    let desk = desk().await;
    let (cookie, form) = log_in(&desk, ADMIN).await;
    let base = || bare("POST", "/config/drafts").header("cookie", &cookie);
    let body = json!({"title": "t", "config": "version: 1\n"});
    let good = base()
        .header(SAME.0, SAME.1)
        .header("x-aigw-form-token", &form);
    assert_eq!(desk.send(good, body.clone()).await.status, 201);
    let own_word = base()
        .header("sec-fetch-site", "same-origin")
        .header("x-aigw-form-token", &form);
    assert_eq!(desk.send(own_word, body.clone()).await.status, 201);
    let (_, other_form) = log_in(&desk, ADMIN).await;
    for (request, code) in [
        (base().header("x-aigw-form-token", &form), "cross_origin"),
        (
            base()
                .header("x-aigw-form-token", &form)
                .header("origin", "http://evil.example"),
            "cross_origin",
        ),
        (
            base()
                .header("x-aigw-form-token", &form)
                .header("origin", "null"),
            "cross_origin",
        ),
        (
            base()
                .header("x-aigw-form-token", &form)
                .header("sec-fetch-site", "same-site")
                .header(SAME.0, SAME.1),
            "cross_origin",
        ),
        (base().header(SAME.0, SAME.1), "form_token"),
        (
            base()
                .header(SAME.0, SAME.1)
                .header("x-aigw-form-token", ""),
            "form_token",
        ),
        (
            base()
                .header(SAME.0, SAME.1)
                .header("x-aigw-form-token", other_form),
            "form_token",
        ),
    ] {
        let reply = desk.send(request, body.clone()).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (403, code));
    }
    assert_eq!(
        desk.get("/config/drafts").await.json()["drafts"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test]
async fn another_site_cannot_log_a_browser_in() {
    let desk = desk().await;
    let request = bare("POST", "/login").header("sec-fetch-site", "cross-site");
    let reply = desk.send(request, json!({"token": ADMIN})).await;
    assert_eq!(
        (reply.status.as_u16(), reply.code().as_str()),
        (403, "cross_origin")
    );
    let form = bare("POST", "/login").header("content-type", "text/plain");
    let body = axum::body::Body::from(format!("{{\"token\": \"{ADMIN}\"}}"));
    assert_eq!(desk.raw(form.body(body).unwrap()).await.status, 415);
}

#[tokio::test]
async fn a_rebound_name_reaches_nothing_but_scripts_may_use_any() {
    let desk = desk().await;
    let rebound = |request: http::request::Builder| {
        let mut request = request.body(axum::body::Body::empty()).unwrap();
        request
            .headers_mut()
            .insert("host", "evil.example:18081".parse().unwrap());
        request
    };
    for path in ["/session", "/status"] {
        let reply = desk.raw(rebound(bare("GET", path))).await;
        assert_eq!(
            (reply.status.as_u16(), reply.code().as_str()),
            (421, "unknown_host")
        );
    }
    assert_eq!(
        desk.raw(rebound(ask("GET", "/status", VIEWER)))
            .await
            .status,
        200
    );
    let named = AdminOptions {
        hosts: vec!["evil.example".into()],
        ..AdminOptions::default()
    };
    let desk = desk_with(named).await;
    assert_eq!(desk.raw(rebound(bare("GET", "/session"))).await.status, 200);
}
