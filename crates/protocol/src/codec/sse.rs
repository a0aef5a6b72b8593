//! Frames of event streams, written. Every encoder writes its events with these.

use crate::json::writer::Writer;

/// `event: <name>` and `data: {…}` with what `members` writes.
pub(super) fn named(out: &mut Vec<u8>, name: &str, members: impl FnOnce(&mut Writer<'_>)) {
    out.extend_from_slice(b"event: ");
    out.extend_from_slice(name.as_bytes());
    out.push(b'\n');
    data(out, |o| {
        o.key("type").string(name);
        members(o);
    });
}

/// `data: {…}` with what `members` writes.
pub(super) fn data(out: &mut Vec<u8>, members: impl FnOnce(&mut Writer<'_>)) {
    out.extend_from_slice(b"data: ");
    let start = out.len();
    Writer::new(out).object(members);
    // A line end would end the field. Values that were taken over as they stood may have some between
    // their tokens; within strings there are none.
    let written = &mut out[start..];
    if memchr::memchr2(b'\n', b'\r', written).is_some() {
        for byte in written.iter_mut().filter(|b| matches!(b, b'\n' | b'\r')) {
            *byte = b' ';
        }
    }
    out.extend_from_slice(b"\n\n");
}
