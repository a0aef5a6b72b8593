use super::*;

#[test]
fn what_is_no_secret_stays_letter_by_letter() {
    let text = "# providers\nproviders:\n  a: {kind: openai, api_key: '${A}', base_url: \"https://h/v1\"} # note\n  b:\n    kind: openai\n    headers: {Authorization: 'Bearer ${B}'}\nmodels:\n  m: {targets: [{provider: a}]}\n";
    assert_eq!(redacted(text), text);
    assert_eq!(redaction(text), None);
    assert_eq!(redacted(""), "");
}

#[test]
fn keys_written_out_are_taken_away_however_they_are_written() {
    for (written, shown) in [
        ("api_key: canary-key", "api_key: \"[redacted]\""),
        (
            "api_key: 'canary-key' # mine",
            "api_key: \"[redacted]\" # mine",
        ),
        ("api_key: \"can\\x61ry-key\"", "api_key: \"[redacted]\""),
        ("api_key: canary-${K}", "api_key: \"[redacted]${K}\""),
        ("apikey: canary-key", "apikey: \"[redacted]\""),
        (
            "base_url: https://u:canary-key@h/v1",
            "base_url: \"https://[redacted]@h/v1\"",
        ),
        (
            "headers: {X-Key: canary-key, B: '${B}'}",
            "headers: {X-Key: \"[redacted]\", B: '${B}'}",
        ),
        (
            "kind: openai # was: sk-canary-0123456789abcdef",
            "kind: openai # [redacted]",
        ),
        (
            "kind: openai\n    # api_key: canary-key",
            "kind: openai\n    # [redacted]",
        ),
    ] {
        let document = format!("é: x\nproviders:\n  p:\n    {written}\nmodels: {{}}\n");
        let wanted = format!("é: \"[redacted]\"\nproviders:\n  p:\n    {shown}\nmodels: {{}}\n");
        assert_eq!(redacted(&document), wanted);
    }
}

#[test]
fn values_over_several_lines_are_taken_away_as_a_whole() {
    for value in [
        "|\n      canary-one\n      canary-two\n",
        ">-\n      canary-one\n      canary-two\n",
        "canary-one\n      canary-two\n",
        "\"canary-one\n      canary-two\"\n",
    ] {
        let document = format!("providers:\n  p:\n    api_key: {value}    kind: openai\n");
        let out = redacted(&document);
        assert!(!out.contains("canary"), "{out}");
        assert!(out.contains("kind: openai"), "{out}");
        assert!(Document::parse(&out).is_ok(), "{out}");
    }
}

#[test]
fn texts_that_are_no_documents_lose_more_than_their_secrets() {
    let text = "providers:\n  p: {kind: openai\n  q:\n    api_key: canary-1\n    api_key:\n      canary-2\n    headers:\n      X: canary-3\n    secret: ${S}\n  # sk-canary-0123456789abcdef\n";
    assert!(Document::parse(text).is_err());
    let out = redacted(text);
    assert!(!out.contains("canary"), "{out}");
    assert!(
        out.contains("secret: ${S}") && out.contains("kind: openai"),
        "{out}"
    );
}

#[test]
fn a_redacted_text_that_comes_back_is_noticed() {
    let shown = redacted("providers:\n  p:\n    api_key: canary-key\n");
    assert_eq!(redaction(&shown), Some(3));
    assert_eq!(redaction("a: [\n  b: '[redacted]'\n"), Some(2));
    assert_eq!(redaction("# [redacted]\nproviders: {}\n"), None);
    assert_eq!(redacted(&shown), shown);
}

#[test]
fn a_key_in_a_comment_stays_when_it_is_a_reference() {
    let text = "version: 1\n#   api_key: ${OPENAI_API_KEY}\nproviders: {d: {kind: demo}} # api_key: ${K}\n";
    assert_eq!(redacted(text), text);
    let literal =
        "version: 1\n# api_key: abcdefghijklmnop\n# api_key: ${K} sk-live-0123456789abcdef\n";
    assert_eq!(
        redacted(literal),
        "version: 1\n# [redacted]\n# [redacted]\n"
    );
}
