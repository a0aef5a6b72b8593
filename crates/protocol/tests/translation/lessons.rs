//! What gateways got wrong before this one, case by case.

use aigw_protocol::Dialect;
use aigw_protocol::codec::{self, CodecError};
use aigw_protocol::hub::Document;

fn refusal(dialect: Dialect, body: &str) -> CodecError {
    let document = Document::check(body.as_bytes()).unwrap();
    codec::decode_response(dialect, document).unwrap_err()
}

#[test]
fn an_answer_that_broke_off_is_no_answer() {
    for reason in [
        "error",
        "abort",
        "network_error",
        "insufficient_system_resource",
    ] {
        let body = format!(
            r#"{{"choices":[{{"message":{{"role":"assistant","content":"Half"}},"finish_reason":"{reason}"}}]}}"#
        );
        let error = refusal(Dialect::OpenaiChat, &body);
        assert_eq!(error.path(body.as_bytes()), "choices[0].finish_reason");
    }
}

#[test]
fn a_response_that_failed_or_goes_on_is_no_answer() {
    for status in ["failed", "cancelled", "queued", "in_progress"] {
        let body = format!(r#"{{"id":"resp_1","status":"{status}","output":[]}}"#);
        let error = refusal(Dialect::OpenaiResponses, &body);
        assert_eq!(error.path(body.as_bytes()), "status");
    }
}
