use bytes::Bytes;

use super::*;

fn part(headers: &str, content: &str) -> String {
    format!("--b\r\n{headers}\r\n\r\n{content}\r\n")
}

fn field(name: &str, content: &str) -> String {
    part(
        &format!("Content-Disposition: form-data; name=\"{name}\""),
        content,
    )
}

/// The outcome whole and bytewise, which must be the same.
fn find(form: &str) -> Result<Option<String>, MultipartError> {
    let bytes = form.as_bytes();
    let whole = find_field(&Body::from(bytes.to_vec()), b"b", "model");
    for size in [1, 3, 7] {
        let pieces: Body = bytes.chunks(size).map(Bytes::copy_from_slice).collect();
        assert_eq!(find_field(&pieces, b"b", "model"), whole);
    }
    whole.map(|span| span.map(|span| form[span].to_owned()))
}

#[test]
fn finds_the_field_among_files() {
    let file = part(
        "Content-Type: audio/wav\r\ncontent-disposition: form-data; filename=\"; name=model\"; name=\"file\"",
        "RIFF\r\n--other\r\n\r\n-",
    );
    let form = format!(
        "{}{file}{}--b--\r\n",
        field("language", "en"),
        field("model", "whisper-1")
    );
    assert_eq!(find(&form), Ok(Some("whisper-1".to_owned())));
}

#[test]
fn a_form_without_the_field_has_none() {
    assert_eq!(find(&format!("{}--b--", field("x", "model"))), Ok(None));
    assert_eq!(find("--b--\r\n"), Ok(None));
}

#[test]
fn a_second_field_is_refused_in_any_case() {
    for second in ["model", "Model"] {
        let form = format!("{}{}--b--", field("model", "a"), field(second, "b"));
        assert_eq!(find(&form), Err(MultipartError::Duplicate));
    }
    assert_eq!(find(&format!("{}--b--", field("MODEL", "a"))), Ok(None));
}

#[test]
fn preamble_padding_and_empty_content_are_fine() {
    let form = format!(
        "hello\r\n{}--b \t\r\n{}",
        field("model", ""),
        &field("x", "y")[5..]
    );
    assert_eq!(find(&format!("{form}--b--")), Ok(Some(String::new())));
    assert_eq!(
        find("--b\r\ncontent-disposition: form-data; name=model\r\n\r\n\r\n--b--"),
        Ok(Some(String::new()))
    );
    assert_eq!(
        find(&format!(
            "--b\r\n\r\nno headers\r\n{}--b--",
            field("model", "m")
        )),
        Ok(Some("m".to_owned()))
    );
}

#[test]
fn what_is_cut_or_malformed_is_refused() {
    let form = format!("{}--b--", field("model", "m"));
    assert_eq!(
        find(&form[..form.len() - 5]),
        Err(MultipartError::Unfinished)
    );
    assert_eq!(find(&form[..20]), Err(MultipartError::Unfinished));
    assert_eq!(find(""), Err(MultipartError::Malformed));
    assert_eq!(find("--c\r\n"), Err(MultipartError::Malformed));
    assert_eq!(find("--b\n\n"), Err(MultipartError::Malformed));
    let ambiguous = format!("{}--b--", field("x", "\r\n--bogus"));
    assert_eq!(find(&ambiguous), Err(MultipartError::Malformed));
    let long = part(&format!("x: {}", "y".repeat(9000)), "");
    assert_eq!(
        find(&format!("{long}--b--")),
        Err(MultipartError::Malformed)
    );
}

#[test]
fn boundaries_are_read_from_the_content_type() {
    let read = |content_type| boundary(content_type).map(|b| String::from_utf8(b).unwrap());
    assert_eq!(
        read("multipart/form-data; boundary=abc"),
        Some("abc".to_owned())
    );
    assert_eq!(
        read("Multipart/Form-Data; charset=x; Boundary=\"a b\\\"c\""),
        Some("a b\"c".to_owned())
    );
    for other in [
        "multipart/form-data",
        "multipart/mixed; boundary=a",
        "multipart/form-data; boundary=",
    ] {
        assert_eq!(read(other), None, "{other}");
    }
    assert_eq!(
        read(&format!("multipart/form-data; boundary={}", "x".repeat(71))),
        None
    );
}
