use super::*;

fn count(endpoint: Endpoint, body: &str) -> u64 {
    tokens(endpoint, body.as_bytes()).unwrap()
}

#[test]
fn the_same_conversation_counts_the_same_in_every_dialect() {
    let messages = count(
        Endpoint::CountTokens,
        r#"{"model":"m","system":"Be brief.","messages":[{"role":"user","content":[{"type":"text","text":"What is the weather in Paris?"}]}]}"#,
    );
    let responses = count(
        Endpoint::InputTokens,
        r#"{"model":"m","instructions":"Be brief.","input":[{"role":"user","content":"What is the weather in Paris?"}]}"#,
    );
    let contents = count(
        Endpoint::CountContents,
        r#"{"generateContentRequest":{"systemInstruction":{"parts":[{"text":"Be brief."}]},"contents":[{"role":"user","parts":[{"text":"What is the weather in Paris?"}]}]}}"#,
    );
    // Three times three around two messages and the answer, three and seven tokens of text.
    assert_eq!([messages, responses, contents], [19, 19, 19]);
}

#[test]
fn escapes_and_settings_do_not_count() {
    let plain = r#"{"model":"m","messages":[{"role":"user","content":"a/b é"}]}"#;
    let escaped = r#"{"model":"m","metadata":{"user_id":"some long name of a user"},"thinking":{"type":"enabled","budget_tokens":9999},"messages":[{"role":"user","content":"a\/b \u00e9"}]}"#;
    assert_eq!(
        count(Endpoint::CountTokens, plain),
        count(Endpoint::CountTokens, escaped)
    );
}

#[test]
fn tools_calls_results_and_pictures_count() {
    let with = |tools: &str, more: &str| {
        let body = format!(
            r#"{{"model":"m","tools":[{tools}],"messages":[{{"role":"user","content":"Hi"}}{more}]}}"#
        );
        count(Endpoint::CountTokens, &body)
    };
    let bare = with("", "");
    let tool = r#"{"name":"get_weather","description":"Says how the weather is.","input_schema":{"type":"object","properties":{"city":{"type":"string"}}}}"#;
    let call = r#",{"role":"assistant","content":[{"type":"tool_use","id":"toolu_1","name":"get_weather","input":{"city":"Paris"}}]}"#;
    let result = r#",{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"It is raining."}]}"#;
    let picture = r#",{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://example.com/a.png"}}]}"#;
    let tools = with(tool, "") - bare;
    assert!((25..=40).contains(&tools), "{tools}");
    let called = with("", call) - bare;
    assert!((15..=22).contains(&called), "{called}");
    let answered = with("", &[call, result].concat()) - bare - called;
    assert!((13..=18).contains(&answered), "{answered}");
    assert_eq!(with("", picture) - bare, 3 + 765);
}

#[test]
fn a_request_without_a_meaning_is_refused() {
    let error = tokens(Endpoint::CountTokens, br#"{"model":"m","messages":"x"}"#).unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidParameter);
}

#[test]
fn the_largest_bodies_are_sampled() {
    let text = "some words and then \\\"more\\\" of them, ".repeat(500_000);
    let body = format!(r#"{{"model":"m","messages":[{{"role":"user","content":"{text}"}}]}}"#);
    let counted = count(Endpoint::CountTokens, &body);
    assert!((9 * 500_000..11 * 500_000).contains(&counted), "{counted}");
}
