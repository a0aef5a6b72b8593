//! Calls in another dialect than their target's: every pair of dialects, whole and streamed, through real sockets.

mod heard;

use aigw_testkit::FakeUpstream;

use crate::canned::Canned;
use crate::harness::{AUTH, DIALECTS, World, provider, refusal, refused, request};
use heard::{collected, heard, text};

fn name(dialect: &str) -> &'static str {
    match dialect {
        "chat" => "openai_chat",
        "responses" => "openai_responses",
        "messages" => "anthropic_messages",
        _ => "gemini_generate",
    }
}

/// A provider that speaks one dialect.
fn speaking(key: &str, dialect: &str, base_url: &str) -> String {
    provider(key, base_url, "").replace(
        "[openai_chat, openai_responses, anthropic_messages]",
        &format!("[{}]", name(dialect)),
    )
}

/// A gateway whose one target speaks `upstream`.
fn world(upstream: &str, base_url: &str, model: &str, more: &str) -> World {
    World::start(&format!(
        "version: 1\nproviders:\n{}models:\n  m:\n    targets: [{{provider: up, model: \"{model}\"}}]\n{more}\
         routing: {{retry: {{attempts: 1}}}}\n",
        speaking("up", upstream, base_url)
    ))
}

/// Every pair of different dialects.
fn pairs() -> impl Iterator<Item = (&'static str, &'static str)> {
    let all = DIALECTS.into_iter();
    all.flat_map(|client| DIALECTS.map(|upstream| (client, upstream)))
        .filter(|(client, upstream)| client != upstream)
}

/// A request with one tool, so that calls of it mean something.
fn with_tools(dialect: &str, stream: bool) -> (&'static str, String) {
    let (path, body) = request(dialect, "m", stream);
    let schema = r#"{"type":"object","properties":{}}"#;
    let tool = |name: &str| match dialect {
        "chat" => {
            format!(r#"{{"type":"function","function":{{"name":"{name}","parameters":{schema}}}}}"#)
        }
        "responses" => format!(r#"{{"type":"function","name":"{name}","parameters":{schema}}}"#),
        _ => format!(r#"{{"name":"{name}","input_schema":{schema}}}"#),
    };
    let tools = format!("[{},{}]", tool("get_weather"), tool("lookup"));
    (
        path,
        format!(r#"{},"tools":{tools}}}"#, body.strip_suffix('}').unwrap()),
    )
}

#[tokio::test]
async fn text_tools_and_thinking_arrive_in_every_pair_whole_as_streamed() {
    for scenario in ["text", "tools", "thinking"] {
        for (client, upstream) in pairs() {
            let fake = FakeUpstream::start().await;
            let world = world(upstream, &fake.base_url(), scenario, "");
            let mut both = Vec::new();
            for stream in [false, true] {
                let (path, body) = with_tools(client, stream);
                let answer = world
                    .client()
                    .await
                    .post(path, &[AUTH], body)
                    .await
                    .unwrap();
                let label = format!(
                    "{scenario}: {client} to {upstream}, stream {stream}: {}",
                    answer.text()
                );
                assert_eq!(answer.status(), 200, "{label}");
                let whole = if stream {
                    collected(client, &answer)
                } else {
                    answer.json()
                };
                let heard = heard(client, &whole);
                assert_eq!(heard.text.is_empty(), scenario == "tools", "{label}");
                assert_eq!(
                    heard.tools.len(),
                    if scenario == "tools" { 2 } else { 0 },
                    "{label}"
                );
                assert_eq!(
                    heard.reasoning.is_empty(),
                    scenario != "thinking",
                    "{label}"
                );
                let tools = scenario == "tools";
                let stop = match client {
                    "chat" if tools => "tool_calls",
                    "chat" => "stop",
                    "responses" => "completed",
                    _ if tools => "tool_use",
                    _ => "end_turn",
                };
                assert_eq!(heard.stop, stop, "{label}");
                both.push(heard);
            }
            // The fake counts its requests in its text; all else is the same.
            for heard in &mut both {
                heard.text.clear();
            }
            assert_eq!(both[0], both[1], "{scenario}: {client} to {upstream}");
            for record in world.records(2).await {
                assert_eq!(record.outcome.as_str(), "complete");
                assert_eq!(
                    (record.usage.input, record.usage.cached),
                    (Some(25), Some(8)),
                    "{client} to {upstream}"
                );
                assert!(record.loss.is_some());
            }
            let sent = fake.last_request().unwrap();
            assert_eq!(
                sent.path,
                request(upstream, "m", false).0,
                "{client} to {upstream}"
            );
        }
    }
}

#[tokio::test]
async fn errors_come_in_the_callers_dialect_with_the_upstreams_words() {
    for (client, upstream) in pairs() {
        for scenario in [
            "text+status-429-after-2",
            "text+context_length",
            "text+status-529",
            "text+error-first",
        ] {
            let fake = FakeUpstream::start().await;
            let world = world(upstream, &fake.base_url(), scenario, "");
            for stream in [false, true] {
                if scenario.ends_with("first") && !stream {
                    continue;
                }
                let answer = world.ask(client, "m", stream).await;
                let label = format!("{scenario}: {client} to {upstream}: {}", answer.text());
                let (status, _) = refusal(client, &answer);
                assert!(status >= 400, "{label}");
                if scenario.contains("429") {
                    assert_eq!(
                        (status, answer.header("retry-after")),
                        (429, Some("2")),
                        "{label}"
                    );
                    break;
                }
                // Clients of Anthropic repeat a 503 whatever `x-should-retry` says.
                if scenario.contains("529") && [client, upstream].contains(&"messages") {
                    let told = if client == "messages" { 529 } else { 503 };
                    assert_eq!(status, told, "{label}");
                }
                if client == "messages" && scenario.contains("context") {
                    assert!(
                        text(&answer.json(), "/error/message").contains("prompt is too long: "),
                        "{label}"
                    );
                }
            }
        }
    }
}

#[tokio::test]
async fn a_stream_that_is_cut_ends_with_the_callers_error_event_and_no_terminator() {
    for scenario in [
        "text+eof-after-2",
        "tools+cut-after-4",
        "text+error-after-2",
    ] {
        for (client, upstream) in pairs() {
            let fake = FakeUpstream::start().await;
            let world = world(upstream, &fake.base_url(), scenario, "");
            let (path, body) = with_tools(client, true);
            let answer = world
                .client()
                .await
                .post(path, &[AUTH], body)
                .await
                .unwrap();
            let label = format!("{scenario}: {client} to {upstream}: {}", answer.text());
            assert_eq!(answer.status(), 200, "{label}");
            let last = answer.events().last().unwrap().json();
            assert!(last["error"]["message"].is_string(), "{label}");
            for terminator in [
                "[DONE]",
                "message_stop",
                "response.completed",
                "finish_reason\":\"tool_calls",
            ] {
                assert!(!answer.text().contains(terminator), "{label}");
            }
            assert_eq!(world.records(1).await[0].outcome.as_str(), "cut", "{label}");
        }
    }
}

#[tokio::test]
async fn a_missing_terminator_is_added_and_malformed_events_are_left_out() {
    for (client, upstream) in pairs() {
        let fake = FakeUpstream::start().await;
        let world = world(
            upstream,
            &fake.base_url(),
            "text+malformed-after-2+no-terminator",
            "",
        );
        let answer = world.ask(client, "m", true).await;
        let record = world.records(1).await.remove(0);
        let label = format!("{client} to {upstream}: {}", answer.text());
        assert_eq!(record.malformed_events, 1, "{label}");
        if upstream == "responses" {
            // Nothing but its terminal event says that it is whole.
            assert_eq!(record.outcome.as_str(), "cut", "{label}");
            assert!(!answer.text().contains("message_stop"), "{label}");
        } else {
            assert_eq!(record.outcome.as_str(), "complete", "{label}");
            assert!(
                !heard(client, &collected(client, &answer)).text.is_empty(),
                "{label}"
            );
        }
    }
}

#[tokio::test]
async fn a_translated_stream_is_not_continued_and_continues_none() {
    for (client, own, other) in [
        ("responses", "up", "other"),
        ("responses", "other", "up"),
        ("chat", "up", "other"),
    ] {
        let fake = FakeUpstream::start().await;
        let world = World::start(&format!(
            "version: 1\nproviders:\n{}{}models:\n  m: {{targets: [{{provider: {own}, model: text+eof-after-2}}, {{provider: {other}, model: text, priority: 1}}]}}\n\
             routing: {{stream: {{on_break: continue}}, retry: {{attempts: 2}}}}\n",
            speaking("up", "chat", &fake.base_url()),
            speaking("other", "messages", &fake.base_url()),
        ));
        let answer = world.ask(client, "m", true).await;
        let last = answer.events().last().unwrap().json();
        assert!(last["error"].is_object(), "{}", answer.text());
        assert_eq!(world.records(1).await[0].outcome.as_str(), "cut");
        let first = &fake.requests()[0].path;
        assert!(fake.requests().iter().all(|sent| sent.path == *first));
        assert!(fake.count() == 1 || client == "chat");
    }
}

#[tokio::test]
async fn what_is_lost_is_told_in_header_and_record_and_refused_when_strict() {
    let fake = FakeUpstream::start().await;
    let body = r#"{"model":"m","max_tokens":9,"top_k":5,"messages":[{"role":"user","content":[{"type":"text","text":"hi","cache_control":{"type":"ephemeral"}}]}]}"#;
    let lenient = world("chat", &fake.base_url(), "text", "");
    let answer = lenient
        .client()
        .await
        .post("/v1/messages", &[AUTH], body)
        .await
        .unwrap();
    assert_eq!(answer.status(), 200, "{}", answer.text());
    let header = answer.header("x-aigw-loss").unwrap();
    assert!(
        header.contains("messages[0].content[0].cache_control"),
        "{header}"
    );
    let loss = lenient.records(1).await.remove(0).loss.unwrap();
    assert!(
        loss.dropped
            .iter()
            .any(|it| it.path.ends_with("cache_control") && !it.reason.is_empty())
    );

    let strict = world("chat", &fake.base_url(), "text", "    fidelity: strict\n");
    let sent = fake.count();
    let answer = strict
        .client()
        .await
        .post("/v1/messages", &[AUTH], body)
        .await
        .unwrap();
    assert_eq!(
        refusal("messages", &answer),
        refused(400, "fidelity_strict")
    );
    assert!(
        answer
            .text()
            .contains("messages[0].content[0].cache_control"),
        "{}",
        answer.text()
    );
    assert_eq!(answer.header("x-aigw-attempts"), Some("0"));
    let lost = answer.header("x-aigw-loss").unwrap();
    assert!(
        lost.contains("messages[0].content[0].cache_control"),
        "{lost}"
    );
    let record = strict.records(1).await.remove(0);
    assert!(!record.loss.unwrap().dropped.is_empty());
    assert_eq!(fake.count(), sent);
    assert_eq!(strict.ask("messages", "m", true).await.status(), 200);
}

#[tokio::test]
async fn what_has_to_be_made_up_is_noted_and_headers_of_the_callers_dialect_stay() {
    let fake = FakeUpstream::start().await;
    let world = world(
        "messages",
        &fake.base_url(),
        "text",
        "    max_output_tokens: 777\n",
    );
    let headers = [
        AUTH,
        ("user-agent", "caller/1"),
        ("traceparent", "00-a-b-01"),
        ("openai-organization", "org"),
        ("x-stainless-lang", "js"),
        ("x-custom", "1"),
    ];
    let (path, body) = request("chat", "m", false);
    let answer = world
        .client()
        .await
        .post(&format!("{path}?a=b"), &headers, body)
        .await
        .unwrap();
    assert_eq!(answer.status(), 200, "{}", answer.text());
    assert_eq!(answer.header("x-aigw-loss"), None);
    assert_eq!(answer.json()["model"], "m");
    let loss = world.records(1).await.remove(0).loss.unwrap();
    let assumed: Vec<_> = loss
        .assumed
        .iter()
        .map(|it| (&*it.path, &*it.value))
        .collect();
    assert_eq!(
        assumed,
        [
            ("max_tokens", "777"),
            ("headers.anthropic-version", "\"2023-06-01\"")
        ]
    );
    let sent = fake.last_request().unwrap();
    assert_eq!(sent.path, "/v1/messages");
    let has = |name: &str| {
        sent.headers
            .iter()
            .any(|(header, _)| header.eq_ignore_ascii_case(name))
    };
    for (name, expected) in [
        ("user-agent", true),
        ("traceparent", true),
        ("anthropic-version", true),
        ("x-api-key", true),
        ("openai-organization", false),
        ("x-stainless-lang", false),
        ("x-custom", false),
    ] {
        assert_eq!(has(name), expected, "{name}");
    }
}

#[tokio::test]
async fn failover_crosses_dialects_and_within_a_priority_the_callers_comes_first() {
    for (client, other) in pairs() {
        let (first, second) = (
            FakeUpstream::named("own").await,
            FakeUpstream::named("other").await,
        );
        let world = World::start(&format!(
            "version: 1\nproviders:\n{}{}models:\n  m: {{targets: [{{provider: other, model: text}}, {{provider: own, model: \"text+status-503\"}}]}}\n",
            speaking("own", client, &first.base_url()),
            speaking("other", other, &second.base_url()),
        ));
        for stream in [false, true] {
            let answer = world.ask(client, "m", stream).await;
            assert_eq!(
                answer.status(),
                200,
                "{client} to {other}: {}",
                answer.text()
            );
            assert_eq!(answer.header("x-aigw-provider"), Some("other"));
            assert_eq!(answer.header("x-aigw-attempts"), Some("2"));
        }
        assert_eq!(first.count(), 2);
    }
}

#[tokio::test]
async fn within_a_priority_a_target_that_keeps_what_the_request_needs_comes_first() {
    let (chat, responses) = (FakeUpstream::start().await, FakeUpstream::start().await);
    let plain = r#"{"role":"user","content":"hi"}"#;
    let picture = r#"{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"tool_use","id":"toolu_1","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}]}]}"#;
    for (priority, messages, expected) in [
        (0, plain, "chat"),
        (0, picture, "responses"),
        (1, picture, "chat"),
    ] {
        let world = World::start(&format!(
            "version: 1\nproviders:\n{}{}models:\n  m: {{strategy: ordered, targets: [{{provider: chat, model: text}}, {{provider: responses, model: text, priority: {priority}}}]}}\n",
            speaking("chat", "chat", &chat.base_url()),
            speaking("responses", "responses", &responses.base_url()),
        ));
        let body = format!(
            r#"{{"model":"m","max_tokens":64,"tools":[{{"name":"f","input_schema":{{"type":"object"}}}}],"messages":[{messages}]}}"#
        );
        let mut client = world.client().await;
        let answer = client.post("/v1/messages", &[AUTH], body).await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text());
        assert_eq!(answer.header("x-aigw-provider"), Some(expected));
    }
}

#[tokio::test]
async fn what_cannot_be_said_goes_to_a_target_that_can_or_is_refused() {
    let (own, other) = (FakeUpstream::start().await, FakeUpstream::start().await);
    let world = World::start(&format!(
        "version: 1\nproviders:\n{}{}models:\n  alone: {{targets: [{{provider: other, model: text}}]}}\n  \
         m: {{targets: [{{provider: other, model: text}}], fallbacks: [own]}}\n  own: {{targets: [{{provider: own, model: text}}]}}\n",
        speaking("own", "responses", &own.base_url()),
        speaking("other", "chat", &other.base_url()),
    ));
    let body = |model: &str| {
        format!(r#"{{"model":"{model}","input":"hi","previous_response_id":"resp_1"}}"#)
    };
    let answer = world
        .client()
        .await
        .post("/v1/responses", &[AUTH], body("alone"))
        .await
        .unwrap();
    assert_eq!(
        refusal("responses", &answer),
        refused(400, "not_translatable")
    );
    assert!(
        answer.text().contains("previous_response_id"),
        "{}",
        answer.text()
    );
    assert_eq!(answer.header("x-aigw-loss"), Some("previous_response_id"));
    let kept = r#"{"model":"alone","input":[{"role":"user","content":"hi"},{"type":"item_reference","id":"msg_1"},{"role":"user","content":"and?"}]}"#;
    for (id, expected) in [("msg_1", 400), ("fc_1", 400), ("rs_1", 200)] {
        let body = kept.replace("msg_1", id);
        let mut client = world.client().await;
        let answer = client.post("/v1/responses", &[AUTH], body).await.unwrap();
        assert_eq!(answer.status(), expected, "{id}: {}", answer.text());
        let lost = answer.header("x-aigw-loss").unwrap();
        assert_eq!(lost.split(", ").next(), Some("input[1]"));
        assert_eq!(answer.text().contains("send the items"), expected == 400);
    }
    let answer = world
        .client()
        .await
        .post("/v1/responses", &[AUTH], body("m"))
        .await
        .unwrap();
    assert_eq!(
        (answer.status(), answer.header("x-aigw-attempts")),
        (200, Some("1")),
        "{}",
        answer.text()
    );
    assert_eq!((own.count(), other.count()), (1, 1));
    let wrong = r#"{"model":"alone","input":5}"#;
    let answer = world
        .client()
        .await
        .post("/v1/responses", &[AUTH], wrong)
        .await
        .unwrap();
    assert_eq!(answer.status(), 400, "{}", answer.text());
    assert!(answer.text().contains("input"), "{}", answer.text());
}

const GEMINI: &str = r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"Hello"}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":4,"candidatesTokenCount":2,"totalTokenCount":6},"modelVersion":"g","responseId":"r"}"#;

#[tokio::test]
async fn gemini_targets_serve_every_client_at_their_own_paths() {
    for client in DIALECTS {
        for stream in [false, true] {
            let upstream = if stream {
                let event = format!("data: {GEMINI}\r\n\r\n");
                Canned::chunked(&["content-type: text/event-stream"], &[event.as_bytes()]).await
            } else {
                Canned::whole("200 OK", &["content-type: application/json"], GEMINI).await
            };
            let world = world("gemini", &upstream.base_url(), "gemini-2.5-pro", "");
            let answer = world.ask(client, "m", stream).await;
            let label = format!("{client}, stream {stream}: {}", answer.text());
            assert_eq!(answer.status(), 200, "{label}");
            let whole = if stream {
                collected(client, &answer)
            } else {
                answer.json()
            };
            assert_eq!(heard(client, &whole).text, "Hello", "{label}");
            let line = upstream.heads()[0].lines().next().unwrap().to_owned();
            let method = if stream {
                "streamGenerateContent?alt=sse"
            } else {
                "generateContent"
            };
            assert!(
                line.contains(&format!("/models/gemini-2.5-pro:{method} ")),
                "{line}"
            );
            assert_eq!(world.records(1).await[0].usage.input, Some(4));
        }
    }
}

#[tokio::test]
async fn gemini_callers_are_served_by_every_dialect_and_by_their_own_untouched() {
    let body = r#"{ "contents":[{"role":"user","parts":[{"text":"hi"}]}] }"#;
    let key = [("x-goog-api-key", crate::harness::KEY)];
    for upstream in DIALECTS {
        let fake = FakeUpstream::start().await;
        let world = world(upstream, &fake.base_url(), "text", "");
        for version in ["v1beta", "v1"] {
            let path = format!("/{version}/models/m:generateContent");
            let answer = world.client().await.post(&path, &key, body).await.unwrap();
            assert_eq!(answer.status(), 200, "{upstream}: {}", answer.text());
            assert!(
                !text(&answer.json(), "/candidates/0/content/parts/0/text").is_empty(),
                "{}",
                answer.text()
            );
            let path = format!(
                "/{version}/models/m:streamGenerateContent?alt=sse&key={}",
                crate::harness::KEY
            );
            let answer = world.client().await.post(&path, &[], body).await.unwrap();
            assert_eq!(answer.status(), 200, "{upstream}: {}", answer.text());
            let last = answer.events().last().unwrap().json();
            assert_eq!(
                last["candidates"][0]["finishReason"],
                "STOP",
                "{upstream}: {}",
                answer.text()
            );
        }
        let models = world
            .client()
            .await
            .fetch("/v1beta/models", &key)
            .await
            .unwrap();
        assert_eq!(models.json()["models"][0]["name"], "models/m");
        let counted = world
            .client()
            .await
            .post("/v1beta/models/m:countTokens", &key, body)
            .await
            .unwrap();
        // Chat has no counting endpoint.
        assert_eq!(
            counted.header("x-aigw-estimate"),
            Some("true").filter(|_| upstream == "chat"),
            "{}",
            counted.text()
        );
        assert!(counted.json()["totalTokens"].is_u64());
        let missing = world
            .client()
            .await
            .post("/v1beta/models/none:generateContent", &key, body)
            .await
            .unwrap();
        assert_eq!(
            (missing.status(), &missing.json()["error"]["code"]),
            (404, &404.into())
        );
    }
    let event = format!("data: {GEMINI}\r\n\r\n");
    let upstream = Canned::chunked(&["content-type: text/event-stream"], &[event.as_bytes()]).await;
    let world = world("gemini", &upstream.base_url(), "a/b", "");
    let path = format!(
        "/v1beta/models/m:streamGenerateContent?alt=sse&key={}",
        crate::harness::KEY
    );
    let answer = world.client().await.post(&path, &[], body).await.unwrap();
    assert_eq!((answer.status(), answer.text()), (200, event));
    assert!(
        upstream.heads()[0].contains("/models/a%2Fb:streamGenerateContent?alt=sse HTTP/1.1"),
        "{}",
        upstream.heads()[0]
    );
    let record = world.records(1).await.remove(0);
    assert_eq!((record.outcome.as_str(), record.loss), ("complete", None));
}
