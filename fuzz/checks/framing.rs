//! What must hold for any bytes of a stream and any split of them.

use aigw_protocol::{Dialect, Framer, Inspector, Verdict, text_delta};
use bytes::Bytes;

const MAX_EVENT: usize = 4096;

/// The first byte says into how large pieces the rest is split.
pub(crate) fn framing(data: &[u8]) {
    let Some((&size, stream)) = data.split_first() else {
        return;
    };
    let pieces: Vec<Bytes> = stream
        .chunks(usize::from(size).max(1))
        .map(Bytes::copy_from_slice)
        .collect();
    split_does_not_matter(stream, &pieces);
}

/// Frames, verdicts and counts are those of the unsplit stream, and no byte is lost.
pub(crate) fn split_does_not_matter(stream: &[u8], pieces: &[Bytes]) {
    for dialect in Dialect::ALL {
        let whole = read(dialect, &[Bytes::copy_from_slice(stream)]);
        let split = read(dialect, pieces);
        assert_eq!(split.seen, whole.seen);
        assert_eq!(split.summary, whole.summary);
        if !whole.too_large {
            assert!(stream.starts_with(&split.raw));
            assert!(stream.len() - split.raw.len() <= split.rest + 1);
            assert_eq!(split.rest, whole.rest);
        }
    }
}

#[derive(Debug, PartialEq)]
struct Seen {
    event: Option<Vec<u8>>,
    data: Vec<u8>,
    comment: bool,
    verdict: Verdict,
    text: Option<String>,
}

struct Read {
    seen: Vec<Seen>,
    raw: Vec<u8>,
    rest: usize,
    too_large: bool,
    summary: String,
}

fn read(dialect: Dialect, pieces: &[Bytes]) -> Read {
    let mut framer = Framer::new(MAX_EVENT);
    let mut inspector = Inspector::new(dialect, true);
    let mut read = Read {
        seen: Vec::new(),
        raw: Vec::new(),
        rest: 0,
        too_large: false,
        summary: String::new(),
    };
    for piece in pieces {
        framer.push(piece.clone());
        while let Some(frame) = framer.next() {
            let Ok(frame) = frame else {
                read.too_large = true;
                continue;
            };
            read.raw.extend_from_slice(frame.raw());
            assert_eq!(frame.to_bytes(), frame.raw());
            let delta = text_delta(dialect, &frame);
            if let Some(delta) = &delta {
                let literal = &frame.raw()[delta.span.clone()];
                assert!(
                    literal.len() >= 3 && literal.starts_with(b"\"") && literal.ends_with(b"\"")
                );
            }
            read.seen.push(Seen {
                event: frame.event().map(<[u8]>::to_vec),
                data: frame.data().into_owned(),
                comment: frame.is_comment(),
                verdict: inspector.inspect(&frame),
                text: delta.map(|delta| delta.text),
            });
        }
    }
    read.rest = framer.rest();
    read.summary = format!(
        "{:?} {} {} {} {:?} {} {}",
        inspector.usage(),
        inspector.finished(),
        inspector.terminated(),
        inspector.text_only(),
        inspector.completion(),
        inspector.next_sequence(),
        read.too_large,
    );
    read
}
