use super::*;

const CHECK: Check = Check {
    name: "tool",
    model: "agent",
    prompt: "{nonce} in {work}",
    says: &["{nonce}-ran"],
    arrives: &["{nonce}-ran", "turn"],
    ..Check::SUCCESS
};

fn ended(code: i32, said: String) -> Ended {
    Ended {
        code: Some(code),
        said,
    }
}

async fn judged(check: &Check, code: i32, said: &str, sent: &[&str]) -> Result<()> {
    let upstream = FakeUpstream::start().await;
    let world = World {
        gateway: "http://127.0.0.1:1",
        upstream: &upstream,
    };
    let run = Run::new(("agent", ""), check, "openai_chat", Path::new("/"), &world).unwrap();
    let arrived: Vec<_> = sent
        .iter()
        .map(|body| recorded(&body.replace(NONCE, &run.nonce)))
        .collect();
    check.judge(
        &run,
        &ended(code, said.replace(NONCE, &run.nonce)),
        &arrived,
    )
}

fn recorded(body: &str) -> Recorded {
    Recorded {
        method: "POST".into(),
        path: "/v1/chat/completions".into(),
        headers: Vec::new(),
        body: body.to_owned().into(),
        at: std::time::Instant::now(),
        connection: 1,
        request_id: String::new(),
    }
}

#[tokio::test]
async fn what_is_said_and_what_arrives_both_count() {
    let sent = ["{nonce}", "turn {nonce}-ran"];
    assert!(judged(&CHECK, 0, "{nonce}-ran", &sent).await.is_ok());
    assert!(judged(&CHECK, 1, "{nonce}-ran", &sent).await.is_err());
    assert!(judged(&CHECK, 0, "ran", &sent).await.is_err());
    assert!(judged(&CHECK, 0, "{nonce}-ran", &sent[..1]).await.is_err());
    assert!(judged(&CHECK, 0, "{nonce}-ran", &[]).await.is_err());
}

#[tokio::test]
async fn a_failure_is_wanted_where_one_is_due() {
    let check = Check {
        says: &["too long"],
        ..Check::FAILURE
    };
    assert!(judged(&check, 1, "too long", &["{nonce}"]).await.is_ok());
    assert!(judged(&check, 0, "too long", &["{nonce}"]).await.is_err());
}

#[tokio::test]
async fn models_are_named_after_upstream_and_agent() {
    let upstream = FakeUpstream::start().await;
    let world = World {
        gateway: "http://127.0.0.1:1",
        upstream: &upstream,
    };
    for (model, expected) in [
        ("talk", "talk-on-gemini_generate"),
        ("429-for-", "429-on-gemini_generate-for-codex"),
    ] {
        let check = Check { model, ..CHECK };
        let run = Run::new(
            ("codex", ""),
            &check,
            "gemini_generate",
            Path::new("/"),
            &world,
        )
        .unwrap();
        assert_eq!(run.model, expected);
        assert!(!run.prompt.contains('{'), "{}", run.prompt);
    }
}
