//! From the events of the YAML parser to a tree, within bounds.

use std::borrow::Cow;

use indexmap::IndexMap;
use indexmap::map::Entry;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput};

use super::fault::{Fault, hint};
use super::{Content, Mark, Member, Node, NodeId, Step, Tree, push_index, push_key, shortened};

/// Largest document, in bytes.
const MAX_BYTES: usize = 10 << 20;
/// Deepest nesting of lists and maps.
const MAX_DEPTH: usize = 64;
/// Most nodes of a document.
const MAX_NODES: usize = 1 << 20;
/// Most faults of the text itself that are told one by one.
const MAX_FAULTS: usize = 100;

/// Most steps of a path that a fault tells.
const MAX_STEPS: usize = 12;

/// What became of a text.
#[derive(Debug)]
pub(crate) struct Built<'t> {
    /// The tree; `None` if the text is empty or could not be read to its end.
    pub(crate) tree: Option<Tree<'t>>,
    /// Everything wrong with the text itself.
    pub(crate) faults: Vec<Fault>,
}

/// Reads `text` to its end or to the first syntax error.
pub(crate) fn build(text: &str) -> Built<'_> {
    let mut builder = Builder::default();
    let complete = if text.len() > MAX_BYTES {
        let reason = format!(
            "the document has {} bytes; at most {MAX_BYTES} are read",
            text.len()
        );
        builder.fault("too_large", Mark { line: 1, column: 1 }, reason, None);
        false
    } else {
        builder.read(text.strip_prefix('\u{feff}').unwrap_or(text))
    };
    let tree = (complete && !builder.nodes.is_empty()).then_some(Tree {
        nodes: builder.nodes,
    });
    Built {
        tree,
        faults: builder.faults,
    }
}

#[derive(Default)]
struct Builder<'t> {
    nodes: Vec<Node<'t>>,
    open: Vec<Open<'t>>,
    documents: usize,
    /// Depth within a key that is itself a list or a map, which is passed over.
    key_depth: usize,
    faults: Vec<Fault>,
}

/// A list or map that has begun.
struct Open<'t> {
    node: NodeId,
    kind: OpenKind<'t>,
}

enum OpenKind<'t> {
    List(Vec<NodeId>),
    Map {
        members: IndexMap<Cow<'t, str>, Member>,
        key: Key<'t>,
    },
}

/// What a map expects next.
enum Key<'t> {
    /// A key.
    Awaited,
    /// The value of this key.
    Known(Cow<'t, str>, Mark),
    /// The value of a key that was refused: read, but kept out of the map.
    Refused,
}

/// Reading cannot go on; the reason is among the faults.
struct Stop;

impl<'t> Builder<'t> {
    /// Whether the text was read to its end.
    fn read(&mut self, text: &'t str) -> bool {
        let mut parser = Parser::new(StrInput::new(text));
        while let Some(event) = parser.next_event() {
            let step = match event {
                Ok((event, span)) => self.accept(event, span),
                Err(error) => {
                    self.syntax(&error, text);
                    Err(Stop)
                }
            };
            if step.is_err() {
                return false;
            }
        }
        true
    }

    fn accept(&mut self, event: Event<'t>, span: Span) -> Result<(), Stop> {
        let mark = mark(&span.start);
        if self.key_depth > 0 {
            return self.skip_in_key(&event, mark);
        }
        match event {
            Event::DocumentStart(_) => self.begin_document(mark),
            Event::Alias(_) => self.alias(mark),
            Event::Scalar(text, style, anchor, tag) => {
                self.properties(anchor, tag.is_some(), mark);
                self.scalar(text, style == ScalarStyle::Plain, mark)
            }
            Event::SequenceStart(anchor, tag) => {
                self.properties(anchor, tag.is_some(), mark);
                self.begin(OpenKind::List(Vec::new()), mark)
            }
            Event::MappingStart(anchor, tag) => {
                self.properties(anchor, tag.is_some(), mark);
                self.begin(
                    OpenKind::Map {
                        members: IndexMap::new(),
                        key: Key::Awaited,
                    },
                    mark,
                )
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.end();
                Ok(())
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn begin_document(&mut self, mark: Mark) -> Result<(), Stop> {
        self.documents += 1;
        if self.documents == 1 {
            return Ok(());
        }
        let hint = Some(String::from("keep one document; take the `---` line out"));
        self.fault(
            "several_documents",
            mark,
            String::from("a second document begins here"),
            hint,
        );
        Err(Stop)
    }

    fn scalar(&mut self, text: Cow<'t, str>, plain: bool, mark: Mark) -> Result<(), Stop> {
        if self.awaits_key() {
            self.key(text, mark);
            return Ok(());
        }
        let id = self.node(Content::Scalar { text, plain }, mark)?;
        self.attach(id);
        Ok(())
    }

    fn begin(&mut self, kind: OpenKind<'t>, mark: Mark) -> Result<(), Stop> {
        if self.open.len() >= MAX_DEPTH {
            let reason = format!("nested deeper than {MAX_DEPTH} levels");
            self.fault("too_deep", mark, reason, None);
            return Err(Stop);
        }
        if self.awaits_key() {
            let hint = "a text that begins with `{` or `[` needs quotes";
            self.refuse_key(
                "key_not_text",
                mark,
                String::from("a key must be text, not a list or a map"),
                Some(hint),
            );
            self.key_depth = 1;
            return Ok(());
        }
        let id = self.node(Content::Broken, mark)?;
        self.attach(id);
        self.open.push(Open { node: id, kind });
        Ok(())
    }

    fn end(&mut self) {
        let Some(open) = self.open.pop() else { return };
        let content = match open.kind {
            OpenKind::List(items) => Content::List(items),
            OpenKind::Map { members, .. } => Content::Map(members),
        };
        if let Some(node) = self.nodes.get_mut(open.node.0 as usize) {
            node.content = content;
        }
    }

    fn alias(&mut self, mark: Mark) -> Result<(), Stop> {
        let hint = Some(String::from("write the value out where it is used"));
        let reason = String::from(
            "anchors and aliases (`&name`, `*name`) are not read; a text that begins with `*` needs quotes",
        );
        if self.awaits_key() {
            self.refuse_key("alias", mark, reason, Some("put the key into quotes"));
            return Ok(());
        }
        self.fault("alias", mark, reason, hint);
        let id = self.node(Content::Broken, mark)?;
        self.attach(id);
        Ok(())
    }

    fn properties(&mut self, anchor: usize, tagged: bool, mark: Mark) {
        if anchor != 0 {
            let hint = Some(String::from(
                "take the `&name` out and write the value where it is used",
            ));
            self.fault(
                "anchor",
                mark,
                String::from("anchors and aliases (`&name`, `*name`) are not read"),
                hint,
            );
        }
        if tagged {
            let hint = Some(String::from(
                "take the tag out, or put the text into quotes",
            ));
            self.fault(
                "tag",
                mark,
                String::from("tags (`!name`) are not read"),
                hint,
            );
        }
    }

    /// Within a key that was refused because it is a list or a map.
    fn skip_in_key(&mut self, event: &Event<'_>, mark: Mark) -> Result<(), Stop> {
        match event {
            Event::SequenceStart(..) | Event::MappingStart(..) => self.key_depth += 1,
            Event::SequenceEnd | Event::MappingEnd => self.key_depth -= 1,
            _ => {}
        }
        if self.key_depth <= MAX_DEPTH {
            return Ok(());
        }
        self.fault(
            "too_deep",
            mark,
            format!("nested deeper than {MAX_DEPTH} levels"),
            None,
        );
        Err(Stop)
    }

    fn awaits_key(&self) -> bool {
        matches!(
            self.open.last(),
            Some(Open {
                kind: OpenKind::Map {
                    key: Key::Awaited,
                    ..
                },
                ..
            })
        )
    }

    fn key(&mut self, text: Cow<'t, str>, mark: Mark) {
        let Some(Open {
            kind: OpenKind::Map { members, key },
            ..
        }) = self.open.last_mut()
        else {
            return;
        };
        if text.is_empty() {
            self.refuse_key(
                "empty_key",
                mark,
                String::from("a key is missing before the colon"),
                None,
            );
        } else if let Some(first) = members.get(&text) {
            let reason = format!(
                "`{}` is written twice; the first is on line {}",
                shortened(&text),
                first.mark.line
            );
            *key = Key::Known(text, mark);
            self.refuse_key("duplicate_key", mark, reason, None);
        } else {
            *key = Key::Known(text, mark);
        }
    }

    fn refuse_key(&mut self, code: &'static str, mark: Mark, reason: String, hint: Option<&str>) {
        self.fault(code, mark, reason, hint.map(String::from));
        if let Some(Open {
            kind: OpenKind::Map { key, .. },
            ..
        }) = self.open.last_mut()
        {
            *key = Key::Refused;
        }
    }

    fn node(&mut self, content: Content<'t>, mark: Mark) -> Result<NodeId, Stop> {
        let id = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        if self.nodes.len() >= MAX_NODES {
            self.fault(
                "too_many_nodes",
                mark,
                format!("more than {MAX_NODES} values"),
                None,
            );
            return Err(Stop);
        }
        self.nodes.push(Node {
            parent: None,
            mark,
            content,
        });
        Ok(NodeId(id))
    }

    /// Hangs the node below the innermost open list or map.
    fn attach(&mut self, id: NodeId) {
        let Some(open) = self.open.last_mut() else {
            return;
        };
        let parent = open.node;
        let step = match &mut open.kind {
            OpenKind::List(items) => {
                items.push(id);
                Some(Step::Item(items.len() - 1))
            }
            OpenKind::Map { members, key } => match std::mem::replace(key, Key::Awaited) {
                Key::Known(text, mark) => {
                    insert(members, text, Member { mark, node: id }).map(Step::Member)
                }
                Key::Awaited | Key::Refused => None,
            },
        };
        if let Some(node) = self.nodes.get_mut(id.0 as usize) {
            node.parent = step.map(|step| (parent, step));
        }
    }

    fn syntax(&mut self, error: &ScanError, text: &str) {
        let mark = mark(error.marker());
        if error.info().contains("recursion limit") {
            let reason = format!("nested deeper than {MAX_DEPTH} levels");
            return self.fault("too_deep", mark, reason, None);
        }
        let reason = format!("not readable as YAML: {}", error.info());
        let hint = hint(error.info(), mark, text).map(String::from);
        self.fault("syntax", mark, reason, hint);
    }

    fn fault(&mut self, code: &'static str, mark: Mark, reason: String, hint: Option<String>) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(Fault {
                code,
                path: self.path(),
                mark,
                reason,
                hint,
            });
        }
    }

    /// The way to the innermost open list or map, and on to the key or item that is being read.
    fn path(&self) -> String {
        let mut path = String::new();
        for (depth, open) in self.open.iter().enumerate() {
            if depth == MAX_STEPS {
                path.push('…');
                break;
            }
            let inside = depth + 1 < self.open.len();
            match &open.kind {
                OpenKind::List(items) => {
                    push_index(&mut path, items.len().saturating_sub(usize::from(inside)));
                }
                OpenKind::Map {
                    key: Key::Known(text, _),
                    ..
                } => push_key(&mut path, text),
                OpenKind::Map { members, .. } => {
                    if let Some((text, _)) = members.last().filter(|_| inside) {
                        push_key(&mut path, text);
                    }
                }
            }
        }
        path
    }
}

fn insert<'t>(
    members: &mut IndexMap<Cow<'t, str>, Member>,
    key: Cow<'t, str>,
    member: Member,
) -> Option<usize> {
    match members.entry(key) {
        Entry::Vacant(entry) => {
            let index = entry.index();
            entry.insert(member);
            Some(index)
        }
        Entry::Occupied(_) => None,
    }
}

/// A place as problems tell it.
pub(crate) fn mark(marker: &Marker) -> Mark {
    let line = u32::try_from(marker.line().max(1)).unwrap_or(u32::MAX);
    let column = u32::try_from(marker.col() + 1).unwrap_or(u32::MAX);
    Mark { line, column }
}
