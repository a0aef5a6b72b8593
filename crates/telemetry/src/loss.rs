//! What a translation between dialects lost.

use serde::Serialize;

/// Entries that one record keeps; what goes beyond is counted.
const MOST: usize = 256;
/// Bytes of a path or value that are kept.
const LONGEST: usize = 256;

/// What of a request its target's dialect could not express, and what had to be made up. Paths of what the answer lost
/// begin with `answer`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LossRecord {
    /// What was not carried over.
    pub dropped: Vec<DroppedField>,
    /// What was made up.
    pub assumed: Vec<AssumedField>,
    /// Entries that did not fit in here.
    pub omitted: u32,
}

/// Something that was not carried over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DroppedField {
    /// Where it stood in the caller's request: `messages[3].content[1].cache_control`.
    pub path: Box<str>,
    /// Why.
    pub reason: &'static str,
}

/// Something that was made up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AssumedField {
    /// Where it stands in the request that went out.
    pub path: Box<str>,
    /// The value, as JSON.
    pub value: Box<str>,
}

impl LossRecord {
    /// Notes what was not carried over.
    pub fn add_dropped(&mut self, path: &str, reason: &'static str) {
        if self.has_room() {
            let path = shortened(path);
            self.dropped.push(DroppedField { path, reason });
        }
    }

    /// Notes what was made up; `value` is JSON.
    pub fn add_assumed(&mut self, path: &str, value: &str) {
        if self.has_room() {
            let (path, value) = (shortened(path), shortened(value));
            self.assumed.push(AssumedField { path, value });
        }
    }

    fn has_room(&mut self) -> bool {
        let room = self.dropped.len() + self.assumed.len() < MOST;
        self.omitted += u32::from(!room);
        room
    }
}

fn shortened(text: &str) -> Box<str> {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_keeps_its_bounds_and_counts_the_rest() {
        let mut loss = LossRecord::default();
        loss.add_assumed("headers.x", &"\u{e9}".repeat(LONGEST));
        for _ in 0..MOST + 5 {
            loss.add_dropped("a", "why");
        }
        assert_eq!((loss.dropped.len(), loss.omitted), (MOST - 1, 6));
        assert_eq!(loss.assumed[0].value.len(), LONGEST);
    }
}
