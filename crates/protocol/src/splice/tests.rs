use super::*;

fn edited(document: &str, edit: impl Fn(Edits<'_>) -> Edits<'_>) -> String {
    let bytewise: Body = document
        .as_bytes()
        .chunks(1)
        .map(Bytes::copy_from_slice)
        .collect();
    let body = Body::from(document.as_bytes().to_vec());
    let envelope = Envelope::scan(&body).unwrap();
    let out = splice(&body, edit(Edits::new(&envelope))).to_bytes();
    assert_eq!(
        splice(&bytewise, edit(Edits::new(&envelope))).to_bytes(),
        out
    );
    String::from_utf8(out.to_vec()).unwrap()
}

#[test]
fn only_the_model_changes() {
    assert_eq!(
        edited(r#"{ "a":1.0,"model" : "x\u0041" ,"a":2 }"#, |edits| edits
            .model("new \"m\"")),
        r#"{ "a":1.0,"model" : "new \"m\"" ,"a":2 }"#
    );
}

#[test]
fn no_edit_shares_the_body() {
    let body = Body::from(br#"{"model":"m"}"#.to_vec());
    let envelope = Envelope::scan(&body).unwrap();
    let edits = Edits::new(&envelope);
    assert!(edits.is_empty());
    assert_eq!(
        splice(&body, edits).segments()[0].as_ptr(),
        body.segments()[0].as_ptr()
    );
}

#[test]
fn set_replaces_every_member_of_the_name_or_appends() {
    assert_eq!(
        edited(r#"{"n":1,"model":"m","\u006e": 2}"#, |edits| edits
            .set("n", "[3]")),
        r#"{"n":[3],"model":"m","\u006e": [3]}"#
    );
    assert_eq!(
        edited(r#"{"model":"m" }"#, |edits| edits.set("n", "3")),
        r#"{"model":"m","n":3 }"#
    );
}

#[test]
fn default_fills_in_what_is_absent() {
    fn edit(edits: Edits<'_>) -> Edits<'_> {
        edits.default("n", "3").default("k", "{}")
    }
    assert_eq!(
        edited(r#"{"n":null,"model":"m"}"#, edit),
        r#"{"n":null,"model":"m","k":{}}"#
    );
}

#[test]
fn drop_takes_out_every_member_of_the_name_with_one_comma() {
    fn drop(edits: Edits<'_>) -> Edits<'_> {
        edits.drop("a").drop("b")
    }
    for (document, expected) in [
        (r#"{ "a":1 , "model":"m" }"#, r#"{ "model":"m" }"#),
        (r#"{"model":"m" , "a":1 }"#, r#"{"model":"m" }"#),
        (
            r#"{"a":1,"b":[2,3],"model":"m","a":{},"c":0,"b":1}"#,
            r#"{"model":"m","c":0}"#,
        ),
        (r#"{"x":1, "a":2, "model":"m"}"#, r#"{"x":1, "model":"m"}"#),
        (r#"{"model":"m","b":1,"a":2}"#, r#"{"model":"m"}"#),
    ] {
        assert_eq!(edited(document, drop), expected, "{document}");
    }
}

#[test]
fn edits_combine() {
    fn edit(edits: Edits<'_>) -> Edits<'_> {
        edits
            .model("new")
            .drop("z")
            .set("n", "2")
            .default("k", "3")
            .drop("y")
    }
    assert_eq!(
        edited(r#"{"y":0,"model":"m","n":1,"z":[1],"z":2}"#, edit),
        r#"{"model":"new","n":2,"k":3}"#
    );
}

#[test]
fn the_last_change_of_a_name_counts_and_the_model_is_safe() {
    fn edit(edits: Edits<'_>) -> Edits<'_> {
        edits
            .set("n", "1")
            .drop("n")
            .set("model", "\"x\"")
            .drop("model")
    }
    assert_eq!(edited(r#"{"model":"m","n":0}"#, edit), r#"{"model":"m"}"#);
}

#[test]
fn usage_is_requested_in_place() {
    fn usage(edits: Edits<'_>) -> Edits<'_> {
        edits.include_usage()
    }

    for (options, expected) in [
        ("null", r#"{"include_usage":true}"#),
        ("{ }", r#"{"include_usage":true }"#),
        (r#"{"x":1}"#, r#"{"include_usage":true,"x":1}"#),
        (
            r#"{"include_usage" : false, "x":1}"#,
            r#"{"include_usage" : true, "x":1}"#,
        ),
        (
            r#"{"include_usage":null,"include_usage":0}"#,
            r#"{"include_usage":true,"include_usage":true}"#,
        ),
        ("7", "7"),
    ] {
        let document = |options| format!(r#"{{"model":"m","stream_options":{options},"n":1}}"#);
        assert_eq!(edited(&document(options), usage), document(expected));
    }
    assert_eq!(
        edited(r#"{"model":"m"}"#, usage),
        r#"{"model":"m","stream_options":{"include_usage":true}}"#
    );
}

#[test]
fn small_bodies_become_one_segment() {
    let body: Body = [&b"{\"mo"[..], b"del\":\"m\"}"]
        .map(Bytes::from_static)
        .into_iter()
        .collect();
    let envelope = Envelope::scan(&body).unwrap();
    assert_eq!(
        splice(&body, Edits::new(&envelope).model("n")).segments(),
        [r#"{"model":"n"}"#]
    );
}

#[test]
fn a_body_of_64_mib_is_not_copied() {
    let piece = Bytes::from(vec![b'x'; 64 << 20]);
    let body: Body = [
        Bytes::from_static(b"{\"input\":\""),
        piece.clone(),
        Bytes::from_static(b"\",\"model\":\"m\"}"),
    ]
    .into_iter()
    .collect();
    let envelope = Envelope::scan(&body).unwrap();
    let out = splice(&body, Edits::new(&envelope).model("other"));
    assert_eq!(out.len(), body.len() + 4);
    assert_eq!(out.segments()[1].as_ptr(), piece.as_ptr());
    assert_eq!(
        out.slice(out.len() - 17..out.len()),
        &b",\"model\":\"other\"}"[..]
    );
}

#[test]
fn a_range_is_replaced() {
    let body: Body = ["ab", "cd"]
        .map(|s| Bytes::from_static(s.as_bytes()))
        .into_iter()
        .collect();
    assert_eq!(
        replace(&body, 1..3, Bytes::from_static(b"--")).to_bytes(),
        "a--d"
    );
}
