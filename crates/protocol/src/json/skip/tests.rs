use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value};

use super::super::{IN_FULL, JsonError, MAX_DEPTH, Members, Scanner};

/// The outcome of a scan that passes over values from `offset` on, for a document in pieces.
fn scan(document: &[u8], offset: usize, cuts: &[usize]) -> Result<Members, JsonError> {
    let mut scanner = Scanner::skipping_from(offset);
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut % (document.len() + 1)).collect();
    places.extend([0, document.len()]);
    places.sort_unstable();
    for pair in places.windows(2) {
        scanner.push(&document[pair[0]..pair[1]])?;
    }
    scanner.finish()
}

/// A scan that passes over nothing.
fn strict(document: &[u8]) -> Result<Members, JsonError> {
    scan(document, usize::MAX, &[])
}

fn refusal(document: &[u8], offset: usize) -> JsonError {
    let whole = scan(document, offset, &[]);
    for cut in 0..=document.len() {
        assert_eq!(scan(document, offset, &[cut]), whole, "split at {cut}");
    }
    whole.unwrap_err()
}

fn location(error: JsonError) -> usize {
    match error {
        JsonError::Syntax { at, .. } | JsonError::Utf8 { at } | JsonError::Trailing { at } => at,
        other => panic!("{other}"),
    }
}

#[test]
fn what_could_hide_a_member_is_refused_where_it_stands() {
    for (value, at) in [
        ("[}", 1),
        ("[{]", 2),
        ("{\"a\":[1}]", 7),
        ("[\"a\u{1}\"]", 3),
        ("[\"a\nb\"]", 3),
        ("\"a\nb\"", 2),
        ("['a']", 1),
        ("[// ]\n]", 1),
        ("[/* ] */]", 1),
        ("[# ]\n]", 1),
        ("[`a`]", 1),
        ("[\\\"a\"]", 1),
        ("[a\\\"]", 2),
        ("[\u{b}1]", 1),
        ("[é]", 1),
        ("[\u{a0}1]", 1),
        ("[x]", 1),
        ("[NaN]", 1),
        ("[1;2]", 2),
        ("[\"a\"\"b\"]", 4),
        ("[\"a\" \"b\"]", 5),
        ("[e\"a\"]", 2),
        ("[e \n \"a\"]", 5),
        ("[\"a\"e]", 4),
        ("[1 2]", 3),
        ("[1[]]", 2),
        ("[[] []]", 4),
        ("[{}\"a\"]", 3),
    ] {
        // Blocks begin where the container does, so that the padding moves the fault through one.
        for padding in (50..66).chain([0, 1, 300]) {
            let head = format!("{{\"m\":[\"{}\",", "x".repeat(padding));
            let document = format!("{head}{value}],\"model\":\"m\"}}");
            let found = location(refusal(document.as_bytes(), 0));
            assert_eq!(found, head.len() + at, "{document}");
        }
    }
}

#[test]
fn what_only_the_upstream_minds_is_passed_over() {
    for value in [
        "[1,,2]",
        "{\"a\",1:2}",
        "[01,--1,1e,tru]",
        "[\"\\x\\u12\"]",
        "\"\\x\\u12\"",
    ] {
        let document = format!("{{\"m\":{value},\"n\":1}}");
        let members = scan(document.as_bytes(), 0, &[]).unwrap();
        assert_eq!(members.len(), 2);
        assert_eq!(&document[members[0].value.clone()], value);
        assert!(strict(document.as_bytes()).is_err());
    }
}

#[test]
fn the_top_level_object_is_always_held_to_the_grammar() {
    for (document, at) in [
        ("{\"a\":[1],}", 9),
        ("{\"a\":[1] \"b\":1}", 9),
        ("{\"a\" [1]}", 5),
        ("{\"a\":[1]]", 8),
        ("{\"a\":\"x\":1}", 8),
        ("{\"a\":01}", 6),
        ("{\"a\":tru}", 8),
        ("{\"a\\x\":1}", 4),
        ("{\"a\":[1]}x", 9),
        ("{\"a\":[1],\"b\":'x'}", 13),
    ] {
        assert_eq!(location(refusal(document.as_bytes(), 0)), at, "{document}");
    }
    for document in ["{\"a\":[", "{\"a\":[1]", "{\"a\":\"x", "{\"a\":\"x\\\"}"] {
        assert_eq!(refusal(document.as_bytes(), 0), JsonError::Unfinished);
    }
}

#[test]
fn depth_is_limited_within_what_is_passed_over() {
    let nested = |depth: usize| {
        let (open, close) = ("[".repeat(depth - 1), "]".repeat(depth - 1));
        format!("{{\"a\":{open}{close}}}")
    };
    assert!(scan(nested(MAX_DEPTH).as_bytes(), 0, &[]).is_ok());
    let deeper = nested(MAX_DEPTH + 1);
    assert_eq!(scan(deeper.as_bytes(), 0, &[]), Err(JsonError::TooDeep));
}

#[test]
fn the_grammar_is_kept_in_full_up_to_8_kib_and_the_ends_of_values_beyond() {
    let pad = "x".repeat(2 * IN_FULL);
    let text = "é \\\\\\\" \\n".repeat(2000);
    let with = |early: &str, late: &str| {
        format!("{{\"a\":[{early},\"{text}\",\"{pad}\",{late}],\"model\":\"m\"}}").into_bytes()
    };
    let good = with("1", "2");
    assert_eq!(Scanner::scan(&good), strict(&good));
    assert!(Scanner::scan(&good).is_ok());
    assert!(Scanner::scan(&with("1", "2,,3")).is_ok());
    assert_eq!(location(Scanner::scan(&with("1,,1", "2")).unwrap_err()), 8);
    let late = good.len() - "2],\"model\":\"m\"}".len();
    for (piece, at) in [("2}", 1), ("\"\n\"", 1), ("'", 0), ("{]", 1)] {
        let error = Scanner::scan(&with("1", piece)).unwrap_err();
        assert_eq!(location(error), late + at, "{piece}");
    }
    let mut bad = with("1", "\"?\"");
    bad[late + 1] = 0xFF;
    assert_eq!(Scanner::scan(&bad), Err(JsonError::Utf8 { at: late + 1 }));
}

#[test]
fn a_scanner_that_is_used_again_validates_in_full() {
    let document = format!("{{\"a\":[\"{}\",1,,2]}}", "x".repeat(2 * IN_FULL));
    assert!(Scanner::scan(document.as_bytes()).is_ok());
    let again = Scanner::new().rescan(document.as_bytes()).map(<[_]>::len);
    assert!(matches!(again, Err(JsonError::Syntax { .. })));
}

/// The same rules, byte by byte: the length of the container that `bytes` are the inside of, or the
/// offset of the first fault.
fn reference(bytes: &[u8]) -> Result<Option<usize>, usize> {
    let (mut stack, mut in_text, mut escaped) = (vec![b']'], false, false);
    let (mut ended, mut scalar) = (false, false);
    for (at, &byte) in bytes.iter().enumerate() {
        if in_text {
            match byte {
                _ if byte < 0x20 => return Err(at),
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => (in_text, ended) = (false, true),
                _ => {}
            }
            continue;
        }
        let is_scalar = b"0123456789+-.Eaeflnrstu".contains(&byte);
        match byte {
            b'"' | b'[' | b'{' if ended => return Err(at),
            _ if is_scalar && ended && !scalar => return Err(at),
            b'"' => in_text = true,
            b'[' | b'{' => stack.push(byte + 2),
            b']' | b'}' if stack.pop() != Some(byte) => return Err(at),
            b']' | b'}' if stack.is_empty() => return Ok(Some(at + 1)),
            b']' | b'}' => ended = true,
            b',' | b':' => ended = false,
            b' ' | b'\n' | b'\r' | b'\t' => {}
            _ if is_scalar => ended = true,
            _ => return Err(at),
        }
        scalar = is_scalar;
    }
    Ok(None)
}

/// A JSON value with strings full of what matters to the skipper.
fn value() -> impl Strategy<Value = Value> {
    let text = vec(
        select(&["\\", "\"", "\n", "[", "}", ",", "é", "😀", "abcdefgh"][..]),
        0..24,
    )
    .prop_map(|parts| parts.concat());
    let leaf = prop_oneof![
        2 => text.prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec(("[a\\\\\"é]{0,3}", inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn document() -> impl Strategy<Value = Vec<u8>> {
    let members = vec(("[a-c\\\\\"]{0,3}", value()), 0..5)
        .prop_map(|members| members.into_iter().collect::<Map<_, _>>());
    (members, any::<bool>()).prop_map(|(members, pretty)| {
        if pretty {
            serde_json::to_vec_pretty(&members).unwrap()
        } else {
            serde_json::to_vec(&members).unwrap()
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn members_lie_where_the_full_grammar_finds_them(
        document in document(),
        offset in any::<prop::sample::Index>(),
        cuts in vec(any::<usize>(), 0..8),
    ) {
        let members = strict(&document);
        prop_assert!(members.is_ok());
        for offset in [0, offset.index(document.len())] {
            prop_assert_eq!(&scan(&document, offset, &[]), &members);
            prop_assert_eq!(&scan(&document, offset, &cuts), &members);
        }
        let bytewise: Vec<usize> = (0..document.len()).collect();
        prop_assert_eq!(&scan(&document, 0, &bytewise), &members);
    }

    #[test]
    fn damage_never_moves_a_member(
        document in document(),
        offset in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        with in prop_oneof![any::<u8>(), select(&b"\"\\[]{}:,'/ 1e\n"[..])],
        cuts in vec(any::<usize>(), 0..8),
    ) {
        let mut document = document;
        let offset = offset.index(document.len());
        let at = at.index(document.len());
        document[at] = with;
        let skipped = scan(&document, offset, &[]);
        prop_assert_eq!(&scan(&document, offset, &cuts), &skipped);
        let strict = strict(&document);
        if strict.is_ok() {
            prop_assert_eq!(skipped, strict);
        } else if at < offset && location_of(&strict).is_some_and(|at| at < offset) {
            prop_assert_eq!(skipped, strict);
        }
    }

    #[test]
    fn any_bytes_are_read_as_by_the_rules(
        inside in vec(select(&b"\\\\\\\"\"\"[]{}[]{},,::11ee  \n\tx'\x01"[..]), 0..200),
        cuts in vec(any::<usize>(), 0..4),
    ) {
        agrees_with_the_reference(&inside, &cuts)?;
    }

    #[test]
    fn strings_are_read_as_by_the_rules(
        parts in vec(select(&["\"", "\\", "\\\\\\", "abcdefg", ",", "[\"", "\"]", "{\"", "\":"][..]), 0..80),
        cuts in vec(any::<usize>(), 0..4),
    ) {
        agrees_with_the_reference(parts.concat().as_bytes(), &cuts)?;
    }
}

fn location_of(outcome: &Result<Members, JsonError>) -> Option<usize> {
    match outcome {
        Err(JsonError::Syntax { at, .. } | JsonError::Utf8 { at }) => Some(*at),
        _ => None,
    }
}

fn agrees_with_the_reference(inside: &[u8], cuts: &[usize]) -> Result<(), TestCaseError> {
    let head = b"{\"a\":[";
    let document = [head, inside].concat();
    let outcome = scan(&document, 0, cuts);
    prop_assert_eq!(&outcome, &scan(&document, 0, &[]));
    match reference(inside) {
        Err(at) => prop_assert_eq!(location_of(&outcome), Some(head.len() + at)),
        Ok(None) => prop_assert_eq!(outcome, Err(JsonError::Unfinished)),
        Ok(Some(end)) => {
            let closed = [head, &inside[..end], b"}"].concat();
            let members = scan(&closed, 0, cuts);
            prop_assert_eq!(
                members.map(|members| members[0].value.clone()),
                Ok(head.len() - 1..head.len() + end)
            );
        }
    }
    Ok(())
}
