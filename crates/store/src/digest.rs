//! Digests: what addresses a revision and links the audit.

use std::fmt;
use std::str::FromStr;

use sha2::Sha256;

/// A SHA-256 digest; shown as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

/// A text that is not 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a digest is 64 hexadecimal digits")]
pub struct InvalidDigest;

/// Feeds fields into a digest so that no two lists of fields give the same bytes.
#[derive(Clone)]
pub(crate) struct Fields(Sha256);

impl Fields {
    /// `purpose` keeps digests of different things apart.
    pub(crate) fn new(purpose: &str) -> Self {
        Self(sha2::Digest::new()).field(purpose.as_bytes())
    }

    /// Adds a field: its length, then its bytes.
    pub(crate) fn field(mut self, bytes: &[u8]) -> Self {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        sha2::Digest::update(&mut self.0, length.to_be_bytes());
        sha2::Digest::update(&mut self.0, bytes);
        self
    }

    /// Adds a field that may not be there; an absent one is not an empty one.
    pub(crate) fn maybe(self, bytes: Option<&[u8]>) -> Self {
        match bytes {
            None => self.field(b"-"),
            Some(bytes) => self.field(b"+").field(bytes),
        }
    }

    pub(crate) fn finish(self) -> Digest {
        Digest(sha2::Digest::finalize(self.0).into())
    }
}

impl Digest {
    /// The first 12 digits, for people.
    pub fn short(&self) -> String {
        self.to_string().chars().take(12).collect()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl FromStr for Digest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, InvalidDigest> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(InvalidDigest);
        }
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| InvalidDigest)?;
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_survives_its_text() {
        let digest = Fields::new("test").field(b"a").finish();
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!(digest.short().len(), 12);
        assert_eq!("12".parse::<Digest>(), Err(InvalidDigest));
    }

    #[test]
    fn moving_bytes_between_fields_changes_the_digest() {
        let one = Fields::new("test").field(b"ab").field(b"c").finish();
        let other = Fields::new("test").field(b"a").field(b"bc").finish();
        assert_ne!(one, other);
    }

    #[test]
    fn an_absent_field_is_not_an_empty_one() {
        let absent = Fields::new("test").maybe(None).finish();
        let empty = Fields::new("test").maybe(Some(b"")).finish();
        assert_ne!(absent, empty);
    }
}
