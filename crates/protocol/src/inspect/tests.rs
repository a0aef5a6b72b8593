use super::*;
use crate::error::ErrorKind;

const ERROR: &str = "error";

fn name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Comment => "comment",
        Verdict::Lifecycle => "lifecycle",
        Verdict::Content => "content",
        Verdict::Finish => "finish",
        Verdict::AddedUsage => "added",
        Verdict::Terminal => "terminal",
        Verdict::Error(_) => ERROR,
        Verdict::Malformed => "malformed",
    }
}

fn event(data: &str) -> String {
    format!("data: {data}\n\n")
}

/// Runs data payloads through an inspector and checks each verdict.
fn run(dialect: Dialect, strip_usage: bool, events: &[(&str, &str)]) -> Inspector {
    let mut inspector = Inspector::new(dialect, strip_usage);
    for (data, expected) in events {
        let raw = event(data);
        let verdict = inspector.inspect(&Frame::read(raw.as_bytes()));
        assert_eq!(name(&verdict), *expected, "{data}");
    }
    inspector
}

fn error(dialect: Dialect, data: &str) -> InBandError {
    match Inspector::new(dialect, false).inspect(&Frame::read(event(data).as_bytes())) {
        Verdict::Error(error) => error,
        other => panic!("{data}: {other:?}"),
    }
}

#[test]
fn a_chat_stream_runs_from_role_to_terminator() {
    let inspector = run(
        Dialect::OpenaiChat,
        true,
        &[
            (
                r#"{"choices":[],"prompt_filter_results":[{}]}"#,
                "lifecycle",
            ),
            (
                r#"{"choices":[{"delta":{"role":"assistant","content":"","refusal":null}}],"usage":null}"#,
                "lifecycle",
            ),
            (
                r#"{"choices":[{"delta":{"content":"Hi"},"finish_reason":null}]}"#,
                "content",
            ),
            (
                r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#,
                "finish",
            ),
            (
                r#"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":8,"cache_write_tokens":1},"completion_tokens_details":{"reasoning_tokens":2}}}"#,
                "added",
            ),
            ("[DONE]", "terminal"),
        ],
    );
    let expected = Usage {
        input: Some(9),
        cached: Some(8),
        cache_write: Some(1),
        output: Some(4),
        reasoning: Some(2),
        ..Usage::default()
    };
    assert_eq!(inspector.usage(), expected);
    assert!(inspector.text_only() && inspector.finished() && inspector.terminated());
    assert_eq!(inspector.completion(), None);
}

#[test]
fn chat_content_comes_in_many_forms() {
    for (delta, text_only) in [
        (
            r#"{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":""}}]}"#,
            false,
        ),
        (r#"{"reasoning_content":"hm"}"#, false),
        (r#"{"content":"","reasoning":"hm"}"#, false),
        (r#"{"refusal":"no"}"#, false),
        (r#"{"audio":{"data":"AA"}}"#, false),
        (r#"{"content":[{"type":"text","text":"x"}]}"#, false),
        (r#"{"content":"x"}"#, true),
    ] {
        let data = format!(r#"{{"choices":[{{"delta":{delta}}}]}}"#);
        let inspector = run(Dialect::OpenaiChat, false, &[(&data, "content")]);
        assert_eq!(inspector.text_only(), text_only, "{delta}");
    }
    let inspector = run(
        Dialect::OpenaiChat,
        false,
        &[(
            r#"{"choices":[{"text":"x","finish_reason":"length"}]}"#,
            "content",
        )],
    );
    assert!(inspector.finished());
}

#[test]
fn chat_usage_that_was_asked_for_stays() {
    let chunk = r#"{"choices":[],"usage":{"prompt_tokens":1}}"#;
    run(Dialect::OpenaiChat, false, &[(chunk, "finish")]);
    let last = r#"{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1}}"#;
    run(Dialect::OpenaiChat, true, &[(last, "finish")]);
}

#[test]
fn media_streams_are_told_by_their_type() {
    let inspector = run(
        Dialect::OpenaiChat,
        false,
        &[
            (
                r#"{"type":"image_generation.partial_image","b64_json":"AA"}"#,
                "content",
            ),
            (
                r#"{"type":"image_generation.completed","usage":{"input_tokens":3,"output_tokens":4}}"#,
                "terminal",
            ),
        ],
    );
    assert_eq!(inspector.usage().total(), Some(7));
    run(
        Dialect::OpenaiChat,
        false,
        &[(r#"{"type":"speech.audio.delta","audio":"AA"}"#, "content")],
    );
}

#[test]
fn a_messages_stream_runs_from_start_to_stop() {
    let inspector = run(
        Dialect::AnthropicMessages,
        false,
        &[
            (
                r#"{"type":"message_start","message":{"usage":{"input_tokens":10,"cache_read_input_tokens":100,"cache_creation_input_tokens":5,"output_tokens":1}}}"#,
                "lifecycle",
            ),
            (r#"{"type": "ping"}"#, "lifecycle"),
            (
                r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
                "lifecycle",
            ),
            (
                r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":""}}"#,
                "lifecycle",
            ),
            (
                r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}"#,
                "content",
            ),
            (r#"{"type":"content_block_stop","index":0}"#, "lifecycle"),
            ("[DONE]", "comment"),
            (r#"{"type":"something_new","x":1}"#, "lifecycle"),
            (
                r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7,"input_tokens":12,"output_tokens_details":{"thinking_tokens":3}}}"#,
                "finish",
            ),
        ],
    );
    let expected = Usage {
        input: Some(117),
        cached: Some(100),
        cache_write: Some(5),
        output: Some(7),
        reasoning: Some(3),
        ..Usage::default()
    };
    assert_eq!(inspector.usage(), expected);
    assert!(inspector.text_only() && inspector.finished() && !inspector.terminated());
    let stop = inspector.completion().unwrap();
    let mut inspector = inspector;
    assert_eq!(inspector.inspect(&Frame::read(&stop)), Verdict::Terminal);
    assert_eq!(inspector.completion(), None);
}

#[test]
fn messages_content_beyond_text_is_seen() {
    for (data, verdict) in [
        (
            r#"{"type":"content_block_start","content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}"#,
            "content",
        ),
        (
            r#"{"type":"content_block_start","content_block":{"type":"thinking","thinking":"","signature":""}}"#,
            "lifecycle",
        ),
        (
            r#"{"type":"content_block_delta","delta":{"type":"thinking_delta","thinking":"hm"}}"#,
            "content",
        ),
        (
            r#"{"type":"content_block_delta","delta":{"type":"signature_delta","signature":"c2ln"}}"#,
            "content",
        ),
        (
            r#"{"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":""}}"#,
            "content",
        ),
    ] {
        assert!(
            !run(Dialect::AnthropicMessages, false, &[(data, verdict)]).text_only(),
            "{data}"
        );
    }
}

#[test]
fn the_event_line_names_what_the_data_does_not() {
    let mut inspector = Inspector::new(Dialect::AnthropicMessages, false);
    let frame = Frame::read(b"event: message_stop\ndata: {}\n\n");
    assert_eq!(inspector.inspect(&frame), Verdict::Terminal);
}

#[test]
fn a_responses_stream_runs_from_created_to_completed() {
    let inspector = run(
        Dialect::OpenaiResponses,
        false,
        &[
            (
                r#"{"type":"response.created","sequence_number":0,"response":{"error":null}}"#,
                "lifecycle",
            ),
            (
                r#"{"type":"response.in_progress","sequence_number":1}"#,
                "lifecycle",
            ),
            (
                r#"{"type":"response.output_item.added","sequence_number":2,"item":{"type":"message"}}"#,
                "lifecycle",
            ),
            (
                r#"{"type":"response.content_part.added","sequence_number":3}"#,
                "lifecycle",
            ),
            (
                r#"{"type":"response.output_text.delta","sequence_number":4,"delta":"Hi"}"#,
                "content",
            ),
            (
                r#"{"type":"response.output_text.done","sequence_number":5,"text":"Hi"}"#,
                "content",
            ),
            (
                r#"{"type":"response.output_item.done","sequence_number":6,"item":{"type":"message"}}"#,
                "content",
            ),
            (
                r#"{"type":"response.completed","sequence_number":7,"response":{"usage":{"input_tokens":5,"input_tokens_details":{"cached_tokens":4,"cache_write_tokens":0},"output_tokens":3,"output_tokens_details":{"reasoning_tokens":1}}}}"#,
                "terminal",
            ),
        ],
    );
    let expected = Usage {
        input: Some(5),
        cached: Some(4),
        cache_write: Some(0),
        output: Some(3),
        reasoning: Some(1),
        ..Usage::default()
    };
    assert_eq!(inspector.usage(), expected);
    assert!(inspector.text_only() && inspector.terminated());
    assert_eq!(inspector.next_sequence(), 8);
}

#[test]
fn responses_content_beyond_text_is_seen() {
    for (data, verdict) in [
        (
            r#"{"type":"response.output_item.added","item":{"type":"function_call"}}"#,
            "content",
        ),
        (
            r#"{"type":"response.output_item.added","item":{"type":"reasoning"}}"#,
            "lifecycle",
        ),
        (
            r#"{"type":"response.function_call_arguments.delta","delta":""}"#,
            "content",
        ),
        (
            r#"{"type":"response.reasoning_summary_text.delta","delta":"hm"}"#,
            "content",
        ),
        (
            r#"{"type":"response.web_search_call.searching"}"#,
            "content",
        ),
        (
            r#"{"type":"response.image_generation_call.partial_image"}"#,
            "content",
        ),
    ] {
        assert!(
            !run(Dialect::OpenaiResponses, false, &[(data, verdict)]).text_only(),
            "{data}"
        );
    }
    run(
        Dialect::OpenaiResponses,
        false,
        &[(
            r#"{"type":"response.incomplete","response":{}}"#,
            "terminal",
        )],
    );
}

#[test]
fn a_gemini_stream_ends_with_a_finish_reason() {
    let inspector = run(
        Dialect::GeminiGenerate,
        false,
        &[
            (
                r#"{"candidates":[{"content":{"parts":[{"text":"Hi"}]}}]}"#,
                "content",
            ),
            (
                r#"{"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":4,"candidatesTokenCount":1,"thoughtsTokenCount":2,"cachedContentTokenCount":3}}"#,
                "finish",
            ),
        ],
    );
    let expected = Usage {
        input: Some(4),
        cached: Some(3),
        cache_write: None,
        output: Some(3),
        reasoning: Some(2),
        ..Usage::default()
    };
    assert_eq!(inspector.usage(), expected);
    assert!(inspector.text_only() && inspector.finished() && inspector.terminated());
    let thought = r#"{"candidates":[{"content":{"parts":[{"text":"hm","thought":true}]}}]}"#;
    assert!(!run(Dialect::GeminiGenerate, false, &[(thought, "content")]).text_only());
    run(
        Dialect::GeminiGenerate,
        false,
        &[(r#"{"promptFeedback":{"blockReason":"SAFETY"}}"#, "finish")],
    );
}

#[test]
fn errors_are_read_in_every_dialect() {
    for (dialect, data, kind, code) in [
        (
            Dialect::OpenaiChat,
            r#"{"error":{"message":"Rate limit reached","type":"rate_limit_error","code":null}}"#,
            ErrorKind::RateLimited,
            "rate_limit_error",
        ),
        (
            Dialect::OpenaiResponses,
            r#"{"type":"error","sequence_number":3,"code":"context_length_exceeded","message":"too long","param":null}"#,
            ErrorKind::ContextLength,
            "context_length_exceeded",
        ),
        (
            Dialect::OpenaiResponses,
            r#"{"type":"response.failed","response":{"error":{"code":"server_error","message":"broke"}}}"#,
            ErrorKind::ServerError,
            "server_error",
        ),
        (
            Dialect::AnthropicMessages,
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
            ErrorKind::Overloaded,
            "overloaded_error",
        ),
        (
            Dialect::GeminiGenerate,
            r#"{"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}}"#,
            ErrorKind::Overloaded,
            "503",
        ),
    ] {
        let error = error(dialect, data);
        assert_eq!(error.kind, kind, "{data}");
        assert_eq!(error.code.as_deref(), Some(code), "{data}");
        assert!(!error.message.is_empty(), "{data}");
    }
    assert_eq!(
        error(Dialect::GeminiGenerate, r#"{"error":{"code":503}}"#).status,
        Some(503)
    );
    let unknown = error(Dialect::OpenaiChat, r#"{"error":"it broke"}"#);
    assert_eq!(
        (unknown.kind, unknown.message.as_str()),
        (ErrorKind::ServerError, "it broke")
    );
}

#[test]
fn what_is_no_json_object_is_malformed() {
    for dialect in Dialect::ALL {
        for data in [
            "<html>",
            "{\"choices\":[}",
            "{} {}",
            "[1]",
            "null",
            "{\"a\":\"\u{1}\"}",
        ] {
            run(dialect, false, &[(data, "malformed")]);
        }
        run(dialect, false, &[("", "comment"), ("{}", "lifecycle")]);
    }
    let frame = Frame::read(b"data: {\"a\":\"\xFF\"}\n\n");
    assert_eq!(
        Inspector::new(Dialect::OpenaiChat, false).inspect(&frame),
        Verdict::Malformed
    );
}

#[test]
fn comments_say_nothing() {
    let mut inspector = Inspector::new(Dialect::OpenaiChat, false);
    assert_eq!(
        inspector.inspect(&Frame::read(b": keep-alive\n\n")),
        Verdict::Comment
    );
    assert_eq!(
        inspector.inspect(&Frame::read(b"event: x\n\n")),
        Verdict::Comment
    );
}

#[test]
fn chat_is_completed_only_behind_a_finish_reason() {
    let mut inspector = run(
        Dialect::OpenaiChat,
        false,
        &[(r#"{"choices":[{"delta":{"content":"x"}}]}"#, "content")],
    );
    assert_eq!(inspector.completion(), None);
    let raw = event(r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#);
    assert_eq!(
        inspector.inspect(&Frame::read(raw.as_bytes())),
        Verdict::Finish
    );
    assert_eq!(
        inspector.completion().as_deref(),
        Some(&b"data: [DONE]\n\n"[..])
    );
}

#[test]
fn text_deltas_are_located() {
    for (dialect, data) in [
        (
            Dialect::OpenaiChat,
            r#"{"choices":[{"index":0,"delta":{"content":"a\u00e9\n"}}]}"#,
        ),
        (
            Dialect::OpenaiResponses,
            r#"{"type":"response.output_text.delta","delta": "a\u00e9\n" }"#,
        ),
        (
            Dialect::AnthropicMessages,
            r#"{"type":"content_block_delta","delta":{"type":"text_delta","text":"a\u00e9\n"}}"#,
        ),
        (
            Dialect::GeminiGenerate,
            r#"{"candidates":[{"content":{"parts":[{"text":"a\u00e9\n"}]}}]}"#,
        ),
    ] {
        let raw = format!("event: x\r\ndata: {data}\r\n\r\n");
        let delta = text_delta(dialect, &Frame::read(raw.as_bytes())).unwrap();
        assert_eq!(delta.text, "aé\n");
        assert_eq!(&raw[delta.span], r#""a\u00e9\n""#);
    }
    for data in [
        r#"{"choices":[{"delta":{"content":""}}]}"#,
        r#"{"choices":[{"delta":{"content":"a"}},{"delta":{"content":"b"}}]}"#,
        r#"{"choices":[{"delta":{"content":"a"}}]"#,
    ] {
        assert_eq!(
            text_delta(Dialect::OpenaiChat, &Frame::read(event(data).as_bytes())),
            None,
            "{data}"
        );
    }
}

#[test]
fn answers_tell_usage_finish_and_errors() {
    use crate::endpoint::Endpoint;

    let read = |endpoint, body: &str| read_answer(endpoint, body.as_bytes()).unwrap();
    let chat = read(
        Endpoint::ChatCompletions,
        r#"{"choices":[{"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":4},"error":null}"#,
    );
    assert_eq!(
        (chat.usage.total(), chat.finish.as_deref(), chat.error),
        (Some(7), Some("stop"), None)
    );
    let messages = read(
        Endpoint::Messages,
        r#"{"stop_reason":"tool_use","usage":{"input_tokens":3,"cache_read_input_tokens":2,"output_tokens":4}}"#,
    );
    assert_eq!(
        (messages.usage.input, messages.finish.as_deref()),
        (Some(5), Some("tool_use"))
    );
    let responses = read(
        Endpoint::Responses,
        r#"{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"usage":null}"#,
    );
    assert_eq!(
        (responses.usage.is_empty(), responses.finish.as_deref()),
        (true, Some("max_output_tokens"))
    );
    let failed = read(
        Endpoint::ChatCompletions,
        r#"{"error":{"message":"quota","code":"insufficient_quota"}}"#,
    );
    assert_eq!(
        failed.error.map(|error| error.kind),
        Some(ErrorKind::Billing)
    );
    let counted = read(Endpoint::CountTokens, r#"{"input_tokens":12}"#);
    assert!(counted.usage.is_empty());
    assert!(read_answer(Endpoint::Embeddings, b"{\"data\":[}").is_err());
}
