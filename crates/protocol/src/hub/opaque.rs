//! State that only its issuer can read, and how it survives clients that do not know it.
//!
//! A signature or encrypted reasoning is carried byte for byte. A client whose own dialect issued it
//! gets it as it is. Any other client gets it sealed into a field of its dialect that it sends back
//! unread: an *envelope* that names the issuer and the credential scope. On the way back a decoder
//! recognises the envelope; an encoder takes it out of its envelope for its issuer alone, under the
//! same scope, and reports it as dropped otherwise. Nothing is ever made up in its place.
//!
//! The envelope: `aigw1.<issuer and kind><coding>.<scope>.<id>.<data>`, where the issuer is one of
//! `c r m g`, the kind `s` (signature), `x` (encrypted), `d` (details) or `h` (hidden), and the coding
//! `p` (as it is) or `b` (base64url).

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::Text;
use crate::dialect::Dialect;

/// How every envelope begins.
pub const MAGIC: &str = "aigw1.";

/// How it begins within base64 (Google's signatures are bytes).
const MAGIC_BASE64: &str = "YWlndzEu";

/// What the state is to its issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OpaqueKind {
    /// It vouches for something readable: Anthropic's `signature`, Google's `thoughtSignature`.
    Signature,
    /// It is the content: Responses' `encrypted_content`, Anthropic's `redacted_thinking`.
    Encrypted,
    /// It is JSON that the issuer wants back: `reasoning_details` of chat upstreams.
    Details,
    /// It is reasoning in plain words that the caller did not want to see, and that comes with no
    /// other state. Upstreams that want such words back (`reasoning_content`) get them back this way.
    Hidden,
}

/// State of an upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opaque<'a> {
    /// The dialect of the upstream that issued it.
    pub issuer: Dialect,
    /// What it is to its issuer.
    pub kind: OpaqueKind,
    /// The scope of the credential under which it was issued; `None` when it came from the issuer,
    /// or from a caller who speaks the issuer's dialect, without an envelope.
    pub scope: Option<Cow<'a, str>>,
    /// The id of the item that it belongs to (Responses' `rs_…`).
    pub id: Option<Text<'a>>,
    /// The state, byte for byte.
    pub data: Text<'a>,
}

impl<'a> Opaque<'a> {
    /// State as its issuer wrote it.
    pub const fn issued(issuer: Dialect, kind: OpaqueKind, data: Text<'a>) -> Self {
        Self {
            issuer,
            kind,
            scope: None,
            id: None,
            data,
        }
    }

    /// Reads a field in which a caller who speaks `dialect` sends state back: an envelope, or the
    /// dialect's own state.
    pub fn returned(dialect: Dialect, kind: OpaqueKind, field: Text<'a>) -> Self {
        match Self::open(&field.resolve()) {
            Some(sealed) => sealed,
            None => Self::issued(dialect, kind, field),
        }
    }

    /// Opens an envelope, plain or within base64; `None` for anything else.
    pub fn open(field: &str) -> Option<Opaque<'static>> {
        if field.starts_with(MAGIC_BASE64) {
            let decoded = STANDARD
                .decode(field)
                .or_else(|_| STANDARD_NO_PAD.decode(field))
                .or_else(|_| URL_SAFE_NO_PAD.decode(field.trim_end_matches('=')))
                .ok()?;
            return Self::open_plain(std::str::from_utf8(&decoded).ok()?);
        }
        Self::open_plain(field)
    }

    fn open_plain(field: &str) -> Option<Opaque<'static>> {
        let mut pieces = field.strip_prefix(MAGIC)?.splitn(4, '.');
        let [issuer, kind, coding] = *pieces.next()?.as_bytes() else {
            return None;
        };
        let (scope, id, data) = (pieces.next()?, pieces.next()?, pieces.next()?);
        let data = match coding {
            // More than one envelope is none.
            b'p' if data.bytes().all(|b| b.is_ascii_graphic()) => data.to_owned(),
            b'b' => String::from_utf8(URL_SAFE_NO_PAD.decode(data).ok()?).ok()?,
            _ => return None,
        };
        Some(Opaque {
            issuer: *LETTERS
                .iter()
                .find(|(letter, _)| *letter == issuer)
                .map(|(_, d)| d)?,
            kind: match kind {
                b's' => OpaqueKind::Signature,
                b'x' => OpaqueKind::Encrypted,
                b'd' => OpaqueKind::Details,
                b'h' => OpaqueKind::Hidden,
                _ => return None,
            },
            scope: Some(Cow::Owned(scope.to_owned())),
            id: Some(id)
                .filter(|id| !id.is_empty())
                .map(|id| Text::plain(id.to_owned())),
            data: Text::plain(data),
        })
    }

    /// The envelope for clients of another dialect. `scope` is that of the credential in use; other
    /// characters than letters, digits, `-` and `_` are left out of it. Consists of printable ASCII
    /// without quotes and backslashes.
    pub fn seal(&self, scope: &str) -> String {
        let data = self.data.resolve();
        let plain = data
            .bytes()
            .all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\');
        let mut out = String::with_capacity(MAGIC.len() + 8 + scope.len() + data.len() * 4 / 3);
        out.push_str(MAGIC);
        for (letter, dialect) in LETTERS {
            if dialect == self.issuer {
                out.push(char::from(letter));
            }
        }
        out.push(match self.kind {
            OpaqueKind::Signature => 's',
            OpaqueKind::Encrypted => 'x',
            OpaqueKind::Details => 'd',
            OpaqueKind::Hidden => 'h',
        });
        out.push_str(if plain { "p." } else { "b." });
        let word = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        out.extend(self.scope.as_deref().unwrap_or(scope).chars().filter(word));
        out.push('.');
        if let Some(id) = &self.id {
            out.extend(id.resolve().chars().filter(word));
        }
        out.push('.');
        if plain {
            out.push_str(&data);
        } else {
            URL_SAFE_NO_PAD.encode_string(data.as_bytes(), &mut out);
        }
        out
    }

    /// What a client of `dialect` gets: the state itself if that dialect issued it, else an envelope.
    pub fn for_client(&self, dialect: Dialect, scope: &str) -> Text<'_> {
        if self.issuer == dialect {
            return self.data.borrow();
        }
        let sealed = self.seal(scope);
        Text::plain(match dialect {
            Dialect::GeminiGenerate => STANDARD.encode(sealed),
            _ => sealed,
        })
    }

    /// Whether an upstream of `dialect`, used under `scope`, takes it back.
    pub fn belongs_to(&self, dialect: Dialect, scope: &str) -> bool {
        self.issuer == dialect && self.scope.as_deref().is_none_or(|own| own == scope)
    }

    /// The same state, owned.
    pub fn into_owned(self) -> Opaque<'static> {
        Opaque {
            issuer: self.issuer,
            kind: self.kind,
            scope: self.scope.map(|scope| Cow::Owned(scope.into_owned())),
            id: self.id.map(Text::into_owned),
            data: self.data.into_owned(),
        }
    }
}

/// Whether a body may carry an envelope. Such a request must go through the hub even when caller and
/// upstream speak the same dialect, since the upstream would refuse the envelope.
pub fn carries_envelope(body: &[u8]) -> bool {
    memchr::memmem::find(body, MAGIC.as_bytes()).is_some()
        || memchr::memmem::find(body, MAGIC_BASE64.as_bytes()).is_some()
}

/// What stands between a tool-call id and the envelope.
const TAG: &str = "_";

/// A tool-call id that carries state: `id` + `_` + the envelope in base64url. It adds letters, digits, `-` and `_` alone:
/// some clients rewrite ids that Anthropic would refuse.
pub(crate) fn tag_id(id: &Text<'_>, state: &Opaque<'_>, scope: &str) -> String {
    let mut tagged = format!("{}{TAG}", id.resolve());
    URL_SAFE_NO_PAD.encode_string(state.seal(scope), &mut tagged);
    tagged
}

/// Parts a tool-call id from the state that it carries.
pub(crate) fn untag_id(id: Text<'_>) -> (Text<'_>, Option<Opaque<'static>>) {
    let plain = id.resolve();
    let marker = plain
        .match_indices(TAG)
        .find(|(at, _)| plain[at + TAG.len()..].starts_with(MAGIC_BASE64));
    let Some((at, _)) = marker else {
        drop(plain);
        return (id, None);
    };
    let state = Opaque::open(&plain[at + TAG.len()..]);
    let own = plain[..at].to_owned();
    drop(plain);
    (Text::plain(own), state)
}

const LETTERS: [(u8, Dialect); 4] = [
    (b'c', Dialect::OpenaiChat),
    (b'r', Dialect::OpenaiResponses),
    (b'm', Dialect::AnthropicMessages),
    (b'g', Dialect::GeminiGenerate),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_survives_every_carrier() {
        for data in ["c2ln+/=", "", "[{\"type\":\"reasoning.text\"}]", "ü.\u{1}"] {
            for issuer in Dialect::ALL {
                let mut state = Opaque::issued(issuer, OpaqueKind::Signature, Text::from(data));
                state.id = Some(Text::from("rs_1"));
                for client in Dialect::ALL.into_iter().filter(|client| *client != issuer) {
                    let field = state.for_client(client, "k-1").into_owned();
                    let back = Opaque::returned(client, OpaqueKind::Encrypted, field);
                    assert_eq!(back.data, state.data);
                    assert_eq!(back.id, state.id);
                    assert_eq!((back.issuer, back.kind), (issuer, OpaqueKind::Signature));
                    assert!(back.belongs_to(issuer, "k-1"));
                    assert!(!back.belongs_to(issuer, "k-2"));
                    assert!(!back.belongs_to(client, "k-1"));
                }
            }
        }
    }

    #[test]
    fn own_state_goes_out_as_it_is() {
        let field = Text::from("EqQBCgIYAhIM");
        let state = Opaque::returned(
            Dialect::AnthropicMessages,
            OpaqueKind::Signature,
            field.clone(),
        );
        assert_eq!(state.for_client(Dialect::AnthropicMessages, "k"), field);
        assert!(state.belongs_to(Dialect::AnthropicMessages, "any"));
    }

    #[test]
    fn ids_part_from_the_state_they_carry() {
        let state = Opaque::issued(
            Dialect::GeminiGenerate,
            OpaqueKind::Signature,
            "s/+=".into(),
        );
        let tagged = tag_id(&"call_1".into(), &state, "k");
        assert!(carries_envelope(tagged.as_bytes()));
        let taken_by_anthropic = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        assert!(tagged.chars().all(taken_by_anthropic), "{tagged}");
        let (id, back) = untag_id(Text::plain(tagged));
        assert!(id.is("call_1"));
        assert_eq!(back.map(|back| back.data), Some(state.data));
        assert_eq!(untag_id("call_2".into()), ("call_2".into(), None));
    }

    #[test]
    fn what_is_no_envelope_is_left_alone() {
        for field in [
            "",
            "aigw1.",
            "aigw1.mzp.k..x",
            "aigw1.msq.k..x",
            "aigw1.msb.k..*",
        ] {
            assert_eq!(Opaque::open(field), None, "{field}");
        }
    }
}
