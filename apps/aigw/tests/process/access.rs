use crate::support::{ADMIN_TOKEN, Aigw, CLIENT_KEY, directory};

const MESSAGES: &str =
    r#"{"model":"demo","max_tokens":16,"messages":[{"role":"user","content":"Hello"}]}"#;

#[tokio::test]
async fn all_four_headers_open_the_gateway() {
    let home = directory();
    let running = Aigw::start(home.path(), &[]);
    let bearer = format!("Bearer {CLIENT_KEY}");
    let lower = format!("bearer {CLIENT_KEY}");
    for headers in [
        vec![("authorization", &*bearer)],
        vec![("authorization", &lower)],
        vec![("x-api-key", CLIENT_KEY)],
        vec![("x-goog-api-key", CLIENT_KEY)],
        vec![("api-key", CLIENT_KEY)],
        vec![
            ("authorization", "Bearer sk-ant-of-the-agent"),
            ("x-api-key", CLIENT_KEY),
        ],
        vec![
            ("authorization", &bearer),
            ("x-api-key", "sk-ant-of-the-agent"),
        ],
    ] {
        let answer = running.ask(&headers).await;
        assert_eq!(answer.status(), 200, "{headers:?}: {}", answer.text());
    }
}

#[tokio::test]
async fn missing_and_wrong_keys_are_refused_in_the_callers_dialect() {
    let home = directory();
    let running = Aigw::start(home.path(), &[]);
    let admin = format!("Bearer {ADMIN_TOKEN}");
    for headers in [
        vec![],
        vec![("x-api-key", "wrong")],
        vec![("authorization", &*admin)],
        vec![("authorization", "Basic eA==")],
    ] {
        let answer = running.ask(&headers).await;
        assert_eq!(answer.status(), 401, "{headers:?}");
        assert!(
            answer.json()["error"]["message"].is_string(),
            "{}",
            answer.text()
        );
        let answer = running
            .gateway()
            .await
            .post("/v1/messages", &headers, MESSAGES)
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 401, "{headers:?}");
        assert_eq!(answer.json()["type"], "error", "{}", answer.text());
        assert_eq!(
            answer.json()["error"]["type"],
            "authentication_error",
            "{}",
            answer.text()
        );
    }
}

#[tokio::test]
async fn health_and_readiness_need_no_key() {
    let home = directory();
    let running = Aigw::start(home.path(), &[]);
    for path in ["/-/health", "/health", "/-/ready", "/ready", "/"] {
        assert_eq!(
            running
                .gateway()
                .await
                .fetch(path, &[])
                .await
                .expect("an answer")
                .status(),
            200,
            "{path}"
        );
    }
}
