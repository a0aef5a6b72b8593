//! Which known name a mistyped one was probably meant to be.

/// Longest name that is compared.
const MAX_LENGTH: usize = 64;

/// The candidate nearest to `name`, if one is near enough to be a slip of the fingers.
pub(crate) fn nearest<'c>(
    name: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    if name.len() > MAX_LENGTH {
        return None;
    }
    let folded = fold(name);
    let allowed = (folded.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| {
            candidate.len() <= MAX_LENGTH && candidate.len().abs_diff(name.len()) <= MAX_LENGTH / 2
        })
        .filter_map(|candidate| {
            let other = fold(candidate);
            let distance = strsim::damerau_levenshtein(&folded, &other);
            let extends = folded.len() >= 3
                && (other.starts_with(&folded) || folded.starts_with(&other) && other.len() >= 3);
            (distance <= allowed || extends).then_some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// Case and word separators set aside.
fn fold(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, '_' | '-' | ' ' | '.'))
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let names = ["timeouts", "base_url", "api_key", "gpt-4o"];
        assert_eq!(nearest("timeout", names), Some("timeouts"));
        assert_eq!(nearest("baseUrl", names), Some("base_url"));
        assert_eq!(nearest("apikye", names), Some("api_key"));
        assert_eq!(nearest("gpt4o", names), Some("gpt-4o"));
        assert_eq!(nearest("weather", names), None);
        assert_eq!(nearest("", names), None);
        assert_eq!(nearest(&"x".repeat(1000), names), None);
    }
}
