//! Names of tools on the wire, and the way back from them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;

use super::{CallKind, Tool, ToolKind};

/// The longest name that every dialect takes.
const LONGEST: usize = 64;

/// The name under which an upstream without namespaces knows a tool: `namespace__name`, at most 64
/// characters. The same names give the same result always, so that [`ToolMap`] can turn it back.
pub fn wire_name<'n>(namespace: Option<&str>, name: &'n str) -> Cow<'n, str> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let namespace = namespace.filter(|namespace| !namespace.is_empty());
    if namespace.is_none() && name.len() <= LONGEST && name.bytes().all(fits) {
        return Cow::Borrowed(name);
    }
    let joined = match namespace {
        Some(namespace) => format!("{namespace}__{name}"),
        None => name.to_owned(),
    };
    let mut wire: String = joined
        .chars()
        .map(|c| {
            if u8::try_from(c).is_ok_and(fits) {
                c
            } else {
                '_'
            }
        })
        .collect();
    // What was cut or replaced could be another name as well; its hash tells them apart.
    if wire.len() > LONGEST || wire != joined {
        wire.truncate(LONGEST - 9);
        wire.push('_');
        let hash = crate::hub::fnv(joined.as_bytes()) & 0xffff_ffff;
        // Writing to a string cannot fail.
        let _ = write!(wire, "{hash:08x}");
    }
    Cow::Owned(wire)
}

/// The way back from the names and forms that an upstream knows to those that the caller knows.
/// Empty, and free of allocations, when all tools are plain functions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolMap {
    known: HashMap<String, Known>,
}

/// A tool as the caller knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
    pub(crate) kind: CallKind,
}

impl ToolMap {
    pub(crate) fn of(tools: &[Tool<'_>]) -> Self {
        let mut known = HashMap::new();
        for tool in tools {
            let kind = match &tool.kind {
                ToolKind::Function(_) => CallKind::Function,
                ToolKind::Custom(_) => CallKind::Custom,
                ToolKind::Fixed { kind, .. } => *kind,
                ToolKind::Server(_) => continue,
            };
            let name = tool.name.resolve();
            let namespace = tool.namespace.as_ref().map(|space| space.name.resolve());
            let wire = wire_name(namespace.as_deref(), &name);
            if kind == CallKind::Function && *wire == *name {
                continue;
            }
            known.entry(wire.into_owned()).or_insert_with(|| Known {
                namespace: namespace.map(Cow::into_owned),
                name: name.clone().into_owned(),
                kind,
            });
        }
        Self { known }
    }

    /// Whether every call is handed on as it is.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    pub(crate) fn known(&self, wire: &str) -> Option<&Known> {
        self.known.get(wire)
    }
}
