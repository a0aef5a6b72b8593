//! Recognising the next text delta by the last one.
//!
//! The events of a text answer differ in their text and in nothing else. An event that equals one that was inspected,
//! but for a plain text in the same place, needs no second inspection: it is valid JSON and means the same.

use crate::json::text::find_special;

/// Templates that were learnt in a row without a use: the upstream varies its events, so that learning is wasted.
const WASTED: u8 = 4;

/// The bytes around the text of an inspected event.
#[derive(Debug, Clone, Default)]
pub(crate) struct Template {
    /// Both sides, one behind the other.
    around: Vec<u8>,
    /// Length of the side before the text.
    before: usize,
    wasted: u8,
}

impl Template {
    /// Whether `raw` is the known event with another text.
    pub(super) fn fits(&mut self, raw: &[u8]) -> bool {
        self.text(raw).is_some()
    }

    /// The text of `raw`, if that is the known event with another text.
    pub(crate) fn text<'r>(&mut self, raw: &'r [u8]) -> Option<&'r [u8]> {
        let (before, after) = self.around.split_at(self.before);
        if before.is_empty() {
            return None;
        }
        let text = raw.strip_prefix(before)?.strip_suffix(after)?;
        let text = is_plain_text(text).then_some(text)?;
        self.wasted = 0;
        Some(text)
    }

    /// Whether another event should be learnt.
    pub(crate) fn wants_more(&self) -> bool {
        self.wasted < WASTED
    }

    /// Takes the event `raw`, whose text stands at `text` (without quotes), as the one to compare with.
    pub(crate) fn learn(&mut self, raw: &[u8], text: std::ops::Range<usize>) {
        let (Some(before), Some(after)) = (raw.get(..text.start), raw.get(text.end..)) else {
            return;
        };
        self.around.clear();
        self.around.extend_from_slice(before);
        self.around.extend_from_slice(after);
        self.before = before.len();
        self.wasted += 1;
    }
}

/// Whether `text` may stand between quotes as it is, and says something: no escapes, no control characters, UTF-8.
fn is_plain_text(text: &[u8]) -> bool {
    !text.is_empty()
        && find_special(text, 0) == text.len()
        && (text.is_ascii() || simdutf8::basic::from_utf8(text).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAW: &[u8] = b"data: {\"delta\":\"one\",\"n\":1}\n\n";

    fn learnt() -> Template {
        let mut template = Template::default();
        let at = RAW.windows(3).position(|w| w == b"one").unwrap();
        template.learn(RAW, at..at + 3);
        template
    }

    #[test]
    fn another_plain_text_fits() {
        for text in ["two", "ü🦀", " a longer text with spaces "] {
            let raw = format!("data: {{\"delta\":\"{text}\",\"n\":1}}\n\n");
            assert!(learnt().fits(raw.as_bytes()), "{text}");
        }
    }

    #[test]
    fn whatever_could_change_the_meaning_does_not_fit() {
        for raw in [
            &b"data: {\"delta\":\"\",\"n\":1}\n\n"[..],
            b"data: {\"delta\":\"a\\n\",\"n\":1}\n\n",
            b"data: {\"delta\":\"a\",\"x\":\"b\",\"n\":1}\n\n",
            b"data: {\"delta\":\"a\nb\",\"n\":1}\n\n",
            b"data: {\"delta\":\"\xff\",\"n\":1}\n\n",
            b"data: {\"delta\":\"two\",\"n\":2}\n\n",
            b"data: {\"delta\":\",\"n\":1}\n\n",
        ] {
            assert!(!learnt().fits(raw), "{}", String::from_utf8_lossy(raw));
        }
        assert!(!Template::default().fits(b""));
    }

    #[test]
    fn learning_stops_where_it_is_of_no_use() {
        let mut template = Template::default();
        for _ in 0..WASTED {
            assert!(template.wants_more());
            template.learn(RAW, 16..19);
        }
        assert!(!template.wants_more());
    }
}
