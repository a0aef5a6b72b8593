use super::*;

fn canonical(text: &str) -> String {
    Document::parse(text).unwrap().canonical()
}

#[test]
fn layout_comments_quotes_and_the_order_of_keys_leave_the_canonical_form_alone() {
    let block = "# gateway\nversion: 1\nproviders:\n  p:\n    max_in_flight: \"20\"\n    kind: demo\n    enabled: True\n    probe: false\nrewrites:\n";
    let flow = "{rewrites: [], providers: {'p': {probe: off, enabled: \"true\", kind: \"demo\", max_in_flight: 20}}, version: '1'}";
    assert_eq!(canonical(block), canonical(flow));
    assert_eq!(
        canonical(flow),
        r#"{"providers":{"p":{"enabled":true,"kind":"demo","max_in_flight":20,"probe":"off"}},"rewrites":[],"version":1}"#
    );
}

#[test]
fn what_is_sent_on_keeps_its_types_and_the_order_of_its_members() {
    let text = "models: {m: {params: {set: {b: '1', a: 1, c: .5}}}}";
    assert_eq!(
        canonical(text),
        r#"{"models":{"m":{"params":{"set":{"b":"1","a":1,"c":0.5}}}}}"#
    );
}

#[test]
fn the_canonical_form_is_its_own_canonical_form() {
    let text = include_str!("../../../../fixtures/config/valid/every-key.yaml");
    let once = canonical(text);
    assert_eq!(canonical(&once), once);
}

#[test]
fn numbers_that_json_lacks_still_tell_documents_apart() {
    assert_ne!(canonical("x: [1, .inf]"), canonical("x: [1, .nan]"));
    assert_eq!(canonical("x: {a: [.inf]}"), r#"{"x":{"a":[".inf"]}}"#);
}

#[test]
fn references_are_listed_once_with_every_use() {
    let text = "providers:\n  a: {api_key: \"${K}\", headers: {x: \"${secret:s}-${K}\"}}\n  b: {base_url: \"$${K}\", ca_file: \"${file:/c}\"}\n";
    let found = Document::parse(text).unwrap().references();
    let shown: Vec<_> = found
        .iter()
        .map(|reference| format!("{reference} {}", reference.used_at.join(" ")))
        .collect();
    assert_eq!(
        shown,
        [
            "${K} providers.a.api_key providers.a.headers.x",
            "${secret:s} providers.a.headers.x",
            "${file:/c} providers.b.ca_file",
        ]
    );
}

#[test]
fn another_secret_behind_the_same_reference_is_another_address() {
    let document = Document::parse("providers: {a: {api_key: \"${K}\"}}").unwrap();
    let digests = |value: &str| BTreeMap::from([(String::from("${K}"), String::from(value))]);
    let first = document.address(&digests("1"));
    assert_eq!(first, document.address(&digests("1")));
    assert_ne!(first, document.address(&digests("2")));
    assert_ne!(first, document.address(&BTreeMap::new()));
    assert_eq!(first.len(), 64);
}

#[test]
fn a_text_that_cannot_be_read_has_problems_instead() {
    let problems = Document::parse("a: [").unwrap_err();
    assert_eq!(problems[0].code, "syntax");
    assert_eq!(Document::parse("").unwrap().canonical(), "null");
}
