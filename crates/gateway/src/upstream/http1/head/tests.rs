//! Heads as upstreams send them, well and badly.

use proptest::prelude::*;

use super::*;

fn read(wire: &[u8]) -> Result<Option<(Head, usize)>, SendError> {
    HeadReader::default().push(wire, &Method::POST)
}

fn complete(lines: &str) -> Head {
    let wire = format!("{}\r\n\r\n", lines.replace('\n', "\r\n"));
    let (head, used) = read(wire.as_bytes()).unwrap().unwrap();
    assert_eq!(used, wire.len());
    head
}

fn refusal(wire: &[u8]) -> &'static str {
    match read(wire) {
        Err(SendError::BadHead { reason }) => reason,
        Err(SendError::HeadTooLarge) => "too large",
        other => panic!("{}: {other:?}", wire.escape_ascii()),
    }
}

proptest! {
    #[test]
    fn a_head_means_the_same_under_any_split(cuts in prop::collection::vec(1usize..30, 1..8)) {
        let wire = b"HTTP/1.1 103 Early\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\na: 1\r\nempty:\r\ncontent-length: 5\r\n\r\nhello";
        let mut reader = HeadReader::default();
        let (mut at, mut turn) = (0, 0);
        let (head, end) = loop {
            let piece = &wire[at..wire.len().min(at + cuts[turn % cuts.len()])];
            turn += 1;
            if let Some((head, used)) = reader.push(piece, &Method::POST).unwrap() {
                break (head, at + used);
            }
            at += piece.len();
        };
        prop_assert_eq!(&wire[end..], b"hello");
        prop_assert_eq!(head.headers.len(), 3);
        prop_assert_eq!(&head.headers["empty"], "");
        prop_assert_eq!(head.framing, Framing::Length(5));
    }

    #[test]
    fn arbitrary_bytes_never_panic(wire in prop::collection::vec(any::<u8>(), 0..200)) {
        let wire = [b"HTTP/1.1 200 OK\r\n", &wire[..], b"\r\n\r\n"].concat();
        let judged = matches!(read(&wire), Ok(_) | Err(SendError::BadHead { .. } | SendError::HeadTooLarge));
        prop_assert!(judged);
    }
}

#[test]
fn framing_follows_the_headers() {
    for (lines, framing, keep_alive) in [
        (
            "HTTP/1.1 200 OK\ncontent-length: 3",
            Framing::Length(3),
            true,
        ),
        (
            "HTTP/1.1 200 OK\ncontent-length: 3\ncontent-length: 3",
            Framing::Length(3),
            true,
        ),
        (
            "HTTP/1.1 200 OK\ncontent-length: 3, 3",
            Framing::Length(3),
            true,
        ),
        (
            "HTTP/1.1 200 OK\ntransfer-encoding: Chunked",
            Framing::Chunked,
            true,
        ),
        (
            "HTTP/1.1 200 OK\ntransfer-encoding: chunked\ncontent-length: 3",
            Framing::Chunked,
            false,
        ),
        (
            "HTTP/1.1 200 OK\ncontent-length: 3\nconnection: x, Close",
            Framing::Length(3),
            false,
        ),
        ("HTTP/1.1 200 OK", Framing::UntilClose, false),
        (
            "HTTP/1.0 200 OK\ncontent-length: 3\nconnection: keep-alive",
            Framing::Length(3),
            false,
        ),
        (
            "HTTP/1.1 204 No Content\ncontent-length: 3",
            Framing::Length(0),
            true,
        ),
        (
            "HTTP/1.1 304 Not Modified\ntransfer-encoding: chunked",
            Framing::Length(0),
            true,
        ),
    ] {
        let head = complete(lines);
        assert_eq!(
            (head.framing, head.keep_alive),
            (framing, keep_alive),
            "{lines}"
        );
    }
}

#[test]
fn ambiguous_and_malformed_heads_are_refused() {
    for (wire, reason) in [
        (
            &b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\n"[..],
            "several content-lengths",
        ),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 3, 4\r\n\r\n",
            "several content-lengths",
        ),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: +3\r\n\r\n",
            "content-length",
        ),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 0x3\r\n\r\n",
            "content-length",
        ),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length:\r\n\r\n",
            "content-length",
        ),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n",
            "content-length",
        ),
        (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n",
            "transfer-encoding",
        ),
        (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: xchunked\r\n\r\n",
            "transfer-encoding",
        ),
        (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n",
            "transfer-encoding",
        ),
        (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding : chunked\r\n\r\n",
            "header name",
        ),
        (b"HTTP/1.1 200 OK\r\na: b\r\n c\r\n\r\n", "header name"),
        (b"HTTP/1.1 200 OK\r\na: b\x00c\r\n\r\n", "header value"),
        (
            b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n",
            "protocol switch",
        ),
        (b"HTTP/1.1 099 No\r\n\r\n", "status"),
        (b"HTTP/2 200 OK\r\n\r\n", "not an HTTP/1 response"),
        (b"\r\nHTTP/1.1 200 OK\r\n\r\n", "not an HTTP/1 response"),
        (b"<html>", "not an HTTP/1 response"),
        (b"SSH-2.0-x", "not an HTTP/1 response"),
    ] {
        assert_eq!(refusal(wire), reason, "{}", wire.escape_ascii());
    }
}

#[test]
fn bytes_over_7f_in_values_are_kept() {
    let head = read(b"HTTP/1.1 200 OK\r\nx: caf\xe9\r\n\r\n")
        .unwrap()
        .unwrap()
        .0;
    assert_eq!(head.headers["x"].as_bytes(), b"caf\xe9");
}

#[test]
fn heads_are_bounded_in_bytes_lines_and_interim_responses() {
    let with = |lines: usize| {
        [
            b"HTTP/1.1 200 OK\r\n".to_vec(),
            b"a: b\r\n".repeat(lines),
            b"\r\n".to_vec(),
        ]
        .concat()
    };
    assert_eq!(
        read(&with(100))
            .unwrap()
            .unwrap()
            .0
            .headers
            .get_all("a")
            .iter()
            .count(),
        100
    );
    assert_eq!(refusal(&with(101)), "too large");
    let long = [b"HTTP/1.1 200 OK\r\na: ".to_vec(), vec![b'x'; 64 * 1024]].concat();
    assert_eq!(refusal(&long), "too large");
    let interim = |count: usize| {
        [
            b"HTTP/1.1 100 Continue\r\n\r\n".repeat(count),
            b"HTTP/1.1 204 x\r\n\r\n".to_vec(),
        ]
        .concat()
    };
    assert_eq!(read(&interim(8)).unwrap().unwrap().0.status, 204);
    assert_eq!(refusal(&interim(9)), "too large");
}

#[test]
fn a_head_without_a_body_answers_a_head_request() {
    let wire = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n";
    let head = HeadReader::default()
        .push(wire, &Method::HEAD)
        .unwrap()
        .unwrap()
        .0;
    assert_eq!((head.framing, head.keep_alive), (Framing::Length(0), true));
}
