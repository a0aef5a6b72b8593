//! The provider table, as the configuration's compiler wants it.

use aigw_config::{Catalog, Compiled, KindInfo, Resolve};
use aigw_protocol::Dialect;

use crate::runtime::PREFERENCE;

/// Hands the catalog of provider kinds and dialects that this gateway can serve to `with`, and which dialects it translates
/// into first.
pub fn with_catalog<T>(with: impl FnOnce(&Catalog<'_>) -> T) -> T {
    let dialects: Vec<Vec<&str>> = aigw_providers::kinds()
        .iter()
        .map(|kind| {
            kind.dialects
                .iter()
                .map(|dialect| dialect.as_str())
                .collect()
        })
        .collect();
    let kinds: Vec<KindInfo<'_>> = aigw_providers::kinds()
        .iter()
        .zip(&dialects)
        .map(|(kind, dialects)| KindInfo {
            id: kind.id,
            base_url: kind.base_url,
            dialects,
            needs_key: kind.needs_key(),
        })
        .collect();
    let names = Dialect::ALL.map(Dialect::as_str);
    let preference = PREFERENCE.map(Dialect::as_str);
    with(&Catalog {
        kinds: &kinds,
        dialects: &names,
        preference: &preference,
    })
}

/// Compiles a configuration document against the built-in provider table. `name` is the document's name in messages.
pub fn compile(name: &str, text: &str, resolve: &dyn Resolve) -> Compiled {
    with_catalog(|catalog| aigw_config::compile(name, text, catalog, resolve))
}
