//! Upstream answers that count as failures although their status does not say so.

use aigw_config::Intercept;
use aigw_routing::FailureClass;
use memchr::memmem::Finder;

/// The configured intercepts, in order.
#[derive(Debug, Default)]
pub(crate) struct Intercepts(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    statuses: Vec<u16>,
    texts: Vec<Finder<'static>>,
    class: FailureClass,
}

impl Intercepts {
    pub(crate) fn new(declared: &[Intercept]) -> Self {
        Self(
            declared
                .iter()
                .map(|intercept| Rule {
                    statuses: intercept.statuses.clone(),
                    texts: intercept
                        .body_contains
                        .iter()
                        .map(|text| Finder::new(text).into_owned())
                        .collect(),
                    class: intercept.as_class,
                })
                .collect(),
        )
    }

    /// Whether any rule could apply to an answer with `status`, so that its body is worth looking at.
    pub(crate) fn concern(&self, status: u16) -> bool {
        self.0.iter().any(|rule| rule.covers(status))
    }

    /// The class that an answer has by these rules; the first that matches decides.
    pub(crate) fn class(&self, status: u16, body: &[u8]) -> Option<FailureClass> {
        let says = |rule: &Rule| {
            rule.texts.is_empty() || rule.texts.iter().any(|text| text.find(body).is_some())
        };
        self.0
            .iter()
            .find(|rule| rule.covers(status) && says(rule))
            .map(|rule| rule.class)
    }
}

impl Rule {
    fn covers(&self, status: u16) -> bool {
        self.statuses.is_empty() || self.statuses.contains(&status)
    }
}
