//! Names that the caller may have meant.

const MOST: usize = 3;
/// Longer texts are no typing mistakes, and comparing them would cost the product of the lengths.
const LONGEST: usize = 128;

pub(super) fn near<'t>(names: impl Iterator<Item = &'t str>, wanted: &str) -> Vec<&'t str> {
    if wanted.is_empty() || wanted.len() > LONGEST {
        return Vec::new();
    }
    let lower = wanted.to_lowercase();
    let mut close: Vec<(usize, &str)> = names
        .filter(|name| name.len() <= LONGEST)
        .filter_map(|name| Some((distance(&lower, &name.to_lowercase())?, name)))
        .collect();
    close.sort_unstable();
    close.into_iter().take(MOST).map(|(_, name)| name).collect()
}

/// Edits between the names, if few enough; a name that continues the other counts as one edit.
fn distance(wanted: &str, name: &str) -> Option<usize> {
    let edits = strsim::damerau_levenshtein(wanted, name);
    let most = wanted.chars().count().max(3) / 3;
    if edits <= most {
        return Some(edits);
    }
    let continues = wanted.len() >= 3 && name.starts_with(wanted);
    let vendor_prefix = wanted
        .rsplit_once('/')
        .is_some_and(|(_, bare)| bare == name);
    (continues || vendor_prefix).then_some(1)
}
