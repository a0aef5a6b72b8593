//! What a translation could not carry over, and what it had to make up.

use std::borrow::Cow;
use std::fmt;

use super::{Extra, Place, Placed};
use crate::json::value::Value;

/// What was dropped and what was assumed while something was encoded.
///
/// Entries are kept as places; [`Loss::report`] turns them into paths in one walk over the source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct Loss {
    dropped: Vec<Dropped>,
    assumed: Vec<Assumed>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Dropped {
    place: Place,
    member: Cow<'static, str>,
    reason: Reason,
}

/// A value that the target requires and the source does not give, or that differs from what the
/// source says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumed {
    /// The path, in the document that was written.
    pub path: Cow<'static, str>,
    /// The value, as JSON.
    pub value: String,
}

/// Something that was not carried over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Omission {
    /// The path, in the document that was read: `messages[3].content[1].cache_control`.
    pub path: String,
    /// Why.
    pub reason: Reason,
}

/// Why something was not carried over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The target's dialect has no way to say it.
    NotInDialect,
    /// The dialect can say it, this target does not take it.
    NotSupported,
    /// A member that is not known, of another dialect.
    UnknownMember,
    /// State that another upstream issued.
    ForeignState,
    /// State that was issued under another credential.
    OtherScope,
    /// A tool that the upstream would have to run, and has no like of.
    NoSuchServerTool,
    /// The upstream would have to remember earlier requests.
    Stateless,
    /// The value is not usable.
    Invalid,
    /// Another member says it, or the opposite, and wins.
    Overruled,
    /// Only one answer can be given.
    OneAnswer,
    /// Only its text could be carried over.
    TextOnly,
}

impl Reason {
    /// The reason in words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::NotInDialect => "the target's dialect cannot express it",
            Self::NotSupported => "the target does not take it",
            Self::UnknownMember => "unknown member of another dialect",
            Self::ForeignState => "state of another upstream",
            Self::OtherScope => "state issued under another credential",
            Self::NoSuchServerTool => "the target has no such built-in tool",
            Self::Stateless => "the target keeps no earlier requests",
            Self::Invalid => "the value is not usable",
            Self::Overruled => "another member decides",
            Self::OneAnswer => "only one answer can be given",
            Self::TextOnly => "only its text is carried over",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// A loss with its paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LossReport {
    /// What was not carried over, in the order of the source.
    pub dropped: Vec<Omission>,
    /// What was made up.
    pub assumed: Vec<Assumed>,
}

impl Loss {
    /// Whether everything was carried over and nothing made up.
    pub fn is_empty(&self) -> bool {
        self.dropped.is_empty() && self.assumed.is_empty()
    }

    /// How much was dropped.
    pub fn dropped(&self) -> usize {
        self.dropped.len()
    }

    /// How much was assumed.
    pub fn assumed(&self) -> usize {
        self.assumed.len()
    }

    /// Reports that the value at `place` is not carried over.
    pub fn drop_at(&mut self, place: Place, reason: Reason) {
        self.drop_member(place, "", reason);
    }

    /// Reports that a member of the object at `place` is not carried over.
    pub fn drop_member(
        &mut self,
        place: Place,
        member: impl Into<Cow<'static, str>>,
        reason: Reason,
    ) {
        self.dropped.push(Dropped {
            place,
            member: member.into(),
            reason,
        });
    }

    /// Reports that a value, if there is one, is not carried over.
    pub fn drop_value<T>(&mut self, value: Option<&Placed<T>>, reason: Reason) {
        if let Some(value) = value {
            self.drop_at(value.place, reason);
        }
    }

    /// Reports that unknown members are not carried over.
    pub fn drop_extras(&mut self, extras: &[Extra<'_>]) {
        for extra in extras {
            self.drop_at(extra.place, Reason::UnknownMember);
        }
    }

    /// Reports a value (JSON) that was made up at a path of the written document.
    pub fn assume(&mut self, path: impl Into<Cow<'static, str>>, value: impl Into<String>) {
        self.assumed.push(Assumed {
            path: path.into(),
            value: value.into(),
        });
    }

    /// Takes over what another loss reports.
    pub fn extend(&mut self, other: Self) {
        self.dropped.extend(other.dropped);
        self.assumed.extend(other.assumed);
    }

    /// The loss with its paths. `source` is the document that was decoded.
    pub fn report(&self, source: &[u8]) -> LossReport {
        let mut wanted: Vec<(usize, usize)> = self
            .dropped
            .iter()
            .enumerate()
            .filter_map(|(index, dropped)| Some((dropped.place.offset()?, index)))
            .collect();
        wanted.sort_unstable();
        let mut walk = Walk {
            wanted: &wanted,
            path: String::new(),
            found: vec![None; self.dropped.len()],
        };
        walk.value(Value::of_document(source));
        let order = wanted.iter().map(|(_, index)| *index);
        let nowhere = (0..self.dropped.len()).filter(|i| self.dropped[*i].place == Place::NONE);
        let mut dropped: Vec<Omission> = Vec::with_capacity(self.dropped.len());
        for index in order.chain(nowhere) {
            let entry = &self.dropped[index];
            let omission = Omission {
                path: join(walk.found[index].take().unwrap_or_default(), &entry.member),
                reason: entry.reason,
            };
            // What is reported twice for one value stands close together.
            if !dropped.iter().rev().take(8).any(|known| *known == omission) {
                dropped.push(omission);
            }
        }
        LossReport {
            dropped,
            assumed: self.assumed.clone(),
        }
    }
}

fn join(mut path: String, member: &str) -> String {
    // The place may be that of the member itself.
    let named = path.rsplit('.').next() == Some(member);
    if !member.is_empty() && !named {
        if !path.is_empty() && !member.starts_with('[') {
            path.push('.');
        }
        path.push_str(member);
    }
    path
}

/// Finds the paths of places, all in one walk; containers without any are skipped.
struct Walk<'w> {
    /// Offsets, and which entries they belong to, in ascending order.
    wanted: &'w [(usize, usize)],
    path: String,
    found: Vec<Option<String>>,
}

impl Walk<'_> {
    fn value(&mut self, value: Value<'_>) {
        let span = value.span();
        while let Some((offset, index)) = self.wanted.first().copied() {
            if offset > span.start {
                break;
            }
            if offset == span.start {
                self.found[index] = Some(self.path.clone());
            }
            self.wanted = &self.wanted[1..];
        }
        let length = self.path.len();
        for (key, member) in value.members() {
            if self.beyond(span.end) {
                return;
            }
            if self.beyond(member.span().end) {
                continue;
            }
            if length > 0 {
                self.path.push('.');
            }
            self.path.push_str(&key.text());
            self.value(member);
            self.path.truncate(length);
        }
        for (index, element) in value.elements().enumerate() {
            if self.beyond(span.end) {
                return;
            }
            if self.beyond(element.span().end) {
                continue;
            }
            self.path.push('[');
            self.path.push_str(&index.to_string());
            self.path.push(']');
            self.value(element);
            self.path.truncate(length);
        }
    }

    /// Whether nothing is wanted before this offset.
    fn beyond(&self, end: usize) -> bool {
        self.wanted.first().is_none_or(|(offset, _)| *offset >= end)
    }
}

impl LossReport {
    /// The report in one line of at most `limit` bytes, for a header: paths of what was dropped, and
    /// `path=value` of what was assumed. Consists of printable ASCII.
    pub fn line(&self, limit: usize) -> String {
        let mut line = String::new();
        let dropped = self.dropped.iter().map(|d| format!("-{}", d.path));
        let assumed = self
            .assumed
            .iter()
            .map(|a| format!("+{}={}", a.path, a.value));
        let entries = self.dropped.len() + self.assumed.len();
        for (index, entry) in dropped.chain(assumed).enumerate() {
            let entry: String = entry
                .chars()
                .map(|c| {
                    if c.is_ascii_graphic() && c != ',' {
                        c
                    } else {
                        '_'
                    }
                })
                .collect();
            let more = format!(" and {} more", entries - index);
            if line.len() + entry.len() + 2 + more.len() > limit {
                line.push_str(more.trim_start_matches(if line.is_empty() { " and " } else { "" }));
                break;
            }
            if index > 0 {
                line.push_str(", ");
            }
            line.push_str(&entry);
        }
        line
    }
}

impl fmt::Display for LossReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for dropped in &self.dropped {
            writeln!(f, "dropped {}: {}", dropped.path, dropped.reason)?;
        }
        for assumed in &self.assumed {
            writeln!(f, "assumed {} = {}", assumed.path, assumed.value)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_become_paths() {
        let source = br#"{"a":[{"b":1},{"b":{"c":"x"}}],"\u0064":true}"#;
        let mut loss = Loss::default();
        for text in ["true", "{\"c\"", "1}", "[{"] {
            let at = memchr::memmem::find(source, text.as_bytes()).unwrap();
            loss.drop_at(Place::at(at), Reason::NotInDialect);
        }
        let inner = memchr::memmem::find(source, b"{\"c\"").unwrap();
        loss.drop_member(Place::at(inner), "c", Reason::Invalid);
        loss.drop_member(Place::NONE, "z", Reason::Invalid);
        loss.assume("m", "1");
        let report = loss.report(source);
        let paths: Vec<&str> = report.dropped.iter().map(|d| d.path.as_str()).collect();
        assert_eq!(paths, ["a", "a[0].b", "a[1].b", "a[1].b.c", "d", "z"]);
        assert_eq!(report.line(20), "-a and 6 more");
        assert!(report.line(200).ends_with("-z, +m=1"));
    }
}
