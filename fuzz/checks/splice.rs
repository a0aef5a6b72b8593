//! What must hold for any bytes of a request body and any split of them.

use aigw_protocol::{
    Body, Edits, Envelope, JsonError, Members, Scanner, model_json, multipart, read_answer,
    read_error, replace, splice as apply,
};
use bytes::Bytes;

/// The first byte says into how large pieces the rest is split.
pub(crate) fn splice(data: &[u8]) {
    let Some((&size, document)) = data.split_first() else {
        return;
    };
    let body: Body = document
        .chunks(usize::from(size).max(1))
        .map(Bytes::copy_from_slice)
        .collect();
    let members = scan(&body);
    assert_eq!(
        members,
        Scanner::scan(document),
        "a split changes the outcome"
    );
    let read = read_answer(aigw_protocol::Endpoint::Messages, document);
    assert_eq!(read.is_ok(), members.is_ok());
    let _ = read_error(document);
    form(&body, document);
    if let Ok(envelope) = Envelope::scan(&body) {
        only_the_model_changes(&body, document, &envelope);
        edits_leave_valid_json(&body, &envelope);
    }
}

/// Splicing the model in leaves every other byte.
pub(crate) fn only_the_model_changes(body: &Body, document: &[u8], envelope: &Envelope) {
    let name = "other \"model\"";
    let out = apply(body, Edits::new(envelope).model(name)).to_bytes();
    let span = envelope.model_span().unwrap_or_default();
    let expected = [
        &document[..span.start],
        &model_json(name),
        &document[span.end..],
    ]
    .concat();
    assert_eq!(out, expected);
    let again = Envelope::scan(&Body::from(out));
    assert_eq!(again.as_ref().map(Envelope::model), Ok(name));
}

fn scan(body: &Body) -> Result<Members, JsonError> {
    let mut scanner = Scanner::new();
    for segment in body.segments() {
        scanner.push(segment)?;
    }
    scanner.finish()
}

fn edits_leave_valid_json(body: &Body, envelope: &Envelope) {
    let edits = Edits::new(envelope)
        .model("m")
        .include_usage()
        .set("temperature", "0.5")
        .default("seed", "1")
        .drop("stop")
        .drop("n");
    let out = apply(body, edits);
    let again = Envelope::scan(&out);
    let Ok(again) = again else {
        // Adding members can only take the object over the limit on their number.
        assert!(envelope.members().len() > 4000, "{again:?}");
        return;
    };
    assert_eq!(again.model(), "m");
    assert!(again.member(&out, "stop").is_none() && again.member(&out, "n").is_none());
    assert!(again.member(&out, "temperature").is_some() && again.member(&out, "seed").is_some());
}

/// The same bytes taken as a form.
fn form(body: &Body, document: &[u8]) {
    let joined = Body::from(document.to_vec());
    let found = multipart::find_field(body, b"x", "model");
    assert_eq!(found, multipart::find_field(&joined, b"x", "model"));
    if let Ok(Some(span)) = found {
        let out = replace(body, span.clone(), Bytes::from_static(b"m")).to_bytes();
        assert_eq!(
            out,
            [&document[..span.start], b"m", &document[span.end..]].concat()
        );
    }
}
