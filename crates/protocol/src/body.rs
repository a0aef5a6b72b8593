//! A request body, kept in the pieces in which it arrived.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;
use smallvec::SmallVec;

/// A body as a list of segments that are never joined unless asked for.
///
/// Cloning copies no payload, so every attempt can own the body it sends.
#[derive(Debug, Clone, Default)]
pub struct Body {
    segments: SmallVec<[Bytes; 4]>,
    len: usize,
}

impl Body {
    /// An empty body.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a segment; an empty one is ignored.
    pub fn push(&mut self, segment: Bytes) {
        if !segment.is_empty() {
            self.len += segment.len();
            self.segments.push(segment);
        }
    }

    /// The length in bytes over all segments.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The segments in order; none is empty.
    pub fn segments(&self) -> &[Bytes] {
        &self.segments
    }

    /// The bytes of `range`: borrowed when one segment holds them, copied when they straddle
    /// segments. What lies beyond the end is left out.
    pub fn slice(&self, range: Range<usize>) -> Cow<'_, [u8]> {
        let mut pieces = self.pieces(range.clone());
        let first = pieces
            .next()
            .map_or(&[][..], |(segment, part)| &segment[part]);
        if first.len() >= range.len() {
            return Cow::Borrowed(first);
        }
        let mut joined = Vec::with_capacity(range.len().min(self.len));
        joined.extend_from_slice(first);
        for (segment, part) in pieces {
            joined.extend_from_slice(&segment[part]);
        }
        Cow::Owned(joined)
    }

    /// The whole body in one piece; copies only when there is more than one segment.
    pub fn to_bytes(&self) -> Bytes {
        match self.segments.as_slice() {
            [] => Bytes::new(),
            [only] => only.clone(),
            several => Bytes::from(several.concat()),
        }
    }

    /// Appends the bytes of `range` of another body without copying them.
    pub(crate) fn share(&mut self, from: &Self, range: Range<usize>) {
        for (segment, part) in from.pieces(range) {
            self.push(segment.slice(part));
        }
    }

    /// The parts of segments that together are `range`.
    pub(crate) fn pieces(
        &self,
        range: Range<usize>,
    ) -> impl Iterator<Item = (&Bytes, Range<usize>)> {
        let mut start = 0;
        self.segments.iter().filter_map(move |segment| {
            let base = start;
            start += segment.len();
            let from = range.start.saturating_sub(base).min(segment.len());
            let to = range.end.saturating_sub(base).min(segment.len());
            (from < to).then_some((segment, from..to))
        })
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        let mut body = Self::new();
        body.push(bytes);
        body
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from(Bytes::from(bytes))
    }
}

impl FromIterator<Bytes> for Body {
    fn from_iter<I: IntoIterator<Item = Bytes>>(segments: I) -> Self {
        let mut body = Self::new();
        for segment in segments {
            body.push(segment);
        }
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body() -> Body {
        ["ab", "", "cde", "f"]
            .map(|s| Bytes::from_static(s.as_bytes()))
            .into_iter()
            .collect()
    }

    #[test]
    fn keeps_segments_as_received() {
        let body = body();
        assert_eq!(body.len(), 6);
        assert_eq!(body.segments(), ["ab", "cde", "f"]);
        assert_eq!(body.to_bytes(), "abcdef");
    }

    #[test]
    fn slices_borrow_unless_they_straddle() {
        let body = body();
        assert!(matches!(body.slice(2..5), Cow::Borrowed(b"cde")));
        assert!(matches!(body.slice(0..0), Cow::Borrowed(b"")));
        assert!(matches!(body.slice(1..6), Cow::Owned(bytes) if bytes == b"bcdef"));
    }

    #[test]
    fn a_slice_beyond_the_end_is_shorter() {
        assert_eq!(body().slice(4..100), &b"ef"[..]);
        assert_eq!(body().slice(50..100), &b""[..]);
    }

    #[test]
    fn one_segment_is_returned_without_a_copy() {
        let bytes = Bytes::from(vec![7; 32]);
        let body = Body::from(bytes.clone());
        assert_eq!(body.to_bytes().as_ptr(), bytes.as_ptr());
    }
}
