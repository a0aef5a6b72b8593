//! What the compiler is told about the world: provider kinds, dialects, and where references lead.

/// The provider kinds and dialects that a document may name.
///
/// The provider table lives in another crate; whoever compiles a document passes the part that matters here.
#[derive(Debug, Clone, Copy)]
pub struct Catalog<'a> {
    /// Every kind that `providers.*.kind` may name.
    pub kinds: &'a [KindInfo<'a>],
    /// Every dialect that `providers.*.dialects` may name, in the order of the preview.
    pub dialects: &'a [&'a str],
    /// The dialects in the order in which a provider is asked that does not speak the caller's.
    pub preference: &'a [&'a str],
}

impl<'a> Catalog<'a> {
    /// The kind called `id`.
    pub fn kind(&self, id: &str) -> Option<&'a KindInfo<'a>> {
        self.kinds.iter().find(|kind| kind.id == id)
    }
}

/// What the compiler must know about one provider kind.
#[derive(Debug, Clone, Copy)]
pub struct KindInfo<'a> {
    /// The name written in `kind:`.
    pub id: &'a str,
    /// Default base URL; without one, `base_url` is required (not for [`IN_PROCESS_KIND`]).
    pub base_url: Option<&'a str>,
    /// Dialects spoken when `dialects` is not written.
    pub dialects: &'a [&'a str],
    /// Whether a provider of this kind answers only with a key.
    pub needs_key: bool,
}

/// The kind that is answered inside the process: it has neither address nor key.
pub const IN_PROCESS_KIND: &str = "demo";

/// Where references lead. Implemented by the process, so that this crate reads neither environment nor files.
pub trait Resolve {
    /// The environment variable `name`, if it is set.
    fn env(&self, name: &str) -> Option<String>;
    /// The content of the file at `path`. One line end at the end is taken off by the compiler.
    ///
    /// # Errors
    /// A short reason such as `no such file`; it becomes part of a problem's text.
    fn file(&self, path: &str) -> Result<String, String>;
    /// The sealed secret `name`, if it is stored.
    fn secret(&self, name: &str) -> Option<String>;
}
