//! Properties of the decoder over arbitrary bodies, bytes and splits.

use proptest::prelude::*;

use super::*;

/// Feeds `wire` in pieces whose lengths cycle through `cuts`; gives the body, the bytes used and the fault.
fn run(
    decoder: &mut Decoder,
    wire: &[u8],
    cuts: &[usize],
) -> (Vec<u8>, usize, Option<&'static str>) {
    let (mut body, mut used, mut turn) = (Vec::new(), 0, 0);
    while used < wire.len() && !decoder.is_end() {
        let length = cuts
            .get(turn % cuts.len().max(1))
            .copied()
            .unwrap_or(wire.len())
            .max(1);
        turn += 1;
        let mut piece = wire[used..wire.len().min(used + length)].to_vec();
        let decoded = decoder.decode(&mut piece);
        body.extend_from_slice(&piece[decoded.data]);
        used += decoded.used;
        if decoded.fault.is_some() {
            return (body, used, decoded.fault);
        }
    }
    (body, used, None)
}

fn whole(wire: &[u8]) -> (Vec<u8>, usize, Option<&'static str>) {
    run(&mut Decoder::new(Framing::Chunked), wire, &[])
}

fn encode(chunks: &[Vec<u8>], extension: &str, trailer: &str) -> Vec<u8> {
    let mut wire = Vec::new();
    for chunk in chunks.iter().filter(|chunk| !chunk.is_empty()) {
        wire.extend_from_slice(format!("{:x}{extension}\r\n", chunk.len()).as_bytes());
        wire.extend_from_slice(chunk);
        wire.extend_from_slice(b"\r\n");
    }
    wire.extend_from_slice(format!("0{extension}\r\n{trailer}\r\n").as_bytes());
    wire
}

proptest! {
    #[test]
    fn chunks_decode_to_their_bytes_under_any_split(
        chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..8),
        extension in prop::sample::select(vec!["", ";a=b", " ; q=\"x y\"", "  "]),
        trailer in prop::sample::select(vec!["", "a: b\r\n", "a: b\r\nc: \u{e9}\r\n"]),
        rest in prop::collection::vec(any::<u8>(), 0..20),
        cuts in prop::collection::vec(1usize..40, 1..6),
    ) {
        let mut wire = encode(&chunks, extension, trailer);
        let length = wire.len();
        wire.extend_from_slice(&rest);
        let mut decoder = Decoder::new(Framing::Chunked);
        let (body, used, fault) = run(&mut decoder, &wire, &cuts);
        prop_assert_eq!(fault, None);
        prop_assert_eq!(body, chunks.concat());
        prop_assert_eq!(used, length);
        prop_assert!(decoder.is_end());
    }

    #[test]
    fn arbitrary_bytes_mean_the_same_under_any_split(
        wire in prop::collection::vec(prop::sample::select(b"0123aF;= \r\n\tx\x00\x80".to_vec()), 0..200),
        cuts in prop::collection::vec(1usize..9, 1..6),
    ) {
        let mut split = Decoder::new(Framing::Chunked);
        let mut joined = Decoder::new(Framing::Chunked);
        prop_assert_eq!(run(&mut split, &wire, &cuts), run(&mut joined, &wire, &[]));
        prop_assert_eq!(split.state, joined.state);
    }

    #[test]
    fn a_length_takes_its_bytes_and_leaves_the_rest(
        wire in prop::collection::vec(any::<u8>(), 0..300),
        length in 0usize..300,
        cuts in prop::collection::vec(1usize..40, 1..6),
    ) {
        let mut decoder = Decoder::new(Framing::Length(length as u64));
        let (body, used, fault) = run(&mut decoder, &wire, &cuts);
        let taken = length.min(wire.len());
        prop_assert_eq!((&body[..], used, fault), (&wire[..taken], taken, None));
        prop_assert_eq!(decoder.is_end(), length <= wire.len());
    }

    #[test]
    fn a_truncated_chunked_body_never_counts_as_complete(
        chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let wire = encode(&chunks, "", "");
        let mut decoder = Decoder::new(Framing::Chunked);
        run(&mut decoder, &wire[..cut.index(wire.len())], &[]);
        prop_assert!(!decoder.may_end());
    }
}

#[test]
fn chunks_of_one_read_become_one_slice() {
    let mut buf = *b"3\r\nabc\r\n2\r\nde\r\n1\r\nf\r\n";
    let decoded = Decoder::new(Framing::Chunked).decode(&mut buf);
    assert_eq!(&buf[decoded.data], b"abcdef");
}

#[test]
fn malformed_framing_is_refused_after_the_bytes_before_it() {
    for (wire, body, what) in [
        (&b"\r\n"[..], "", "chunk size"),
        (b"g\r\n", "", "chunk size"),
        (b"-1\r\n", "", "chunk size"),
        (b"0x1\r\n", "", "chunk size"),
        (b"+1\r\n", "", "chunk size"),
        (b" 1\r\n", "", "chunk size"),
        (b"1 1\r\n", "", "chunk size"),
        (b"1\na", "", "chunk size"),
        (b"1;x\na", "", "chunk extension"),
        (b"1\rx", "", "line end"),
        (b"3\r\nabcX", "abc", "line end"),
        (b"3\r\nabc\nX", "abc", "line end"),
        (b"3\r\nabc\r\n\r\n", "abc", "chunk size"),
        (b"0\r\na: b\n", "", "trailer"),
        (b"0\r\n\rx", "", "line end"),
        (b"1000000000000000\r\n", "", "chunk size is too large"),
        (b"0000000000000001\r\n", "", "chunk size is too large"),
    ] {
        let (decoded, _, fault) = whole(wire);
        assert_eq!(
            (decoded.as_slice(), fault),
            (body.as_bytes(), Some(what)),
            "{}",
            wire.escape_ascii()
        );
    }
}

#[test]
fn extensions_and_trailers_are_bounded() {
    let extension = |length: usize| {
        [
            b"1;".to_vec(),
            vec![b'x'; length],
            b"\r\na\r\n0\r\n\r\n".to_vec(),
        ]
        .concat()
    };
    assert_eq!(whole(&extension(256)).2, None);
    assert_eq!(
        whole(&extension(257)).2,
        Some("chunk extension is too long")
    );
    assert_eq!(
        whole(&[b"1".to_vec(), vec![b' '; 300]].concat()).2,
        Some("chunk size")
    );
    let trailer =
        |length: usize| [b"0\r\n".to_vec(), vec![b'x'; length], b"\r\n\r\n".to_vec()].concat();
    assert_eq!(whole(&trailer(8 * 1024)).2, None);
    assert_eq!(
        whole(&trailer(8 * 1024 + 1)).2,
        Some("trailers are too long")
    );
    let lines = [b"0\r\n".to_vec(), b"a:b\r\n".repeat(4096)].concat();
    assert_eq!(whole(&lines).2, Some("trailers are too long"));
}

#[test]
fn a_body_until_close_may_end_anywhere() {
    let mut decoder = Decoder::new(Framing::UntilClose);
    assert_eq!(run(&mut decoder, b"anything", &[3]).0, b"anything");
    assert!(decoder.may_end() && !decoder.is_end());
}
