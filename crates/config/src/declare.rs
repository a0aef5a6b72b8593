//! How sections of the document are declared: once, for the reader and for the documentation.
//!
//! [`section!`] turns a declaration into a struct with one field per key, into the reader that fills it, and into a
//! [`Declaration`] that [`crate::reference`] prints. A key without documentation, type or example does not compile, and
//! a key that is not declared cannot be read.

/// What is declared about a section.
#[derive(Debug)]
pub(crate) struct Declaration {
    /// Name of the section in the documentation.
    pub(crate) title: &'static str,
    /// What the section is for.
    pub(crate) doc: &'static str,
    /// Its keys, in the order of the documentation.
    pub(crate) keys: &'static [Key],
}

/// What is declared about a key.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) need: Need,
    /// What it means.
    pub(crate) doc: &'static str,
    /// A value as one would write it; empty for keys of later versions.
    pub(crate) example: &'static str,
}

/// What happens if a key is not written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Need {
    /// That is a problem.
    Required,
    /// As if this had been written.
    Default(&'static str),
    /// The documentation says what then holds.
    Optional,
}

/// What a text looks like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pattern {
    /// What the documentation calls such a text.
    pub(crate) what: &'static str,
    /// An ECMA 262 expression that every such text matches; empty: any text.
    pub(crate) regex: &'static str,
    /// Whether a number or `true` is such a text too, when it stands without quotes.
    pub(crate) unquoted: bool,
}

/// What a value looks like.
#[derive(Debug)]
pub(crate) enum Shape {
    /// Text, described by a word or two.
    Text(Pattern),
    /// Text that is never shown.
    Sealed,
    Flag,
    Whole {
        min: u64,
        max: u64,
    },
    Decimal {
        max: u32,
    },
    /// Bounds in milliseconds.
    Duration {
        min: u64,
        max: u64,
    },
    /// Bounds in bytes.
    Size {
        min: u64,
        max: u64,
    },
    /// One of the catalog's provider kinds.
    Kind,
    /// One of the catalog's dialects.
    Dialect,
    /// One of these words.
    Choice(fn() -> Vec<&'static str>),
    List {
        item: &'static Shape,
        min: usize,
        max: usize,
    },
    /// Names chosen by the operator, described by a word or two, and what stands below each.
    Table {
        name: Pattern,
        value: &'static Shape,
    },
    /// `off` or the value.
    OffOr(&'static Shape),
    Section(&'static Declaration),
    /// Any value, passed on as JSON.
    Json,
    /// Not in this version.
    Later,
}

/// Declares a section: `need "key" => field: Type, "documentation", "example";` per key, then the keys of later versions.
macro_rules! section {
    (
        $(#[doc = $doc:literal])+
        $name:ident titled $title:literal {
            $( $need:ident $(($default:literal))? $key:literal => $field:ident: $type:ty, $text:literal, $example:literal; )*
        }
        $( later { $( $later:literal, $later_text:literal; )* } )?
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Default)]
        pub(crate) struct $name {
            $( pub(crate) $field: Option<$crate::read::At<<$type as $crate::read::Value>::Out>>, )*
        }

        impl $name {
            pub(crate) const DECLARATION: &'static $crate::declare::Declaration = &$crate::declare::Declaration {
                title: $title,
                doc: concat!($($doc, "\n"),+),
                keys: &[
                    $( $crate::declare::Key {
                        name: $key,
                        shape: <$type as $crate::read::Value>::SHAPE,
                        need: $crate::declare::need!($need $(($default))?),
                        doc: $text,
                        example: $example,
                    }, )*
                    $($( $crate::declare::Key {
                        name: $later,
                        shape: $crate::declare::Shape::Later,
                        need: $crate::declare::Need::Optional,
                        doc: $later_text,
                        example: "",
                    }, )*)?
                ],
            };
        }

        impl $crate::read::Value for $name {
            const SHAPE: $crate::declare::Shape = $crate::declare::Shape::Section(Self::DECLARATION);
            type Out = Self;

            fn read(reader: &mut $crate::read::Reader<'_>, node: $crate::tree::NodeId) -> Option<Self> {
                let mut section = Self::default();
                for (key, child) in reader.members(node, Self::DECLARATION.title)? {
                    match key {
                        $( $key => section.$field = reader.value::<$type>(child), )*
                        _ => reader.other_key(child, Self::DECLARATION),
                    }
                }
                reader.require(node, Self::DECLARATION);
                Some(section)
            }
        }
    };
}

/// The [`Need`] that a word of [`section!`] stands for.
macro_rules! need {
    (required) => {
        $crate::declare::Need::Required
    };
    (optional) => {
        $crate::declare::Need::Optional
    };
    (default($default:literal)) => {
        $crate::declare::Need::Default($default)
    };
}

pub(crate) use {need, section};
