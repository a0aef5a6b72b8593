//! A value that must never be printed.

use std::fmt;

use zeroize::Zeroize;

/// A secret value: `Debug` prints `[redacted]`, there is no `Display`, and the memory is overwritten on drop.
#[derive(Clone)]
pub struct Secret<T: Zeroize = String>(T);

impl<T: Zeroize> Secret<T> {
    /// Seals `value`.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself; for building the request that needs it, never for texts.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Equality tells two compiled configurations apart. It is not constant-time: never use it to authenticate.
impl<T: Zeroize + PartialEq> PartialEq for Secret<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T: Zeroize + Eq> Eq for Secret<T> {}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_the_value() {
        let secret = Secret::new(String::from("sk-live-1234"));
        assert_eq!(format!("{secret:?}"), "[redacted]");
        assert_eq!(secret.expose(), "sk-live-1234");
    }

    #[test]
    fn equality_compares_the_values() {
        assert_eq!(
            Secret::new(String::from("a")),
            Secret::new(String::from("a"))
        );
        assert_ne!(
            Secret::new(String::from("a")),
            Secret::new(String::from("b"))
        );
    }
}
