//! References within texts: `${NAME}`, `${file:/path}`, `${secret:name}`; `$${` stands for `${`.

use zeroize::Zeroizing;

use super::Reader;
use crate::Secret;
use crate::findings::Finding;
use crate::tree::NodeId;

/// A text that is never shown, and what is shown in its place.
#[derive(Debug)]
pub(crate) struct Sealed {
    /// The text with every reference resolved.
    pub(crate) secret: Secret<String>,
    /// References as written; other parts are `[redacted]`.
    pub(crate) shown: String,
    /// Whether any of it is written out in the document.
    pub(crate) literal: bool,
}

/// Whether the place that a text is written to may hold secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// The value may be shown: sealed secrets may not be referred to.
    Open,
    /// The value is never shown.
    Sealed,
}

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'t> {
    Literal(&'t str),
    Env(&'t str),
    File(&'t str),
    Secret(&'t str),
}

impl Reader<'_> {
    /// The text with its references resolved; `None` if one could not be, which has then been reported.
    pub(crate) fn expand(
        &mut self,
        node: NodeId,
        text: &str,
        trust: Trust,
    ) -> Option<Zeroizing<String>> {
        let pieces = self.pieces(node, text)?;
        let mut expanded = Zeroizing::new(String::new());
        let mut complete = true;
        for piece in pieces {
            match self.resolve_piece(node, piece, trust) {
                // Growing in place could leave a copy behind in freed memory.
                Some(part) => expanded = joined(&expanded, &part),
                None => complete = false,
            }
        }
        complete.then_some(expanded)
    }

    /// The text as a sealed value.
    pub(crate) fn seal(&mut self, node: NodeId, text: &str) -> Option<Sealed> {
        let mut expanded = self.expand(node, text, Trust::Sealed)?;
        let pieces = self.pieces(node, text)?;
        let literal = pieces
            .iter()
            .any(|piece| matches!(piece, Piece::Literal(_)));
        let shown = pieces.iter().map(Piece::shown).collect();
        Some(Sealed {
            secret: Secret::new(std::mem::take(&mut *expanded)),
            shown,
            literal,
        })
    }

    fn pieces<'t>(&mut self, node: NodeId, text: &'t str) -> Option<Vec<Piece<'t>>> {
        match pieces(text) {
            Ok(pieces) => Some(pieces),
            Err((reason, hint)) => {
                self.report(node, Finding::error("bad_reference", reason).hint(hint));
                None
            }
        }
    }

    fn resolve_piece(
        &mut self,
        node: NodeId,
        piece: Piece<'_>,
        trust: Trust,
    ) -> Option<Zeroizing<String>> {
        let code = "missing_reference";
        let found = match piece {
            Piece::Literal(literal) => Ok(String::from(literal)),
            Piece::Env(name) => self.resolve.env(name).ok_or_else(|| {
                let hint = "set it where the gateway starts, or write another reference";
                Finding::error(
                    code,
                    format!("the environment variable `{name}` is not set"),
                )
                .hint(hint)
            }),
            Piece::File(path) => self.resolve.file(path).map_err(|reason| {
                Finding::error(
                    code,
                    format!("the file `{path}` could not be read: {reason}"),
                )
            }),
            Piece::Secret(name) if trust == Trust::Open => {
                let reason = format!(
                    "the secret `{name}` cannot be used here: this value is shown to operators"
                );
                Err(Finding::error("exposed_secret", reason)
                    .hint("secrets belong into `api_key` and `headers`"))
            }
            Piece::Secret(name) => self.resolve.secret(name).ok_or_else(|| {
                let finding = Finding::error(code, format!("there is no secret `{name}`"));
                finding.hint(format!("store it with `aigw secrets set {name}`"))
            }),
        };
        match found.map(Zeroizing::new) {
            Ok(value) => Some(match piece {
                Piece::File(_) => Zeroizing::new(String::from(without_line_end(&value))),
                _ => value,
            }),
            Err(finding) => {
                self.report(node, finding);
                None
            }
        }
    }
}

impl Piece<'_> {
    /// What may be shown of it.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Literal(_) => String::from("[redacted]"),
            Self::Env(name) => format!("${{{name}}}"),
            Self::File(path) => format!("${{file:{path}}}"),
            Self::Secret(name) => format!("${{secret:{name}}}"),
        }
    }
}

fn joined(head: &str, tail: &str) -> Zeroizing<String> {
    let mut joined = String::with_capacity(head.len() + tail.len());
    joined.push_str(head);
    joined.push_str(tail);
    Zeroizing::new(joined)
}

fn without_line_end(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

/// Takes a text apart. The error is a reason and a hint; it never repeats the text, which may be half a secret.
pub(crate) fn pieces(text: &str) -> Result<Vec<Piece<'_>>, (&'static str, &'static str)> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        if let Some(before) = rest[..start].strip_suffix('$') {
            push_literal(&mut pieces, before);
            pieces.push(Piece::Literal("${"));
            rest = &rest[start + 2..];
            continue;
        }
        push_literal(&mut pieces, &rest[..start]);
        let Some(length) = rest[start..].find('}') else {
            return Err((
                "a reference begins with `${` and never ends",
                "close it with `}`; write `$${` for the text `${`",
            ));
        };
        pieces.push(reference(&rest[start + 2..start + length])?);
        rest = &rest[start + length + 1..];
    }
    push_literal(&mut pieces, rest);
    Ok(pieces)
}

fn push_literal<'t>(pieces: &mut Vec<Piece<'t>>, text: &'t str) {
    if !text.is_empty() {
        pieces.push(Piece::Literal(text));
    }
}

fn reference(inside: &str) -> Result<Piece<'_>, (&'static str, &'static str)> {
    if let Some(path) = inside.strip_prefix("file:") {
        let hint = "write `${file:/run/secrets/name}`";
        let sound = path.starts_with('/') && !path.contains(char::is_control);
        return if sound {
            Ok(Piece::File(path))
        } else {
            Err(("a file reference needs an absolute path", hint))
        };
    }
    if let Some(name) = inside.strip_prefix("secret:") {
        let sound = !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
        let reason = "the name of a secret has letters, digits, `_`, `-` and `.` only";
        return if sound {
            Ok(Piece::Secret(name))
        } else {
            Err((reason, "write `${secret:name}`"))
        };
    }
    let sound = inside
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if sound && inside.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return Ok(Piece::Env(inside));
    }
    Err((
        "not a reference",
        "write `${NAME}` for the environment, `${file:/path}` or `${secret:name}`; `$${` for the text `${`",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_may_be_part_of_a_text() {
        let found = pieces("Bearer ${A_1}-${file:/run/k}${secret:s.1}!").unwrap();
        let expected = [
            Piece::Literal("Bearer "),
            Piece::Env("A_1"),
            Piece::Literal("-"),
            Piece::File("/run/k"),
            Piece::Secret("s.1"),
            Piece::Literal("!"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn dollars_that_begin_no_reference_are_text() {
        assert_eq!(pieces("a$b $ {c}").unwrap(), [Piece::Literal("a$b $ {c}")]);
        assert_eq!(
            pieces("a$${B}").unwrap(),
            [
                Piece::Literal("a"),
                Piece::Literal("${"),
                Piece::Literal("B}")
            ]
        );
        assert_eq!(pieces("").unwrap(), []);
    }

    #[test]
    fn broken_references_are_refused() {
        for text in [
            "${",
            "${A",
            "${}",
            "${1A}",
            "${A:-x}",
            "${env:A}",
            "${file:}",
            "${file:rel}",
            "${secret:}",
            "${secret:a b}",
        ] {
            assert!(pieces(text).is_err(), "{text}");
        }
    }
}
