//! Changing single members of a request and leaving every other byte as it is.

use std::ops::Range;

use bytes::Bytes;
use smallvec::SmallVec;

use crate::body::Body;
use crate::envelope::{Envelope, StreamOptions, is_named};
use crate::json::{Member, write};

/// Bodies up to this size are written anew in one segment, larger ones share the input's memory.
pub const JOIN_LIMIT: usize = 16 * 1024;

/// One change: the bytes of `range` give way to `with`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Edit {
    range: Range<usize>,
    with: Bytes,
}

/// The changes to make to one request.
///
/// A later call for the same member replaces an earlier one. `model` is changed by
/// [`Edits::model`] alone; the other methods leave it as it is.
#[derive(Debug, Clone)]
pub struct Edits<'e> {
    envelope: &'e Envelope,
    model: Option<Bytes>,
    members: SmallVec<[(String, Change); 4]>,
    include_usage: bool,
}

#[derive(Debug, Clone)]
enum Change {
    Set(Bytes),
    Default(Bytes),
    Drop,
}

impl<'e> Edits<'e> {
    /// No change yet.
    pub fn new(envelope: &'e Envelope) -> Self {
        Self {
            envelope,
            model: None,
            members: SmallVec::new(),
            include_usage: false,
        }
    }

    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        self.model.is_none() && self.members.is_empty() && !self.include_usage
    }

    /// Replaces the value of `model`, where the body names it.
    #[must_use]
    pub fn model(mut self, name: &str) -> Self {
        self.model = Some(model_json(name));
        self
    }

    /// Replaces the value of `model` by a literal made earlier with [`model_json`].
    #[must_use]
    pub fn model_literal(mut self, literal: Bytes) -> Self {
        self.model = Some(literal);
        self
    }

    /// Gives a member this value, which must be JSON: in the place of every member of that name, or
    /// at the end of the object.
    #[must_use]
    pub fn set(self, name: &str, raw_json: impl Into<Bytes>) -> Self {
        self.change(name, Change::Set(raw_json.into()))
    }

    /// Adds a member, whose value must be JSON, at the end of the object unless there is one of that
    /// name, be it `null`.
    #[must_use]
    pub fn default(self, name: &str, raw_json: impl Into<Bytes>) -> Self {
        self.change(name, Change::Default(raw_json.into()))
    }

    /// Takes out every member of that name.
    #[must_use]
    pub fn drop(self, name: &str) -> Self {
        self.change(name, Change::Drop)
    }

    /// Makes `stream_options.include_usage` true. A change of `stream_options` as a whole takes
    /// precedence.
    #[must_use]
    pub fn include_usage(mut self) -> Self {
        self.include_usage = true;
        self
    }

    fn change(mut self, name: &str, change: Change) -> Self {
        if name == "model" {
            return self;
        }
        match self.members.iter_mut().find(|(given, _)| given == name) {
            Some((_, earlier)) => *earlier = change,
            None => self.members.push((name.to_owned(), change)),
        }
        self
    }
}

/// Makes the changes. Every other byte of the result is the byte of the input; a small body comes
/// out as one segment, a large one shares the input's memory.
///
/// ```
/// use aigw_protocol::{Body, Edits, Envelope, splice};
///
/// let body = Body::from(br#"{ "model":"fast", "n":1.0e0 }"#.to_vec());
/// let envelope = Envelope::scan(&body)?;
/// let edits = Edits::new(&envelope).model("gpt-4o").default("seed", "7");
/// assert_eq!(splice(&body, edits).to_bytes(), r#"{ "model":"gpt-4o", "n":1.0e0,"seed":7 }"#);
/// # Ok::<(), aigw_protocol::EnvelopeError>(())
/// ```
pub fn splice(body: &Body, edits: Edits<'_>) -> Body {
    apply(body, &resolve(body, edits))
}

/// Replaces one range of a body, such as a multipart field, under the same terms as [`splice`].
pub fn replace(body: &Body, range: Range<usize>, with: Bytes) -> Body {
    apply(body, &[Edit { range, with }])
}

/// A model name as a JSON string literal.
pub fn model_json(name: &str) -> Bytes {
    let mut literal = String::with_capacity(name.len() + 2);
    write::string(&mut literal, name);
    Bytes::from(literal)
}

/// The changes as ranges of the body, in order and without overlap.
fn resolve(body: &Body, edits: Edits<'_>) -> Ranges {
    let Edits {
        envelope,
        model,
        mut members,
        include_usage,
    } = edits;
    let mut plan = Plan {
        body,
        envelope,
        ranges: Ranges::new(),
        appended: String::new(),
    };
    if let (Some(with), Some(span)) = (model, envelope.model_span()) {
        plan.replace(span, with);
    }
    if include_usage && !members.iter().any(|(name, _)| name == "stream_options") {
        members.extend(plan.request_usage());
    }
    for (name, change) in &members {
        match change {
            Change::Set(value) => plan.set(name, value),
            Change::Default(value) if envelope.member(body, name).is_none() => {
                plan.append(name, value);
            }
            Change::Default(_) | Change::Drop => {}
        }
    }
    if members
        .iter()
        .any(|(_, change)| matches!(change, Change::Drop))
    {
        plan.drop_all(&members);
    }
    plan.finish()
}

type Ranges = SmallVec<[Edit; 4]>;

struct Plan<'b> {
    body: &'b Body,
    envelope: &'b Envelope,
    ranges: Ranges,
    appended: String,
}

impl Plan<'_> {
    fn replace(&mut self, range: Range<usize>, with: Bytes) {
        self.ranges.push(Edit { range, with });
    }

    /// Turns usage on within `stream_options`, or says how to set it as a whole.
    fn request_usage(&mut self) -> Option<(String, Change)> {
        match self.envelope.stream_options() {
            StreamOptions::Unset => {
                let value = Bytes::from_static(b"{\"include_usage\":true}");
                return Some(("stream_options".to_owned(), Change::Set(value)));
            }
            StreamOptions::Open { at, empty: true } => {
                self.replace(*at..*at, Bytes::from_static(b"\"include_usage\":true"));
            }
            StreamOptions::Open { at, empty: false } => {
                self.replace(*at..*at, Bytes::from_static(b"\"include_usage\":true,"));
            }
            StreamOptions::Given { values, .. } => {
                for value in values {
                    self.replace(value.clone(), Bytes::from_static(b"true"));
                }
            }
            StreamOptions::NotAnObject => {}
        }
        None
    }

    fn set(&mut self, name: &str, value: &Bytes) {
        let (body, envelope) = (self.body, self.envelope);
        let mut found = false;
        for member in envelope
            .members()
            .iter()
            .filter(|member| is_named(body, member, name))
        {
            self.replace(member.value.clone(), value.clone());
            found = true;
        }
        if !found {
            self.append(name, value);
        }
    }

    fn append(&mut self, name: &str, value: &Bytes) {
        self.appended.push(',');
        write::string(&mut self.appended, name);
        self.appended.push(':');
        self.appended.push_str(&String::from_utf8_lossy(value));
    }

    /// Takes out runs of members, each with the comma that would be left over.
    fn drop_all(&mut self, changes: &[(String, Change)]) {
        let (body, members) = (self.body, self.envelope.members());
        let is_dropped = |member: &Member| {
            let named = |(name, change): &(String, Change)| {
                matches!(change, Change::Drop) && is_named(body, member, name)
            };
            changes.iter().any(named)
        };
        let mut kept_end = None;
        let mut run_start = None;
        for member in members {
            if is_dropped(member) {
                run_start.get_or_insert(member.key.start - 1);
                continue;
            }
            if let Some(start) = run_start.take() {
                self.replace(start..member.key.start - 1, Bytes::new());
            }
            kept_end = Some(member.value.end);
        }
        if let (Some(_), Some(start), Some(last)) = (run_start, kept_end, members.last()) {
            self.replace(start..last.value.end, Bytes::new());
        }
    }

    fn finish(mut self) -> Ranges {
        let end = self
            .envelope
            .members()
            .last()
            .map_or(0, |member| member.value.end);
        if !self.appended.is_empty() {
            let with = Bytes::from(std::mem::take(&mut self.appended));
            self.replace(end..end, with);
        }
        // Stable: what is appended stays behind what ends at the same place.
        self.ranges.sort_by_key(|edit| edit.range.start);
        self.ranges
    }
}

fn apply(body: &Body, edits: &[Edit]) -> Body {
    if edits.is_empty() {
        return body.clone();
    }
    let removed: usize = edits.iter().map(|edit| edit.range.len()).sum();
    let added: usize = edits.iter().map(|edit| edit.with.len()).sum();
    let len = body.len() + added - removed.min(body.len());
    if len <= JOIN_LIMIT {
        Body::from(joined(body, edits, len))
    } else {
        shared(body, edits)
    }
}

fn joined(body: &Body, edits: &[Edit], len: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(len);
    let mut at = 0;
    for edit in edits {
        copy(body, at..edit.range.start, &mut out);
        out.extend_from_slice(&edit.with);
        at = edit.range.end;
    }
    copy(body, at..body.len(), &mut out);
    out
}

fn copy(body: &Body, range: Range<usize>, out: &mut Vec<u8>) {
    for (segment, part) in body.pieces(range) {
        out.extend_from_slice(&segment[part]);
    }
}

fn shared(body: &Body, edits: &[Edit]) -> Body {
    let mut out = Body::new();
    let mut at = 0;
    for edit in edits {
        out.share(body, at..edit.range.start);
        out.push(edit.with.clone());
        at = edit.range.end;
    }
    out.share(body, at..body.len());
    out
}

#[cfg(test)]
mod tests;
