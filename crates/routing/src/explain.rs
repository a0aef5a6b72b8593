//! Routing without a request.

use smallvec::SmallVec;

use crate::attempts::MOST_MODELS;
use crate::health::Health;
use crate::plan::{Facts, candidates, unusable};
use crate::table::{ModelId, Table};
use crate::tick::Tick;
use crate::trace::{Event, Skip, TraceEntry};
use crate::view::View;

/// What would be tried for such a request, in order, and what would not be and why, over the whole chain of
/// fallbacks (as if every failure led on). Changes nothing.
pub fn explain(table: &Table, health: &Health, facts: &Facts, now: Tick) -> Vec<TraceEntry> {
    let view = View {
        table,
        health,
        now,
        seed: 0,
    };
    let mut entries = Vec::new();
    let mut visited: SmallVec<[ModelId; MOST_MODELS]> = SmallVec::new();
    let mut pending = vec![facts.model];
    while let Some(model) = pending.pop() {
        if visited.contains(&model) {
            continue;
        }
        if visited.len() == MOST_MODELS {
            entries.push(skipped(now, model, Skip::ChainTooLong));
            break;
        }
        visited.push(model);
        explain_model(view, facts, model, &mut entries);
        if facts.pinned.is_none() {
            pending.extend(table.model(model).fallbacks.iter().rev());
        }
    }
    entries
}

fn explain_model(view: View<'_>, facts: &Facts, model: ModelId, entries: &mut Vec<TraceEntry>) {
    let mut rank = 0;
    for candidate in candidates(view, facts, model, None) {
        let target = candidate.target;
        let obstacle = view.obstacle(target).filter(|_| facts.pinned.is_none());
        let event = obstacle.map_or_else(
            || {
                rank += 1;
                Event::Candidate {
                    rank,
                    trial: view.is_trial(target),
                    loses: candidate.loses,
                }
            },
            Event::Skipped,
        );
        let at = view.now;
        entries.push(TraceEntry {
            at,
            model,
            target: Some(target),
            credential: None,
            event,
        });
    }
    entries.extend(unusable(view, facts, model));
}

fn skipped(at: Tick, model: ModelId, skip: Skip) -> TraceEntry {
    TraceEntry {
        at,
        model,
        target: None,
        credential: None,
        event: Event::Skipped(skip),
    }
}
