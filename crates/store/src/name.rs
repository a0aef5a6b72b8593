//! Names that people give.

/// Most bytes of a name.
const LONGEST: usize = 128;

/// A name that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name has 1 to 128 bytes, no control characters, and no space at its ends")]
pub struct InvalidName;

/// Whether `name` may name a key, a token or a draft.
pub fn check_name(name: &str) -> Result<(), InvalidName> {
    let fits = (1..=LONGEST).contains(&name.len());
    if fits && name.trim() == name && !name.chars().any(char::is_control) {
        return Ok(());
    }
    Err(InvalidName)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_printable_and_trimmed() {
        assert_eq!(check_name("Team Zürich"), Ok(()));
        for bad in ["", " a", "a ", "a\nb", "a\0", &"x".repeat(129)] {
            assert_eq!(check_name(bad), Err(InvalidName), "{bad:?}");
        }
    }
}
