//! Writing JSON into a buffer, without a tree.

use super::text::find_special;

/// Appends JSON to a buffer and sets the commas itself.
///
/// Commas are decided by the last byte: within a document no value ends with an opening bracket, a
/// colon or a space. What is there before the first value must be empty or end with a space, a line
/// end or one of those. Raw values must be without white space around them.
#[derive(Debug)]
pub(crate) struct Writer<'o> {
    out: &'o mut Vec<u8>,
}

impl<'o> Writer<'o> {
    pub(crate) fn new(out: &'o mut Vec<u8>) -> Self {
        Self { out }
    }

    /// A writer that goes on where this one is.
    pub(crate) fn reborrow(&mut self) -> Writer<'_> {
        Writer { out: self.out }
    }

    /// How many bytes the buffer holds.
    pub(crate) fn len(&self) -> usize {
        self.out.len()
    }

    /// Takes back everything after the first `len` bytes.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.out.truncate(len);
    }

    fn separate(&mut self) {
        match self.out.last() {
            None | Some(b'{' | b'[' | b':' | b',' | b' ' | b'\n') => {}
            Some(_) => self.out.push(b','),
        }
    }

    /// `{…}` with what `members` writes.
    pub(crate) fn object(&mut self, members: impl FnOnce(&mut Self)) {
        self.open(b'{');
        members(self);
        self.close(b'}');
    }

    /// `[…]` with what `elements` writes.
    pub(crate) fn array(&mut self, elements: impl FnOnce(&mut Self)) {
        self.open(b'[');
        elements(self);
        self.close(b']');
    }

    /// Begins an object (`{`) or array (`[`).
    pub(crate) fn open(&mut self, bracket: u8) {
        self.separate();
        self.out.push(bracket);
    }

    /// Ends an object (`}`) or array (`]`).
    pub(crate) fn close(&mut self, bracket: u8) {
        self.out.push(bracket);
    }

    /// The key of the next member; it must need no escapes.
    pub(crate) fn key(&mut self, key: &str) -> &mut Self {
        self.separate();
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
        self
    }

    /// The key of the next member, as it is written between its quotes.
    pub(crate) fn raw_key(&mut self, key: &[u8]) -> &mut Self {
        self.separate();
        self.out.push(b'"');
        self.out.extend_from_slice(key);
        self.out.extend_from_slice(b"\":");
        self
    }

    /// A string.
    pub(crate) fn string(&mut self, text: &str) {
        self.separate();
        self.out.push(b'"');
        escape(self.out, text);
        self.out.push(b'"');
    }

    /// A string whose content is escaped already.
    pub(crate) fn escaped(&mut self, content: &[u8]) {
        self.separate();
        self.out.push(b'"');
        self.out.extend_from_slice(content);
        self.out.push(b'"');
    }

    /// A string made of what `pieces` appends.
    pub(crate) fn pieces(&mut self, pieces: impl FnOnce(&mut Pieces<'_>)) {
        self.separate();
        self.out.push(b'"');
        pieces(&mut Pieces { out: self.out });
        self.out.push(b'"');
    }

    /// A value as it stands.
    pub(crate) fn raw(&mut self, json: &[u8]) {
        self.separate();
        self.out.extend_from_slice(json);
    }

    /// A whole number.
    pub(crate) fn number(&mut self, number: u64) {
        self.separate();
        decimal(self.out, number);
    }

    /// `true` or `false`.
    pub(crate) fn boolean(&mut self, truth: bool) {
        self.raw(if truth { b"true" } else { b"false" });
    }

    /// `null`.
    pub(crate) fn null(&mut self) {
        self.raw(b"null");
    }
}

/// The content of a string that is being written.
#[derive(Debug)]
pub(crate) struct Pieces<'o> {
    out: &'o mut Vec<u8>,
}

impl Pieces<'_> {
    /// Appends text.
    pub(crate) fn push(&mut self, text: &str) {
        escape(self.out, text);
    }

    /// Appends content that is escaped already.
    pub(crate) fn push_escaped(&mut self, content: &[u8]) {
        self.out.extend_from_slice(content);
    }
}

/// Appends the content of a JSON string.
pub(crate) fn escape(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let next = find_special(bytes, at).min(bytes.len());
        out.extend_from_slice(&bytes[at..next]);
        if let Some(byte) = bytes.get(next) {
            escape_byte(out, *byte);
        }
        at = next + 1;
    }
}

fn escape_byte(out: &mut Vec<u8>, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    match byte {
        b'"' => out.extend_from_slice(b"\\\""),
        b'\\' => out.extend_from_slice(b"\\\\"),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        low => {
            out.extend_from_slice(b"\\u00");
            out.push(HEX[usize::from(low >> 4)]);
            out.push(HEX[usize::from(low & 15)]);
        }
    }
}

fn decimal(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        // A remainder of ten fits a byte.
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_stand_between_values_only() {
        let mut out = b"data: ".to_vec();
        let mut json = Writer::new(&mut out);
        json.object(|o| {
            o.key("a").number(0);
            o.key("b").array(|a| {
                a.string("[");
                a.object(|_| {});
                a.null();
                a.number(u64::MAX);
            });
            o.key("c").boolean(true);
            o.raw_key(b"d\\n").raw(b"1e3");
        });
        let expected = r#"data: {"a":0,"b":["[",{},null,18446744073709551615],"c":true,"d\n":1e3}"#;
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn every_character_survives() {
        let text: String = (0..0x250)
            .chain(0x1F600..0x1F610)
            .filter_map(char::from_u32)
            .collect();
        let mut out = Vec::new();
        Writer::new(&mut out).string(&text);
        assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
    }
}
