//! What may be shown of a document: references as written, everything that is or may be a secret as `[redacted]`.

use std::fmt::Write;

use crate::declare::Shape;
use crate::read::{Piece, duration, duration_text, pieces, size, size_text};
use crate::tree::scalar::{Plain, plain};
use crate::tree::{Content, NodeId, Tree};

/// What stands in place of a secret.
pub(crate) const REDACTED: &str = "[redacted]";
/// Longest text that is shown whole, in characters.
const MAX_TEXT: usize = 160;
/// Most members or items that a summary lists.
const MAX_PARTS: usize = 24;

/// How keys of well-known issuers begin.
const KEY_PREFIXES: [&str; 16] = [
    "sk-",
    "sk_",
    "pk-",
    "pk_",
    "rk_",
    "gsk_",
    "xai-",
    "hf_",
    "r8_",
    "pplx-",
    "AIza",
    "AKIA",
    "ghp_",
    "github_pat_",
    "xoxb-",
    "eyJ",
];
/// Parts of names whose values are secrets, in lower case.
const SECRET_NAMES: [&str; 8] = [
    "api_key",
    "apikey",
    "api-key",
    "secret",
    "password",
    "passwd",
    "authorization",
    "credential",
];

/// One line for a value, without anything secret.
pub(crate) fn value(tree: &Tree<'_>, node: NodeId, shape: &Shape) -> String {
    let mut out = String::new();
    push(&mut out, tree, node, shape);
    out
}

/// A text that is not known to be a secret, without the parts that could be one.
pub(crate) fn text(written: &str) -> String {
    if looks_like_key(written) {
        return String::from(REDACTED);
    }
    let shown = without_userinfo(written);
    match shown.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", &shown[..end]),
        None => shown,
    }
}

/// Recurses as deep as the document is nested, which the builder bounds.
fn push(out: &mut String, tree: &Tree<'_>, node: NodeId, shape: &Shape) {
    match (shape, tree.content(node)) {
        (Shape::OffOr(_), Content::Scalar { text, .. })
            if matches!(text.as_ref(), "off" | "false") =>
        {
            out.push_str("off");
        }
        (Shape::OffOr(inner), _) => push(out, tree, node, inner),
        (Shape::Sealed, Content::Scalar { text, .. }) => out.push_str(&sealed(text)),
        (Shape::Sealed | Shape::Later, _) | (_, Content::Broken) => out.push_str(REDACTED),
        (Shape::Section(declaration), Content::Map(members)) => {
            let shape_of = |name: &str| {
                let key = declaration.keys.iter().find(|key| key.name == name);
                // What no key is declared for may be anything, a misspelt `api_key` too.
                key.map_or(&Shape::Later, |key| &key.shape)
            };
            let members = members
                .iter()
                .map(|(name, member)| (name.as_ref(), member.node, shape_of(name)));
            push_members(out, tree, members);
        }
        (Shape::Table { value, .. }, Content::Map(members)) => {
            let members = members
                .iter()
                .map(|(name, member)| (name.as_ref(), member.node, *value));
            push_members(out, tree, members);
        }
        (Shape::Json, Content::Map(members)) => {
            let members = members
                .iter()
                .map(|(name, member)| (name.as_ref(), member.node, &Shape::Json));
            push_members(out, tree, members);
        }
        (Shape::List { item, .. }, Content::List(items)) => push_items(out, tree, items, item),
        (Shape::Json, Content::List(items)) => push_items(out, tree, items, &Shape::Json),
        // Something else than what belongs here: a mistake, of which nothing is known.
        (_, Content::List(_) | Content::Map(_)) => out.push_str(REDACTED),
        (_, Content::Scalar { text, .. }) => out.push_str(&scalar(text, shape)),
    }
}

fn push_members<'m>(
    out: &mut String,
    tree: &Tree<'_>,
    members: impl Iterator<Item = (&'m str, NodeId, &'m Shape)>,
) {
    out.push('{');
    for (index, (name, node, shape)) in members.enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        if index == MAX_PARTS {
            out.push('…');
            break;
        }
        // Writing into a String cannot fail.
        let _ = write!(out, "{}: ", text(name));
        if matches!(shape, Shape::Json) && names_secret(name) {
            out.push_str(REDACTED);
        } else {
            push(out, tree, node, shape);
        }
    }
    out.push('}');
}

fn push_items(out: &mut String, tree: &Tree<'_>, items: &[NodeId], shape: &Shape) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        if index == MAX_PARTS {
            out.push('…');
            break;
        }
        push(out, tree, *item, shape);
    }
    out.push(']');
}

/// A single value as it was written.
pub(crate) fn scalar(written: &str, shape: &Shape) -> String {
    match shape {
        Shape::Sealed => sealed(written),
        _ => text(written),
    }
}

/// A single value so that two spellings of the same are equal. Not for showing.
pub(crate) fn spelled(written: &str, shape: &Shape) -> String {
    let spelled = match shape {
        Shape::Duration { .. } => duration(written)
            .ok()
            .and_then(|span| u64::try_from(span.as_millis()).ok())
            .map(duration_text),
        Shape::Size { .. } => size(written).ok().map(size_text),
        Shape::Flag | Shape::Whole { .. } | Shape::Decimal { .. } => match plain(written) {
            Plain::Number(number) => Some(number.into_owned()),
            Plain::Flag(flag) => Some(flag.to_string()),
            _ => None,
        },
        _ => None,
    };
    spelled.unwrap_or_else(|| String::from(written))
}

/// References as written, everything else redacted.
fn sealed(written: &str) -> String {
    match pieces(written) {
        Ok(pieces) => pieces.iter().map(Piece::shown).collect(),
        Err(_) => String::from(REDACTED),
    }
}

/// Whether values of this name are secrets.
pub(crate) fn names_secret(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    SECRET_NAMES.iter().any(|part| lower.contains(part))
}

/// Whether a text is probably a key that should not have been written here.
pub(crate) fn looks_like_key(text: &str) -> bool {
    text.split([' ', ',', '"'])
        .any(|word| word.len() >= 16 && KEY_PREFIXES.iter().any(|prefix| word.starts_with(prefix)))
}

/// The text with user and password of every URL in it redacted.
fn without_userinfo(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (head, tail) = rest.split_at(at + 3);
        out.push_str(head);
        let end = tail.find(['/', '?', '#', ' ']).unwrap_or(tail.len());
        rest = match tail[..end].rfind('@') {
            Some(sign) => {
                out.push_str(REDACTED);
                &tail[sign..]
            }
            None => tail,
        };
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::RootDoc;
    use crate::read::Value;
    use crate::tree::build;

    fn shown(document: &str) -> String {
        let tree = build(document).tree.unwrap();
        value(&tree, Tree::ROOT, &RootDoc::SHAPE)
    }

    #[test]
    fn keys_headers_and_users_in_urls_are_never_shown() {
        let text = shown(
            "providers: {p: {api_key: canary-1, headers: {X-Team: canary-2, Authorization: 'Bearer ${K}'}, \
             base_url: 'https://user:canary-3@h/v1', credentials: [{name: a, api_key: canary-4}]}}",
        );
        assert!(!text.contains("canary"), "{text}");
        assert_eq!(
            text,
            "{providers: {p: {api_key: [redacted], headers: {X-Team: [redacted], Authorization: [redacted]${K}}, \
             base_url: https://[redacted]@h/v1, credentials: [{name: a, api_key: [redacted]}]}}}"
        );
    }

    #[test]
    fn keys_in_the_wrong_place_are_not_shown_either() {
        for document in [
            "providers: {p: {apikey: canary}}",
            "providers: {p: {api_key: {value: canary}}}",
            "providers: {p: {headers: [canary]}}",
            "providers: {p: {kind: [canary]}}",
            "clients: {canary: x}",
            "models: {m: {params: {set: {extra: {API_KEY: canary}}}}}",
            "models: {m: {params: {set: {note: 'use sk-canary-0123456789'}}}}",
            "models: {m: {targets: [{provider: sk-canary-0123456789abcdef}]}}",
        ] {
            assert!(!shown(document).contains("canary"), "{}", shown(document));
        }
    }

    #[test]
    fn spellings_of_the_same_value_are_equal() {
        let duration = Shape::Duration { min: 0, max: 1 };
        assert_eq!(spelled("60000ms", &duration), spelled("1m", &duration));
        let size = Shape::Size { min: 0, max: 1 };
        assert_eq!(spelled("1024KiB", &size), spelled("1048576", &size));
        assert_eq!(spelled("True", &Shape::Flag), "true");
        assert_eq!(spelled("${T}", &duration), "${T}");
    }

    #[test]
    fn long_texts_and_long_lists_are_cut() {
        assert_eq!(text(&"é".repeat(500)).chars().count(), MAX_TEXT + 1);
        let many = format!("models: {{m: {{aliases: [{}]}}}}", "a, ".repeat(100));
        assert!(shown(&many).ends_with("a, …]}}}"), "{}", shown(&many));
    }
}
