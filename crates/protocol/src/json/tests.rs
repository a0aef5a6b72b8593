use super::*;

/// The outcome for every split into two pieces, which must be one and the same.
fn outcome(document: &[u8]) -> Result<Members, JsonError> {
    let whole = Scanner::scan(document);
    for at in 0..=document.len() {
        let mut scanner = Scanner::new();
        let (head, tail) = document.split_at(at);
        let split = scanner
            .push(head)
            .and_then(|()| scanner.push(tail))
            .and_then(|()| scanner.finish());
        assert_eq!(
            split,
            whole,
            "split at {at}: {}",
            String::from_utf8_lossy(document)
        );
    }
    whole
}

fn refusal(document: impl AsRef<[u8]>) -> JsonError {
    outcome(document.as_ref()).unwrap_err()
}

#[test]
fn reports_where_members_lie() {
    let document = br#" { "a" : [1, {"b": 2}] , "\u0062":"x\"y" ,"c":-1.5e+3,"d":null} "#;
    let members = outcome(document).unwrap();
    let seen: Vec<_> = members
        .iter()
        .map(|member| {
            let text = |range: &Range<usize>| {
                String::from_utf8_lossy(&document[range.clone()]).into_owned()
            };
            (
                text(&member.key),
                text(&member.value),
                member.kind,
                member.escaped_key,
            )
        })
        .collect();
    let expected = [
        ("a", r#"[1, {"b": 2}]"#, ValueKind::Array, false),
        (r"\u0062", r#""x\"y""#, ValueKind::String, true),
        ("c", "-1.5e+3", ValueKind::Number, false),
        ("d", "null", ValueKind::Null, false),
    ];
    assert_eq!(
        seen,
        expected.map(|(key, value, kind, escaped)| (
            key.to_owned(),
            value.to_owned(),
            kind,
            escaped
        ))
    );
}

#[test]
fn a_byte_order_mark_is_named_as_such() {
    assert_eq!(refusal(b"\xEF\xBB\xBF{}"), JsonError::Bom);
    assert_eq!(refusal("\u{ff41}{}"), JsonError::NotAnObject);
    assert_eq!(refusal(" \u{feff}{}"), JsonError::NotAnObject);
    assert_eq!(refusal(b"\xFF\xFE{\0}\0"), JsonError::Utf8 { at: 0 });
}

#[test]
fn invalid_utf8_is_found_at_its_first_byte() {
    assert_eq!(refusal(b"{\"a\":\"\xC3(\"}"), JsonError::Utf8 { at: 6 });
    assert_eq!(refusal(b"{\"a\":\"x\xE2\x82\"}"), JsonError::Utf8 { at: 7 });
    assert_eq!(
        refusal(b"{\"a\":\"\xED\xA0\x80\"}"),
        JsonError::Utf8 { at: 6 }
    );
    assert_eq!(
        refusal(b"{\"a\":\"\xF0\x9F\x98\"}"),
        JsonError::Utf8 { at: 6 }
    );
    assert_eq!(refusal(b"{\"\x80\":1}"), JsonError::Utf8 { at: 2 });
    assert_eq!(refusal(b"{}\xE2\x82"), JsonError::Utf8 { at: 2 });
    assert_eq!(refusal(b"{\"a\":\"\xE2\x82"), JsonError::Unfinished);
}

#[test]
fn an_earlier_error_wins_over_invalid_utf8() {
    assert_eq!(
        refusal(b"{\"a\" 1,\"\xFF\"}"),
        JsonError::Syntax {
            at: 5,
            what: "expected `:`"
        }
    );
}

#[test]
fn characters_may_be_cut_anywhere() {
    let document = "{\"\u{e9}\":\"日本 😀\",\"b\":\"ß\"}";
    assert_eq!(outcome(document.as_bytes()).unwrap().len(), 2);
}

#[test]
fn only_objects_are_taken() {
    for document in ["[1]", "\"x\"", "1", "null", "true", "x", "}"] {
        assert_eq!(refusal(document), JsonError::NotAnObject, "{document}");
    }
    for document in [
        "",
        "  ",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":tru",
        "{\"a\":\"\\u00",
    ] {
        assert_eq!(refusal(document), JsonError::Unfinished, "{document}");
    }
}

#[test]
fn breaches_of_the_grammar_are_located() {
    for (document, at) in [
        ("{,}", 1),
        ("{\"a\":1,}", 7),
        ("{\"a\":[1,]}", 8),
        ("{\"a\":[1 2]}", 8),
        ("{\"a\":1]", 6),
        ("{\"a\":[1}", 7),
        ("{\"a\":01}", 6),
        ("{\"a\":-}", 6),
        ("{\"a\":1.}", 7),
        ("{\"a\":1e+}", 8),
        ("{\"a\":.5}", 5),
        ("{\"a\":+1}", 5),
        ("{\"a\":nulL}", 8),
        ("{\"a\":truee}", 9),
        ("{\"a\":NaN}", 5),
        ("{a:1}", 1),
        ("{'a':1}", 1),
        ("{\"a\":\"\\x\"}", 7),
        ("{\"a\":\"\\u00g0\"}", 10),
        ("{\"a\":\"\n\"}", 6),
        (
            "{\"a\":\"0123456789012345678901234567890123456789\u{1}\"}",
            46,
        ),
        ("{\"a\":1}\u{b}", 7),
    ] {
        let found = match refusal(document) {
            JsonError::Syntax { at, .. } | JsonError::Trailing { at } => at,
            other => panic!("{document}: {other}"),
        };
        assert_eq!(found, at, "{document}");
    }
}

#[test]
fn depth_is_limited() {
    let nested = |depth: usize| {
        format!(
            "{{\"a\":{}{}}}",
            "[".repeat(depth - 1),
            "]".repeat(depth - 1)
        )
    };
    assert!(Scanner::scan(nested(MAX_DEPTH).as_bytes()).is_ok());
    assert_eq!(
        Scanner::scan(nested(MAX_DEPTH + 1).as_bytes()),
        Err(JsonError::TooDeep)
    );
}

#[test]
fn the_number_of_members_is_limited() {
    let with = |count: usize| format!("{{{}}}", vec!["\"a\":0"; count].join(","));
    assert_eq!(
        Scanner::scan(with(MAX_MEMBERS).as_bytes()).map(|members| members.len()),
        Ok(MAX_MEMBERS)
    );
    assert_eq!(
        Scanner::scan(with(MAX_MEMBERS + 1).as_bytes()),
        Err(JsonError::TooManyMembers)
    );
    let nested = format!("{{\"a\":{}}}", with(MAX_MEMBERS + 1));
    assert!(Scanner::scan(nested.as_bytes()).is_ok());
}

#[test]
fn specials_are_found_at_every_offset_of_long_strings() {
    for length in 0..100 {
        for special in ["\\n", "\u{1f}", "é"] {
            let document = format!(
                "{{\"a\":\"{}{special}{}\"}}",
                "x".repeat(length),
                "y".repeat(40)
            );
            assert_eq!(
                Scanner::scan(document.as_bytes()).is_ok(),
                special != "\u{1f}"
            );
        }
    }
}

#[test]
fn an_error_stays() {
    let mut scanner = Scanner::new();
    let error = scanner.push(b"[").unwrap_err();
    assert_eq!(scanner.push(b"{}"), Err(error));
    assert_eq!(scanner.finish(), Err(error));
}

#[test]
fn a_body_of_64_mib_is_scanned_in_pieces() {
    let mut scanner = Scanner::new();
    let piece = vec![b'x'; 1 << 20];
    scanner.push(br#"{"model":"m","input":""#).unwrap();
    for _ in 0..64 {
        scanner.push(&piece).unwrap();
    }
    scanner.push(br#"","stream":true}"#).unwrap();
    let members = scanner.finish().unwrap();
    assert_eq!(members[1].value.len(), (64 << 20) + 2);
    assert_eq!(members[2].kind, ValueKind::True);
}

#[test]
fn texts_name_what_is_wrong() {
    assert_eq!(
        refusal("{\"a\" 1}").to_string(),
        "invalid JSON at byte 5: expected `:`"
    );
    assert_eq!(
        JsonError::TooDeep.to_string(),
        "JSON is nested deeper than 1024 levels"
    );
}
