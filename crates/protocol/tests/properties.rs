//! Properties that hold for any input and any split of it.

use std::fmt::Write as _;

use aigw_protocol::{Body, Edits, Envelope, JsonError, Scanner, ValueKind, splice};
use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::value::RawValue;

#[path = "../../../fuzz/checks/framing.rs"]
mod framing;

/// Cuts `bytes` at places that are drawn as numbers.
fn cut(bytes: &[u8], cuts: &[usize]) -> Vec<Bytes> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places
        .windows(2)
        .map(|pair| Bytes::copy_from_slice(&bytes[pair[0]..pair[1]]))
        .collect()
}

fn scan_pieces(pieces: &[Bytes]) -> Result<aigw_protocol::Members, JsonError> {
    let mut scanner = Scanner::new();
    for piece in pieces {
        scanner.push(piece)?;
    }
    scanner.finish()
}

fn space() -> impl Strategy<Value = String> {
    "[ \t\r\n]{0,2}"
}

/// String content as written, with every kind of escape.
fn content() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[ -!#-\\[\\]-~]{0,12}",
        1 => "[à-ÿ日本😀]{1,4}",
        1 => prop_oneof![
            Just("\\n"), Just("\\\""), Just("\\\\"), Just("\\/"), Just("\\u0041"), Just("\\uD83D\\ude00"),
            Just("\\ud800"),
        ]
        .prop_map(str::to_owned),
    ];
    vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn number() -> impl Strategy<Value = String> {
    "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,9})?([eE][+-]?[0-9]{1,4})?"
}

/// A JSON value with arbitrary spacing.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("false".to_owned()),
        number(),
        content().prop_map(|content| format!("\"{content}\"")),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let array = (space(), vec((inner.clone(), space()), 0..4));
        let object = (space(), vec((content(), space(), inner, space()), 0..4));
        prop_oneof![
            array.prop_map(|(lead, items)| {
                let items: Vec<_> = items
                    .iter()
                    .map(|(item, after)| format!("{item}{after}"))
                    .collect();
                format!("[{lead}{}]", items.join(","))
            }),
            object.prop_map(|(lead, members)| {
                let members: Vec<_> = members
                    .iter()
                    .map(|(k, s, v, t)| format!("\"{k}\"{s}:{s}{v}{t}"))
                    .collect();
                format!("{{{lead}{}}}", members.join(","))
            }),
        ]
    })
}

/// A top-level member as written; its key is not `model` in any spelling.
fn member() -> impl Strategy<Value = String> {
    let keys = prop_oneof![
        3 => "[a-z_]{1,4}",
        1 => content().prop_map(|key| format!("{key}~")),
        1 => Just("models".to_owned()),
        1 => Just("\\u006dodels".to_owned()),
    ];
    (space(), keys, space(), space(), value(), space())
        .prop_map(|(a, key, b, c, value, d)| format!("{a}\"{key}\"{b}:{c}{value}{d}"))
}

/// A request: what precedes the value of `model`, that value, and what follows.
fn request() -> impl Strategy<Value = (String, String, String)> {
    let key =
        prop_oneof![4 => Just("model"), 1 => Just("\\u006dodel"), 1 => Just("m\\u006Fde\\u006c")];
    let model = "[a-z0-9/:. -]{1,12}(\\\\u00e9|\\\\\"|\\\\ud83d\\\\ude00|é)?";
    (
        vec(member(), 0..5),
        vec(member(), 0..5),
        key,
        model,
        [space(), space(), space(), space()],
    )
        .prop_map(|(before, after, key, model, [a, b, c, d])| {
            let mut head = format!("{a}{{");
            for member in &before {
                let _ = write!(head, "{member},");
            }
            let _ = write!(head, "{b}\"{key}\"{c}:{d}");
            let mut tail = d;
            for member in &after {
                let _ = write!(tail, ",{member}");
            }
            (head, format!("\"{model}\""), format!("{tail}}}{a}"))
        })
}

/// An event stream out of lines that matter.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let end = || prop_oneof![4 => Just("\n"), 2 => Just("\r\n"), 1 => Just("\r")];
    let line = prop_oneof![
        4 => Just(""),
        1 => Just("\u{feff}"),
        2 => Just(": comment"),
        1 => Just("event: error"),
        1 => Just("event: content_block_delta"),
        1 => Just("data"),
        1 => Just("data: [DONE]"),
        2 => Just("data: {\"choices\":[{\"delta\":{\"content\":\"Hé\\u00e9 😀\"}}]}"),
        1 => Just("data:{\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}"),
        1 => Just("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}"),
        1 => Just("data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"x\"}}"),
        1 => Just("data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":4}}"),
        1 => Just("data: {\"type\":\"response.output_text.delta\",\"delta\":\"x\",\"sequence_number\":7}"),
        1 => Just("data: {\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"server_error\"}}}"),
        1 => Just("data: {\"error\":{\"message\":\"no\"}}"),
        1 => Just("data: {\"unfinished\":"),
        1 => Just("data: }"),
    ];
    vec((line, end()), 0..24).prop_map(|lines| {
        lines
            .iter()
            .flat_map(|(line, end)| [*line, *end])
            .collect::<String>()
            .into_bytes()
    })
}

proptest! {
    #[test]
    fn splice_replaces_the_model_and_nothing_else(
        (head, model, tail) in request(),
        cuts in vec(any::<usize>(), 0..6),
        padding in prop_oneof![Just(0_usize), Just(20_000)],
    ) {
        let tail = format!("{tail}{}", " ".repeat(padding));
        let document = format!("{head}{model}{tail}");
        let body: Body = cut(document.as_bytes(), &cuts).into_iter().collect();
        let envelope = Envelope::scan(&body);
        prop_assert!(envelope.is_ok() || document.contains("\"stream\""), "{:?} {}", envelope, document);
        if let Ok(envelope) = envelope {
            prop_assert_eq!(envelope.model_span(), Some(head.len()..head.len() + model.len()));
            prop_assert_eq!(envelope.model(), serde_json::from_str::<String>(&model).unwrap());
            let out = splice(&body, Edits::new(&envelope).model("new/model"));
            prop_assert_eq!(out.to_bytes(), format!("{head}\"new/model\"{tail}"));
        }
    }

    #[test]
    fn scanner_agrees_with_serde_json_on_objects(members in vec(member(), 0..6), cuts in vec(any::<usize>(), 0..6)) {
        let document = format!("{{{}}}", members.join(","));
        agree(document.as_bytes(), &cuts)?;
    }

    #[test]
    fn scanner_agrees_with_serde_json_on_damaged_objects(
        members in vec(member(), 0..4),
        cuts in vec(any::<usize>(), 0..6),
        at in any::<usize>(),
        with in prop_oneof![vec(any::<u8>(), 0..3), "[\\]\\[{}:,\"0-9eE.+\\\\nu -]{0,3}".prop_map(String::into_bytes)],
        removed in 0_usize..3,
    ) {
        let mut document = format!("{{{}}}", members.join(",")).into_bytes();
        let at = at % document.len();
        let end = (at + removed).min(document.len());
        document.splice(at..end, with);
        agree(&document, &cuts)?;
    }

    #[test]
    fn frames_and_verdicts_do_not_depend_on_the_split(stream in stream(), cuts in vec(any::<usize>(), 0..12)) {
        framing::split_does_not_matter(&stream, &cut(&stream, &cuts));
    }

    #[test]
    fn frames_of_any_bytes_do_not_depend_on_the_split(
        stream in vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(b':'), any::<u8>()], 0..64),
        size in any::<u8>(),
    ) {
        framing::framing(&[&[size], stream.as_slice()].concat());
    }
}

/// The scanner accepts what `serde_json` does, sees the same values at the same places, and fails in
/// the same way for every split.
fn agree(document: &[u8], cuts: &[usize]) -> Result<(), TestCaseError> {
    let whole = Scanner::scan(document);
    prop_assert_eq!(&scan_pieces(&cut(document, cuts)), &whole);
    let bytewise: Vec<Bytes> = document.chunks(1).map(Bytes::copy_from_slice).collect();
    prop_assert_eq!(&scan_pieces(&bytewise), &whole);
    let reference: Option<&RawValue> = std::str::from_utf8(document)
        .ok()
        .and_then(|text| serde_json::from_str(text).ok());
    let is_object = reference.is_some_and(|raw| raw.get().starts_with('{'));
    prop_assert_eq!(
        whole.is_ok(),
        is_object,
        "{:?} {}",
        whole,
        String::from_utf8_lossy(document)
    );
    for member in whole.iter().flat_map(|members| members.iter()) {
        let key = &document[member.key.start - 1..=member.key.end];
        prop_assert!(
            serde_json::from_slice::<&RawValue>(key).is_ok_and(|raw| raw.get().starts_with('"'))
        );
        prop_assert_eq!(key.contains(&b'\\'), member.escaped_key);
        let text = &document[member.value.clone()];
        let raw = serde_json::from_slice::<&RawValue>(text)
            .ok()
            .map(RawValue::get);
        prop_assert_eq!(raw.map(str::as_bytes), Some(text));
        prop_assert_eq!(member.kind, kind_of(text[0]));
    }
    Ok(())
}

fn kind_of(byte: u8) -> ValueKind {
    match byte {
        b'n' => ValueKind::Null,
        b't' => ValueKind::True,
        b'f' => ValueKind::False,
        b'"' => ValueKind::String,
        b'[' => ValueKind::Array,
        b'{' => ValueKind::Object,
        _ => ValueKind::Number,
    }
}
