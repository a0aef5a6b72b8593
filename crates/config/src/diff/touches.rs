//! Whose requests a change concerns, so that the request records of a time can be counted.

use serde::Serialize;

use super::What;
use super::facts::Both;
use super::walk::Found;

/// Which requests a change concerns. A request is concerned if any part fits it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Touches {
    /// Every request.
    pub everything: bool,
    /// Public models (names or globs, as in `models`) that served or will serve it.
    pub models: Vec<String>,
    /// Globs over the name that callers ask for.
    pub requested: Vec<String>,
    /// Providers that an attempt went or will go to.
    pub providers: Vec<String>,
    /// Provider and credential that an attempt used or will use.
    pub credentials: Vec<(String, String)>,
}

/// Whom the change touches.
pub(super) fn touches(found: &Found, facts: &Both<'_>) -> Touches {
    let mut touches = Touches::default();
    match found.names().as_slice() {
        ["providers", provider, "credentials", credential, ..] => {
            touches
                .credentials
                .push((String::from(*provider), String::from(*credential)));
        }
        ["providers", provider, ..] => {
            touches.provider(provider, facts);
            if let Some(old) = old_name(found) {
                touches.provider(old, facts);
            }
        }
        ["models", model, "aliases", alias] => {
            touches.requested.push(String::from(*alias));
            touches.models.push(String::from(*model));
        }
        ["models", model, "targets", target, ..] => {
            let provider = target.split_once('/').map_or("", |(provider, _)| provider);
            touches.models.push(String::from(*model));
            touches.providers.push(String::from(provider));
        }
        ["models", model, ..] => {
            touches.models.push(String::from(*model));
            if let Some(old) = old_name(found) {
                touches.models.push(String::from(old));
            }
        }
        ["routing", block, ..] => touches.models.extend(
            facts
                .after
                .models
                .iter()
                .filter(|(_, model)| !model.own.iter().any(|own| own == block))
                .map(|(name, _)| name.clone()),
        ),
        ["rewrites", from, ..] => touches.requested.push(String::from(*from)),
        _ => touches.everything = true,
    }
    touches
}

/// The name before a change of name.
fn old_name(found: &Found) -> Option<&str> {
    let renamed = matches!(found.what, What::Renamed { .. });
    found.before.as_deref().filter(|_| renamed)
}

impl Touches {
    fn provider(&mut self, name: &str, facts: &Both<'_>) {
        self.providers.push(String::from(name));
        for model in facts
            .before
            .models_of(name)
            .chain(facts.after.models_of(name))
        {
            if !self.models.iter().any(|known| known == model) {
                self.models.push(String::from(model));
            }
        }
    }
}
