//! Patterns with `*` (any text) and `?` (any one character).

/// A compiled pattern. Everything but `*` and `?` stands for itself; case matters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Glob {
    pattern: Box<str>,
}

impl Glob {
    /// Compiles a pattern. Every text is one; runs of `*` mean the same as a single one.
    pub fn new(pattern: &str) -> Glob {
        let mut compact = String::with_capacity(pattern.len());
        for character in pattern.chars() {
            if character != '*' || !compact.ends_with('*') {
                compact.push(character);
            }
        }
        Glob {
            pattern: compact.into(),
        }
    }

    /// Whether the text has a `*` or `?` and is thus more than a plain name.
    pub fn is_pattern(text: &str) -> bool {
        text.contains(['*', '?'])
    }

    /// The pattern as compiled.
    pub fn as_str(&self) -> &str {
        &self.pattern
    }

    /// The text before the first `*` or `?`.
    pub fn literal_prefix(&self) -> &str {
        let end = self.pattern.find(['*', '?']).unwrap_or(self.pattern.len());
        &self.pattern[..end]
    }

    /// Whether the whole text fits the pattern. Takes at most pattern × text steps.
    pub fn matches(&self, text: &str) -> bool {
        let mut pattern = self.pattern.chars();
        let mut rest = text.chars();
        // Where to go on after the last `*` when the text behind it did not fit: only the last one needs a second try.
        let mut again: Option<(std::str::Chars<'_>, std::str::Chars<'_>)> = None;
        loop {
            let before = rest.clone();
            match (pattern.next(), rest.next()) {
                (None, None) => return true,
                (Some('*'), _) => {
                    rest = before.clone();
                    again = Some((pattern.clone(), before));
                    continue;
                }
                (Some('?'), Some(_)) => continue,
                (Some(wanted), Some(found)) if wanted == found => continue,
                _ => {}
            }
            let Some((after_star, tail)) = &mut again else {
                return false;
            };
            if tail.next().is_none() {
                return false;
            }
            pattern = after_star.clone();
            rest = tail.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_match_whole_texts_only() {
        let cases = [
            ("claude-*", "claude-opus", true),
            ("claude-*", "claude-", true),
            ("claude-*", "my-claude-x", false),
            ("*mini", "gpt-4o-mini", true),
            ("*mini", "gpt-4o-mini-2", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("gpt-?", "gpt-5", true),
            ("gpt-?", "gpt-", false),
            ("gpt-?", "gpt-é", true),
            ("**", "", true),
            ("", "", true),
            ("", "x", false),
            ("*?", "", false),
            ("plain", "plain", true),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(
                Glob::new(pattern).matches(text),
                expected,
                "{pattern} on {text:?}"
            );
        }
    }

    #[test]
    fn the_literal_prefix_ends_before_the_first_wildcard() {
        assert_eq!(Glob::new("gpt-?-*").literal_prefix(), "gpt-");
        assert_eq!(Glob::new("*").literal_prefix(), "");
        assert_eq!(Glob::new("plain").literal_prefix(), "plain");
    }

    #[test]
    fn many_stars_do_not_explode() {
        let glob = Glob::new(&"a*".repeat(200));
        assert!(!glob.matches(&format!("{}b", "a".repeat(199))));
    }
}
