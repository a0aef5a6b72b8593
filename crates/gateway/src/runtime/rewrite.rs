//! Rewrites of model names, before routing.

use aigw_config::Rewrite;
use aigw_routing::Glob;

/// The configured rewrites, in order.
#[derive(Debug, Default)]
pub(crate) struct Rewrites(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    from: Glob,
    to: Box<str>,
    unless_user_agent: Vec<Glob>,
}

impl Rewrites {
    pub(crate) fn new(declared: &[Rewrite]) -> Self {
        Self(
            declared
                .iter()
                .map(|rewrite| Rule {
                    from: Glob::new(&rewrite.from),
                    to: rewrite.to.as_str().into(),
                    unless_user_agent: rewrite
                        .unless_user_agent
                        .iter()
                        .map(|glob| Glob::new(glob))
                        .collect(),
                })
                .collect(),
        )
    }

    /// The name to route instead of `model`; the first rule that matches decides.
    pub(crate) fn apply(&self, model: &str, user_agent: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|rule| {
                rule.from.matches(model)
                    && !rule
                        .unless_user_agent
                        .iter()
                        .any(|glob| glob.matches(user_agent))
            })
            .map(|rule| &*rule.to)
    }
}
