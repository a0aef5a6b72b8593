//! Multipart bodies: only the model field changes.

use std::fmt::Write;

use aigw_testkit::FakeUpstream;

use crate::harness::{AUTH, World, one_model};

/// A form as browsers and SDKs send it.
fn form(fields: &[(&str, Option<&str>, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, file, value) in fields {
        let mut head = format!("--frontier 7\r\nContent-Disposition: form-data; name=\"{name}\"");
        if let Some(file) = file {
            let _ = write!(
                head,
                "; filename=\"{file}\"\r\nContent-Type: application/octet-stream"
            );
        }
        head.push_str("\r\n\r\n");
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(value);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"--frontier 7--\r\n");
    out
}

const FORM: (&str, &str) = (
    "content-type",
    "multipart/form-data; boundary=\"frontier 7\"",
);

#[tokio::test]
async fn only_the_model_field_of_a_form_changes() {
    let upstream = FakeUpstream::start().await;
    let world = World::start(&one_model("public", &upstream.base_url(), "text"));
    let mut client = world.client().await;
    // Bytes that are no text, and that look like the field and like a boundary.
    let mut file: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    file.extend_from_slice(
        b"\r\n--frontier 8\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\npublic\r\n",
    );
    for path in [
        "/v1/audio/transcriptions",
        "/v1/audio/translations",
        "/v1/images/edits",
        "/v1/images/variations",
    ] {
        let fields = |model: &'static [u8]| -> [(&str, Option<&str>, Vec<u8>); 3] {
            [
                ("file", Some("model.mp3"), file.clone()),
                ("model", None, model.to_vec()),
                ("prompt", None, b"public".to_vec()),
            ]
        };
        let build = |model| {
            let fields = fields(model);
            let borrowed: Vec<_> = fields
                .iter()
                .map(|(n, f, v)| (*n, *f, v.as_slice()))
                .collect();
            form(&borrowed)
        };
        let answer = client
            .post(path, &[AUTH, FORM], build(b"public"))
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{path}: {}", answer.text());
        let seen = upstream.last_request().unwrap();
        assert!(seen.body == build(b"text"), "{path}");
        assert_eq!(seen.header("content-type"), Some(FORM.1));
        assert_eq!(seen.path, path);
    }
}

#[tokio::test]
async fn bad_forms_are_refused() {
    let upstream = FakeUpstream::start().await;
    let world = World::start(&one_model("public", &upstream.base_url(), "text"));
    let mut client = world.client().await;
    let path = "/v1/audio/transcriptions";
    for (body, content_type, code) in [
        (form(&[("file", Some("a"), b"x")]), FORM.1, "missing_model"),
        (form(&[("model", None, b"")]), FORM.1, "invalid_model"),
        (form(&[("model", None, b"\xff")]), FORM.1, "invalid_model"),
        (
            form(&[("model", None, b"public"), ("model", None, b"other")]),
            FORM.1,
            "invalid_multipart",
        ),
        (
            form(&[("model", None, b"public")]),
            "multipart/form-data",
            "invalid_multipart",
        ),
        (b"no form at all".to_vec(), FORM.1, "invalid_multipart"),
        (form(&[("model", None, b"nope")]), FORM.1, "model_not_found"),
    ] {
        let answer = client
            .post(path, &[AUTH, ("content-type", content_type)], &body)
            .await
            .unwrap();
        let text = String::from_utf8_lossy(&body).into_owned();
        let found = answer.json()["error"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert!(
            [400, 404].contains(&answer.status()),
            "{text}: {}",
            answer.text()
        );
        assert!(
            found == code || code == "invalid_multipart" && found == "missing_model",
            "{text}: {found}"
        );
    }
    assert_eq!(upstream.count(), 0);
}
