//! Where a change is, for machines and for people.

use crate::shown;
use crate::tree::push_key;

/// One step from the root to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// A key of a section.
    Key(String),
    /// A name that the operator chose.
    Entry(String),
    /// An item of a list, by its identity.
    Item(String),
}

impl Step {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Key(name) | Self::Entry(name) | Self::Item(name) => name,
        }
    }
}

/// `models.gpt-4o.targets[azure/prod-4o].weight`.
pub(super) fn path(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Key(name) | Step::Entry(name) => push_key(&mut path, &shown::text(name)),
            Step::Item(name) => {
                path.push('[');
                path.push_str(&shown::text(name));
                path.push(']');
            }
        }
    }
    path
}

/// `model gpt-4o`, or the section itself.
pub(super) fn subject(steps: &[Step]) -> String {
    let end = subject_end(steps);
    words(&steps[..end])
}

/// What the subject leaves: `target azure/prod-4o weight`.
pub(super) fn part(steps: &[Step]) -> String {
    words(&steps[subject_end(steps)..])
}

fn subject_end(steps: &[Step]) -> usize {
    match steps.get(1) {
        Some(Step::Entry(_) | Step::Item(_)) => 2,
        _ => steps.len().min(1),
    }
}

fn words(steps: &[Step]) -> String {
    let words = steps.iter().enumerate().map(|(index, step)| match step {
        Step::Key(name) if index + 1 < steps.len() => String::from(singular(name)),
        step => shown::text(step.name()),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// What one of several is called.
fn singular(name: &str) -> &str {
    match name {
        "aliases" => "alias",
        "statuses" => "status",
        "providers" | "models" | "targets" | "fallbacks" | "credentials" | "rewrites"
        | "intercepts" | "dialects" | "headers" | "timeouts" => name.trim_end_matches('s'),
        _ => name,
    }
}
