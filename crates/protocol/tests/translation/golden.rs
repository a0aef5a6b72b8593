//! Every fixture of every dialect, translated into every other one, against what is committed.
//!
//! A missing golden is written and fails once; `UPDATE=1` rewrites all that differ.

use std::fs;
use std::path::{Path, PathBuf};

use aigw_protocol::codec::{self, StreamDecoder, StreamEncoder, Target, translate_error};
use aigw_protocol::hub::{Document, StreamError};
use aigw_protocol::{Dialect, Family, Framer};

use crate::fixtures::{Case, DIALECTS, cases, pretty, view};

/// Compares with what is committed, and collects what differs.
#[derive(Default)]
struct Goldens {
    wrong: Vec<String>,
    seen: usize,
}

impl Goldens {
    fn check(&mut self, path: &Path, found: &str) {
        self.seen += 1;
        let known = fs::read_to_string(path).ok();
        if known.as_deref().unwrap_or_default() == found {
            return;
        }
        let update = std::env::var_os("UPDATE").is_some();
        let written = known.is_none() || update;
        if written && found.is_empty() {
            let _ = fs::remove_file(path);
        } else if written {
            fs::write(path, found).unwrap();
        }
        if !update {
            let what = if written { "written" } else { "differs" };
            self.wrong.push(format!("{what}: {}", path.display()));
        }
    }

    fn finish(self) {
        assert!(self.seen > 0, "no fixtures");
        assert!(self.wrong.is_empty(), "\n{}", self.wrong.join("\n"));
    }
}

fn beside(case: &Case, to: &str, extension: &str) -> PathBuf {
    case.path
        .with_file_name(format!("{}.to.{to}.{extension}", case.name))
}

fn others(dialect: Dialect) -> impl Iterator<Item = Dialect> {
    DIALECTS
        .iter()
        .copied()
        .filter(move |other| *other != dialect)
}

#[test]
fn requests_reach_every_dialect() {
    let mut goldens = Goldens::default();
    for case in cases("request") {
        let body = Document::check(&case.content).unwrap();
        for to in others(case.dialect) {
            let target = Target {
                scope: "s1",
                ..Target::new(to, "target-model")
            };
            let mut out = Vec::new();
            let told = codec::decode_request(case.dialect, body)
                .and_then(|request| codec::encode_request(&request, &target, &mut out));
            let (json, loss) = match told {
                Ok(loss) => (pretty(&out), loss.report(&case.content).to_string()),
                Err(error) => {
                    let path = error.path(&case.content);
                    (String::new(), format!("refused {path}: {error}\n"))
                }
            };
            goldens.check(&beside(&case, to.as_str(), "json"), &json);
            goldens.check(&beside(&case, to.as_str(), "loss"), &loss);
        }
    }
    goldens.finish();
}

#[test]
fn answers_reach_every_dialect() {
    let mut goldens = Goldens::default();
    for case in cases("response") {
        let body = Document::check(&case.content).unwrap();
        for to in others(case.dialect) {
            let response = codec::decode_response(case.dialect, body).unwrap();
            let mut out = Vec::new();
            let loss = codec::encode_response(response, &view(to), &mut out);
            let loss = loss.report(&case.content).to_string();
            goldens.check(&beside(&case, to.as_str(), "json"), &pretty(&out));
            goldens.check(&beside(&case, to.as_str(), "loss"), &loss);
        }
    }
    goldens.finish();
}

#[test]
fn streams_reach_every_dialect() {
    let mut goldens = Goldens::default();
    for case in cases("stream") {
        for to in others(case.dialect) {
            let mut encoder = StreamEncoder::new(view(to));
            let mut out = Vec::new();
            let ended = transcode(&case, &mut encoder, &mut out);
            if let Err(error) = ended {
                out.extend_from_slice(format!(": {error}\n").as_bytes());
            }
            let loss = encoder.loss().report(b"{}").to_string();
            goldens.check(
                &beside(&case, to.as_str(), "sse"),
                &String::from_utf8(out).unwrap(),
            );
            goldens.check(&beside(&case, to.as_str(), "loss"), &loss);
        }
    }
    goldens.finish();
}

fn transcode(
    case: &Case,
    encoder: &mut StreamEncoder,
    out: &mut Vec<u8>,
) -> Result<(), StreamError> {
    let mut decoder = StreamDecoder::new(case.dialect);
    let mut framer = Framer::new(1 << 20);
    framer.push(case.content.clone().into());
    while let Some(frame) = framer.next() {
        decoder.push_frame(&frame.unwrap(), &mut |event| encoder.event(event, out))?;
    }
    decoder.finish(&mut |event| encoder.event(event, out))
}

#[test]
fn errors_reach_every_family() {
    let mut goldens = Goldens::default();
    for case in cases("error") {
        let status = case
            .name
            .split('-')
            .next()
            .and_then(|status| status.parse().ok());
        let status = status.expect("an error's name begins with its status");
        let families = [
            (Family::Openai, "openai"),
            (Family::Anthropic, "anthropic"),
            (Family::Gemini, "gemini"),
        ];
        for (family, name) in families {
            if family != case.dialect.family() {
                let told = translate_error(family, status, &case.content, "req_x");
                goldens.check(&beside(&case, name, "json"), &pretty(&told));
            }
        }
    }
    goldens.finish();
}
