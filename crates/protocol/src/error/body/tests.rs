use super::*;

const ERROR: ErrorText<'_> = ErrorText {
    status: 404,
    code: "model_not_found",
    message: "no model \"x\"\n",
    param: Some("model"),
    request_id: "req_1",
};

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn bodies_are_those_of_the_vendors() {
    assert_eq!(
        text(error_body(Family::Openai, &ERROR)),
        r#"{"error":{"message":"no model \"x\"\n","type":"invalid_request_error","param":"model","code":"model_not_found"}}"#
    );
    assert_eq!(
        text(error_body(Family::Anthropic, &ERROR)),
        r#"{"type":"error","error":{"type":"not_found_error","message":"no model \"x\"\n","details":{"error_code":"model_not_found"}},"request_id":"req_1"}"#
    );
    assert_eq!(
        text(error_body(Family::Gemini, &ERROR)),
        r#"{"error":{"code":404,"message":"no model \"x\"\n","status":"NOT_FOUND","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"model_not_found","domain":"aigw"}]}}"#
    );
}

#[test]
fn events_are_those_of_the_dialects() {
    let error = ErrorText {
        status: 502,
        code: "upstream",
        message: "cut",
        param: None,
        request_id: "",
    };
    let event = |dialect| text(error_event(dialect, &error, 7));
    assert_eq!(
        event(Dialect::OpenaiChat),
        "data: {\"error\":{\"message\":\"cut\",\"type\":\"server_error\",\"param\":null,\"code\":\"upstream\"}}\n\n"
    );
    assert_eq!(
        event(Dialect::OpenaiResponses),
        "event: error\ndata: {\"type\":\"error\",\"sequence_number\":7,\"code\":\"upstream\",\"message\":\"cut\",\"param\":null,\"error\":{\"message\":\"cut\",\"type\":\"server_error\",\"param\":null,\"code\":\"upstream\"}}\n\n"
    );
    assert_eq!(
        event(Dialect::AnthropicMessages),
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"cut\",\"details\":{\"error_code\":\"upstream\"}},\"request_id\":null}\n\n"
    );
    assert_eq!(
        event(Dialect::GeminiGenerate),
        "data: {\"error\":{\"code\":502,\"message\":\"cut\",\"status\":\"INTERNAL\",\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"upstream\",\"domain\":\"aigw\"}]}}\n\n"
    );
}

#[test]
fn types_follow_the_status() {
    let rows = [
        (
            400,
            "invalid_request_error",
            "invalid_request_error",
            "INVALID_ARGUMENT",
        ),
        (
            401,
            "authentication_error",
            "authentication_error",
            "UNAUTHENTICATED",
        ),
        (
            402,
            "invalid_request_error",
            "billing_error",
            "INVALID_ARGUMENT",
        ),
        (
            403,
            "permission_error",
            "permission_error",
            "PERMISSION_DENIED",
        ),
        (404, "invalid_request_error", "not_found_error", "NOT_FOUND"),
        (
            413,
            "invalid_request_error",
            "request_too_large",
            "INVALID_ARGUMENT",
        ),
        (
            429,
            "rate_limit_error",
            "rate_limit_error",
            "RESOURCE_EXHAUSTED",
        ),
        (500, "server_error", "api_error", "INTERNAL"),
        (503, "server_error", "overloaded_error", "UNAVAILABLE"),
        (504, "server_error", "timeout_error", "DEADLINE_EXCEEDED"),
        (529, "server_error", "overloaded_error", "UNAVAILABLE"),
    ];
    for (status, openai, anthropic, gemini) in rows {
        assert_eq!(
            (
                openai_type(status),
                anthropic_type(status),
                gemini_status(status)
            ),
            (openai, anthropic, gemini),
            "{status}"
        );
    }
}

#[test]
fn our_own_errors_read_back() {
    for family in [Family::Openai, Family::Anthropic, Family::Gemini] {
        let read = crate::read_error(&error_body(family, &ERROR)).unwrap();
        assert_eq!(read.message.as_deref(), Some(ERROR.message));
    }
}

#[test]
fn keep_alives_are_whole_events() {
    for dialect in Dialect::ALL {
        let frame = crate::Frame::read(keep_alive(dialect));
        assert_eq!(frame.is_comment(), dialect != Dialect::AnthropicMessages);
        let verdict = crate::Inspector::new(dialect, false).inspect(&frame);
        assert!(matches!(
            verdict,
            crate::Verdict::Comment | crate::Verdict::Lifecycle
        ));
    }
}
