//! What a client key may do.

use std::net::IpAddr;

use aigw_protocol::Endpoint;
use aigw_routing::Glob;
use ipnet::IpNet;

use super::KeyHash;

/// What a client key may do, and until when. The default may do everything, for ever.
#[derive(Debug, Clone, Default)]
pub struct KeyRules {
    /// Public models that it may use, as patterns; empty for all.
    pub models: Vec<Glob>,
    /// Names of the endpoints that it may use, as [`Endpoint::name`] has them; empty for all.
    pub endpoints: Vec<Box<str>>,
    /// Networks that it may be used from; empty for all.
    pub networks: Vec<IpNet>,
    /// When it ends, in microseconds since the Unix epoch; `None` for never.
    pub expires_at: Option<u64>,
    /// Keyed hash of the text that it had before, and until when that is good too, in microseconds since the Unix epoch.
    pub previous: Option<(KeyHash, u64)>,
}

impl KeyRules {
    /// Whether the key may use the model `public`, which the caller named as `asked`.
    pub(crate) fn allows_model(&self, asked: &str, public: &str) -> bool {
        let any = |name: &str| self.models.iter().any(|pattern| pattern.matches(name));
        self.models.is_empty() || any(asked) || (!Glob::is_pattern(public) && any(public))
    }

    /// Whether the key may use the endpoint.
    pub(crate) fn allows_endpoint(&self, endpoint: Endpoint) -> bool {
        let mut names = self.endpoints.iter();
        self.endpoints.is_empty() || names.any(|name| **name == *endpoint.name())
    }

    /// Whether the key may be used from `client`.
    pub(crate) fn allows_address(&self, client: Option<IpAddr>) -> bool {
        let listed = |address: IpAddr| self.networks.iter().any(|one| one.contains(&address));
        self.networks.is_empty() || client.is_some_and(listed)
    }

    /// Whether the key has ended at `now`.
    pub(super) fn is_over(&self, now: u64) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    /// Whether `hash` is that of the text before, and still good at `now`.
    pub(super) fn was(&self, hash: &KeyHash, now: u64) -> bool {
        self.previous
            .is_some_and(|(previous, until)| previous.is(hash) && now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn models(patterns: &[&str]) -> KeyRules {
        KeyRules {
            models: patterns.iter().map(|pattern| Glob::new(pattern)).collect(),
            ..KeyRules::default()
        }
    }

    #[test]
    fn a_model_is_allowed_by_the_name_called_or_by_its_own() {
        let rules = models(&["claude-*", "gpt-4o"]);
        assert!(rules.allows_model("claude-sonnet-4", "claude-*"));
        assert!(rules.allows_model("an-alias", "gpt-4o"));
        assert!(!rules.allows_model("gpt-4o-mini", "gpt-4o-mini"));
        assert!(models(&[]).allows_model("anything", "anything"));
    }

    #[test]
    fn a_pattern_in_the_configuration_allows_nothing_by_itself() {
        // `models: {"*": …}` serves every name; a key for `gpt-*` gets those only.
        assert!(!models(&["gpt-*", "\\*"]).allows_model("claude-opus", "*"));
        assert!(models(&["*"]).allows_model("claude-opus", "*"));
    }

    #[test]
    fn endpoints_and_addresses_are_those_listed() {
        let rules = KeyRules {
            endpoints: vec!["messages".into()],
            networks: vec!["10.0.0.0/8".parse().unwrap()],
            ..KeyRules::default()
        };
        assert!(rules.allows_endpoint(Endpoint::Messages));
        assert!(!rules.allows_endpoint(Endpoint::ChatCompletions));
        assert!(rules.allows_address(Some([10, 1, 2, 3].into())));
        assert!(!rules.allows_address(Some([11, 1, 2, 3].into())));
        assert!(!rules.allows_address(None));
    }
}
