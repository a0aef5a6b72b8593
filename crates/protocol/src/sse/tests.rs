use super::*;

/// Raw bytes, event and data of each frame.
type Seen = (String, Option<String>, String);

fn frames(chunks: &[&str]) -> (Vec<Seen>, Framer) {
    let mut framer = Framer::new(1000);
    let mut seen = Vec::new();
    for chunk in chunks {
        framer.push(Bytes::copy_from_slice(chunk.as_bytes()));
        while let Some(frame) = framer.next() {
            let frame = frame.unwrap();
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            seen.push((
                text(frame.raw()),
                frame.event().map(text),
                text(&frame.data()),
            ));
        }
    }
    (seen, framer)
}

fn data(chunks: &[&str]) -> Vec<String> {
    frames(chunks)
        .0
        .into_iter()
        .map(|(_, _, data)| data)
        .collect()
}

#[test]
fn an_event_ends_with_its_blank_line() {
    let (seen, framer) = frames(&["event: a\ndata: 1\n\ndata:2\n\nda"]);
    let expected = [
        ("event: a\ndata: 1\n\n", Some("a"), "1"),
        ("data:2\n\n", None, "2"),
    ];
    let expected = expected
        .map(|(raw, event, data)| (raw.to_owned(), event.map(str::to_owned), data.to_owned()));
    assert_eq!(seen, expected);
    assert_eq!(framer.rest(), 2);
}

#[test]
fn every_kind_of_line_end_ends_lines() {
    for end in ["\n", "\r\n", "\r"] {
        let stream = "data: 1|data: 2||: c||data: 3||".replace('|', end);
        assert_eq!(data(&[&stream]), ["1\n2", "", "3"], "{end:?}");
    }
    assert_eq!(
        data(&["data: 1\r\n\ndata: 2\n\r\ndata: 3\r\r"]),
        ["1", "2", "3"]
    );
}

#[test]
fn a_cut_between_return_and_feed_loses_no_byte_and_adds_no_event() {
    let (seen, framer) = frames(&["data: 1\r\n\r", "\n", "data: 2\r", "\n\r", "\n"]);
    let raw: Vec<_> = seen.iter().map(|(raw, ..)| raw.as_str()).collect();
    assert_eq!(raw, ["data: 1\r\n\r", "\ndata: 2\r\n\r"]);
    assert_eq!(framer.rest(), 0);
}

#[test]
fn extra_blank_lines_are_comments_of_their_own() {
    let (seen, _) = frames(&["\n\r\ndata: 1\n\n\n"]);
    let raw: Vec<_> = seen.iter().map(|(raw, ..)| raw.as_str()).collect();
    assert_eq!(raw, ["\n", "\r\n", "data: 1\n\n", "\n"]);
}

#[test]
fn a_byte_order_mark_counts_only_at_the_start() {
    assert_eq!(data(&["\u{feff}data: 1\n\n\u{feff}data: 2\n\n"]), ["1", ""]);
}

#[test]
fn fields_are_read_as_the_standard_says() {
    let (seen, _) =
        frames(&["data:  two\nDATA: no\ndata\nid: 3\nfoo\n:c\ndata:x: y\nevent:a\nevent: b\n\n"]);
    assert_eq!(seen[0].1.as_deref(), Some("b"));
    assert_eq!(seen[0].2, " two\n\nx: y");
    let (seen, _) = frames(&["event:\ndata: 1\n\n"]);
    assert_eq!(seen[0].1, None);
}

#[test]
fn comments_are_told_from_events() {
    let mut framer = Framer::new(100);
    framer.push(Bytes::from_static(b": c\n\nid: 1\n\nevent: e\n\ndata\n\n"));
    let mut comments = Vec::new();
    while let Some(frame) = framer.next() {
        comments.push(frame.unwrap().is_comment());
    }
    assert_eq!(comments, [true, true, false, false]);
}

#[test]
fn events_within_one_chunk_are_not_copied() {
    let chunk = Bytes::from_static(b"data: 1\n\ndata: 2\n\n");
    let mut framer = Framer::new(100);
    framer.push(chunk.clone());
    for start in [0, 9] {
        let frame = framer.next().unwrap().unwrap();
        assert_eq!(frame.raw().as_ptr(), chunk[start..].as_ptr());
        assert_eq!(frame.to_bytes().as_ptr(), chunk[start..].as_ptr());
        assert_eq!(frame.data_span(), Some(6..7));
    }
}

#[test]
fn chunks_pushed_ahead_are_kept() {
    let mut framer = Framer::new(100);
    for chunk in ["data: 1\n\nda", "ta: 2\n", "\n"] {
        framer.push(Bytes::from_static(chunk.as_bytes()));
    }
    assert_eq!(framer.rest(), 18);
    assert_eq!(&*framer.next().unwrap().unwrap().data(), b"1");
    assert_eq!(&*framer.next().unwrap().unwrap().data(), b"2");
    assert!(framer.next().is_none());
}

#[test]
fn an_event_over_the_limit_is_refused_whole_or_in_pieces() {
    let event = format!("data: {}\n\n", "x".repeat(92));
    assert_eq!(event.len(), 100);
    for size in [1, 7, 1000] {
        for (limit, fits) in [(100, true), (99, false)] {
            let mut framer = Framer::new(limit);
            let mut outcomes = Vec::new();
            for piece in format!("data: 1\n\n{event}data: 2\n\n")
                .as_bytes()
                .chunks(size)
            {
                framer.push(Bytes::copy_from_slice(piece));
                while let Some(frame) = framer.next() {
                    outcomes.push(frame.map(|frame| frame.raw().len()));
                }
            }
            let expected = if fits {
                vec![Ok(9), Ok(100), Ok(9)]
            } else {
                vec![Ok(9), Err(EventTooLarge)]
            };
            assert_eq!(outcomes, expected);
            assert_eq!(framer.rest(), 0);
        }
    }
}

#[test]
fn a_single_event_is_read_alone() {
    let frame = Frame::read(b"event: e\r\ndata: 1\r\n\r\n");
    assert_eq!(frame.event(), Some(&b"e"[..]));
    assert_eq!(&*frame.data(), b"1");
    assert_eq!(frame.to_bytes(), frame.raw());
}
