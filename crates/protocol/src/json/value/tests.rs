use super::*;

#[test]
fn members_and_elements_are_walked() {
    let value = Value::of(br#" { "a" : [ 1 , "x]" , {"b":[]} ] , "c" : "\"}" , "a" : 7 } "#);
    let keys: Vec<_> = value
        .members()
        .map(|(key, value)| (key.0, value.raw()))
        .collect();
    assert_eq!(
        keys,
        [
            (&b"a"[..], &br#"[ 1 , "x]" , {"b":[]} ]"#[..]),
            (b"c", br#""\"}""#),
            (b"a", b"7"),
        ]
    );
    let first = value.members().next().unwrap().1;
    let elements: Vec<_> = first.elements().map(Value::raw).collect();
    assert_eq!(elements, [&b"1"[..], b"\"x]\"", b"{\"b\":[]}"]);
    assert_eq!(value.member("a").and_then(Value::integer), Some(7));
}

#[test]
fn blanks_say_nothing() {
    for blank in ["null", "\"\"", "[]", "{}", "[ ]", "{\n}"] {
        assert!(Value::of(blank.as_bytes()).is_blank(), "{blank}");
    }
    for given in ["0", "false", "\" \"", "[null]", "{\"a\":null}"] {
        assert!(!Value::of(given.as_bytes()).is_blank(), "{given}");
    }
}

#[test]
fn escapes_are_resolved_as_serde_json_does() {
    for literal in [
        r#""plain""#,
        r#""\"\\\/\b\f\n\r\t""#,
        r#""\u0041\u00e9\u2603\uD83d\uDe00""#,
        r#""a\u0000b日本""#,
        r#""\ud83d""#,
        r#""\ude00""#,
        r#""\ud83dx""#,
        r#""\ud83d\u0041""#,
        r#""\ud83d\ud83d""#,
    ] {
        let expected = serde_json::from_str::<String>(literal).ok();
        assert_eq!(
            Value::of(literal.as_bytes()).text().map(Cow::into_owned),
            expected,
            "{literal}"
        );
    }
}

#[test]
fn keys_match_however_they_are_escaped() {
    assert!(Key(b"model").is("model"));
    assert!(Key(br"m\u006fdel").is("model"));
    assert!(!Key(b"Model").is("model"));
    assert!(!Key(b"models").is("model"));
    assert!(!Key(br"model\u").is("model"));
}

#[test]
fn damaged_text_neither_panics_nor_loops() {
    let document = br#"{"a":[1,{"b":"c\"d"}],"e":{"f":null}}"#;
    for start in 0..document.len() {
        for end in start..document.len() {
            let value = Value::of(&document[start..end]);
            let members = value.members().count();
            let elements = value
                .elements()
                .filter(|element| element.text().is_some())
                .count();
            assert!(members + elements <= document.len());
        }
    }
}

#[test]
fn integers_are_plain() {
    let integer = |text: &'static str| Value::of(text.as_bytes()).integer();
    assert_eq!(integer("18446744073709551615"), Some(u64::MAX));
    assert_eq!(integer("0"), Some(0));
    for text in ["-1", "1.0", "1e3", "18446744073709551616", "\"1\"", "null"] {
        assert_eq!(integer(text), None, "{text}");
    }
}

#[test]
fn what_is_no_escape_of_json_is_no_text() {
    for raw in [r"a\x41", r"\-", r"\u12", r"\u+123", r"\u12g4", r"\'", "\\"] {
        assert_eq!(unescape(raw.as_bytes()), None, "{raw}");
    }
}
