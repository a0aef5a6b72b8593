//! Frames of event streams, written.

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
    Writer::new(out).object(members);
    out.extend_from_slice(b"\n\n");
}
