//! Taking secrets out of a text that is not understood: by line, and rather too much.

use crate::shown::{REDACTED, looks_like_key, names_secret};

/// Every comment without what looks like a secret.
pub(super) fn comments(text: &str) -> String {
    lines(text, |line| {
        let comment = line.find('#');
        match comment {
            Some(at) if is_telling(&line[at..]) && !names_reference(&line[at..]) => {
                format!("{}# {REDACTED}", &line[..at])
            }
            _ => line.to_owned(),
        }
    })
}

/// Every line without what looks like a secret; of the lines of a block of headers, no value stays.
pub(super) fn redacted(text: &str) -> String {
    let mut below: Option<usize> = None;
    lines(text, |line| {
        let depth = line.len() - line.trim_start().len();
        if below.is_some_and(|block| depth <= block && !line.trim().is_empty()) {
            below = None;
        }
        if below.is_some() {
            return hidden(line);
        }
        let name = line.split(':').next().unwrap_or_default();
        let name = name.trim_matches(|c: char| c.is_whitespace() || "-\"'{,#".contains(c));
        if name == "headers" || (names_secret(name) && line.contains(':')) {
            // A value on lines of its own, or a flow map that goes on, is below it.
            below = Some(depth);
            return hidden(line);
        }
        if is_telling(line) {
            hidden(line)
        } else {
            line.to_owned()
        }
    })
}

fn is_telling(text: &str) -> bool {
    looks_like_key(text) || names_secret(text)
}

/// Whether a comment is a key that is not in use, with a reference as its value: `# api_key: ${NAME}`.
fn names_reference(comment: &str) -> bool {
    let value = comment.split_once(':').map(|(_, value)| value.trim());
    value.is_some_and(is_reference) && !looks_like_key(comment)
}

/// The line up to its first colon, unless nothing follows.
fn hidden(line: &str) -> String {
    let Some((head, value)) = line.split_once(':') else {
        return REDACTED.to_owned();
    };
    if value.trim().is_empty() || is_reference(value.trim()) {
        return line.to_owned();
    }
    format!("{head}: {REDACTED}")
}

/// Whether nothing but one reference stands there.
fn is_reference(value: &str) -> bool {
    let bare = value.trim_matches(['"', '\'']);
    let inner = bare
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'));
    inner.is_some_and(|inner| !inner.contains(['$', '{', '}', ' ']))
}

fn lines(text: &str, mut each: impl FnMut(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let bare = line.strip_suffix('\n').unwrap_or(line);
        out.push_str(&each(bare));
        out.push_str(&line[bare.len()..]);
    }
    out
}
